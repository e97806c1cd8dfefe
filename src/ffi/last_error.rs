//! The last failure of each thread. It costs a few stores; the sentence is made when somebody asks
//! for it.

use std::cell::Cell;
use std::ffi::{CStr, c_char};
use std::fmt::{self, Write};

use super::text::fitting;
use crate::core::Error;

/// More than the longest sentence, and its NUL.
const ROOM: usize = 512;

struct LastError {
    /// The function that failed, and why.
    failure: Cell<Option<(&'static str, Error)>>,
    /// Whether `text` is of this failure.
    is_written: Cell<bool>,
    text: [Cell<u8>; ROOM],
}

// With nothing to drop, a thread has it until its very end, whatever runs while it ends.
const _: () = assert!(!std::mem::needs_drop::<LastError>());

thread_local! {
    static LAST: LastError = const {
        LastError {
            failure: Cell::new(None),
            is_written: Cell::new(false),
            text: [const { Cell::new(0) }; ROOM],
        }
    };
}

pub(super) fn set(function: &'static str, error: Error) {
    let _ = LAST.try_with(|last| {
        last.failure.set(Some((function, error)));
        last.is_written.set(false);
    });
}

/// The sentence, NUL-terminated; valid until it is asked for after the thread's next failure.
pub(super) fn text() -> *const c_char {
    const NONE: &CStr = c"";
    LAST.try_with(|last| match last.failure.get() {
        Some((function, error)) => {
            if !last.is_written.replace(true) {
                let mut writer = Writer { room: &last.text[..ROOM - 1] };
                // It fails when the room is used up, and then the beginning has to do.
                let _ = write!(writer, "{function}: {error}");
                let end = ROOM - 1 - writer.room.len();
                last.text[end].set(0);
            }
            last.text.as_ptr().cast()
        }
        None => NONE.as_ptr(),
    })
    .unwrap_or(NONE.as_ptr())
}

struct Writer<'a> {
    room: &'a [Cell<u8>],
}

impl Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = fitting(text, self.room.len());
        let (now, rest) = self.room.split_at(fits.len());
        for (cell, byte) in now.iter().zip(fits.bytes()) {
            cell.set(byte);
        }
        self.room = rest;
        if fits.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> &'static str {
        // SAFETY: `text` returns a NUL-terminated string that no test reads after its next failure.
        unsafe { CStr::from_ptr(text()) }.to_str().expect("cut between two characters")
    }

    #[test]
    fn it_names_the_function_of_the_last_failure() {
        assert_eq!(said(), "");
        set("disruptor_close", Error::Closed);
        assert_eq!(said(), "disruptor_close: the disruptor is closed");
        set("disruptor_flush", Error::TimedOut { waited_ns: 5 });
        assert_eq!(said(), "disruptor_flush: not done within 5 ns");
        assert_eq!(said(), "disruptor_flush: not done within 5 ns");
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        let what: &'static str = Box::leak("\u{e9}".repeat(ROOM).into_boxed_str());
        set("f", Error::Unsupported { what });
        assert!(said().len() >= ROOM - 2 && said().ends_with('\u{e9}'));
    }
}
