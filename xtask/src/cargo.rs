//! Runs cargo, and reads from its own messages where it put things.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::{elf, root};

/// How the library is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Without optimization, with debug assertions.
    Dev,
    /// What is shipped.
    Release,
}

/// Builds libdisruptor and returns the directory that holds the shared and the static library.
///
/// The first call of a process runs cargo, later ones remember its answer. Where the environment names a directory in
/// `DISRUPTOR_LIBRARY`, it is the library there: one that was compiled in another way, as `.ci/sanitize` does.
pub fn library(profile: Profile) -> Result<PathBuf, String> {
    static DEV: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    static RELEASE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    if let Some(directory) = env::var_os("DISRUPTOR_LIBRARY") {
        let directory = PathBuf::from(directory);
        provide_soname(&directory.join("libdisruptor.so"))?;
        return Ok(directory);
    }
    let (built, name) = match profile {
        Profile::Dev => (&DEV, "dev"),
        Profile::Release => (&RELEASE, "release"),
    };
    built.get_or_init(|| build_library("build", name, |_| {})).clone()
}

/// Builds libdisruptor with cargo's `command` and what `more` adds to it, and returns its directory.
fn build_library(
    command: &str,
    profile: &str,
    more: impl FnOnce(&mut Command),
) -> Result<PathBuf, String> {
    let mut cargo = cargo(command);
    cargo.args(["--package", "libdisruptor", "--lib", "--profile", profile]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    more(&mut cargo);
    let messages = output(&mut cargo)?;
    let library = messages
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .find_map(|message: Value| shared_library(&message))
        .ok_or("cargo built libdisruptor but named no shared library")?;
    provide_soname(&library)?;
    let directory = library.parent().ok_or("the library has no directory")?;
    Ok(directory.to_path_buf())
}

/// The same as in release, compiled so that it counts nothing and reads no clock for statistics.
pub fn library_without_statistics() -> Result<PathBuf, String> {
    let target = target_directory()?.join("without-statistics");
    // An argument for this one crate: `RUSTFLAGS` would take the place of those that the other library is compiled with.
    build_library("rustc", "release", |cargo| {
        cargo.arg("--target-dir").arg(target).args(["--", "--cfg", "without_statistics"]);
    })
}

/// The shared library of libdisruptor, if this message of cargo's is the one that tells.
fn shared_library(message: &Value) -> Option<PathBuf> {
    if message["reason"] != "compiler-artifact" || message["target"]["name"] != "disruptor" {
        return None;
    }
    let files = message["filenames"].as_array()?;
    let mut files = files.iter().filter_map(Value::as_str).map(PathBuf::from);
    files.find(|file| file.extension() == Some(OsStr::new(env::consts::DLL_EXTENSION)))
}

/// A program asks the loader for the SONAME (`libdisruptor.so.0`, say), and cargo leaves the library under its plain
/// name: gives it the other one too, as an installation does.
pub(crate) fn provide_soname(library: &Path) -> Result<(), String> {
    let failed = |error: io::Error| format!("{}: {error}", library.display());
    let Some(soname) = elf::soname(&fs::read(library).map_err(failed)?) else {
        return Ok(());
    };
    let (link, Some(file)) = (library.with_file_name(soname), library.file_name()) else {
        return Ok(());
    };
    if link == library || fs::read_link(&link).is_ok_and(|to| to == file) {
        return Ok(());
    }
    // Made aside and moved into place: tests that run side by side do this at the same time.
    let aside = aside(&link);
    symlink(file, &aside).and_then(|()| fs::rename(&aside, &link)).map_err(failed)
}

#[cfg(unix)]
fn symlink(to: &OsStr, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn symlink(_: &OsStr, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A name beside `path` that no other thread or process uses.
pub(crate) fn aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{:?}", std::process::id(), std::thread::current().id()));
    PathBuf::from(name)
}

/// Cargo's target directory, wherever the environment or the configuration puts it.
pub fn target_directory() -> Result<PathBuf, String> {
    static DIRECTORY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    DIRECTORY
        .get_or_init(|| {
            let metadata = output(cargo("metadata").args(["--no-deps", "--format-version", "1"]))?;
            let metadata: Value = serde_json::from_str(&metadata)
                .map_err(|error| format!("cargo metadata: {error}"))?;
            let directory = metadata["target_directory"].as_str();
            Ok(PathBuf::from(directory.ok_or("cargo metadata names no target directory")?))
        })
        .clone()
}

/// A cargo command on this workspace, by the cargo that runs this program.
pub(crate) fn cargo(command: &str) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg(command).arg("--manifest-path").arg(root().join("Cargo.toml"));
    cargo
}

/// Runs a command and returns what it wrote; if it fails, the error ends with what it said.
///
/// What it says along the way goes to the terminal, if there is one: cargo and compilers take their time.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    if io::stderr().is_terminal() {
        command.stderr(Stdio::inherit());
    }
    let output = command.output().map_err(|error| format!("cannot run {program}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} failed ({})\n{said}", output.status).trim_end().to_owned())
}
