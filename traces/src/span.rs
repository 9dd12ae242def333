use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::{Context, TRACER};

/// What a span is to others, by OpenTelemetry's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

/// A piece of work that began and has not ended. Dropped without [`Span::end`] it leaves no trace.
#[derive(Debug, Clone)]
pub struct Span {
    pub(crate) context: Context,
    pub(crate) parent: Option<u64>,
    /// Nanoseconds since 1970.
    pub(crate) began: u64,
}

/// A span that ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) span: Span,
    pub(crate) ended: u64,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) numbers: Vec<(&'static str, i64)>,
}

/// Begins a trace, if chance chooses it, or goes on with that of `parent`, whatever chance says. `None` where nobody is to see it.
pub fn root(parent: Option<Context>) -> Option<Span> {
    let tracer = TRACER.get()?;
    match parent {
        Some(parent) => Some(Span::of(parent)),
        None => tracer.chooses(random()).then(|| Span {
            context: Context {
                trace: Uuid::new_v4().as_u128(),
                span: random(),
            },
            parent: None,
            began: now(),
        }),
    }
}

/// Goes on with a trace that was begun elsewhere.
pub fn follow(parent: Context) -> Option<Span> {
    TRACER.get().map(|_| Span::of(parent))
}

impl Span {
    fn of(parent: Context) -> Self {
        Self {
            context: Context {
                trace: parent.trace,
                span: random(),
            },
            parent: Some(parent.span),
            began: now(),
        }
    }

    /// Begins a part of it.
    pub fn child(&self) -> Self {
        Self::of(self.context)
    }

    pub fn context(&self) -> Context {
        self.context
    }

    /// As if it had begun that much earlier.
    pub fn earlier(mut self, by: Duration) -> Self {
        self.began = self
            .began
            .saturating_sub(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX));
        self
    }

    /// Ends it now. Names and numbers say nothing about people.
    pub fn end(self, name: &'static str, kind: Kind, numbers: &[(&'static str, i64)]) {
        if let Some(tracer) = TRACER.get() {
            tracer.take(Ended {
                span: self,
                ended: now(),
                name,
                kind,
                numbers: numbers.to_vec(),
            });
        }
    }
}

/// Never 0, which W3C and OpenTelemetry take for none.
fn random() -> u64 {
    let (high, low) = Uuid::new_v4().as_u64_pair();
    // Each half has bits that are always the same.
    (high.rotate_left(32) ^ low).max(1)
}

#[expect(clippy::disallowed_methods, reason = "when a span began; decides nothing")]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
