//! What wasm-opt cannot know: which code of the bound module is never of use in a page.

use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module};

/// Parts of the names of functions that begin a panic.
const PANICS: [&str; 8] = [
    "panicking::",
    "rust_begin_unwind",
    "slice_index_fail",
    "slice_error_fail",
    "unwrap_failed",
    "expect_failed",
    "handle_alloc_error",
    "handle_error",
];

/// Exports of js-sys for asynchronous tasks, which the tracker has none of.
const UNUSED_EXPORTS: [&str; 1] = ["__wbg_jspi_task_poll"];

/// Makes a panic trap at once: formatting a message that nobody can read costs a visitor kilobytes.
pub(super) fn cut_panics(module: &mut Module) {
    let begins_panic = |name: &str| PANICS.iter().any(|part| name.contains(part));
    let functions: Vec<FunctionId> = module
        .funcs
        .iter_local()
        .map(|(id, _)| id)
        .filter(|id| module.funcs.get(*id).name.as_deref().is_some_and(begins_panic))
        .collect();
    for function in functions {
        trap(module, function);
    }
    for export in UNUSED_EXPORTS {
        let found = module
            .exports
            .iter()
            .find(|candidate| candidate.name == export)
            .map(|found| found.id());
        if let Some(id) = found {
            module.exports.delete(id);
        }
    }
}

/// Blanks the paths of source files that panics would name: the machine that built this is nobody's business.
pub(super) fn blank_paths(module: &mut Module, cargo_home: &str) {
    let segments: Vec<_> = module.data.iter().map(|segment| segment.id()).collect();
    for segment in segments {
        for marker in ["/rustc/", cargo_home] {
            blank(&mut module.data.get_mut(segment).value, marker.as_bytes());
        }
    }
}

/// From each `marker` up to the next `.rs`.
fn blank(bytes: &mut [u8], marker: &[u8]) {
    let find = |bytes: &[u8], wanted: &[u8]| bytes.windows(wanted.len()).position(|window| window == wanted);
    let mut start = 0;
    while let Some(found) = find(&bytes[start..], marker) {
        start += found;
        let length = find(&bytes[start..], b".rs").map_or(marker.len(), |end| end + 3);
        bytes[start..start + length].fill(0);
        start += length;
    }
}

fn trap(module: &mut Module, function: FunctionId) {
    let signature = module.types.get(module.funcs.get(function).ty());
    let (parameters, results) = (signature.params().to_vec(), signature.results().to_vec());
    let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
    builder.func_body().unreachable();
    let arguments = parameters.iter().map(|kind| module.locals.add(*kind)).collect();
    module.funcs.get_mut(function).kind = FunctionKind::Local(builder.local_func(arguments));
}

/// Gives the module's imports names of a letter or two, and returns the script that brings them under these names.
///
/// An object of its own, not the glue's namespace: bundled, that would run into what a page adds to `Object.prototype`.
pub(super) fn shorten_imports(module: &mut Module) -> String {
    let mut imported = String::new();
    let mut given = String::new();
    for (index, import) in module.imports.iter_mut().enumerate() {
        let short = format!("i{index}");
        imported += &format!("{} as {short}, ", import.name);
        given += &format!("{short}, ");
        import.module = "g".to_owned();
        import.name = short;
    }
    format!("import {{ {imported} }} from \"clickpath-glue\";\nexport const imports = {{ g: {{ {given} }} }};\n")
}
