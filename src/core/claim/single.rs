//! One producer at a time: plain loads and stores, no read-modify-write, no fence. That it is alone `owner`
//! sees to.
//!
//! # Close
//!
//! A close seals (store), executes the heavy fence, and publishes the seal to consumers. The producer
//! looks for the seal after the fence with which it enters (2 in `owner`). So once consumers see the seal,
//! nobody who is not inside already will ever claim, and `claimed` is the end of the stream as soon as
//! nobody is inside. Whoever leaves a sealed sequencer wakes the consumers, who may have been waiting for
//! just that.

use std::ptr;

use super::front::Front;
use super::open::{LARGEST_CLAIM, OpenClaims};
use super::owner::{Owner, Seat};
use super::{Claim, Publication, Refused};
use crate::core::error::Error;
use crate::core::gating::Gates;
use crate::core::region::{Part, Place, Plan, Region};
use crate::core::sequence::{Padded, Position, Sequence};
use crate::sync::fences::{heavy_for_certain, light};
use crate::sync::steps::{Step, in_order, kept, ordered};
use crate::sync::{AtomicBool, AtomicU64, Ordering, Shared, prefetch_to_write};

/// Set in `refusals`: closed.
const CLOSED: u64 = 1;
/// Set in `refusals`: nobody consumes.
const NO_CONSUMERS: u64 = 2;

/// Written by whoever is inside.
#[derive(Debug, Default)]
struct Positions {
    own: Padded<Own>,
    /// Released after the slots were written, acquired by consumers before they read them.
    published: Sequence,
    /// The end of the last claim that was published before one in front of it. Release, acquire: whoever counts
    /// what is published up to there finds the counts of the lap before forgotten.
    last: Sequence,
}

/// What others look at only now and then.
#[derive(Debug, Default)]
struct Own {
    /// Relaxed: a number. Who registers reads it behind the heavy fence, and before claims are allowed (`refusals`); who asks
    /// for the end, when nobody is inside any more.
    claimed: AtomicU64,
    /// A minimum of the consumers' positions, as of some time ago. Nobody else's business.
    gate: AtomicU64,
    front: Front,
}

#[derive(Debug)]
pub(super) struct Single {
    positions: Place<Positions>,
    /// Why nothing can be claimed. Release, acquire: whoever claims because of a newcomer knows it, and what is claimed comes
    /// after its start was read; whoever is refused sees what came before that.
    refusals: Padded<AtomicU64>,
    /// The heavy fence of a close has been executed.
    sealed: Padded<AtomicBool>,
    /// Once nobody was inside after that. From then on the end is known, though producers may look in
    /// again, to be refused.
    over: AtomicBool,
    pub(super) owner: Owner,
    capacity: u64,
}

#[derive(Debug)]
pub(super) struct SingleParts {
    positions: Part<Positions>,
    seats: Part<Seat>,
    capacity: u64,
}

impl Single {
    pub(super) fn plan(plan: &mut Plan, capacity: usize) -> Result<SingleParts, Error> {
        let positions = plan.add(1, align_of::<Positions>())?;
        let seats = Owner::plan(plan)?;
        Ok(SingleParts { positions, seats, capacity: capacity as u64 })
    }

    pub(super) fn new(region: &Shared<Region>, parts: SingleParts) -> Self {
        Self {
            positions: Place::fill(region, parts.positions, Positions::default()),
            refusals: Padded(AtomicU64::new(NO_CONSUMERS)),
            sealed: Padded(AtomicBool::new(false)),
            over: AtomicBool::new(false),
            owner: Owner::new(region, parts.seats),
            capacity: parts.capacity,
        }
    }

    /// Leaves; whether consumers have to be woken, because this may have been the end.
    #[inline(always)]
    pub(super) fn leave(&self, seat: &Seat) -> bool {
        seat.leave();
        if kept(Step::LeaveFence) {
            light();
        }
        self.sealed.load(Ordering::Relaxed) && kept(Step::LeaveRingsSealed)
    }

    #[inline(always)]
    pub(super) fn try_claim(&self, gates: &Gates, least: u64, most: u64) -> Result<Claim, Refused> {
        match self.claim_at_once(most) {
            Some(claim) => Ok(claim),
            None => self.try_claim_less(gates, least, most),
        }
    }

    /// Begins to take the published position from those who look at it. A store would begin only when all before it is
    /// done, for example when a consumer that answers has got what it answers to.
    #[inline(always)]
    pub(super) fn prefetch_to_publish(&self) {
        prefetch_to_write(ptr::from_ref(&*self.positions.published).cast());
    }

    /// Claims `count` slots if what is known of the room suffices.
    #[inline(always)]
    pub(super) fn claim_at_once(&self, count: u64) -> Option<Claim> {
        let claimed = self.positions.own.claimed.load(Ordering::Relaxed);
        let room = self.room(claimed, self.positions.own.gate.load(Ordering::Relaxed));
        let is_allowed = room >= count && self.refusals() == 0;
        is_allowed.then(|| self.take(claimed, count))
    }

    /// Where what is known of the room does not suffice, or claims are refused.
    #[cold]
    fn try_claim_less(&self, gates: &Gates, least: u64, most: u64) -> Result<Claim, Refused> {
        match self.refusals() {
            0 => {}
            NO_CONSUMERS => return Err(Refused::NoConsumers),
            _ => return Err(Refused::Closed),
        }
        let claimed = self.positions.own.claimed.load(Ordering::Relaxed);
        let gate = gates.minimum(claimed).ok_or(Refused::NoConsumers)?;
        self.positions.own.gate.store(gate, Ordering::Relaxed);
        let room = self.room(claimed, gate);
        if room < least && kept(Step::RoomFirst) {
            return Err(Refused::NoRoom);
        }
        Ok(self.take(claimed, room.min(most).max(least)))
    }

