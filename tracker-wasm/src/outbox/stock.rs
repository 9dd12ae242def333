//! What outlives a page: events without an answer, one to a line, and counts of lost ones.
//!
//! A stored text never changes: a page writes the next one under a new name, then removes the one before. So whoever has read a text may
//! remove it, and two tabs cannot write over each other's events.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Event, Lost, Way};
use crate::text::{integer, push_hex, push_integer, split};

pub(super) struct Stock {
    prefix: String,
    /// Under which name this page's events are stored; empty when none are.
    name: String,
}

impl Stock {
    pub(super) fn new(site: &str) -> Self {
        let mut prefix = String::from("clickpath.queue.");
        prefix.push_str(site);
        prefix.push('.');
        Self {
            prefix,
            name: String::new(),
        }
    }

    pub(super) fn holds(&self) -> bool {
        !self.name.is_empty()
    }

    /// What is stored belongs to whoever finds it.
    pub(super) fn release(&mut self) {
        self.name.clear();
    }

    /// Tells whether all of it is stored.
    pub(super) fn write<'e>(
        &mut self,
        way: &impl Way,
        events: impl IntoIterator<Item = &'e Event>,
        lost: Lost,
    ) -> bool {
        let mut text = String::new();
        if lost.iter().any(|count| *count > 0) {
            for count in lost {
                push_integer(&mut text, count.into());
                text.push(' ');
            }
            text.push('\n');
        }
        for event in events {
            if event.stands_for != 1 {
                push_integer(&mut text, event.stands_for.into());
            }
            text.push_str(&event.text);
            text.push('\n');
        }
        let before = core::mem::take(&mut self.name);
        let mut name = String::new();
        let mut stored = true;
        if !text.is_empty() {
            name.push_str(&self.prefix);
            push_hex(&mut name, way.random().into(), 8);
            push_hex(&mut name, way.random().into(), 8);
            stored = way.save(&name, &text);
        }
        self.remove(way, &before);
        if stored || way.save(&name, &text) {
            self.name = name;
            return true;
        }
        // What was not stored is not kept in the page's memory either.
        way.save(&name, "");
        false
    }

    /// The names under which something is stored, and the events other pages left there; adds to the counts.
    pub(super) fn fetch(&self, way: &impl Way, lost: &mut Lost) -> (String, Vec<Event>) {
        let mut events = Vec::new();
        let names = way.names(&self.prefix);
        let mut rest = names.as_str();
        while !rest.is_empty() {
            let (name, after) = split(rest, b'\n');
            if name != self.name {
                read(&way.load(name), &mut events, lost);
            }
            rest = after;
        }
        (names, events)
    }

    pub(super) fn remove(&self, way: &impl Way, mut names: &str) {
        while !names.is_empty() {
            let (name, after) = split(names, b'\n');
            if name != self.name {
                way.save(name, "");
            }
            names = after;
        }
    }
}

fn read(mut text: &str, events: &mut Vec<Event>, lost: &mut Lost) {
    while !text.is_empty() {
        let (line, after) = split(text, b'\n');
        text = after;
        let start = line.bytes().position(|byte| byte == b'{').unwrap_or(line.len());
        let (mut counts, event) = line.split_at_checked(start).unwrap_or((line, ""));
        if event.is_empty() {
            for total in &mut *lost {
                let (count, rest) = split(counts, b' ');
                *total += integer(count) as u32;
                counts = rest;
            }
        } else if !events.iter().any(|known: &Event| known.text == event) {
            let stands_for = if start == 0 { 1 } else { integer(counts) as u32 };
            events.push(Event {
                text: event.into(),
                stands_for,
            });
        }
    }
}
