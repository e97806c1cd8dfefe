//! Flush, close, destroy: the end of the stream.

use super::arguments::optional;
use super::create::{disruptor_t, opened};
use super::guard::guard;
use super::status::disruptor_status_t;

/// -- FLUSH, CLOSE, DESTROY -----------------------------------------------------------------------
///
/// Waits until every consumer has finished all elements published before the call; also delivers
/// what `min_batch` holds back. So it waits for claims open before those, and abandoned slots, too.
///
/// timeout_ns: nanoseconds; 0 = only look; DISRUPTOR_WAIT_FOREVER = no limit.
///
/// Threads: any, at any time, but a consumer's own.
///
/// Returns OK; INVALID_ARGUMENT; TIMED_OUT; CLOSED: halted meanwhile; WOULD_DEADLOCK: on a
/// consumer's own thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_flush(
    disruptor: *mut disruptor_t,
    timeout_ns: u64,
) -> disruptor_status_t {
    // SAFETY: the caller's handle.
    guard("disruptor_flush", || unsafe { opened(disruptor) }?.core.flush(timeout_ns))
}

/// Ends the stream. From now on produce and claim return CLOSED, also to callers that wait for
/// room, with what they had got in; open claims may still be published, and are waited for, whoever
/// is registered; every accepted element is delivered to every consumer; each `on_close` runs; all
/// threads end. Pollers are not waited for, but by those that depend on them, or that are in a group
/// with them while they have elements. The handle stays valid, and its statistics can still be read.
///
/// timeout_ns: nanoseconds; 0 = only begin; DISRUPTOR_WAIT_FOREVER = no limit. After TIMED_OUT it
/// goes on in the background, and the call can be made again, as often as you like.
///
/// Threads: any, at any time, but a consumer's own.
///
/// Returns OK: all is over; INVALID_ARGUMENT; TIMED_OUT; WOULD_DEADLOCK: on a consumer's own
/// thread, nothing was done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_close(
    disruptor: *mut disruptor_t,
    timeout_ns: u64,
) -> disruptor_status_t {
    // SAFETY: the caller's handle.
    guard("disruptor_close", || unsafe { opened(disruptor) }?.core.close(timeout_ns))
}

/// As `disruptor_close`, but without delivering the rest: consumers end after their current batch.
/// Open claims are not waited for: to publish one from now on gives it up, and returns CLOSED.
///
/// out_undelivered: on success gets the largest number of elements that a consumer, or a group, did
/// not finish; may be NULL. What was polled and not released counts, what was abandoned does not.
///
/// Threads, and what it returns: as `disruptor_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_halt(
    disruptor: *mut disruptor_t,
    timeout_ns: u64,
    out_undelivered: *mut u64,
) -> disruptor_status_t {
    guard("disruptor_halt", || {
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        let out = optional(out_undelivered, "out_undelivered")?;
        let undelivered = handle.core.halt(timeout_ns)?;
        if let Some(out) = out {
            // SAFETY: checked above; the caller's to be written.
            unsafe { out.write(undelivered) };
        }
        Ok(())
    })
}

/// Closes without limit, frees all but what pollers still read. NULL is fine. After OK it is gone.
///
/// Threads: any but a consumer's own. No other thread may be inside of a call with the handle, nor
/// begin one, but for calls that wait there: those return CLOSED and touch it no more. To be sure:
/// `disruptor_close`, join the producers, then this.
///
/// Returns OK; INVALID_ARGUMENT; WOULD_DEADLOCK: on a consumer's own thread, nothing was done;
/// FORKED: in the child of a fork, nothing was freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_destroy(disruptor: *mut disruptor_t) -> disruptor_status_t {
    guard("disruptor_destroy", || {
        if disruptor.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's handle.
        unsafe { opened(disruptor) }?.core.shutdown()?;
        // SAFETY: `disruptor_create` made it from a box; nobody else uses it any more.
        drop(unsafe { Box::from_raw(disruptor) });
        Ok(())
    })
}
