//! Elements that are held back until there are several (`min_batch`), and why they are let go.

use super::{Found, Reader, is_at_end};
use crate::core::barrier::Readable;
use crate::core::sequence::Position;
use crate::core::stream::Stream;
use crate::sync::clock::Deadline;
use crate::sync::steps::{Step, kept};

impl Reader {
    /// As `look`, where some elements can be read, for a consumer that wants several at once.
    pub(super) fn look_for_several(
        &mut self,
        stream: &Stream,
        readable: Readable,
        lingering: bool,
    ) -> Option<Found> {
        let from = readable.from();
        if stream.control.abandoned_to() > from && self.may_look_into_slots() {
            let first = self.skip(stream, &readable, from, readable.to());
            if first > from {
                return Some(Found::Elements(readable.below(first)));
            }
        }
        match self.is_held_back(stream, &readable) {
            true => (!lingering).then_some(Found::TooFew),
            false => Some(Found::Elements(readable)),
        }
    }

    /// How far a batch may go, for a member of a group that has its hand on what is readable; `None` if
    /// it is held back after all. Before it had, it could not count abandoned slots (see `few`).
    pub(super) fn limit(&mut self, stream: &Stream, readable: &Readable) -> Option<Position> {
        let (from, to) = (readable.from(), readable.to());
        if self.batching.least == 1 || stream.control.abandoned_to() <= from {
            return Some(to);
        }
        let first = self.skip(stream, readable, from, to);
        if first > from {
            return Some(first);
        }
        self.counted = Some((from, to, self.gaps.elements(stream, readable, from, to)));
        (!self.is_held_back(stream, readable)).then_some(to)
    }

    fn is_held_back(&mut self, stream: &Stream, readable: &Readable) -> bool {
        self.few(stream, readable) < self.batching.least
            && !self.must_let_go(stream, readable)
            && !self.have_lingered(readable)
    }

    /// Without a hand on them: what a group shares may be gone, and its slots claimed again, during the look.
    fn may_look_into_slots(&self) -> bool {
        !self.is_sharing() || !kept(Step::CountInHand)
    }

    /// How many elements can be read. Where it may not look, abandoned ones count like elements until a member has
    /// had its hand on them.
    fn few(&mut self, stream: &Stream, readable: &Readable) -> u64 {
        let (from, to) = (readable.from(), readable.to());
        match self.counted {
            _ if self.may_look_into_slots() => self.gaps.elements(stream, readable, from, to),
            Some((counted_from, counted_to, few)) if (counted_from, counted_to) == (from, to) => {
                few
            }
            _ => readable.len(),
        }
    }

    /// Whether elements were held back long enough; their time begins with the first look at them. It goes on when the
    /// first of them are gone: abandoned slots that were passed, or what another member of the group took.
    #[cold]
    fn have_lingered(&mut self, readable: &Readable) -> bool {
        let (from, to) = (readable.from(), readable.to());
        match &mut self.lingering {
            Some((seen, until)) if seen.contains(&from) => {
                seen.end = to;
                until.has_passed()
            }
            _ => {
                self.lingering = Some((from..to, Deadline::after(self.batching.linger_ns)));
                false
            }
        }
    }

    /// Whether elements may not be held back any longer, few as they are.
    #[cold]
    fn must_let_go(&mut self, stream: &Stream, readable: &Readable) -> bool {
        let published = readable.from() + self.barrier.lag(stream, readable.from());
        self.batching.linger_ns == 0
            || readable.from() < self.shown_to
            || self.left_to_me.is_some()
            || stream.control.flush_to() > readable.from()
            || is_at_end(stream, readable) && !stream.control.is_halted()
            || stream.is_pressed(self.consumer.line, published)
    }

    /// What was given out up to `to`, and is not finished, is asked for again.
    pub(crate) fn show_again(&mut self, to: Position) {
        self.shown_to = to;
    }
}
