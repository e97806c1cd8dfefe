//! Prints two lines: the directory of SQLite's headers, and the one of its static library.
//!
//! A program of its own, because a crate that depended on SQLite would compile it for everybody who depends on that
//! crate in turn. `xtask::sqlite` runs this when an example needs it.

fn main() {
    println!("{}\n{}", env!("SQLITE_INCLUDE"), env!("SQLITE_LIB_DIR"));
}
