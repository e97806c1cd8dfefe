//! The ring: slots, the sequencer that hands them out, the gates that hold it back, the bells.
//!
//! It has no threads of its own; producers and consumers meet in it. The models run on this.

use std::{iter, mem};

use super::barrier::Readable;
use super::claim::{Claim, Fate, ProducerMode, Put, Refused, Seat, Sequencer};
use super::control::Control;
use super::error::Error;
use super::event_count::EventCount;
use super::gating::{Gates, Line};
use super::region::Plan;
use super::sequence::Position;
use super::slots::{Shape, Slots};
use super::wait::WaitStrategy;
use crate::sync::Shared;
use crate::sync::clock::Deadline;
use crate::sync::fences::{self, heavy_for_certain, light};
use crate::sync::signal::Signal;
use crate::sync::steps::{Step, in_order, kept};

#[derive(Debug)]
pub(crate) struct Ring {
    pub(crate) slots: Slots,
    pub(crate) sequencer: Sequencer,
    pub(crate) gates: Gates,
    /// Rung after every publication.
    pub(crate) published: EventCount,
    pub(crate) control: Control,
    pub(crate) capacity: u64,
    pub(crate) wait: WaitStrategy,
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
        let mut plan = Plan::new();
        let gates = Gates::plan(&mut plan, lines)?;
        let sequencer = Sequencer::plan(&mut plan, mode, capacity, shape.slots)?;
        let slots = Slots::plan(&mut plan, shape)?;
        let region = plan.allocate()?;
        Ok(Self {
            gates: Gates::new(&region, gates)?,
            sequencer: Sequencer::new(&region, sequencer),
            slots: Slots::new(&region, slots)?,
            published: EventCount::new(),
            control: Control::default(),
            capacity: capacity as u64,
            wait,
        })
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

    /// As `try_claim`, of elements that do not count as accepted yet.
    #[inline]
    pub(crate) fn try_claim_withheld(&self, least: u64, most: u64) -> Result<Claim, Refused> {
        let claim = self.sequencer.try_claim_withheld(&self.gates, least, most);
        claim.map_err(|refused| self.press_if_full(refused, least))
    }

    /// Copies one element in, which fits a slot, if that can be done at once.
    #[inline(always)]
    pub(crate) fn put_at_once(&self, bytes: &[u8]) -> bool {
        let write = |claim: &Claim| self.slots.write_in_slot(claim, claim.first(), bytes);
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
        self.wait.wait(self.gates.bell(line), deadline, || {
            let gate = self.gates.finished(line);
            self.sequencer.is_worth_trying(room, gate).then_some(())
        })
    }

    /// Marks the slots of a claim from its `index`th on as ones that consumers skip.
    #[cold]
    pub(crate) fn abandon_from(&self, claim: &Claim, index: usize) {
        for at in claim.positions().skip(index) {
            self.slots.abandon(claim, at);
        }
        self.control.raise_abandoned_to(claim.end(), self.sequencer.is_single());
    }

    /// Makes a claim readable and wakes those who wait for it.
    #[inline(always)]
    pub(crate) fn publish(&self, claim: Claim) {
        self.sequencer.publish(claim);
        self.has_published();
    }

    #[inline(always)]
    fn has_published(&self) {
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
        if self.control.has_holders() {
            self.press_if_tight();
        }
    }

    /// As `finish`, where several threads may do so for the same line at once.
    pub(crate) fn finish_at_least(&self, line: Line, to: Position) {
        self.gates.finish_at_least(line, to);
        if self.control.has_holders() {
            self.press_if_tight();
        }
    }

    /// Wakes the holders if there is no room for somebody: one of them may have become the one that
    /// has to let go.
    #[cold]
    fn press_if_tight(&self) {
        let wanted = self.control.wanted().max(self.sequencer.claimed() + 1);
        if self.gates.slowest().is_some_and(|(_, slowest)| slowest + self.capacity < wanted) {
            self.notify_all();
        }
    }

    /// Makes holders let go of elements, because a claim of `count` found no room.
    #[cold]
    fn press(&self, count: u64) {
        self.control.raise_wanted(self.sequencer.claimed() + count);
        self.notify_all();
    }

