//! Sessions, and all that is counted by session: audiences, pages, funnels, conversion, carts, paths.

mod audience;
mod journeys;
mod rows;

use event::EventType;
use hashbrown::HashMap;
use uuid::Uuid;

pub use journeys::{PathStep, PathSteps, Visit};
pub use rows::{Audience, Campaign, Carts, Conversion, DayViews, Funnel, Next, PageViews, Sessions};

use super::calendar::Calendar;
use super::share::{quantile, share};
use crate::occurrence::{Deed, Occurrence, Title};
use crate::visitor::Entry;
use audience::Audiences;

#[derive(Debug)]
struct Session {
    user_id: u64,
    device: &'static str,
    browser: &'static str,
    country: &'static str,
    os: &'static str,
    entry: &'static Entry,
    is_bot: bool,
    /// Of the visitor's events.
    first_ms: i64,
    last_ms: i64,
    events: u64,
    /// In the order of the first view.
    pages: Vec<Viewed>,
    /// Paths in the order in which they were viewed, a path viewed twice in a row once.
    way: Vec<&'static str>,
    last_path: Option<&'static str>,
    /// Steps reached, of each funnel.
    funnels: Vec<usize>,
    happened: Happened,
}

/// A path in a session.
#[derive(Debug)]
struct Viewed {
    path: &'static str,
    first_ms: i64,
    views: u32,
}

#[derive(Debug, Default)]
struct Happened {
    product_view: bool,
    add_to_cart: bool,
    checkout_start: bool,
    order_created: bool,
    order_paid: bool,
}

#[derive(Debug)]
pub(super) struct Counting {
    steps: Vec<Vec<Title>>,
    sessions: HashMap<Uuid, Session>,
    next: HashMap<(&'static str, &'static str), u64>,
    product_views: u64,
}

/// All rows that come of sessions, but for the funnels.
pub(super) struct Counted {
    pub(super) sessions: Sessions,
    pub(super) pages: Vec<PageViews>,
    pub(super) audiences: Audiences,
    pub(super) campaigns: Vec<Campaign>,
    pub(super) conversion: Conversion,
    pub(super) carts: Carts,
    pub(super) paths: Vec<Next>,
    pub(super) path_steps: Vec<PathSteps>,
    pub(super) recent: Vec<Visit>,
    pub(super) page_views_by_day: Vec<DayViews>,
}

/// Step and page that all counted ways go through; 0 for every way.
const THROUGH: [(usize, &str); 2] = [(0, ""), (2, "/shop/product.html")];

impl Counting {
    pub(super) fn new(steps: Vec<Vec<Title>>) -> Self {
        Self {
            steps,
            sessions: HashMap::new(),
            next: HashMap::new(),
            product_views: 0,
        }
    }

    pub(super) fn observe(&mut self, occurrence: &Occurrence) {
        let visitor = &occurrence.visitor;
        let funnels = self.steps.len();
        let session = self.sessions.entry(occurrence.session_id).or_insert_with(|| Session {
            user_id: visitor.user_id(),
            device: visitor.agent.device_type.as_str(),
            browser: visitor.agent.browser,
            country: visitor.place.country,
            os: visitor.agent.os,
            entry: occurrence.entry,
            is_bot: visitor.is_bot(),
            first_ms: 0,
            last_ms: 0,
            events: 0,
            pages: Vec::new(),
            way: Vec::new(),
            last_path: None,
            funnels: vec![0; funnels],
            happened: Happened::default(),
        });
        let title = occurrence.deed.title();
        for (reached, steps) in session.funnels.iter_mut().zip(&self.steps) {
            *reached += usize::from(steps.get(*reached) == Some(&title));
        }
        if occurrence.deed.event_type() != EventType::Server {
            if session.events == 0 {
                session.first_ms = occurrence.at.0;
            }
            session.last_ms = occurrence.at.0;
            session.events += 1;
        }
        match occurrence.deed {
            Deed::PageView { .. } => {
                let path = occurrence.address.page.path();
                session.open(path, occurrence.at.0, &mut self.next);
            }
            Deed::ProductView(_) => {
                session.happened.product_view = true;
                self.product_views += 1;
            }
            Deed::AddToCart(_) => session.happened.add_to_cart = true,
            Deed::CheckoutStart { .. } => session.happened.checkout_start = true,
            Deed::OrderCreated { .. } => session.happened.order_created = true,
            Deed::OrderPaid { .. } => session.happened.order_paid = true,
            _ => {}
        }
    }

