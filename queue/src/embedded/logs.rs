use std::path::{Path, PathBuf};

use super::Queue;
use crate::{OpenError, Route, Settings};

/// One log for each route.
#[derive(Debug, Clone)]
pub(crate) struct Logs {
    events: Queue,
    quarantine: Queue,
    entities: Queue,
}

impl Logs {
    pub(crate) async fn open(settings: &Settings) -> Result<Self, OpenError> {
        Ok(Self {
            events: open_route(settings, Route::Events).await?,
            quarantine: open_route(settings, Route::Quarantine).await?,
            entities: open_route(settings, Route::Entities).await?,
        })
    }

    pub(crate) fn of(&self, route: Route) -> &Queue {
        match route {
            Route::Events => &self.events,
            Route::Quarantine => &self.quarantine,
            Route::Entities => &self.entities,
        }
    }

    pub(crate) fn damaged(&self) -> u64 {
        self.all().map(Queue::damaged).sum()
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.all().all(Queue::is_ready)
    }

    fn all(&self) -> impl Iterator<Item = &Queue> {
        [&self.events, &self.quarantine, &self.entities].into_iter()
    }
}

/// The log of one route alone.
pub(crate) async fn open_route(settings: &Settings, route: Route) -> Result<Queue, OpenError> {
    let folder = folder(&settings.queue_dir, route);
    if route == Route::Quarantine {
        warn_of_former_quarantine(&folder);
    }
    Queue::open(folder, settings).await
}

pub(crate) fn folder(queue_dir: &Path, route: Route) -> PathBuf {
    match route {
        Route::Events => queue_dir.to_owned(),
        Route::Quarantine => queue_dir.join("quarantine"),
        Route::Entities => queue_dir.join("entities"),
    }
}

/// Before there was a log of its own, each group in quarantine was a file; nothing reads those.
fn warn_of_former_quarantine(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        // Opening the log makes the folder, or says why it cannot.
        return;
    };
    let is_group = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "group");
    let groups = entries.flatten().map(|entry| entry.path()).filter(is_group).count();
    if groups > 0 {
        tracing::warn!(folder = %folder.display(), groups, "files of an earlier version's quarantine stay here unread: <group id>.group with its .reason");
    }
}
