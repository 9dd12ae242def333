/// A line for whoever watches.
#[expect(clippy::print_stdout, reason = "what the command is for")]
pub(super) fn say(line: &str) {
    println!("{line}");
}
