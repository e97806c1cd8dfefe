//! Atomics that hold their thread up now and then (`--cfg shaken`).
//!
//! What two threads do at once they mostly do in the same few orders, over and over. Here a thread may be late at any
//! atomic of the disruptor's, or lock: by a yield, some microseconds, or long enough for everybody else to get on. Tests
//! that run on this see the orders that a busy machine shows once in a thousand runs, be it a mistake of the library's
//! or of the test's, which then relies on time.

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

    /// Before the arguments of the access are worked out: nothing comes between the load and the store of
    /// `x.store(x.load() + 1)`, nor inside of `fetch_update`.
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

impl<A> Shaken<A> {
    pub(crate) fn new<V>(value: V) -> Self
    where
        A: From<V>,
    {
        Self(A::from(value))
    }
}

/// Once in 64 times, mostly by a yield; once in 1024 for long enough that everybody else gets on.
pub(super) fn hold_up() {
    // Every new state of this kind hashes in another way, and none of that allocates: some tests refuse memory.
    match RandomState::new().hash_one(()) % 1024 {
        0 => thread::sleep(Duration::from_micros(100)),
        1..=4 => (0..500).for_each(|_| hint::spin_loop()),
        5..=15 => thread::yield_now(),
        _ => {}
    }
}
