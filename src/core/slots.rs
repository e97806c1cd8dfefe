//! The preallocated memory: payload, lengths, spill. All unsafe access to slots is in here.
//!
//! A slot belongs to its claimant between claim and publish (`write`), and to the consumers from publish
//! until the last gating one has finished it (`read`; I2). `Claim` and `Readable` stand for these two
//! rights: only the sequencer makes claims, only a barrier makes readable spans.

mod read;
mod write;

use std::alloc::{Layout, dealloc};
use std::ptr::NonNull;

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
            payload: Array::of_zeros(region, payload),
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

    fn spill_layout(&self) -> Layout {
        Layout::from_size_align(self.shape.max_element_size, self.shape.alignment)
            .expect("checked when the ring was made")
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
