//! Instructions for each element on the ways that every element takes, counted by valgrind and compared with the figures
//! in `tests/instructions/recorded.txt`: a regression is seen on any machine, however busy it is.
//!
//! When a change is meant to alter them: `DISRUPTOR_BLESS=1 cargo test --test instructions`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use xtask::c::{self, Link, Profile, Program};

/// A figure may differ so much from the one recorded: another compiler makes other code.
const TOLERANCE: f64 = 0.10;

/// And so many instructions: less than one that is executed for some elements only.
const SLACK: f64 = 0.5;

/// Elements of the two runs whose difference counts: what a program does once is in both.
const COUNTS: [u64; 2] = [2_000, 22_000];

/// What is counted: the arguments of the program.
const WAYS: [&str; 18] = [
    "produce_one single 1",
    "produce_one multi 1",
    "produce single 10",
    "produce single 100",
    "produce multi 10",
    "produce multi 100",
    "claim single 1",
    "claim single 10",
    "claim multi 1",
    "claim multi 10",
    "stream single 1",
    "stream single 10",
    "stream multi 1",
    "stream multi 10",
    "slices single 1",
    "slices single 256",
    "spans single 1",
    "spans single 256",
];

/// How the elements are produced that consumers are measured with.
const PRODUCED: &str = "produce single 100";

#[test]
fn are_as_many_as_recorded() {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("instructions are not counted: valgrind is not installed");
        return;
    }
    let counted = count_all();
    let file = xtask::root().join("tests/instructions/recorded.txt");
    if std::env::var_os("DISRUPTOR_BLESS").is_some() {
        fs::write(&file, write(&counted)).expect("the file can be written");
    }
    let recorded = read(&file);
    let mut wrong = String::new();
    for way in WAYS {
        let (now, then) = (counted[way], recorded.get(way).copied().unwrap_or(f64::INFINITY));
        eprintln!("{way:<24} {now:>8.2} (recorded {then:.2})");
        if (now - then).abs() > then * TOLERANCE + SLACK || !then.is_finite() {
            wrong += &format!("{way}: {now:.2} instructions an element, recorded are {then:.2}\n");
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong}If that is meant: DISRUPTOR_BLESS=1 cargo test --test instructions"
    );
}

fn count_all() -> BTreeMap<&'static str, f64> {
    let library = c::library(Profile::Release).unwrap_or_else(|error| panic!("{error}"));
    let program = Program::new("instructions")
        .source("tests/instructions/program.c")
        .standard("c99")
        .flags(c::STRICT)
        .link(Link::Shared(library))
        .build();
    let program = program.unwrap_or_else(|error| panic!("{error}"));
    let mut counted: BTreeMap<_, _> = thread::scope(|scope| {
        let halves = WAYS.chunks(WAYS.len().div_ceil(2)).map(|ways| {
            let program = &program;
            scope.spawn(move || {
                ways.iter().map(|way| (*way, per_element(program, way))).collect::<Vec<_>>()
            })
        });
        let halves: Vec<_> = halves.collect();
        halves.into_iter().flat_map(|half| half.join().expect("counting works")).collect()
    });
    let produced = counted[PRODUCED];
    for (way, count) in &mut counted {
        if way.starts_with("slices") || way.starts_with("spans") {
            *count -= produced;
        }
    }
    counted
}

fn per_element(program: &Path, way: &str) -> f64 {
    let [few, many] = COUNTS.map(|count| instructions(program, way, count));
    (many as f64 - few as f64) / (COUNTS[1] - COUNTS[0]) as f64
}

/// All that the program executes.
fn instructions(program: &Path, way: &str, count: u64) -> u64 {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let output =
        valgrind.args(way.split(' ')).arg(count.to_string()).output().expect("valgrind runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{way}: {}\n{said}", output.status);
    let line = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, number) = line.unwrap_or_else(|| panic!("{way}: valgrind says no number\n{said}"));
    number.trim().parse().expect("valgrind counts in whole numbers")
}

fn read(file: &PathBuf) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    lines
        .filter_map(|(way, count)| Some((way.trim_end().to_owned(), count.parse().ok()?)))
        .collect()
}

fn write(counted: &BTreeMap<&str, f64>) -> String {
    WAYS.iter().map(|way| format!("{way:<24} {:.2}\n", counted[way])).collect()
}
