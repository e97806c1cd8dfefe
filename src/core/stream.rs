//! The stream: slots, the sequencer that hands them out, the gates that hold it back; and what a look at it tells.
//!
//! There are no bells here. Whoever waits is given this to look at, and nobody can be woken through it (see `ring`).

use std::{iter, mem};

use super::barrier::Readable;
use super::claim::{Fate, Sequencer};
use super::control::Control;
use super::gating::{Gates, Line};
use super::sequence::Position;
use super::slots::Slots;
use crate::sync::steps::{Step, kept};

#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) slots: Slots,
    pub(crate) sequencer: Sequencer,
    pub(crate) gates: Gates,
    pub(crate) control: Control,
    pub(crate) capacity: u64,
}

impl Stream {
    /// Whether the consumer of `line`, before which everything below `published` is published, has to let go of what it holds
    /// back: it is the one that is furthest behind, and the ring is full, or too full for somebody's claim and no element
    /// is on its way.
    pub(crate) fn is_pressed(&self, line: Line, published: Position) -> bool {
        let wanted = self.control.wanted();
        // After what it is compared with: in a group others move the line, and the ring goes on.
        let own = self.gates.finished(line);
        let is_full = published >= own + self.capacity;
        let is_too_full =
            || wanted > own + self.capacity && !self.is_on_its_way(published.max(own));
        (is_full || is_too_full())
            && self.gates.slowest().is_some_and(|(_, slowest)| slowest >= own)
    }

    /// Whether the element at `at`, below which all are published, comes soon: it is claimed, and not in its caller's
    /// hands. What a caller keeps may never come, or not before somebody else gets room.
    ///
    /// So a holder lets go if it finds two things: somebody wants room (`wanted`), and the claim in front of it is open. About
    /// to sleep it executes the heavy fence and looks for both. Who wants room raises `wanted`, executes a full fence, and
    /// rings. Who opens a claim opens it, executes the light fence, and rings if it finds `wanted` raised. What came before
    /// the holder's fence the holder finds. If `wanted` came after it, that ring finds the holder asleep. If only the open
    /// claim did, whoever opened it finds `wanted` raised and the holder asleep: either whoever wants room found the holder
    /// asleep already, or `wanted` was there for all to see before the holder began its fence. That is what the full fence
    /// is for. The holder's is one against each of the others, and does not order these two.
    ///
    /// All others who change what is in front of a holder have published something, or put a claim back, and tell of that.
    fn is_on_its_way(&self, at: Position) -> bool {
        self.sequencer.claimed() > at && self.sequencer.fate(at).0 != Fate::Open
    }

    /// Whether consumers that may hold elements back have to be told that a claim waits for them to get past `gate`; another
    /// try does so (`Ring::press_if_full`). They may have come since it was refused, to a group perhaps, whose line then
    /// stays where it is; or what they were told of lies behind them, and others have claimed more meanwhile.
    pub(crate) fn has_holders_to_tell(&self, gate: Position) -> bool {
        self.control.has_holders() && self.control.wanted() <= gate + self.capacity
    }

    /// Grows, modulo 2^64, with each element that is claimed and with each that somebody finishes.
    pub(crate) fn progress(&self) -> u64 {
        self.gates.sum().wrapping_add(self.sequencer.claimed())
    }

    /// How many elements were accepted; a lower bound while claims go on.
    pub(crate) fn accepted(&self) -> u64 {
        let gate = self.gates.slowest().map_or(0, |(_, finished)| finished);
        let published = self.sequencer.count_published(gate);
        // Looked at last: who finds one published finds it here.
        published.saturating_sub(self.control.abandoned())
    }

    /// How far the consumer of `line` is behind what is published: a lap at most.
    pub(crate) fn lag(&self, line: Line) -> u64 {
        let before = self.gates.finished(line);
        let published = self.sequencer.published(before);
        // It may have gone on meanwhile, and the ring with it: so from where it is now.
        let now = if kept(Step::LagFromNow) { self.gates.finished(line) } else { before };
        // A newcomer may be further back until it has passed what came before it (`Ring::enter`).
        published.saturating_sub(now).min(self.capacity)
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
        // Before the claims: one that is open after that will not be accepted.
        let halt_is_certain = self.control.is_halt_certain();
        let is_over = |fate| match fate {
            Fate::Published => true,
            Fate::Open => halt_is_certain,
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
}

#[cfg(all(test, not(loom)))]
mod tests {
    use crate::core::claim::ProducerMode;
    use crate::core::ring::Ring;
    use crate::core::slots::Shape;
    use crate::core::wait::WaitStrategy;

    #[test]
    fn a_newcomer_that_stands_far_back_is_a_lap_behind() {
        let shape = Shape { slots: 2, element_size: 8, max_element_size: 8, alignment: 8 };
        let ring = Ring::new(shape, 2, 2, ProducerMode::Multi, WaitStrategy::Block);
        let ring = ring.expect("it is small");
        ring.enter(0);
        for end in [2, 4] {
            ring.publish(ring.try_claim(2, 2).expect("there is room"));
            assert_eq!(ring.lag(0), 2);
            ring.finish(0, end);
        }
        assert_eq!(ring.lag(0), 0);
        ring.gates.set(1, 0);
        assert_eq!(ring.lag(1), 2);
    }
}
