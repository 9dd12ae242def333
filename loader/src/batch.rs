mod held;

use event::EnrichedEvent;
use event::group;
use queue::{Delivery, Group, Tag};
use warehouse::{Block, EventRow};

use crate::answers::{Answers, Questions};
use crate::duplicates::{Arrival, Kind, Stored, Verdict, at_first_sight, with_answer};
use crate::manifest::{Entry, GroupKey, Manifest, Share};
use crate::memory::Memory;
use crate::part::Part;
use crate::skipped::Skipped;
pub(crate) use held::{DECODED, Held, decode, reopen};

/// When a batch is full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
    pub(crate) groups: usize,
}

/// Groups that are inserted together and acknowledged together, while they are collected.
#[derive(Default)]
pub(crate) struct Batch {
    groups: Vec<Held>,
    /// Groups about which the table must be asked; they come last.
    open: Vec<Open>,
    open_events: usize,
    skipped: Skipped,
    last: Option<Tag>,
    /// Unix milliseconds.
    earliest_ms: Option<u64>,
}

struct Open {
    group: Group,
    key: GroupKey,
    /// The events in question, by index.
    questions: Vec<u32>,
}

impl Batch {
    pub(crate) fn add(&mut self, delivery: Delivery, memory: &mut Memory) {
        let Delivery {
            tag,
            group,
            redelivered,
            ..
        } = delivery;
        self.take_tag(tag, &group);
        let key = GroupKey::of(&group);
        if memory.groups.knows(&key) {
            return self.hold(group, key, Share::Repeated, 0);
        }
        let Ok(opened) = group::open(&group.body) else {
            return self.hold(group, key, Share::Poison, 0);
        };
        let Ok(events) = decode(&opened) else {
            return self.hold(group, key, Share::Poison, 0);
        };
        memory.groups.insert(key);
        let mark = memory.window.mark();
        let (mut skips, mut questions) = (Vec::new(), Vec::new());
        for (event, index) in events.iter().zip(0..) {
            let arrival = arrival(event, redelivered, memory);
            match at_first_sight(arrival, |at| memory.window.covers(at)) {
                Verdict::Store => {}
                Verdict::Skip(kind) => skips.push((index, kind)),
                Verdict::AskTable => questions.push(index),
            }
        }
        if !questions.is_empty() {
            memory.window.undo(mark);
            self.open_events += events.len();
            return self.open.push(Open { group, key, questions });
        }
        let share = self.push(&events, &group, &skips, memory);
        let events = events.len();
        self.hold(group, key, share, events);
    }

    fn take_tag(&mut self, tag: Tag, group: &Group) {
        self.last = self.last.max(Some(tag));
        if let Some(made_ms) = made_ms(group) {
            self.earliest_ms = Some(self.earliest_ms.map_or(made_ms, |earliest| earliest.min(made_ms)));
        }
    }

    fn hold(&mut self, group: Group, key: GroupKey, share: Share, events: usize) {
        self.groups.push(Held {
            group,
            share,
            key,
            events,
        });
    }

    /// Appends the rows that are not skipped.
    fn push(
        &mut self,
        events: &[EnrichedEvent<'_>],
        group: &Group,
        skips: &[(u32, Kind)],
        memory: &mut Memory,
    ) -> Share {
        let mut next = skips.iter().peekable();
        for (event, index) in events.iter().zip(0..) {
            match next.next_if(|(skip, _)| *skip == index) {
                Some((_, kind)) => self.skipped.count(event, group.id, *kind),
                None => memory.columns.push(&EventRow::new(event, group.id)),
            }
        }
        Share::Without(skips.iter().map(|(index, _)| *index).collect())
    }

    pub(crate) fn is_full(&self, limits: Limits, memory: &Memory) -> bool {
        let columns = &memory.columns;
        columns.rows() + self.open_events >= limits.rows
            || columns.bytes() >= limits.bytes
            || self.groups.len() + self.open.len() >= limits.groups
    }

    /// The events about which the table must be asked.
    pub(crate) fn questions(&self) -> Questions<'_> {
        let open = self.open.iter();
        Questions::new(open.map(|open| (&open.group, &open.questions[..])).collect())
    }

    /// Decides the open groups and ends the batch; `None` when nothing was delivered.
    pub(crate) fn close(mut self, answers: &Answers, memory: &mut Memory, number: u64) -> Option<Closed> {
        for open in std::mem::take(&mut self.open) {
            self.resolve(open, answers, memory);
        }
        let entries = self.groups.iter().map(Held::entry).collect();
        let token = Part::Groups(0..self.groups.len()).token(&self.groups);
        self.closed(Manifest { number, token, entries }, memory, false)
    }

