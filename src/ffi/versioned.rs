//! Structs that begin with their own size, so that fields can be added at their end.
//!
//! A caller's struct may be older than this library (it ends earlier, after some field) or newer
//! (it goes on; then what goes on must be zero: the caller does not use it). Structs are copied
//! byte by byte, so nothing is asked of their alignment.

use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use super::arguments::{bad, not_null};
use crate::core::{Error, Problem};

/// A larger struct comes from no version but from memory that was never initialised.
const LARGEST: usize = 4096;

/// A struct of the header that begins with `struct_size`.
///
/// # Safety `repr(C)`, the first field is `struct_size: usize`, there is no padding, and every
/// pattern of bits that a C program can store in a field is a value of the field's type.
/// [`versioned!`] sees to all but the last.
pub(super) unsafe trait Versioned: Copy {
    /// Where each field begins.
    const FIELDS: &'static [usize];
}

/// Implements [`Versioned`] from the list of all fields.
macro_rules! versioned {
    ($type:ident { struct_size, $($field:ident),+ $(,)? }) => {
        // SAFETY: checked below, but for the values: they are numbers, pointers and pointers to
        // functions that may be NULL.
        unsafe impl $crate::ffi::versioned::Versioned for $type {
            const FIELDS: &'static [usize] = &[0, $(std::mem::offset_of!($type, $field)),+];
        }
        const _: () = {
            const fn size_of_field<S, F>(_: fn(&S) -> &F) -> usize {
                size_of::<F>()
            }
            let mut sum = size_of_field::<$type, usize>(|it| &it.struct_size);
            $(sum += size_of_field(|it: &$type| &it.$field);)+
            // Every field is listed, `struct_size` is the first, and nothing lies between them or
            // behind them. (With 32 bits there may be padding in a struct; then C's own rules
            // decide where a field ends.)
            assert!(sum == size_of::<$type>() || size_of::<usize>() != 8);
            assert!(std::mem::offset_of!($type, struct_size) == 0);
        };
    };
}
pub(super) use versioned;

/// Reads a caller's struct; what it does not have is as in the default.
///
/// # Safety
/// `from` is NULL or points to a struct of the size that it carries.
pub(super) unsafe fn read<T: Versioned + Default>(
    from: *const T,
    name: &'static str,
) -> Result<T, Error> {
    let from = not_null(from, name)?;
    // SAFETY: promised by the caller.
    let size = unsafe { size_of_callers(from, name) }?;
    let mut value = T::default();
    let known = size.min(size_of::<T>());
    // SAFETY: both have `known` bytes, and any bytes make values (`Versioned`).
    unsafe { ptr::copy_nonoverlapping(from.as_ptr().cast::<u8>(), (&raw mut value).cast(), known) };
    Ok(value)
}

/// A caller's struct that is going to be filled.
pub(super) struct Place<'a, T> {
    at: NonNull<T>,
    size: usize,
    callers: PhantomData<&'a mut T>,
}

impl<T: Versioned> Place<'_, T> {
    /// Checks the struct's size.
    ///
    /// # Safety `at` is NULL or points to a struct of the size that it carries, which nobody else
    /// uses as long as this lives.
    pub(super) unsafe fn new(at: *mut T, name: &'static str) -> Result<Self, Error> {
        let at = not_null(at, name)?;
        // SAFETY: promised by the caller.
        let size = unsafe { size_of_callers(at, name) }?;
        Ok(Self { at, size, callers: PhantomData })
    }

    /// Fills in as much as the caller has room for, and leaves its `struct_size` alone.
    pub(super) fn fill(self, value: &T) {
        const SKIP: usize = size_of::<usize>();
        let known = self.size.min(size_of::<T>());
        // SAFETY: both have `known` bytes, at least `SKIP`; the caller's are free to be written.
        unsafe {
            ptr::copy_nonoverlapping(
                ptr::from_ref(value).cast::<u8>().add(SKIP),
                self.at.as_ptr().cast::<u8>().add(SKIP),
                known - SKIP,
            );
        }
    }
}

/// What `struct_size` says, if that can be.
///
/// # Safety
/// `from` points to a struct of the size that it carries.
unsafe fn size_of_callers<T: Versioned>(
    from: NonNull<T>,
    name: &'static str,
) -> Result<usize, Error> {
    let known = size_of::<T>();
    let bytes = from.as_ptr().cast::<u8>();
    // SAFETY: a caller's struct has this field, whatever else it has.
    let size = unsafe { bytes.cast::<usize>().read_unaligned() };
    let ends_with_a_field = size == known || size > 0 && T::FIELDS.contains(&size);
    if !ends_with_a_field && !(known..=LARGEST).contains(&size) {
        return Err(bad(name, Problem::StructSize { value: size, known, max: LARGEST }));
    }
    // SAFETY: the struct has `size` bytes.
    match (known..size).find(|&at| unsafe { bytes.add(at).read() } != 0) {
        None => Ok(size),
        Some(at) => Err(bad(name, Problem::StructTail { value: size, at })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct example_t {
        struct_size: usize,
        first: u32,
        second: u32,
        third: u64,
    }
    versioned!(example_t { struct_size, first, second, third });

    impl Default for example_t {
        fn default() -> Self {
            Self { struct_size: size_of::<Self>(), first: 1, second: 2, third: 3 }
        }
    }

    /// A caller's memory: an example of `size` bytes, all its fields 7, in front of other bytes.
    fn callers(size: usize) -> [u64; 6] {
        [size as u64, 7 << 32 | 7, 7, 0, 0, 0]
    }

    fn read_it(memory: &mut [u64; 6]) -> Result<example_t, Error> {
        // SAFETY: no test gives a size that is accepted and larger than the memory.
        unsafe { read((&raw mut *memory).cast(), "example") }
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn an_older_struct_ends_with_any_field() {
        let numbers = |size| {
            let read = read_it(&mut callers(size)).expect("ends with a field");
            (read.first, read.second, read.third)
        };
        assert_eq!(numbers(8), (1, 2, 3));
        assert_eq!(numbers(12), (7, 2, 3));
        assert_eq!(numbers(16), (7, 7, 3));
        assert_eq!(numbers(24), (7, 7, 7));
        for size in [0, 1, 7, 9, 13, 17, 23, LARGEST + 1, usize::MAX] {
            let refused = Problem::StructSize { value: size, known: 24, max: LARGEST };
            assert_eq!(read_it(&mut callers(size)), Err(bad("example", refused)));
        }
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_newer_struct_ends_with_zeros() {
        let mut memory = callers(33);
        assert!(read_it(&mut memory).is_ok());
        memory[3] = 1 << 40;
        let refused = Problem::StructTail { value: 33, at: 29 };
        assert_eq!(read_it(&mut memory), Err(bad("example", refused)));
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn no_more_is_filled_than_there_is() {
        let fill = |size| {
            let mut memory = callers(size);
            // SAFETY: the memory is larger than the struct.
            let place = unsafe { Place::new((&raw mut memory).cast(), "example") };
            place.expect("a good size").fill(&example_t::default());
            memory
        };
        assert_eq!(fill(8), [8, 7 << 32 | 7, 7, 0, 0, 0]);
        assert_eq!(fill(12), [12, 7 << 32 | 1, 7, 0, 0, 0]);
        assert_eq!(fill(24), [24, 2 << 32 | 1, 3, 0, 0, 0]);
        assert_eq!(fill(40), [40, 2 << 32 | 1, 3, 0, 0, 0]);
    }
}
