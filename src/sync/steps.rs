//! The steps of the protocols that a model can leave out, to show that it would notice.
//!
//! A model that passes proves little until it fails on code that is wrong. So the few steps on which
//! a protocol stands ask here whether they are to be done. In every build but loom's the answer is a
//! constant, and nothing is left of the question.

use super::Ordering;

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
    RoomFirst,
    MarkRelease,
    MarkAcquire,
    FinishRelease,
    FinishAcquire,
    GateRelease,
    GateAcquire,
    GateCeiling,
    ClaimedAcquire,
    OpenRelease,
    GateFirst,
    OpenClaims,
    LastRefuses,
    LeaveRelease,
    LeaverRings,
    GraphFirst,
    CheckGraph,
    CloseRefuses,
    CloseRings,
    ReadToEnd,
}

#[cfg(not(loom))]
#[inline(always)]
pub(crate) const fn kept(_step: Step) -> bool {
    true
}

/// `ordering`, which is the step; `Relaxed` where it is left out.
#[inline(always)]
pub(crate) fn ordered(step: Step, ordering: Ordering) -> Ordering {
    if kept(step) { ordering } else { Ordering::Relaxed }
}

/// Does `first` and then `second`, which is the step; the other way round where it is left out.
#[inline(always)]
pub(crate) fn in_order<A, B>(
    step: Step,
    first: impl FnOnce() -> A,
    second: impl FnOnce() -> B,
) -> (A, B) {
    if kept(step) {
        (first(), second())
    } else {
        let second = second();
        (first(), second)
    }
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

    /// Runs `model`, which must not panic, on code that leaves `step` out.
    pub(crate) fn without<R>(step: Step, model: impl FnOnce() -> R) -> R {
        LEFT_OUT.set(Some(step));
        let result = model();
        LEFT_OUT.set(None);
        result
    }
}
