//! `cargo xtask hello`: the program that the README shows.

use std::path::PathBuf;
use std::process::Command;

use crate::c::{self, Link, Profile, Program};

/// Builds the program.
pub fn build() -> Result<PathBuf, String> {
    Program::new("hello")
        .source("examples/hello.c")
        .standard("c99")
        .flags(c::STRICT)
        .link(Link::Shared(c::library(Profile::Release)?))
        .build()
}

/// Builds the program, and returns how it is to be run.
pub fn command() -> Result<Command, String> {
    Ok(Command::new(build()?))
}
