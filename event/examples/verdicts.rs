//! The corpus' verdicts as a WebAssembly module without imports: `main` leaves them in memory between two marks, where
//! `tests/it/wasm.mjs` finds them. Nothing else leaves a module whose exports would need `unsafe`.

use std::iter::repeat_n;
use std::sync::OnceLock;

#[path = "../corpus/verdict.rs"]
mod verdict;

static VERDICTS: OnceLock<String> = OnceLock::new();

fn main() {
    VERDICTS.get_or_init(|| {
        let verdicts = verdict::verdicts();
        // Its final size at once: a text that grows leaves copies of the mark behind.
        let mut marked = String::with_capacity(verdicts.len() + 64);
        marked.extend(repeat_n('\u{2}', 32));
        marked.push_str(&verdicts);
        marked.extend(repeat_n('\u{3}', 32));
        marked
    });
}
