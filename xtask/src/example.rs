//! `cargo xtask hello`, `cargo xtask pipeline` and so on: the example programs that consist of one file.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
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

/// The example in Python, which is told where the library is.
pub fn python() -> Result<Command, String> {
    let library = c::library(Profile::Release)?;
    let mut command = Command::new("python3");
    command.arg(crate::root().join("examples/python.py"));
    command.arg(library.join(format!("{DLL_PREFIX}disruptor{DLL_SUFFIX}")));
    Ok(command)
}
