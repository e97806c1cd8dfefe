//! What threads of consumers and pollers have in common: wait for elements, gather a batch, finish it.

mod backlog;
mod gaps;
mod hold_back;
mod pass;

use std::ops::Range;

use gaps::Gaps;

use super::barrier::{Barrier, Readable};
use super::consumer::{Asked, Batching, Consumer, Ended};
use super::element::{Element, Span};
use super::group::{Group, LeftBehind, Seat};
use super::handler::{Batch, Elements};
use super::ring::{Entry, Ring};
use super::sequence::Position;
use super::stream::Stream;
use crate::sync::clock::Deadline;
use crate::sync::signal::Signal;
use crate::sync::steps::{Step, kept};
use crate::sync::{AllocationRefused, Shared, try_vec};

/// So many elements right after a batch, without any wait: a fast producer writes just in front. (One
/// alone is rather a stream that is slower than its consumer.)
const HEAD_START: Range<u64> = 2..64;

/// What a look at the stream found.
#[derive(Debug)]
enum Found {
    /// Elements to deliver.
    Elements(Readable),
    /// The first elements of a batch that is still too small.
    TooFew,
    GraphChanged,
    /// A member of the group has left elements behind.
    LeftBehind,
    /// Nothing, and another dependency has become the slowest.
    OtherBell,
    Ended(Ended),
}

/// Why there is no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoBatch {
    /// Not within the time.
    TimedOut,
    /// Ask the graph for the dependencies again.
    GraphChanged,
    Ended(Ended),
}

/// A batch that was gathered, see [`Reader::elements`]. It may be empty: then all of its slots were
/// abandoned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gathered {
    /// The sequence of the first element.
    pub(crate) first: Position,
    /// Everything below belongs to this batch or was abandoned.
    pub(crate) end: Position,
    pub(crate) bytes: u64,
    /// The elements that could be read behind it.
    pub(crate) backlog: u64,
    /// What could be read, or was published and had to wait for others, when it was gathered.
    pub(crate) lag: u64,
}

/// One consumer's way through the stream.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) consumer: Shared<Consumer>,
    pub(crate) barrier: Barrier,
    batching: Batching,
    /// Alone: everything below is finished. In a group: where the cursor stood at the last look, or
    /// how far this member has come with what another one left behind.
    next: Position,
    /// Below this everything was produced before the consumer was registered. It gates from a little
    /// before, and passes over what is there once it is published (see `Ring::enter`).
    start: Position,
    group: Option<(Shared<Group>, Seat)>,
    /// Up to where this member has got what another one left behind.
    left_to_me: Option<Position>,
    /// Elements below were given out before, and are not held back when they are asked for again.
    shown_to: Position,
    gaps: Gaps,
    /// In a group: elements that a member had its hand on and counted.
    counted: Option<(Position, Position, u64)>,
    /// Elements that are held back, and until when.
    lingering: Option<(Range<Position>, Deadline)>,
    gathered: InHand,
}

/// Where the elements of a batch are, until it is finished.
#[derive(Debug)]
pub(crate) enum InHand {
    /// Never grows beyond `batching.most`, which it has room for.
    Slices(Vec<Element>),
    Span(Span),
}

impl InHand {
    /// Has room for batches of `most` elements, or needs none for spans.
    pub(crate) fn new(most: usize, as_spans: bool) -> Result<Self, AllocationRefused> {
        Ok(if as_spans { Self::Span(Span::EMPTY) } else { Self::Slices(try_vec(most)?) })
    }
}

// SAFETY: the elements point into the ring, and are only looked at by whoever has the reader while it
// has the right to them; everything else may be sent anyway.
unsafe impl Send for Reader {}

impl Reader {
    /// Reads from where the consumer entered. `gathered` has room for `batching.most`.
    pub(crate) fn new(
        consumer: Shared<Consumer>,
        barrier: Barrier,
        batching: Batching,
        gathered: InHand,
        entry: Entry,
        group: Option<(Shared<Group>, Seat)>,
    ) -> Self {
        let Entry { gate: next, start } = entry;
        Self {
            consumer,
            barrier,
            batching,
            next,
            start,
            group,
            left_to_me: None,
            shown_to: 0,
            gaps: Gaps::default(),
            counted: None,
            lingering: None,
            gathered,
        }
    }

