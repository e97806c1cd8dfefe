//! Status: what functions return, the detail behind it, and versions.

use std::ffi::{CStr, c_char};
use std::panic::catch_unwind;

use super::last_error;
use crate::core::Error;

/// The version of this header: major, minor, patch. See `disruptor_version`.
pub const DISRUPTOR_VERSION_MAJOR: u32 = 0;
/// See `DISRUPTOR_VERSION_MAJOR`.
pub const DISRUPTOR_VERSION_MINOR: u32 = 1;
/// See `DISRUPTOR_VERSION_MAJOR`.
pub const DISRUPTOR_VERSION_PATCH: u32 = 0;

/// As a timeout in nanoseconds: no limit. (0 = do not wait.)
pub const DISRUPTOR_WAIT_FOREVER: u64 = u64::MAX;

/// What became of a call. Later versions may add values.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum disruptor_status_t {
    /// Done.
    DISRUPTOR_OK = 0,
    /// An argument that can never work: NULL, a value out of range, text that is not UTF-8.
    DISRUPTOR_INVALID_ARGUMENT = 1,
    /// The system refused memory.
    DISRUPTOR_OUT_OF_MEMORY = 2,
    /// An element is longer than `max_element_size`; no element of the call was accepted.
    DISRUPTOR_ELEMENT_TOO_LARGE = 3,
    /// Nobody is registered who would get the elements.
    DISRUPTOR_NO_CONSUMERS = 4,
    /// There is no room, and the timeout is 0.
    DISRUPTOR_FULL = 5,
    /// A wait that began was not over in time.
    DISRUPTOR_TIMED_OUT = 6,
    /// The disruptor takes no more elements and consumers.
    DISRUPTOR_CLOSED = 7,
    /// A wait that only the calling consumer thread itself could end.
    DISRUPTOR_WOULD_DEADLOCK = 8,
    /// There is and was no consumer with this id.
    DISRUPTOR_NO_SUCH_CONSUMER = 9,
    /// `max_consumers` are registered.
    DISRUPTOR_TOO_MANY_CONSUMERS = 10,
    /// The operating system refused a thread, or the CPU asked for.
    DISRUPTOR_THREAD_FAILED = 11,
    /// Two threads at once where one at a time is allowed.
    DISRUPTOR_CONCURRENT_USE = 12,
    /// The handle was made before fork(), and this is the child.
    DISRUPTOR_FORKED = 13,
    /// There is nothing to read, and the timeout is 0.
    DISRUPTOR_EMPTY = 14,
    /// Not on this platform, or not in this version.
    DISRUPTOR_UNSUPPORTED = 15,
    /// A mistake in this library; please report it.
    DISRUPTOR_INTERNAL = 16,
}

use disruptor_status_t::*;

impl From<Error> for disruptor_status_t {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidArgument(_) => DISRUPTOR_INVALID_ARGUMENT,
            Error::OutOfMemory { .. } => DISRUPTOR_OUT_OF_MEMORY,
            Error::ElementTooLarge { .. } | Error::ClaimedTooLarge { .. } => {
                DISRUPTOR_ELEMENT_TOO_LARGE
            }
            Error::NoConsumers => DISRUPTOR_NO_CONSUMERS,
            Error::Full { .. } => DISRUPTOR_FULL,
            Error::Empty => DISRUPTOR_EMPTY,
            Error::TimedOut { .. } => DISRUPTOR_TIMED_OUT,
            Error::Closed => DISRUPTOR_CLOSED,
            Error::WouldDeadlock { .. } => DISRUPTOR_WOULD_DEADLOCK,
            Error::NoSuchConsumer { .. } | Error::NoSuchDependency { .. } => {
                DISRUPTOR_NO_SUCH_CONSUMER
            }
            Error::TooManyConsumers { .. } => DISRUPTOR_TOO_MANY_CONSUMERS,
            Error::ThreadFailed { .. } | Error::NotPinned { .. } => DISRUPTOR_THREAD_FAILED,
            Error::ConcurrentUse => DISRUPTOR_CONCURRENT_USE,
            Error::Forked => DISRUPTOR_FORKED,
            Error::Unsupported { .. } => DISRUPTOR_UNSUPPORTED,
            Error::Internal { .. } => DISRUPTOR_INTERNAL,
        }
    }
}

/// The status as it comes in: a C program can put any number into its enum, a Rust program cannot.
/// Only the last part of a type's path gets into the header, so there it is the enum.
///
/// cbindgen:ignore
mod incoming {
    pub(super) type disruptor_status_t = std::ffi::c_uint;
}

