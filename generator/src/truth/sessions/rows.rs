use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use super::Viewed;
use crate::occurrence::Title;
use crate::truth::calendar::{Calendar, date};

/// Sessions with at least one visitor's event. Length: from the first to the last of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sessions {
    pub sessions: u64,
    /// With one visitor's event: their length is 0.
    pub one_event: u64,
    pub total_ms: u64,
    pub mean_ms: Option<f64>,
    pub mean_ms_without_one_event: Option<f64>,
    pub median_ms: Option<u64>,
    /// With exactly one page view.
    pub bounced: u64,
    /// `bounced` of the sessions with a page view.
    pub bounce_share: Option<f64>,
    /// By the day of their first event.
    pub by_day: BTreeMap<String, u64>,
}

/// Visitors by one of their properties; of a session's channel the first event decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    pub value: String,
    pub sessions: u64,
    pub users: u64,
}

/// Sessions by the campaign parameters that they began with; those without any are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    pub utm_source: String,
    pub utm_medium: String,
    pub utm_campaign: String,
    pub sessions: u64,
    pub users: u64,
    /// With an `order_paid`.
    pub purchase_sessions: u64,
}

/// Page views of a path, most viewed first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageViews {
    pub path: String,
    pub views: u64,
    pub sessions: u64,
    pub users: u64,
}

/// Page views by day: a session's views of a path all count on the day of the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayViews {
    pub day: String,
    pub page_views: u64,
    pub sessions: u64,
}

/// Sessions that came so far: each step at or after the one before it, whatever lies between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    pub steps: Vec<Title>,
    pub sessions: Vec<u64>,
}

/// Sessions with a purchase (`order_paid`), by both denominators that seed 002's sentence allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversion {
    pub purchase_sessions: u64,
    pub product_view_sessions: u64,
    /// Events.
    pub product_views: u64,
    /// Of the sessions with a product view.
    pub by_sessions: Option<f64>,
    /// Of the product views.
    pub by_views: Option<f64>,
}

/// Sessions that put something into the cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Carts {
    pub with_cart: u64,
    /// Abandoned: no `order_created` in the session.
    pub without_order: u64,
    /// No `order_paid` in the session.
    pub without_payment: u64,
    /// `without_order` of `with_cart`.
    pub abandoned_share: Option<f64>,
}

/// Page views of `to` whose session viewed `from` just before; an empty `to` counts the sessions that ended there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    pub from: String,
    pub to: String,
    pub count: u64,
}

pub(super) fn paths(
    next: &HashMap<(&'static str, &'static str), u64>,
    exits: impl Iterator<Item = &'static str>,
) -> Vec<Next> {
    let mut counts = next
        .iter()
        .map(|(pair, count)| (*pair, *count))
        .collect::<BTreeMap<_, _>>();
    for from in exits {
        *counts.entry((from, "")).or_default() += 1;
    }
    let rows = counts.into_iter().map(|((from, to), count)| Next {
        from: from.to_owned(),
        to: to.to_owned(),
        count,
    });
    rows.collect()
}

/// Takes each session's parameters, its user, and whether it paid.
pub(super) fn campaigns(sessions: impl Iterator<Item = (&'static str, u64, bool)>) -> Vec<Campaign> {
    let mut counts = BTreeMap::<_, (u64, u64, HashSet<u64>)>::new();
    for (parameters, user_id, paid) in sessions.filter(|(parameters, ..)| !parameters.is_empty()) {
        let value = |name: &str| {
            let mut pairs = parameters.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(other, _)| *other == name).map_or("", |(_, value)| value)
        };
        let key = (value("utm_source"), value("utm_medium"), value("utm_campaign"));
        let (sessions, purchases, users) = counts.entry(key).or_default();
        *sessions += 1;
        *purchases += u64::from(paid);
        users.insert(user_id);
    }
    let rows = counts
        .into_iter()
        .map(|(key, (sessions, purchase_sessions, users))| Campaign {
            utm_source: key.0.to_owned(),
            utm_medium: key.1.to_owned(),
            utm_campaign: key.2.to_owned(),
            sessions,
            users: users.len() as u64,
            purchase_sessions,
        });
    rows.collect()
}

/// Takes each session's user and its paths with their views.
pub(super) fn pages<'s>(sessions: impl Iterator<Item = (u64, &'s [Viewed])>) -> Vec<PageViews> {
    let mut counts = BTreeMap::<_, (u64, u64, HashSet<u64>)>::new();
    for (user_id, pages) in sessions {
        for page in pages {
            let (views, sessions, users) = counts.entry(page.path).or_default();
            *views += u64::from(page.views);
            *sessions += 1;
            users.insert(user_id);
        }
    }
    let rows = counts.into_iter().map(|(path, (views, sessions, users))| PageViews {
        path: path.to_owned(),
        views,
        sessions,
        users: users.len() as u64,
    });
    let mut rows = rows.collect::<Vec<_>>();
    rows.sort_by(|one, other| other.views.cmp(&one.views).then_with(|| one.path.cmp(&other.path)));
    rows
}

/// Takes each session's paths with their views.
pub(super) fn days<'s>(sessions: impl Iterator<Item = &'s [Viewed]>, calendar: &mut Calendar) -> Vec<DayViews> {
    let mut counts = BTreeMap::<_, (u64, u64)>::new();
    for pages in sessions {
        let mut counted = Vec::new();
        for page in pages {
            let day = calendar.day(page.first_ms);
            let (page_views, sessions) = counts.entry(day).or_default();
            *page_views += u64::from(page.views);
            if !counted.contains(&day) {
                *sessions += 1;
                counted.push(day);
            }
        }
    }
    let rows = counts.into_iter().map(|(day, (page_views, sessions))| DayViews {
        day: date(day).to_string(),
        page_views,
        sessions,
    });
    rows.collect()
}
