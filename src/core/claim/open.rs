//! The claims that callers hold open: what tells a claim from one that is made up or used twice.
//!
//! Open claims do not overlap, and none of them reaches back further than one lap behind `claimed`. So
//! one number per slot is enough: at the slot of its first position a claim leaves its count. A
//! position that is handed in is right if it lies within that lap and its slot has its count.
//!
//! A claim may be published bit by bit. Then what is left is a claim of its own, which begins further
//! on. The old count is gone, and the new one there, before the elements between them can be read. So at
//! every moment the slots that are claimed and neither published nor in the counts are on their way.
//!
//! A single producer's claims are here only as long as others are in front of them (see `front`).
//!
//! `disruptor_claim_publish` in the header takes the same steps, but cannot take the claim away from its
//! caller first, and so has to learn in another way whether it was halted meanwhile: it says that the
//! claim is on its way, looks (a light fence in between, and a heavy one in the halt), and then goes on or
//! takes that back. Only when nothing can stop it any more do the counts move.

use std::iter;
use std::ops::Range;

use super::{Claim, Fate};
use crate::core::error::Error;
use crate::core::region::{Array, Part, Plan, Region};
use crate::core::sequence::Position;
use crate::sync::steps::{Step, kept, ordered};
use crate::sync::{AtomicU32, Ordering, Shared};

/// No open claim begins here.
const NONE: u32 = 0;
/// Beside the count: published, but not yet readable, because one before it is not. Single producer
/// only, where publication is a position and not a mark on each slot.
const LATER: u32 = 1 << 31;

/// Beside the count: a program is about to publish a piece of it without a call, unless it finds that it
/// has to call. With several producers only.
const ON_ITS_WAY: u32 = 1 << 30;

/// The largest count that fits beside the flags.
pub(crate) const LARGEST_CLAIM: usize = ON_ITS_WAY as usize - 1;
const _: () = assert!(LARGEST_CLAIM & (LATER | ON_ITS_WAY) as usize == 0);

#[derive(Debug)]
pub(crate) struct OpenClaims {
    /// By slot of a claim's first position. Release when a claim is opened, or put back, acquire when it is
    /// handed in: it may be by another thread. What is published later is released and acquired with its count, as
    /// it will be with the position; and that position with the count that is forgotten.
    counts: Array<AtomicU32>,
    mask: u64,
}

impl OpenClaims {
    pub(super) fn plan(plan: &mut Plan, slots: usize) -> Result<Part<AtomicU32>, Error> {
        plan.add(slots, align_of::<AtomicU32>())
    }

    pub(super) fn new(region: &Shared<Region>, part: Part<AtomicU32>) -> Self {
        let counts = Array::fill(region, part, || AtomicU32::new(NONE));
        Self { mask: counts.len() as u64 - 1, counts }
    }

    #[inline]
    fn at(&self, first: Position) -> &AtomicU32 {
        &self.counts[(first & self.mask) as usize]
    }

    /// Remembers a claim that a caller takes with it.
    #[inline]
    pub(super) fn open(&self, claim: &Claim) {
        let release = ordered(Step::OpenRelease, Ordering::Release);
        self.at(claim.first).store(claim.count as u32, release);
    }

    fn last_lap(&self, claimed: Position) -> Range<Position> {
        claimed.saturating_sub(self.mask + 1)..claimed
    }

    /// Whether a claim like this is open, given how far was claimed. Relaxed: whoever then takes it
    /// acquires it.
    pub(super) fn is_open(&self, first: Position, count: u64, claimed: Position) -> bool {
        count > 0
            && count <= LARGEST_CLAIM as u64
            && self.last_lap(claimed).contains(&first)
            && self.at(first).load(Ordering::Relaxed) == count as u32
    }

    /// Takes an open claim back from its caller, where no other thread can be doing the same. Relaxed: whoever is
    /// inside sees what was done inside before, and nothing can be read because of this.
    #[inline]
    pub(super) fn take_alone(&self, first: Position, count: u64) -> Option<Claim> {
        let place = self.at(first);
        let is_open = place.load(Ordering::Relaxed) == count as u32;
        if is_open {
            place.store(NONE, Ordering::Relaxed);
        }
        is_open.then_some(Claim { first, count })
    }