    /// The elements of the batch that was gathered last.
    #[inline]
    pub(crate) fn elements(&self) -> Elements<'_> {
        match &self.gathered {
            InHand::Slices(slices) => Elements::Slices(slices),
            InHand::Span(span) => Elements::Span(*span),
        }
    }

    #[inline]
    pub(crate) fn batch(&self, gathered: &Gathered) -> Batch<'_> {
        let Gathered { first: first_sequence, backlog, .. } = *gathered;
        Batch { elements: self.elements(), first_sequence, backlog }
    }

    pub(crate) fn is_in_group(&self) -> bool {
        self.group.is_some()
    }

    /// Whether what it finds may just as well go to another member.
    fn is_sharing(&self) -> bool {
        self.group.is_some() && self.left_to_me.is_none()
    }

    /// The next batch, if it is there without waiting.
    #[inline]
    pub(crate) fn try_next(&mut self, ring: &Ring) -> Result<Gathered, NoBatch> {
        let mut found = self.look(ring, false);
        if matches!(&found, Some(Found::Elements(few)) if HEAD_START.contains(&few.len())) {
            ring.wait.give_a_head_start();
            found = self.look(ring, false);
        }
        loop {
            match found {
                Some(Found::Elements(readable)) => {
                    if let Some(gathered) = self.take(ring, &readable) {
                        return Ok(gathered);
                    }
                }
                Some(Found::LeftBehind) => self.take_left_behind(),
                Some(Found::GraphChanged) => return Err(NoBatch::GraphChanged),
                Some(Found::Ended(ended)) => return Err(NoBatch::Ended(ended)),
                Some(Found::TooFew | Found::OtherBell) | None => return Err(NoBatch::TimedOut),
            }
            found = self.look(ring, false);
        }
    }

    /// Waits for the next batch.
    pub(crate) fn wait_for_next(
        &mut self,
        ring: &Ring,
        deadline: Deadline,
    ) -> Result<Gathered, NoBatch> {
        loop {
            match self.wait(ring, deadline) {
                Some(Found::Elements(readable)) => {
                    if let Some(gathered) = self.take(ring, &readable) {
                        return Ok(gathered);
                    }
                }
                Some(Found::LeftBehind) => self.take_left_behind(),
                Some(Found::TooFew | Found::OtherBell) => {}
                Some(Found::GraphChanged) => return Err(NoBatch::GraphChanged),
                Some(Found::Ended(ended)) => return Err(NoBatch::Ended(ended)),
                None if deadline.has_passed() => return Err(NoBatch::TimedOut),
                None => {}
            }
        }
    }

    /// Waits for something new to be found; elements that have lingered long enough are new.
    fn wait(&mut self, ring: &Ring, deadline: Deadline) -> Option<Found> {
        let behind = self.barrier.waits_for();
        let bell = self.barrier.bell();
        let lingering = self.lingering.as_ref().map(|(_, until)| *until);
        let until = deadline.earlier(lingering.unwrap_or(Deadline::NEVER));
        let mut looks_for = (&mut *self, lingering.is_some(), behind);
        let found =
            ring.wait(bell, until, &mut looks_for, |(reader, lingering, behind), stream| {
                let found = reader.look(stream, *lingering);
                let moved = found.is_none() && reader.barrier.waits_for() != *behind;
                if moved { Some(Found::OtherBell) } else { found }
            });
        if found.is_none() && lingering.is_some_and(Deadline::has_passed) {
            return self.look(ring, false);
        }
        found
    }

    /// Looks once; `None` = nothing new. `lingering`: too few are nothing new.
    #[inline(always)]
    fn look(&mut self, stream: &Stream, lingering: bool) -> Option<Found> {
        match self.consumer.asked() {
            Asked::Nothing => {}
            Asked::ToLeave => return Some(Found::Ended(Ended::Left)),
            Asked::ToHalt => return Some(Found::Ended(Ended::AtClose)),
        }
        if self.is_sharing()
            && let Some((group, _)) = &self.group
        {
            if group.elements_left_behind() > 0 {
                return Some(Found::LeftBehind);
            }
            self.next = group.cursor();
        }
        let from = self.next;
        let Ok(readable) = self.barrier.look(stream, from) else {
            return Some(Found::GraphChanged);
        };
        if from < self.start && readable.len() > 0 {
            return Some(Found::Elements(readable.below(self.start)));
        }
        match readable.len() {
            0 => {
                self.lingering = None;
                let is_over = is_at_end(stream, &readable) && self.is_all_finished(stream, from);
                is_over.then_some(Found::Ended(Ended::AtClose))
            }
            _ if self.batching.least > 1 => self.look_for_several(stream, readable, lingering),
            _ => Some(Found::Elements(readable)),
        }
    }

    /// The first element of `at..limit`, which is readable; `limit` if there is none.
    #[inline]
    fn skip(
        &self,
        stream: &Stream,
        readable: &Readable,
        mut at: Position,
        limit: Position,
    ) -> Position {
        while at < limit && (at < self.start || stream.slots.read(readable, at).is_none()) {
            at += 1;
        }
        at
    }

    /// Whether nobody of the group has elements that may still be left to this member.
    fn is_all_finished(&self, stream: &Stream, to: Position) -> bool {
        self.group.is_none() || stream.gates.finished(self.consumer.line) >= to
    }

    /// Goes on with what another member left behind, unless somebody else was faster.
    #[cold]
    fn take_left_behind(&mut self) {
        if let Some((group, seat)) = &mut self.group
            && let Some(left) = group.take_left_behind(*seat)
        {
            *seat = left.seat;
            self.left_to_me = Some(left.to);
            self.next = left.from;
        }
    }

    /// Gathers a batch of what is readable. In a group another member may have been faster: `None`.
    #[inline(always)]
    fn take(&mut self, ring: &Ring, readable: &Readable) -> Option<Gathered> {
        if !self.is_sharing() {
            let limit = self.left_to_me.unwrap_or(readable.to());
            return Some(self.gather(ring, readable, limit));
        }
        let (group, seat) = self.group.clone()?;
        if group.hold(seat, readable.from())
            && let Some(limit) = self.limit(ring, readable)
        {
            let gathered = self.gather(ring, readable, limit);
            if group.take(seat, readable.from(), gathered.end) {
                return Some(gathered);
            }
        }
        group.let_go(ring, seat);
        None
    }

    /// Collects the elements of one batch: not more than allowed, none from `limit` on, none across an
    /// abandoned slot.
    #[inline(always)]
    fn gather(&mut self, ring: &Ring, readable: &Readable, limit: Position) -> Gathered {
        ring.slots.prefetch(readable.from());
        let limit = limit.min(readable.to());
        let first = self.skip(ring, readable, readable.from(), limit);
        let stop = limit.min(first + self.batching.most as u64);
        let (last, bytes) = match &mut self.gathered {
            InHand::Slices(slices) => {
                slices.clear();
                ring.slots.gather(readable, first, stop, slices)
            }
            InHand::Span(span) => {
                *span = ring.slots.span(readable, first, stop);
                (first + span.count as u64, span.count as u64 * span.length as u64)
            }
        };
        // Abandoned slots right behind belong to this batch, so that a backlog of 0 is true.
        let end = self.skip(ring, readable, last, limit);
        let backlog = self.backlog(ring, readable, end);
        let lag = self.barrier.lag(ring, readable.from());
        Gathered { first, end, bytes, backlog, lag }
    }

    /// All of the batch is finished.
    #[inline(always)]
    pub(crate) fn finish(&mut self, ring: &Ring, gathered: &Gathered) {
        if self.group.is_none() || self.left_to_me.is_some_and(|to| gathered.end < to) {
            return self.finish_part(ring, gathered.end);
        }
        self.left_to_me = None;
        if let Some((group, seat)) = &self.group {
            group.let_go(ring, *seat);
        }
    }

    /// Everything below `to` is finished, and this reader goes on from there.
    #[inline(always)]
    pub(crate) fn finish_part(&mut self, ring: &Ring, to: Position) {
        self.next = to;
        match &self.group {
            None => ring.finish(self.consumer.line, to),
            Some((group, seat)) => group.finish_up_to(ring, *seat, to),
        }
    }

    /// The consumer leaves. What it has got of a group's elements and not finished, `unfinished` or what
    /// was left to it, the other members get.
    pub(crate) fn leave(&mut self, ring: &Ring, unfinished: Option<(Position, Position)>) {
        let Some((group, seat)) = self.group.take() else { return };
        let rest = self.left_to_me.map(|to| (self.next, to));
        let span = match (unfinished, rest) {
            (Some((from, _)), Some((_, to))) => Some((from, to)),
            (unfinished, rest) => unfinished.or(rest),
        };
        let elements = span
            .map_or(0, |(from, to)| self.gaps.elements(ring, &Readable::new(from, to), from, to));
        match span.filter(|_| elements > 0) {
            Some((from, to)) => {
                group.leave_behind(LeftBehind { seat, from, to, elements });
                if kept(Step::LeftBehindRings) {
                    ring.notify_all();
                }
            }
            None => {
                group.let_go(ring, seat);
                group.stand_up(seat);
            }
        }
    }

    /// Has `signal` raised by the next thing that this reader would be woken for.
    pub(crate) fn arm(&mut self, ring: &Ring, signal: &Shared<Signal>) {
        ring.raise_next(self.barrier.bell(), signal);
    }
}

/// I6: the end is known, and everything up to it was found.
#[inline]
fn is_at_end(stream: &Stream, readable: &Readable) -> bool {
    let is_end = || stream.sequencer.end() == Some(readable.to()) || !kept(Step::ReadToEnd);
    stream.control.is_closing() && is_end()
}
