//! How many of the slots in front of a reader are elements, and how many were abandoned.
//!
//! As long as nothing was ever abandoned the answer is a subtraction. Otherwise each slot is looked at
//! twice, once when it comes into sight and once when it is passed, however often the question is asked.

use crate::core::barrier::Readable;
use crate::core::sequence::Position;
use crate::core::stream::Stream;

/// Abandoned slots that a reader has counted.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    from: Position,
    to: Position,
    /// In `from..to`.
    count: u64,
}

impl Gaps {
    /// The elements of `from..to`, a part of what can be read.
    #[inline]
    pub(crate) fn elements(
        &mut self,
        stream: &Stream,
        readable: &Readable,
        from: Position,
        to: Position,
    ) -> u64 {
        let slots = to.saturating_sub(from);
        if slots == 0 || stream.control.abandoned_to() <= from {
            return slots;
        }
        slots - self.abandoned(stream, readable, from, to)
    }

    #[cold]
    fn abandoned(
        &mut self,
        stream: &Stream,
        readable: &Readable,
        from: Position,
        to: Position,
    ) -> u64 {
        let count = |from, to| stream.slots.count_abandoned(&readable.part(from, to));
        // What lies behind the reader is no longer its to look at.
        let goes_on = self.from >= readable.from() && (self.from..=self.to).contains(&from);
        if !goes_on || to < self.to {
            *self = Self { from, to: from, count: 0 };
        }
        self.count = self.count - count(self.from, from) + count(self.to, to);
        (self.from, self.to) = (from, to);
        self.count
    }
}
