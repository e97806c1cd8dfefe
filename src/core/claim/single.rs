//! One producer at a time: plain loads and stores, no read-modify-write, no fence.
//!
//! # Who is inside (the owner protocol)
//!
//! That only one thread is inside at a time is the caller's promise, and kept promises must cost
//! nothing. So the producer that came last *owns* the sequencer and enters by two stores and two
//! loads; another thread that wants to enter has to take ownership away, and pays for both:
//!
//! ```text
//!   owner                                  another thread, holding the lock
//!   1. inside := true                      a. owner := nobody
//!   2. light fence                         b. heavy fence
//!   3. still the owner? else step back     c. inside? then owner := as before, CONCURRENT_USE
//!   ... produce ...                           else owner := this thread, and enter as at 1
//!   4. inside := false (release)
//! ```
//!
//! The fences pair: either the owner sees at 3 that it is none any more, or the other one sees at c
//! (acquire) that somebody is inside. Reading `false` there also makes all that the former owner did
//! visible to the new one, so everything else here is plain data of whoever is inside.
//!
//! # Close
//!
//! A close seals (store), executes the heavy fence, and publishes the seal to consumers. The producer
//! looks for the seal after 2. So once consumers see the seal, nobody who is not inside already will
//! ever claim, and `claimed` is the end of the stream as soon as nobody is inside. Whoever leaves a
//! sealed sequencer wakes the consumers, who may have been waiting for just that.

use super::open::OpenClaims;
use super::{Claim, Refused};
use crate::core::error::Error;
use crate::core::gating::Gates;
use crate::core::region::{Array, Part, Plan, Region};
use crate::core::sequence::{Padded, Position, Sequence, sequence};
use crate::sync::fences::{heavy, light};
use crate::sync::thread_token::ThreadToken;
use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Monitor, Ordering, Shared};

/// Set in `refusals`: closed.
const CLOSED: u64 = 1;
/// Set in `refusals`: nobody consumes.
const NO_CONSUMERS: u64 = 2;

#[derive(Debug)]
pub(super) struct Single {
    /// `[CLAIMED]`, `[GATE]` and `[PUBLISHED]`.
    ///
    /// The first two are written by whoever is inside. *Claimed* is released for those who register
    /// or read numbers; *gate* is nobody else's business. *Published* is released after the slots
    /// were written and acquired by consumers before they read them.
    positions: Array<Sequence>,
    refusals: Padded<AtomicU64>,
    /// The heavy fence of a close has been executed.
    sealed: Padded<AtomicBool>,
    owner: Padded<AtomicUsize>,
    inside: Padded<AtomicBool>,
    /// Held while ownership changes.
    changing: Monitor<()>,
    capacity: u64,
}

const CLAIMED: usize = 0;
const GATE: usize = 1;
const PUBLISHED: usize = 2;

#[derive(Debug)]
pub(super) struct SingleParts {
    positions: Part<Sequence>,
    capacity: u64,
}

impl Single {
    pub(super) fn plan(plan: &mut Plan, capacity: usize) -> Result<SingleParts, Error> {
        let positions = plan.add(3, align_of::<Sequence>())?;
        Ok(SingleParts { positions, capacity: capacity as u64 })
    }

    pub(super) fn new(region: &Shared<Region>, parts: SingleParts) -> Self {
        Self {
            positions: Array::fill(region, parts.positions, || sequence(0)),
            refusals: Padded(AtomicU64::new(NO_CONSUMERS)),
            sealed: Padded(AtomicBool::new(false)),
            owner: Padded(AtomicUsize::new(0)),
            inside: Padded(AtomicBool::new(false)),
            changing: Monitor::new(()),
            capacity: parts.capacity,
        }
    }

    /// Enters, or says that somebody else is inside.
    #[inline]
    pub(super) fn enter(&self) -> Result<(), Refused> {
        let own = ThreadToken::current().get();
        loop {
            if self.owner.load(Ordering::Relaxed) == own {
                if self.inside.load(Ordering::Relaxed) {
                    // The owner itself, from within one of its own calls' callbacks.
                    return Err(Refused::ConcurrentUse);
                }
                self.inside.store(true, Ordering::Relaxed);
                light();
                if self.owner.load(Ordering::Relaxed) == own {
                    return Ok(());
                }
                self.inside.store(false, Ordering::Release);
            }
            self.take_ownership(own)?;
        }
    }

