use std::fmt::Write;

use enrich::agent::{Headers, detect};

/// Asserts every row at once, so that a changed rule shows all it moves.
#[test]
fn corpus_is_recognised() {
    let corpus = include_str!("../../corpus/user_agents.tsv");
    let (mut rows, mut wrong) = (0, String::new());
    for line in corpus.lines().filter(|line| !line.starts_with('#')) {
        let (expected, user_agent) = line.rsplit_once('\t').expect("five columns");
        let found = describe(user_agent);
        if found != expected {
            writeln!(wrong, "{user_agent}\n  expected {expected:?}\n  found    {found:?}").unwrap();
        }
        rows += 1;
    }
    assert!(rows >= 100, "{rows} rows");
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Browser, system, device and bot reason, as the corpus writes them.
fn describe(user_agent: &str) -> String {
    let found = detect(&Headers {
        user_agent,
        ..Headers::default()
    });
    let browser = format!("{} {}", found.browser, found.browser_version);
    let os = format!("{} {}", found.os, found.os_version);
    let device = found.device_type.as_str();
    [browser.trim_end(), os.trim_end(), device, &found.bot_reason].join("\t")
}

/// Pieces of real agents in any order, cut anywhere: nothing panics, and what is found is part of what was sent.
#[test]
fn takes_any_text() {
    let corpus = include_str!("../../corpus/user_agents.tsv");
    let agents: Vec<&str> = corpus.lines().filter_map(|line| line.rsplit('\t').next()).collect();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    for _ in 0..3_000 {
        let (one, other) = (agents[random(agents.len())], agents[random(agents.len())]);
        let head = &one[..one.floor_char_boundary(random(one.len() + 1))];
        let tail = &other[other.floor_char_boundary(random(other.len() + 1))..];
        let text = format!("{head}ё\"{tail}");
        let found = detect(&Headers {
            user_agent: &text,
            sec_ch_ua: tail,
            sec_ch_ua_platform: head,
            sec_ch_ua_platform_version: tail,
            sec_ch_ua_model: head,
            ..Headers::default()
        });
        assert!(found.bot_reason.len() < 128, "{text}");
    }
}
