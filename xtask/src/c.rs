//! Compiles C and C++ programs with the compiler that the `cc` crate finds (it honours `CC`, `CXX`, `CFLAGS`).
//!
//! ```no_run
//! use xtask::c::{self, Link, Profile};
//!
//! # fn main() -> Result<(), String> {
//! let library = c::library(Profile::Release)?;
//! let program = c::Program::new("hello")
//!     .source("examples/hello.c")
//!     .standard("c99")
//!     .flags(c::STRICT)
//!     .link(Link::Shared(library))
//!     .build()?;
//! # Ok(())
//! # }
//! ```

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use crate::cargo::{Profile, library};
use crate::cargo::{aside, target_directory};
use crate::root;

/// The warnings that every C program here compiles without.
pub const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// What a Rust static library needs from the system (`rustc --print native-static-libs`), and enough for all else.
const SYSTEM_LIBRARIES: &str = if cfg!(target_os = "linux") {
    "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"
} else {
    "-lpthread -lm"
};

/// How a program is linked with libdisruptor. The directory is what [`library`] returned, or an installation's.
#[derive(Clone, Debug)]
pub enum Link {
    /// With `libdisruptor.so` in this directory, where the program will also find it when it runs.
    Shared(PathBuf),
    /// With `libdisruptor.a` in this directory.
    Static(PathBuf),
}

/// A program to be compiled: say what it is made of, then [`build`](Program::build) it.
#[derive(Clone, Debug)]
#[must_use = "nothing is compiled before `build`"]
pub struct Program {
    name: String,
    sources: Vec<PathBuf>,
    flags: Vec<OsString>,
    archives: Vec<PathBuf>,
    link: Option<Link>,
    cplusplus: bool,
}

impl Program {
    /// A C program of this name, linked with nothing but the C library. Relative paths start at the project's
    /// directory, and the project's headers are found.
    pub fn new(name: impl Into<String>) -> Self {
        let include = root().join("include");
        Self {
            name: name.into(),
            sources: Vec::new(),
            flags: vec!["-I".into(), include.into()],
            archives: Vec::new(),
            link: None,
            cplusplus: false,
        }
    }

    /// Adds a source file.
    pub fn source(mut self, file: impl AsRef<Path>) -> Self {
        self.sources.push(root().join(file));
        self
    }

    /// Adds a directory of headers that are not ours: their warnings do not count.
    pub fn system_include(self, directory: impl AsRef<Path>) -> Self {
        self.flag("-isystem").flag(root().join(directory))
    }

    /// Adds a static library that the sources need.
    pub fn archive(mut self, file: impl AsRef<Path>) -> Self {
        self.archives.push(root().join(file));
        self
    }

    /// Adds a flag for the compiler; it stands before the sources.
    pub fn flag(mut self, flag: impl Into<OsString>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// Adds several flags.
    pub fn flags<F: Into<OsString>>(mut self, flags: impl IntoIterator<Item = F>) -> Self {
        self.flags.extend(flags.into_iter().map(Into::into));
        self
    }

    /// Defines a macro as this path, a string literal.
    pub fn define(self, name: &str, path: &Path) -> Self {
        self.flag(format!("-D{name}={:?}", path.to_string_lossy()))
    }

    /// The language's standard: `c99`, `c++11`.
    pub fn standard(self, standard: &str) -> Self {
        self.flag(format!("-std={standard}"))
    }

    /// Compiles with the C++ compiler, as C++ whatever the sources are called.
    pub fn cplusplus(mut self) -> Self {
        self.cplusplus = true;
        self
    }

    /// Links with libdisruptor.
    pub fn link(mut self, link: Link) -> Self {
        self.link = Some(link);
        self
    }

    /// Compiles and links, and returns the program's path. The error is one line, followed by the compiler's words.
    pub fn build(&self) -> Result<PathBuf, String> {
        let directory = self.directory()?;
        fs::create_dir_all(&directory)
            .map_err(|error| format!("{}: {error}", directory.display()))?;
        let program = directory.join(format!("{}{EXE_SUFFIX}", self.name));
        // Made aside and moved into place: another test may be building, or running, the same program.
        let aside = aside(&program);
        let mut compiler = self.compiler(&directory)?;
        compiler.args(&self.flags).args(&self.sources).arg("-o").arg(&aside);
        compiler.args(self.link_arguments());
        run(&mut compiler, &self.name)?;
        fs::rename(&aside, &program).map_err(|error| format!("{}: {error}", program.display()))?;
        Ok(program)
    }

    /// `target/c-programs/release-shared` for a program linked with `target/release/libdisruptor.so`, and so on:
    /// one program may be linked in every way without one taking the other's place.
    fn directory(&self) -> Result<PathBuf, String> {
        let target = target_directory()?;
        let kind = match &self.link {
            None => "alone".to_owned(),
            Some(Link::Shared(library)) => format!("{}-shared", label(library, &target)),
            Some(Link::Static(library)) => format!("{}-static", label(library, &target)),
        };
        Ok(target.join("c-programs").join(kind))
    }

    fn compiler(&self, out: &Path) -> Result<Command, String> {
        let compiler = cc::Build::new()
            .host(env!("XTASK_HOST"))
            .target(env!("XTASK_TARGET"))
            .out_dir(out)
            .opt_level(2)
            .debug(true)
            .cpp(self.cplusplus)
            .cargo_metadata(false)
            .cargo_warnings(false)
            .cargo_debug(false)
            .cargo_output(false)
            .try_get_compiler()
            .map_err(|error| missing(&error.to_string()))?;
        if compiler.is_like_msvc() {
            return Err("these programs need gcc or clang; set CC and CXX".to_owned());
        }
        let mut command = compiler.to_command();
        if self.cplusplus {
            command.args(["-x", "c++"]);
        }
        Ok(command)
    }

    /// What follows the sources: a linker takes from a library only what was asked for before it.
    fn link_arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if self.cplusplus {
            // The language was set for the sources; what follows goes by its name again.
            arguments.extend(["-x".into(), "none".into()]);
        }
        arguments.extend(self.archives.iter().map(Into::into));
        match &self.link {
            None => {}
            Some(Link::Shared(directory)) => {
                let mut rpath = OsString::from("-Wl,-rpath,");
                rpath.push(directory);
                arguments.extend(["-L".into(), directory.into(), "-ldisruptor".into(), rpath]);
                if cfg!(target_os = "linux") {
                    // The older kind of rpath comes before LD_LIBRARY_PATH, which `cargo test` points at the library
                    // of the other profile.
                    arguments.push("-Wl,--disable-new-dtags".into());
                }
            }
            Some(Link::Static(directory)) => {
                arguments.push(directory.join("libdisruptor.a").into());
            }
        }
        arguments.extend(SYSTEM_LIBRARIES.split(' ').map(Into::into));
        arguments
    }
}

