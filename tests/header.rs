//! The header and the library it describes: it compiles alone, is what cbindgen makes of the sources, and declares
//! exactly what the shared library exports.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use xtask::c::{self, Program};

fn header_file() -> PathBuf {
    xtask::root().join("include/disruptor.h")
}

fn header() -> String {
    fs::read_to_string(header_file()).expect("include/disruptor.h is there")
}

// ---- It compiles alone ----

/// A program of nothing but the header, twice. Everything in it is what the header brought along.
fn alone() -> Program {
    let directory = xtask::cargo::target_directory().expect("cargo has a target directory");
    let source = directory.join("header-alone.c");
    let text = "#include \"disruptor.h\"\n#include \"disruptor.h\"\nint main(void) { return 0; }\n";
    if fs::read_to_string(&source).is_ok_and(|old| old == text) {
        return Program::new("header-alone").source(source);
    }
    fs::write(&source, text).expect("the target directory is ours");
    Program::new("header-alone").source(source)
}

#[test]
fn compiles_alone_as_c99() {
    let program =
        alone().standard("c99").flags(c::STRICT).flags(["-Wstrict-prototypes", "-Wundef"]);
    program.build().unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn compiles_alone_as_cplusplus11() {
    let program = alone().cplusplus().standard("c++11").flags(c::STRICT).flag("-Wundef");
    program.build().unwrap_or_else(|error| panic!("{error}"));
}

// ---- It is up to date ----

#[test]
fn is_what_cbindgen_makes_of_the_sources() {
    let root = xtask::root();
    let config =
        cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is good");
    let bindings =
        cbindgen::generate_with_config(root, config).expect("cbindgen reads the sources");
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let generated = String::from_utf8(generated).expect("a header is UTF-8");
    if std::env::var_os("DISRUPTOR_BLESS").is_some() {
        fs::write(header_file(), &generated).expect("include/disruptor.h can be written");
    }
    if let Some(difference) = first_difference(&header(), &generated) {
        panic!(
            "include/disruptor.h is not what the sources say: {difference}\n\
             If the sources are right: DISRUPTOR_BLESS=1 cargo test --test header"
        );
    }
}

/// Where two texts part, for a person.
fn first_difference(committed: &str, generated: &str) -> Option<String> {
    if committed == generated {
        return None;
    }
    let (mut old, mut new) = (committed.lines(), generated.lines());
    for number in 1.. {
        let (old, new) = (old.next(), new.next());
        if old != new {
            return Some(format!("line {number}\n  committed: {old:?}\n  generated: {new:?}"));
        }
        if old.is_none() {
            break;
        }
    }
    Some("the ends of their lines".to_owned())
}

#[test]
fn a_difference_is_found() {
    assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
    assert!(first_difference("a\nb\n", "a\nc\n").is_some_and(|text| text.starts_with("line 2")));
    assert!(first_difference("a\n", "a\nb\n").is_some_and(|text| text.starts_with("line 2")));
    assert!(first_difference("a\r\n", "a\n").is_some());
}

// ---- It declares what the library exports ----

/// The functions that a header declares for a library to define: not its `static inline` ones, nor callback types.
fn declared_functions(header: &str) -> BTreeSet<String> {
    let text = without_comments(header);
    let text = without_preprocessor(&text);
    outermost(&text)
        .split(';')
        .filter(|declaration| !declaration.contains("static ") && !declaration.contains("typedef "))
        .filter_map(|declaration| {
            let before = declaration.split_once('(')?.0.trim_end();
            let name = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()?;
            name.starts_with("disruptor_").then(|| name.to_owned())
        })
        .collect()
}

fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    let code = kept.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    code.collect::<Vec<_>>().join("\n")
}

