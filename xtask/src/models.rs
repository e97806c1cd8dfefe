//! The models of `src/core/models` as tools run them: one by one, in a build of their own.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::output;

/// Builds the models of a tree as `tests/models.rs` does; the program.
pub(crate) fn build(tree: &Path, target: &Path) -> Result<PathBuf, String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["test", "--profile", "models", "--lib", "--no-run", "--message-format=json"])
        .args(["--package", "libdisruptor"])
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTFLAGS", "--cfg loom");
    let messages = output(&mut cargo)?;
    let mut programs = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let program = message.get("executable")?.as_str()?;
        Some(PathBuf::from(program))
    });
    programs.next_back().ok_or("cargo built no test program".to_owned())
}

/// All of them but the twins: what fails without a step fails without anything else too.
pub(crate) fn names(program: &Path) -> Result<Vec<String>, String> {
    let list = output(Command::new(program).arg("--list"))?;
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    let names = names.filter(|name| name.contains("::models::") && !name.contains("twin"));
    Ok(names.map(str::to_owned).collect())
}

/// Not captured by the test, or what was said is lost where a second panic aborts the program.
pub(crate) fn one_model(program: &Path, name: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["--exact", name, "--nocapture"]).env("RUST_BACKTRACE", "0");
    command
}

/// How a model ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Holds,
    Fails,
    /// loom gave up an execution that became too long.
    GoesRound,
    TakesTooLong,
}

/// What it means that a model ended like this, and said that. The first panic decides: what fails in a consumer's thread
/// is caught there, and others may go round because of it.
pub(crate) fn judge(ended_well: Option<bool>, said: &[u8]) -> Outcome {
    let said = String::from_utf8_lossy(said);
    let first_panic = said.split("panicked at").nth(1).unwrap_or_default();
    match ended_well {
        Some(true) => Outcome::Holds,
        Some(false) if first_panic.contains("exceeded maximum number of branches") => {
            Outcome::GoesRound
        }
        Some(false) => Outcome::Fails,
        None => Outcome::TakesTooLong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_round_is_no_failure() {
        let endless =
            b"thread panicked at path.rs:\nModel exceeded maximum number of branches. This is";
        assert_eq!(judge(Some(false), endless), Outcome::GoesRound);
        assert_eq!(judge(Some(false), b"thread panicked at x.rs: deadlock"), Outcome::Fails);
        let worse = [b"thread panicked at x.rs: 1 is not 2\n", &endless[..]].concat();
        assert_eq!(judge(Some(false), &worse), Outcome::Fails);
        assert_eq!(judge(Some(false), b""), Outcome::Fails);
        assert_eq!(judge(Some(true), b""), Outcome::Holds);
        assert_eq!(judge(None, endless), Outcome::TakesTooLong);
    }
}