    fn resolve(&mut self, open: Open, answers: &Answers, memory: &mut Memory) {
        let Open { group, key, questions } = open;
        let opened = reopen(&group);
        let events = decode(&opened).expect(DECODED);
        let mut skips = Vec::new();
        for (event, index) in events.iter().zip(0..) {
            let seen = arrival(event, false, memory).seen;
            let stored = match questions.binary_search(&index) {
                Ok(_) => answers.stored(event, &group),
                Err(_) => Stored::Nowhere,
            };
            if let Verdict::Skip(kind) = with_answer(seen, stored) {
                skips.push((index, kind));
            }
        }
        let share = self.push(&events, &group, &skips, memory);
        let events = events.len();
        self.hold(group, key, share, events);
    }

    fn closed(self, manifest: Manifest, memory: &mut Memory, is_written: bool) -> Option<Closed> {
        Some(Closed {
            last: self.last?,
            earliest_ms: self.earliest_ms,
            block: memory.columns.finish(),
            groups: self.groups,
            skipped: self.skipped,
            manifest,
            is_written,
        })
    }

    /// The batch of the manifest, from its groups; gives them back if they do not make it.
    pub(crate) fn repeat(
        manifest: Manifest,
        deliveries: Vec<Delivery>,
        memory: &mut Memory,
    ) -> Result<Closed, Vec<Delivery>> {
        let mark = memory.window.mark();
        let mut batch = Self::default();
        for (entry, delivery) in manifest.entries.iter().zip(&deliveries) {
            if batch.add_again(entry, delivery, memory).is_none() {
                memory.window.undo(mark);
                memory.columns.clear();
                return Err(deliveries);
            }
        }
        for held in batch.groups.iter().filter(|held| held.share != Share::Poison) {
            memory.groups.insert(held.key);
        }
        batch.closed(manifest, memory, true).ok_or(deliveries)
    }

    /// `None` if the group is not the entry's, or does not decode as it did.
    fn add_again(&mut self, entry: &Entry, delivery: &Delivery, memory: &mut Memory) -> Option<()> {
        let group = &delivery.group;
        let key = GroupKey::of(group);
        if key != entry.group {
            return None;
        }
        self.take_tag(delivery.tag, group);
        // Why a group does not decode is told where it is put aside.
        let opened = group::open(&group.body);
        let events = opened
            .as_ref()
            .map_err(drop)
            .and_then(|opened| decode(opened).map_err(drop));
        let count = match (&entry.share, events) {
            (Share::Without(skipped), Ok(events)) => {
                let skips: Vec<_> = skipped.iter().map(|index| (*index, Kind::Manifest)).collect();
                for event in &events {
                    arrival(event, false, memory);
                }
                self.push(&events, group, &skips, memory);
                events.len()
            }
            (Share::Repeated, _) | (Share::Poison, Err(())) => 0,
            (Share::Poison, Ok(_)) | (Share::Without(_), Err(())) => return None,
        };
        self.hold(group.clone(), key, entry.share.clone(), count);
        Some(())
    }
}

/// Unix milliseconds of a UUIDv7.
pub(crate) fn made_ms(group: &Group) -> Option<u64> {
    (group.id.get_version_num() == 7).then(|| (group.id.as_u128() >> 80) as u64)
}

fn arrival(event: &EnrichedEvent<'_>, redelivered: bool, memory: &mut Memory) -> Arrival {
    let received_ms = event.received_at.0;
    let created_ms = event.event.created_at.0;
    Arrival {
        seen: memory.window.insert(&event.event.site, event.event.id, received_ms),
        redelivered,
        received_ms,
        created_ms: created_ms.saturating_add(event.clock_skew_ms.unwrap_or(0)),
    }
}

/// A batch that takes no more groups.
pub(crate) struct Closed {
    /// Acknowledging this delivery acknowledges the batch.
    pub(crate) last: Tag,
    /// When the first of its groups was made, Unix milliseconds.
    pub(crate) earliest_ms: Option<u64>,
    pub(crate) groups: Vec<Held>,
    /// All rows of `groups` that are not skipped.
    pub(crate) block: Block,
    pub(crate) skipped: Skipped,
    pub(crate) manifest: Manifest,
    /// The manifest is on the disk already.
    pub(crate) is_written: bool,
}
