use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::calendar::{date, monday, month};

/// Distinct users with a visitor's event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    pub total: u64,
    /// Every day from the first to the last with an active user.
    pub by_day: Vec<DayUsers>,
    /// By the calendar week's Monday, and by calendar month (`2026-11`).
    pub by_week: BTreeMap<String, u64>,
    pub by_month: BTreeMap<String, u64>,
}

/// Users of a day, and of the 7 and 30 days that end with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayUsers {
    pub day: String,
    pub dau: u64,
    pub wau: u64,
    pub mau: u64,
}

/// Users whose first visitor's event fell into the same day or hour, and how many of them had one that many days or hours later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// `2026-11-22`, or the hour as RFC 3339.
    pub first: String,
    /// The first number is the cohort's size. As long as there is data, for hours at most 49 numbers.
    pub active: Vec<u64>,
}

/// Ascending.
#[derive(Debug, Default)]
struct Activity {
    days: Vec<i32>,
    hours: Vec<i32>,
}

#[derive(Debug, Default)]
pub(super) struct Counting {
    users: HashMap<u64, Activity>,
}

const HOUR_MS: i64 = 3_600_000;
const HOURS: i32 = 48;

impl Counting {
    pub(super) fn observe(&mut self, user_id: u64, day: i32, ms: i64) {
        let activity = self.users.entry(user_id).or_default();
        let hour = ms.div_euclid(HOUR_MS) as i32;
        if activity.hours.last() != Some(&hour) {
            activity.hours.push(hour);
        }
        if activity.days.last() != Some(&day) {
            activity.days.push(day);
        }
    }

    /// Users, and cohorts by day and by hour.
    pub(super) fn finish(self) -> (Users, Vec<Cohort>, Vec<Cohort>) {
        let days = || self.users.values().map(|activity| &activity.days);
        let hours = || self.users.values().map(|activity| &activity.hours);
        let by_day = cohorts(days(), i32::MAX, |day| date(day).to_string());
        let by_hour = cohorts(hours(), HOURS, |hour| {
            event::Timestamp(i64::from(hour) * HOUR_MS).to_string()
        });
        let users = Users {
            total: self.users.len() as u64,
            by_day: day_users(days()),
            by_week: distinct(days(), |day| date(monday(day)).to_string()),
            by_month: distinct(days(), month),
        };
        (users, by_day, by_hour)
    }
}

fn day_users<'d>(users: impl Iterator<Item = &'d Vec<i32>> + Clone) -> Vec<DayUsers> {
    let (Some(first), Some(last)) = (users.clone().flatten().min(), users.clone().flatten().max()) else {
        return Vec::new();
    };
    let mut counts = vec![[0; 3]; (last - first + 1) as usize];
    for days in users {
        for (window, length) in [1, 7, 30].into_iter().enumerate() {
            // Days up to this one are counted already.
            let mut counted = i32::MIN;
            for day in days {
                let end = (day + length - 1).min(*last);
                for covered in (*day).max(counted.saturating_add(1))..=end {
                    counts[(covered - first) as usize][window] += 1;
                }
                counted = end;
            }
        }
    }
    let rows = counts.into_iter().zip(*first..);
    rows.map(|([dau, wau, mau], day)| DayUsers {
        day: date(day).to_string(),
        dau,
        wau,
        mau,
    })
    .collect()
}

fn distinct<'d>(users: impl Iterator<Item = &'d Vec<i32>>, name: impl Fn(i32) -> String) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for days in users {
        let names = days.iter().map(|day| name(*day)).collect::<BTreeSet<_>>();
        for name in names {
            *counts.entry(name).or_default() += 1;
        }
    }
    counts
}

fn cohorts<'d>(
    users: impl Iterator<Item = &'d Vec<i32>> + Clone,
    furthest: i32,
    name: impl Fn(i32) -> String,
) -> Vec<Cohort> {
    let last = users.clone().flatten().max().copied().unwrap_or(0);
    let mut cohorts = BTreeMap::<i32, Vec<u64>>::new();
    for units in users {
        let Some(first) = units.first() else { continue };
        let length = (last - first).min(furthest) + 1;
        let active = cohorts.entry(*first).or_insert_with(|| vec![0; length as usize]);
        for unit in units {
            if let Some(count) = active.get_mut((unit - first) as usize) {
                *count += 1;
            }
        }
    }
    let rows = cohorts.into_iter().map(|(first, active)| Cohort {
        first: name(first),
        active,
    });
    rows.collect()
}
