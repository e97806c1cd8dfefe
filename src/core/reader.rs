//! What threads of consumers and pollers have in common: wait for elements, gather a batch, finish it.

use super::barrier::{Barrier, GraphChanged, Readable};
use super::consumer::{Asked, Batching, Consumer, Ended};
use super::disruptor::Inner;
use super::handler::Batch;
use super::group::{Group, Seat};
use super::ring::Ring;
use super::sequence::Position;
use super::slots::Element;
use crate::sync::clock::Deadline;
use crate::sync::{Shared, spin_loop};

/// Fewer elements than these right after a batch, without any wait: the producer writes just in front.
const HEAD_START_BELOW: u64 = 64;
const HEAD_START_PAUSES: u32 = 30;

/// Lets a producer get on that this consumer is treading on the heels of. Every line that it writes
/// would travel between the two cores once for each element; left alone for half a microsecond it
/// fills whole lines. Never delays an element that a consumer was waiting for.
#[inline]
fn give_a_head_start() {
    for _ in 0..HEAD_START_PAUSES {
        spin_loop();
    }
}

/// What a look at the stream found.
#[derive(Debug)]
enum Found {
    /// Elements to deliver.
    Elements(Readable),
    /// The first elements of a batch that is still too small.
    TooFew,
    GraphChanged,
    /// Nothing, and another dependency has become the slowest.
    OtherBell,
    Ended(Ended),
}

/// Why there is no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoBatch {
    /// Not within the time.
    TimedOut,
    Ended(Ended),
}

/// A batch that was gathered into [`Reader::elements`], which may be empty: then all of its slots were
/// abandoned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gathered {
    /// The sequence of the first element.
    pub(crate) first: Position,
    /// Everything below belongs to this batch or was abandoned.
    pub(crate) end: Position,
    pub(crate) bytes: u64,
    /// What could be read behind it.
    pub(crate) backlog: u64,
    /// What could be read, or was published and had to wait for others, when it was gathered.
    pub(crate) lag: u64,
}

impl Gathered {
    pub(crate) fn batch<'a>(&self, elements: &'a [Element]) -> Batch<'a> {
        Batch { elements, first_sequence: self.first, backlog: self.backlog }
    }
}

/// One consumer's way through the stream.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) inner: Shared<Inner>,
    pub(crate) consumer: Shared<Consumer>,
    barrier: Barrier,
    batching: Batching,
    /// Alone: everything below is finished. In a group: where the cursor stood at the last look.
    next: Position,
    group: Option<(Shared<Group>, Seat)>,
    /// Never grows beyond `batching.most`, which it has room for.
    elements: Vec<Element>,
}

// SAFETY: the elements point into the ring, which `inner` keeps; everything else may be sent anyway.
unsafe impl Send for Reader {}

impl Reader {
    /// `elements` has room for `batching.most`. Begins to read when it has [entered](Reader::enter).
    pub(crate) fn new(
        inner: Shared<Inner>,
        consumer: Shared<Consumer>,
        barrier: Barrier,
        batching: Batching,
        elements: Vec<Element>,
    ) -> Self {
        Self { inner, consumer, barrier, batching, next: 0, group: None, elements }
    }

    /// The consumer has been let in.
    pub(crate) fn enter(&mut self, start: Position, group: Option<(Shared<Group>, Seat)>) {
        self.next = start;
        self.group = group;
        self.inner.follow_graph(&self.consumer, &mut self.barrier);
    }

    pub(crate) fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The next batch, if it is there without waiting.
    #[inline]
    pub(crate) fn try_next(&mut self) -> Result<Gathered, NoBatch> {
        let mut found = self.look(false);
        if matches!(&found, Some(Found::Elements(few)) if few.len() < HEAD_START_BELOW) {
            give_a_head_start();
            found = self.look(false);
        }
        loop {
            match found {
                Some(Found::Elements(readable)) => {
                    if let Some(gathered) = self.take(&readable) {
                        return Ok(gathered);
                    }
                }
                Some(Found::GraphChanged) => {
                    self.inner.follow_graph(&self.consumer, &mut self.barrier);
                }
                Some(Found::Ended(ended)) => return Err(NoBatch::Ended(ended)),
                Some(Found::TooFew | Found::OtherBell) | None => return Err(NoBatch::TimedOut),
            }
            found = self.look(false);
        }
    }

    /// Waits for the next batch.
    pub(crate) fn wait_for_next(&mut self, deadline: Deadline) -> Result<Gathered, NoBatch> {
        let mut linger = None;
        loop {
            match self.wait(deadline, linger) {
                Some(Found::Elements(readable)) => {
                    if let Some(gathered) = self.take(&readable) {
                        return Ok(gathered);
                    }
                    linger = None;
                }
                Some(Found::TooFew) => linger = Some(Deadline::after(self.batching.linger_ns)),
                Some(Found::OtherBell) => {}
                Some(Found::GraphChanged) => {
                    self.inner.follow_graph(&self.consumer, &mut self.barrier);
                }
                Some(Found::Ended(ended)) => return Err(NoBatch::Ended(ended)),
                None if deadline.has_passed() => return Err(NoBatch::TimedOut),
                None => {}
            }
        }
    }

