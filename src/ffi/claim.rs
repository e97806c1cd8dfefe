//! Claim: slots that producers fill themselves.

use std::ptr;

use super::arguments::pointer;
use super::create::{disruptor_t, opened};
use super::guard::guard;
use super::status::disruptor_status_t;
use crate::core::{DirectPath, Error, OpenClaim, Publication};
use crate::sync::fork::Generation;

/// Slots to write into, from `disruptor_claim` until they are published or abandoned. To be used
/// through `disruptor_claim_data` and `disruptor_claim_set_len`, and handed back unchanged.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct disruptor_claim_t {
    /// Slot i will have the element with the sequence number `first_sequence + i`.
    pub first_sequence: u64,
    /// Slots.
    pub count: usize,
    /// The ring's: where they are.
    pub base: *mut u8,
    /// The ring's: bytes from one slot to the next.
    pub stride: usize,
    /// The ring's: sequence number `s` is in slot `s & mask`.
    pub mask: usize,
    /// The ring's: the elements' lengths, by slot.
    pub lengths: *mut u32,
    /// The ring's: how `disruptor_claim_publish` publishes without a call; NULL = it calls.
    pub direct: *const disruptor_direct_t,
}

/// The ring's words that the inline functions use; not for programs. It never changes, because it is
/// compiled into them: a library that publishes in another way leaves `direct` NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct disruptor_direct_t {
    /// Whose they are.
    pub disruptor: *const disruptor_t,
    /// Of a single producer, else NULL: what is announced, and where its claim ends ...
    pub front: *mut u64,
    /// ... and the published position.
    pub published: *mut u64,
    /// Of several producers, else NULL: by slot, the lap in which it was published ...
    pub marks: *mut u32,
    /// ... and the count of an open claim that begins there.
    pub open_counts: *mut u32,
    /// Not 0: somebody sleeps.
    pub asleep: *const u8,
    /// Not 0: there is more to it, because consumers hold elements back, or because of a halt.
    pub must_call: *const usize,
    /// Not 0: some length is not `element_size`.
    pub uneven: *mut u8,
    /// How often the process was forked.
    pub forks: *const u32,
    /// The same when the disruptor was made.
    pub generation: u32,
    /// A lap has `1 << laps_from` slots.
    pub laps_from: u32,
}

// SAFETY: the words that it points to are atomics; programs use them as such.
unsafe impl Send for disruptor_direct_t {}
// SAFETY: as above.
unsafe impl Sync for disruptor_direct_t {}

const _: () = assert!(size_of::<disruptor_direct_t>() == 80 || size_of::<usize>() != 8);

impl disruptor_direct_t {
    /// Without the handle, which is not made yet.
    pub(super) fn new(path: DirectPath, generation: Generation) -> Self {
        let DirectPath { publication, asleep, must_call, uneven } = path;
        let either = Self {
            disruptor: ptr::null(),
            front: ptr::null_mut(),
            published: ptr::null_mut(),
            marks: ptr::null_mut(),
            open_counts: ptr::null_mut(),
            asleep: asleep.cast(),
            must_call,
            uneven: uneven.cast(),
            forks: Generation::place(),
            generation: generation.0,
            laps_from: 0,
        };
        match publication {
            Publication::Position { published, front } => Self { front, published, ..either },
            Publication::Marks { marks, laps_from, open_counts } => {
                Self { marks, laps_from, open_counts, ..either }
            }
        }
    }
}

impl disruptor_claim_t {
    #[inline]
    fn new(claim: OpenClaim, direct: Option<&disruptor_direct_t>) -> Self {
        let OpenClaim { first_sequence, count, base, stride, mask, lengths } = claim;
        let direct = direct.map_or(ptr::null(), ptr::from_ref);
        Self { first_sequence, count, base, stride, mask, lengths, direct }
    }
}

/// -- CLAIM ---------------------------------------------------------------------------------------
///
/// Producing without a copy: claim slots, write into them, publish them.
///
///     disruptor_claim_t claim;
///     if (disruptor_claim(disruptor, 1, DISRUPTOR_WAIT_FOREVER, &claim) == DISRUPTOR_OK) {
///       int len = snprintf((char *)disruptor_claim_data(&claim, 0), 64, "%f", measure());
///       disruptor_claim_set_len(&claim, 0, (size_t)len);
///       disruptor_publish(disruptor, &claim);
///     }
///
/// Several claims may be open at a time and be published in any order; consumers get the elements
/// by sequence number, so an open claim holds back those behind it. Each must be published or
/// abandoned, by whatever thread, also after `disruptor_close`, which waits for that, and before
/// `disruptor_destroy`.
///
/// Claims slots, all or none, and waits for room. Slots have `element_size` bytes, which is each
/// element's length until `disruptor_claim_set_len`, and still hold what was in them before.
///
/// count: slots, 1 to the capacity.
/// timeout_ns: nanoseconds; 0 = do not wait; DISRUPTOR_WAIT_FOREVER = no limit.
/// out: gets the claim.
///
/// Threads: any; one at a time if the producer mode is SINGLE; a consumer's own if there is room.
///
/// Returns OK; INVALID_ARGUMENT; NO_CONSUMERS; FULL: no room, and `timeout_ns` is 0; TIMED_OUT;
/// CLOSED; WOULD_DEADLOCK: a consumer's own thread would have to wait; CONCURRENT_USE; OUT_OF_MEMORY: a
/// further thread, as for `disruptor_produce`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_claim(
    disruptor: *mut disruptor_t,
    count: usize,
    timeout_ns: u64,
    out: *mut disruptor_claim_t,
) -> disruptor_status_t {
    guard("disruptor_claim", || {
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        let out = pointer(out, "out")?;
        let claim = handle.core.claim(count, timeout_ns)?;
        // SAFETY: checked above; the caller's to be written.
        unsafe { out.write(disruptor_claim_t::new(claim, handle.direct.as_ref())) };
        Ok(())
    })
}

