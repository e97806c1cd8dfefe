//! `cargo xtask torture [SECONDS [SEED [ROUND]]]`: everything at once, from many threads, every element accounted for.

use std::path::PathBuf;
use std::process::Command;

use crate::c::{self, Link, Profile, Program};

/// The parts of the program, each with one idea; `main.c` puts them together.
const PARTS: [&str; 16] = [
    "main", "plan", "round", "element", "account", "group", "producer", "claims", "consumer",
    "cpu", "poller", "staff", "turnover", "observer", "leak", "watchdog",
];

/// The program, not linked with anything yet. Its head is `c-tests/torture/torture.h`.
pub fn program() -> Program {
    let program = Program::new("torture").source("c-tests/test.c");
    let program = PARTS
        .iter()
        .fold(program, |program, part| program.source(format!("c-tests/torture/{part}.c")));
    program.standard("c11").flags(c::STRICT)
}

/// Builds the program, linked with the library as it is shipped.
pub fn build() -> Result<PathBuf, String> {
    program().link(Link::Shared(c::library(Profile::Release)?)).build()
}

/// Builds the program, and returns how it is to be run.
pub fn command() -> Result<Command, String> {
    Ok(c::run_by(&build()?))
}
