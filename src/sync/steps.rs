//! The steps of the protocols that a model can leave out, to show that it would notice.
//!
//! A model that passes proves little until it fails on code that is wrong. So the few steps on which
//! a protocol stands ask here whether they are to be done. In every build but loom's the answer is a
//! constant, and nothing is left of the question.

/// A step without which its protocol is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Event count: the sleeper announces itself before its last look.
    Announce,
    /// Event count: the sleeper looks once more after it has announced itself.
    LookAgain,
    /// Event count: the sleeper's fence between announcement and look.
    SleeperFence,
    /// Event count: the publisher's fence between change and look for sleepers.
    PublisherFence,
    /// Event count: the publisher wakes whom it finds asleep.
    Wake,
    /// Claim: a claim is taken only when there is room for it.
    RoomFirst,
    /// Claim: the mark of a slot is released after its bytes are written.
    MarkLast,
    /// Consume: a position is released after the bytes were read.
    FinishLast,
    /// Gating: the minimum is never above the claimed position read before it.
    GateCeiling,
    /// Registration: the consumer gates before its start is fixed.
    GateFirst,
    /// Close: the end is fixed in the same step that refuses later claims.
    CloseFixesEnd,
    /// Dependencies: positions are believed only if the graph has not changed meanwhile.
    CheckGraph,
}

#[cfg(not(loom))]
#[inline(always)]
pub(crate) const fn kept(_step: Step) -> bool {
    true
}

#[cfg(loom)]
pub(crate) use left_out::{kept, without};

#[cfg(loom)]
mod left_out {
    use std::cell::Cell;

    use super::Step;

    // loom runs all threads of a model on the thread of its test.
    std::thread_local!(static LEFT_OUT: Cell<Option<Step>> = const { Cell::new(None) });

    pub(crate) fn kept(step: Step) -> bool {
        LEFT_OUT.get() != Some(step)
    }

    /// Runs `model` on code that leaves `step` out.
    pub(crate) fn without(step: Step, model: impl FnOnce()) {
        LEFT_OUT.set(Some(step));
        model();
    }
}
