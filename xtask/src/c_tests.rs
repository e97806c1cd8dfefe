//! The C test programs (`c-tests/*.c`): their names, their cases, and how each is compiled.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::{c, root};

/// What every program is made of beside its own source file.
const SUPPORT: [&str; 6] = [
    "c-tests/test.c",
    "c-tests/sink.c",
    "c-tests/forking.c",
    "c-tests/polling.c",
    "c-tests/prefixing.c",
    "c-tests/reporting.c",
];

/// The programs and the names of their cases, read from the sources: nothing needs to be compiled to list them.
pub fn programs() -> BTreeMap<String, Vec<String>> {
    let directory = root().join("c-tests");
    let files = fs::read_dir(&directory).expect("c-tests is there");
    files
        .map(|file| file.expect("c-tests can be listed").path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "c"))
        .filter(|file| !SUPPORT.iter().any(|support| file.ends_with(support)))
        .map(|file| (stem(&file), cases_in(&file)))
        .collect()
}

fn stem(file: &Path) -> String {
    file.file_stem().expect("a source file has a name").to_string_lossy().into_owned()
}

fn cases_in(file: &Path) -> Vec<String> {
    let source = fs::read_to_string(file).expect("a source file can be read");
    let cases = source.lines().filter_map(|line| line.trim().strip_prefix("CASE("));
    cases.filter_map(|rest| rest.strip_suffix("),")).map(str::to_owned).collect()
}

/// One of them, not linked with anything yet.
pub fn program(name: &str) -> c::Program {
    let mut program = c::Program::new(name).source(format!("c-tests/{name}.c"));
    for file in SUPPORT {
        program = program.source(file);
    }
    // Little optimized: most of the time goes into compiling, and how fast these programs are does not matter.
    program.standard("c99").flags(c::STRICT).flag("-O1")
}
