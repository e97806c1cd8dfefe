//! `cargo xtask flights`: the example on real data, three consumers at once into two SQLite databases and a journal.

use std::path::PathBuf;
use std::process::Command;

use crate::c::{self, Link, Profile, Program};
use crate::cargo::target_directory;
use crate::{root, sqlite};

/// The parts of the program, each with one idea; `examples/flights.c` puts them together.
const PARTS: [&str; 17] = [
    "csv", "database", "delays", "failure", "feed", "flight", "journal", "lines", "names",
    "number", "options", "outputs", "progress", "results", "sink", "store", "verify",
];

/// Builds the program. It works on the data that comes with the project and writes below the target directory,
/// unless its arguments say otherwise.
pub fn build() -> Result<PathBuf, String> {
    let program = Program::new("flights").source("examples/flights.c");
    let program = PARTS
        .iter()
        .fold(program, |program, part| program.source(format!("examples/flights/{part}.c")));
    sqlite::link(program.standard("c99").flags(c::STRICT))?
        .define("DEFAULT_INPUT", &root().join("examples/data/flights-2013-01.csv"))
        .define("DEFAULT_OUTPUT", &target_directory()?.join("flights"))
        .link(Link::Shared(c::library(Profile::Release)?))
        .build()
}

/// Builds the program, and returns how it is to be run.
pub fn command() -> Result<Command, String> {
    Ok(Command::new(build()?))
}
