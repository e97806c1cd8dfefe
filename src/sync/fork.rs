//! Which process a handle was made in: the child of a fork has the memory but none of the threads.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

static FORKS: AtomicU32 = AtomicU32::new(0);

/// Changes in the child at every fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(pub(crate) u32);

impl Generation {
    #[inline]
    pub(crate) fn current() -> Self {
        // Relaxed: the child has one thread, and it is the one that counted.
        Self(FORKS.load(Ordering::Relaxed))
    }

    /// Where the current one is, for the header's inline functions.
    #[cfg_attr(loom, expect(dead_code))]
    pub(crate) fn place() -> *const u32 {
        FORKS.as_ptr()
    }

    /// Starts counting forks; to be called before the first handle is made. Not done when the library
    /// is loaded, because loading it does nothing.
    pub(crate) fn watch() {
        static WATCHING: Once = Once::new();
        WATCHING.call_once(watch);
    }
}

#[cfg(unix)]
fn watch() {
    extern "C" fn in_the_child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
        #[cfg(not(loom))]
        super::fences::forget();
    }
    // SAFETY: the handler only stores to two statics, and the library is never unloaded (-z nodelete).
    unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) };
}

#[cfg(not(unix))]
fn watch() {}
