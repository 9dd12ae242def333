use event::EnrichedEvent;

/// One row of `events`; names and order equal the table's.
pub struct EventRow<'a> {
    pub site: &'a str,
}

impl<'a> EventRow<'a> {
    /// The one place where an event becomes a row.
    pub fn new(event: &'a EnrichedEvent<'a>, group_id: uuid::Uuid) -> Self {
        let _ = group_id;
        Self {
            site: &event.event.site,
        }
    }
}
