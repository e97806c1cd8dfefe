//! What stands in for the fences in a model, of which loom knows only one kind.
//!
//! A model is explored with one of two pairs.
//!
//! *Symmetric*: [`light`] and [`heavy`] are sequentially consistent fences, as where the kernel has no
//! `membarrier`.
//!
//! *Asymmetric*: what `membarrier` promises about one light and one heavy fence, and nothing else.
//! The heavy one makes every other thread execute a full fence at some instruction of its own. The
//! light fence, where the compiler moves nothing, lies either before that instruction or behind it.
//! If before, all that its thread did before the light fence is visible after the heavy one; if
//! behind, all that was done before the heavy fence is visible after the light one. Between two
//! light fences there is no order at all. Two words make just that: each side leaves its past in
//! one word and then looks into the other, by read-modify-writes, which always find the latest; a
//! light fence never takes what another light one has left.
//!
//! Both are stronger than the real ones in one respect: loom's fences, and these, pass on the whole
//! past, as an acquire and a release do, where the language promises only what later loads may see.
//! So no model tells whether data *ordered by a fence alone* needed an acquire or a release as well.

use std::cell::Cell;

use super::Fence;
use crate::sync::steps::{Step, kept};
use crate::sync::{AtomicU64, Ordering};

/// The past of threads that have executed a light fence, and of those that have executed a heavy one.
struct Pasts {
    light: AtomicU64,
    heavy: AtomicU64,
}

loom::lazy_static! {
    static ref PASTS: Pasts = Pasts { light: AtomicU64::new(0), heavy: AtomicU64::new(0) };
}

// loom runs all threads of a model on the thread of its test.
std::thread_local!(static ASYMMETRIC: Cell<bool> = const { Cell::new(false) });

/// Runs `explore` with the asymmetric pair.
pub(crate) fn asymmetric<R>(explore: impl FnOnce() -> R) -> R {
    ASYMMETRIC.set(true);
    let result = explore();
    ASYMMETRIC.set(false);
    result
}

/// To be called at the start of an execution: making the words must not order anything later.
pub(crate) fn prepare() {
    if ASYMMETRIC.get() {
        PASTS.light.load(Ordering::Relaxed);
    }
}

pub(crate) fn light() {
    if ASYMMETRIC.get() {
        PASTS.light.fetch_add(0, Ordering::Release);
        PASTS.heavy.fetch_add(0, Ordering::Acquire);
    } else {
        loom::sync::atomic::fence(Ordering::SeqCst);
    }
}

pub(crate) fn heavy() -> Fence {
    if !kept(Step::HeavyIsHeavy) {
        light();
    } else if ASYMMETRIC.get() {
        PASTS.heavy.fetch_add(0, Ordering::AcqRel);
        PASTS.light.fetch_add(0, Ordering::AcqRel);
    } else {
        loom::sync::atomic::fence(Ordering::SeqCst);
    }
    Fence::Done
}

/// Where [`light`] were free, C programs could publish by themselves; models have none.
pub(crate) fn light_is_free() -> bool {
    false
}
