//! Who holds the producers back: one position per consumer, and their minimum.
//!
//! # Registration (I7)
//!
//! ```text
//!   consumer that enters                         producer that claims
//!   1. its line := a position already claimed    a. read claimed = c
//!   2. read-modify-write of claimed -> start S   b. read the lines, take their minimum
//!   3. its line := S                             c. room up to min(minimum, c) + capacity
//! ```
//!
//! Nobody may have room beyond `S + capacity` from step 2 on. If `c <= S`, c bounds what the producer
//! takes for the minimum, whichever lines it saw. If `c > S`, then c was written by a claim that came
//! after 2, so reading it (acquire) makes the line of 1 visible at b (release, through the
//! read-modify-writes of claimed in between), and the minimum is at most S. The same holds for a
//! minimum that producers keep for later (`claim`): it was right once and positions only grow.

use super::error::Error;
use super::region::{Array, Part, Plan, Region};
use super::sequence::{NOBODY, Padded, Position, Sequence, sequence};
use crate::sync::steps::{Step, kept, ordered};
use crate::sync::{AtomicUsize, Ordering, Shared};

/// The place of one consumer among those that gate. Lines are used again once their consumer left.
pub(crate) type Line = usize;

#[derive(Debug)]
pub(crate) struct Gates {
    /// By line: everything below this position is finished. `NOBODY` where no consumer is.
    ///
    /// Release on every store: what the consumer read from its slots comes before. Acquire on every
    /// load: pairs with it, so that a producer writes a slot only after its readers are done, and a
    /// dependent sees what its dependency did to the elements.
    finished: Array<Sequence>,
    /// All lines from here on are `NOBODY` and always were. Relaxed: who has to see a consumer's line sees this as well, by
    /// what it acquired or by a fence; for everybody else that one comes later.
    used: Padded<AtomicUsize>,
}

impl Gates {
    pub(crate) fn plan(plan: &mut Plan, lines: usize) -> Result<Part<Sequence>, Error> {
        plan.add(lines, align_of::<Sequence>())
    }

    pub(crate) fn new(region: &Shared<Region>, part: Part<Sequence>) -> Self {
        let finished = Array::fill(region, part, || sequence(NOBODY));
        Self { finished, used: Padded(AtomicUsize::new(0)) }
    }

    /// How many consumers can gate at once.
    pub(crate) fn len(&self) -> usize {
        self.finished.len()
    }

    /// All lines that were ever used lie below.
    #[inline]
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    #[inline]
    fn lines(&self) -> impl Iterator<Item = (Line, Position)> {
        (0..self.used()).map(|line| (line, self.finished(line)))
    }

    #[inline]
    pub(crate) fn finished(&self, line: Line) -> Position {
        self.finished[line].load(ordered(Step::FinishAcquire, Ordering::Acquire))
    }

    /// Everything below is finished by all; `None` if nobody gates. Never above `ceiling`, which is
    /// the claimed position that the caller read before (c of the protocol above).
    pub(crate) fn minimum(&self, ceiling: Position) -> Option<Position> {
        let (_, minimum) = self.slowest()?;
        Some(if kept(Step::MinimumCeiling) { minimum.min(ceiling) } else { minimum })
    }

    /// The line that everybody waits for, and its position.
    pub(crate) fn slowest(&self) -> Option<(Line, Position)> {
        let slowest = self.lines().min_by_key(|&(_, finished)| finished);
        slowest.filter(|&(_, finished)| finished != NOBODY)
    }

    /// All positions together, modulo 2^64: a number that grows whenever a consumer gets on.
    pub(crate) fn sum(&self) -> u64 {
        self.lines().fold(0, |sum, (_, finished)| sum.wrapping_add(finished))
    }

    /// Says that everything below `to` is finished. The caller rings the line's bell.
    #[inline]
    pub(crate) fn finish(&self, line: Line, to: Position) {
        self.finished[line].store(to, ordered(Step::FinishRelease, Ordering::Release));
    }

    /// As `finish`, where several threads may do so for the same line at once. Each of them continues the release
    /// sequences of the others, whatever their own ordering.
    pub(crate) fn finish_at_least(&self, line: Line, to: Position) {
        // What `fetch_max` is on x86 too. ThreadSanitizer knows nothing of that one, and this one carries
        // the members' reads over to the producers.
        let at_least =
            |before: Position| Some(if kept(Step::AtLeast) { before.max(to) } else { to });
        let success = ordered(Step::AtLeastRelease, Ordering::Release);
        let failure = Ordering::Relaxed;
        let _ = self.finished[line].fetch_update(success, failure, at_least);
    }

    /// Lets a consumer gate from `at` (step 1). One thread at a time enters or leaves. What a consumer read that had this line
    /// before comes before this as well.
    pub(crate) fn set(&self, line: Line, at: Position) {
        self.finish(line, at);
        self.used.fetch_max(line + 1, Ordering::Relaxed);
    }

    /// The consumer of `line` gates nobody any more (I8). The caller rings the bells.
    pub(crate) fn leave(&self, line: Line) {
        self.finished[line].store(NOBODY, ordered(Step::GoneRelease, Ordering::Release));
    }
}