/// Each status by its number: its name, and a sentence.
const STATUSES: [(disruptor_status_t, &CStr, &CStr); 17] = [
    (DISRUPTOR_OK, c"DISRUPTOR_OK", c"Done"),
    (DISRUPTOR_INVALID_ARGUMENT, c"DISRUPTOR_INVALID_ARGUMENT", c"An argument is not valid"),
    (DISRUPTOR_OUT_OF_MEMORY, c"DISRUPTOR_OUT_OF_MEMORY", c"There is not enough memory"),
    (
        DISRUPTOR_ELEMENT_TOO_LARGE,
        c"DISRUPTOR_ELEMENT_TOO_LARGE",
        c"An element is longer than this disruptor takes",
    ),
    (DISRUPTOR_NO_CONSUMERS, c"DISRUPTOR_NO_CONSUMERS", c"No consumer is registered"),
    (DISRUPTOR_FULL, c"DISRUPTOR_FULL", c"There is no room"),
    (DISRUPTOR_TIMED_OUT, c"DISRUPTOR_TIMED_OUT", c"The time is up"),
    (DISRUPTOR_CLOSED, c"DISRUPTOR_CLOSED", c"The disruptor is closed"),
    (
        DISRUPTOR_WOULD_DEADLOCK,
        c"DISRUPTOR_WOULD_DEADLOCK",
        c"A consumer's thread would have to wait for itself",
    ),
    (DISRUPTOR_NO_SUCH_CONSUMER, c"DISRUPTOR_NO_SUCH_CONSUMER", c"There is no such consumer"),
    (
        DISRUPTOR_TOO_MANY_CONSUMERS,
        c"DISRUPTOR_TOO_MANY_CONSUMERS",
        c"There are as many consumers as the disruptor was made for",
    ),
    (
        DISRUPTOR_THREAD_FAILED,
        c"DISRUPTOR_THREAD_FAILED",
        c"The operating system refused a thread or its CPU",
    ),
    (
        DISRUPTOR_CONCURRENT_USE,
        c"DISRUPTOR_CONCURRENT_USE",
        c"Two threads made calls that one thread at a time may make",
    ),
    (
        DISRUPTOR_FORKED,
        c"DISRUPTOR_FORKED",
        c"The handle belongs to the process that this one was forked from",
    ),
    (DISRUPTOR_EMPTY, c"DISRUPTOR_EMPTY", c"There is nothing to read"),
    (DISRUPTOR_UNSUPPORTED, c"DISRUPTOR_UNSUPPORTED", c"This is not supported here"),
    (DISRUPTOR_INTERNAL, c"DISRUPTOR_INTERNAL", c"The library made a mistake"),
];

/// -- STATUS --------------------------------------------------------------------------------------
///
/// "DISRUPTOR_FULL" and so on, "DISRUPTOR_UNKNOWN" for other numbers; constant, never NULL.
///
/// Threads: any, at any time, also in the child of a fork.
#[unsafe(no_mangle)]
pub extern "C" fn disruptor_status_name(status: incoming::disruptor_status_t) -> *const c_char {
    let known = STATUSES.get(status as usize);
    known.map_or(c"DISRUPTOR_UNKNOWN", |&(_, name, _)| name).as_ptr()
}

/// A status in one sentence, whatever the number; never NULL. The string is constant.
///
/// Threads: any, at any time, also in the child of a fork.
#[unsafe(no_mangle)]
pub extern "C" fn disruptor_status_message(status: incoming::disruptor_status_t) -> *const c_char {
    let known = STATUSES.get(status as usize);
    known.map_or(c"This status is of another version", |&(.., message)| message).as_ptr()
}

/// The calling thread's last failure in detail: the function, which argument, its value, what is
/// allowed. "" if nothing has failed on this thread; never NULL. A call that succeeds does not
/// change it. The string is valid until the thread's next failing call, or its end.
///
/// Threads: any, at any time, also in the child of a fork; each thread has its own.
#[unsafe(no_mangle)]
pub extern "C" fn disruptor_last_error() -> *const c_char {
    catch_unwind(last_error::text).unwrap_or(c"".as_ptr())
}

/// The version of the library that runs, 0x00MMmmpp: (major << 16) + (minor << 8) + patch. The
/// version of the header is DISRUPTOR_VERSION_MAJOR and so on; the library's may be newer.
///
/// Threads: any, at any time, also in the child of a fork.
#[unsafe(no_mangle)]
pub extern "C" fn disruptor_version() -> u32 {
    DISRUPTOR_VERSION_MAJOR << 16 | DISRUPTOR_VERSION_MINOR << 8 | DISRUPTOR_VERSION_PATCH
}

/// The same as text, "0.1.0"; never NULL. The string is constant.
///
/// Threads: any, at any time, also in the child of a fork.
#[unsafe(no_mangle)]
pub extern "C" fn disruptor_version_string() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

// The numbers in the header are those of the package, and fit their bits.
const _: () = {
    const fn is(number: u32, text: &str) -> bool {
        let (mut parsed, mut at) = (0, 0);
        while at < text.len() {
            parsed = parsed * 10 + (text.as_bytes()[at] - b'0') as u32;
            at += 1;
        }
        parsed == number && number < 256
    }
    assert!(is(DISRUPTOR_VERSION_MAJOR, env!("CARGO_PKG_VERSION_MAJOR")));
    assert!(is(DISRUPTOR_VERSION_MINOR, env!("CARGO_PKG_VERSION_MINOR")));
    assert!(is(DISRUPTOR_VERSION_PATCH, env!("CARGO_PKG_VERSION_PATCH")));
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_at_its_number() {
        for (number, (status, name, _)) in STATUSES.into_iter().enumerate() {
            assert_eq!(status as usize, number);
            assert_eq!(name.to_str(), Ok(&*format!("{status:?}")));
        }
    }
}
