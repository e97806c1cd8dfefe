//! Any number of producers: claims by compare-and-swap, publication marked slot by slot, so that no
//! producer ever waits for another one.

use super::open::OpenClaims;
use super::{Claim, Publication, Refused};
use crate::core::error::Error;
use crate::core::gating::Gates;
use crate::core::region::{Array, Part, Place, Plan, Region};
use crate::core::sequence::{Position, Sequence, sequence};
use crate::sync::steps::{Step, halves, kept, ordered};
use crate::sync::{AtomicU32, Ordering, Shared};

/// Set in `claimed`: no claims any more; the position beside it is the end of the stream.
const CLOSED: u64 = 1 << 63;
/// Set in `claimed`: no claims as long as nobody consumes.
const NO_CONSUMERS: u64 = 1 << 62;
const POSITION: u64 = NO_CONSUMERS - 1;

/// Of a slot that was never published. No lap has this number before the position 2^32 * slots,
/// and by then the slot bears the number of the lap before.
const NEVER: u32 = u32::MAX;

/// So often a claim tries before it says that there is no room. Room that others take each time is none, and a
/// caller whose time is limited has to be asked again.
const TRIES: usize = if cfg!(loom) { 64 } else { 1000 };

/// Each alone on its cache lines.
#[derive(Debug)]
struct Positions {
    /// Positions below it are handed out, and the two flags. Changed by read-modify-write only, so that
    /// all its values from one on form a release sequence: registration relies on that (`gating`).
    ///
    /// Released by who lets a consumer in, and by who forbids claims: whoever claims knows for whom, and
    /// whoever finds claims forbidden, or the end, sees what came before. Released with a claim as well:
    /// whoever counts what lies a lap behind knows which of it was abandoned.
    claimed: Sequence,
    /// A minimum of the consumers' positions, as of some time ago; it may be stale but is never too
    /// high. Release when stored, acquire when loaded: the consumers' reads, acquired by the producer
    /// that looked at their positions, come before the writes of the one that trusts it.
    gate: Sequence,
}

#[derive(Debug)]
pub(super) struct Multi {
    positions: Place<Positions>,
    /// By slot: the lap in which it was last published. Release, after the slot was written; acquire
    /// before it is read.
    marks: Array<AtomicU32>,
    capacity: u64,
    mask: u64,
    laps_from: u32,
}

#[derive(Debug)]
pub(super) struct MultiParts {
    positions: Part<Positions>,
    marks: Part<AtomicU32>,
    capacity: u64,
}

impl Multi {
    /// `slots` is a power of two, at least `capacity`.
    pub(super) fn plan(
        plan: &mut Plan,
        capacity: usize,
        slots: usize,
    ) -> Result<MultiParts, Error> {
        Ok(MultiParts {
            positions: plan.add(1, align_of::<Positions>())?,
            marks: plan.add(slots, align_of::<Sequence>())?,
            capacity: capacity as u64,
        })
    }

    pub(super) fn new(region: &Shared<Region>, parts: MultiParts) -> Self {
        let positions = Positions { claimed: sequence(NO_CONSUMERS), gate: sequence(0) };
        let positions = Place::fill(region, parts.positions, positions);
        let marks = Array::fill(region, parts.marks, || AtomicU32::new(NEVER));
        let slots = marks.len() as u64;
        Self {
            positions,
            capacity: parts.capacity,
            mask: slots - 1,
            laps_from: slots.trailing_zeros(),
            marks,
        }
    }

    /// Claims between `least` and `most` slots, as many as there is room for (I1: room first).
    #[inline(always)]
    pub(super) fn try_claim(&self, gates: &Gates, least: u64, most: u64) -> Result<Claim, Refused> {
        match self.claim_at_once(most) {
            Some(claim) => Ok(claim),
            None => self.try_claim_less(gates, least, most),
        }
    }

    /// Claims `count` slots if what is known of the room suffices and nobody is faster.
    #[inline(always)]
    pub(super) fn claim_at_once(&self, count: u64) -> Option<Claim> {
        // Relaxed: if it is out of date the swap fails; and no gate was ever too high, whatever is claimed.
        let word = self.positions.claimed.load(Ordering::Relaxed);
        let is_open = word <= POSITION;
        let is_claimed = is_open && self.room(word, self.gate()) >= count && self.swap(word, count);
        is_claimed.then_some(Claim { first: word, count })
    }

    /// Where what is known of the room does not suffice, another producer was faster, or claims are
    /// refused.
    #[cold]
    fn try_claim_less(&self, gates: &Gates, least: u64, most: u64) -> Result<Claim, Refused> {
        for _ in 0..TRIES {
            // Acquire: the lines that are looked at below are no older than this (`gating`).
            let acquire = ordered(Step::ClaimAcquire, Ordering::Acquire);
            let word = self.positions.claimed.load(acquire);
            if word > POSITION {
                return Err(if word & CLOSED != 0 {
                    Refused::Closed
                } else {
                    Refused::NoConsumers
                });
            }
            let mut room = self.room(word, self.gate());
            if room < most {
                let Some(gate) = self.look_at_gates(gates, word) else {
                    // The last consumer has left since `word` was read, and what was read tells so.
                    continue;
                };
                room = self.room(word, gate);
            }
            if room < least && kept(Step::RoomFirst) {
                return Err(Refused::NoRoom);
            }
            let count = room.min(most).max(least);
            if self.swap(word, count) {
                return Ok(Claim { first: word, count });
            }
        }
        Err(Refused::NoRoom)
    }

