//! Checks of what comes in from C. What cannot be checked, that a pointer which is not NULL leads
//! to what the header asks for, is the caller's promise; the SAFETY reasons call it that.

use std::ptr::NonNull;
use std::slice;

use crate::core::{BadArgument, Error, Problem};

#[cold]
pub(super) fn bad(name: &'static str, problem: Problem) -> Error {
    Error::InvalidArgument(BadArgument { name, problem })
}

/// A pointer that is not NULL.
#[inline]
pub(super) fn not_null<T>(pointer: *const T, name: &'static str) -> Result<NonNull<T>, Error> {
    NonNull::new(pointer.cast_mut()).ok_or_else(|| bad(name, Problem::Null))
}

/// A pointer that is not NULL and may point to a `T`.
#[inline]
pub(super) fn pointer<T>(pointer: *const T, name: &'static str) -> Result<NonNull<T>, Error> {
    let there = not_null(pointer, name)?;
    if !there.is_aligned() {
        return Err(bad(name, Problem::Misaligned { align: align_of::<T>() }));
    }
    Ok(there)
}

/// The same where NULL is fine.
#[inline]
pub(super) fn optional<T>(
    place: *const T,
    name: &'static str,
) -> Result<Option<NonNull<T>>, Error> {
    if place.is_null() { Ok(None) } else { pointer(place, name).map(Some) }
}

/// Checks the pointer to an array of `count`, the argument `counter`. NULL is fine for 0 elements,
/// and where there are none the pointer does not matter.
#[inline]
pub(super) fn array<T>(
    first: *const T,
    name: &'static str,
    count: usize,
    counter: &'static str,
) -> Result<NonNull<T>, Error> {
    if count == 0 {
        return Ok(NonNull::dangling());
    }
    if first.is_null() {
        return Err(bad(name, Problem::NullArray { counter, count: count as u64 }));
    }
    pointer(first, name)
}

/// The caller's array, once [`array()`] has checked its pointer.
///
/// # Safety
/// `first` points to `count` elements that stay as they are for `'a`, or `count` is 0.
#[inline]
pub(super) unsafe fn elements<'a, T>(
    first: NonNull<T>,
    count: usize,
    counter: &'static str,
) -> Result<&'a [T], Error> {
    let max = isize::MAX as usize / size_of::<T>();
    if count > max {
        return Err(bad(counter, Problem::Range { value: count as u64, min: 0, max: max as u64 }));
    }
    // SAFETY: promised by the caller, and not larger than memory.
    Ok(unsafe { slice::from_raw_parts(first.as_ptr(), count) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_misaligned_are_told_apart() {
        let number = 5u64;
        assert!(pointer(&raw const number, "out").is_ok());
        assert_eq!(pointer::<u64>(std::ptr::null(), "out"), Err(bad("out", Problem::Null)));
        let crooked = (&raw const number).wrapping_byte_add(1);
        assert_eq!(pointer(crooked, "out"), Err(bad("out", Problem::Misaligned { align: 8 })));
        assert_eq!(optional::<u64>(std::ptr::null(), "out"), Ok(None));
    }

    #[test]
    fn an_array_of_none_needs_no_pointer() {
        let none = std::ptr::null::<u32>();
        assert!(array(none, "ids", 0, "max").is_ok());
        let missing = Problem::NullArray { counter: "max", count: 2 };
        assert_eq!(array(none, "ids", 2, "max"), Err(bad("ids", missing)));
    }

    #[test]
    fn an_array_is_not_larger_than_memory() {
        // SAFETY: refused before anything is read.
        let refused = unsafe { elements(NonNull::<u64>::dangling(), usize::MAX, "count") };
        assert!(matches!(refused, Err(Error::InvalidArgument(BadArgument { name: "count", .. }))));
    }
}
