//! `cargo xtask coverage`: which lines of src/core and src/ffi the tests run, and how often.
//!
//! The unit tests, the table of wrong arguments and the sequences run the library that is compiled into them; the C
//! programs run the shared library. All of them count. Needs LLVM's tools of rustc's LLVM version (Debian: llvm-22), or
//! their names in LLVM_PROFDATA and LLVM_COV.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::cargo::{cargo, output, target_directory};
use crate::root;

/// What runs the library without a C program between.
const DIRECT: [&str; 5] = ["--lib", "--test", "model_based", "--test", "bad_input"];
const THROUGH_C: [&str; 2] = ["--test", "c_programs"];

/// Runs the tests, and returns how to print the table. Arguments are those of
/// `llvm-cov report`.
pub fn command() -> Result<Command, String> {
    let target = target_directory()?.join("coverage");
    let profiles = target.join("profiles");
    // Those of other versions of the sources would not fit.
    let _ = fs::remove_dir_all(&profiles);
    fs::create_dir_all(&profiles).map_err(|error| format!("{}: {error}", profiles.display()))?;
    let test = |arguments: &[&str]| {
        let mut test = cargo("test");
        test.args(arguments).env("CARGO_TARGET_DIR", &target);
        test.env("RUSTFLAGS", "-Cinstrument-coverage");
        // A few files for each program, which its processes share.
        test.env("LLVM_PROFILE_FILE", profiles.join("%4m.profraw"));
        test
    };
    let listed = output(test(&DIRECT).args(["--no-run", "--message-format", "json"]))?;
    let mut objects: Vec<PathBuf> = listed.lines().filter_map(executable).collect();
    output(&mut test(&DIRECT))?;
    output(test(&THROUGH_C).args(["--", "shared::"]))?;
    objects.push(target.join("release").join(libdisruptor()));

    let profile = target.join("all.profdata");
    let raw =
        fs::read_dir(&profiles).map_err(|error| format!("{}: {error}", profiles.display()))?;
    let mut merge = Command::new(tool("LLVM_PROFDATA", "llvm-profdata-22"));
    merge.args(["merge", "-sparse"]).args(raw.flatten().map(|file| file.path()));
    output(merge.arg("-o").arg(&profile))?;

    let mut report = Command::new(tool("LLVM_COV", "llvm-cov-22"));
    report.args(["report", "-ignore-filename-regex=src/core/models"]);
    report.arg(format!("-instr-profile={}", profile.display()));
    let (first, others) = objects.split_first().ok_or("cargo built no test")?;
    report.arg(first);
    for object in others {
        report.arg("-object").arg(object);
    }
    report.arg("-sources").args(["src/core", "src/ffi"].map(|part| root().join(part)));
    Ok(report)
}

fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    message["executable"].as_str().map(PathBuf::from)
}

fn libdisruptor() -> String {
    format!("{}disruptor{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX)
}

fn tool(variable: &str, name: &str) -> OsString {
    env::var_os(variable).unwrap_or_else(|| name.into())
}
