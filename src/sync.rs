//! The one door to what threads share: atomics, cells, locks, fences, clocks, threads.
//!
//! Everything above this module takes these from here, so that a model (`--cfg loom`) runs the very
//! code that ships, with loom's twins under it. The standard library's locks are futexes on Linux
//! and never allocate, which is why they are preferred here to other crates'.

pub(crate) mod clock;
pub(crate) mod fences;
pub(crate) mod fork;
mod monitor;
pub(crate) mod pages;
mod prefetch;
#[cfg(all(shaken, not(loom)))]
mod shaken;
mod shared;
pub(crate) mod signal;
pub(crate) mod steps;
pub(crate) mod thread;
pub(crate) mod thread_token;
pub(crate) mod ticks;
mod try_lock;
mod watch;

pub(crate) use monitor::Monitor;
pub(crate) use prefetch::{prefetch, prefetch_to_write};
pub(crate) use shared::{AllocationRefused, Shared, try_box, try_string, try_vec};
pub(crate) use try_lock::{Taken, TryLock};
pub(crate) use watch::Watch;

/// A byte of payload: written and read through pointers, because C programs do so too. What keeps it
/// from racing is the protocol around it, which the models check on the slot's [`Watch`].
pub(crate) type Byte = std::cell::UnsafeCell<u8>;

/// For numbers on which nothing stands, so that models need not try what can be read.
pub(crate) use std::sync::atomic::AtomicU8;

#[cfg(loom)]
pub(crate) use loom::{
    cell::UnsafeCell,
    hint::spin_loop,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    sync::{Condvar, Mutex, MutexGuard},
    thread::yield_now,
    thread_local,
};

#[cfg(not(loom))]
mod primitives {
    #[cfg(shaken)]
    use super::shaken as atomic;
    #[cfg(not(shaken))]
    use std::sync::atomic;

    pub(crate) use atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};
    pub(crate) use std::{
        hint::spin_loop,
        sync::atomic::Ordering,
        sync::{Condvar, Mutex, MutexGuard},
        thread::yield_now,
        thread_local,
    };

    /// `std::cell::UnsafeCell` with loom's interface, which sees every access begin and end.
    #[derive(Debug, Default)]
    #[repr(transparent)]
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        #[inline]
        pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
            read(self.0.get())
        }

        #[inline]
        pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
            write(self.0.get())
        }
    }
}
#[cfg(not(loom))]
pub(crate) use primitives::*;
