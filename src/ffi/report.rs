//! Report: the numbers, as text.

use std::ffi::c_char;
use std::fmt;
use std::ptr::NonNull;

use super::arguments::{array, bad, pointer};
use super::create::{disruptor_t, opened, unknown};
use super::guard::guard;
use super::status::disruptor_status_t;
use super::text::fitting;
use crate::core::{Error, Format, Problem};

/// Values for the `format` of `disruptor_report`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum disruptor_format_t {
    /// A table for people.
    DISRUPTOR_FORMAT_TEXT = 0,
    /// One JSON object for programs.
    DISRUPTOR_FORMAT_JSON = 1,
    /// The exposition format of Prometheus.
    DISRUPTOR_FORMAT_PROMETHEUS = 2,
    /// A picture of who waits for whom, for Graphviz.
    DISRUPTOR_FORMAT_DOT = 3,
}

fn format(value: u32) -> Result<Format, Error> {
    const TEXT: u32 = disruptor_format_t::DISRUPTOR_FORMAT_TEXT as u32;
    const JSON: u32 = disruptor_format_t::DISRUPTOR_FORMAT_JSON as u32;
    const PROMETHEUS: u32 = disruptor_format_t::DISRUPTOR_FORMAT_PROMETHEUS as u32;
    const DOT: u32 = disruptor_format_t::DISRUPTOR_FORMAT_DOT as u32;
    match value {
        TEXT => Ok(Format::Text),
        JSON => Ok(Format::Json),
        PROMETHEUS => Ok(Format::Prometheus),
        DOT => Ok(Format::Dot),
        _ => Err(unknown("format", value, "0 (TEXT), 1 (JSON), 2 (PROMETHEUS), 3 (DOT)")),
    }
}

/// Writes all the numbers at once, as text in UTF-8, NUL-terminated.
///
/// format: DISRUPTOR_FORMAT_*.
/// buffer: `size` bytes; may be NULL if `size` is 0.
/// out_len: gets the length of the whole report without its NUL, also if that did not fit.
///
/// Threads: any, at any time.
///
/// Returns OK; OUT_OF_MEMORY: nothing is written; INVALID_ARGUMENT: also if `size` is not above the
/// length, and then the buffer holds the beginning of the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_report(
    disruptor: *const disruptor_t,
    format: u32,
    buffer: *mut c_char,
    size: usize,
    out_len: *mut usize,
) -> disruptor_status_t {
    guard("disruptor_report", || {
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        let buffer = array(buffer, "buffer", size, "size")?;
        let out_len = pointer(out_len, "out_len")?;
        let mut beginning = Beginning::new(buffer.cast(), size);
        handle.core.report(self::format(format)?, &mut beginning)?;
        // SAFETY: checked above; the caller's to be written.
        unsafe { out_len.write(beginning.written) };
        beginning.finish();
        if size > beginning.written {
            Ok(())
        } else {
            let (value, needed) = (size as u64, beginning.written as u64 + 1);
            Err(bad("size", Problem::TooSmall { value, needed }))
        }
    })
}

/// The caller's buffer. It gets the beginning of what is written, in whole characters; all of it is counted.
struct Beginning {
    /// Where the next piece goes, and the caller's for ...
    end: NonNull<u8>,
    /// ... so many bytes, but for the NUL.
    room: usize,
    has_nul: bool,
    written: usize,
}

impl Beginning {
    fn new(buffer: NonNull<u8>, size: usize) -> Self {
        Self { end: buffer, room: size.saturating_sub(1), has_nul: size > 0, written: 0 }
    }

    fn finish(&self) {
        if self.has_nul {
            // SAFETY: the caller's, behind all that was room.
            unsafe { self.end.write(0) };
        }
    }
}

impl fmt::Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let piece = fitting(text, self.room);
        // SAFETY: the piece is not longer than the room, which is the caller's to be written.
        unsafe {
            self.end.as_ptr().copy_from_nonoverlapping(piece.as_ptr(), piece.len());
            self.end = self.end.add(piece.len());
        }
        // Nothing goes behind a piece that was cut.
        self.room = if piece.len() < text.len() { 0 } else { self.room - piece.len() };
        self.written += text.len();
        Ok(())
    }
}
