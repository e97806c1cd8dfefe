//! Allocation that can be refused: what `Box`, `Arc`, `Vec` and `String` of the standard library do
//! by ending the process, these do by saying so.

use std::alloc::{Layout, alloc};
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

/// There was no memory for `bytes` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AllocationRefused {
    pub(crate) bytes: usize,
}

/// A box of `value`, or no memory for it.
pub(crate) fn try_box<T>(value: T) -> Result<Box<T>, AllocationRefused> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        return Ok(Box::new(value));
    }
    // SAFETY: the layout is not of size zero.
    let place = unsafe { alloc(layout) }.cast::<T>();
    if place.is_null() {
        return Err(AllocationRefused { bytes: layout.size() });
    }
    // SAFETY: `place` is new memory of T's layout from the global allocator, which is what a Box owns.
    unsafe {
        place.write(value);
        Ok(Box::from_raw(place))
    }
}

/// An empty vector with room for exactly `capacity`.
pub(crate) fn try_vec<T>(capacity: usize) -> Result<Vec<T>, AllocationRefused> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(capacity)
        .map_err(|_| AllocationRefused { bytes: capacity.saturating_mul(size_of::<T>()) })?;
    Ok(vec)
}

/// A copy of `text`.
pub(crate) fn try_string(text: &str) -> Result<String, AllocationRefused> {
    let mut string = String::new();
    string.try_reserve_exact(text.len()).map_err(|_| AllocationRefused { bytes: text.len() })?;
    string.push_str(text);
    Ok(string)
}

/// `Arc`, made by a constructor that can fail.
#[derive(Debug)]
pub(crate) struct Shared<T>(NonNull<Counted<T>>);

#[derive(Debug)]
struct Counted<T> {
    owners: AtomicUsize,
    value: T,
}

// SAFETY: as for Arc: every owner gets at the value by shared reference, the last one drops it.
unsafe impl<T: Send + Sync> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub(crate) fn try_new(value: T) -> Result<Self, AllocationRefused> {
        let counted = try_box(Counted { owners: AtomicUsize::new(1), value })?;
        Ok(Self(NonNull::from(Box::leak(counted))))
    }

    /// Whether both own the same value.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn counted(&self) -> &Counted<T> {
        // SAFETY: this owner is counted, so the memory is there.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.counted().value
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        // Relaxed: a new owner comes from an old one, which keeps the count above zero.
        self.counted().owners.fetch_add(1, Ordering::Relaxed);
        Self(self.0)
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // Release: what this owner did to the value comes before the last owner drops it; acquire: so
        // does what the others did, if this one is the last.
        if self.counted().owners.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: the last owner; the memory came from a Box in `try_new`.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}
