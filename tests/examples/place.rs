//! The flights program in a place of its own: what it reads, and what it wrote.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread::yield_now;
use std::time::Instant;

use crate::process::{Run, Running, TIME_LIMIT};

/// Builds a program once in the life of this process.
fn built(once: &OnceLock<PathBuf>, build: impl FnOnce() -> Result<PathBuf, String>) -> Command {
    Command::new(once.get_or_init(|| build().unwrap_or_else(|error| panic!("{error}"))))
}

/// A program of one file, `examples/{name}.c`. Each is for one test.
pub(crate) fn example(name: &str) -> Command {
    xtask::example::command(name).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn flights_program() -> Command {
    static FLIGHTS: OnceLock<PathBuf> = OnceLock::new();
    built(&FLIGHTS, xtask::flights::build)
}

fn sqlite() -> Command {
    static SQLITE: OnceLock<PathBuf> = OnceLock::new();
    built(&SQLITE, || {
        let program = xtask::c::Program::new("sqlite").source("tests/examples/sqlite.c");
        xtask::sqlite::link(program.standard("c99").flags(xtask::c::STRICT))?.build()
    })
}

/// A directory of its own for a test, with what the program writes in `out`.
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
}

impl Place {
    pub(crate) fn new(test: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples").join(test);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("out")).expect("the directory for tests is ours");
        Self { directory }
    }

    pub(crate) fn output(&self, file: &str) -> PathBuf {
        self.directory.join("out").join(file)
    }

    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.directory.join(name);
        fs::write(&path, text).expect("the directory for tests is ours");
        path
    }

    /// The program, about to read a file and to write into this place.
    pub(crate) fn flights(&self, input: &Path) -> Command {
        let mut command = flights_program();
        command.arg("--out").arg(self.directory.join("out")).arg(input);
        command
    }

    /// The rows that a query gives.
    pub(crate) fn query(&self, database: &str, sql: &str) -> String {
        Run::of(sqlite().arg("query").arg(self.output(database)).arg(sql)).exits(0).stdout
    }

    /// How many flights each of the three holds.
    pub(crate) fn stored(&self) -> [usize; 3] {
        let count = |database, sql| {
            let counted = self.query(database, sql);
            counted.trim().parse().unwrap_or_else(|_| panic!("{counted:?} is no number"))
        };
        let journal = fs::read_to_string(self.output("journal.csv")).expect("there is a journal");
        [
            count("flights.db", "SELECT count(*) FROM flights"),
            count("delays.db", "SELECT coalesce(sum(flights), 0) FROM airlines"),
            journal.lines().filter(|line| line.starts_with("2013,")).count(),
        ]
    }

    #[track_caller]
    pub(crate) fn journal_is(&self, expected: impl AsRef<[u8]>) {
        let journal = fs::read(self.output("journal.csv")).expect("there is a journal");
        assert!(journal == expected.as_ref(), "the journal is not what was read");
    }

    /// Waits until a query gives something else than zero, while the program writes.
    pub(crate) fn wait_for(&self, database: &str, sql: &str) {
        let deadline = Instant::now() + TIME_LIMIT;
        let in_time = || assert!(Instant::now() < deadline, "{database}: not yet: {sql}");
        // The journal is the first to be written, and only after the databases were opened: until then, a look at one
        // could be what keeps the program from opening it.
        let journal = self.output("journal.csv");
        while fs::metadata(&journal).map_or(0, |journal| journal.len()) == 0 {
            in_time();
            yield_now();
        }
        while self.query(database, sql).trim() == "0" {
            in_time();
        }
    }

    /// Locks a database until the one who holds the lock is told to end.
    pub(crate) fn lock(&self, database: &str) -> Running {
        let mut command = sqlite();
        command.arg("lock").arg(self.output(database)).stdin(Stdio::piped());
        let mut holder = Running::start(&mut command);
        let said = holder.child.stdout.take().expect("it was started with a pipe");
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line).expect("it says when it has the lock");
        assert_eq!(line, "locked\n");
        holder
    }
}

pub(crate) fn january() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/flights-2013-01.csv")
}

pub(crate) fn january_text() -> String {
    fs::read_to_string(january()).expect("the data comes with the project")
}

/// The header and the first flights of January.
pub(crate) fn some_flights(count: usize) -> String {
    january_text().split_inclusive('\n').take(1 + count).collect()
}

/// A line in the form of the file, of this aircraft.
pub(crate) fn flight_of(aircraft: &str) -> String {
    format!(
        "2013,1,1,517,515,2,830,819,11,UA,1545,{aircraft},EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z\n"
    )
}
