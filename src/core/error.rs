//! What can go wrong, with all that a message needs, in a value that costs nothing to make.
//!
//! A full ring is an everyday answer in a polling loop, so an error carries numbers and fixed
//! words; the sentence is made only when somebody wants to read it.

use std::{fmt, io};

use crate::sync::AllocationRefused;

/// Why a call did not do what it was asked to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Error {
    /// An argument that can never work.
    InvalidArgument(BadArgument),
    /// The system refused memory.
    OutOfMemory {
        /// What the memory was for.
        what: &'static str,
        /// How much; 0 = nobody said, `usize::MAX` = more than can be counted.
        bytes: usize,
    },
    /// An element that is longer than this disruptor takes. Nothing of the call was accepted.
    ElementTooLarge {
        /// Which one of the call's elements.
        index: usize,
        /// Its bytes.
        len: usize,
        /// The bytes that an element may have.
        max: usize,
    },
    /// The same in an open claim, whose elements do not spill. It stays open.
    ClaimedTooLarge {
        /// Which one of the claim's elements.
        index: usize,
        /// Its bytes.
        len: usize,
        /// The bytes of a slot.
        max: usize,
    },
    /// Nobody is there to consume.
    NoConsumers,
    /// There is no room, and the call was not to wait.
    Full {
        /// Elements in flight at most.
        capacity: usize,
    },
    /// There is nothing to read, and the call was not to wait.
    Empty,
    /// A wait that began is over.
    TimedOut {
        /// How long the call was ready to wait.
        waited_ns: u64,
    },
    /// Closed, and therefore no more elements or consumers.
    Closed,
    /// A wait that only the calling thread could end.
    WouldDeadlock {
        /// What the caller asked for.
        what: &'static str,
    },
    /// No consumer of this disruptor has, or ever had, this id.
    NoSuchConsumer {
        /// The id.
        id: u32,
    },
    /// The same, among the dependencies of a consumer that is to be registered.
    NoSuchDependency {
        /// The id.
        id: u32,
    },
    /// As many consumers as the disruptor was made for.
    TooManyConsumers {
        /// So many.
        max: usize,
    },
    /// The operating system refused a thread, or its affinity.
    ThreadFailed {
        /// What it was asked to do.
        what: &'static str,
        /// Its number for the reason; 0 = it gave none.
        os_error: i32,
    },
    /// The operating system refused the CPU that a thread was to run on.
    NotPinned {
        /// The CPU.
        cpu: u32,
        /// The system's number for the reason; 0 = it gave none.
        os_error: i32,
    },
    /// Two threads at once where there may be one.
    ConcurrentUse,
    /// The disruptor was made in the process that this one is a fork of.
    Forked,
    /// Not on this platform, or not in this version.
    Unsupported {
        /// What it is that does not exist here.
        what: &'static str,
    },
    /// A mistake in this library.
    Internal {
        /// What it stumbled upon.
        what: &'static str,
    },
}

/// An argument, or a field of one, and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BadArgument {
    /// As the caller knows it.
    pub name: &'static str,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with an argument. `value` is what the caller gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Problem {
    /// A pointer that leads nowhere.
    Null,
    /// A pointer that has to be null.
    NotNull {
        /// Why, as a clause.
        why: &'static str,
    },
    /// An array that is not there, although it is said to have elements.
    NullArray {
        /// The argument that says so.
        counter: &'static str,
        /// So many.
        count: u64,
    },
    /// An array whose element `index` has bytes, but does not say where.
    NullElement {
        /// Which one.
        index: usize,
        /// How many bytes it has.
        len: usize,
    },
    /// A pointer that cannot be one to what it should point to.
    Misaligned {
        /// The address has to be a multiple of this.
        align: usize,
    },
    /// Outside of a range.
    Range {
        /// The value.
        value: u64,
        /// The smallest one allowed.
        min: u64,
        /// The largest one allowed.
        max: u64,
    },
    /// Outside of a range that begins below zero.
    Signed {
        /// The value.
        value: i64,
        /// The smallest one allowed.
        min: i64,
        /// The largest one allowed.
        max: i64,
    },
    /// Neither 0 nor a power of two, or too large.
    NotPowerOfTwo {
        /// The value.
        value: u64,
        /// The largest one allowed.
        max: u64,
    },
    /// A number that stands for nothing.
    Unknown {
        /// The value.
        value: u64,
        /// What does stand for something.
        allowed: &'static str,
    },
    /// Text in another encoding.
    NotUtf8 {
        /// The first byte that does not fit.
        at: usize,
    },
    /// Smaller than another argument allows.
    Below {
        /// The value.
        value: u64,
        /// The other argument.
        other: &'static str,
        /// The other one's value.
        min: u64,
    },
    /// A value that another rule forbids.
    Conflict {
        /// The value.
        value: u64,
        /// The rule, as a clause: "it must ...".
        rule: &'static str,
    },
    /// A buffer that the result does not fit in.
    TooSmall {
        /// The value.
        value: u64,
        /// What would be enough.
        needed: u64,
    },
    /// A struct's own size that is too small, too large, or ends within a field.
    StructSize {
        /// The value.
        value: usize,
        /// The size of the struct as this version knows it.
        known: usize,
        /// The largest one allowed.
        max: usize,
    },
    /// A struct from the future that uses a field which this version does not know.
    StructTail {
        /// The struct's own size.
        value: usize,
        /// The first byte that is not zero.
        at: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Error::InvalidArgument(BadArgument { name, problem }) => problem.describe(name, f),
            Error::OutOfMemory { what, bytes: usize::MAX } => {
                write!(f, "no memory for {what}: more than a process can have")
            }
            Error::OutOfMemory { what, bytes: 0 } => write!(f, "no memory for {what}"),
            Error::OutOfMemory { what, bytes } => write!(f, "no memory for {what}: {bytes} bytes"),
            Error::ElementTooLarge { index, len, max } => {
                write!(f, "elements[{index}].len is {len}; allowed: 0 to {max} (max_element_size)")
            }
            Error::ClaimedTooLarge { index, len, max } => {
                write!(
                    f,
                    "element {index} of the claim has the length {len}; allowed: 0 to {max} (element_size)"
                )
            }
            Error::NoConsumers => {
                f.write_str("no consumer is registered, so nobody would get the elements")
            }
            Error::Full { capacity } => {
                write!(f, "no room: all {capacity} slots are in use, and the timeout is 0")
            }
            Error::Empty => f.write_str("there is nothing to read, and the timeout is 0"),
            Error::TimedOut { waited_ns } => write!(f, "not done within {waited_ns} ns"),
            Error::Closed => f.write_str("the disruptor is closed"),
            Error::WouldDeadlock { what } => {
                write!(f, "{what}: only the calling consumer thread itself could end this wait")
            }
            Error::NoSuchConsumer { id } => write!(f, "there is no consumer {id}"),
            Error::NoSuchDependency { id } => {
                write!(f, "depends_on names {id}; there is no consumer {id}")
            }
            Error::TooManyConsumers { max } => {
                write!(f, "max_consumers is {max}, and so many are registered")
            }
            Error::ThreadFailed { what, os_error: 0 } => write!(f, "cannot {what}"),
            Error::ThreadFailed { what, os_error } => {
                write!(f, "cannot {what}: {}", io::Error::from_raw_os_error(os_error))
            }
            Error::NotPinned { cpu, os_error } => {
                let why = io::Error::from_raw_os_error(os_error);
                write!(f, "cpu is {cpu}; allowed: -1 or a CPU that this process may use: {why}")
            }
            Error::ConcurrentUse => {
                f.write_str("another thread is inside of a call that one thread at a time may make")
            }
            Error::Forked => {
                f.write_str("the handle was made before fork(), and this is the child")
            }
            Error::Unsupported { what } => write!(f, "not supported here: {what}"),
            Error::Internal { what } => write!(f, "a mistake in libdisruptor: {what}"),
        }
    }
}

