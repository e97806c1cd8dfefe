//! The project's commands: `cargo xtask` lists them.

use std::env;
use std::process::{Command, ExitCode};

use xtask::example;

/// A command: its name, what it does, and what to run with the rest of the arguments.
type Entry = (&'static str, &'static str, fn() -> Result<Command, String>);

const COMMANDS: &[Entry] = &[
    (
        "flights",
        "a month of flights into two databases and a journal (--help for more)",
        xtask::flights::command,
    ),
    ("hello", "the example that the README shows", || example::command("hello")),
    ("pipeline", "three stages that change elements in place", || example::command("pipeline")),
    ("diamond", "two consumers side by side, and one behind both", || example::command("diamond")),
    ("work_sharing", "four workers that share the elements", || example::command("work_sharing")),
    ("zero_copy", "slots claimed, written to and published", || example::command("zero_copy")),
    ("streaming", "elements published one by one, without a call", || {
        example::command("streaming")
    }),
    ("event_loop", "elements and a timer in one loop (Linux)", || example::command("event_loop")),
    ("python", "a callback and a poller in Python (3.8 or later)", example::python),
    ("graph", "a disruptor at work, as a picture for Graphviz", || example::command("graph")),
    ("bench", "libdisruptor beside its peers (--help for more)", xtask::bench::command),
    (
        "torture",
        "everything at once, each element accounted for: [SECONDS [SEED [ROUND]]]",
        xtask::torture::command,
    ),
    ("coverage", "the lines of core and ffi that the tests run", xtask::coverage::command),
    (
        "fuzz",
        "calls that a fuzzer makes up, for 60 s: [libFuzzer's arguments]",
        xtask::fuzz::command,
    ),
    (
        "orderings",
        "each ordering weakened, do the models notice? [SECONDS [PART...]]",
        xtask::orderings::command,
    ),
    (
        "mutants",
        "core changed in one place, do the tests notice? [SECONDS [PART...]]",
        xtask::mutants::command,
    ),
];

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(name) = arguments.next() else {
        print!("{}", help());
        return ExitCode::SUCCESS;
    };
    if name == "--help" || name == "-h" || name == "help" {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some((name, _, command)) = COMMANDS.iter().find(|(known, ..)| name == *known) else {
        eprint!("xtask: no command {}\n\n{}", name.display(), help());
        return ExitCode::from(2);
    };
    let ran = command().and_then(|mut command| run(command.args(arguments)));
    ran.unwrap_or_else(|error| {
        eprintln!("xtask {name}: {error}");
        ExitCode::FAILURE
    })
}

fn help() -> String {
    let mut help = String::from(
        "Usage: cargo xtask COMMAND [ARGUMENTS]\n\nBuilds what is needed and runs it.\n\n",
    );
    for (name, what, _) in COMMANDS {
        help += &format!("  {name:<12} {what}\n");
    }
    help
}

/// Becomes the program, so that Ctrl-C and the exit status are its own.
#[cfg(unix)]
fn run(command: &mut Command) -> Result<ExitCode, String> {
    use std::os::unix::process::CommandExt;

    let error = command.exec();
    Err(format!("cannot run {}: {error}", command.get_program().display()))
}

#[cfg(not(unix))]
fn run(command: &mut Command) -> Result<ExitCode, String> {
    let failed = |error| format!("cannot run {}: {error}", command.get_program().display());
    let status = command.status().map_err(failed)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
