//! The C API: check, convert, call [`core`](crate::core), convert back.
//!
//! `include/disruptor.h` is generated from here: one file for each chapter of the header, listed
//! below in the header's order, because that is the order in which cbindgen emits functions. The
//! documentation of each item is written for C programmers, who read it there. Types bear their C
//! names.
//!
//! Not in the header: `guard` (panics stop here), `last_error` (each thread's last failure),
//! `arguments` (checks of pointers), `versioned` (structs that carry their size), `text` (strings
//! in and out), `handler` (callbacks).

#![allow(non_camel_case_types, reason = "the names are those of the header")]
#![allow(
    clippy::missing_safety_doc,
    reason = "which pointers are valid is said to C programmers in the header"
)]

mod arguments;
mod guard;
mod handler;
mod last_error;
mod text;
mod versioned;

// The chapters. The blank lines keep rustfmt from sorting them by name.
mod status;

mod create;

mod register;

mod produce;

mod claim;

mod poll;

mod close;

mod stats;

mod report;

pub use self::{
    claim::*, close::*, create::*, poll::*, produce::*, register::*, report::*, stats::*, status::*,
};
