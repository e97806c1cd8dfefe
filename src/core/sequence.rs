//! A position in the stream, alone on its cache lines.

use std::ops::Deref;

use crate::sync::AtomicU64;

/// Counts elements from 0. 2^62 of them are more than anybody produces; the two bits above are free
/// for flags (see `claim`).
pub(crate) type Position = u64;

/// No consumer's position: greater than every position, so it is never the minimum.
pub(crate) const NOBODY: Position = u64::MAX;

/// Keeps two values that different threads write on different cache lines. 128 bytes: x86 fetches
/// lines in pairs, and Apple's lines are that long.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

impl<T> Deref for Padded<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// A padded position.
pub(crate) type Sequence = Padded<AtomicU64>;

pub(crate) fn sequence(at: Position) -> Sequence {
    Padded(AtomicU64::new(at))
}
