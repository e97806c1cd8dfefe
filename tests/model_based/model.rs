//! The contract as a sequential queue: slots in a row, and what has become of each of them for each unit (a consumer
//! of its own, or a group).
//!
//! Gaps, which are abandoned slots and what was claimed before a consumer came, are passed by everybody as soon as
//! they can be.

use std::collections::{BTreeMap, BTreeSet};

use crate::calls::{Shape, Spec};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Slot {
    Open,
    Published,
    Abandoned,
}

/// What has become of an element for a unit; nothing yet if there is no entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    HeldBy(u32),
    /// A member that left had it. Another one that took the first elements of the same `piece` may keep the others.
    Left {
        piece: u64,
        taker: Option<u32>,
    },
    Done,
}

#[derive(Debug, Default)]
pub(crate) struct Unit {
    pub(crate) group: u32,
    pub(crate) upstream: BTreeSet<usize>,
    /// Its elements begin here, and it may gate from below.
    pub(crate) start: u64,
    pub(crate) gate: u64,
    pub(crate) fates: BTreeMap<u64, Fate>,
    /// Its members have threads, and never lag.
    pub(crate) has_threads: bool,
    /// Those with threads, that are there or were.
    pub(crate) members: Vec<u32>,
    /// What the threads got.
    pub(crate) delivered: Vec<u64>,
    pub(crate) is_gone: bool,
    /// It left after the end, and may still count.
    pub(crate) left_late: bool,
}

#[derive(Debug)]
pub(crate) struct Consumer {
    pub(crate) unit: usize,
    pub(crate) spec: Spec,
    pub(crate) is_poller: bool,
    pub(crate) is_gone: bool,
    /// First and end of what was polled and not released.
    pub(crate) batch: Option<(u64, u64)>,
    /// Below this it has seen elements, released or not.
    pub(crate) shown_to: u64,
    pub(crate) consumed: u64,
    pub(crate) bytes: u64,
}

pub(crate) struct Model {
    pub(crate) capacity: u64,
    /// Slot numbers are positions modulo this.
    ring_slots: u64,
    element_size: usize,
    pub(crate) max_consumers: usize,
    pub(crate) slots: Vec<(Slot, Vec<u8>)>,
    pub(crate) units: Vec<Unit>,
    pub(crate) consumers: Vec<Consumer>,
    pub(crate) is_closed: bool,
    pub(crate) is_halted: bool,
    pub(crate) flush_to: u64,
    /// Up to where somebody wanted room in vain, while others might hold elements back.
    pub(crate) wanted: u64,
    pub(crate) pieces: u64,
    /// Producers that waited in vain, and whether others may have waited too.
    pub(crate) timed_out: u64,
    pub(crate) may_have_waited: bool,
}

impl Model {
    pub(crate) fn new(shape: &Shape) -> Self {
        Self {
            capacity: shape.capacity as u64,
            ring_slots: shape.capacity.next_power_of_two() as u64,
            element_size: shape.element_size,
            max_consumers: if shape.max_consumers == 0 { 64 } else { shape.max_consumers as usize },
            slots: Vec::new(),
            units: Vec::new(),
            consumers: Vec::new(),
            is_closed: false,
            is_halted: false,
            flush_to: 0,
            wanted: 0,
            pieces: 0,
            timed_out: 0,
            may_have_waited: false,
        }
    }

    /// Up to `to` somebody wanted room in vain. Those who may hold elements back are told, if there are any.
    pub(crate) fn wants(&mut self, to: u64) {
        let live = self.live_consumers();
        if live.iter().any(|&id| self.consumers[id as usize].spec.min_batch > 1) {
            self.wanted = self.wanted.max(to);
        }
    }

    pub(crate) fn claimed(&self) -> u64 {
        self.slots.len() as u64
    }

    /// Everything below is published or abandoned.
    pub(crate) fn published(&self) -> u64 {
        let open = self.slots.iter().position(|(slot, _)| *slot == Slot::Open);
        open.unwrap_or(self.slots.len()) as u64
    }

    /// The end of what is published, whatever is open before it.
    pub(crate) fn last(&self, what: impl Fn(Slot) -> bool) -> u64 {
        self.slots.iter().rposition(|(slot, _)| what(*slot)).map_or(0, |at| at as u64 + 1)
    }