/// Without directives, and without what only C++ sees.
fn without_preprocessor(text: &str) -> String {
    let mut kept = String::new();
    let mut cplusplus = false;
    for line in text.lines() {
        if line.starts_with('#') {
            cplusplus = line.contains("__cplusplus") || cplusplus && !line.starts_with("#endif");
        } else if !cplusplus {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Without what stands in braces; the braces end a declaration, as those of a function do.
fn outermost(text: &str) -> String {
    let mut depth = 0;
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                kept.push(';');
            }
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

#[test]
fn declarations_are_recognised() {
    let header = "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\
                  /* disruptor_comment(); */\n\
                  typedef uint32_t (*disruptor_error_fn)(void *data);\n\
                  typedef struct disruptor_config_t {\n  int (*on_batch)(int);\n} disruptor_config_t;\n\
                  static inline int disruptor_inline(int i) { return disruptor_two(i); }\n\
                  int disruptor_one(disruptor_error_fn, int (*callback)(int));\n\
                  const char *disruptor_two(\n    int many,\n    int lines);\n\
                  #ifdef __cplusplus\n}  // extern \"C\"\n#endif\n";
    let names = ["disruptor_one", "disruptor_two"].map(str::to_owned);
    assert_eq!(declared_functions(header), BTreeSet::from(names));
}

#[cfg(target_os = "linux")]
mod shared_library {
    use std::collections::BTreeSet;

    use object::elf::{DF_1_NODELETE, DT_FLAGS_1, DT_SONAME, DynamicTag};
    use object::read::elf::{Dynamic, ElfFile64};
    use object::{Object, ObjectSymbol};
    use xtask::c::{self, Profile};

    fn bytes() -> Vec<u8> {
        let directory = c::library(Profile::Release).unwrap_or_else(|error| panic!("{error}"));
        std::fs::read(directory.join("libdisruptor.so")).expect("the shared library was built")
    }

    #[test]
    fn exports_what_the_header_declares() {
        let bytes = bytes();
        let library: ElfFile64 = ElfFile64::parse(&*bytes).expect("the shared library is ELF");
        let exported: BTreeSet<String> = library
            .dynamic_symbols()
            .filter(|symbol| symbol.is_definition() && symbol.is_global())
            .map(|symbol| symbol.name().expect("a symbol has a name").to_owned())
            .collect();
        let declared = super::declared_functions(&super::header());
        assert!(!declared.is_empty());
        let missing: Vec<_> = declared.difference(&exported).collect();
        let secret: Vec<_> = exported.difference(&declared).collect();
        assert!(missing.is_empty(), "declared and not exported: {missing:?}");
        assert!(secret.is_empty(), "exported and not declared: {secret:?}");
    }

    /// The one entry of the dynamic section with this tag, and the string that it may point to.
    fn dynamic_entry(tag: DynamicTag) -> (Dynamic, Option<String>) {
        let bytes = bytes();
        let library: ElfFile64 = ElfFile64::parse(&*bytes).expect("the shared library is ELF");
        let table = library.elf_dynamic_table().expect("with a dynamic section");
        let entries: Vec<Dynamic> = table.iter().filter(|entry| entry.tag == tag).collect();
        let [entry] = entries.as_slice() else {
            panic!("one {tag:?} was expected, not {entries:?}");
        };
        let text = table.string(*entry).ok();
        (*entry, text.map(|text| String::from_utf8_lossy(text).into_owned()))
    }

    #[test]
    fn has_a_soname_with_its_version() {
        let (_, soname) = dynamic_entry(DT_SONAME);
        let soname = soname.expect("the SONAME is a string");
        let version = soname.strip_prefix("libdisruptor.so.");
        let version = version.unwrap_or_else(|| panic!("{soname} is no libdisruptor.so.VERSION"));
        let package = env!("CARGO_PKG_VERSION");
        assert!(
            package == version || package.starts_with(&format!("{version}.")),
            "{soname} does not belong to version {package}"
        );
    }

    /// Its threads may run when a program calls dlclose.
    #[test]
    fn is_never_unloaded() {
        let (flags, _) = dynamic_entry(DT_FLAGS_1);
        assert_ne!(flags.val & DF_1_NODELETE.0, 0, "NODELETE is not set");
    }
}
