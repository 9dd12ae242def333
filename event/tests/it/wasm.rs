//! The contract says the same in WebAssembly as it does natively.

use std::path::Path;
use std::process::Command;

use crate::verdict::verdicts;

#[test]
fn wasm_gives_equal_verdicts() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    // A target folder of its own: cargo holds a lock on the one this test runs from.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wasm");
    let arguments = "build --quiet --package event --example verdicts --target wasm32-unknown-unknown --target-dir";
    run(Command::new(env!("CARGO"))
        .args(arguments.split(' '))
        .arg(&target)
        .current_dir(crate_folder));
    let module = target.join("wasm32-unknown-unknown/debug/examples/verdicts.wasm");
    let found = run(Command::new("node")
        .arg(crate_folder.join("tests/it/wasm.mjs"))
        .arg(module));
    assert_eq!(found, verdicts());
}

#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).expect("the output is UTF-8")
}