    pub(super) fn finish(self, calendar: &mut Calendar) -> (Counted, Vec<Funnel>) {
        let visited = || self.sessions.values().filter(|session| session.events > 0);
        let mut audiences = Audiences::default();
        for session in visited() {
            audiences.add(session);
        }
        let counted = Counted {
            sessions: sessions(visited(), calendar),
            conversion: conversion(visited(), self.product_views),
            carts: carts(visited()),
            paths: rows::paths(&self.next, visited().filter_map(|session| session.last_path)),
            pages: rows::pages(visited().map(|session| (session.user_id, &*session.pages))),
            audiences,
            campaigns: rows::campaigns(
                visited().map(|session| (session.entry.campaign, session.user_id, session.happened.order_paid)),
            ),
            path_steps: THROUGH
                .map(|(step, page)| journeys::path_steps(visited(), step, page))
                .into(),
            recent: journeys::recent(self.sessions.iter().filter(|(_, session)| session.events > 0)),
            page_views_by_day: rows::days(visited().map(|session| &*session.pages), calendar),
        };
        let funnels = self.steps.iter().enumerate().map(|(number, steps)| {
            let reached = |step| visited().filter(|session| session.funnels[number] > step).count() as u64;
            Funnel {
                steps: steps.clone(),
                sessions: (0..steps.len()).map(reached).collect(),
            }
        });
        (counted, funnels.collect())
    }
}

impl Session {
    fn open(&mut self, path: &'static str, ms: i64, next: &mut HashMap<(&'static str, &'static str), u64>) {
        if self.last_path != Some(path) {
            self.way.push(path);
        }
        if let Some(before) = self.last_path.replace(path) {
            *next.entry((before, path)).or_default() += 1;
        }
        match self.pages.iter_mut().find(|page| page.path == path) {
            Some(page) => page.views += 1,
            None => self.pages.push(Viewed {
                path,
                first_ms: ms,
                views: 1,
            }),
        }
    }

    fn page_views(&self) -> u32 {
        self.pages.iter().map(|page| page.views).sum()
    }

    fn length_ms(&self) -> u64 {
        (self.last_ms - self.first_ms).unsigned_abs()
    }
}

fn sessions<'s>(sessions: impl Iterator<Item = &'s Session> + Clone, calendar: &mut Calendar) -> Sessions {
    let mut lengths = sessions.clone().map(Session::length_ms).collect::<Vec<_>>();
    lengths.sort_unstable();
    let (count, total_ms) = (lengths.len() as u64, lengths.iter().sum::<u64>());
    let one_event = sessions.clone().filter(|session| session.events == 1).count() as u64;
    let with_page = sessions.clone().filter(|session| session.page_views() > 0).count() as u64;
    let bounced = sessions.clone().filter(|session| session.page_views() == 1).count() as u64;
    let mut by_day = std::collections::BTreeMap::new();
    for session in sessions {
        let day = super::calendar::date(calendar.day(session.first_ms)).to_string();
        *by_day.entry(day).or_default() += 1;
    }
    Sessions {
        sessions: count,
        one_event,
        total_ms,
        mean_ms: share(total_ms, count),
        mean_ms_without_one_event: share(total_ms, count - one_event),
        median_ms: quantile(&lengths, 500),
        bounced,
        bounce_share: share(bounced, with_page),
        by_day,
    }
}

fn conversion<'s>(sessions: impl Iterator<Item = &'s Session> + Clone, product_views: u64) -> Conversion {
    let count = |happened: fn(&Happened) -> bool| {
        let sessions = sessions.clone().filter(|session| happened(&session.happened));
        sessions.count() as u64
    };
    let purchases = count(|happened| happened.order_paid);
    let viewing = count(|happened| happened.product_view);
    Conversion {
        purchase_sessions: purchases,
        product_view_sessions: viewing,
        product_views,
        by_sessions: share(purchases, viewing),
        by_views: share(purchases, product_views),
    }
}

fn carts<'s>(sessions: impl Iterator<Item = &'s Session>) -> Carts {
    let (mut with_cart, mut without_order, mut without_payment) = (0, 0, 0);
    for session in sessions.filter(|session| session.happened.add_to_cart) {
        with_cart += 1;
        without_order += u64::from(!session.happened.order_created);
        without_payment += u64::from(!session.happened.order_paid);
    }
    Carts {
        with_cart,
        without_order,
        without_payment,
        abandoned_share: share(without_order, with_cart),
    }
}