    /// Waits for something new to be found; elements that have lingered long enough are new.
    fn wait(&mut self, deadline: Deadline, linger: Option<Deadline>) -> Option<Found> {
        let inner = self.inner.clone();
        let ring = &inner.ring;
        let bell = self.barrier.bell(ring);
        let behind = self.barrier.waits_for();
        let until = deadline.earlier(linger.unwrap_or(Deadline::NEVER));
        let found = ring.wait.wait(bell, until, || {
            let found = self.look(linger.is_some());
            let moved = found.is_none() && self.barrier.waits_for() != behind;
            if moved { Some(Found::OtherBell) } else { found }
        });
        if found.is_none() && linger.is_some_and(Deadline::has_passed) {
            let from = self.position();
            return match self.barrier.look(ring, from) {
                Ok(readable) if readable.len() > 0 => Some(Found::Elements(readable)),
                Ok(_) => None,
                Err(GraphChanged) => Some(Found::GraphChanged),
            };
        }
        found
    }

    /// Looks once; `None` = nothing new.
    #[inline]
    fn look(&mut self, lingering: bool) -> Option<Found> {
        match self.consumer.asked() {
            Asked::Nothing => {}
            Asked::ToLeave => return Some(Found::Ended(Ended::Left)),
            Asked::ToHalt => return Some(Found::Ended(Ended::AtClose)),
        }
        let from = self.position();
        let Ok(readable) = self.barrier.look(&self.inner.ring, from) else {
            return Some(Found::GraphChanged);
        };
        match readable.len() {
            0 => self.is_at_end(&readable).then_some(Found::Ended(Ended::AtClose)),
            few if few < self.batching.least && !self.must_let_go(&readable) => {
                (!lingering).then_some(Found::TooFew)
            }
            _ => Some(Found::Elements(readable)),
        }
    }

    /// Where the next batch begins.
    #[inline]
    fn position(&mut self) -> Position {
        if let Some((group, _)) = &self.group {
            self.next = group.cursor();
        }
        self.next
    }

    /// I6: the end is known, and everything up to it was found.
    #[inline]
    fn is_at_end(&self, readable: &Readable) -> bool {
        let ring = &self.inner.ring;
        ring.control.is_closing() && ring.sequencer.end() == Some(readable.to())
    }

    /// Whether elements may not be held back any longer, few as they are.
    #[cold]
    fn must_let_go(&self, readable: &Readable) -> bool {
        let ring = &self.inner.ring;
        self.batching.linger_ns == 0
            || ring.control.flush_to() > readable.from()
            || self.is_at_end(readable)
            || ring.is_pressed(ring.gates.finished(self.consumer.line))
    }

    /// Gathers a batch of what is readable. In a group another member may have been faster: `None`.
    #[inline]
    fn take(&mut self, readable: &Readable) -> Option<Gathered> {
        if self.group.is_some() { self.take_from_group(readable) } else { Some(self.gather(readable)) }
    }

    fn take_from_group(&mut self, readable: &Readable) -> Option<Gathered> {
        let (group, seat) = self.group.clone()?;
        if group.hold(seat, readable.from()) {
            let gathered = self.gather(readable);
            if group.take(readable.from(), gathered.end) {
                return Some(gathered);
            }
        }
        group.let_go(&self.inner.ring, seat);
        None
    }

    /// Collects the elements of one batch: not more than allowed, none across an abandoned slot.
    #[inline]
    fn gather(&mut self, readable: &Readable) -> Gathered {
        let slots = &self.inner.ring.slots;
        let skip = |mut at: Position| {
            while at < readable.to() && slots.read(readable, at).is_none() {
                at += 1;
            }
            at
        };
        self.elements.clear();
        let first = skip(readable.from());
        let mut at = first;
        let mut bytes = 0;
        let stop = readable.to().min(first + self.batching.most as u64);
        while at < stop
            && let Some(element) = slots.read(readable, at)
        {
            bytes += element.len as u64;
            self.elements.push(element);
            at += 1;
        }
        // Abandoned slots right behind belong to this batch, so that a backlog of 0 is true.
        let end = skip(at);
        let lag = self.barrier.lag(&self.inner.ring, readable.from());
        Gathered { first, end, bytes, backlog: readable.to() - end, lag }
    }

    /// Says that everything of the batch below `to` is finished, and whether that was all of it.
    #[inline]
    pub(crate) fn finish(&mut self, to: Position, all: bool) {
        let ring = &self.inner.ring;
        match &self.group {
            None => {
                self.next = to;
                ring.finish(self.consumer.line, to);
            }
            Some((group, seat)) if all => group.let_go(ring, *seat),
            Some((group, seat)) => group.finish_up_to(ring, *seat, to),
        }
    }

    pub(crate) fn ring(&self) -> &Ring {
        &self.inner.ring
    }
}
