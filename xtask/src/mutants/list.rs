//! The mutants: cargo-mutants makes them up, see `.cargo/mutants.toml`.

use std::env;
use std::process::Command;

use serde_json::Value;

use crate::cargo::output;
use crate::root;

/// The version whose list is read here.
const VERSION: &str = "27.1.0";

/// A change in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The file, from the project's directory.
    pub file: String,
    /// The place and what becomes of it, in cargo-mutants' words.
    pub name: String,
    /// Which text its file has: git's name for it.
    pub text: String,
    from: Place,
    to: Place,
    replacement: String,
}

/// A line and a character of it, counted from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    line: usize,
    column: usize,
}

/// All of them; installs cargo-mutants if it is not there.
pub(super) fn all() -> Result<Vec<Mutant>, String> {
    if output(cargo().args(["mutants", "--version"])).is_err() {
        eprintln!("installing cargo-mutants {VERSION}: two minutes");
        output(cargo().args(["install", "--locked", "cargo-mutants", "--version", VERSION]))?;
    }
    let list = output(cargo().args(["mutants", "--list", "--json"]).current_dir(root()))?;
    let list: Vec<Value> =
        serde_json::from_str(&list).map_err(|error| format!("cargo mutants --list: {error}"))?;
    let mutants: Option<Vec<Mutant>> = list.iter().map(mutant).collect();
    let otherwise = format!("cargo mutants lists them otherwise than version {VERSION} does");
    let mut mutants = mutants.ok_or(otherwise)?;
    for file in mutants.chunk_by_mut(|one, next| one.file == next.file) {
        let mut git = Command::new("git");
        let text = output(git.args(["hash-object", &file[0].file]).current_dir(root()))?;
        file.iter_mut().for_each(|mutant| mutant.text = text.trim().to_owned());
    }
    Ok(mutants)
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn mutant(listed: &Value) -> Option<Mutant> {
    let place = |end: &str| {
        let number = |axis: &str| usize::try_from(listed["span"][end][axis].as_u64()?).ok();
        Some(Place { line: number("line")?, column: number("column")? })
    };
    Some(Mutant {
        file: listed["file"].as_str()?.to_owned(),
        name: listed["name"].as_str()?.to_owned(),
        text: String::new(),
        from: place("start")?,
        to: place("end")?,
        replacement: listed["replacement"].as_str()?.to_owned(),
    })
}

impl Mutant {
    #[cfg(test)]
    pub(super) fn of(file: &str, name: &str, text: &str) -> Self {
        let (file, name, text) = (file.to_owned(), name.to_owned(), text.to_owned());
        let (from, to, replacement) = (Place::default(), Place::default(), String::new());
        Self { file, name, text, from, to, replacement }
    }

    /// The text of its file with the change.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let (from, to) = (offset(text, self.from), offset(text, self.to));
        format!("{}{}{}", &text[..from], self.replacement, &text[to..])
    }
}

/// Where a place is in a text.
fn offset(text: &str, place: Place) -> usize {
    let mut begin = 0;
    for line in text.split_inclusive('\n').take(place.line - 1) {
        begin += line.len();
    }
    let rest = &text[begin..];
    begin + rest.char_indices().nth(place.column - 1).map_or(rest.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_two_places_is_replaced() {
        let listed = serde_json::json!({
            "file": "a.rs",
            "name": "a.rs:2:3: replace + with -",
            "span": { "start": { "line": 2, "column": 3 }, "end": { "line": 3, "column": 2 } },
            "replacement": "-",
        });
        let mutant = mutant(&listed).expect("all that is needed is there");
        assert_eq!(mutant.apply("one\nÄ +\n+ 1\nend"), "one\nÄ - 1\nend");
    }
}
