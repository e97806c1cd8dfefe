//! A lock with a condition to wait for.

use std::sync::PoisonError;
use std::time::Duration;

use super::clock::Deadline;
use super::{Condvar, Mutex, MutexGuard};

/// Takes a lock. A panic of another holder is that thread's own affair: every critical section here
/// leaves its data whole at each step, so poisoning is passed over.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    #[cfg(all(shaken, not(loom)))]
    super::shaken::hold_up();
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A value under a lock, and the threads that wait for it to change.
#[derive(Debug)]
pub(crate) struct Monitor<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Monitor<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: Mutex::new(value), changed: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        lock(&self.value)
    }

    /// Changes the value and wakes every waiter.
    pub(crate) fn change(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.lock());
        self.notify_all();
    }

    pub(crate) fn notify_all(&self) {
        self.changed.notify_all();
    }

    /// Gives the lock up, sleeps until notified or (at most) until `deadline`, and takes it again.
    pub(crate) fn sleep<'a>(
        &'a self,
        guard: MutexGuard<'a, T>,
        deadline: Deadline,
    ) -> MutexGuard<'a, T> {
        match deadline.remaining() {
            None => self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner),
            Some(ns) => {
                self.changed
                    .wait_timeout(guard, Duration::from_nanos(ns))
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        }
    }

    /// Waits until `ready` finds what it looks for, or `None` once `deadline` has passed.
    pub(crate) fn wait<R>(
        &self,
        deadline: Deadline,
        mut ready: impl FnMut(&mut T) -> Option<R>,
    ) -> Option<R> {
        let mut guard = self.lock();
        loop {
            if let Some(found) = ready(&mut guard) {
                return Some(found);
            }
            if deadline.has_passed() {
                return None;
            }
            guard = self.sleep(guard, deadline);
        }
    }
}
