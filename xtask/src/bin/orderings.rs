//! `cargo xtask orderings [SECONDS [PART]]`: see [`xtask::orderings`].

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use xtask::orderings::{Plan, run};

const USAGE: &str = "Usage: cargo xtask orderings [SECONDS [PART]]

Weakens each ordering and leaves out each fence of src/core, and says which models notice.
SECONDS: begin no new one after so long (default: try all); PART: of the file and line, as in claim/single.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let seconds = arguments.first().map_or(Ok(u64::MAX), |seconds| seconds.parse());
    let (Ok(seconds), 0..=2) = (seconds, arguments.len()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let part = arguments.get(1).cloned().unwrap_or_default();
    match run(&Plan { part, limit: Duration::from_secs(seconds) }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orderings: {error}");
            ExitCode::FAILURE
        }
    }
}
