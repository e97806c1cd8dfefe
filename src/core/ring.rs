//! The ring: the stream, and the bells that tell of its changes.
//!
//! It has no threads of its own; producers and consumers meet in it. The models run on this.
//!
//! # Looking and ringing
//!
//! Whoever waits looks at the stream again and again, the last time under the lock of the bell at which it is about
//! to sleep. To ring takes that lock. So a look that rings waits for itself, and two that ring each other's bells
//! for each other. Therefore a look is a plain function of what it looks for and the [`Stream`], which has no bells:
//! it changes nothing that others wait for, and takes no lock. What it finds is acted on when the wait is over.
//!
//! Locks are taken in this order, and each of them may be held while a bell rings: the table of pollers, a poller's
//! state, the topology. Under a group's lock nothing else is taken.

use std::ops::Deref;

use super::claim::{Claim, ProducerMode, Put, Refused, Seat, Sequencer};
use super::control::Control;
use super::error::Error;
use super::event_count::EventCount;
use super::gating::{Gates, Line};
use super::region::Plan;
use super::sequence::Position;
use super::slots::{Shape, Slots};
use super::stream::Stream;
use super::wait::WaitStrategy;
use crate::sync::clock::Deadline;
use crate::sync::fences::{self, light};
use crate::sync::signal::Signal;
use crate::sync::steps::{Step, in_order, kept};
use crate::sync::{Shared, ticks, try_vec};

#[derive(Debug)]
pub(crate) struct Ring {
    stream: Stream,
    /// Rung after every publication.
    published: EventCount,
    /// By line: rung whenever its position moves, or its consumer leaves.
    moved: Vec<EventCount>,
    pub(crate) wait: WaitStrategy,
}

impl Deref for Ring {
    type Target = Stream;

    #[inline(always)]
    fn deref(&self) -> &Stream {
        &self.stream
    }
}

/// Where somebody waits: nothing that it waits for changes without a ring of this one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bell {
    /// Something was published, or the last open claim is no longer open.
    Published,
    /// The position of a line has moved, or its consumer left.
    Moved(Line),
}

/// Where a consumer entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// It gates from here on.
    pub(crate) gate: Position,
    /// Its elements start here.
    pub(crate) start: Position,
}

impl Ring {
    pub(crate) fn new(
        shape: Shape,
        capacity: usize,
        lines: usize,
        mode: ProducerMode,
        wait: WaitStrategy,
    ) -> Result<Self, Error> {
        fences::prepare();
        ticks::prepare();
        let mut plan = Plan::new();
        let gates = Gates::plan(&mut plan, lines)?;
        let sequencer = Sequencer::plan(&mut plan, mode, capacity, shape.slots)?;
        let slots = Slots::plan(&mut plan, shape)?;
        let region = plan.allocate()?;
        let stream = Stream {
            gates: Gates::new(&region, gates),
            sequencer: Sequencer::new(&region, sequencer),
            slots: Slots::new(&region, slots)?,
            control: Control::default(),
            capacity: capacity as u64,
        };
        let mut moved = try_vec(lines)?;
        moved.resize_with(lines, EventCount::new);
        Ok(Self { stream, published: EventCount::new(), moved, wait })
    }

    fn bell(&self, bell: Bell) -> &EventCount {
        match bell {
            Bell::Published => &self.published,
            Bell::Moved(line) => &self.moved[line],
        }
    }

    /// Waits at `bell` until `look` finds something, or `None` once `deadline` has passed. `look` is a plain function,
    /// so that the ring is out of its reach: see above.
    pub(crate) fn wait<L, T>(
        &self,
        bell: Bell,
        deadline: Deadline,
        looks_for: &mut L,
        look: fn(&mut L, &Stream) -> Option<T>,
    ) -> Option<T> {
        let ready = || look(looks_for, &self.stream);
        self.wait.wait(self.bell(bell), deadline, ready, || self.stream.progress())
    }

    /// Has `signal` raised by the next ring of `bell`; then look once more.
    pub(crate) fn raise_next(&self, bell: Bell, signal: &Shared<Signal>) {
        self.bell(bell).raise_next(signal);
    }

