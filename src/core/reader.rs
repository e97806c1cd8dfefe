//! What threads of consumers and pollers have in common: wait for elements, gather a batch, finish it.

use super::barrier::{Barrier, Readable};
use super::consumer::{Asked, Batching, Consumer, Ended};
use super::event_count::EventCount;
use super::group::{Group, LeftBehind, Seat};
use super::handler::Batch;
use super::ring::{Entry, Ring};
use super::sequence::Position;
use super::slots::Element;
use crate::sync::clock::Deadline;
use crate::sync::signal::Signal;
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
    /// The claims from before the start are published up to here, and before that there is nothing for
    /// this reader.
    OlderClaims(Position),
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
    pub(crate) consumer: Shared<Consumer>,
    pub(crate) barrier: Barrier,
    batching: Batching,
    /// Alone: everything below is finished. In a group: where the cursor stood at the last look, or
    /// how far this member has come with what another one left behind.
    next: Position,
    group: Option<(Shared<Group>, Seat)>,
    /// As long as claims from before the start are open (see [`Ring::enter`]).
    entry: Option<Entry>,
    /// Up to where this member has got what another one left behind.
    left_to_me: Option<Position>,
    /// Where elements are held back, and for how long.
    lingering: Option<(Position, Deadline)>,
    /// Never grows beyond `batching.most`, which it has room for.
    elements: Vec<Element>,
}

// SAFETY: the elements point into the ring, and are only looked at by whoever has the reader while it
// has the right to them; everything else may be sent anyway.
unsafe impl Send for Reader {}

impl Reader {
    /// Reads from `entry.start` on. `elements` has room for `batching.most`.
    pub(crate) fn new(
        consumer: Shared<Consumer>,
        barrier: Barrier,
        batching: Batching,
        elements: Vec<Element>,
        entry: Entry,
        group: Option<(Shared<Group>, Seat)>,
    ) -> Self {
        let (left_to_me, lingering) = (None, None);
        let next = entry.start;
        let entry = (entry.gate < entry.start).then_some(entry);
        Self { consumer, barrier, batching, next, group, entry, left_to_me, lingering, elements }
    }

    pub(crate) fn elements(&self) -> &[Element] {
        &self.elements
    }

    pub(crate) fn is_in_group(&self) -> bool {
        self.group.is_some()
    }

    /// The next batch, if it is there without waiting.
    #[inline]
    pub(crate) fn try_next(&mut self, ring: &Ring) -> Result<Gathered, NoBatch> {
        let mut found = self.look(ring, false);
        if matches!(&found, Some(Found::Elements(few)) if few.len() < HEAD_START_BELOW) {
            give_a_head_start();
            found = self.look(ring, false);
        }
        loop {
            match found {
                Some(Found::Elements(readable)) => {
                    if let Some(gathered) = self.take(ring, &readable) {
                        return Ok(gathered);
                    }
                }
                Some(Found::OlderClaims(to)) => self.follow_older_claims(ring, to),
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
                Some(Found::OlderClaims(to)) => self.follow_older_claims(ring, to),
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
        let bell = self.bell(ring);
        let lingering = self.lingering.map(|(_, until)| until);
        let until = deadline.earlier(lingering.unwrap_or(Deadline::NEVER));
        let found = ring.wait.wait(bell, until, || {
            let found = self.look(ring, lingering.is_some());
            let moved = found.is_none() && self.barrier.waits_for() != behind;
            if moved { Some(Found::OtherBell) } else { found }
        });
        if found.is_none() && lingering.is_some_and(Deadline::has_passed) {
            return self.look(ring, false);
        }
        found
    }

    /// Looks once; `None` = nothing new. `lingering`: too few are nothing new.
    #[inline]
    fn look(&mut self, ring: &Ring, lingering: bool) -> Option<Found> {
        match self.consumer.asked() {
            Asked::Nothing => {}
            Asked::ToLeave => return Some(Found::Ended(Ended::Left)),
            Asked::ToHalt => return Some(Found::Ended(Ended::AtClose)),
        }
        if let Some(entry) = self.entry {
            let to = ring.older_published(entry);
            return (to > entry.gate).then_some(Found::OlderClaims(to));
        }
        let from = self.position();
        let Ok(readable) = self.barrier.look(ring, from) else {
            return Some(Found::GraphChanged);
        };
        match readable.len() {
            0 => {
                self.lingering = None;
                is_at_end(ring, &readable).then_some(Found::Ended(Ended::AtClose))
            }
            few if few < self.batching.least
                && !self.must_let_go(ring, &readable)
                && !self.have_lingered(from) =>
            {
                (!lingering).then_some(Found::TooFew)
            }
            _ => Some(Found::Elements(readable)),
        }
    }

    /// The gate of a new consumer, or of its group, follows the claims from before its start.
    #[cold]
    fn follow_older_claims(&mut self, ring: &Ring, to: Position) {
        let line = self.consumer.line;
        match self.group {
            None => ring.finish(line, to),
            Some(_) => ring.finish_at_least(line, to),
        }
        let entry = self.entry.take().map(|entry| Entry { gate: to, ..entry });
        self.entry = entry.filter(|entry| entry.gate < entry.start);
    }

    /// Where to wait for more.
    fn bell<'r>(&self, ring: &'r Ring) -> &'r EventCount {
        if self.entry.is_some() { &ring.published } else { self.barrier.bell(ring) }
    }

