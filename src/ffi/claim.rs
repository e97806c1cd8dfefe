//! Claim: slots that producers fill themselves.

use super::arguments::pointer;
use super::create::{disruptor_t, opened};
use super::guard::guard;
use super::status::disruptor_status_t;
use crate::core::{Error, OpenClaim};

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
}

impl From<OpenClaim> for disruptor_claim_t {
    #[inline]
    fn from(claim: OpenClaim) -> Self {
        let OpenClaim { first_sequence, count, base, stride, mask, lengths } = claim;
        Self { first_sequence, count, base, stride, mask, lengths }
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
/// Claims slots, all or none, and waits for room. A slot has `element_size` bytes, whose content is
/// what its last element left, and as long as nothing else is said that is the element's length.
///
/// count: slots, 1 to the capacity.
/// timeout_ns: nanoseconds; 0 = do not wait; DISRUPTOR_WAIT_FOREVER = no limit.
/// out: gets the claim.
///
/// Threads: any, at any time; one at a time if the producer mode is SINGLE. On a consumer's own
/// thread as long as there is room.
///
/// Returns OK; INVALID_ARGUMENT; NO_CONSUMERS; FULL: no room, and `timeout_ns` is 0; TIMED_OUT;
/// CLOSED; WOULD_DEADLOCK: a consumer's own thread would have to wait; CONCURRENT_USE.
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
        unsafe { out.write(claim.into()) };
        Ok(())
    })
}

/// Makes the elements of an open claim readable; never waits. What is written before, by this
/// thread, consumers see.
///
/// claim: read during the call only. After OK its slots must not be touched any more.
///
/// Threads: any, at any time, also a consumer's own; one at a time if the producer mode is SINGLE.
///
/// Returns OK; INVALID_ARGUMENT: also if the claim is not open (published or abandoned already, not
/// from this disruptor, changed); ELEMENT_TOO_LARGE: a length above `element_size`, the claim stays
/// open; CLOSED: halted, nobody would get the elements, the claim is given up; CONCURRENT_USE.
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
        handle.core.publish(first_sequence, count)
    })
}

/// Gives the slots of an open claim up; never waits. Consumers skip them, and a batch never spans
/// them: their sequence numbers stay a gap.
///
/// claim: as for `disruptor_publish`.
///
/// Threads: as for `disruptor_publish`.
///
/// Returns OK; INVALID_ARGUMENT: also if the claim is not open; CONCURRENT_USE.
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
