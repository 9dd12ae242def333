//! The publisher's connection over time: up, blocked by an alarm, or down and tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lapin::Channel;
use lapin::options::ConfirmSelectOptions;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

use super::address::Address;
use super::outlet::{Inlet, Outlet};
use super::session::{Backoff, Change, Session, with_causes};
use crate::OpenError;

#[derive(Debug, Clone)]
pub(super) enum Link {
    Up(Inlet),
    /// Memory or disk alarm, by its reason; what was sent may still be confirmed.
    Blocked(String),
    Down {
        reason: String,
        next_attempt: Instant,
    },
}

/// What publishers ask of the connection.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// To look whether it is still there.
    pub(super) look: Notify,
    /// To connect anew, and thereby declare the topology again.
    pub(super) renew: Notify,
    /// The connection in use has had a group confirmed.
    confirmed: AtomicBool,
}

impl Requests {
    pub(super) fn confirmed(&self) {
        self.confirmed.store(true, Ordering::Relaxed);
    }

    /// RabbitMQ's end of a channel keeps to the leader that it found at the channel's first publish. When that one had just died, it refuses every
    /// publish for as long as the channel lives; the next channel finds the new leader.
    pub(super) fn nacked(&self) {
        if !self.confirmed.load(Ordering::Relaxed) {
            self.renew.notify_one();
        }
    }
}

struct Connected {
    session: Session,
    outlet: Outlet,
}

/// Connects and keeps the link true until the handle is dropped.
pub(super) async fn supervise(
    address: Address,
    requests: Arc<Requests>,
    wait: bool,
) -> Result<(watch::Receiver<Link>, AbortOnDropHandle<()>), OpenError> {
    let (first, state) = match open_session(&address).await {
        Ok(connected) => {
            let state = connected.up();
            (Ok(connected), state)
        }
        Err(failed) if wait && failed.is_broker_away() => {
            let reason = with_causes(&failed);
            tracing::error!(
                address = address.shown,
                reason,
                "RabbitMQ is away; connecting again until it is there"
            );
            let next_attempt = Instant::now();
            (Err(reason.clone()), Link::Down { reason, next_attempt })
        }
        Err(failed) => return Err(failed),
    };
    let (link, follow) = watch::channel(state);
    let supervisor = tokio::spawn(async move {
        let mut connected = match first {
            Ok(connected) => connected,
            Err(reason) => reopen(&address, &link, reason).await,
        };
        loop {
            requests.confirmed.store(false, Ordering::Relaxed);
            link.send_replace(connected.up());
            let reason = follow_session(&mut connected, &link, &requests).await;
            tracing::error!(address = address.shown, reason, "lost RabbitMQ; connecting again");
            // Told before the session goes: no publish starts on what is lost.
            link.send_replace(Link::Down {
                reason: reason.clone(),
                next_attempt: Instant::now(),
            });
            drop(connected);
            connected = reopen(&address, &link, reason).await;
            tracing::info!(address = address.shown, "connected to RabbitMQ again");
        }
    });
    Ok((follow, AbortOnDropHandle::new(supervisor)))
}

impl Connected {
    fn up(&self) -> Link {
        Link::Up(self.outlet.inlet.clone())
    }
}

/// Returns when the session is lost, with the reason.
async fn follow_session(connected: &mut Connected, link: &watch::Sender<Link>, requests: &Requests) -> String {
    loop {
        let change = tokio::select! {
            change = connected.session.changed(&requests.look) => change,
            () = requests.renew.notified() => return "a new connection was asked for".to_owned(),
        };
        match change {
            Change::Blocked(reason) => {
                tracing::error!(reason, "RabbitMQ blocks publishing");
                link.send_replace(Link::Blocked(reason));
            }
            Change::Unblocked => {
                tracing::info!("RabbitMQ takes publishes again");
                link.send_replace(connected.up());
            }
            Change::Lost(reason) => return reason,
        }
    }
}

async fn reopen(address: &Address, link: &watch::Sender<Link>, mut reason: String) -> Connected {
    let mut backoff = Backoff::new();
    loop {
        let next_attempt = Instant::now() + backoff.next();
        link.send_replace(Link::Down {
            reason: reason.clone(),
            next_attempt,
        });
        sleep_until(next_attempt).await;
        match open_session(address).await {
            Ok(connected) => return connected,
            Err(failed) => {
                reason = with_causes(&failed);
                tracing::warn!(error = reason, "RabbitMQ cannot be used yet");
            }
        }
    }
}

async fn open_session(address: &Address) -> Result<Connected, OpenError> {
    let confirms = async |channel: &Channel| channel.confirm_select(ConfirmSelectOptions::default()).await;
    let (session, ()) = Session::open(address, "clickpath publisher", confirms).await?;
    let outlet = Outlet::open(session.channel.clone());
    Ok(Connected { session, outlet })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::Requests;

    #[test]
    fn only_a_connection_that_never_worked_is_renewed() {
        let requests = Requests::default();
        let is_asked_for_another = || requests.renew.notified().now_or_never().is_some();
        requests.nacked();
        assert!(is_asked_for_another());
        requests.confirmed();
        requests.nacked();
        assert!(!is_asked_for_another());
    }
}
