//! Passes on what only a build script is told: where the SQLite that cargo compiled lies.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for name in ["INCLUDE", "LIB_DIR"] {
        let directory = std::env::var(format!("DEP_SQLITE3_{name}"))
            .expect("libsqlite3-sys with the feature `bundled` says where its files are");
        println!("cargo::rustc-env=SQLITE_{name}={directory}");
    }
}
