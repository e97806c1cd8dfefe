//! `cargo xtask fuzz [-max_total_time=SECONDS ...]`: libFuzzer on sequences of calls, under AddressSanitizer.
//!
//! What cargo-fuzz does, without cargo-fuzz: its installation takes longer than a run in CI, and it wants a nightly
//! compiler. `cargo +nightly fuzz run calls` works as well.

use std::env;
use std::process::Command;

use crate::cargo::output;
use crate::root;

const TARGET: &str = env!("XTASK_TARGET");

/// Coverage for libFuzzer, and AddressSanitizer.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address -Ccodegen-units=1 \
    -Cdebug-assertions --cfg fuzzing";

/// Builds the fuzzer, and returns how it is to be run: new inputs go to `target/fuzz/corpus`, those in `fuzz/corpus` are
/// only read. Arguments are libFuzzer's; the
/// last of two equal ones counts.
pub fn command() -> Result<Command, String> {
    let fuzz = root().join("fuzz");
    let target = crate::cargo::target_directory()?.join("fuzz");
    let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--release", "--locked", "--target", TARGET, "--manifest-path"]);
    build.arg(fuzz.join("Cargo.toml")).arg("--target-dir").arg(&target);
    // A sanitizer is not stable, but the compiler has it.
    build.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS);
    output(&mut build)?;
    let corpus = target.join("corpus");
    std::fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let mut run = Command::new(target.join(TARGET).join("release/calls"));
    run.arg(corpus).arg(fuzz.join("corpus/calls"));
    run.args(["-max_len=400", "-timeout=30", "-print_final_stats=1"]);
    run.arg(format!("-artifact_prefix={}/", target.display()));
    run.arg("-max_total_time=60");
    // It makes huge requests on purpose, which have to be refused and not to end the process.
    run.env("ASAN_OPTIONS", "allocator_may_return_null=1");
    Ok(run)
}
