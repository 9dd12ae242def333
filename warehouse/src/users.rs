//! Identified users: who they are and when they were there. Personal data, for administrators.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{Warehouse, WarehouseError};

const PAGE: &str = include_str!("../../sql/users/page.sql");
const NAMED: &str = include_str!("../../sql/users/named.sql");

/// A user of a site, over all time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub site: String,
    pub user_id: String,
    /// Unix milliseconds.
    pub first_seen_ms: i64,
    pub last_seen_ms: i64,
    pub sessions: u64,
    /// Distinct orders created.
    pub orders: u64,
    /// Of the view `users`, where it knows the id.
    #[serde(default)]
    pub fio: Option<String>,
    #[serde(default)]
    pub country: Option<String>,
}

/// Which users are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// `None` is all.
    pub site: Option<String>,
    pub bots: bool,
    /// Site and id of the user after whom the page begins.
    pub after: Option<(String, String)>,
}

#[derive(Deserialize)]
struct Named {
    site: String,
    user_id: String,
    fio: String,
    country: String,
}

impl Warehouse {
    /// Up to `limit` users, by site and id.
    pub async fn users(&self, filter: &UserFilter, limit: u32) -> Result<Vec<User>, WarehouseError> {
        let flag = |on: bool| if on { "1" } else { "0" };
        let (site, user) = filter
            .after
            .as_ref()
            .map_or(("", ""), |(site, user)| (&**site, &**user));
        let parameters = [
            ("all", flag(filter.site.is_none())),
            ("site", filter.site.as_deref().unwrap_or_default()),
            ("after_site", site),
            ("after_user", user),
            ("bots", flag(filter.bots)),
            ("limit", &*limit.to_string()),
        ];
        let mut users: Vec<User> = self.rows(PAGE, &parameters).await?;
        self.name(&mut users).await?;
        Ok(users)
    }

    async fn name(&self, users: &mut [User]) -> Result<(), WarehouseError> {
        let ids: Vec<&str> = users.iter().map(|user| &*user.user_id).collect();
        let ids = serde_json::to_string(&ids).map_err(WarehouseError::Answer)?;
        let named: Vec<Named> = self.rows(NAMED, &[("user_ids", &ids)]).await?;
        let named: HashMap<_, _> = named
            .into_iter()
            .map(|one| ((one.site, one.user_id), (one.fio, one.country)))
            .collect();
        for user in users {
            let found = named.get(&(user.site.clone(), user.user_id.clone()));
            (user.fio, user.country) = found.cloned().unzip();
        }
        Ok(())
    }
}
