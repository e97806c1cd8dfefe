//! Compiles only what has changed: beside each program lies what it was made of.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// Where programs and stamps are.
pub(crate) fn directory() -> PathBuf {
    xtask::root().join("target/bench/contenders")
}

/// The file that `build` makes from `inputs`, directories below `benches/contenders` or elsewhere: made now, or before
/// from the same.
pub(crate) fn once(
    name: &str,
    inputs: &[&str],
    build: impl FnOnce() -> Result<PathBuf, String>,
) -> Result<PathBuf, String> {
    let failed = |error: std::io::Error| format!("{name}: {error}");
    let stamp = directory().join(format!("{name}.stamp"));
    let sources = xtask::root().join("benches/contenders");
    let mut hasher = DefaultHasher::new();
    for input in inputs {
        hash(&sources.join(input), &mut hasher);
    }
    let hash = format!("{:016x}", hasher.finish());
    if let Some((old, path)) = fs::read_to_string(&stamp).unwrap_or_default().split_once(' ')
        && old == hash
        && Path::new(path).exists()
    {
        return Ok(path.into());
    }
    let made = build()?;
    fs::create_dir_all(directory()).map_err(failed)?;
    fs::write(&stamp, format!("{hash} {}", made.display())).map_err(failed)?;
    Ok(made)
}

/// Names and contents of the files of a directory; what is not there counts, too.
fn hash(directory: &Path, hasher: &mut DefaultHasher) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        file.hash(hasher);
        fs::read(&file).unwrap_or_default().hash(hasher);
    }
}