    pub(crate) fn slot(&self, at: u64) -> Slot {
        self.slots[at as usize].0
    }

    pub(crate) fn bytes(&self, at: u64) -> &[u8] {
        &self.slots[at as usize].1
    }

    /// Whether the element at `at` goes on a span that begins at `first`, and reaches up to it.
    pub(crate) fn is_of_span(&self, first: u64, at: u64) -> bool {
        let len = self.bytes(first).len();
        let fits = len <= self.element_size && len == self.bytes(at).len();
        at == first || fits && !at.is_multiple_of(self.ring_slots)
    }

    pub(crate) fn produced(&self) -> u64 {
        self.slots.iter().filter(|(slot, _)| *slot == Slot::Published).count() as u64
    }

    pub(crate) fn has_open_claims(&self) -> bool {
        self.published() < self.claimed()
    }

    pub(crate) fn live_units(&self) -> impl Iterator<Item = usize> + Clone {
        (0..self.units.len()).filter(|&unit| !self.units[unit].is_gone)
    }

    pub(crate) fn live_consumers(&self) -> Vec<u32> {
        let live = self.consumers.iter().enumerate().filter(|(_, consumer)| !consumer.is_gone);
        live.map(|(id, _)| id as u32).collect()
    }

    /// Below this a unit wants nothing any more.
    pub(crate) fn finished(&self, unit: usize) -> u64 {
        let own = &self.units[unit];
        let is_done = |at: u64| match self.slot(at) {
            Slot::Open => false,
            Slot::Abandoned => true,
            Slot::Published => at < own.start || own.fates.get(&at) == Some(&Fate::Done),
        };
        let to = self.readable(unit);
        (own.gate..to).find(|&at| !is_done(at)).unwrap_or(to)
    }

    /// Up to where it may read.
    pub(crate) fn readable(&self, unit: usize) -> u64 {
        let upstream = self.units[unit].upstream.iter().map(|&upstream| self.finished(upstream));
        let readable = upstream.min().unwrap_or(u64::MAX).min(self.published());
        readable.max(self.units[unit].gate)
    }

    pub(crate) fn gate(&self) -> u64 {
        self.live_units().map(|unit| self.finished(unit)).min().unwrap_or(0)
    }

    /// At least and at most so many slots are free. `at_once`: nobody with a thread consumes meanwhile.
    pub(crate) fn room(&self, at_once: bool) -> (u64, u64) {
        let free = |gate: u64| (gate + self.capacity).saturating_sub(self.claimed());
        let least = free(self.gate());
        if at_once || self.units.iter().all(|unit| !unit.has_threads) {
            return (least, least);
        }
        let open = if self.has_open_claims() { self.published() } else { u64::MAX };
        let waits = self.live_units().filter(|&unit| !self.units[unit].has_threads);
        let gate = waits.map(|unit| self.finished(unit)).min().unwrap_or(u64::MAX).min(open);
        (least, free(gate.min(u64::MAX / 2)))
    }

    /// Published elements that are a unit's and not done.
    pub(crate) fn outstanding(&self, unit: usize) -> impl Iterator<Item = u64> {
        let own = &self.units[unit];
        (own.start..self.claimed()).filter(|at| {
            self.slot(*at) == Slot::Published && own.fates.get(at) != Some(&Fate::Done)
        })
    }

    /// What a unit may read and nobody has, or `consumer` got from one that left.
    pub(crate) fn available(&self, unit: usize, consumer: u32) -> Vec<u64> {
        let readable = self.readable(unit);
        let is_free = |at: &u64| match self.units[unit].fates.get(at) {
            None => true,
            Some(Fate::Left { taker, .. }) => taker.is_none_or(|taker| taker == consumer),
            Some(_) => false,
        };
        self.outstanding(unit).take_while(|&at| at < readable).filter(is_free).collect()
    }

