//! Passing slots that nobody wants, without taking elements.

use super::{Gathered, Reader};
use crate::core::barrier::GraphChanged;
use crate::core::ring::Ring;

impl Reader {
    /// Finishes abandoned slots, and what came before the consumer, up to the next element; whether there
    /// were any. Not while a batch is out.
    pub(crate) fn pass_gaps(&mut self, ring: &Ring) -> Result<bool, GraphChanged> {
        if self.left_to_me.is_some() {
            // What was left to a member begins with an element.
            return Ok(false);
        }
        let from = self.group.as_ref().map_or(self.next, |(group, _)| group.cursor());
        let readable = self.barrier.look(ring, from)?;
        if readable.len() == 0 {
            return Ok(false);
        }
        let Some((group, seat)) = self.group.clone() else {
            let to = self.skip(ring, &readable, from, readable.to());
            if to > from {
                self.finish_part(ring, to);
            }
            return Ok(to > from);
        };
        let mut has_passed = false;
        if group.hold(seat, from) {
            let to = self.skip(ring, &readable, from, readable.to());
            has_passed = to > from && group.take(seat, from, to);
        }
        group.let_go(ring, seat);
        Ok(has_passed)
    }

    /// Finishes what lies before the first element of a batch.
    pub(crate) fn pass_to_first(&mut self, ring: &Ring, gathered: &Gathered) {
        if gathered.first > self.next {
            self.finish_part(ring, gathered.first);
        }
    }
}
