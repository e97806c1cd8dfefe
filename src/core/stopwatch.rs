//! Time spent in something, the part that is still running included, in a single word.
//!
//! A reader that loads "total" and "since when" one after the other can count the same time twice or
//! not at all. Here both are one number: starting subtracts the time of day and adds one to the count
//! of those who run, stopping adds the time of day and takes one from the count. A reader adds "now"
//! once for each that runs.

use crate::sync::{AtomicU64, Ordering};

/// A stopwatch that `2^COUNT_BITS - 1` may have running at once, in units of `2^UNIT_BITS` ns. The sum
/// has to stay below `2^(64 - COUNT_BITS)` units.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch<const COUNT_BITS: u32, const UNIT_BITS: u32>(AtomicU64);

/// For one thread: 292 years to the nanosecond.
pub(crate) type OwnStopwatch = Stopwatch<1, 0>;

/// For up to 16,383 threads at once: 9 years in all, to the 256 ns (rounding evens out).
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
        self.0.fetch_add(Self::started(now), Ordering::Relaxed);
    }

    pub(crate) fn stop(&self, now: u64) {
        self.0.fetch_sub(Self::started(now), Ordering::Relaxed);
    }

    /// As `start`, for the only thread that ever writes this one.
    #[inline]
    pub(crate) fn start_own(&self, now: u64) {
        let word = self.0.load(Ordering::Relaxed);
        self.0.store(word.wrapping_add(Self::started(now)), Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn stop_own(&self, now: u64) {
        let word = self.0.load(Ordering::Relaxed);
        self.0.store(word.wrapping_sub(Self::started(now)), Ordering::Relaxed);
    }

    /// Nanoseconds up to `now`.
    pub(crate) fn read(&self, now: impl FnOnce() -> u64) -> u64 {
        let word = self.0.load(Ordering::Acquire);
        let running = word & ((1 << COUNT_BITS) - 1);
        // The clock is read after the word, so that whoever runs started before `now`.
        let sum = word.wrapping_sub(running).wrapping_add(running.wrapping_mul(Self::at(now())));
        (sum >> COUNT_BITS) << UNIT_BITS
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn counts_what_still_runs() {
        let watch = OwnStopwatch::default();
        watch.start_own(1_000);
        assert_eq!(watch.read(|| 1_700), 700);
        watch.stop_own(2_000);
        assert_eq!(watch.read(|| 9_000), 1_000);
        watch.start_own(9_000);
        assert_eq!(watch.read(|| 9_001), 1_001);
    }

    #[test]
    fn adds_up_over_threads() {
        let watch = SharedStopwatch::default();
        watch.start(256_000);
        watch.start(512_000);
        assert_eq!(watch.read(|| 1_024_000), (1_024 - 256 + 1_024 - 512) * 1_000);
        watch.stop(1_024_000);
        watch.stop(1_024_000);
        assert_eq!(watch.read(|| 4_096_000), (1_024 - 256 + 1_024 - 512) * 1_000);
    }
}
