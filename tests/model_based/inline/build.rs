//! Compiles the header's inline functions as C.

fn main() {
    println!("cargo::rerun-if-changed=inline.c");
    println!("cargo::rerun-if-changed=../../../include/disruptor.h");
    cc::Build::new().file("inline.c").include("../../../include").compile("inline_functions");
}
