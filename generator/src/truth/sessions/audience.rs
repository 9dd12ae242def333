use std::collections::BTreeMap;

use hashbrown::HashSet;

use super::Session;
use super::rows::Audience;

/// Sessions, events and users by the values of one dimension.
#[derive(Debug, Default)]
pub(super) struct Dimension(BTreeMap<&'static str, (u64, u64, HashSet<u64>)>);

#[derive(Debug, Default)]
pub(super) struct Audiences {
    pub(super) devices: Dimension,
    pub(super) browsers: Dimension,
    pub(super) countries: Dimension,
    pub(super) channels: Dimension,
    pub(super) channel_groups: Dimension,
}

impl Audiences {
    pub(super) fn add(&mut self, session: &Session) {
        self.devices.add(session.device, session);
        self.browsers.add(session.browser, session);
        self.countries.add(session.country, session);
        self.channels.add(session.channel.as_str(), session);
        self.channel_groups.add(session.channel.group().as_str(), session);
    }
}

impl Dimension {
    fn add(&mut self, value: &'static str, session: &Session) {
        let (sessions, events, users) = self.0.entry(value).or_default();
        *sessions += 1;
        *events += session.events;
        users.insert(session.user_id);
    }

    pub(super) fn rows(self) -> Vec<Audience> {
        let rows = self.0.into_iter().map(|(value, (sessions, events, users))| Audience {
            value: value.to_owned(),
            sessions,
            users: users.len() as u64,
            events,
        });
        rows.collect()
    }
}
