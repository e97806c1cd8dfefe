//! Elements that are held back until there are several (`min_batch`), and why they are let go.

use super::{Found, Reader, is_at_end};
use crate::core::barrier::Readable;
use crate::core::ring::Ring;
use crate::core::sequence::Position;
use crate::sync::clock::Deadline;

impl Reader {
    /// As `look`, where some elements can be read, for a consumer that wants several at once.
    pub(super) fn look_for_several(
        &mut self,
        ring: &Ring,
        readable: Readable,
        lingering: bool,
    ) -> Option<Found> {
        let from = readable.from();
        let mut few = readable.len();
        if ring.control.abandoned_to() > from {
            let count = |own: &mut Self| {
                let first = own.skip(ring, &readable, from, readable.to());
                (first, own.gaps.elements(ring, &readable, from, readable.to()))
            };
            // Another member may have taken them: then look again.
            let (first, elements) = self.while_held(ring, from, count).unwrap_or((from, 0));
            if first > from {
                return Some(Found::Elements(readable.below(first)));
            }
            few = elements;
        }
        let is_held_back = few < self.batching.least
            && !self.must_let_go(ring, &readable)
            && !self.have_lingered(from);
        match is_held_back {
            true => (!lingering).then_some(Found::TooFew),
            false => Some(Found::Elements(readable)),
        }
    }

    /// Does something with the slots from `from` on, which cannot be claimed again meanwhile. `None` if
    /// another member of the group has taken them.
    fn while_held<R>(
        &mut self,
        ring: &Ring,
        from: Position,
        look: impl FnOnce(&mut Self) -> R,
    ) -> Option<R> {
        let Some((group, seat)) = self.group.clone().filter(|_| self.left_to_me.is_none()) else {
            return Some(look(self));
        };
        let found = group.hold(seat, from).then(|| look(self));
        group.let_go(ring, seat);
        found
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
    fn must_let_go(&mut self, ring: &Ring, readable: &Readable) -> bool {
        let own = ring.gates.finished(self.consumer.line);
        let published = readable.from() + self.barrier.lag(ring, readable.from());
        self.batching.linger_ns == 0
            || readable.from() < self.shown_to
            || self.left_to_me.is_some()
            || ring.control.flush_to() > readable.from()
            || is_at_end(ring, readable)
            || ring.is_pressed(own, published.saturating_sub(own))
    }
}
