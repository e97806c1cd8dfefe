//! Claiming slots and publishing them.
//!
//! A claim is taken only when there is room for it (I1), and only while there is somebody to consume
//! and nobody has closed. Whoever forbids further claims learns with the same step which claims came
//! before: the stream then has an end, and a consumer that has finished everything up to there has
//! finished everything (I6).

mod answers;
mod front;
mod multi;
mod open;
mod owner;
mod single;

use front::Front;
use multi::{Multi, MultiParts};
use open::OpenClaims;
use single::{Single, SingleParts};

use super::error::Error;
use super::gating::Gates;
use super::region::{Part, Plan, Region};
use super::sequence::Position;
use crate::sync::{AtomicU32, Shared};

pub use answers::Publication;
pub(crate) use answers::{Fate, Put, Refused};
pub(crate) use open::LARGEST_CLAIM;
pub(crate) use owner::Seat;

/// How many threads produce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProducerMode {
    /// Any number of threads at once.
    #[default]
    Multi,
    /// One thread at a time; the fastest.
    Single,
}

/// The right to write the slots of some positions. Ends when it is published.
#[derive(Debug)]
#[must_use = "a claim that is never published stalls every consumer"]
pub(crate) struct Claim {
    first: Position,
    count: u64,
}

impl Claim {
    pub(crate) fn count(&self) -> usize {
        self.count as usize
    }

    #[inline(always)]
    pub(crate) fn first(&self) -> Position {
        self.first
    }

    /// The position after the last one.
    pub(crate) fn end(&self) -> Position {
        self.first + self.count
    }

    #[inline]
    pub(crate) fn positions(&self) -> std::ops::Range<Position> {
        self.first..self.end()
    }

    #[inline]
    pub(crate) fn contains(&self, at: Position) -> bool {
        self.positions().contains(&at)
    }
}

/// Hands out slots, in one of the two modes, and knows which claims callers hold open.
#[derive(Debug)]
pub(crate) struct Sequencer {
    mode: Mode,
    open_claims: OpenClaims,
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one of these in a ring, and it stays there")]
enum Mode {
    Multi(Multi),
    Single(Single),
}

#[derive(Debug)]
pub(crate) struct SequencerParts {
    mode: ModeParts,
    open_claims: Part<AtomicU32>,
}

#[derive(Debug)]
enum ModeParts {
    Multi(MultiParts),
    Single(SingleParts),
}

impl Sequencer {
    /// `slots` is a power of two, at least `capacity`.
    pub(crate) fn plan(
        plan: &mut Plan,
        mode: ProducerMode,
        capacity: usize,
        slots: usize,
    ) -> Result<SequencerParts, Error> {
        let mode = match mode {
            ProducerMode::Multi => ModeParts::Multi(Multi::plan(plan, capacity, slots)?),
            ProducerMode::Single => ModeParts::Single(Single::plan(plan, capacity)?),
        };
        Ok(SequencerParts { mode, open_claims: OpenClaims::plan(plan, slots)? })
    }

    pub(crate) fn new(region: &Shared<Region>, parts: SequencerParts) -> Self {
        let mode = match parts.mode {
            ModeParts::Multi(parts) => Mode::Multi(Multi::new(region, parts)),
            ModeParts::Single(parts) => Mode::Single(Single::new(region, parts)),
        };
        Self { mode, open_claims: OpenClaims::new(region, parts.open_claims) }
    }

    /// Whether only one thread at a time is inside.
    pub(crate) fn is_single(&self) -> bool {
        matches!(self.mode, Mode::Single(_))
    }

    /// Every call of a producer begins with this and ends with [`Sequencer::leave`], to which it gives
    /// what it got here.
    #[inline(always)]
    pub(crate) fn enter(&self) -> Result<Option<&Seat>, Refused> {
        match &self.mode {
            Mode::Multi(_) => Ok(None),
            Mode::Single(single) => single.owner.enter().map(Some),
        }
    }

    /// Whether everybody has to be woken, because the end of the stream may have become known.
    #[inline(always)]
    pub(crate) fn leave(&self, seat: Option<&Seat>) -> bool {
        match (&self.mode, seat) {
            (Mode::Single(single), Some(seat)) => single.leave(seat),
            _ => false,
        }
    }

