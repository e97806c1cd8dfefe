//! The program in README.md is examples/hello.c, and the commands beside it build and run it.

use std::fs;
use std::path::Path;
use std::process::Command;

use xtask::c::{self, Profile};

fn readme() -> String {
    fs::read_to_string(xtask::root().join("README.md")).expect("README.md is there")
}

/// The blocks of code in this language, in order.
fn blocks<'a>(markdown: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("\n```{language}\n");
    let blocks = markdown.split(&fence).skip(1);
    blocks.map(|rest| rest.split_once("\n```").map_or(rest, |(block, _)| block)).collect()
}

fn program(markdown: &str) -> Option<&str> {
    blocks(markdown, "c").into_iter().find(|block| block.contains("int main"))
}

/// The command line that compiles the program.
fn compile_command(markdown: &str) -> Option<&str> {
    let lines = blocks(markdown, "sh").into_iter().flat_map(str::lines);
    lines.into_iter().find(|line| line.starts_with("cc ") && line.contains("examples/hello.c"))
}

#[test]
fn the_blocks_are_found() {
    let markdown = "# Title\n\n```sh\nls\ncc -o x examples/hello.c\n```\n\n```c\nint x;\n```\n\
                    \n```c\nint main(void) {\n}\n```\nint main\n";
    assert_eq!(program(markdown), Some("int main(void) {\n}"));
    assert_eq!(compile_command(markdown), Some("cc -o x examples/hello.c"));
    assert_eq!(program("```c\nint x;\n```\n"), None);
}

#[test]
fn shows_the_example() {
    let readme = readme();
    let shown = program(&readme).expect("README.md has a ```c block with `int main`");
    let example = fs::read_to_string(xtask::root().join("examples/hello.c"));
    let example = example.expect("examples/hello.c is there");
    assert_eq!(shown.trim_end(), example.trim_end(), "README.md does not show examples/hello.c");
}

#[test]
#[cfg(target_os = "linux")]
fn its_command_builds_a_program_that_runs() {
    let readme = readme();
    let command = compile_command(&readme).expect("README.md has a `cc ... examples/hello.c` line");
    let library = c::library(Profile::Release).unwrap_or_else(|error| panic!("{error}"));
    let target = xtask::cargo::target_directory().expect("cargo has a target directory");
    let executable = target.join("readme-hello");
    let source = target.join("readme-hello.c");
    let shown = program(&readme).expect("README.md has a ```c block with `int main`");
    fs::write(&source, format!("{shown}\n")).expect("the target directory is ours");

    // The shown command, but for where things lie: this may be another target directory, and the program is the
    // one that is shown.
    let words = command.split_whitespace();
    let words: Vec<String> =
        words.map(|word| place(word, &library, &source, &executable)).collect();
    assert!(words.iter().any(|word| *word == "-Iinclude"), "{command} names no -Iinclude");
    assert!(words.iter().any(|word| *word == "-ldisruptor"), "{command} links no -ldisruptor");
    let compiled = Command::new(&words[0]).args(&words[1..]).current_dir(xtask::root()).output();
    let compiled = compiled.unwrap_or_else(|error| panic!("cannot run {command}: {error}"));
    assert!(compiled.status.success(), "{command}\n{}", String::from_utf8_lossy(&compiled.stderr));

    // `cargo test` sets a library path that comes before the program's own.
    let ran = Command::new(&executable).env_remove("LD_LIBRARY_PATH").output();
    let ran = ran.unwrap_or_else(|error| panic!("cannot run {}: {error}", executable.display()));
    assert!(ran.status.success(), "{}: {}", ran.status, String::from_utf8_lossy(&ran.stderr));
    assert!(!ran.stdout.is_empty(), "the program of README.md prints nothing");
}

/// A word of the command with this build's paths.
#[cfg(target_os = "linux")]
fn place(word: &str, library: &Path, source: &Path, executable: &Path) -> String {
    word.replace("target/release", &library.to_string_lossy())
        .replace("examples/hello.c", &source.to_string_lossy())
        .replace("target/hello", &executable.to_string_lossy())
}
