//! The project's commands (`cargo xtask`), and the one place that compiles C programs.
//!
//! - [`c`]: a C or C++ program from its sources, linked with libdisruptor or without it
//! - [`c_tests`]: the C test programs
//! - [`cargo`]: libdisruptor itself, and where cargo put it
//! - [`sqlite`]: an SQLite to link with, compiled from its sources on first use
//! - [`mod@bench`]: the benchmark
//! - [`flights`], [`example`]: the example programs; the tests build the same programs through them
//! - [`coverage`]: what the tests run
//! - [`fuzz`]: calls that a fuzzer makes up
//! - [`mutants`]: changes the code here and there and runs the tests
//! - [`orderings`]: weakens each memory ordering and runs the models
//! - [`torture`]: the test that does everything at once
//!
//! The integration tests depend on this crate, so it stays small: what only one command needs (SQLite) is built
//! when that command asks for it.

pub mod bench;
pub mod c;
pub mod c_tests;
pub mod cargo;
pub mod coverage;
mod elf;
pub mod example;
pub mod flights;
pub mod fuzz;
mod limit;
mod models;
pub mod mutants;
pub mod orderings;
pub mod sqlite;
pub mod torture;

use std::path::{Path, PathBuf};

/// The project's directory.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask lies in the project").to_path_buf()
}
