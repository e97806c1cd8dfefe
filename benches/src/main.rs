//! `cargo xtask bench`: libdisruptor and its peers, measured side by side in one sitting. docs/performance.md says how and why.
//!
//! - [`row`], [`contender`]: what is measured, and who takes part
//! - [`programs`], [`peers`]: the contenders; those in C, C++ and Java are in `contenders`
//! - [`probe`], [`bystanders`]: what the machine is doing, on which figures depend
//! - [`sitting`], [`run`], [`answer`]: runs in random order, each between two probes, each checksum verified
//! - [`statistics`], [`costs`]: what else a user pays
//! - [`results`], [`summary`], [`table`], [`charts`], [`publish`]: the file, and what is made of it

#![allow(
    clippy::disallowed_methods,
    reason = "that rule is the library's: threads of the peers are plain ones"
)]

mod answer;
mod bystanders;
mod charts;
mod contender;
mod costs;
mod cpu;
mod machine;
mod options;
mod peers;
mod probe;
mod programs;
mod publish;
mod random;
mod results;
mod row;
mod run;
mod sitting;
mod stamp;
mod statistics;
mod summary;
mod table;
mod workload;

use std::env;
use std::process::ExitCode;

use options::Options;
use programs::Programs;
use results::{Results, read_json, write_rows};
use row::Row;
use workload::Workload;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("contend") if arguments.len() > 1 => contend(&arguments[1], &arguments[2..]),
        Some("--help" | "-h" | "help") => {
            print!("{HELP}{}", options::HELP);
            Ok(())
        }
        Some("costs") => costs::run(&options::default_file("costs.json")),
        Some("install") => programs::install(),
        Some("list") => list(),
        Some("publish") => publish::run(),
        Some("show") => show(&arguments[1..]),
        Some("statistics") => statistics::run(&arguments[1..]),
        Some("scaling") => {
            measure(&arguments[1..], row::scaling(), Some(&row::SCALED), "scaling.json")
        }
        _ => measure(&arguments, row::table(), None, "results.json"),
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

  scaling             how an element's cost grows with consumers, slots, size and producers
  costs               idle CPU, memory, creation and destruction, against their limits
  statistics          what counting costs: with it and compiled without, run by run in turn
  publish             puts the results into docs: tables and pictures
  install             installs the peers that Debian has (apt-get)
  list                rows and contenders
  show [--out FILE]   prints the table of the last sitting once more

Options:
";

/// Measures rows, prints the table, and writes the file.
fn measure(
    arguments: &[String],
    mut rows: Vec<Row>,
    only: Option<&[&str]>,
    file: &str,
) -> Result<(), String> {
    let options = Options::parse(arguments)?;
    rows.retain(|row| options.wants_row(&row.name));
    rows.iter_mut().for_each(|row| row.workload.milliseconds = options.milliseconds);
    let mut contenders = contender::ALL.to_vec();
    contenders.retain(|contender| {
        options.wants_contender(contender.name)
            && only.is_none_or(|only| only.contains(&contender.name))
    });
    let programs = Programs::build(&mut contenders)?;
    let file = if options.quick { "quick.json" } else { file };
    let (out, machine) = (options.out(file), machine::describe());
    let mut results = Results::default();
    if options.append && out.exists() {
        results = read_json(&out)?;
        if results.machine != machine {
            return Err(format!("{} is of another machine or commit", out.display()));
        }
    }
    results.machine = machine;
    let done = sitting::sit(&options, &programs, &contenders, &rows, &mut results);
    write_rows(&results, &out)?;
    if options.quick && done.is_ok() {
        let runs: usize = results.entries.iter().map(|entry| entry.runs.len()).sum();
        println!("{runs} runs, and every checksum is right");
        return Ok(());
    }
    print!("{}", table::text(&summary::summarize(&results)));
    println!("\nseed {}, {} runs thrown away; {}", options.seed, results.discarded, out.display());
    done
}

fn show(arguments: &[String]) -> Result<(), String> {
    let results: Results = read_json(&Options::parse(arguments)?.out("results.json"))?;
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
