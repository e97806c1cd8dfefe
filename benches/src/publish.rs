//! `cargo xtask bench publish`: puts the results of the last sittings into the documents. Every figure there comes from these
//! files, and a test makes sure that it stays so.

use std::fs;
use std::path::{Path, PathBuf};

use crate::charts;
use crate::costs::{self, Cost};
use crate::options::default_file;
use crate::results::{Machine, Results, read_json};
use crate::statistics::{self, Compared};
use crate::summary::summarize;
use crate::table;

const FILES: [&str; 4] = ["results.json", "scaling.json", "statistics.json", "costs.json"];

/// Where the documents keep what was measured.
fn data() -> PathBuf {
    xtask::root().join("docs/benchmark")
}

/// Copies the files and makes everything of them anew.
pub(crate) fn run() -> Result<(), String> {
    let failed = |error: std::io::Error| format!("docs/benchmark: {error}");
    fs::create_dir_all(data()).map_err(failed)?;
    for name in FILES {
        if default_file(name).exists() {
            fs::copy(default_file(name), data().join(name)).map_err(failed)?;
        }
    }
    for (path, content) in made()? {
        fs::write(&path, content).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Every file that is made of what was measured, as it has to be.
fn made() -> Result<Vec<(PathBuf, String)>, String> {
    let root = xtask::root();
    let document = root.join("docs/performance.md");
    let mut text = fs::read_to_string(&document)
        .map_err(|error| format!("{}: {error}", document.display()))?;
    let mut files = Vec::new();
    let mut picture = |(name, content): charts::Chart| {
        files.push((root.join("docs/pictures").join(name), content))
    };
    if let Some(results) = known::<Results>("results.json")? {
        text = replace(&text, "machine", &machine(&results))?;
        let summaries = summarize(&results);
        text = replace(&text, "brief", &table::brief(&summaries))?;
        text = replace(&text, "results", &table::markdown(&summaries))?;
        charts::of_table(&results).into_iter().for_each(&mut picture);
    }
    if let Some(results) = known::<Results>("scaling.json")? {
        text = replace(&text, "scaling", &table::markdown(&summarize(&results)))?;
        picture(charts::of_scaling(&results));
    }
    if let Some(compared) = known::<Vec<Compared>>("statistics.json")? {
        text = replace(&text, "statistics", &statistics::table(&compared))?;
    }
    if let Some(costs) = known::<Vec<Cost>>("costs.json")? {
        text = replace(&text, "costs", &costs::table(&costs))?;
    }
    files.push((document, text));
    Ok(files)
}

fn known<T: serde::de::DeserializeOwned>(name: &str) -> Result<Option<T>, String> {
    let path: &Path = &data().join(name);
    if path.exists() { read_json(path).map(Some) } else { Ok(None) }
}

fn machine(results: &Results) -> String {
    let Machine { cpu, cpus, system, rustc, cc, commit } = &results.machine;
    let runs: usize = results.entries.iter().map(|entry| entry.runs.len()).sum();
    format!(
        "{cpu}, {cpus} CPUs, {system}; {rustc}; {cc}; commit {commit}. {runs} runs, {} thrown away; seeds {:?}.\n",
        results.discarded, results.seeds
    )
}

/// Puts `content` between the marks of a section, in place of what is there.
fn replace(text: &str, section: &str, content: &str) -> Result<String, String> {
    let (begin, end) =
        (format!("<!-- bench {section} -->\n"), format!("<!-- end of {section} -->"));
    let missing = || format!("docs/performance.md has no section {section}");
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}\n{content}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_show_what_was_measured() {
        for (path, content) in made().expect("the documents and their data can be read") {
            let there = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                there == content,
                "{}: cargo xtask bench publish makes it anew",
                path.display()
            );
        }
    }
}