    /// Whether a consumer at `own`, with `lag` published elements before it, has to let go of what it
    /// holds back: it is the one that is furthest behind, and the ring is full, or too full for
    /// somebody's claim and no element is on its way.
    pub(crate) fn is_pressed(&self, own: Position, lag: u64) -> bool {
        let is_full = lag >= self.capacity;
        let is_too_full =
            || self.control.wanted() > own + self.capacity && self.sequencer.claimed() == own + lag;
        (is_full || is_too_full())
            && self.gates.slowest().is_some_and(|(_, slowest)| slowest >= own)
    }

    /// How many elements were accepted; a lower bound while claims go on.
    pub(crate) fn accepted(&self) -> u64 {
        // No claim is open below where anybody gates.
        let gate = self.gates.slowest().map_or(0, |(_, finished)| finished);
        self.sequencer.accepted(gate)
    }

    /// How far the consumer of `line` is behind what is published.
    pub(crate) fn lag(&self, line: Line) -> u64 {
        let published = self.sequencer.published(self.gates.finished(line));
        // Where it is now, not where the search began: it may have gone on meanwhile, and the ring
        // with it.
        published.saturating_sub(self.gates.finished(line))
    }

    /// What is published from `finished` on, which is where a consumer gates.
    pub(crate) fn unread(&self, finished: Position) -> Readable {
        Readable::new(finished, self.sequencer.published(finished))
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
        let ((), start) = in_order(Step::GateFirst, gates, || self.sequencer.open());
        // What is published is passed over at once. Only older claims that are still open are left.
        let gate = gate.max(start.saturating_sub(self.capacity));
        let gate = self.sequencer.published(gate).min(start);
        self.gates.finish(line, gate);
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

    /// Consumers get nothing any more, and open claims are not accepted any more: whoever publishes one
    /// either sees that, or has taken it from its caller visibly before this returns.
    pub(crate) fn halt(&self) {
        self.control.set_halted();
        heavy_for_certain();
        self.notify_all();
    }

    /// The other half: to be asked after an open claim was taken from its caller.
    #[inline]
    pub(crate) fn is_halted(&self) -> bool {
        if kept(Step::HaltedFence) {
            light();
        }
        self.control.is_halted() && kept(Step::HaltRefuses)
    }

    /// What has become of the slots from `from` on, after a close; `None` as long as the end is unknown.
    fn fates(&self, from: Position) -> Option<impl Iterator<Item = (Fate, Readable)>> {
        let end = self.sequencer.end()?;
        let mut at = from;
        Some(iter::from_fn(move || {
            let (fate, to) = (at < end).then(|| self.sequencer.fate(at))?;
            Some((fate, Readable::new(mem::replace(&mut at, to), to)))
        }))
    }

    /// Whether the ring is closed and all claims are published or abandoned. After a halt open ones do
    /// not count.
    pub(crate) fn claims_are_over(&self) -> bool {
        // No claim that is not published is older than one lap.
        let last_lap = self.sequencer.claimed().saturating_sub(self.capacity);
        let is_over = |fate| match fate {
            Fate::Published => true,
            Fate::Open => self.control.is_halted(),
            Fate::OnItsWay => false,
        };
        self.fates(last_lap).is_some_and(|mut fates| fates.all(|(fate, _)| is_over(fate)))
    }

    /// How many elements there are from `from` on, once the claims are over.
    pub(crate) fn elements_from(&self, from: Position) -> u64 {
        let fates = self.fates(from).into_iter().flatten();
        let published = fates.filter(|(fate, _)| *fate == Fate::Published);
        published.map(|(_, span)| self.elements(&span)).sum()
    }

    /// How many slots of a readable span were not abandoned.
    pub(crate) fn elements(&self, span: &Readable) -> u64 {
        span.len() - self.slots.count_abandoned(span)
    }

    /// The signal's owner waits for nothing any more.
    pub(crate) fn forget(&self, signal: &Shared<Signal>) {
        self.published.forget(signal);
        self.gates.forget(signal);
    }

    /// Wakes everybody, to look at what has changed.
    #[cold]
    pub(crate) fn notify_all(&self) {
        self.published.notify();
        self.gates.notify_all();
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
