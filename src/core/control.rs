//! What everybody reads now and then and hardly anybody writes.

use super::sequence::Position;
use crate::sync::fences::{full, heavy_for_certain};
use crate::sync::steps::{Step, kept, ordered};
use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Kept away from all that changes with the elements, so that looking costs a cache hit.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Control {
    /// Set after the claims are closed. Merely says when to ask the sequencer for the end, so that
    /// consumers that have nothing to read need not touch the word that producers fight for. The end, and what came
    /// before the close, is acquired there.
    closing: AtomicBool,
    /// Nobody gets anything any more. Release and acquire: whoever is told CLOSED because of it sees what came before
    /// the halt.
    halted: AtomicBool,
    /// Set behind the heavy fence that follows `halted`: from then on whoever takes an open claim from its caller sees the
    /// halt. Release and acquire: who finds this, and then a claim open, knows that it will not be accepted.
    halt_is_certain: AtomicBool,
    /// Version of the graph. Its line is released after it has grown, and acquired before it is read: see `barrier`.
    graph: AtomicU64,
    /// Consumers that may hold elements back (`min_batch`), and one more after a halt: programs that publish
    /// without a call look here whether they have to call, and who opens a claim whether to tell anybody. Whoever looks
    /// has acquired the line of the one that holds it up, or looks behind a fence that the other one has as well.
    holders: AtomicUsize,
    /// A flush waits for everything below. Holders let go of it.
    flush_to: AtomicU64,
    /// All slots that were ever abandoned lie below; 0 if none was, and then nobody looks for them.
    /// Raised before such a slot is published, which carries it.
    abandoned_to: AtomicU64,
    /// How many they are. Grows before they are published, which carries it, so that none of them ever counts as
    /// accepted.
    abandoned: AtomicU64,
    /// Some consumer that came while older claims were open begins here.
    entered_to: AtomicU64,
    /// Somebody wanted to claim up to here and found no room. Holders that are furthest behind let
    /// go until there is.
    wanted: AtomicU64,
}

impl Control {
    /// With a heavy fence, whose pair is the light one of a bell. A member of a group that is done moves the line, executes
    /// that light fence as it rings the line's bell, and looks here. Either it finds this set, and rings every bell; or what it
    /// finished is visible behind this fence: to everybody whom the rings that follow wake, and to whoever falls asleep
    /// after them.
    pub(crate) fn set_closing(&self) {
        self.closing.store(true, Ordering::Relaxed);
        if kept(Step::ClosingFence) {
            heavy_for_certain();
        }
    }

    #[inline]
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// With a fence against the one in `Ring::is_halted`: whoever takes an open claim from its caller either sees this, or
    /// has taken it visibly before this returns.
    pub(crate) fn set_halted(&self) {
        self.halted.store(true, ordered(Step::HaltRelease, Ordering::Release));
        self.holder_enters();
        if kept(Step::HalterFence) {
            heavy_for_certain();
        }
        self.halt_is_certain.store(true, ordered(Step::CertainRelease, Ordering::Release));
    }

    pub(crate) fn is_halt_certain(&self) -> bool {
        self.halt_is_certain.load(ordered(Step::CertainAcquire, Ordering::Acquire))
    }

    #[inline]
    pub(crate) fn is_halted(&self) -> bool {
        self.halted.load(ordered(Step::HaltAcquire, Ordering::Acquire))
    }

    #[inline]
    pub(crate) fn graph(&self) -> u64 {
        self.graph.load(Ordering::Relaxed)
    }

    pub(crate) fn graph_changed(&self) {
        self.graph.fetch_add(1, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn has_holders(&self) -> bool {
        self.holders.load(Ordering::Relaxed) > 0
    }

    /// For the header's inline functions.
    pub(crate) fn must_call(&self) -> *const usize {
        std::ptr::from_ref(&self.holders).cast()
    }

    pub(crate) fn holder_enters(&self) {
        self.holders.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn holder_leaves(&self) {
        self.holders.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn flush_to(&self) -> Position {
        self.flush_to.load(Ordering::Relaxed)
    }

    pub(crate) fn raise_flush_to(&self, to: Position) {
        self.flush_to.fetch_max(to, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn abandoned_to(&self) -> Position {
        self.abandoned_to.load(Ordering::Relaxed)
    }

    pub(crate) fn abandoned(&self) -> u64 {
        self.abandoned.load(Ordering::Relaxed)
    }

    pub(crate) fn count_abandoned(&self, slots: u64) {
        self.abandoned.fetch_add(slots, Ordering::Relaxed);
    }

    /// `alone`: no other thread can be doing the same, so no read-modify-write is needed.
    pub(crate) fn raise_abandoned_to(&self, to: Position, alone: bool) {
        if alone {
            self.abandoned_to.store(self.abandoned_to().max(to), Ordering::Relaxed);
        } else {
            self.abandoned_to.fetch_max(to, Ordering::Relaxed);
        }
    }

    /// Slots that some consumer has to pass all lie below; 0 if there never were any.
    #[inline]
    pub(crate) fn gaps_to(&self) -> Position {
        self.abandoned_to().max(self.entered_to.load(Ordering::Relaxed))
    }

    pub(crate) fn raise_entered_to(&self, to: Position) {
        self.entered_to.fetch_max(to, Ordering::Relaxed);
    }

    pub(crate) fn wanted(&self) -> Position {
        self.wanted.load(Ordering::Relaxed)
    }

    /// With the full fence that `Stream::is_on_its_way` asks for.
    pub(crate) fn raise_wanted(&self, to: Position) {
        self.wanted.fetch_max(to, Ordering::Relaxed);
        if kept(Step::WantedFence) {
            full();
        }
    }
}
