//! A lock that is only ever tried.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::steps::{Step, ordered};
use super::{AtomicBool, Ordering, UnsafeCell};

/// A value for one thread at a time, of whom none waits for another one. To find it taken orders nothing.
#[derive(Debug)]
pub(crate) struct TryLock<T> {
    /// Acquired by whoever gets the value, released when it is given back.
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: one thread at a time gets at the value, which may be sent.
unsafe impl<T: Send> Sync for TryLock<T> {}

/// The value, until this is dropped.
#[derive(Debug)]
pub(crate) struct Taken<'a, T>(&'a TryLock<T>, PhantomData<&'a mut T>);

impl<T> TryLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Takes the value unless somebody has it.
    #[inline]
    pub(crate) fn try_lock(&self) -> Option<Taken<'_, T>> {
        // A swap that fails may have found an older value. loom's finds the latest, so it gets a look that may not.
        if cfg!(loom) && self.taken.load(Ordering::Relaxed) {
            return None;
        }
        let success = ordered(Step::LockAcquire, Ordering::Acquire);
        let taken = self.taken.compare_exchange(false, true, success, Ordering::Relaxed);
        taken.is_ok().then(|| Taken(self, PhantomData))
    }
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this has the value alone.
        self.0.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for Taken<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this has the value alone.
        self.0.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for Taken<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // Where an execution of a model has failed, loom's words are not there any more.
        if cfg!(loom) && std::thread::panicking() {
            return;
        }
        self.0.taken.store(false, ordered(Step::LockRelease, Ordering::Release));
    }
}
