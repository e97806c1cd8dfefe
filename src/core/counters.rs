//! What one consumer counts: written by its thread alone, read by anybody at any time.

use super::stopwatch::OwnStopwatch;
use crate::sync::steps::{Step, ordered};
use crate::sync::{AtomicU64, Ordering};

/// A number with one writer, which therefore needs no read-modify-write.
///
/// What grows is released and acquired: whoever has seen one number grow sees what was counted before it, and
/// that what was consumed was produced.
///
/// With `cfg(without_statistics)` nothing is counted: only `cargo xtask bench statistics` builds that,
/// to measure what counting costs.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub(crate) fn add(&self, more: u64) {
        if cfg!(without_statistics) {
            return;
        }
        let release = ordered(Step::CountRelease, Ordering::Release);
        self.0.store(self.0.load(Ordering::Relaxed) + more, release);
    }

    #[inline]
    pub(crate) fn raise(&self, to: u64) {
        if cfg!(without_statistics) {
            return;
        }
        if to > self.0.load(Ordering::Relaxed) {
            self.0.store(to, ordered(Step::CountRelease, Ordering::Release));
        }
    }

    #[inline]
    pub(crate) fn set(&self, to: u64) {
        if cfg!(without_statistics) {
            return;
        }
        self.0.store(to, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(ordered(Step::CountAcquire, Ordering::Acquire))
    }
}

/// Everything is counted before the position that finishes it is published, so whoever waited for
/// that position (flush, close) finds the numbers complete.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Counters {
    pub(crate) consumed: Counter,
    pub(crate) consumed_bytes: Counter,
    pub(crate) batches: Counter,
    pub(crate) largest_batch: Counter,
    pub(crate) errors: Counter,
    pub(crate) retries: Counter,
    pub(crate) max_lag: Counter,
    /// One at the start of each batch.
    pub(crate) lag_samples: Counter,
    /// Of the lags sampled.
    pub(crate) lag_sum: Counter,
    /// When the running callback was called, in ticks; 0 = none runs.
    pub(crate) in_batch_since: Counter,
    /// Waiting for elements, in ticks.
    pub(crate) blocked: OwnStopwatch,
    /// Inside the callback, in ticks.
    pub(crate) consuming: OwnStopwatch,
}

impl Counters {
    #[inline]
    pub(crate) fn batch_begins(&self, lag: u64, now: u64) {
        self.max_lag.raise(lag);
        self.lag_samples.add(1);
        self.lag_sum.add(lag);
        self.in_batch_since.set(now);
        self.consuming.start_own(now);
    }

    #[inline]
    pub(crate) fn batch_ends(&self, elements: u64, bytes: u64, now: u64) {
        self.done(elements, bytes);
        self.batch_is_over(elements, now);
    }

    /// Some elements of a batch are consumed.
    #[inline]
    pub(crate) fn done(&self, elements: u64, bytes: u64) {
        self.consumed_bytes.add(bytes);
        self.consumed.add(elements);
    }

    /// A batch of so many elements is over, whether or not they are all consumed.
    #[inline]
    pub(crate) fn batch_is_over(&self, elements: u64, now: u64) {
        self.consuming.stop_own(now);
        self.in_batch_since.set(0);
        self.batches.add(1);
        self.largest_batch.raise(elements);
    }

    /// Of one lag a batch.
    pub(crate) fn average_lag(&self) -> f64 {
        // In this order, the opposite of that in which they grow: the average is never too large.
        let sum = self.lag_sum.get();
        let samples = self.lag_samples.get();
        if samples == 0 { 0.0 } else { sum as f64 / samples as f64 }
    }
}
