//! `cargo xtask hello`, `cargo xtask pipeline` and so on: the example programs that consist of one file.

use std::path::PathBuf;
use std::process::Command;

use crate::c::{self, Link, Profile, Program};

/// Builds the program `examples/{name}.c`.
pub fn build(name: &str) -> Result<PathBuf, String> {
    Program::new(name)
        .source(format!("examples/{name}.c"))
        .standard("c99")
        .flags(c::STRICT)
        .link(Link::Shared(c::library(Profile::Release)?))
        .build()
}

/// Builds the program, and returns how it is to be run.
pub fn command(name: &str) -> Result<Command, String> {
    Ok(Command::new(build(name)?))
}
