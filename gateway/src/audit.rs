//! What administrators do, in a table to which rows are only added.
//!
//! A row is written before the action: without it the action is not begun. The row after it tells the outcome; when that one
//! cannot be written the action stays done, the log says so, and the entry's outcome is `unknown`.

mod list;

use axum::response::{IntoResponse, Response};
use event::Timestamp;
use serde::Serialize;
use uuid::Uuid;
use warehouse::{AuditRow, LowCardinality, Milliseconds, WarehouseError};

use crate::State;
use crate::error::chain;
use crate::ids::new_id;
use crate::roles::Caller;
pub(crate) use list::list;

const BEGUN: &str = "begun";
const DONE: &str = "done";

/// An action that is written down and not ended yet.
pub(crate) struct Action {
    state: State,
    id: Uuid,
    who: String,
    name: &'static str,
}

/// Writes down that `caller` is about to do `name`, before it is done.
pub(crate) async fn begin(
    state: &State,
    caller: &Caller,
    name: &'static str,
    parameters: &impl Serialize,
) -> Result<Action, WarehouseError> {
    let now = (state.clock)();
    let action = Action {
        state: state.clone(),
        id: new_id(now),
        who: caller.name().to_owned(),
        name,
    };
    let parameters = serde_json::to_string(parameters).map_err(WarehouseError::Answer)?;
    action.write(now, &parameters, BEGUN).await?;
    tracing::info!(who = action.who, action = name, %parameters, "audit");
    Ok(action)
}

impl Action {
    pub(crate) async fn done(self) {
        self.end(DONE).await;
    }

    /// Ends as the answer to an error says, or as done.
    pub(crate) async fn answer<E: IntoResponse>(self, result: Result<Response, E>) -> Response {
        match result {
            Ok(response) => {
                self.done().await;
                response
            }
            Err(error) => {
                let response = error.into_response();
                self.end(&format!("failed: {}", response.status().as_u16())).await;
                response
            }
        }
    }

    async fn end(&self, outcome: &str) {
        let Err(error) = self.write((self.state.clock)(), "", outcome).await else {
            return;
        };
        let Self { id, who, name, .. } = self;
        tracing::error!(%id, who, action = name, outcome, error = %chain(&error), "the audit does not tell how an action ended");
    }

    async fn write(&self, at: Timestamp, parameters: &str, outcome: &str) -> Result<(), WarehouseError> {
        let row = AuditRow {
            id: self.id,
            at: Milliseconds(at.0),
            who: LowCardinality(&self.who),
            action: LowCardinality(self.name),
            parameters,
            outcome: LowCardinality(outcome),
        };
        self.state.warehouse.insert_audit(&row).await
    }
}
