//! Claiming slots and publishing them.
//!
//! One word, `claimed`, holds the position up to which slots were handed to producers and the two
//! facts that forbid further claims. A claim is one compare-and-swap of that word, so it can neither
//! overtake a close nor happen without a consumer: whoever sets a flag knows with the same step which
//! claims came before it.

mod multi;

pub(crate) use multi::Sequencer;

use super::sequence::Position;

/// The right to write the slots of some positions. Ends when it is published.
#[derive(Debug)]
#[must_use = "a claim that is never published stalls every consumer"]
pub(crate) struct Claim {
    first: Position,
    count: u64,
}

impl Claim {
    pub(crate) fn count(&self) -> usize {
        self.count as usize
    }

    /// The position after the last one.
    pub(crate) fn end(&self) -> Position {
        self.first + self.count
    }

    #[inline]
    pub(crate) fn positions(&self) -> std::ops::Range<Position> {
        self.first..self.end()
    }

    #[inline]
    pub(crate) fn contains(&self, at: Position) -> bool {
        self.positions().contains(&at)
    }
}

/// Why nothing was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// As long as the slowest consumer does not move.
    NoRoom,
    /// Closed, once and for all.
    Closed,
    /// There is no consumer: elements would be lost.
    NoConsumers,
}
