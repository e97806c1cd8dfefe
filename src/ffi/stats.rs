//! Stats: the numbers, as structs.

use std::ffi::c_char;

use super::arguments::{array, pointer};
use super::create::{disruptor_t, opened};
use super::guard::guard;
use super::status::disruptor_status_t;
use super::text;
use super::versioned::{Place, versioned};
use crate::core::{ConsumerStats, State, Stats};

/// Values of `state`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum disruptor_state_t {
    /// Takes elements; a consumer: is registered.
    DISRUPTOR_STATE_OPEN = 0,
    /// Takes no more, delivers the rest; a consumer: is about to end.
    DISRUPTOR_STATE_CLOSING = 1,
    /// All is over.
    DISRUPTOR_STATE_CLOSED = 2,
    /// Of consumers only: stopped by `on_error`.
    DISRUPTOR_STATE_FAILED = 3,
}

impl From<State> for disruptor_state_t {
    fn from(state: State) -> Self {
        match state {
            State::Open => Self::DISRUPTOR_STATE_OPEN,
            State::Closing => Self::DISRUPTOR_STATE_CLOSING,
            State::Closed => Self::DISRUPTOR_STATE_CLOSED,
            State::Failed => Self::DISRUPTOR_STATE_FAILED,
        }
    }
}

/// The numbers of a disruptor. Set `struct_size` before the call that fills it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct disruptor_stats_t {
    /// sizeof(disruptor_stats_t).
    pub struct_size: usize,
    /// DISRUPTOR_STATE_*.
    pub state: u32,
    /// Consumers registered now, or when it was closed.
    pub consumers: u32,
    /// Elements in flight at most.
    pub capacity: u64,
    /// Elements accepted.
    pub produced: u64,
    /// Nanoseconds that producers waited for room, summed over them, waits in progress included.
    pub producer_blocked_ns: u64,
    /// How often such a wait began.
    pub producer_blocked_count: u64,
    /// Nanoseconds from create to now, or to the end of close.
    pub elapsed_ns: u64,
    /// `produced` by `elapsed_ns`.
    pub produced_per_sec: f64,
    /// Elements published and not finished by the slowest consumer.
    pub current_lag: u64,
    /// The largest lag of any consumer so far.
    pub max_lag: u64,
    /// The largest of the consumers' average lags.
    pub average_lag: f64,
}

versioned!(disruptor_stats_t {
    struct_size,
    state,
    consumers,
    capacity,
    produced,
    producer_blocked_ns,
    producer_blocked_count,
    elapsed_ns,
    produced_per_sec,
    current_lag,
    max_lag,
    average_lag,
});

impl From<Stats> for disruptor_stats_t {
    fn from(stats: Stats) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            state: disruptor_state_t::from(stats.state) as u32,
            consumers: stats.consumers,
            capacity: stats.capacity,
            produced: stats.produced,
            producer_blocked_ns: stats.producer_blocked_ns,
            producer_blocked_count: stats.producer_blocked_count,
            elapsed_ns: stats.elapsed_ns,
            produced_per_sec: stats.produced_per_sec,
            current_lag: stats.current_lag,
            max_lag: stats.max_lag,
            average_lag: stats.average_lag,
        }
    }
}

/// The numbers of a consumer. Set `struct_size` before the call that fills it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct disruptor_consumer_stats_t {
    /// sizeof(disruptor_consumer_stats_t).
    pub struct_size: usize,
    /// Its id.
    pub consumer: u32,
    /// DISRUPTOR_STATE_*.
    pub state: u32,
    /// Elements it has finished, those of failed batches included, each once.
    pub consumed: u64,
    /// Bytes of these.
    pub consumed_bytes: u64,
    /// Batches.
    pub batches: u64,
    /// Elements of the largest batch.
    pub largest_batch: u64,
    /// Deliveries that failed.
    pub errors: u64,
    /// Deliveries of a batch once more.
    pub retries: u64,
    /// Nanoseconds spent waiting for elements, a wait in progress included.
    pub blocked_ns: u64,
    /// Nanoseconds inside the callbacks for batches.
    pub consume_ns: u64,
    /// `consumed` by `consume_ns`.
    pub consumed_per_sec: f64,
    /// Elements published and not finished by this consumer.
    pub current_lag: u64,
    /// The largest lag so far.
    pub max_lag: u64,
    /// The average of one lag taken at each batch.
    pub average_lag: f64,
    /// Nanoseconds for which the running callback has been running; 0 = none runs.
    pub in_batch_ns: u64,
    /// UTF-8, NUL-terminated; a longer name is cut.
    pub name: [c_char; 64],
}

