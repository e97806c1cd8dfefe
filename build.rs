//! Tells the linker what plain cargo does not: the name by which programs look for the shared
//! library, and that the library stays in the process. Writes nothing.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_C_CARGO");

    // cargo-c names the library itself, for the place where it will be installed. It shows by a
    // variable of its own, and by the feature `capi` in crates that have one.
    let by_cargo_c =
        ["CARGO_C_CARGO", "CARGO_FEATURE_CAPI"].iter().any(|name| env::var_os(name).is_some());
    let major = variable("CARGO_PKG_VERSION_MAJOR");
    match variable("CARGO_CFG_TARGET_OS").as_str() {
        "linux" | "freebsd" | "dragonfly" | "netbsd" | "openbsd" => {
            if !by_cargo_c {
                link_with(&format!("-Wl,-soname,libdisruptor.so.{major}"));
            }
            // The library's threads may be running when the program closes it.
            link_with("-Wl,-z,nodelete");
        }
        "macos" if !by_cargo_c => {
            link_with(&format!("-Wl,-install_name,@rpath/libdisruptor.{major}.dylib"));
        }
        _ => {}
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

fn link_with(argument: &str) {
    println!("cargo::rustc-cdylib-link-arg={argument}");
}
