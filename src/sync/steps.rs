//! The steps of the protocols that a model can leave out, to show that it would notice.
//!
//! A model that passes proves little until it fails on code that is wrong. So the steps and the
//! orderings on which a protocol stands ask here whether they are to be kept. In every build but
//! loom's the answer is a constant, and nothing is left of the question.

use super::Ordering;

mod step;

pub(crate) use step::Step;

/// Whether a step is to be done.
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

/// `whole`, an acquire and a release, each of which is a step.
#[inline(always)]
pub(crate) fn halves(acquire: Step, release: Step, whole: Ordering) -> Ordering {
    match (kept(acquire), kept(release)) {
        (true, true) => whole,
        (true, false) => Ordering::Acquire,
        (false, true) => Ordering::Release,
        (false, false) => Ordering::Relaxed,
    }
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

    // loom runs all threads of a model on the thread of its test. A bit for each step.
    std::thread_local!(static LEFT_OUT: Cell<u128> = const { Cell::new(0) });

    #[cfg(test)]
    const _: () = assert!(Step::ALL.len() <= u128::BITS as usize);

    pub(crate) fn kept(step: Step) -> bool {
        LEFT_OUT.get() & (1 << step as u32) == 0
    }

    /// Runs `model`, which must not panic, on code that leaves `step` out as well.
    pub(crate) fn without<R>(step: Step, model: impl FnOnce() -> R) -> R {
        let before = LEFT_OUT.replace(LEFT_OUT.get() | 1 << step as u32);
        let result = model();
        LEFT_OUT.set(before);
        result
    }
}