impl Problem {
    fn describe(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Problem::Null => write!(f, "{name} is NULL"),
            Problem::NotNull { why } => write!(f, "{name} is not NULL, but {why}"),
            Problem::NullArray { counter, count } => {
                write!(f, "{name} is NULL, but {counter} is {count}")
            }
            Problem::NullElement { index, len } => {
                write!(f, "{name}[{index}].data is NULL, but its len is {len}")
            }
            Problem::Misaligned { align } => {
                write!(f, "{name} is not a multiple of {align}, its alignment")
            }
            Problem::Range { value, min, max } => {
                write!(f, "{name} is {value}; allowed: {min} to {max}")
            }
            Problem::Signed { value, min, max } => {
                write!(f, "{name} is {value}; allowed: {min} to {max}")
            }
            Problem::NotPowerOfTwo { value, max } => {
                write!(f, "{name} is {value}; allowed: 0 or a power of two, at most {max}")
            }
            Problem::Unknown { value, allowed } => {
                write!(f, "{name} is {value}; allowed: {allowed}")
            }
            Problem::NotUtf8 { at } => write!(f, "{name} is not UTF-8: byte {at} does not fit"),
            Problem::Below { value, other, min } => {
                write!(f, "{name} is {value}; allowed: at least {other}, which is {min}")
            }
            Problem::Conflict { value, rule } => write!(f, "{name} is {value}; {rule}"),
            Problem::TooSmall { value, needed } => write!(f, "{name} is {value}; needed: {needed}"),
            Problem::StructSize { value, known, max } => write!(
                f,
                "{name}.struct_size is {value}; allowed: {known}, less if it ends with a field, or up \
                 to {max} if the rest is zero"
            ),
            Problem::StructTail { value, at } => write!(
                f,
                "{name}.struct_size is {value}, and byte {at}, of a field that this version does not \
                 know, is not zero"
            ),
        }
    }
}

impl std::error::Error for Error {}

impl From<AllocationRefused> for Error {
    fn from(refused: AllocationRefused) -> Self {
        Error::OutOfMemory { what: "the library's own bookkeeping", bytes: refused.bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(name: &'static str, problem: Problem) -> String {
        Error::InvalidArgument(BadArgument { name, problem }).to_string()
    }

    #[test]
    fn a_bad_argument_is_named_with_its_value_and_what_is_allowed() {
        assert_eq!(
            bad("capacity", Problem::Range { value: 0, min: 1, max: 9 }),
            "capacity is 0; allowed: 1 to 9"
        );
        assert_eq!(
            bad("elements", Problem::NullElement { index: 3, len: 5 }),
            "elements[3].data is NULL, but its len is 5"
        );
        assert_eq!(
            bad("max_batch", Problem::Below { value: 2, other: "min_batch", min: 3 }),
            "max_batch is 2; allowed: at least min_batch, which is 3"
        );
    }

    #[test]
    fn what_the_system_said_is_passed_on() {
        let failed = Error::ThreadFailed { what: "start a thread", os_error: 11 };
        let said = failed.to_string();
        assert!(said.starts_with("cannot start a thread: ") && said.contains("11"), "{said}");
        assert_eq!(
            Error::ThreadFailed { what: "start a thread", os_error: 0 }.to_string(),
            "cannot start a thread"
        );
    }
}
