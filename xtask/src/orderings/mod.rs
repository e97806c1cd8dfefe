//! Weakens each ordering and leaves out each fence of `src/core`, one at a time, and runs the models: which
//! of them notices?
//!
//! The tree is copied to `target/orderings`, where each ordering asks a function for what it shall be, so
//! that one build serves all. A first run of each model tells how long it takes and what it comes to. Then
//! they are run on what is weaker, the quickest first.

mod sites;
mod trial;

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

pub use sites::{Site, rewrite};

use crate::cargo::{output, target_directory};
use crate::limit::ends_well;
use crate::models::{build, names, one_model};
use crate::root;
use trial::{Model, Mutant, Trial};

/// What to try, and for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Only sites whose place contains one of these; all if there is none.
    pub parts: Vec<String>,
    /// No model is begun after so long.
    pub limit: Duration,
}

/// Tries them, and writes what became of each.
pub fn run(plan: &Plan) -> Result<(), String> {
    let home = target_directory()?.join("orderings");
    let sites = make_tree(&root(), &home.join("tree"))?;
    let program = build(&home.join("tree"), &home.join("target"))?;
    let models = measure(&program, &home)?;
    let mutants = mutants(&sites, &plan.parts);
    if mutants.is_empty() {
        return Err(format!("no ordering in {}", plan.parts.join(" or ")));
    }
    let (began, said) = (Instant::now(), home.join("said"));
    let mut trial = Trial { program, said, mutants, began, limit: plan.limit };
    for model in &models {
        for noticed in trial.run(model) {
            print(&sites, &trial.mutants[noticed]);
        }
    }
    let is_noticed = |mutant: &&Mutant| mutant.noticed_by.is_some();
    let noticed = trial.mutants.iter().filter(is_noticed).count();
    let unreached = trial.mutants.iter().filter(|mutant| !mutant.is_reached).count();
    let is_endless = |mutant: &&Mutant| !is_noticed(mutant) && mutant.endless_in.is_some();
    let endless = trial.mutants.iter().filter(is_endless).count();
    let survived = trial.mutants.len() - noticed - endless - unreached;
    trial.mutants.iter().filter(|mutant| !is_noticed(mutant)).for_each(|it| print(&sites, it));
    println!(
        "{} weakened at {} of {} sites: {noticed} noticed, {endless} without end, {survived} survived, {unreached} unreached; {:.0?}",
        trial.mutants.len(),
        trial.mutants.iter().map(|mutant| mutant.site).collect::<HashSet<_>>().len(),
        sites.len(),
        trial.began.elapsed()
    );
    if noticed == 0 && plan.parts.is_empty() {
        return Err("the models notice nothing at all".to_owned());
    }
    Ok(())
}

fn mutants(sites: &[Site], parts: &[String]) -> Vec<Mutant> {
    let is_meant = |site: &Site| parts.is_empty() || parts.iter().any(|it| site.place.contains(it));
    let meant = sites.iter().enumerate().filter(|(_, site)| is_meant(site));
    meant
        .flat_map(|(number, site)| {
            site.weaker.iter().map(move |weaker| Mutant::new(number, weaker))
        })
        .collect()
}

fn print(sites: &[Site], mutant: &Mutant) {
    let verdict = match mutant {
        Mutant { noticed_by: Some(model), .. } => format!("noticed by {model}"),
        Mutant { endless_in: Some(model), .. } => format!("WITHOUT END in {model}"),
        Mutant { is_reached: false, .. } => "UNREACHED".to_owned(),
        Mutant { unanswered: 0, .. } => "SURVIVED".to_owned(),
        Mutant { unanswered, .. } => format!("SURVIVED ({unanswered} gave no answer in time)"),
    };
    let Site { place, own, code, .. } = &sites[mutant.site];
    println!("{verdict}\n    {place} {own} -> {}: {code}", mutant.weaker);
}

/// Copies what git knows, with a question at each site.
fn make_tree(root: &Path, tree: &Path) -> Result<Vec<Site>, String> {
    let files = output(Command::new("git").arg("ls-files").current_dir(root))?;
    let mut sites = Vec::new();
    for file in files.lines() {
        let Ok(bytes) = fs::read(root.join(file)) else { continue };
        let is_core = file.starts_with("src/core/") && !file.starts_with("src/core/models/");
        let bytes = match String::from_utf8(bytes) {
            Ok(text) if is_core => rewrite(file, &text, &mut sites).into_bytes(),
            Ok(text) if file == "src/sync.rs" => (text + "pub(crate) mod mutant;\n").into_bytes(),
            Ok(text) => text.into_bytes(),
            Err(other) => other.into_bytes(),
        };
        write_if_new(&tree.join(file), &bytes)?;
    }
    write_if_new(&tree.join("src/sync/mutant.rs"), include_bytes!("mutant.rs"))?;
    if sites.is_empty() {
        return Err("found no ordering in src/core".to_owned());
    }
    Ok(sites)
}

/// Leaves files that are right already alone, so that cargo builds no more than it must.
fn write_if_new(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let failed = |error| format!("{}: {error}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(failed)?;
    fs::write(path, bytes).map_err(failed)
}

/// Runs each model as it is.
fn measure(program: &Path, home: &Path) -> Result<Vec<Model>, String> {
    let mut models = Vec::new();
    for name in names(program)? {
        let reached = home.join("reached");
        let _ = fs::remove_file(&reached);
        let mut command = one_model(program, &name);
        command.env("DISRUPTOR_REACHED", &reached);
        let began = Instant::now();
        if !ends_well(&mut command, Duration::from_secs(600))?.unwrap_or(false) {
            return Err(format!("{name} does not hold as it is"));
        }
        let numbers = fs::read_to_string(&reached).unwrap_or_default();
        let reaches = numbers.lines().filter_map(|number| number.parse().ok()).collect();
        models.push(Model { name, took: began.elapsed(), reaches });
    }
    models.sort_by_key(|model| model.took);
    println!("{} models, {:?}", models.len(), models.iter().map(|m| m.took).sum::<Duration>());
    Ok(models)
}

/// The command that runs this: a program of its own, because it outlives what it starts.
pub fn command() -> Result<Command, String> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--release", "--quiet", "--package", "xtask", "--bin", "orderings", "--"]);
    Ok(command)
}