    #[cold]
    fn take_ownership(&self, own: usize) -> Result<(), Refused> {
        let _changing = self.changing.lock();
        let before = self.owner.load(Ordering::Relaxed);
        self.owner.store(0, Ordering::Relaxed);
        heavy();
        let inside = before != own && self.inside.load(Ordering::Acquire);
        self.owner.store(if inside { before } else { own }, Ordering::Relaxed);
        if inside { Err(Refused::ConcurrentUse) } else { Ok(()) }
    }

    /// Leaves; whether consumers have to be woken, because this may have been the end.
    #[inline]
    pub(super) fn leave(&self) -> bool {
        self.inside.store(false, Ordering::Release);
        light();
        self.sealed.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn try_claim(&self, gates: &Gates, least: u64, most: u64) -> Result<Claim, Refused> {
        match self.refusals.load(Ordering::Acquire) {
            0 => {}
            NO_CONSUMERS => return Err(Refused::NoConsumers),
            _ => return Err(Refused::Closed),
        }
        let claimed = self.positions[CLAIMED].load(Ordering::Relaxed);
        let mut room = self.room(claimed, self.positions[GATE].load(Ordering::Relaxed));
        if room < most {
            room = self.room(claimed, self.look_at_gates(gates, claimed));
            if room < least {
                return Err(Refused::NoRoom);
            }
        }
        let count = room.min(most);
        self.positions[CLAIMED].store(claimed + count, Ordering::Release);
        Ok(Claim { first: claimed, count })
    }

    #[inline]
    fn room(&self, claimed: Position, gate: Position) -> u64 {
        // A gate above `claimed` is a consumer that has left (`NOBODY`).
        gate.saturating_add(self.capacity) - claimed
    }

    #[cold]
    fn look_at_gates(&self, gates: &Gates, claimed: Position) -> Position {
        let gate = gates.minimum(claimed);
        self.positions[GATE].store(gate, Ordering::Relaxed);
        gate
    }

    /// Publishes a claim, and those behind it that were published before it.
    #[inline]
    pub(super) fn publish(&self, claim: Claim, open: &OpenClaims) {
        if claim.first != self.positions[PUBLISHED].load(Ordering::Relaxed) {
            return open.publish_later(claim);
        }
        let mut to = claim.end();
        if to != self.positions[CLAIMED].load(Ordering::Relaxed) {
            to = open.published_behind(to);
        }
        self.positions[PUBLISHED].store(to, Ordering::Release);
    }
}

impl Single {
    /// As [`super::Sequencer::published`].
    #[inline]
    pub(super) fn published(&self, from: Position) -> Position {
        self.positions[PUBLISHED].load(Ordering::Acquire).max(from)
    }

    pub(super) fn last_published(&self, from: Position, open: &OpenClaims) -> Position {
        open.last_published(self.published(from), self.claimed())
    }

    #[inline]
    pub(super) fn claimed(&self) -> Position {
        self.positions[CLAIMED].load(Ordering::Acquire)
    }

    pub(super) fn is_worth_trying(&self, count: u64, gate: Position) -> bool {
        self.refusals.load(Ordering::Acquire) != 0 || self.room(self.claimed(), gate) >= count
    }

    /// As in `gating`, but for step 2: instead of a read-modify-write of `claimed`, which would fall
    /// between the producer's load and store, a heavy fence. A producer that did not see the line of
    /// step 1 read its own `claimed` before the fence, so the start read after it is no lower.
    pub(super) fn open(&self) -> Position {
        self.refusals.fetch_and(!NO_CONSUMERS, Ordering::AcqRel);
        heavy();
        self.claimed()
    }

    pub(super) fn no_consumers(&self) {
        self.refusals.fetch_or(NO_CONSUMERS, Ordering::AcqRel);
    }

    pub(super) fn close(&self) {
        self.refusals.fetch_or(CLOSED, Ordering::AcqRel);
        heavy();
        self.sealed.store(true, Ordering::Release);
    }

    /// In this order: sealed, nobody inside, and only then how far was claimed.
    pub(super) fn end(&self) -> Option<Position> {
        let is_over = self.sealed.load(Ordering::Acquire) && !self.inside.load(Ordering::Acquire);
        is_over.then(|| self.claimed())
    }
}
