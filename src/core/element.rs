//! Elements: as their producers bring them, and as their consumers see them, one by one or many in a piece of the ring.

/// The bytes of an element that is to be copied into the ring.
///
/// # Safety
/// While this is borrowed every call of `bytes` returns the same slice, and nobody writes to it: its length is checked once
/// and relied on.
pub unsafe trait Bytes {
    /// The bytes.
    fn bytes(&self) -> &[u8];
}

/// The bytes of one element, in its slot or in the slot's spill buffer.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Element {
    /// The first byte; never null, also when `len` is 0.
    pub data: *mut u8,
    /// Bytes.
    pub len: usize,
}

/// Elements of equal length in slots that follow one another in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first element's first byte; never null.
    pub data: *mut u8,
    /// Bytes from one element to the next.
    pub stride: usize,
    /// Bytes of each element.
    pub length: usize,
    /// Elements.
    pub count: usize,
}

impl Span {
    pub(crate) const EMPTY: Self =
        Self { data: std::ptr::dangling_mut(), stride: 0, length: 0, count: 0 };

    pub(crate) fn first(self, count: usize) -> Self {
        debug_assert!(count <= self.count);
        Self { count, ..self }
    }

    pub(crate) fn after(self, count: usize) -> Self {
        debug_assert!(count <= self.count);
        let data = self.data.wrapping_add(count * self.stride);
        Self { data, count: self.count - count, ..self }
    }
}
