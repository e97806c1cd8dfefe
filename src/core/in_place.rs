//! Claims that callers fill themselves, without a copy.

use super::claim::{Claim, LARGEST_CLAIM};
use super::config::in_range;
use super::disruptor::{Disruptor, Inner};
use super::error::{BadArgument, Error, Problem};
use super::produce::Patience;

/// Some slots that belong to the caller until it publishes or abandons them.
#[derive(Clone, Copy, Debug)]
pub struct OpenClaim {
    /// Sequence of the first slot's element.
    pub first_sequence: u64,
    /// Slots; sequences follow one another.
    pub count: usize,
    /// Slot 0 of the ring.
    pub base: *mut u8,
    /// Bytes from one slot to the next.
    pub stride: usize,
    /// The element with sequence `s` is in slot `s & mask`.
    pub mask: usize,
    /// The elements' lengths, by slot.
    pub lengths: *mut u32,
}

impl Disruptor {
    /// Claims `count` slots, all or none, waiting for room at most `timeout_ns`. Their lengths are
    /// `element_size`, their bytes whatever is there.
    pub fn claim(&self, count: usize, timeout_ns: u64) -> Result<OpenClaim, Error> {
        let inner = &*self.0;
        let most = LARGEST_CLAIM.min(inner.ring.capacity as usize);
        in_range("count", count, 1, most)?;
        let mut patience = Patience::new(timeout_ns);
        let _producing = inner.ring.enter_as_producer().map_err(|refused| inner.why(refused))?;
        loop {
            match inner.ring.try_claim_withheld(count as u64, count as u64) {
                Ok(claim) => return Ok(inner.open(&claim)),
                Err(refused) => patience.wait_for_room(self, refused, count as u64)?,
            }
        }
    }

    /// Makes the elements of an open claim readable. After a halt nobody would get them: then the claim is
    /// given up.
    pub fn publish(&self, first_sequence: u64, count: usize) -> Result<(), Error> {
        let inner = &*self.0;
        let _producing = inner.ring.enter_as_producer().map_err(|refused| inner.why(refused))?;
        let ring = &inner.ring;
        if !ring.sequencer.is_open(first_sequence, count as u64) {
            return Err(not_open(first_sequence));
        }
        let max = ring.slots.shape().element_size;
        let too_large = |(index, len)| Error::ClaimedTooLarge { index, len, max };
        ring.slots.check_lengths(first_sequence, count).map_err(too_large)?;
        let claim = ring.sequencer.take_open(first_sequence, count as u64);
        let claim = claim.ok_or(not_open(first_sequence))?;
        if ring.is_halted() {
            ring.abandon_from(&claim, 0);
            ring.publish(claim);
            return Err(Error::Closed);
        }
        // Accepted before they can be consumed, so that nobody reads more of that than of this.
        ring.sequencer.accept(count as u64);
        ring.publish(claim);
        inner.pass_gaps();
        Ok(())
    }

    /// Makes consumers skip the slots of an open claim.
    pub fn abandon(&self, first_sequence: u64, count: usize) -> Result<(), Error> {
        let inner = &*self.0;
        let _producing = inner.ring.enter_as_producer().map_err(|refused| inner.why(refused))?;
        let ring = &inner.ring;
        if !ring.sequencer.is_open(first_sequence, count as u64) {
            return Err(not_open(first_sequence));
        }
        let claim = ring.sequencer.take_open(first_sequence, count as u64);
        let claim = claim.ok_or(not_open(first_sequence))?;
        ring.abandon_from(&claim, 0);
        ring.publish(claim);
        inner.pass_gaps();
        Ok(())
    }
}

fn not_open(first_sequence: u64) -> Error {
    let rule = "it must be the first_sequence of a claim, with its count, that was neither published \
                nor abandoned";
    let problem = Problem::Conflict { value: first_sequence, rule };
    Error::InvalidArgument(BadArgument { name: "claim->first_sequence", problem })
}

impl Inner {
    fn open(&self, claim: &Claim) -> OpenClaim {
        let slots = &self.ring.slots;
        slots.set_default_lengths(claim);
        self.ring.sequencer.keep_open(claim);
        OpenClaim {
            first_sequence: claim.positions().start,
            count: claim.count(),
            base: slots.base(),
            stride: slots.stride(),
            mask: slots.shape().slots - 1,
            lengths: slots.lengths(),
        }
    }
}
