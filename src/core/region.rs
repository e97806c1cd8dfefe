//! The one block of memory that producers and consumers share.
//!
//! Positions, lengths, marks and payload lie in a single aligned allocation, made and touched at
//! creation, without a pointer into itself. [`Plan`] adds the parts up, [`Region`] is the block, an
//! [`Array`] one part of it.

use std::alloc::{Layout, alloc, dealloc};
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use super::error::Error;
use crate::sync::pages::{LARGE_PAGE, prefer_large};
use crate::sync::{Byte, Shared};

/// What a region will hold.
#[derive(Debug)]
pub(crate) struct Plan {
    layout: Layout,
}

/// A part of a plan: where its `count` values of `T` will lie.
#[derive(Debug)]
pub(crate) struct Part<T> {
    offset: usize,
    count: usize,
    of: PhantomData<fn() -> T>,
}

impl Plan {
    pub(crate) fn new() -> Self {
        // Pages: the alignment that every part and every user may ask for, and what gets touched.
        Self { layout: Layout::from_size_align(0, PAGE).expect("a page is a power of two") }
    }

    /// Adds `count` values, the first of them aligned to `align` at least.
    pub(crate) fn add<T>(&mut self, count: usize, align: usize) -> Result<Part<T>, Error> {
        let too_large = Error::OutOfMemory { what: THE_RING, bytes: usize::MAX };
        let array = Layout::array::<T>(count)
            .and_then(|array| array.align_to(align))
            .map_err(|_| too_large)?;
        let (layout, offset) = self.layout.extend(array).map_err(|_| too_large)?;
        self.layout = layout;
        Ok(Part { offset, count, of: PhantomData })
    }

    /// Allocates the region, and writes zeros to all of it, so that every page is there from now on.
    pub(crate) fn allocate(self) -> Result<Shared<Region>, Error> {
        let size = self.layout.pad_to_align().size();
        assert!(size > 0, "a region has at least one part");
        let refused = Error::OutOfMemory { what: THE_RING, bytes: size };
        let align = if size >= LARGE_PAGE { LARGE_PAGE } else { PAGE };
        let layout = Layout::from_size_align(size, align).map_err(|_| refused)?;
        // SAFETY: the layout is not of size zero.
        let base = NonNull::new(unsafe { alloc(layout) }).ok_or(refused)?;
        prefer_large(base, size);
        // SAFETY: the block has so many bytes, and nobody else knows it yet.
        unsafe { base.write_bytes(0, size) };
        let region = Region { base, layout };
        Ok(Shared::try_new(region)?)
    }
}

const PAGE: usize = 4096;

/// What there was no memory for, in the words of the configuration.
pub(crate) const THE_RING: &str = "the ring (capacity, element_size)";

/// The block itself.
#[derive(Debug)]
pub(crate) struct Region {
    base: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the region is memory and nothing else; its arrays answer for what lies in it.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: allocated in `allocate` with this layout; the last owner is gone.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}

/// One value in a region, and a share in keeping it alive.
#[derive(Debug)]
pub(crate) struct Place<T>(Array<T>);

impl<T> Place<T> {
    /// Fills a part for one value. As [`Array::fill`].
    pub(crate) fn fill(region: &Shared<Region>, part: Part<T>, value: T) -> Self {
        assert_eq!(part.count, 1);
        let value = std::cell::Cell::new(Some(value));
        Self(Array::fill(region, part, || value.take().expect("one value")))
    }
}

impl<T> Deref for Place<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: filled in `fill`, kept alive by the share in the region.
        unsafe { self.0.first.as_ref() }
    }
}

/// One part of a region, and a share in keeping it alive.
#[derive(Debug)]
pub(crate) struct Array<T> {
    first: NonNull<T>,
    count: usize,
    _region: Shared<Region>,
}

// SAFETY: an array is a shared slice of T.
unsafe impl<T: Send + Sync> Send for Array<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Array<T> {}

impl Array<Byte> {
    /// A part that stays as it is: zeros.
    pub(crate) fn of_zeros(region: &Shared<Region>, part: Part<Byte>) -> Self {
        assert!(part.offset + part.count <= region.layout.size());
        // SAFETY: the plan reserved this part for `count` bytes.
        let first = unsafe { region.base.add(part.offset).cast() };
        Self { first, count: part.count, _region: region.clone() }
    }
}

impl<T> Array<T> {
    /// Fills a part with values. Taking the part by value makes sure that this happens once. The
    /// values are not dropped with the region: they are plain positions, marks and bytes.
    pub(crate) fn fill(region: &Shared<Region>, part: Part<T>, value: impl Fn() -> T) -> Self {
        assert!(part.offset + part.count * size_of::<T>() <= region.layout.size());
        // SAFETY: the plan reserved this part for `count` aligned values of T, and this is the only
        // use of the part.
        let first = unsafe { region.base.add(part.offset).cast::<T>() };
        for index in 0..part.count {
            // SAFETY: as above.
            unsafe { first.add(index).write(value()) };
        }
        Self { first, count: part.count, _region: region.clone() }
    }

    /// The first value, as a pointer that is good for the whole array.
    pub(crate) fn base(&self) -> NonNull<T> {
        self.first
    }
}

impl<T> Deref for Array<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: filled in `fill`, kept alive by the share in the region.
        unsafe { std::slice::from_raw_parts(self.first.as_ptr(), self.count) }
    }
}
