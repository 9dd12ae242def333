//! Which events of a group go into the table, and which are copies of what is there; pure.
//!
//! What the window knows decides almost always. Where it does not suffice the table is asked: after a restart or a change of
//! loaders, when it is not known in which group a known event was stored, and for events that happened before the window
//! begins, because their first copy may be older than it.

use crate::window::Seen;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Store,
    Skip(Kind),
    AskTable,
}

/// What gave the duplicate away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The batch in hand has it already.
    Batch,
    Window,
    Table,
    /// The batch is repeated after a crash, and skipped it before.
    Manifest,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Window => "window",
            Self::Table => "table",
            Self::Manifest => "manifest",
        }
    }
}

/// An event as it arrives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) seen: Seen,
    /// Its group may have been delivered before.
    pub(crate) redelivered: bool,
    pub(crate) received_ms: i64,
    /// By the client's clock, corrected by its skew.
    pub(crate) created_ms: i64,
}

/// `covers` says whether an event received at that moment is in the window if it is in the table.
pub(crate) fn at_first_sight(event: Arrival, covers: impl Fn(i64) -> bool) -> Verdict {
    match event.seen {
        Seen::Batch => Verdict::Skip(Kind::Batch),
        Seen::Own => Verdict::Skip(Kind::Window),
        // Stored in another group: a duplicate. In this one: a delivery that comes again.
        Seen::Table => Verdict::AskTable,
        Seen::New if event.redelivered && !covers(event.received_ms) => Verdict::AskTable,
        // No copy of it was received before it happened.
        Seen::New if !covers(event.created_ms) => Verdict::AskTable,
        Seen::New => Verdict::Store,
    }
}

/// Where the table has an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    Nowhere,
    /// In the group that is at hand.
    Here,
    Elsewhere,
}

/// The verdict on an event of a group about which the table was asked.
pub(crate) fn with_answer(seen: Seen, stored: Stored) -> Verdict {
    match (stored, seen) {
        // Its insert may have been cut off between the table and a mart, so it is inserted again: the row has the same key,
        // and the marts are idempotent.
        (Stored::Here, _) => Verdict::Store,
        (Stored::Elsewhere, _) => Verdict::Skip(Kind::Table),
        (Stored::Nowhere, Seen::Batch) => Verdict::Skip(Kind::Batch),
        // The table had it when it was read, with a `created_at` that is far off.
        (Stored::Nowhere, Seen::Own | Seen::Table) => Verdict::Skip(Kind::Window),
        (Stored::Nowhere, Seen::New) => Verdict::Store,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED: i64 = 1_000_000_000;
    const MINUTE: i64 = 60_000;

    #[track_caller]
    fn check(story: &str, event: Arrival, forgotten_ms: i64, expect: Verdict) {
        assert_eq!(at_first_sight(event, |at| at > forgotten_ms), expect, "{story}");
    }

    #[test]
    fn decides_at_first_sight() {
        let fresh = Arrival {
            seen: Seen::New,
            redelivered: false,
            received_ms: RECEIVED,
            created_ms: RECEIVED - 500,
        };
        let late = |minutes| Arrival {
            created_ms: RECEIVED - minutes * MINUTE,
            ..fresh
        };
        let again = Arrival {
            redelivered: true,
            ..fresh
        };
        let seen = |seen| Arrival { seen, ..fresh };
        let (all, hour, none) = (i64::MIN, RECEIVED - 60 * MINUTE, RECEIVED);
        check("an event of now", fresh, hour, Verdict::Store);
        check(
            "an event of now, and a window shorter than its way",
            fresh,
            none,
            Verdict::AskTable,
        );
        check("twice in a batch", seen(Seen::Batch), all, Verdict::Skip(Kind::Batch));
        check("sent again", seen(Seen::Own), all, Verdict::Skip(Kind::Window));
        check("stored before this loader", seen(Seen::Table), all, Verdict::AskTable);
        check("late, but the window is older", late(30), hour, Verdict::Store);
        check("late, from before the window", late(61), hour, Verdict::AskTable);
        check("late, and nothing was forgotten", late(100_000), all, Verdict::Store);
        check("a little late", late(1), RECEIVED - 2 * MINUTE, Verdict::Store);
        check(
            "a little late, from before the window",
            late(3),
            RECEIVED - 2 * MINUTE,
            Verdict::AskTable,
        );
        check("delivered again, not stored then", again, hour, Verdict::Store);
        check(
            "delivered again, received before the window",
            again,
            none,
            Verdict::AskTable,
        );
        let known_again = Arrival {
            redelivered: true,
            ..seen(Seen::Table)
        };
        check("delivered again, stored then", known_again, hour, Verdict::AskTable);
    }

    #[test]
    fn decides_by_the_tables_answer() {
        let cases = [
            (Stored::Here, Seen::Table, Verdict::Store),
            (Stored::Here, Seen::New, Verdict::Store),
            (Stored::Elsewhere, Seen::Table, Verdict::Skip(Kind::Table)),
            (Stored::Elsewhere, Seen::New, Verdict::Skip(Kind::Table)),
            (Stored::Nowhere, Seen::New, Verdict::Store),
            (Stored::Nowhere, Seen::Batch, Verdict::Skip(Kind::Batch)),
            (Stored::Nowhere, Seen::Own, Verdict::Skip(Kind::Window)),
            (Stored::Nowhere, Seen::Table, Verdict::Skip(Kind::Window)),
        ];
        for (stored, seen, expect) in cases {
            assert_eq!(with_answer(seen, stored), expect, "{stored:?}, {seen:?}");
        }
    }
}
