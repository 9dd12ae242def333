//! What waits and what outlives a page, as text: one event to a line, before it how many it stands for unless that is one.
//!
//! A stored text never changes: a page writes the next one under a new name, then removes the one before. So whoever has read a text may
//! remove it, and two tabs cannot write over each other's events.

use alloc::string::String;
use alloc::vec::Vec;

use super::Way;
use crate::text::{hash, integer, push_hex, push_integer, split};

pub(super) struct Stock {
    prefix: String,
    /// Under which name this page's events are stored; empty when none are.
    name: String,
}

pub(super) fn push(lines: &mut String, event: &str, stands_for: u32) {
    if stands_for != 1 {
        push_integer(lines, stands_for.into());
    }
    lines.push_str(event);
    lines.push('\n');
}

/// How many events the lines stand for.
pub(super) fn count(mut lines: &str) -> u32 {
    let mut total = 0;
    while !lines.is_empty() {
        let (line, rest) = split(lines, b'\n');
        let stands_for = split(line, b'{').0;
        total += if stands_for.is_empty() {
            1
        } else {
            integer(stands_for) as u32
        };
        lines = rest;
    }
    total
}

/// The bytes of as many lines as fit into so many, and of one at least.
pub(super) fn lines_within(lines: &str, bytes: usize) -> usize {
    let mut end = 0;
    for (at, byte) in lines.bytes().enumerate() {
        if end > 0 && at >= bytes {
            break;
        }
        if byte == b'\n' {
            end = at + 1;
        }
    }
    end
}

/// The lines as a JSON array.
pub(super) fn body(mut lines: &str) -> String {
    let mut text = String::from("[");
    while !lines.is_empty() {
        let (line, rest) = split(lines, b'\n');
        let stands_for = split(line, b'{').0;
        text.push_str(line.get(stands_for.len()..).unwrap_or_default());
        text.push_str(if rest.is_empty() { "]" } else { "," });
        lines = rest;
    }
    text
}

/// Appends the lines of `text` whose hashes are not among `marks` yet.
fn push_new(lines: &mut String, marks: &mut Vec<u64>, mut text: &str) {
    while !text.is_empty() {
        let (line, rest) = split(text, b'\n');
        let mark = hash(0, line);
        if !marks.contains(&mark) {
            marks.push(mark);
            lines.push_str(line);
            lines.push('\n');
        }
        text = rest;
    }
}

impl Stock {
    pub(super) const fn new() -> Self {
        Self {
            prefix: String::new(),
            name: String::new(),
        }
    }

    pub(super) fn open(&mut self, site: &str) {
        self.prefix.push_str("clickpath.queue.");
        self.prefix.push_str(site);
        self.prefix.push('.');
    }

    pub(super) fn holds(&self) -> bool {
        !self.name.is_empty()
    }

    /// What is stored belongs to whoever finds it.
    pub(super) fn release(&mut self) {
        self.name.clear();
    }

    /// Tells whether it is stored: the lines, and how many events were lost for want of room.
    pub(super) fn write(&mut self, way: &impl Way, lines: &str, lost: u32) -> bool {
        let mut text = String::new();
        if lost > 0 {
            text.push('#');
            push_integer(&mut text, lost.into());
            text.push('\n');
        }
        text.push_str(lines);
        let before = core::mem::take(&mut self.name);
        if text.is_empty() {
            way.save(&before, "");
            return true;
        }
        let mut name = self.prefix.clone();
        for _ in 0..2 {
            push_hex(&mut name, way.random().into(), 8);
        }
        let stored = way.save(&name, &text);
        way.save(&before, "");
        if stored || way.save(&name, &text) {
            self.name = name;
            return true;
        }
        // What was not stored is not kept in the page's memory either.
        way.save(&name, "");
        false
    }

    /// The names under which something is stored, the lines that other pages left there and that are not `known`, and how many events
    /// those pages lost. Tabs that open together find the same lines.
    pub(super) fn fetch(&self, way: &impl Way, known: &str) -> (String, String, u32) {
        let mut lines = String::new();
        let mut lost = 0;
        let mut marks = Vec::new();
        push_new(&mut String::new(), &mut marks, known);
        let names = way.names(&self.prefix);
        self.each(&names, |name| {
            let mut text = &*way.load(name);
            if text.as_bytes().starts_with(b"#") {
                let (head, rest) = split(text, b'\n');
                lost += integer(split(head, b'#').1) as u32;
                text = rest;
            }
            push_new(&mut lines, &mut marks, text);
        });
        (names, lines, lost)
    }

    pub(super) fn remove(&self, way: &impl Way, names: &str) {
        self.each(names, |name| {
            way.save(name, "");
        });
    }

    /// The names of other pages' texts.
    fn each(&self, mut names: &str, mut visit: impl FnMut(&str)) {
        while !names.is_empty() {
            let (name, rest) = split(names, b'\n');
            if name != self.name {
                visit(name);
            }
            names = rest;
        }
    }
}