    /// Every call of a producer holds on to this while it is inside.
    #[inline(always)]
    pub(crate) fn enter_as_producer(&self) -> Result<Producing<'_>, Refused> {
        Ok(Producing { ring: self, seat: self.sequencer.enter()? })
    }

    /// Claims what there is room for, `least` to `most` slots, without waiting.
    #[inline(always)]
    pub(crate) fn try_claim(&self, least: u64, most: u64) -> Result<Claim, Refused> {
        match self.sequencer.try_claim(&self.gates, least, most) {
            Ok(claim) => Ok(claim),
            Err(refused) => Err(self.press_if_full(refused, least)),
        }
    }

    /// As `try_claim`, of slots that stay open.
    #[inline(always)]
    pub(crate) fn try_open(&self, count: u64) -> Result<Claim, Refused> {
        let claim = self.try_claim(count, count)?;
        self.slots.set_default_lengths(&claim);
        self.sequencer.open(&claim);
        self.has_opened();
        Ok(claim)
    }

    /// Tells of a claim that came into its caller's hands: a holder no longer waits for it (see
    /// `Stream::is_on_its_way`), nor does a halt, which counts as a holder for that.
    #[inline(always)]
    fn has_opened(&self) {
        if kept(Step::OpenedFence) {
            light();
        }
        if self.control.has_holders()
            && (self.control.is_halted() || self.is_too_tight_for(self.control.wanted()))
            && kept(Step::OpenedRings)
        {
            self.notify_all();
        }
    }

    /// Copies one element in, which fits a slot, if that can be done at once.
    #[inline(always)]
    pub(crate) fn put_at_once(&self, bytes: &[u8]) -> bool {
        let write = |claim: &Claim| self.slots.write_at_once(claim, bytes);
        match self.sequencer.put_at_once(write) {
            Put::Nothing => return false,
            Put::One => self.has_published(),
            Put::Last => self.notify_all(),
        }
        true
    }

    #[cold]
    fn press_if_full(&self, refused: Refused, least: u64) -> Refused {
        if refused == Refused::NoRoom && self.control.has_holders() {
            self.press(least);
        }
        refused
    }

    /// After a claim of `room` slots was refused: waits for the consumer that is furthest behind, until
    /// another try is worth it; `None` once `deadline` has passed.
    pub(crate) fn wait_for_room(&self, room: u64, deadline: Deadline) -> Option<()> {
        let Some((line, _)) = self.gates.slowest() else { return Some(()) };
        self.wait(Bell::Moved(line), deadline, &mut (line, room), |&mut (line, room), stream| {
            let gate = stream.gates.finished(line);
            let is_worth_trying =
                stream.sequencer.is_worth_trying(room, gate) || stream.has_holders_to_tell(gate);
            is_worth_trying.then_some(())
        })
    }

    /// Marks the slots of a claim from its `index`th on as ones that consumers skip.
    #[cold]
    pub(crate) fn abandon_from(&self, claim: &Claim, index: usize) {
        for at in claim.positions().skip(index) {
            self.slots.abandon(claim, at);
        }
        self.control.count_abandoned((claim.count() - index) as u64);
        self.control.raise_abandoned_to(claim.end(), self.sequencer.is_single());
    }

    /// Makes a claim readable and wakes those who wait for it.
    #[inline(always)]
    pub(crate) fn publish(&self, claim: Claim) {
        self.sequencer.publish(claim);
        self.has_published();
    }

    /// Tells of a publication.
    #[inline(always)]
    pub(crate) fn has_published(&self) {
        if kept(Step::PublishRings) {
            self.published.notify();
        }
        if self.control.has_holders() {
            self.press_if_tight();
        }
    }

    /// Says that the consumer of `line` has finished everything below `to`.
    #[inline]
    pub(crate) fn finish(&self, line: Line, to: Position) {
        self.gates.finish(line, to);
        self.has_finished(line);
    }

    /// As `finish`, where several threads may do so for the same line at once.
    pub(crate) fn finish_at_least(&self, line: Line, to: Position) {
        self.gates.finish_at_least(line, to);
        self.has_finished(line);
    }

    #[inline(always)]
    fn has_finished(&self, line: Line) {
        if kept(Step::FinishRings) {
            self.moved[line].notify();
        }
        if self.control.has_holders() {
            self.press_if_tight();
        }
    }

    /// Wakes the holders if there is no room for somebody: one of them may have become the one that
    /// has to let go.
    #[cold]
    fn press_if_tight(&self) {
        if self.is_too_tight_for(self.control.wanted().max(self.sequencer.claimed() + 1)) {
            self.notify_all();
        }
    }

    #[cold]
    fn is_too_tight_for(&self, wanted: Position) -> bool {
        self.gates.slowest().is_some_and(|(_, slowest)| slowest + self.capacity < wanted)
    }

    /// Makes holders let go of elements, because a claim of `count` found no room.
    #[cold]
    fn press(&self, count: u64) {
        self.control.raise_wanted(self.sequencer.claimed() + count);
        self.notify_all();
    }

    /// Lets a new consumer gate at `line`, and tells where its elements start (I7; see `gating`).
    ///
    /// It gates from below every open claim: those who gated when such a claim was made may leave, and
    /// then it is the newcomer that keeps the slot from being claimed again while somebody writes it
    /// (I2). What lies between its gate and its start it passes over as it is published.
    ///
    /// For a moment its line may stand further back than one lap, because the others went on while it
    /// was written. Slots behind that lap may have been claimed again; all who gated had finished them.
    pub(crate) fn enter(&self, line: Line) -> Entry {
        let gate = self.not_above_open_claims();
        let gates = || self.gates.set(line, gate);
        let ((), start) = in_order(Step::GateFirst, gates, || self.sequencer.allow());
        // What is published is passed over at once. Only older claims that are still open are left.
        let gate = gate.max(start.saturating_sub(self.capacity));
        let gate = self.sequencer.published(gate).min(start);
        self.gates.finish(line, gate);
        self.moved[line].notify();
        if gate < start {
            self.control.raise_entered_to(start);
        }
        Entry { gate, start }
    }

    /// A position such that no claim below it is open. Whoever gates is at such a one; when nobody
    /// does, no claim is older than one lap.
    fn not_above_open_claims(&self) -> Position {
        if !kept(Step::OpenClaims) {
            return self.sequencer.claimed();
        }
        let oldest = || self.sequencer.claimed().saturating_sub(self.capacity);
        self.gates.slowest().map_or_else(oldest, |(_, finished)| finished)
    }

    /// The consumer of `line` leaves; `is_last` if no other one is left. The caller has put the
    /// graph in order and is the only one that lets consumers enter or leave.
    pub(crate) fn leave(&self, line: Line, is_last: bool) {
        if is_last {
            self.sequencer.no_consumers();
        }
        // In this order: see `barrier`.
        let (graph_changes, leaves) = (|| self.control.graph_changed(), || self.gates.leave(line));
        in_order(Step::GraphFirst, graph_changes, leaves);
        if kept(Step::LeaveRings) {
            self.notify_all();
        }
    }

    /// Refuses claims from now on; what was claimed is the end (I6).
    pub(crate) fn close(&self) {
        self.sequencer.close();
        self.control.set_closing();
        if kept(Step::CloseRings) {
            self.notify_all();
        }
    }

    /// Consumers get nothing any more, and open claims are not accepted any more.
    pub(crate) fn halt(&self) {
        self.control.set_halted();
        self.notify_all();
    }

    /// The other half of `Control::set_halted`, to be asked after an open claim was taken from its caller.
    #[inline]
    pub(crate) fn is_halted(&self) -> bool {
        if kept(Step::HaltedFence) {
            light();
        }
        self.control.is_halted() && kept(Step::HaltRefuses)
    }

    /// The signal's owner waits for nothing any more.
    pub(crate) fn forget(&self, signal: &Shared<Signal>) {
        self.published.forget(signal);
        self.moved.iter().for_each(|bell| bell.forget(signal));
    }

    /// Wakes everybody, to look at what has changed.
    #[cold]
    pub(crate) fn notify_all(&self) {
        self.published.notify();
        self.moved[..self.gates.used()].iter().for_each(EventCount::notify);
    }

    /// For the header's inline functions: whether somebody waits for that.
    pub(crate) fn asleep(&self) -> *const bool {
        self.published.asleep()
    }
}

