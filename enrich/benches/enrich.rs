//! What enriching costs per event, beside bare woothee on the same agents in the same run: `cargo bench -p enrich`.
//! With `CLICKPATH_GEOIP_FILE` set, places are looked up too.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::hint::black_box;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use clap::Parser;
use enrich::agent::{Headers, detect};
use enrich::{Arrival, Enricher, Request, Settings};
use event::{Event, EventType, Payload, Source, Timestamp};
use uuid::Uuid;

const ROUNDS: usize = 20;
const ROUND: Duration = Duration::from_millis(40);

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), enrich::OpenError> {
    let arguments = Arguments::parse();
    let enricher = Enricher::open(&arguments.settings)?;
    let agents = agents();
    let parser = woothee::parser::Parser::new();

    let woothee = fastest(&agents, |agent| {
        black_box(parser.parse(agent).is_some());
    });
    let detected = fastest(&agents, |agent| {
        black_box(detect(&headers(agent)).browser);
    });
    let hit = fastest(&agents, |agent| {
        let mut sender = enricher.sender(&request(agent));
        black_box(enricher.enrich(page_view(""), &mut sender, ARRIVAL).channel);
    });
    let campaign = fastest(&agents, |agent| {
        let mut sender = enricher.sender(&request(agent));
        black_box(enricher.enrich(page_view(CAMPAIGN), &mut sender, ARRIVAL).channel);
    });
    let long = format!("{} {}", "Mozilla/5.0 (X11; Linux x86_64)", "a1/2 (b; c) ".repeat(90));
    let longest = fastest(&[long.as_str()], |agent| {
        black_box(detect(&headers(&agent[..1024])).browser);
    });

    let place = if arguments.settings.geoip_file.is_some() {
        "with"
    } else {
        "without"
    };
    println!(
        "{:>56} {:>10} {:>10}",
        format!("per event, {} agents, {place} GeoIP", agents.len()),
        "ns",
        "/ woothee"
    );
    for (name, nanoseconds) in [
        ("woothee alone", woothee),
        ("user agent seen for the first time", detected),
        ("event enriched, user agent known", hit),
        ("the same with campaign parameters", campaign),
        ("1,024 bytes of hostile user agent, first time", longest),
    ] {
        println!("{name:>56} {nanoseconds:>10.0} {:>10.3}", nanoseconds / woothee);
    }
    println!(
        r#"{{"bench": "enrich", "figures": {{"ns_per_event_hit": {hit:.0}, "ns_per_event_hit_campaign": {campaign:.0}, "ns_first_time": {detected:.0}, "ratio_hit_to_woothee": {:.4}, "ratio_first_time_to_woothee": {:.2}}}}}"#,
        hit / woothee,
        detected / woothee,
    );
    Ok(())
}

const CAMPAIGN: &str = "https://www.google.com/";
const ARRIVAL: Arrival<'static> = Arrival {
    source: Source::Tracker,
    received_at: Timestamp(1_795_341_600_000),
    clock_skew_ms: None,
    site_base_url: "https://shop.example",
};

/// People's agents of the corpus.
fn agents() -> Vec<&'static str> {
    let rows = include_str!("../corpus/user_agents.tsv").lines();
    let columns = rows.map(|row| row.split('\t').collect::<Vec<_>>());
    columns
        .filter_map(|columns| match columns[..] {
            [_, _, _, "", agent] => Some(agent),
            _ => None,
        })
        .collect()
}

/// Nanoseconds per call, the fastest of the rounds.
fn fastest<'a>(agents: &[&'a str], mut call: impl FnMut(&'a str)) -> f64 {
    let mut fastest = f64::MAX;
    for _ in 0..ROUNDS {
        let (start, mut calls) = (Instant::now(), 0_u32);
        while start.elapsed() < ROUND {
            for agent in agents {
                call(black_box(agent));
                calls += 1;
            }
        }
        fastest = fastest.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
    }
    fastest
}

fn headers(user_agent: &str) -> Headers<'_> {
    Headers {
        user_agent,
        ..Headers::default()
    }
}

fn request(user_agent: &str) -> Request<'_> {
    Request {
        user_agent,
        ip: Some(IpAddr::from([77, 88, 8, 8])),
        ..Request::default()
    }
}

fn page_view(referrer: &'static str) -> Event<'static> {
    let url = if referrer.is_empty() {
        "https://shop.example/catalog?page=2"
    } else {
        "https://shop.example/catalog?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=1"
    };
    Event {
        id: Uuid::nil(),
        site: "shop".into(),
        event_type: EventType::View,
        created_at: Timestamp(1_795_341_600_000),
        session_id: "0197a1c0".into(),
        user_id: "".into(),
        url: url.into(),
        referrer: referrer.into(),
        user_agent: "".into(),
        ip: None,
        payload: Payload::default(),
    }
}
