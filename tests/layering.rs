//! The rules of the house, which no compiler checks: who may know whom in src/, the length of files, reasons for
//! `unsafe`, a step for each ordering and fence of core. Each rule is tried on a bad sample too.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that must not stand in the code of some files.
struct Rule {
    why: &'static str,
    applies: fn(path: &str) -> bool,
    forbidden: &'static [&'static str],
    /// What contains a forbidden word and is allowed all the same.
    allowed: &'static [&'static str],
}

const RULES: [Rule; 3] = [
    Rule {
        why: "core knows no C, and threads and atomics only through crate::sync",
        applies: is_modelled,
        forbidden: &[
            "crate::ffi",
            "extern \"C\"",
            "c_void",
            "std::sync::atomic",
            "core::sync::atomic",
            "std::thread",
            "parking_lot",
        ],
        allowed: &[],
    },
    Rule {
        why: "crate::sync is the one door to atomics and cells, so that models can replace them",
        applies: |path| path != "src/sync.rs" && !path.starts_with("src/sync/"),
        forbidden: &[
            "std::sync::atomic",
            "core::sync::atomic",
            "std::cell::UnsafeCell",
            "core::cell::UnsafeCell",
        ],
        allowed: &[],
    },
    Rule {
        why: "ffi checks and converts; what threads do to each other is core's business",
        applies: |path| path.starts_with("src/ffi/"),
        forbidden: &["crate::sync"],
        allowed: FFI_MAY_USE,
    },
];

/// Which process this is, and allocations that may fail.
const FFI_MAY_USE: &[&str] = &["crate::sync::fork::Generation", "crate::sync::try_box"];

/// What orders something between threads: in `src/core` each is a step, so that a model can leave it out.
const ORDERINGS: &[&str] =
    &["Ordering::Acquire", "Ordering::Release", "Ordering::AcqRel", "Ordering::SeqCst"];
/// These may have their step on the line above.
const FENCES: &[&str] = &["light()", "heavy()", "heavy_for_certain()", "full()"];

const LONGEST_FILE: usize = 400;

/// How far above an `unsafe` block its reason may stand.
const REASON_WITHIN: usize = 4;

/// Everything that a file does wrong, a line each.
fn violations(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() > LONGEST_FILE {
        found.push(format!("{path}: {} lines, more than {LONGEST_FILE}", lines.len()));
    }
    for (index, line) in lines.iter().enumerate() {
        let place = format!("{path}:{}", index + 1);
        let code = code_of(line);
        for rule in RULES.iter().filter(|rule| (rule.applies)(path)) {
            let mut code = code.to_owned();
            for allowed in rule.allowed {
                code = code.replace(allowed, "");
            }
            let words = rule.forbidden.iter().filter(|word| code.contains(**word));
            found.extend(words.map(|word| format!("{place}: {word}: {}", rule.why)));
        }
        let has_above = |within: usize, word| {
            lines[index.saturating_sub(within)..=index].iter().any(|line| line.contains(word))
        };
        if opens_unsafe_block(code) && !has_above(REASON_WITHIN, "SAFETY") {
            found.push(format!("{place}: unsafe without a SAFETY reason"));
        }
        let orders = |words: &[&str]| words.iter().any(|word| has_word(code, word));
        if is_modelled(path)
            && (orders(ORDERINGS) && !code.contains("(Step::")
                || orders(FENCES) && !has_above(1, "kept(Step::"))
        {
            found.push(format!("{place}: an ordering or a fence that is no step"));
        }
    }
    found
}

/// The models run it, and drive loom themselves.
fn is_modelled(path: &str) -> bool {
    path.starts_with("src/core/") && !path.starts_with("src/core/models/")
}