    pub(crate) fn upstream_of(&self, ids: &[u32]) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        for &id in ids {
            let unit = self.consumers[id as usize].unit;
            match self.units[unit].is_gone {
                true => all.extend(&self.units[unit].upstream),
                false => all.extend([unit]),
            }
        }
        all
    }

    pub(crate) fn live_group(&self, number: u32) -> Option<usize> {
        self.live_units().find(|&unit| number != 0 && self.units[unit].group == number)
    }

    pub(crate) fn enter(&mut self, spec: &Spec, is_poller: bool) {
        let id = self.consumers.len() as u32;
        let unit = self.live_group(spec.group).unwrap_or_else(|| {
            self.units.push(Unit {
                group: spec.group,
                upstream: self.upstream_of(&spec.depends_on),
                start: self.claimed(),
                gate: self.published(),
                has_threads: !is_poller,
                ..Unit::default()
            });
            self.units.len() - 1
        });
        self.units[unit].members.push(id);
        self.consumers.push(Consumer {
            unit,
            spec: spec.clone(),
            is_poller,
            is_gone: false,
            batch: None,
            shown_to: 0,
            consumed: 0,
            bytes: 0,
        });
    }

    /// A close has nothing more to wait for.
    pub(crate) fn is_over(&self) -> bool {
        let is_done =
            |unit: usize| !self.units[unit].has_threads || self.finished(unit) == self.claimed();
        let is_drained = || !self.has_open_claims() && self.live_units().all(is_done);
        self.is_closed && (self.is_halted || is_drained())
    }

    pub(crate) fn leave(&mut self, id: u32) {
        let is_over = self.is_over();
        let consumer = &mut self.consumers[id as usize];
        consumer.is_gone = true;
        consumer.batch = None;
        let unit = consumer.unit;
        self.pieces += 1;
        let left = Fate::Left { piece: self.pieces, taker: None };
        for fate in self.units[unit].fates.values_mut() {
            let had = match *fate {
                Fate::HeldBy(holder) => holder == id,
                Fate::Left { taker, .. } => taker == Some(id),
                Fate::Done => false,
            };
            if had {
                *fate = left;
            }
        }
        let members = &self.units[unit].members;
        if members.iter().all(|&member| self.consumers[member as usize].is_gone) {
            self.units[unit].is_gone = true;
            self.units[unit].left_late = is_over;
            let inherited = self.units[unit].upstream.clone();
            for other in &mut self.units {
                if other.upstream.remove(&unit) {
                    other.upstream.extend(&inherited);
                }
            }
        }
    }

    /// Threads take whatever they may.
    pub(crate) fn threads_run(&mut self) {
        for unit in 0..self.units.len() {
            let own = &self.units[unit];
            if own.is_gone || !own.has_threads || self.is_halted {
                continue;
            }
            let readable = self.readable(unit);
            let more: Vec<u64> = self.outstanding(unit).take_while(|&at| at < readable).collect();
            let own = &mut self.units[unit];
            own.fates.extend(more.iter().map(|&at| (at, Fate::Done)));
            own.delivered.extend(more);
        }
    }

    /// A consumer got `first..end` by a poll.
    pub(crate) fn shown(&mut self, id: u32, first: u64, end: u64) {
        let consumer = &mut self.consumers[id as usize];
        consumer.batch = Some((first, end));
        consumer.shown_to = consumer.shown_to.max(end);
        let fates = &mut self.units[consumer.unit].fates;
        for at in first..end {
            if let Some(Fate::Left { piece, .. }) = fates.insert(at, Fate::HeldBy(id)) {
                let rest = fates.values_mut().filter(
                    |fate| matches!(**fate, Fate::Left { piece: other, .. } if other == piece),
                );
                rest.for_each(|fate| *fate = Fate::Left { piece, taker: Some(id) });
            }
        }
    }

    /// A poller of its own polls again: what it held is like new.
    pub(crate) fn put_back(&mut self, id: u32) {
        let consumer = &mut self.consumers[id as usize];
        if let Some((first, end)) = consumer.batch.take() {
            let fates = &mut self.units[consumer.unit].fates;
            fates.retain(|at, _| !(first..end).contains(at));
        }
    }

    pub(crate) fn release(&mut self, id: u32, count: u64) {
        let consumer = &mut self.consumers[id as usize];
        let Some((first, end)) = consumer.batch.filter(|_| count > 0) else { return };
        let to = first + count;
        consumer.batch = (to < end).then_some((to, end));
        consumer.consumed += count;
        let bytes = self.slots[first as usize..to as usize].iter();
        consumer.bytes += bytes.map(|(_, bytes)| bytes.len() as u64).sum::<u64>();
        let unit = &mut self.units[consumer.unit];
        unit.fates.extend((first..to).map(|at| (at, Fate::Done)));
    }
}
