//! Compiles the contenders that are not in this program.

use std::env;
use std::path::PathBuf;

use xtask::c::{self, Link, Profile};

use crate::contender::Program;

/// Where each program is.
#[derive(Debug)]
pub(crate) struct Programs {
    ours: PathBuf,
    raw: PathBuf,
    rust: PathBuf,
}

impl Programs {
    /// Compiles all of them, and libdisruptor as it is shipped.
    pub(crate) fn build() -> Result<Self, String> {
        let library = c::library(Profile::Release)?;
        let ours = ["main", "ring", "consume", "produce", "claim", "pingpong"]
            .iter()
            .fold(fast("bench-ours"), |program, part| {
                program.source(format!("benches/contenders/ours/{part}.c"))
            })
            .standard("gnu11")
            .link(Link::Shared(library))
            .build()?;
        let raw = fast("bench-raw")
            .source("benches/contenders/raw/main.cpp")
            .cplusplus()
            .standard("c++17")
            .build()?;
        let rust = env::current_exe().map_err(|error| error.to_string())?;
        Ok(Self { ours, raw, rust })
    }

    /// The program that has this contender, to be run with its name and the workload as arguments.
    pub(crate) fn path(&self, program: Program) -> &PathBuf {
        match program {
            Program::Ours => &self.ours,
            Program::Raw => &self.raw,
            Program::Rust => &self.rust,
        }
    }
}

/// A program optimized for this machine.
fn fast(name: &str) -> c::Program {
    c::Program::new(name).flags(c::STRICT).flags([
        "-O3",
        "-march=native",
        "-fomit-frame-pointer",
        "-D_GNU_SOURCE",
    ])
}
