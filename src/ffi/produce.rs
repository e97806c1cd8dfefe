//! Produce: bytes into the ring.

use std::ffi::c_void;
use std::slice;

use super::arguments::{array, bad, elements, optional};
use super::create::{disruptor_slice_t, disruptor_t, opened};
use super::guard::guard;
use super::status::{DISRUPTOR_WAIT_FOREVER, disruptor_status_t};
use crate::core::{Bytes, Error, Problem};

/// A caller's slice that was checked: it has bytes, or it is empty.
#[repr(transparent)]
struct Checked(disruptor_slice_t);

// SAFETY: the caller promises that its slices stay as they are during the call.
unsafe impl Bytes for Checked {
    #[inline]
    fn bytes(&self) -> &[u8] {
        let disruptor_slice_t { data, len } = self.0;
        if len == 0 {
            return &[];
        }
        // SAFETY: made by the checks below only: not NULL, not larger than memory, and the caller's
        // bytes.
        unsafe { slice::from_raw_parts(data, len) }
    }
}

/// Whether these can be the bytes of an element.
#[inline]
fn check(
    slice: &disruptor_slice_t,
    missing: impl FnOnce(usize) -> Error,
    too_large: impl FnOnce(usize) -> Error,
) -> Result<(), Error> {
    if slice.data.is_null() && slice.len != 0 {
        return Err(missing(slice.len));
    }
    if slice.len > isize::MAX as usize {
        return Err(too_large(slice.len));
    }
    Ok(())
}

/// The caller's elements, all of them checked.
///
/// # Safety
/// `first` points to `count` slices, which stay as they are for `'a`, as do their bytes.
unsafe fn checked<'a>(
    first: *const disruptor_slice_t,
    count: usize,
    max: usize,
) -> Result<&'a [Checked], Error> {
    let first = array(first, "elements", count, "count")?;
    // SAFETY: promised by the caller.
    let slices = unsafe { elements(first, count, "count") }?;
    // The highest bit is set where there is NULL, or a length that cannot be; and perhaps where all is well. A loop
    // without a way out is a short one.
    let suspicious = |slice: &disruptor_slice_t| slice.data.addr().wrapping_sub(1) | slice.len;
    if slices.iter().fold(0, |all, slice| all | suspicious(slice)) > isize::MAX as usize {
        for (index, slice) in slices.iter().enumerate() {
            let missing = |len| bad("elements", Problem::NullElement { index, len });
            let too_large = |len| Error::ElementTooLarge { index, len, max };
            check(slice, missing, too_large)?;
        }
    }
    // SAFETY: `Checked` is a transparent wrapper, and each of them was checked.
    Ok(unsafe { slice::from_raw_parts(slices.as_ptr().cast(), slices.len()) })
}

/// -- PRODUCE -------------------------------------------------------------------------------------
///
/// Bytes are copied into the slots. What fits goes in at once; for the rest the call waits for the
/// slowest consumer. A call may have more elements than the ring, and then they go in by pieces.
/// Elements of one call keep their order, those of several threads interleave. Wrong arguments are
/// found before anything is accepted; whatever was accepted is delivered.
///
/// Produces elements, and waits for room without limit.
///
/// elements: `count` slices, read during the call only, like their bytes. NULL if `count` is 0.
///
/// Threads: any; one at a time if the producer mode is SINGLE; a consumer's own if there is room.
///
/// Returns OK: all were accepted; INVALID_ARGUMENT; ELEMENT_TOO_LARGE; NO_CONSUMERS; CLOSED:
/// perhaps after some were accepted, see `disruptor_produce_timeout`; WOULD_DEADLOCK: a consumer's
/// own thread would have to wait; CONCURRENT_USE; OUT_OF_MEMORY: for an element that spills, or, if the
/// producer mode is SINGLE, at the first call of the seventeenth thread that produces, and later ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_produce(
    disruptor: *mut disruptor_t,
    elements: *const disruptor_slice_t,
    count: usize,
) -> disruptor_status_t {
    guard("disruptor_produce", || {
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        // SAFETY: the caller's array of `count`.
        let elements = unsafe { checked(elements, count, handle.max_element_size) }?;
        handle.core.produce(elements, DISRUPTOR_WAIT_FOREVER).outcome
    })
}

/// Produces one element, and waits for room without limit: `disruptor_produce` with a slice of
/// `len` bytes at `data`. `data` may be NULL if `len` is 0.
///
/// Threads, and what it returns: as `disruptor_produce`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_produce_one(
    disruptor: *mut disruptor_t,
    data: *const c_void,
    len: usize,
) -> disruptor_status_t {
    guard("disruptor_produce_one", || {
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        let element = disruptor_slice_t { data: data.cast(), len };
        let missing = |len| bad("data", Problem::NullArray { counter: "len", count: len as u64 });
        let too_large =
            |len| Error::ElementTooLarge { index: 0, len, max: handle.max_element_size };
        check(&element, missing, too_large)?;
        let element = Checked(element);
        if handle.core.try_produce_one(element.bytes()) {
            return Ok(());
        }
        handle.core.produce(slice::from_ref(&element), DISRUPTOR_WAIT_FOREVER).outcome
    })
}

/// Produces elements, and waits for room not longer than it is told to.
///
/// timeout_ns: nanoseconds for the whole call; 0 = do not wait; DISRUPTOR_WAIT_FOREVER = no limit.
/// out_produced: whatever the status, gets how many elements, the first ones, went in; may be NULL.
///
/// Threads: as `disruptor_produce`.
///
/// Returns what `disruptor_produce` does, and FULL: no room for all, and `timeout_ns` is 0;
/// TIMED_OUT: no room for all in time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_produce_timeout(
    disruptor: *mut disruptor_t,
    elements: *const disruptor_slice_t,
    count: usize,
    timeout_ns: u64,
    out_produced: *mut usize,
) -> disruptor_status_t {
    guard("disruptor_produce_timeout", || {
        let out = optional(out_produced, "out_produced");
        let report = |accepted| {
            if let Ok(Some(out)) = out {
                // SAFETY: checked; the caller's to be written.
                unsafe { out.write(accepted) };
            }
        };
        report(0);
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        out?;
        // SAFETY: the caller's array of `count`.
        let elements = unsafe { checked(elements, count, handle.max_element_size) }?;
        let produced = handle.core.produce(elements, timeout_ns);
        report(produced.accepted);
        produced.outcome
    })
}
