//! The front claim of a single producer: the open claim that begins where publication ends.
//!
//! Almost every claim is that one, because a program that produces alone mostly publishes what it has
//! claimed before it claims more. Where it begins the published position tells, and only its end is
//! written down here; so to publish a piece of it is to move that position, and nothing else follows.
//!
//! `disruptor_claim_publish` in the header does so without a call, and cannot take the claim away from its
//! caller first. So it announces how far it is about to publish, looks for a halt (a light fence in
//! between, and a heavy one in the halt), and then goes on or takes the announcement back.

use super::{Claim, Fate};
use crate::core::sequence::Position;
use crate::sync::steps::{Step, ordered};
use crate::sync::{AtomicU64, Ordering};

/// Written by whoever is inside, and by the header's inline functions, which know it as two words.
#[derive(Debug, Default)]
#[repr(C)]
pub(super) struct Front {
    /// What is above the published position and below this is on its way. Relaxed: it tells of nothing else, and
    /// fences on both sides order it with the halt.
    announced: AtomicU64,
    /// What is above both of them and below this is open. Release, acquire: whoever sees a claim sees
    /// where its announcements began, and does not take for open what is in front of it and on its way
    /// (`Sequencer::open_rest`). Whoever is inside needs no acquire.
    end: AtomicU64,
}

impl Front {
    /// There is a front claim now: this one, or what is left of one whose first part is about to be published.
    #[inline(always)]
    pub(super) fn open(&self, claim: &Claim) {
        self.announced.store(claim.first, Ordering::Relaxed);
        self.end.store(claim.end(), ordered(Step::FrontRelease, Ordering::Release));
    }

    /// Whether this is the front claim, to the slot. To be asked inside, or by whoever has the claim.
    #[inline]
    pub(super) fn is(&self, first: Position, count: u64) -> bool {
        count > 0
            && self.announced.load(Ordering::Relaxed) == first
            && self.end.load(Ordering::Relaxed).wrapping_sub(first) == count
    }

    /// Whether a claim that is open, or announced, is the front one.
    #[inline]
    pub(super) fn ends_with(&self, claim: &Claim) -> bool {
        self.end.load(Ordering::Relaxed) == claim.end()
    }

    /// Whether the front claim stays open behind its first part, which is this one.
    #[inline]
    pub(super) fn goes_on_behind(&self, part: &Claim) -> bool {
        self.end.load(Ordering::Relaxed) > part.end()
    }

    /// Everything below `to` is about to be published, or not after all.
    #[inline]
    pub(super) fn announce(&self, to: Position) {
        self.announced.store(to, Ordering::Relaxed);
    }

    /// What has become of the slot at `at`, which is not published: if that is known here, and up to where
    /// it is the same.
    pub(super) fn fate(&self, at: Position) -> Option<(Fate, Position)> {
        let end = self.end.load(ordered(Step::FrontAcquire, Ordering::Acquire));
        let announced = self.announced.load(Ordering::Relaxed);
        if announced > at {
            Some((Fate::OnItsWay, announced))
        } else {
            (end > at).then_some((Fate::Open, end))
        }
    }

    /// For the header's inline functions.
    pub(super) fn words(&self) -> *mut u64 {
        std::ptr::from_ref(self).cast_mut().cast()
    }
}
