//! Claims that callers fill themselves, without a copy.

use super::claim::{Claim, LARGEST_CLAIM, Publication, Refused};
use super::config::in_range;
use super::disruptor::{Disruptor, Inner};
use super::error::{BadArgument, Error, Problem};
use super::produce::Patience;
use super::ring::Producing;
use crate::sync::steps::{Step, kept};
use crate::sync::{Shared, fences};

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

/// The words that a program has to read and write itself to publish without a call, bit by bit, what it
/// has claimed. They are the ring's, and where they are as long as the disruptor is.
#[derive(Clone, Copy, Debug)]
pub struct DirectPath {
    /// What is written to publish.
    pub publication: Publication,
    /// Somebody sleeps and has to be woken.
    pub asleep: *const bool,
    /// Not 0: there are consumers that may have to be told about each publication.
    pub must_call: *const usize,
    /// Some length is not `element_size`.
    pub uneven: *mut bool,
}

impl Disruptor {
    /// How to publish without a call; `None` where the light fence of a publication takes an instruction
    /// (see `sync::fences`).
    pub fn direct_path(&self) -> Option<DirectPath> {
        let ring = &self.0.ring;
        fences::light_is_free().then(|| DirectPath {
            publication: ring.sequencer.publication(),
            asleep: ring.asleep(),
            must_call: ring.control.must_call(),
            uneven: ring.slots.uneven(),
        })
    }

    /// Claims `count` slots, all or none, waiting for room at most `timeout_ns`. Their lengths are
    /// `element_size`, their bytes whatever is there.
    #[inline(always)]
    pub fn claim(&self, count: usize, timeout_ns: u64) -> Result<OpenClaim, Error> {
        let inner = &*self.0;
        let most = LARGEST_CLAIM.min(inner.ring.capacity as usize);
        in_range("count", count, 1, most)?;
        let producing = inner.ring.enter_as_producer().map_err(|refused| inner.why(refused))?;
        match inner.ring.try_open(count as u64) {
            Ok(claim) => Ok(inner.open(&claim)),
            Err(refused) => {
                let keeper = self.0.clone();
                Self::claim_later(&keeper, refused, count as u64, timeout_ns, producing)
            }
        }
    }

    /// Goes on where there was no room; as `produce_rest`.
    #[cold]
    fn claim_later(
        inner: &Shared<Inner>,
        mut refused: Refused,
        count: u64,
        timeout_ns: u64,
        producing: Producing<'_>,
    ) -> Result<OpenClaim, Error> {
        let mut patience = Patience::new(timeout_ns);
        let _producing = producing;
        loop {
            patience.wait_for_room(inner, refused, count)?;
            match inner.ring.try_open(count) {
                Ok(claim) => return Ok(inner.open(&claim)),
                Err(again) => refused = again,
            }
        }
    }

    /// Makes the first `part` elements of an open claim readable, one at least. The rest of it, if there is any, stays
    /// open as a claim of its own, which begins that much further on. After a halt nobody would get the
    /// elements: then the claim is given up.
    #[inline(always)]
    pub fn publish(&self, first_sequence: u64, count: usize, part: usize) -> Result<(), Error> {
        let inner = &*self.0;
        let _producing = inner.ring.enter_as_producer().map_err(|refused| {
            // Until it had to call, the claim was on its way, and whoever is inside may wait for a
            // holder that found it so.
            if kept(Step::RefusedRings) {
                inner.ring.has_published();
            }
            inner.why(refused)
        })?;
        let ring = &inner.ring;
        if !ring.sequencer.is_open(first_sequence, count as u64) {
            return Err(not_open(first_sequence));
        }
        // What the header allows, for the sentence; to publish nothing is `wake`.
        debug_assert!(part > 0, "nothing is `wake`'s");
        in_range("count", part, 0, count)?;
        // From here on the slots are this call's, should another one hand in the same claim.
        let claim = inner.take_open(first_sequence, count)?;
        if ring.is_halted() {
            inner.give_up(claim);
            return Err(Error::Closed);
        }
        if let Err((index, len)) = ring.slots.check_lengths(&claim, part) {
            ring.sequencer.keep_open(&claim);
            // A halt may have found it on its way, and waits for what becomes of it.
            ring.has_published();
            let max = ring.slots.shape().element_size;
            return Err(Error::ClaimedTooLarge { index, len, max });
        }
        ring.publish(ring.sequencer.open_rest(claim, part as u64));
        if ring.control.gaps_to() > first_sequence {
            inner.pass_gaps();
        }
        Ok(())
    }

    /// Does what follows a publication on the [`DirectPath`]; `first_sequence` and `count` are what is left of the claim.
    /// What was published is readable, so nothing that refuses a producer counts here: this does not enter, and does not
    /// ask for a halt.
    pub fn wake(&self, first_sequence: u64, count: usize) -> Result<(), Error> {
        let ring = &self.0.ring;
        if !ring.sequencer.is_open(first_sequence, count as u64) {
            return Err(not_open(first_sequence));
        }
        ring.has_published();
        self.0.pass_gaps();
        Ok(())
    }

    /// Makes consumers skip the slots of an open claim.
    pub fn abandon(&self, first_sequence: u64, count: usize) -> Result<(), Error> {
        let inner = &*self.0;
        let _producing = inner.ring.enter_as_producer().map_err(|refused| inner.why(refused))?;
        if !inner.ring.sequencer.is_open(first_sequence, count as u64) {
            return Err(not_open(first_sequence));
        }
        inner.give_up(inner.take_open(first_sequence, count)?);
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
    #[inline(always)]
    fn take_open(&self, first_sequence: u64, count: usize) -> Result<Claim, Error> {
        let claim = self.ring.sequencer.take_open(first_sequence, count as u64);
        claim.ok_or_else(|| {
            // For a moment another claim may have been taken in its place, and been found on its way by a halt.
            self.ring.has_published();
            not_open(first_sequence)
        })
    }

    fn give_up(&self, claim: Claim) {
        self.ring.abandon_from(&claim, 0);
        self.ring.publish(claim);
        self.pass_gaps();
    }

    #[inline(always)]
    fn open(&self, claim: &Claim) -> OpenClaim {
        let slots = &self.ring.slots;
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
