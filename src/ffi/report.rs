//! Report: the numbers, as text.

use std::ffi::c_char;

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
/// Returns OK; INVALID_ARGUMENT: also if `size` is not above the length; then the buffer holds the
/// beginning of the report.
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
        let report = handle.core.report(self::format(format)?);
        // SAFETY: checked above; the caller's to be written.
        unsafe { out_len.write(report.len()) };
        if size > 0 {
            let beginning = fitting(&report, size - 1);
            // SAFETY: the caller's buffer of `size` bytes is longer than the beginning.
            unsafe {
                buffer
                    .as_ptr()
                    .cast::<u8>()
                    .copy_from_nonoverlapping(beginning.as_ptr(), beginning.len());
                buffer.add(beginning.len()).write(0);
            }
        }
        if size > report.len() {
            Ok(())
        } else {
            Err(bad(
                "size",
                Problem::TooSmall { value: size as u64, needed: report.len() as u64 + 1 },
            ))
        }
    })
}
