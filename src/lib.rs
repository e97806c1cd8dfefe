//! `libdisruptor`: one stream of elements, every consumer sees all of it, nothing is lost.
//!
//! A ring of preallocated slots, producers that copy byte slices into it, and one thread per
//! consumer that gets them in batches. The slowest consumer holds the producers back.
//!
//! The house, from the ground up; imports run in this direction only:
//!
//! * `sync`: the one door to atomics, locks, threads, clocks; std, or loom when a model runs.
//! * [`core`]: the disruptor. Start at its list of invariants.
//! * [`ffi`]: the C API, `include/disruptor.h`, chapter by chapter.

#![cfg_attr(loom, allow(dead_code, unused_imports, unreachable_pub))]

pub mod core;
#[cfg(not(loom))]
pub mod ffi;
mod sync;
