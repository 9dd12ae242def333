use generator::Expected;
use generator::truth::{Arrived, Live, Moment, PathStep, Visit};
use serde_json::{Value, json};

use super::{Check, check, date_time};

/// Single sessions and events, in the order in which they are answered.
pub(super) fn checks(expected: &Expected) -> Vec<Check> {
    let mut checks = vec![
        Check {
            own: limit(expected.recent_sessions.len()),
            ..check(
                "recent_sessions",
                &[],
                expected.recent_sessions.iter().map(visit).collect(),
            )
        },
        Check {
            own: limit(expected.last_events.len()),
            ..check("last_events", &[], expected.last_events.iter().map(arrived).collect())
        },
    ];
    for steps in &expected.path_steps {
        checks.push(Check {
            own: vec![("step", steps.through.to_string()), ("step_page", steps.page.clone())],
            ..check("path_steps", &[], steps.rows.iter().map(step).collect())
        });
    }
    for journey in &expected.journeys {
        checks.push(Check {
            own: vec![("session", journey.session_id.clone())],
            ..check("session_events", &[], journey.events.iter().map(moment).collect())
        });
    }
    checks.extend(expected.live.iter().map(live));
    checks
}

fn limit(rows: usize) -> Vec<(&'static str, String)> {
    vec![("limit", rows.to_string())]
}

fn visit(visit: &Visit) -> Value {
    let mut row = json!(visit);
    let fields = row.as_object_mut().unwrap();
    fields.remove("started_ms");
    fields.insert("started_at".to_owned(), json!(date_time(visit.started_ms)));
    row
}

fn arrived(event: &Arrived) -> Value {
    let mut row = json!(event);
    let fields = row.as_object_mut().unwrap();
    for (name, ms) in [("received", event.received_ms), ("at", event.at_ms)] {
        fields.remove(&format!("{name}_ms"));
        let name = if name == "at" { "corrected_at" } else { "received_at" };
        fields.insert(name.to_owned(), json!(date_time(ms)));
    }
    row
}

fn step(step: &PathStep) -> Value {
    json!({"step": step.step, "from_path": step.from, "to_path": step.to, "sessions": step.sessions})
}

fn moment(event: &Moment) -> Value {
    let mut row = json!(event);
    let fields = row.as_object_mut().unwrap();
    fields.remove("at_ms");
    fields.insert("at".to_owned(), json!(date_time(event.at_ms)));
    row
}

fn live(live: &Live) -> Check {
    let mut row = json!(live);
    row.as_object_mut().unwrap().remove("minutes");
    Check {
        own: vec![("minutes", live.minutes.to_string())],
        ..check("live", &[], vec![row])
    }
}
