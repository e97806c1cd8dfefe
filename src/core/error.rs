//! stub
use std::fmt;
#[derive(Clone, Copy, Debug, PartialEq)] pub enum Error {
   InvalidArgument(BadArgument), OutOfMemory { what: &'static str, bytes: usize }, ElementTooLarge { index: usize, len: usize, max: usize }, NoConsumers,
   Full { capacity: usize }, TimedOut { waited_ns: u64 }, Closed, WouldDeadlock { what: &'static str }, NoSuchConsumer { id: u32 }, TooManyConsumers { max: usize },
   ThreadFailed { what: &'static str, os_error: i32 }, ConcurrentUse, Forked, Unsupported { what: &'static str }, Internal { what: &'static str } }
#[derive(Clone, Copy, Debug, PartialEq)] pub struct BadArgument { pub name: &'static str, pub problem: Problem }
#[derive(Clone, Copy, Debug, PartialEq)] pub enum Problem { Null, Range { value: u64, min: u64, max: u64 }, Signed { value: i64, min: i64, max: i64 }, NotPowerOfTwo { value: u64, max: u64 },
   Unknown { value: u64, allowed: &'static str }, NotUtf8 { at: usize }, Conflict { value: u64, rule: &'static str } }
impl fmt::Display for Error { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{self:?}") } }

impl From<crate::sync::AllocationRefused> for Error {
    fn from(refused: crate::sync::AllocationRefused) -> Self {
        Error::OutOfMemory { what: "the library's own bookkeeping", bytes: refused.bytes }
    }
}
