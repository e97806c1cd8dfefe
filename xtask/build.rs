//! Tells the library which platform it was built for: cargo says so to build scripts only.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for name in ["HOST", "TARGET"] {
        let triple = std::env::var(name).expect("cargo sets HOST and TARGET for build scripts");
        println!("cargo::rustc-env=XTASK_{name}={triple}");
    }
}
