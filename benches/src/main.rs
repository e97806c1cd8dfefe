//! `cargo xtask bench`: libdisruptor and its peers, measured side by side in one sitting. docs/performance.md says how and why.
//!
//! - [`row`], [`contender`]: what is measured, and who takes part
//! - [`programs`], [`peers`]: the contenders; those in C, C++ and Java are in `contenders`
//! - [`probe`], [`bystanders`]: what the machine is doing, on which figures depend
//! - [`sitting`], [`run`], [`answer`]: runs in random order, each between two probes, each checksum verified
//! - [`results`], [`summary`], [`table`]: the file, and what is made of it

#![allow(
    clippy::disallowed_methods,
    reason = "that rule is the library's: threads of the peers are plain ones"
)]

mod answer;
mod bystanders;
mod contender;
mod costs;
mod cpu;
mod machine;
mod options;
mod peers;
mod probe;
mod programs;
mod random;
mod results;
mod row;
mod run;
mod sitting;
mod stamp;
mod summary;
mod table;
mod workload;

use std::env;
use std::process::ExitCode;

use options::Options;
use programs::Programs;
use results::{Results, read_json, write_json};
use workload::Workload;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("contend") if arguments.len() > 1 => contend(&arguments[1], &arguments[2..]),
        Some("--help" | "-h" | "help") => {
            print!("{HELP}{}", options::HELP);
            Ok(())
        }
        Some("costs") => costs::run(&xtask::root().join("target/bench/costs.json")),
        Some("install") => programs::install(),
        Some("list") => list(),
        Some("show") => show(&arguments[1..]),
        _ => measure(&arguments),
    };
    done.map_or_else(
        |error| {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

const HELP: &str = "\
Usage: cargo xtask bench [COMMAND] [OPTIONS]

Without a command: measures. Prints a table and writes a file.

  costs               idle CPU, memory, creation and destruction, against their limits
  install             installs the peers that Debian has (apt-get)
  list                rows and contenders
  show [--out FILE]   prints the table of the last sitting once more

Options:
";

fn measure(arguments: &[String]) -> Result<(), String> {
    let options = Options::parse(arguments)?;
    let mut contenders = contender::ALL.to_vec();
    contenders.retain(|contender| options.wants_contender(contender.name));
    let programs = Programs::build(&mut contenders)?;
    let results = sitting::sit(&options, &programs, &contenders)?;
    print!("{}", table::text(&summary::summarize(&results)));
    write_json(&results, &options.out)?;
    println!(
        "\nseed {}, {} runs thrown away; {}",
        results.seed,
        results.discarded,
        options.out.display()
    );
    Ok(())
}

fn show(arguments: &[String]) -> Result<(), String> {
    let results: Results = read_json(&Options::parse(arguments)?.out)?;
    print!("{}", table::text(&summary::summarize(&results)));
    Ok(())
}

/// The process of one run of one of the peers.
fn contend(contender: &str, arguments: &[String]) -> Result<(), String> {
    peers::run(contender, &Workload::parse(arguments)?)
}

fn list() -> Result<(), String> {
    for row in row::all() {
        let takes = contender::ALL.iter().filter(|contender| contender.takes(&row.workload));
        let names: Vec<_> = takes.map(|contender| contender.name).collect();
        println!("{:<20} {}", row.name, names.join(" "));
    }
    Ok(())
}