    /// Claims between `least` and `most` slots, as many as there is room for (I1: room first).
    #[inline(always)]
    pub(crate) fn try_claim(&self, gates: &Gates, least: u64, most: u64) -> Result<Claim, Refused> {
        match &self.mode {
            Mode::Multi(multi) => multi.try_claim(gates, least, most),
            Mode::Single(single) => single.try_claim(gates, least, most),
        }
    }

    /// Enters, claims one slot, has it written, publishes it and leaves, if none of that takes more than
    /// a look: the caller was the last producer, and what is known of the room suffices.
    #[inline(always)]
    pub(crate) fn put_at_once(&self, write: impl FnOnce(&Claim)) -> Put {
        match &self.mode {
            Mode::Multi(multi) => {
                let Some(claim) = multi.claim_at_once(1) else { return Put::Nothing };
                write(&claim);
                multi.publish(claim);
                Put::One
            }
            Mode::Single(single) => {
                let Some(seat) = single.owner.enter_again() else { return Put::Nothing };
                single.prefetch_to_publish();
                let claim = single.claim_at_once(1);
                let is_claimed = claim.is_some();
                if let Some(claim) = claim {
                    write(&claim);
                    single.publish(claim, &self.open_claims);
                }
                match (single.leave(seat), is_claimed) {
                    (true, true) => Put::Last,
                    (false, true) => Put::One,
                    (_, false) => Put::Nothing,
                }
            }
        }
    }

    /// Makes the slots of a claim readable.
    #[inline(always)]
    pub(crate) fn publish(&self, claim: Claim) {
        match &self.mode {
            Mode::Multi(multi) => multi.publish(claim),
            Mode::Single(single) => single.publish(claim, &self.open_claims),
        }
    }

    /// Leaves a claim to its caller, who fills it and hands it in later: see [`Sequencer::take_open`].
    #[inline(always)]
    pub(crate) fn open(&self, claim: &Claim) {
        self.open_behind(claim.first, claim);
    }

    /// Opens a claim in front of which nothing is unpublished but what begins at `at`, if that.
    #[inline(always)]
    fn open_behind(&self, at: Position, claim: &Claim) {
        match &self.mode {
            Mode::Single(single) if single.is_next(at) => single.front().open(claim),
            _ => self.open_claims.open(claim),
        }
    }

    /// The front, if its claim is this one, which is open or was just taken.
    #[inline(always)]
    fn front_of(&self, claim: &Claim) -> Option<&Front> {
        match &self.mode {
            Mode::Single(single) => Some(single.front()).filter(|front| front.ends_with(claim)),
            Mode::Multi(_) => None,
        }
    }

    /// Whether a claim like this is open.
    #[inline]
    pub(crate) fn is_open(&self, first: Position, count: u64) -> bool {
        let is_front = |single: &Single| single.front().is(first, count);
        matches!(&self.mode, Mode::Single(single) if is_front(single))
            || self.open_claims.is_open(first, count, self.claimed())
    }

    /// Takes back a claim that [`Sequencer::is_open`], to publish it, or to open it again. Only one of
    /// several callers gets it.
    #[inline(always)]
    pub(crate) fn take_open(&self, first: Position, count: u64) -> Option<Claim> {
        let claim = Claim { first, count };
        if let Some(front) = self.front_of(&claim) {
            front.announce(claim.end());
            return Some(claim);
        }
        match &self.mode {
            Mode::Single(_) => self.open_claims.take_alone(first, count),
            Mode::Multi(multi) => self.open_claims.take(first, count, || multi.claimed()),
        }
    }

    /// The claim stays open after all.
    pub(crate) fn keep_open(&self, claim: &Claim) {
        match self.front_of(claim) {
            Some(front) => front.announce(claim.first),
            None => self.open_claims.open(claim),
        }
    }

