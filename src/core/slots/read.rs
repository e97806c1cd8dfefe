//! The consumers' side of the slots: what they read between publish and finish (I2, I3).

use super::{ABANDONED, Slots};
use crate::core::barrier::Readable;
use crate::core::element::{Element, Span};
use crate::core::sequence::Position;
use crate::sync::prefetch;

impl Slots {
    /// The element in a readable slot, or `None` if the slot was abandoned.
    #[inline]
    pub(crate) fn read(&self, span: &Readable, at: Position) -> Option<Element> {
        debug_assert!(span.contains(at));
        let index = self.index(at);
        if !self.is_uneven() {
            return Some(self.even(index));
        }
        match self.length(index) {
            ABANDONED => None,
            length => Some(self.element(index, length as usize)),
        }
    }

    /// Begins to fetch an element that is about to be given to a consumer: meanwhile the batch is put together.
    #[inline(always)]
    pub(crate) fn prefetch(&self, at: Position) {
        prefetch(self.in_slot(self.index(at)));
    }

    #[inline]
    fn even(&self, index: usize) -> Element {
        self.watch.read(index);
        Element { data: self.in_slot(index), len: self.shape.element_size }
    }

    #[inline]
    fn element(&self, index: usize, len: usize) -> Element {
        self.watch.read(index);
        let fits = len <= self.shape.element_size;
        Element { data: if fits { self.in_slot(index) } else { self.spilled(index) }, len }
    }

    /// Collects the elements from `from` on into `elements`: none from `to` on, none across an abandoned
    /// slot. Returns the position behind the last one, and their bytes.
    #[inline]
    pub(crate) fn gather(
        &self,
        readable: &Readable,
        from: Position,
        to: Position,
        elements: &mut Vec<Element>,
    ) -> (Position, u64) {
        debug_assert!(from >= to || readable.contains(from) && to <= readable.to());
        if !self.is_uneven() {
            let len = self.shape.element_size;
            elements.extend((from..to).map(|at| self.even(self.index(at))));
            return (to, (to - from) * len as u64);
        }
        let (mut at, mut bytes) = (from, 0);
        while at < to
            && let Some(element) = self.read(readable, at)
        {
            bytes += element.len as u64;
            elements.push(element);
            at += 1;
        }
        (at, bytes)
    }

    /// The elements from `from` on, below `to`, that are one span: of equal length, and not beyond the
    /// last slot. None of them was abandoned, or the span is empty.
    #[inline]
    pub(crate) fn span(&self, readable: &Readable, from: Position, to: Position) -> Span {
        debug_assert!(from >= to || readable.contains(from) && to <= readable.to());
        let index = self.index(from);
        let most = to.saturating_sub(from).min(self.mask + 1 - index as u64) as usize;
        let stride = self.stride;
        if !self.is_uneven() {
            let (data, length) = (self.in_slot(index), self.shape.element_size);
            (index..index + most).for_each(|index| self.watch.read(index));
            return Span { data, stride, length, count: most };
        }
        let Some(Element { data, len: length }) =
            (most > 0).then(|| self.read(readable, from)).flatten()
        else {
            return Span::EMPTY;
        };
        let count = match length > self.shape.element_size {
            true => 1, // In a buffer of its own.
            false => {
                let is_equal = |&at: &usize| {
                    self.watch.read(at);
                    self.length(at) as usize == length
                };
                (index..index + most).take_while(is_equal).count()
            }
        };
        Span { data, stride, length, count }
    }

    /// How many of these slots were abandoned.
    pub(crate) fn count_abandoned(&self, span: &Readable) -> u64 {
        (span.from()..span.to()).filter(|&at| self.read(span, at).is_none()).count() as u64
    }

    #[cold]
    fn spilled(&self, index: usize) -> *mut u8 {
        // SAFETY: readable, so nobody writes it; its length says that it spilled, so there is a buffer.
        self.spills[index].with(|cell| unsafe { *cell }).expect("a long element spilled").as_ptr()
    }
}
