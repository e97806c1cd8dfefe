//! Time spent in something, the part that is still running included, in a single word.
//!
//! A reader that loads "total" and "since when" one after the other can count the same time twice or
//! not at all. Here both are one number: starting subtracts the time of day and adds one to the count
//! of those who run, stopping adds the time of day and takes one from the count. A reader adds "now"
//! once for each that runs.
//!
//! Who stops reads the time a moment before it writes the word, and a reader in between has counted
//! that moment; and a reader on another core may find less than no time. So a reader never reports less than was
//! reported before.

use crate::sync::{AtomicU64, Ordering};

/// A stopwatch that `2^COUNT_BITS - 1` may have running at once, in units of `2^UNIT_BITS` of whatever the time is told in. The
/// sum has to stay below `2^(63 - COUNT_BITS)` units.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch<const COUNT_BITS: u32, const UNIT_BITS: u32> {
    word: AtomicU64,
    /// The most that was reported, in nanoseconds. Written by readers, when they have taken the line anyway.
    reported: AtomicU64,
}

/// For one thread, to the tick (see `sync::ticks`): decades.
pub(crate) type OwnStopwatch = Stopwatch<1, 0>;

/// For up to 16,383 threads at once: 4 years in all, to the 256 ns (rounding evens out).
pub(crate) type SharedStopwatch = Stopwatch<14, 8>;

impl<const COUNT_BITS: u32, const UNIT_BITS: u32> Stopwatch<COUNT_BITS, UNIT_BITS> {
    fn at(now: u64) -> u64 {
        (now >> UNIT_BITS) << COUNT_BITS
    }

    fn started(now: u64) -> u64 {
        1u64.wrapping_sub(Self::at(now))
    }

    /// Several threads may start and stop at once.
    pub(crate) fn start(&self, now: u64) {
        self.word.fetch_add(Self::started(now), Ordering::Relaxed);
    }

    pub(crate) fn stop(&self, now: u64) {
        self.word.fetch_sub(Self::started(now), Ordering::Relaxed);
    }

    /// As `start`, for the only thread that ever writes this one.
    #[inline]
    pub(crate) fn start_own(&self, now: u64) {
        if cfg!(without_statistics) {
            return;
        }
        let word = self.word.load(Ordering::Relaxed);
        self.word.store(word.wrapping_add(Self::started(now)), Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn stop_own(&self, now: u64) {
        if cfg!(without_statistics) {
            return;
        }
        let word = self.word.load(Ordering::Relaxed);
        self.word.store(word.wrapping_sub(Self::started(now)), Ordering::Relaxed);
    }

    /// The time up to `now`, in nanoseconds, which `ns` makes of the time it was told.
    pub(crate) fn read(&self, now: impl FnOnce() -> u64, ns: impl FnOnce(u64) -> u64) -> u64 {
        let word = self.word.load(Ordering::Relaxed);
        let running = word & ((1 << COUNT_BITS) - 1);
        // The time is read after the word, so that whoever runs started before `now`, but for a moment: no ordering of
        // memory binds a clock.
        let sum = word.wrapping_sub(running).wrapping_add(running.wrapping_mul(Self::at(now())));
        let sum = ns(((sum as i64 >> COUNT_BITS).max(0) as u64) << UNIT_BITS);
        self.reported.fetch_max(sum, Ordering::Relaxed).max(sum)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn same(ns: u64) -> u64 {
        ns
    }

    #[test]
    fn counts_what_still_runs() {
        let watch = OwnStopwatch::default();
        watch.start_own(1_000);
        assert_eq!(watch.read(|| 1_700, same), 700);
        watch.stop_own(2_000);
        assert_eq!(watch.read(|| 9_000, same), 1_000);
        watch.start_own(9_000);
        assert_eq!(watch.read(|| 9_001, same), 1_001);
    }

    #[test]
    fn never_goes_back() {
        let watch = OwnStopwatch::default();
        watch.start_own(1_000);
        assert_eq!(watch.read(|| 1_700, same), 700);
        watch.stop_own(1_600);
        assert_eq!(watch.read(|| 1_800, same), 700);
        watch.start_own(1_900);
        assert_eq!(watch.read(|| 2_100, same), 800);
    }

    #[test]
    fn is_never_less_than_nothing() {
        let watch = OwnStopwatch::default();
        watch.start_own(1_000);
        assert_eq!(watch.read(|| 990, same), 0);
        watch.stop_own(1_001);
        assert_eq!(watch.read(|| 990, same), 1);
    }

    #[test]
    fn adds_up_over_threads() {
        let watch = SharedStopwatch::default();
        watch.start(256_000);
        watch.start(512_000);
        assert_eq!(watch.read(|| 1_024_000, same), (1_024 - 256 + 1_024 - 512) * 1_000);
        watch.stop(1_024_000);
        watch.stop(1_024_000);
        assert_eq!(watch.read(|| 4_096_000, same), (1_024 - 256 + 1_024 - 512) * 1_000);
    }
}
