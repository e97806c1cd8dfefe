//! The preallocated memory: payload, lengths, spill. All unsafe access to slots is in this file.
//!
//! A slot belongs to its claimant between claim and publish, and to the consumers from publish until
//! the last gating one has finished it (I2). [`Claim`] and [`Readable`] stand for these two rights:
//! only the sequencer makes claims, only a barrier makes readable spans.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::{NonNull, copy_nonoverlapping};

use super::barrier::Readable;
use super::claim::Claim;
use super::element::{Element, Span};
use super::error::Error;
use super::region::{Array, Part, Plan, Region, THE_RING};
use super::sequence::{Padded, Position};
use crate::sync::{AtomicBool, Byte, Ordering, Shared, UnsafeCell, Watch, try_vec};

/// In place of a length: nothing here, skip this slot.
const ABANDONED: u32 = u32::MAX;

/// The longest element that any disruptor takes, so that every length fits its 32 bits.
pub(crate) const LONGEST: usize = ABANDONED as usize - 1;

/// How large, how aligned, how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// A power of two, at least the ring's capacity.
    pub(crate) slots: usize,
    /// Bytes in each slot.
    pub(crate) element_size: usize,
    /// At least `element_size`; longer elements than that spill.
    pub(crate) max_element_size: usize,
    /// A power of two.
    pub(crate) alignment: usize,
}

/// Where the slots will lie in the region.
#[derive(Debug)]
pub(crate) struct SlotParts {
    lengths: Part<UnsafeCell<u32>>,
    payload: Part<Byte>,
    shape: Shape,
    stride: usize,
}

/// A buffer for elements that are longer than a slot. Made once, then kept for reuse.
type Spill = UnsafeCell<Option<NonNull<u8>>>;

#[derive(Debug)]
pub(crate) struct Slots {
    payload: Array<Byte>,
    /// By slot. Written only when a length differs from the one that is there: in a stream of equal
    /// elements these lines are never written again, and stay in everybody's cache.
    lengths: Array<UnsafeCell<u32>>,
    /// Some length is or was not `element_size`. Set before such a length is written, and never
    /// cleared; the publication of the slot carries it to its readers. As long as it is not set, nobody
    /// needs to look at the lengths at all.
    uneven: Padded<AtomicBool>,
    pub(crate) watch: Watch,
    /// One for each slot, or none at all when every element fits its slot.
    spills: Vec<Spill>,
    shape: Shape,
    stride: usize,
    mask: u64,
}

// SAFETY: each slot is used by whoever has the right to it (module text), one at a time for writing.
unsafe impl Send for Slots {}
// SAFETY: as above.
unsafe impl Sync for Slots {}

impl Slots {
    pub(crate) fn plan(plan: &mut Plan, shape: Shape) -> Result<SlotParts, Error> {
        let too_large = Error::OutOfMemory { what: THE_RING, bytes: usize::MAX };
        let stride = shape.element_size.checked_next_multiple_of(shape.alignment);
        let stride = stride.ok_or(too_large)?;
        Layout::from_size_align(shape.max_element_size, shape.alignment).map_err(|_| too_large)?;
        let bytes = stride.checked_mul(shape.slots).ok_or(too_large)?;
        Ok(SlotParts {
            lengths: plan.add(shape.slots, align_of::<u32>())?,
            payload: plan.add(bytes, shape.alignment)?,
            shape,
            stride,
        })
    }

    pub(crate) fn new(region: &Shared<Region>, parts: SlotParts) -> Result<Self, Error> {
        let SlotParts { lengths, payload, shape, stride } = parts;
        let mut spills = Vec::new();
        if shape.max_element_size > shape.element_size {
            spills = try_vec(shape.slots)?;
            spills.resize_with(shape.slots, || UnsafeCell::new(None));
        }
        Ok(Self {
            payload: Array::fill(region, payload, || Byte::new(0)),
            lengths: Array::fill(region, lengths, || UnsafeCell::new(shape.element_size as u32)),
            uneven: Padded(AtomicBool::new(false)),
            watch: Watch::new(shape.slots),
            spills,
            shape,
            stride,
            mask: shape.slots as u64 - 1,
        })
    }

    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    #[inline(always)]
    fn index(&self, at: Position) -> usize {
        (at & self.mask) as usize
    }

    #[inline(always)]
    fn in_slot(&self, index: usize) -> *mut u8 {
        // SAFETY: `index` is below the number of slots, so this stays within the payload.
        unsafe { self.payload.base().as_ptr().cast::<u8>().add(index * self.stride) }
    }

