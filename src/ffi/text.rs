//! Strings: C's in, ours out.

use std::ffi::{CStr, c_char};

use super::arguments::bad;
use crate::core::{Error, Problem};

/// The longest beginning of `text` that has at most `most` bytes and no half characters.
pub(super) fn fitting(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The caller's string, `None` if there is none.
///
/// # Safety
/// `string` is NULL or points to a NUL-terminated string that stays as it is for `'a`.
pub(super) unsafe fn optional<'a>(
    string: *const c_char,
    name: &'static str,
) -> Result<Option<&'a str>, Error> {
    if string.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, the rest as promised by the caller.
    let string = unsafe { CStr::from_ptr(string) };
    string
        .to_str()
        .map(Some)
        .map_err(|error| bad(name, Problem::NotUtf8 { at: error.valid_up_to() }))
}

/// As much of `text` as fits into a field that is filled up with NULs, of which there is at least
/// one.
pub(super) fn fixed<const N: usize>(text: &str) -> [c_char; N] {
    let mut field = [0; N];
    for (place, byte) in field.iter_mut().zip(fitting(text, N - 1).bytes()) {
        *place = byte as c_char;
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_stay_whole() {
        assert_eq!(fitting("h\u{e9}", 3), "h\u{e9}");
        assert_eq!(fitting("h\u{e9}", 2), "h");
        assert_eq!(fitting("\u{20ac}", 2), "");
        assert_eq!(fixed::<4>("ab\u{e9}"), [b'a' as c_char, b'b' as c_char, 0, 0]);
    }
}
