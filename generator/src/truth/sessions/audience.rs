use std::collections::BTreeMap;

use event::Platform;
use hashbrown::HashSet;

use super::Session;
use super::rows::Audience;

/// Sessions and users by the values of one dimension.
#[derive(Debug, Default)]
pub(in crate::truth) struct Dimension(BTreeMap<&'static str, (u64, HashSet<u64>)>);

#[derive(Debug, Default)]
pub(in crate::truth) struct Audiences {
    pub(in crate::truth) devices: Dimension,
    pub(in crate::truth) browsers: Dimension,
    pub(in crate::truth) operating_systems: Dimension,
    pub(in crate::truth) platforms: Dimension,
    pub(in crate::truth) countries: Dimension,
    pub(in crate::truth) channels: Dimension,
    pub(in crate::truth) channel_groups: Dimension,
    pub(in crate::truth) referrers: Dimension,
}

impl Audiences {
    pub(super) fn add(&mut self, session: &Session) {
        self.devices.add(session.device, session);
        self.browsers.add(session.browser, session);
        self.countries.add(session.country, session);
        self.operating_systems.add(session.os, session);
        self.platforms.add(Platform::Web.as_str(), session);
        let channel = session.entry.channel;
        self.channels.add(channel.as_str(), session);
        self.channel_groups.add(channel.group().as_str(), session);
        self.referrers.add(domain(session.entry.referrer), session);
    }
}

/// `https://www.google.com/` comes from `www.google.com`.
fn domain(referrer: &'static str) -> &'static str {
    let host = referrer.split_once("://").map_or("", |(_, rest)| rest);
    host.split('/').next().unwrap_or(host)
}

impl Dimension {
    fn add(&mut self, value: &'static str, session: &Session) {
        let (sessions, users) = self.0.entry(value).or_default();
        *sessions += 1;
        users.insert(session.user_id);
    }

    pub(in crate::truth) fn rows(self) -> Vec<Audience> {
        let rows = self.0.into_iter().map(|(value, (sessions, users))| Audience {
            value: value.to_owned(),
            sessions,
            users: users.len() as u64,
        });
        rows.collect()
    }
}
