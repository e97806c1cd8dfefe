//! `cargo xtask bench`: the benchmark, compiled for this machine's CPU and apart from everything else.

use std::process::Command;

use crate::cargo::{cargo, output, target_directory};

/// Builds the benchmark, and returns how it is to be run.
pub fn command() -> Result<Command, String> {
    let target = target_directory()?.join("bench");
    let mut build = cargo("build");
    build.args(["--release", "--locked", "--package", "benches", "--target-dir"]).arg(&target);
    build.env("RUSTFLAGS", "-Ctarget-cpu=native");
    output(&mut build)?;
    Ok(Command::new(target.join("release/benches")))
}