    /// The first `part` elements of a claim that was taken back are to be published; the rest is open again.
    #[inline(always)]
    pub(crate) fn open_rest(&self, claim: Claim, part: u64) -> Claim {
        let Claim { first, count } = claim;
        if part < count {
            let rest = Claim { first: first + part, count: count - part };
            match self.front_of(&claim) {
                Some(front) => front.announce(rest.first),
                None => self.open_behind(first, &rest),
            }
        }
        Claim { first, count: part }
    }

    /// How many slots were published, whatever holes there are; fewer while that goes on. `from` is where
    /// somebody gates.
    pub(crate) fn count_published(&self, from: Position) -> u64 {
        match &self.mode {
            Mode::Multi(multi) => multi.count_published(from),
            Mode::Single(single) => single.count_published(&self.open_claims),
        }
    }

    /// For the header's inline functions: what is written to publish a piece of an open claim.
    pub(crate) fn publication(&self) -> Publication {
        match &self.mode {
            Mode::Multi(multi) => multi.publication(&self.open_claims),
            Mode::Single(single) => single.publication(),
        }
    }

    /// The first position from `from` on that is not readable. For those who gate at or below `from`,
    /// so that the slots cannot be claimed again meanwhile.
    #[inline]
    pub(crate) fn published(&self, from: Position) -> Position {
        match &self.mode {
            Mode::Multi(multi) => multi.published(from),
            Mode::Single(single) => single.published(from),
        }
    }

    /// What has become of the slot at `at`, which is claimed and where a claim begins unless it is
    /// readable; and up to where it is the same. A guess if the slot may be claimed again meanwhile, which it
    /// is not after a close, nor as long as somebody gates at or below `at`.
    pub(crate) fn fate(&self, at: Position) -> (Fate, Position) {
        let published = || Some(self.published(at)).filter(|&to| to > at);
        let in_front = || match &self.mode {
            Mode::Single(single) => single.front().fate(at),
            Mode::Multi(_) => None,
        };
        let of_claim = || in_front().unwrap_or_else(|| self.open_claims.fate(at));
        let fate = published().map_or_else(of_claim, |to| (Fate::Published, to));
        match fate {
            // A claim's count is gone only when it is readable, which it may have become just now.
            (Fate::OnItsWay, _) => published().map_or(fate, |to| (Fate::Published, to)),
            _ => fate,
        }
    }

    /// The position after the last published one at or above `from`, whatever is missing below.
    pub(crate) fn last_published(&self, from: Position) -> Position {
        match &self.mode {
            Mode::Multi(multi) => multi.last_published(from),
            Mode::Single(single) => single.last_published(from),
        }
    }

    pub(crate) fn claimed(&self) -> Position {
        match &self.mode {
            Mode::Multi(multi) => multi.claimed(),
            Mode::Single(single) => single.claimed(),
        }
    }

    /// Whether a claim of `count` would find room if the minimum of the gates were `gate`; also when
    /// there is something else to learn from trying.
    pub(crate) fn is_worth_trying(&self, count: u64, gate: Position) -> bool {
        match &self.mode {
            Mode::Multi(multi) => multi.is_worth_trying(count, gate),
            Mode::Single(single) => single.is_worth_trying(count, gate),
        }
    }

    /// Allows claims, now that a consumer gates, and tells where its elements start (I7, step 2).
    pub(crate) fn allow(&self) -> Position {
        match &self.mode {
            Mode::Multi(multi) => multi.allow(),
            Mode::Single(single) => single.allow(),
        }
    }

    /// Refuses claims, because the last consumer is about to leave.
    pub(crate) fn no_consumers(&self) {
        match &self.mode {
            Mode::Multi(multi) => multi.no_consumers(),
            Mode::Single(single) => single.no_consumers(),
        }
    }

    /// Refuses claims from now on. The claims up to this step are all there will ever be (I6).
    pub(crate) fn close(&self) {
        match &self.mode {
            Mode::Multi(multi) => multi.close(),
            Mode::Single(single) => single.close(),
        }
    }

    /// The end of the stream, once closed and known.
    pub(crate) fn end(&self) -> Option<Position> {
        match &self.mode {
            Mode::Multi(multi) => multi.end(),
            Mode::Single(single) => single.end(),
        }
    }
}
