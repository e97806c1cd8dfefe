//! The preallocated memory: payload, lengths, spill. All unsafe access to slots is in this file.
//!
//! A slot belongs to its claimant between claim and publish, and to the consumers from publish until
//! the last gating one has finished it (I2). [`Claim`] and [`Readable`] stand for these two rights:
//! only the sequencer makes claims, only a barrier makes readable spans.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::{NonNull, copy_nonoverlapping};

use super::barrier::Readable;
use super::claim::Claim;
use super::error::Error;
use super::region::{Array, Part, Plan, Region, THE_RING};
use super::sequence::Position;
use crate::sync::{Byte, Shared, UnsafeCell, try_vec};

/// The bytes of one element, in its slot or in the slot's spill buffer.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Element {
    /// The first byte; never null, also when `len` is 0.
    pub data: *mut u8,
    /// Bytes.
    pub len: usize,
}

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
    lengths: Array<UnsafeCell<u32>>,
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
            lengths: Array::fill(region, lengths, || UnsafeCell::new(0)),
            spills,
            shape,
            stride,
            mask: shape.slots as u64 - 1,
        })
    }

    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    #[inline]
    fn index(&self, at: Position) -> usize {
        (at & self.mask) as usize
    }

    #[inline]
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
        // SAFETY: the claim gives this slot's buffer to us alone (I2); it has room for the longest.
        unsafe { copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) };
        self.set_length(index, bytes.len() as u32);
        Ok(())
    }

    /// Copies an element that is not longer than a slot.
    #[inline]
    pub(crate) fn write_in_slot(&self, claim: &Claim, at: Position, bytes: &[u8]) {
        debug_assert!(claim.contains(at) && bytes.len() <= self.shape.element_size);
        let index = self.index(at);
        // SAFETY: the claim gives this slot to us alone (I2), and the bytes fit.
        unsafe { copy(bytes, self.in_slot(index)) };
        self.set_length(index, bytes.len() as u32);
    }

    /// Marks a claimed slot as one that consumers skip.
    pub(crate) fn abandon(&self, claim: &Claim, at: Position) {
        debug_assert!(claim.contains(at));
        self.set_length(self.index(at), ABANDONED);
    }

    /// The length that an open claim's slot has until its caller says otherwise.
    #[inline]
    pub(crate) fn set_default_length(&self, claim: &Claim, at: Position) {
        debug_assert!(claim.contains(at));
        self.set_length(self.index(at), self.shape.element_size as u32);
    }

    /// The length in a slot of an open claim. Its caller may still be writing it, if it breaks the
    /// rules; then this is some number.
    pub(crate) fn open_length(&self, at: Position) -> usize {
        // SAFETY: the slot is claimed, so no consumer reads it; its claimant is the one that calls.
        self.lengths[self.index(at)].with(|cell| unsafe { *cell }) as usize
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

    #[inline]
    fn set_length(&self, index: usize, length: u32) {
        // SAFETY: callers hold the claim on this slot (I2).
        self.lengths[index].with_mut(|cell| unsafe { *cell = length });
    }

    /// The element in a readable slot, or `None` if the slot was abandoned.
    #[inline]
    pub(crate) fn read(&self, span: &Readable, at: Position) -> Option<Element> {
        debug_assert!(span.contains(at));
        let index = self.index(at);
        // SAFETY: published and not yet finished, so nobody writes it (I2, I3).
        let length = self.lengths[index].with(|cell| unsafe { *cell });
        if length == ABANDONED {
            return None;
        }
        let len = length as usize;
        let data =
            if len <= self.shape.element_size { self.in_slot(index) } else { self.spilled(index) };
        Some(Element { data, len })
    }

    /// How many of the slots `from..to` were abandoned. Only for slots that nobody writes any more.
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
#[inline]
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