versioned!(disruptor_consumer_stats_t {
    struct_size,
    consumer,
    state,
    consumed,
    consumed_bytes,
    batches,
    largest_batch,
    errors,
    retries,
    blocked_ns,
    consume_ns,
    consumed_per_sec,
    current_lag,
    max_lag,
    average_lag,
    in_batch_ns,
    name,
});

impl From<ConsumerStats> for disruptor_consumer_stats_t {
    fn from(stats: ConsumerStats) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            consumer: stats.consumer,
            state: disruptor_state_t::from(stats.state) as u32,
            consumed: stats.consumed,
            consumed_bytes: stats.consumed_bytes,
            batches: stats.batches,
            largest_batch: stats.largest_batch,
            errors: stats.errors,
            retries: stats.retries,
            blocked_ns: stats.blocked_ns,
            consume_ns: stats.consume_ns,
            consumed_per_sec: stats.consumed_per_sec,
            current_lag: stats.current_lag,
            max_lag: stats.max_lag,
            average_lag: stats.average_lag,
            in_batch_ns: stats.in_batch_ns,
            name: text::fixed(&stats.name),
        }
    }
}

/// -- STATS ---------------------------------------------------------------------------------------
///
/// Numbers may be read at any time, also after close, and slow nobody. With several producers each
/// look costs some 2 ns for each element that the slowest consumer has before it: 2 ms in a ring of
/// a million. Those that count never go back. Times are taken from a monotonic clock; a rate over no
/// time is 0.
///
/// Reads the numbers of a disruptor.
///
/// out: `struct_size` set by the caller; filled as far as that goes.
///
/// Threads: any, at any time.
///
/// Returns OK; INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_stats(
    disruptor: *const disruptor_t,
    out: *mut disruptor_stats_t,
) -> disruptor_status_t {
    guard("disruptor_stats", || {
        // SAFETY: the caller's struct of the size that it carries.
        let out = unsafe { Place::new(out, "out") }?;
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        out.fill(&handle.core.stats().into());
        Ok(())
    })
}

/// Reads the numbers of a consumer; those of one that has left stay until destroy.
///
/// out: `struct_size` set by the caller; filled as far as that goes.
///
/// Threads: any, at any time.
///
/// Returns OK; INVALID_ARGUMENT; NO_SUCH_CONSUMER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_consumer_stats(
    disruptor: *const disruptor_t,
    consumer: u32,
    out: *mut disruptor_consumer_stats_t,
) -> disruptor_status_t {
    guard("disruptor_consumer_stats", || {
        // SAFETY: the caller's struct of the size that it carries.
        let out = unsafe { Place::new(out, "out") }?;
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        out.fill(&handle.core.consumer_stats(consumer)?.into());
        Ok(())
    })
}

/// Lists the consumers that are registered now, or were when the disruptor was closed.
///
/// out_ids: gets their ids in ascending order, at most `max`; may be NULL if `max` is 0.
/// out_count: gets how many there are, which may be more than `max`.
///
/// Threads: any, at any time.
///
/// Returns OK, also if there are more than `max`; INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_consumers(
    disruptor: *const disruptor_t,
    out_ids: *mut u32,
    max: usize,
    out_count: *mut usize,
) -> disruptor_status_t {
    /// As many as a disruptor can have at a time.
    const MOST: usize = 1024;
    guard("disruptor_consumers", || {
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        let out_ids = array(out_ids, "out_ids", max, "max")?;
        let out_count = pointer(out_count, "out_count")?;
        let mut ids = [0; MOST];
        let count = handle.core.consumers(&mut ids);
        // SAFETY: checked above; the caller's to be written, `max` of them.
        unsafe {
            out_ids.as_ptr().copy_from_nonoverlapping(ids.as_ptr(), count.min(max));
            out_count.write(count);
        }
        Ok(())
    })
}
