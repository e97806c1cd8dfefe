//! The claimant's side of the slots: what it writes between claim and publish (I2).

use std::alloc::alloc;
use std::hint::assert_unchecked;
use std::ptr::{NonNull, copy_nonoverlapping};

use super::{ABANDONED, Slots};
use crate::core::claim::Claim;
use crate::core::element::Bytes;
use crate::core::error::Error;
use crate::core::sequence::Position;
use crate::sync::prefetch_to_write;

impl Slots {
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

    /// Copies one element, not longer than a slot, which it begins to fetch before others are done with what came before.
    #[inline(always)]
    pub(crate) fn write_at_once(&self, claim: &Claim, bytes: &[u8]) {
        prefetch_to_write(self.in_slot(self.index(claim.first())));
        self.write_in_slot(claim, claim.first(), bytes);
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

    /// Copies as many elements as were claimed, none of them longer than a slot. `equal` is the length
    /// of all of them, if they have one.
    #[inline]
    pub(crate) fn write_in_slots<T: Bytes>(
        &self,
        claim: &Claim,
        elements: &[T],
        equal: Option<usize>,
    ) {
        match equal {
            // A loop for each of the common lengths, in which the compiler knows it.
            Some(8) => self.write_equal(claim, elements, 8),
            Some(16) => self.write_equal(claim, elements, 16),
            Some(64) => self.write_equal(claim, elements, 64),
            Some(length) => self.write_equal(claim, elements, length),
            None => {
                for (at, element) in claim.positions().zip(elements) {
                    self.write_in_slot(claim, at, element.bytes());
                }
            }
        }
    }

    #[inline(always)]
    fn write_equal<T: Bytes>(&self, claim: &Claim, elements: &[T], length: usize) {
        debug_assert!(elements.len() == claim.count() && length <= self.shape.element_size);
        let (first, stride) = (self.index(claim.first()), self.stride);
        // Up to the last slot, and on from the first.
        let (until_end, from_start) =
            elements.split_at(elements.len().min(self.mask as usize + 1 - first));
        for (first, elements) in [(first, until_end), (0, from_start)] {
            let mut place = self.in_slot(first);
            (first..first + elements.len()).for_each(|index| self.watch.written(index));
            for element in elements {
                let bytes = element.bytes();
                debug_assert!(bytes.len() == length);
                // SAFETY: the caller has measured them, and `Bytes` stay as they are.
                unsafe { assert_unchecked(bytes.len() == length) };
                // SAFETY: the claim gives these slots to us alone (I2), one for each element, and the
                // bytes fit; behind the last one `place` may be behind the payload, and is not used.
                unsafe { copy_nonoverlapping(bytes.as_ptr(), place, length) };
                place = place.wrapping_add(stride);
            }
        }
        if length != self.shape.element_size || self.is_uneven() {
            for at in claim.positions() {
                self.set_length(self.index(at), length as u32);
            }
        }
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

    /// Looks at the first lengths that the caller of a claim has written: which one is too long, by its
    /// place in the claim.
    pub(crate) fn check_lengths(&self, claim: &Claim, count: usize) -> Result<(), (usize, usize)> {
        let max = self.shape.element_size as u32;
        let lengths = claim.positions().take(count).map(|at| self.length(self.index(at)));
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
