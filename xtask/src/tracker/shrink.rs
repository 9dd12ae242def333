//! What wasm-opt cannot know: which code of the bound module is never of use in a page.

use std::collections::HashSet;

use walrus::ir::{CallIndirect, Const, Load, Value, Visitor, dfs_in_order};
use walrus::{ConstExpr, DataKind, ElementItems, ExportItem, FunctionBuilder, FunctionId, FunctionKind, Module};

/// Parts of the names of functions that begin a panic.
const PANICS: [&str; 9] = [
    "panicking::",
    "rust_begin_unwind",
    "slice_index_fail",
    "slice_error_fail",
    "unwrap_failed",
    "expect_failed",
    "handle_alloc_error",
    "handle_error",
    "rust_oom",
];

/// What the slim glue calls; see `glue.js`. Others would keep their code alive.
const EXPORTS: [&str; 2] = ["signal", "session"];

/// Texts that only a panic would print. Blank, they cost nothing.
const MESSAGES: [&[u8]; 12] = [
    b"slice index starts at",
    b" but ends at",
    b"index out of bounds: the len is ",
    b" but the index is ",
    b"range start index ",
    b" out of range for slice of length ",
    b"range end index ",
    b"assertion failed: self.is_char_boundary(new_len)",
    b"assertion failed: self.is_char_boundary(at)",
    b"capacity overflow",
    b"Tried to shrink to a larger capacity",
    b"00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899",
];

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
    let unused = |name: &str| !EXPORTS.contains(&name);
    let exports: Vec<_> = module
        .exports
        .iter()
        .filter(|export| unused(&export.name))
        .map(walrus::Export::id)
        .collect();
    for export in exports {
        module.exports.delete(export);
    }
    walrus::passes::gc::run(module);
}

/// Forgets the table of functions when nothing that runs calls through it: what a panic would have formatted with hangs on it.
pub(super) fn drop_table(module: &mut Module) {
    if calls_through_table(module) {
        return;
    }
    let elements: Vec<_> = module.elements.iter().map(|element| element.id()).collect();
    for element in elements {
        if let ElementItems::Functions(functions) = &mut module.elements.get_mut(element).items {
            functions.clear();
        }
    }
}

/// Forgets constants that no function names the place of: those of panics.
pub(super) fn drop_unread(module: &mut Module) {
    let mut read = Places::default();
    for (_, function) in module.funcs.iter_local() {
        dfs_in_order(&mut read, function, function.entry_block());
    }
    let segments: Vec<_> = module.data.iter().map(|segment| segment.id()).collect();
    for segment in segments {
        let segment = module.data.get_mut(segment);
        let DataKind::Active {
            offset: ConstExpr::Value(Value::I32(start)),
            ..
        } = segment.kind
        else {
            continue;
        };
        let places = u64::from(start.cast_unsigned())..u64::from(start.cast_unsigned()) + segment.value.len() as u64;
        if !read.0.iter().any(|place| places.contains(place)) {
            segment.value.fill(0);
        }
    }
}

/// Numbers in code that may be places in the memory.
#[derive(Default)]
struct Places(HashSet<u64>);

impl<'i> Visitor<'i> for Places {
    fn visit_const(&mut self, number: &Const) {
        if let Value::I32(place) = number.value {
            self.0.insert(place.cast_unsigned().into());
        }
    }

    fn visit_load(&mut self, load: &Load) {
        self.0.insert(load.arg.offset);
    }
}

/// Whether one of the functions that exports reach by direct calls makes an indirect one.
fn calls_through_table(module: &Module) -> bool {
    let exported = module.exports.iter().filter_map(|export| match export.item {
        ExportItem::Function(function) => Some(function),
        _ => None,
    });
    let mut open: Vec<FunctionId> = exported.collect();
    let mut reached = Calls::default();
    while let Some(function) = open.pop() {
        if !reached.functions.insert(function) {
            continue;
        }
        if let FunctionKind::Local(local) = &module.funcs.get(function).kind {
            let mut calls = Calls::default();
            dfs_in_order(&mut calls, local, local.entry_block());
            open.extend(calls.functions);
            reached.indirect |= calls.indirect;
        }
    }
    reached.indirect
}

#[derive(Default)]
struct Calls {
    functions: HashSet<FunctionId>,
    indirect: bool,
}

impl<'i> Visitor<'i> for Calls {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.functions.insert(*function);
    }

    fn visit_call_indirect(&mut self, _: &CallIndirect) {
        self.indirect = true;
    }
}

/// Blanks the paths of source files that panics would name: the machine that built this is nobody's business.
pub(super) fn blank_paths(module: &mut Module, cargo_home: &str) {
    let segments: Vec<_> = module.data.iter().map(|segment| segment.id()).collect();
    for segment in segments {
        let bytes = &mut module.data.get_mut(segment).value;
        for marker in ["/rustc/", "tracker-wasm/src/", cargo_home] {
            blank(bytes, marker.as_bytes());
        }
        for message in MESSAGES {
            while let Some(found) = bytes.windows(message.len()).position(|window| window == message) {
                bytes[found..found + message.len()].fill(0);
            }
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
    let mut script = String::new();
    let mut given = String::new();
    for (index, import) in module.imports.iter_mut().enumerate() {
        let short = format!("i{index}");
        // What takes and gives numbers alone comes from the host itself; the glue is in between for texts.
        let from = if import.module == HOST { HOST } else { "clickpath-glue" };
        script += &format!("import {{ {} as {short} }} from \"{from}\";\n", import.name);
        given += &format!("{short}, ");
        import.module = "g".to_owned();
        import.name = short;
    }
    format!("{script}export const imports = {{ g: {{ {given} }} }};\n")
}

/// The module name of `tracker-wasm/src/host.rs`.
const HOST: &str = "clickpath-host";
