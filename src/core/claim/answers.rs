//! What the sequencer answers.

/// What has become of claimed slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Published or abandoned, though perhaps behind others that are not.
    Published,
    /// In the hands of whoever claimed them.
    Open,
    /// Some thread is about to publish them.
    OnItsWay,
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
    /// Another thread is inside, where only one may be.
    ConcurrentUse,
    /// For knowing the calling thread again.
    NoMemory,
}

/// What [`super::Sequencer::put_at_once`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    Nothing,
    One,
    /// The end of the stream may have become known with it: everybody has to be woken.
    Last,
}

/// How a claim becomes readable.
#[derive(Clone, Copy, Debug)]
pub enum Publication {
    /// Each slot's mark gets the number of its lap.
    Marks {
        /// By slot.
        marks: *mut u32,
        /// A lap is `2^laps_from` positions.
        laps_from: u32,
        /// By slot of an open claim's first position: its count (see `open`).
        open_counts: *mut u32,
    },
    /// The position moves on.
    Position {
        /// This one.
        published: *mut u64,
        /// What is announced, and where the claim ends (see `front`).
        front: *mut u64,
    },
}
