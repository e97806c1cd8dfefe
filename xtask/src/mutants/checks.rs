//! What notices a mutant: the tests, each as a program that is built already, the quickest first.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::c::{Link, Program};
use crate::cargo::{output, provide_soname};
use crate::limit::{ends_well, time};
use crate::{c_tests, torture};

/// What runs the library without a C program between.
const DIRECT: [&str; 5] = ["--lib", "--test", "bad_input", "--test", "model_based"];
/// A case that hangs is ended here, by a clock that stops when the machine has no time, and not by itself.
const NO_WATCHDOG: (&str, &str) = ("DISRUPTOR_TEST_TIMEOUT", "3600");
/// The cases that repeat a race many times do it less often: it is logic that mutants change.
const ROUNDS: (&str, &str) = ("DISRUPTOR_TEST_ROUNDS", "0.1");
/// Callers stopped by signals, wherever they are: these take as long as all others together.
const LEFT_OUT: [&str; 2] =
    ["a_caller_is_stopped_wherever_it_is", "stopped_in_the_middle_of_everything"];
const LONGEST: Duration = Duration::from_secs(120);

/// One test.
pub(super) struct Check {
    program: PathBuf,
    arguments: Vec<String>,
    took: Duration,
}

/// Where the mutants are built.
pub(super) struct Workshop {
    pub(super) home: PathBuf,
    /// What git knows of the project, with one change.
    pub(super) tree: PathBuf,
    target: PathBuf,
}

impl Workshop {
    pub(super) fn new(home: PathBuf) -> Self {
        Self { tree: home.join("tree"), target: home.join("target"), home }
    }

    /// Builds the library and the tests that are compiled with it, and returns those; an error is the compiler's. Without
    /// optimization and debug information: that takes a third of the time, and most mutants meet a few tests only.
    pub(super) fn build(&self) -> Result<Vec<PathBuf>, String> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["test", "--no-run", "--locked", "--message-format=json", "--package"]);
        cargo.arg("libdisruptor").args(DIRECT).current_dir(&self.tree);
        cargo.env("CARGO_TARGET_DIR", &self.target);
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_PROFILE_DEV_OPT_LEVEL", "0");
        let messages = output(&mut cargo)?;
        let programs = messages.lines().filter_map(|line| {
            let message: Value = serde_json::from_str(line).ok()?;
            message["executable"].as_str().map(PathBuf::from)
        });
        Ok(programs.collect())
    }

    /// All tests, once the library is built: how long each takes is measured.
    pub(super) fn checks(&self, direct: Vec<PathBuf>) -> Result<Vec<Check>, String> {
        let library = self.target.join("debug/deps");
        provide_soname(&library.join("libdisruptor.so"))?;
        let link = |program: Program| program.link(Link::Shared(library.clone())).build();
        let mut checks = Vec::new();
        let mut add = |program: &Path, arguments: &[&str]| {
            let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
            checks.push(Check { program: program.to_owned(), arguments, took: LONGEST });
        };
        for program in direct {
            let list = output(Command::new(&program).arg("--list"))?;
            for name in list.lines().filter_map(|line| line.strip_suffix(": test")) {
                add(&program, &["--exact", name]);
            }
        }
        for (name, cases) in c_tests::programs() {
            let program = link(c_tests::program(&name))?;
            for case in cases.iter().filter(|case| !LEFT_OUT.contains(&case.as_str())) {
                add(&program, &[case]);
            }
        }
        add(&link(torture::program())?, &["2", "1"]);
        checks.retain_mut(Check::measure);
        checks.sort_by_key(|check| check.took);
        Ok(checks)
    }
}

impl Check {
    /// Runs it on the library as it is. One that fails there is of no use.
    fn measure(&mut self) -> bool {
        let took = time(&mut self.command(), LONGEST).unwrap_or(None);
        self.took = took.unwrap_or(LONGEST);
        if took.is_none() {
            eprintln!("left out, it fails as things are: {}", self.name());
        }
        took.is_some()
    }

    /// Whether it ends well; `None` if it takes much longer than it should.
    pub(super) fn holds(&self) -> Result<Option<bool>, String> {
        ends_well(&mut self.command(), LONGEST.min(5 * self.took + Duration::from_secs(2)))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env(NO_WATCHDOG.0, NO_WATCHDOG.1).env(ROUNDS.0, ROUNDS.1);
        command
    }

    pub(super) fn took(&self) -> Duration {
        self.took
    }

    /// `close close_may_be_repeated`, `model_based pollers_in_groups`.
    pub(super) fn name(&self) -> String {
        let program = self.program.file_name().unwrap_or_default().to_string_lossy();
        // Cargo's programs have a hash behind their name.
        let program = program.split('-').next().unwrap_or_default();
        let arguments = self.arguments.iter().filter(|argument| *argument != "--exact");
        arguments.fold(program.to_owned(), |name, argument| name + " " + argument)
    }
}
