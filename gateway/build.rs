//! Release builds embed the tracker's files: a new one has to reach the binary. Debug builds read the folder when they start.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_none() {
        println!("cargo:rerun-if-changed=../dist/tracker");
    }
}