/// A producer is inside of the ring.
#[derive(Debug)]
pub(crate) struct Producing<'a> {
    ring: &'a Ring,
    seat: Option<&'a Seat>,
}

impl Drop for Producing<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.ring.sequencer.leave(self.seat) {
            self.ring.notify_all();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// A ring of eight slots in which somebody who may hold elements back gates, and one slot is claimed.
    fn ring_with_a_holder() -> Ring {
        let shape = Shape { slots: 8, element_size: 8, max_element_size: 8, alignment: 8 };
        let ring = Ring::new(shape, 8, 1, ProducerMode::Multi, WaitStrategy::Block);
        let ring = ring.expect("it is small");
        ring.control.holder_enters();
        ring.enter(0);
        let _open = ring.try_claim(1, 1).expect("there is room");
        ring
    }

    #[test]
    fn a_claim_that_waits_tries_again_when_holders_no_longer_let_go_for_it() {
        let ring = ring_with_a_holder();
        let wait = || ring.wait_for_room(8, Deadline::after(0));
        assert_eq!(wait(), Some(()), "nobody was told");
        assert_eq!(ring.try_claim(8, 8).map(drop), Err(Refused::NoRoom));
        let _open = ring.try_claim(1, 1).expect("there is room");
        assert_eq!(wait(), None, "whatever others claim, one element is still let go of");
        ring.finish(0, 1);
        assert_eq!(wait(), Some(()), "and the second one is not");
    }
}
