//! Atomics that hold their thread up now and then (`--cfg shaken`).
//!
//! What two threads do at once they mostly do in the same few orders, over and over. Here every access to what they
//! share may come late: by a yield, some microseconds, or long enough for everybody else to get on. Tests that run on
//! this see the orders that a busy machine shows once in a thousand runs, be it a mistake of the library's or of the
//! test's, which then relies on time.

use std::hash::{BuildHasher, RandomState};
use std::ops::Deref;
use std::sync::atomic;
use std::time::Duration;
use std::{hint, thread};

/// An atomic, at which nobody gets without risking to be held up.
#[derive(Debug, Default)]
#[repr(transparent)]
pub(crate) struct Shaken<A>(A);

impl<A> Deref for Shaken<A> {
    type Target = A;

    fn deref(&self) -> &A {
        hold_up();
        &self.0
    }
}

pub(crate) type AtomicBool = Shaken<atomic::AtomicBool>;
pub(crate) type AtomicPtr<T> = Shaken<atomic::AtomicPtr<T>>;
pub(crate) type AtomicU32 = Shaken<atomic::AtomicU32>;
pub(crate) type AtomicU64 = Shaken<atomic::AtomicU64>;
pub(crate) type AtomicUsize = Shaken<atomic::AtomicUsize>;

impl AtomicBool {
    pub(crate) const fn new(value: bool) -> Self {
        Self(atomic::AtomicBool::new(value))
    }
}

impl<T> AtomicPtr<T> {
    pub(crate) const fn new(value: *mut T) -> Self {
        Self(atomic::AtomicPtr::new(value))
    }
}

impl AtomicU32 {
    pub(crate) const fn new(value: u32) -> Self {
        Self(atomic::AtomicU32::new(value))
    }
}

impl AtomicU64 {
    pub(crate) const fn new(value: u64) -> Self {
        Self(atomic::AtomicU64::new(value))
    }
}

impl AtomicUsize {
    pub(crate) const fn new(value: usize) -> Self {
        Self(atomic::AtomicUsize::new(value))
    }
}

/// Once in 64 times, mostly by a yield; once in 1024 for long enough that everybody else gets on.
fn hold_up() {
    // Every new state of this kind hashes in another way, and none of that allocates: some tests refuse memory.
    match RandomState::new().hash_one(()) % 1024 {
        0 => thread::sleep(Duration::from_micros(100)),
        1..=4 => (0..500).for_each(|_| hint::spin_loop()),
        5..=15 => thread::yield_now(),
        _ => {}
    }
}
