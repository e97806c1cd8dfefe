//! The C tests (c-tests/*.c), each case a test of its own: `shared::close::close_may_be_repeated` is that case of
//! c-tests/close.c, linked with the shared library as it is shipped; `static::...` the same with the static one.
//!
//! A case has its own watchdog; what even that cannot end is killed here. The variables that c-tests/test.h names
//! reach the programs through the environment.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use xtask::c::{self, Link, Profile};
use xtask::c_tests;

/// How long beyond a case's own watchdog.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    if cfg!(target_os = "linux") {
        for (program, cases) in c_tests::programs() {
            for kind in [Kind::Shared, Kind::Static] {
                trials.extend(trials_of(kind, &program, &cases));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// How a program is linked with the library.
#[derive(Clone, Copy)]
enum Kind {
    Shared,
    Static,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Shared => "shared",
            Kind::Static => "static",
        }
    }

    fn link(self) -> Result<Link, String> {
        let library = c::library(Profile::Release)?;
        Ok(match self {
            Kind::Shared => Link::Shared(library),
            Kind::Static => Link::Static(library),
        })
    }
}

fn trials_of(kind: Kind, program: &str, cases: &[String]) -> Vec<Trial> {
    // Compiled by the first case that runs, while others of the same program wait for it.
    let built = Arc::new(OnceLock::new());
    let shared = Arc::new((kind, program.to_owned(), cases.to_owned()));
    cases
        .iter()
        .map(|case| {
            let (built, shared, case) = (Arc::clone(&built), Arc::clone(&shared), case.clone());
            Trial::test(format!("{}::{program}::{case}", kind.name()), move || {
                let (kind, program, cases) = &*shared;
                let executable = built.get_or_init(|| build(*kind, program, cases));
                run(executable.as_ref()?, &case).map_err(Failed::from)
            })
        })
        .collect()
}

/// Compiles a program, and makes sure that it has the cases that were read from its source, and no others.
fn build(kind: Kind, program: &str, cases: &[String]) -> Result<PathBuf, String> {
    let executable = c_tests::program(program).link(kind.link()?).build()?;
    let listed = Command::new(&executable).arg("--list").output();
    let listed = listed.map_err(|error| format!("{}: {error}", executable.display()))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    if listed.lines().ne(cases) {
        return Err(format!("c-tests/{program}.c lists other cases than its source:\n{listed}"));
    }
    Ok(executable)
}

fn run(executable: &Path, case: &str) -> Result<(), String> {
    let mut child = c::run_by(executable)
        .arg(case)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", executable.display()))?;
    let output = gather(child.stdout.take().expect("stdout was piped"));
    let errors = gather(child.stderr.take().expect("stderr was piped"));
    let limit = case_limit() + PATIENCE;
    let Ok(output) = output.recv_timeout(limit) else {
        return Err(format!("{case} hung for {limit:?}, its own watchdog too: {}", kill(child)));
    };
    let status = child.wait().map_err(|error| format!("cannot wait for {case}: {error}"))?;
    if status.success() && output.lines().any(|line| line == format!("ok {case}")) {
        return Ok(());
    }
    let errors = errors.recv_timeout(PATIENCE).unwrap_or_default();
    Err(format!("{status}\n{}\n{}", output.trim_end(), errors.trim_end()).trim_end().to_owned())
}

/// Reads a pipe to its end, on a thread of its own.
#[expect(clippy::disallowed_methods, reason = "the ban is for the library; this is its driver")]
fn gather(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        // What could be read is the best there is; the exit status tells the rest.
        let _ = pipe.read_to_end(&mut text);
        let _ = sender.send(String::from_utf8_lossy(&text).into_owned());
    });
    receiver
}

fn kill(mut child: Child) -> &'static str {
    match child.kill().and_then(|()| child.wait()) {
        Ok(_) => "killed",
        Err(_) => "and it could not be killed",
    }
}

/// The limit that the programs set themselves.
fn case_limit() -> Duration {
    let seconds = std::env::var("DISRUPTOR_TEST_TIMEOUT").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(60))
}
