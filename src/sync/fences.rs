//! The two fences of a sleep-and-wake handshake, one cheap, one dear.
//!
//! Whoever publishes calls [`light`] between its change and its look for sleepers; whoever is about
//! to sleep calls [`heavy`] between its announcement and its last look for the change. Together they
//! act as a sequentially consistent fence on both sides: at least one of the two sees the other.
//!
//! Publishing happens for every element, going to sleep hardly ever. So on Linux the sleeper pays
//! for both: `membarrier` makes every running thread of the process execute a full fence, and the
//! publisher needs no more than to keep the compiler from reordering. Elsewhere, or where the kernel
//! refuses, both are ordinary fences.

/// An ordinary sequentially consistent fence, for handshakes in which no side is rare.
pub(crate) fn full() {
    #[cfg(loom)]
    loom::sync::atomic::fence(super::Ordering::SeqCst);
    #[cfg(not(loom))]
    std::sync::atomic::fence(super::Ordering::SeqCst);
}

#[cfg(loom)]
mod modelled;
#[cfg(loom)]
pub(crate) use modelled::*;

/// What a [`heavy`] fence came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fence {
    Done,
    /// The kernel has taken `membarrier` away since it promised it (a sandbox entered later does
    /// that). Sleepers must look again by themselves now and then.
    Refused,
}

/// A [`heavy`] fence for those who cannot look again later: where the kernel refuses one, waits for
/// far longer than any processor takes to make its stores visible.
pub(crate) fn heavy_for_certain() {
    if heavy() == Fence::Refused {
        #[cfg(not(loom))]
        super::thread::sleep(std::time::Duration::from_millis(1));
        let _ = heavy();
    }
}

#[cfg(not(loom))]
pub(crate) use asymmetric::*;

#[cfg(not(loom))]
mod asymmetric {
    use std::sync::atomic::{AtomicU8, Ordering, compiler_fence, fence};

    use super::Fence;

    const UNDECIDED: u8 = 0;
    const SYMMETRIC: u8 = 1;
    const ASYMMETRIC: u8 = 2;

    /// Never changes once decided, but in the child of a fork, where no ring of the parent's works.
    static MODE: AtomicU8 = AtomicU8::new(UNDECIDED);

    /// Decides between the two kinds of fences. Every ring calls this before its first use of them.
    pub(crate) fn prepare() {
        if MODE.load(Ordering::Acquire) == UNDECIDED {
            let mode = if membarrier::register() { ASYMMETRIC } else { SYMMETRIC };
            // Two threads may get here at once; the first one's word stands.
            let _ = MODE.compare_exchange(UNDECIDED, mode, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// To be called in the child of a fork, which has to ask the kernel anew.
    pub(crate) fn forget() {
        MODE.store(UNDECIDED, Ordering::Release);
    }

    /// Whether [`light`] is for the compiler alone, so that other languages can do it.
    pub(crate) fn light_is_free() -> bool {
        MODE.load(Ordering::Relaxed) == ASYMMETRIC
    }

    #[inline]
    pub(crate) fn light() {
        if MODE.load(Ordering::Relaxed) == ASYMMETRIC {
            compiler_fence(Ordering::SeqCst);
        } else {
            fence(Ordering::SeqCst);
        }
    }

    pub(crate) fn heavy() -> Fence {
        fence(Ordering::SeqCst);
        if MODE.load(Ordering::Relaxed) == ASYMMETRIC && !membarrier::all_threads() {
            return Fence::Refused;
        }
        Fence::Done
    }

    #[cfg(target_os = "linux")]
    mod membarrier {
        // From linux/membarrier.h; these numbers are part of the kernel's stable interface.
        const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
        const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

        fn call(command: libc::c_int) -> bool {
            // SAFETY: membarrier takes three integers and touches no memory of the caller's.
            unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
        }

        pub(super) fn register() -> bool {
            call(REGISTER_PRIVATE_EXPEDITED)
        }

        pub(super) fn all_threads() -> bool {
            call(PRIVATE_EXPEDITED)
        }
    }

    #[cfg(not(target_os = "linux"))]
    mod membarrier {
        pub(super) fn register() -> bool {
            false
        }

        pub(super) fn all_threads() -> bool {
            false
        }
    }
}