/// How a test program is to be run: by itself, or by what `DISRUPTOR_RUNNER` names (`valgrind -q`, say).
pub fn run_by(program: &Path) -> Command {
    let runner = std::env::var("DISRUPTOR_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(first) = words.next() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(words).arg(program);
    command
}

/// Names a library's directory in one word: its path below the target directory, or "installed" when it is elsewhere.
fn label(library: &Path, target: &Path) -> String {
    match library.strip_prefix(target) {
        Ok(below) => below.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "-"),
        Err(_) => "installed".to_owned(),
    }
}

fn run(compiler: &mut Command, name: &str) -> Result<(), String> {
    let output = compiler.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => missing(&compiler.get_program().to_string_lossy()),
        _ => format!("cannot run {}: {error}", compiler.get_program().to_string_lossy()),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    // Without the environment, which `{compiler:?}` would show: that is nobody's business.
    let command = std::iter::once(compiler.get_program()).chain(compiler.get_args());
    let command = command.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    Err(format!("{name} does not compile\n{command}\n{}", said.trim_end()))
}

fn missing(what: &str) -> String {
    format!(
        "no C compiler found ({what}): install gcc or clang, or name one in CC (for C++: g++, CXX)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source file that says what it was compiled as.
    fn source(name: &str, text: &str) -> PathBuf {
        let file = target_directory().expect("cargo knows its target directory").join(name);
        fs::write(&file, text).expect("the target directory is ours");
        file
    }

    fn exit_code(program: &Program) -> Option<i32> {
        let program = program.build().unwrap_or_else(|error| panic!("{error}"));
        Command::new(program).status().expect("what was compiled runs").code()
    }

    #[test]
    fn compiles_c99_and_cplusplus11() {
        let text = "#ifdef __cplusplus\nint main() { return __cplusplus / 100 % 100; }\n\
                    #else\nint main(void) { return __STDC_VERSION__ / 100 % 100; }\n#endif\n";
        let program =
            Program::new("xtask-language").source(source("xtask-language.c", text)).flags(STRICT);
        assert_eq!(exit_code(&program.clone().standard("c99")), Some(1999 % 100));
        assert_eq!(exit_code(&program.cplusplus().standard("c++11")), Some(2011 % 100));
    }

    #[test]
    fn a_program_that_does_not_compile_says_why() {
        let file = source("xtask-broken.c", "int main(void) { return nowhere; }\n");
        let error =
            Program::new("xtask-broken").source(file).build().expect_err("it uses an unknown name");
        assert!(error.starts_with("xtask-broken does not compile\n"), "{error}");
        assert!(error.contains("nowhere"), "{error}");
    }

    #[test]
    fn warnings_are_errors_where_the_program_is_strict() {
        let file = source("xtask-warning.c", "int main(void) { int unused; return 0; }\n");
        let program = Program::new("xtask-warning").source(file);
        assert_eq!(exit_code(&program), Some(0));
        let error = program.flags(STRICT).build().expect_err("it has an unused variable");
        assert!(error.contains("unused"), "{error}");
    }
}
