use std::fmt;
use std::str::FromStr;

/// A span as others name it: <https://www.w3.org/TR/trace-context/#traceparent-header>. Only sampled ones travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    pub(crate) trace: u128,
    pub(crate) span: u64,
}

/// Of a version that is not known, not sampled, or none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no sampled traceparent of version 00")]
pub struct NoContext;

impl fmt::Display for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00-{:032x}-{:016x}-01", self.trace, self.span)
    }
}

impl FromStr for Context {
    type Err = NoContext;

    fn from_str(text: &str) -> Result<Self, NoContext> {
        let lower = |letter: u8| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter) || letter == b'-';
        let parts: Vec<&str> = text.split('-').collect();
        let ["00", trace, span, flags] = parts.as_slice() else {
            return Err(NoContext);
        };
        if !text.bytes().all(lower) || (trace.len(), span.len(), flags.len()) != (32, 16, 2) {
            return Err(NoContext);
        }
        let sampled = u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
        match (u128::from_str_radix(trace, 16), u64::from_str_radix(span, 16)) {
            (Ok(trace), Ok(span)) if trace != 0 && span != 0 && sampled => Ok(Self { trace, span }),
            _ => Err(NoContext),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Context, NoContext};

    #[test]
    fn says_what_it_read() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(text.parse::<Context>().unwrap().to_string(), text);
    }

    #[test]
    fn reads_nothing_else() {
        for text in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b77-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        ] {
            assert_eq!(text.parse::<Context>(), Err(NoContext), "{text}");
        }
    }
}
