//! `cargo xtask orderings [SECONDS [PART...]]`: see [`xtask::orderings`].

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use xtask::orderings::{Plan, run};

const USAGE: &str = "Usage: cargo xtask orderings [SECONDS [PART...]]

Weakens each ordering and leaves out each fence of src/core, and says which models notice.
SECONDS: begin no model after so long (default: no limit); PART: of the file and line, as in claim/single.";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let seconds = arguments.next().map_or(Ok(u64::MAX), |seconds| seconds.parse());
    let Ok(seconds) = seconds else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let plan = Plan { parts: arguments.collect(), limit: Duration::from_secs(seconds) };
    match run(&plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orderings: {error}");
            ExitCode::FAILURE
        }
    }
}
