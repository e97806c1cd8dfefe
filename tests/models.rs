//! Runs the models of the protocols between threads (`src/core/models`), which need a build of their
//! own: `--cfg loom` puts loom's twins under the very same code.

use std::path::PathBuf;
use std::process::Command;

#[test]
fn every_model_holds_and_every_twin_fails() {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("loom");
    let output = Command::new(env!("CARGO"))
        .args(["test", "--profile", "models", "--lib", "models"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTFLAGS", "--cfg loom")
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    let passed = text.lines().find_map(|line| line.strip_prefix("test result: ok. "));
    let passed = passed.and_then(|line| line.split(' ').next()?.parse::<usize>().ok());
    assert!(passed.is_some_and(|passed| passed > 0), "no model ran:\n{text}");
    println!("{} models", passed.unwrap_or(0));
}
