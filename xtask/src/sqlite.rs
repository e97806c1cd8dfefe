//! SQLite for the examples: compiled once, from its sources, so that a fresh machine needs only Rust and a C compiler.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::c::Program;
use crate::cargo::{cargo, output};

/// Fully optimized, SQLite takes four times as long to compile, and the examples gain nothing that one notices.
const PROFILE: &str = "profile.release.package.libsqlite3-sys.opt-level=1";

/// Where its files are.
struct Sqlite {
    include: PathBuf,
    libraries: PathBuf,
}

/// Lets a program use SQLite. The first call on a machine compiles it.
pub fn link(program: Program) -> Result<Program, String> {
    static SQLITE: OnceLock<Result<Sqlite, String>> = OnceLock::new();
    let sqlite = SQLITE.get_or_init(locate).as_ref().map_err(String::clone)?;
    Ok(program.system_include(&sqlite.include).archive(sqlite.libraries.join("libsqlite3.a")))
}

fn locate() -> Result<Sqlite, String> {
    let mut cargo = cargo("run");
    cargo.args(["--package", "xtask-sqlite", "--release", "--config", PROFILE]);
    let said = output(&mut cargo)?;
    let mut lines = said.lines().map(PathBuf::from);
    match (lines.next(), lines.next()) {
        (Some(include), Some(libraries)) => Ok(Sqlite { include, libraries }),
        _ => Err("xtask-sqlite does not say where SQLite is".to_owned()),
    }
}
