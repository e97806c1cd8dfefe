//! The models, which only meet what no other test noticed: that takes a build and a minute or more.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::limit::ends_well_saying;
use crate::models::{Outcome, build, judge, names, one_model};

/// Of one model. As things are all of them together take a minute and a half.
const LONGEST: Duration = Duration::from_secs(60);
/// Of all of them.
const ENOUGH: Duration = Duration::from_secs(600);

/// What the models say of the tree as it is.
pub(super) enum Said {
    /// This one fails.
    Fails(String),
    /// None fails. So many gave no answer in time, or went round until loom gave them up.
    Hold { unanswered: usize },
}

/// Runs them until one fails, those called `first` first.
pub(super) fn run(home: &Path, tree: &Path, first: &[String]) -> Result<Said, String> {
    let program = build(tree, &home.join("loom"))?;
    let mut models = names(&program)?;
    models.sort_by_key(|model| first.iter().position(|it| it == model).unwrap_or(first.len()));
    let (began, mut unanswered) = (Instant::now(), 0);
    for model in models {
        let said = home.join("said");
        let file = File::create(&said).map_err(|error| error.to_string())?;
        let mut command = one_model(&program, &model);
        let limit = LONGEST.min(ENOUGH.saturating_sub(began.elapsed()));
        let ended = ends_well_saying(&mut command, limit, file)?;
        let said = std::fs::read(&said).map_err(|error| error.to_string())?;
        match judge(ended, &said) {
            Outcome::Holds => {}
            Outcome::Fails => return Ok(Said::Fails(model)),
            Outcome::GoesRound | Outcome::TakesTooLong => unanswered += 1,
        }
    }
    Ok(Said::Hold { unanswered })
}