    #[inline(always)]
    fn refusals(&self) -> u64 {
        self.refusals.load(ordered(Step::RefusalsAcquire, Ordering::Acquire))
    }

    #[inline(always)]
    fn take(&self, claimed: Position, count: u64) -> Claim {
        let count = count.min(LARGEST_CLAIM as u64);
        self.positions.own.claimed.store(claimed + count, Ordering::Relaxed);
        Claim { first: claimed, count }
    }

    #[inline(always)]
    fn room(&self, claimed: Position, gate: Position) -> u64 {
        // A gate above `claimed` is a consumer that has left (`NOBODY`); one further back than a lap is a
        // newcomer's, for a moment.
        gate.saturating_add(self.capacity).saturating_sub(claimed)
    }

    /// Publishes a claim, and those behind it that were published before it.
    #[inline(always)]
    pub(super) fn publish(&self, claim: Claim, open: &OpenClaims) {
        let is_first = self.is_next(claim.first);
        let is_last = claim.end() == self.positions.own.claimed.load(Ordering::Relaxed);
        if is_first && (is_last || self.front().goes_on_behind(&claim)) {
            let release = ordered(Step::MarkRelease, Ordering::Release);
            self.positions.published.store(claim.end(), release);
        } else {
            self.publish_among_others(claim, is_first, open);
        }
    }

    #[cold]
    fn publish_among_others(&self, claim: Claim, is_first: bool, open: &OpenClaims) {
        if is_first {
            let to = open.published_behind(claim.end());
            let release = ordered(Step::MarkRelease, Ordering::Release);
            self.positions.published.store(to, release);
            open.forget_published(claim.end(), to);
        } else {
            let release = ordered(Step::LastRelease, Ordering::Release);
            self.positions.last.store(self.last().max(claim.end()), release);
            open.publish_later(claim);
        }
    }
}

impl Single {
    pub(super) fn publication(&self) -> Publication {
        let published = ptr::from_ref(&*self.positions.published).cast_mut().cast();
        Publication::Position { published, front: self.front().words() }
    }

    #[inline]
    pub(super) fn front(&self) -> &Front {
        &self.positions.own.front
    }

    /// Whether the next position to be published is this one. To be asked inside.
    #[inline(always)]
    pub(super) fn is_next(&self, at: Position) -> bool {
        self.positions.published.load(Ordering::Relaxed) == at
    }

    /// As [`super::Sequencer::published`].
    #[inline]
    pub(super) fn published(&self, from: Position) -> Position {
        let acquire = ordered(Step::MarkAcquire, Ordering::Acquire);
        self.positions.published.load(acquire).max(from)
    }

    /// As [`super::Sequencer::count_published`].
    pub(super) fn count_published(&self, open: &OpenClaims) -> u64 {
        let published = self.published(0);
        published + open.count_later(published..self.last())
    }

    pub(super) fn last_published(&self, from: Position) -> Position {
        self.published(from).max(self.last())
    }

    #[inline]
    fn last(&self) -> Position {
        self.positions.last.load(ordered(Step::LastAcquire, Ordering::Acquire))
    }

    #[inline]
    pub(super) fn claimed(&self) -> Position {
        self.positions.own.claimed.load(Ordering::Relaxed)
    }

    pub(super) fn is_worth_trying(&self, count: u64, gate: Position) -> bool {
        self.refusals() != 0 || self.room(self.claimed(), gate) >= count
    }

    /// As in `gating`, but for step 2: instead of a read-modify-write of `claimed`, which would fall
    /// between the producer's load and store, a heavy fence. A producer that did not see the line of
    /// step 1 read its own `claimed` before the fence, so the start read after it is no lower.
    ///
    /// Claims are allowed last, and released: what was accepted before the start is fixed would reach nobody.
    pub(super) fn allow(&self) -> Position {
        if kept(Step::OpenFence) {
            heavy_for_certain();
        }
        let start = || self.claimed();
        let release = ordered(Step::AllowRelease, Ordering::Release);
        let allow = || self.refusals.fetch_and(!NO_CONSUMERS, release);
        in_order(Step::StartFirst, start, allow).0
    }

    pub(super) fn no_consumers(&self) {
        if kept(Step::LastRefuses) {
            self.refusals.fetch_or(NO_CONSUMERS, ordered(Step::RefuseRelease, Ordering::Release));
        }
    }

    pub(super) fn close(&self) {
        if kept(Step::CloseRefuses) {
            self.refusals.fetch_or(CLOSED, ordered(Step::RefuseRelease, Ordering::Release));
        }
        if kept(Step::SealFence) {
            heavy_for_certain();
        }
        self.sealed.store(true, ordered(Step::SealRelease, Ordering::Release));
    }

    /// In this order: sealed, nobody inside, and only then how far was claimed.
    pub(super) fn end(&self) -> Option<Position> {
        if !self.over.load(ordered(Step::OverAcquire, Ordering::Acquire)) {
            let is_inside = || kept(Step::NobodyInside) && self.owner.is_inside();
            let acquire = ordered(Step::SealAcquire, Ordering::Acquire);
            if !self.sealed.load(acquire) || is_inside() {
                return None;
            }
            let release = ordered(Step::OverRelease, Ordering::Release);
            self.over.store(kept(Step::StaysOver), release);
        }
        Some(self.claimed())
    }
}
