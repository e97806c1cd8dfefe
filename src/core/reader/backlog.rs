//! How much there is behind a batch.

use super::{Gathered, Reader};
use crate::core::barrier::Readable;
use crate::core::sequence::Position;
use crate::core::stream::Stream;

impl Reader {
    /// How many elements this reader could get behind a batch that ends at `end`. In a group: unless
    /// another member is faster.
    #[inline]
    pub(super) fn backlog(&mut self, stream: &Stream, readable: &Readable, end: Position) -> u64 {
        let Some((group, _)) = &self.group else {
            return self.gaps.elements(stream, readable, end, readable.to());
        };
        let (left_to_me, untaken) = match self.left_to_me {
            Some(to) => (self.gaps.elements(stream, readable, end, to), group.cursor()),
            None => (0, end),
        };
        let untaken = self.gaps.elements(stream, readable, untaken, readable.to());
        left_to_me + untaken + group.elements_left_behind()
    }

    /// Looks again what there is behind a batch that is shown again.
    pub(crate) fn renew_backlog(&mut self, stream: &Stream, gathered: &mut Gathered) {
        // From where this reader's hand is: what it has released is no longer its to look at.
        let Ok(readable) = self.barrier.look(stream, self.next) else { return };
        let untaken = match (&self.group, self.left_to_me) {
            (Some((group, _)), None) => group.cursor(),
            _ => gathered.end,
        };
        gathered.backlog = self.backlog(stream, &readable, untaken);
    }
}