/// A line without its comment.
fn code_of(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// Whether `word` stands in the code, and is not the end of a longer one.
fn has_word(code: &str, word: &str) -> bool {
    let of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    code.match_indices(word).any(|(at, _)| at == 0 || !of_a_name(code.as_bytes()[at - 1]))
}

fn opens_unsafe_block(code: &str) -> bool {
    code.split("unsafe").skip(1).any(|rest| rest.trim_start().starts_with('{'))
}

fn rust_files(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a source directory can be listed") {
        let path = entry.expect("and so can what is in it").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn the_sources_keep_the_rules() {
    let root = xtask::root();
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    assert!(files.len() > 10, "only {} files were found in src/", files.len());
    let found: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let path = file.strip_prefix(&root).expect("they are below the root");
            let path = path.to_string_lossy().replace('\\', "/");
            violations(&path, &fs::read_to_string(file).expect("a source file can be read"))
        })
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_forbidden_word_is_found_where_it_is_forbidden() {
    for rule in &RULES {
        let places =
            ["src/core/ring.rs", "src/core/claim/multi.rs", "src/ffi/create.rs", "src/lib.rs"];
        let places = places.into_iter().filter(|path| (rule.applies)(path));
        assert!(places.clone().count() > 0, "nothing is under the rule: {}", rule.why);
        for (path, word) in
            places.flat_map(|path| rule.forbidden.iter().map(move |word| (path, word)))
        {
            let sample = format!("// fine: {word}\nuse {word}::Something;\n");
            let found = violations(path, &sample);
            assert!(
                found.iter().any(|line| line.contains(":2:") && line.contains(rule.why)),
                "{found:?}"
            );
            assert!(!found.iter().any(|line| line.contains(":1:")), "{found:?}");
        }
    }
}

#[test]
fn the_door_may_open_itself() {
    let sample = "pub(crate) use std::sync::atomic::AtomicU64;\nuse std::cell::UnsafeCell;\n";
    assert_eq!(violations("src/sync.rs", sample), [""; 0]);
    assert_eq!(violations("src/sync/shared.rs", sample), [""; 0]);
    assert_eq!(violations("src/lib.rs", sample).len(), 2);
}

#[test]
fn what_ffi_needs_of_sync_is_allowed_and_no_more() {
    for allowed in FFI_MAY_USE {
        assert_eq!(violations("src/ffi/create.rs", &format!("use {allowed};\n")), [""; 0]);
    }
    assert_eq!(violations("src/ffi/create.rs", "use crate::sync::Shared;\n").len(), 1);
}

#[test]
fn long_files_are_found() {
    assert_eq!(violations("src/lib.rs", &"\n".repeat(LONGEST_FILE)), [""; 0]);
    assert_eq!(violations("src/lib.rs", &"\n".repeat(LONGEST_FILE + 1)).len(), 1);
}

#[test]
fn unsafe_without_a_reason_is_found() {
    for bad in [
        "unsafe { f() };\n",
        "// SAFETY: too far above\n\n\n\n\nlet x = unsafe { f() };\n",
        "let x = unsafe  {\n",
        "unsafe impl Send for T {}\nlet x = unsafe { f() };\n",
    ] {
        assert_eq!(violations("src/lib.rs", bad).len(), 1, "{bad}");
    }
    for good in [
        "// SAFETY: because\nunsafe { f() };\n",
        "// SAFETY: because\n// of\n// all\n// this\nlet x = unsafe { f() };\n",
        "/// Not unsafe { at all }\nunsafe fn f() {}\n",
        "unsafe extern \"C\" {}\nunsafe impl Send for T {}\n",
    ] {
        assert_eq!(violations("src/lib.rs", good), [""; 0], "{good}");
    }
}

#[test]
fn an_ordering_that_is_no_step_is_found() {
    let no_step = |sample: &str| violations("src/core/ring.rs", sample);
    for word in FENCES {
        let found = no_step(&format!(
            "// {word}\nif kept(Step::SomeFence) {{\n    {word};\n    {word};\n}}\n"
        ));
        assert!(found.len() == 1 && found[0].contains(":4:"), "{word}: {found:?}");
    }
    for word in ORDERINGS {
        let sample = format!("a.load(ordered(Step::SomeStep, {word}));\nb.load({word});\n");
        let found = no_step(&sample);
        assert!(found.len() == 1 && found[0].contains(":2:"), "{word}: {found:?}");
        assert!(violations("src/core/models/ring.rs", &sample).is_empty());
    }
    let unguarded = "a.store(1, ordered(Step::SomeStep, Ordering::Release));\nlight();\n";
    assert_eq!(no_step(unguarded).len(), 1, "the step is another one's");
    assert!(no_step("let is_too_full = is_full();\n").is_empty(), "a longer name");
}
