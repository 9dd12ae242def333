//! Which agents are no person's, and why.

mod names;

use std::borrow::Cow;

use super::{Headers, contains_any};
use names::{AUTOMATION, HEADLESS, LIBRARIES, PROGRAMS};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bot<'h> {
    Empty,
    /// A browser without a window. Its other data are true.
    Headless,
    /// A browser driven by a test tool. Its other data are true.
    Automation,
    /// A program's HTTP library.
    Library(&'static str),
    /// A program that says what it is.
    Named {
        kind: &'static str,
        name: &'h str,
    },
}

/// Longest name of an unlisted bot that is kept, bytes.
const NAME_BYTES: usize = 64;

pub(super) fn find<'h>(headers: &Headers<'h>) -> Option<Bot<'h>> {
    let agent = headers.user_agent.trim();
    if matches!(agent, "" | "-") {
        return Some(Bot::Empty);
    }
    if contains_any(agent, HEADLESS) || headers.sec_ch_ua.contains("HeadlessChrome") {
        return Some(Bot::Headless);
    }
    listed(agent)
        .or_else(|| library(agent))
        .or_else(|| contains_any(agent, AUTOMATION).then_some(Bot::Automation))
        .or_else(|| unlisted(agent))
}

pub(super) fn reason(bot: Option<Bot<'_>>) -> Cow<'static, str> {
    match bot {
        None => Cow::Borrowed(""),
        Some(Bot::Empty) => Cow::Borrowed("empty_user_agent"),
        Some(Bot::Headless) => Cow::Borrowed("headless"),
        Some(Bot::Automation) => Cow::Borrowed("automation"),
        Some(Bot::Library(name)) => Cow::Owned(format!("http_library:{name}")),
        Some(Bot::Named { kind, name }) => Cow::Owned(format!("user_agent:{kind}:{name}")),
    }
}

fn listed(agent: &str) -> Option<Bot<'static>> {
    PROGRAMS.iter().find_map(|(kind, names)| {
        let name = names.iter().find(|name| agent.contains(*name))?;
        let name = name.trim_end_matches(['/', ' ']);
        Some(Bot::Named { kind, name })
    })
}

fn library(agent: &str) -> Option<Bot<'static>> {
    let starts = |(prefix, _): &&(&str, &str)| {
        let start = agent.as_bytes().get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    let (_, name) = LIBRARIES.iter().find(starts)?;
    Some(Bot::Library(name))
}

/// An agent with `bot`, `crawler`, `spider` or a web address in it: people's browsers have none of these.
fn unlisted(agent: &str) -> Option<Bot<'_>> {
    let words = agent.split(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_' | '.'));
    let mut words = words.filter(|word| !word.is_empty());
    let lower = agent.to_ascii_lowercase();
    let bot_word = || words.clone().find(|word| is_bot_word(word));
    let name = match contains_any(&lower, &["bot", "crawler", "spider"])
        .then(bot_word)
        .flatten()
    {
        Some(word) => word,
        None if contains_any(agent, &["http://", "https://", "+http"]) => {
            let product = words.next().filter(|first| *first != "Mozilla");
            product.unwrap_or("unnamed")
        }
        None => return None,
    };
    let name = &name[..name.floor_char_boundary(NAME_BYTES)];
    Some(Bot::Named { kind: "crawler", name })
}

/// `Bot` must end the word or a part of it (`FooBot`, `bot-foo`, `foo_bot2`); CUBOT is a maker of phones.
fn is_bot_word(word: &str) -> bool {
    let ends = |needle: &str| {
        let word = word.to_ascii_lowercase();
        word.match_indices(needle)
            .any(|(at, _)| !word[at + needle.len()..].starts_with(|letter: char| letter.is_ascii_alphabetic()))
    };
    let is_cubot = word.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("cubot"));
    (ends("bot") && !is_cubot) || ends("bots") || ends("crawler") || ends("spider")
}