    /// Where the next batch begins.
    #[inline]
    fn position(&mut self) -> Position {
        if let Some((group, seat)) = &mut self.group
            && self.left_to_me.is_none()
        {
            if let Some(left) = group.take_left_behind(*seat) {
                *seat = left.seat;
                self.left_to_me = Some(left.to);
                self.next = left.from;
            } else {
                self.next = group.cursor();
            }
        }
        self.next
    }

    /// Whether elements from `from` on were held back long enough; their time begins with the first
    /// look at them.
    #[cold]
    fn have_lingered(&mut self, from: Position) -> bool {
        match self.lingering {
            Some((at, until)) if at == from => until.has_passed(),
            _ => {
                self.lingering = Some((from, Deadline::after(self.batching.linger_ns)));
                false
            }
        }
    }

    /// Whether elements may not be held back any longer, few as they are.
    #[cold]
    fn must_let_go(&self, ring: &Ring, readable: &Readable) -> bool {
        self.batching.linger_ns == 0
            || ring.control.flush_to() > readable.from()
            || is_at_end(ring, readable)
            || ring.is_pressed(ring.gates.finished(self.consumer.line))
    }

    /// Gathers a batch of what is readable. In a group another member may have been faster: `None`.
    #[inline]
    fn take(&mut self, ring: &Ring, readable: &Readable) -> Option<Gathered> {
        if self.group.is_none() || self.left_to_me.is_some() {
            let limit = self.left_to_me.unwrap_or(readable.to());
            return Some(self.gather(ring, readable, limit));
        }
        let (group, seat) = self.group.clone()?;
        if group.hold(seat, readable.from()) {
            let gathered = self.gather(ring, readable, readable.to());
            if group.take(readable.from(), gathered.end) {
                return Some(gathered);
            }
        }
        group.let_go(ring, seat);
        None
    }

    /// Collects the elements of one batch: not more than allowed, none from `limit` on, none across an
    /// abandoned slot.
    #[inline]
    fn gather(&mut self, ring: &Ring, readable: &Readable, limit: Position) -> Gathered {
        let slots = &ring.slots;
        let limit = limit.min(readable.to());
        let skip = |mut at: Position| {
            while at < limit && slots.read(readable, at).is_none() {
                at += 1;
            }
            at
        };
        self.elements.clear();
        let first = skip(readable.from());
        let mut at = first;
        let mut bytes = 0;
        let stop = limit.min(first + self.batching.most as u64);
        while at < stop
            && let Some(element) = slots.read(readable, at)
        {
            bytes += element.len as u64;
            self.elements.push(element);
            at += 1;
        }
        // Abandoned slots right behind belong to this batch, so that a backlog of 0 is true.
        let end = skip(at);
        let lag = self.barrier.lag(ring, readable.from());
        Gathered { first, end, bytes, backlog: readable.to() - end, lag }
    }

    /// All of the batch is finished.
    #[inline]
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
    #[inline]
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
        match span {
            Some((from, to)) => {
                group.leave_behind(LeftBehind { seat, from, to });
                ring.notify_all();
            }
            None => {
                // Without reason to, it must not move the line past older claims.
                if self.entry.is_none() {
                    group.let_go(ring, seat);
                }
                group.stand_up(seat);
            }
        }
    }

    /// Has `signal` raised by the next thing that this reader would be woken for.
    pub(crate) fn arm(&mut self, ring: &Ring, signal: &Shared<Signal>) {
        self.bell(ring).raise_next(signal);
    }
}

/// I6: the end is known, and everything up to it was found.
#[inline]
fn is_at_end(ring: &Ring, readable: &Readable) -> bool {
    ring.control.is_closing() && ring.sequencer.end() == Some(readable.to())
}
