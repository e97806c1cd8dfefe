//! Which process a handle was made in: the child of a fork has the memory but none of the threads.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::AllocationRefused;

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

    /// Sees to it that forks are counted; to be called before a handle is made. Not done when the library
    /// is loaded, because loading it does nothing. The C library may have no memory for it.
    pub(crate) fn watch() -> Result<(), AllocationRefused> {
        // No lock: a child of a fork would wait for whoever held it in the parent. So two threads may both
        // begin, and a fork then counts twice, which is a change as well.
        static WATCHING: AtomicBool = AtomicBool::new(false);
        // Relaxed: whoever forks takes the C library's lock, under which the handler was put there.
        if !WATCHING.load(Ordering::Relaxed) {
            watch()?;
            WATCHING.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[cfg(unix)]
fn watch() -> Result<(), AllocationRefused> {
    extern "C" fn in_the_child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
        #[cfg(not(loom))]
        super::fences::forget();
    }
    // SAFETY: the handler only stores to two statics, and the library is never unloaded (-z nodelete).
    match unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) } {
        0 => Ok(()),
        // The C library keeps to itself how much it wanted.
        _ => Err(AllocationRefused { bytes: 0 }),
    }
}

#[cfg(not(unix))]
fn watch() -> Result<(), AllocationRefused> {
    Ok(())
}