    /// Copies an element into a claimed slot.
    ///
    /// Fails only when the element spills, the slot has no buffer yet and there is no memory for one.
    #[inline]
    pub(crate) fn write(&self, claim: &Claim, at: Position, bytes: &[u8]) -> Result<(), Error> {
        debug_assert!(claim.contains(at) && bytes.len() <= self.shape.max_element_size);
        if bytes.len() <= self.shape.element_size {
            self.write_in_slot(claim, at, bytes);
            return Ok(());
        }
        let index = self.index(at);
        let place = self.spill_for(index)?;
        self.watch.written(index);
        // SAFETY: the claim gives this slot's buffer to us alone (I2); it has room for the longest.
        unsafe { copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) };
        self.set_length(index, bytes.len() as u32);
        Ok(())
    }

    /// Copies an element that is not longer than a slot.
    #[inline(always)]
    pub(crate) fn write_in_slot(&self, claim: &Claim, at: Position, bytes: &[u8]) {
        debug_assert!(claim.contains(at) && bytes.len() <= self.shape.element_size);
        let index = self.index(at);
        self.watch.written(index);
        // SAFETY: the claim gives this slot to us alone (I2), and the bytes fit.
        unsafe { copy(bytes, self.in_slot(index)) };
        self.set_length(index, bytes.len() as u32);
    }

    /// Marks a claimed slot as one that consumers skip.
    pub(crate) fn abandon(&self, claim: &Claim, at: Position) {
        debug_assert!(claim.contains(at));
        self.set_length(self.index(at), ABANDONED);
    }

    /// Gives an open claim's slots the length that they have until the caller says otherwise.
    #[inline]
    pub(crate) fn set_default_lengths(&self, claim: &Claim) {
        if self.is_uneven() {
            for at in claim.positions() {
                self.set_length(self.index(at), self.shape.element_size as u32);
            }
        }
    }

    /// Looks at the lengths that the caller of an open claim has written: the first one that is too
    /// long, by its place in the claim.
    pub(crate) fn check_lengths(
        &self,
        first: Position,
        count: usize,
    ) -> Result<(), (usize, usize)> {
        let max = self.shape.element_size as u32;
        let lengths = (first..).take(count).map(|at| self.length(self.index(at)));
        for (index, length) in lengths.enumerate() {
            if length > max {
                return Err((index, length as usize));
            }
            if length != max {
                self.set_uneven();
            }
        }
        Ok(())
    }

    /// Where slot 0 is.
    pub(crate) fn base(&self) -> *mut u8 {
        self.in_slot(0)
    }

    /// Bytes from slot to slot.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Where slot 0's length is.
    pub(crate) fn lengths(&self) -> *mut u32 {
        self.lengths.base().as_ptr().cast()
    }

    #[inline(always)]
    fn set_length(&self, index: usize, length: u32) {
        if length != self.shape.element_size as u32 {
            self.set_uneven();
        } else if !self.is_uneven() {
            return;
        }
        // SAFETY: callers hold the claim on this slot (I2).
        if self.length(index) != length {
            // SAFETY: as above.
            self.lengths[index].with_mut(|cell| unsafe { *cell = length });
        }
    }

    /// The length in a slot that nobody else writes at present.
    #[inline(always)]
    fn length(&self, index: usize) -> u32 {
        // SAFETY: callers have claimed the slot (I2), or may read it (I3).
        self.lengths[index].with(|cell| unsafe { *cell })
    }

    #[inline(always)]
    fn is_uneven(&self) -> bool {
        self.uneven.load(Ordering::Relaxed)
    }

    /// For the header's inline functions.
    pub(crate) fn uneven(&self) -> *mut bool {
        std::ptr::from_ref(&*self.uneven).cast_mut().cast()
    }

    #[inline]
    pub(crate) fn set_uneven(&self) {
        if !self.is_uneven() {
            self.uneven.store(true, Ordering::Relaxed);
        }
    }

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

    fn spill_layout(&self) -> Layout {
        Layout::from_size_align(self.shape.max_element_size, self.shape.alignment)
            .expect("checked when the ring was made")
    }

    /// The spill buffer of a claimed slot. It has the largest size at once, so that a slot allocates
    /// no more than one time.
    #[cold]
    fn spill_for(&self, index: usize) -> Result<*mut u8, Error> {
        let layout = self.spill_layout();
        self.spills[index].with_mut(|cell| {
            // SAFETY: the caller's claim gives this slot, and with it its spill buffer, to us alone.
            let spill = unsafe { &mut *cell };
            if spill.is_none() {
                // SAFETY: larger than `element_size`, so not of size zero.
                *spill = NonNull::new(unsafe { alloc(layout) });
            }
            let refused = Error::OutOfMemory { what: "a spill buffer", bytes: layout.size() };
            spill.map(NonNull::as_ptr).ok_or(refused)
        })
    }

    #[cold]
    fn spilled(&self, index: usize) -> *mut u8 {
        // SAFETY: readable, so nobody writes it; its length says that it spilled, so there is a buffer.
        self.spills[index].with(|cell| unsafe { *cell }).expect("a long element spilled").as_ptr()
    }
}

/// Copies, for the most common lengths without a call.
///
/// # Safety
/// `place` has room for the bytes and is nobody else's.
#[inline(always)]
unsafe fn copy(bytes: &[u8], place: *mut u8) {
    let from = bytes.as_ptr();
    // SAFETY: promised by the caller.
    unsafe {
        match bytes.len() {
            8 => copy_nonoverlapping(from, place, 8),
            16 => copy_nonoverlapping(from, place, 16),
            64 => copy_nonoverlapping(from, place, 64),
            len => copy_nonoverlapping(from, place, len),
        }
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        for spill in &self.spills {
            // SAFETY: nobody else is left.
            if let Some(buffer) = spill.with(|cell| unsafe { *cell }) {
                // SAFETY: allocated in `spill_for` with this layout.
                unsafe { dealloc(buffer.as_ptr(), self.spill_layout()) };
            }
        }
    }
}