    /// Acquire: for whom is claimed; release: what was abandoned before (see `claimed`).
    #[inline(always)]
    fn swap(&self, word: u64, count: u64) -> bool {
        let success = halves(Step::SwapAcquire, Step::SwapRelease, Ordering::AcqRel);
        let claimed = &self.positions.claimed;
        claimed.compare_exchange_weak(word, word + count, success, Ordering::Relaxed).is_ok()
    }

    #[inline(always)]
    fn room(&self, claimed: Position, gate: Position) -> u64 {
        // A gate above `claimed` says that `claimed` is out of date, and its swap will fail; or that the
        // consumer has left (`NOBODY`), and there is room as far as it is concerned.
        gate.saturating_add(self.capacity).saturating_sub(claimed)
    }

    #[inline(always)]
    fn gate(&self) -> Position {
        self.positions.gate.load(ordered(Step::GateAcquire, Ordering::Acquire))
    }

    fn look_at_gates(&self, gates: &Gates, claimed: Position) -> Option<Position> {
        let gate = gates.minimum(claimed)?;
        // Two producers may store in the wrong order: the older minimum is merely more careful.
        self.positions.gate.store(gate, ordered(Step::GateRelease, Ordering::Release));
        Some(gate)
    }

    /// Makes the slots of a claim readable.
    #[inline(always)]
    pub(super) fn publish(&self, claim: Claim) {
        let release = ordered(Step::MarkRelease, Ordering::Release);
        for at in claim.positions() {
            self.marks[self.index(at)].store(self.lap(at), release);
        }
    }

    pub(super) fn publication(&self, open: &OpenClaims) -> Publication {
        let marks = self.marks.base().as_ptr().cast();
        Publication::Marks { marks, laps_from: self.laps_from, open_counts: open.counts() }
    }

    #[inline(always)]
    fn index(&self, at: Position) -> usize {
        (at & self.mask) as usize
    }

    #[inline(always)]
    fn lap(&self, at: Position) -> u32 {
        (at >> self.laps_from) as u32
    }

    #[inline]
    fn is_published(&self, at: Position) -> bool {
        // In its lap, or in a later one: who does not gate at `at` (a newcomer, until it does; who reads a lag) may look
        // for a slot that was claimed again.
        self.mark(at).wrapping_sub(self.lap(at)).cast_signed() >= 0
    }

    #[inline]
    fn mark(&self, at: Position) -> u32 {
        self.marks[self.index(at)].load(ordered(Step::MarkAcquire, Ordering::Acquire))
    }

    /// The first position from `from` on that is not published. For those who gate at or below
    /// `from`, so that the slots cannot be claimed again meanwhile.
    #[inline]
    pub(super) fn published(&self, from: Position) -> Position {
        let mut at = from;
        while self.is_published(at) {
            at += 1;
        }
        at
    }

    /// The position after the last published one at or above `from`, whatever holes there are below.
    pub(super) fn last_published(&self, from: Position) -> Position {
        (from..self.claimed()).rev().find(|&at| self.is_published(at)).map_or(from, |at| at + 1)
    }

    /// As [`super::Sequencer::count_published`].
    pub(super) fn count_published(&self, from: Position) -> u64 {
        let claimed = self.claimed();
        // What is further back than a lap was published before its slot was claimed again.
        let from = from.max(claimed.saturating_sub(self.mask + 1));
        from + (from..claimed).filter(|&at| self.is_published(at)).count() as u64
    }

    pub(super) fn claimed(&self) -> Position {
        let acquire = ordered(Step::ClaimedAcquire, Ordering::Acquire);
        self.positions.claimed.load(acquire) & POSITION
    }

    /// Whether a claim of `count` would find room if the minimum of the gates were `gate`; also when
    /// there is something else to learn from trying.
    pub(super) fn is_worth_trying(&self, count: u64, gate: Position) -> bool {
        // Relaxed: the try itself looks again, and who waits is told of every change (`event_count`).
        let word = self.positions.claimed.load(Ordering::Relaxed);
        // A consumer that left meanwhile (`NOBODY`) holds nobody back.
        word > POSITION || self.room(word, gate.min(word)) >= count
    }

    /// Allows claims, now that a consumer gates, and tells where its elements start (I7, step 2).
    pub(super) fn allow(&self) -> Position {
        let release = ordered(Step::AllowRelease, Ordering::Release);
        self.positions.claimed.fetch_and(!NO_CONSUMERS, release) & POSITION
    }

    /// Refuses claims, because the last consumer is about to leave.
    pub(super) fn no_consumers(&self) {
        if kept(Step::LastRefuses) {
            let release = ordered(Step::RefuseRelease, Ordering::Release);
            self.positions.claimed.fetch_or(NO_CONSUMERS, release);
        }
    }

    /// Refuses claims from now on. The claims up to this step are all there will ever be (I6).
    pub(super) fn close(&self) {
        if kept(Step::CloseRefuses) {
            let release = ordered(Step::RefuseRelease, Ordering::Release);
            self.positions.claimed.fetch_or(CLOSED, release);
        }
    }

    /// The end of the stream, once closed.
    pub(super) fn end(&self) -> Option<Position> {
        let word = self.positions.claimed.load(ordered(Step::EndAcquire, Ordering::Acquire));
        (word & CLOSED != 0).then_some(word & POSITION)
    }
}