/// Makes an open claim's elements readable; never waits. What this thread wrote, consumers see.
///
/// claim: read during the call only. After OK its slots must not be touched any more.
///
/// Threads: any, at any time, also a consumer's own; one at a time if the producer mode is SINGLE, and
/// not while another one is in `disruptor_claim_publish` with this claim, as neither would notice.
///
/// Returns OK; INVALID_ARGUMENT: also if the claim is not open (published or abandoned already, not
/// from this disruptor, changed); ELEMENT_TOO_LARGE: a length above `element_size`, the claim stays
/// open; CLOSED: halted, nobody would get the elements, the claim is given up; CONCURRENT_USE;
/// OUT_OF_MEMORY: a further thread, as for `disruptor_produce`, the claim stays open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_publish(
    disruptor: *mut disruptor_t,
    claim: *const disruptor_claim_t,
) -> disruptor_status_t {
    guard("disruptor_publish", || {
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        // SAFETY: the caller's claim.
        let (first_sequence, count) = unsafe { claimed(claim) }?;
        handle.core.publish(first_sequence, count, count)
    })
}

/// Streaming: makes an open claim's first elements readable and leaves the rest open: claim much at
/// once, publish one by one. `disruptor_claim_publish` does so, mostly without a call.
///
///     while (claim.count > 0 && read_sensor(disruptor_claim_data(&claim, 0)))
///       if (disruptor_claim_publish(disruptor, &claim, 1) != DISRUPTOR_OK)
///         break;
///     if (claim.count > 0)
///       disruptor_abandon(disruptor, &claim);
///
/// claim: becomes the rest; element 0 is the next one. When its count is 0 the claim is over.
/// count: elements, up to `claim->count`. 0 = none: that wakes consumers that sleep, and changes nothing.
///
/// Threads: any, one at a time for each claim; otherwise as for `disruptor_publish`.
///
/// Returns what `disruptor_publish` does; when it fails `*claim` stays as it was. With 0 it returns OK
/// as long as the claim is open, also after a halt and beside other producers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_publish_prefix(
    disruptor: *mut disruptor_t,
    claim: *mut disruptor_claim_t,
    count: usize,
) -> disruptor_status_t {
    guard("disruptor_publish_prefix", || {
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        // SAFETY: the caller's claim.
        let (first_sequence, left) = unsafe { claimed(claim) }?;
        if count == 0 {
            return handle.core.wake(first_sequence, left);
        }
        handle.core.publish(first_sequence, left, count)?;
        // SAFETY: checked above; the caller's to be written.
        unsafe {
            (*claim).first_sequence += count as u64;
            (*claim).count -= count;
        }
        Ok(())
    })
}

/// Gives the slots of an open claim up; never waits. Consumers skip them, and a batch never spans
/// them: their sequence numbers stay a gap.
///
/// claim: as for `disruptor_publish`.
///
/// Threads: as for `disruptor_publish`.
///
/// Returns OK; INVALID_ARGUMENT: also if the claim is not open; CONCURRENT_USE; OUT_OF_MEMORY: a further
/// thread, as for `disruptor_produce`, the claim stays open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_abandon(
    disruptor: *mut disruptor_t,
    claim: *const disruptor_claim_t,
) -> disruptor_status_t {
    guard("disruptor_abandon", || {
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        // SAFETY: the caller's claim.
        let (first_sequence, count) = unsafe { claimed(claim) }?;
        handle.core.abandon(first_sequence, count)
    })
}

/// What tells which claim it is. Whether it is one, core knows; the rest is the caller's own use.
///
/// # Safety
/// `claim` is NULL or points to a claim that stays as it is during the call.
unsafe fn claimed(claim: *const disruptor_claim_t) -> Result<(u64, usize), Error> {
    let claim = pointer(claim, "claim")?;
    // SAFETY: promised by the caller.
    let claim = unsafe { claim.as_ref() };
    Ok((claim.first_sequence, claim.count))
}
