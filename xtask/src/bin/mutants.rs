//! `cargo xtask mutants [SECONDS [PART...]]`: see [`xtask::mutants`].

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use xtask::mutants::{Plan, run};

const USAGE: &str = "Usage: cargo xtask mutants [SECONDS [PART...]]

Changes src/core in one place at a time, and says which tests notice. What was tried is in target/mutants/record.tsv, and is
not tried again until the text of its file, or its line there, is another one.
SECONDS: begin no new one after so long (default: try all; 0: only say what is on record);
PART: of what `cargo mutants --list` says, as in core/claim.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let seconds = arguments.first().map_or(Ok(u64::MAX), |seconds| seconds.parse());
    let Ok(seconds) = seconds else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let parts = arguments.into_iter().skip(1).collect();
    match run(&Plan { parts, limit: Duration::from_secs(seconds) }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mutants: {error}");
            ExitCode::FAILURE
        }
    }
}