    /// Takes an open claim back from its caller; only one of several callers gets it.
    ///
    /// The slot may meanwhile have the claim of a later lap with the same count, and then that goes on.
    /// `claimed` tells, read when this one is taken already. Acquire alone: nothing can be read because of this.
    #[inline]
    pub(super) fn take(
        &self,
        first: Position,
        count: u64,
        claimed: impl FnOnce() -> Position,
    ) -> Option<Claim> {
        let place = self.at(first);
        let swap = (ordered(Step::HandInAcquire, Ordering::Acquire), Ordering::Relaxed);
        let taken = place.compare_exchange(count as u32, NONE, swap.0, swap.1).is_ok()
            || !kept(Step::TakenOnce);
        let is_right = taken && self.last_lap(claimed()).contains(&first);
        if taken && !is_right {
            place.store(count as u32, ordered(Step::PutBackRelease, Ordering::Release));
        }
        is_right.then_some(Claim { first, count })
    }

    /// Keeps a published claim until those before it are published as well.
    #[cold]
    pub(super) fn publish_later(&self, claim: Claim) {
        let release = ordered(Step::LaterRelease, Ordering::Release);
        self.at(claim.first).store(claim.count as u32 | LATER, release);
    }

    /// The end of the published claims that begin at `at` and follow one another.
    #[cold]
    pub(super) fn published_behind(&self, at: Position) -> Position {
        let next = |&at: &Position| match self.at(at).load(Ordering::Relaxed) {
            later if later & LATER != 0 => Some(at + u64::from(later & !LATER)),
            _ => None,
        };
        iter::successors(Some(at), next).last().unwrap_or(at)
    }

    /// Forgets those claims, which now are readable: who finds no count has to find that.
    #[cold]
    pub(super) fn forget_published(&self, mut at: Position, to: Position) {
        while at < to {
            let place = self.at(at);
            let count = place.load(Ordering::Relaxed);
            place.store(NONE, ordered(Step::ForgetRelease, Ordering::Release));
            at += u64::from(count & !LATER);
        }
    }

    /// What has become of the claim that begins at `at`, and its end, if it is not readable.
    pub(super) fn fate(&self, at: Position) -> (Fate, Position) {
        match self.at(at).load(ordered(Step::LaterAcquire, Ordering::Acquire)) {
            NONE => (Fate::OnItsWay, at + 1),
            later if later & LATER != 0 => (Fate::Published, at + u64::from(later & !LATER)),
            moving if moving & ON_ITS_WAY != 0 => {
                (Fate::OnItsWay, at + u64::from(moving & !ON_ITS_WAY))
            }
            open => (Fate::Open, at + u64::from(open)),
        }
    }

    /// How many slots belong to published claims that begin in `range`.
    pub(super) fn count_later(&self, range: Range<Position>) -> u64 {
        let acquire = ordered(Step::LaterAcquire, Ordering::Acquire);
        let counts = range.map(|at| self.at(at).load(acquire));
        counts.filter(|count| count & LATER != 0).map(|count| u64::from(count & !LATER)).sum()
    }

    /// By slot, for the header's inline functions.
    pub(super) fn counts(&self) -> *mut u32 {
        self.counts.base().as_ptr().cast()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_has_become_of_a_claim_ends_where_it_ends() {
        let mut plan = Plan::new();
        let part = OpenClaims::plan(&mut plan, 16).expect("it is small");
        let open = OpenClaims::new(&plan.allocate().expect("there is memory"), part);
        open.open(&Claim { first: 17, count: 2 });
        open.publish_later(Claim { first: 19, count: 3 });
        open.open(&Claim { first: 22, count: 4 });
        open.at(22).fetch_or(ON_ITS_WAY, Ordering::Relaxed);
        assert_eq!(open.fate(17), (Fate::Open, 19));
        assert_eq!(open.fate(19), (Fate::Published, 22));
        assert_eq!(open.fate(22), (Fate::OnItsWay, 26));
        assert_eq!(open.fate(26), (Fate::OnItsWay, 27));
        assert_eq!(open.count_later(17..26), 3);
    }
}
