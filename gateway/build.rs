//! Release builds embed the files of tracker and pages: new ones have to reach the binary. Debug builds read the folder when they start.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_none() {
        println!("cargo:rerun-if-changed=../dist/overlay");
        println!("cargo:rerun-if-changed=../dist/tracker");
        println!("cargo:rerun-if-changed=../dist/web");
    }
}
