//! How many of something each address holds at this moment, counted exactly.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::subscriber;

/// Holds no address that holds nothing, so the number of connections bounds its memory.
pub(crate) struct Held {
    limit: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// One of them; dropping it gives it back.
pub(crate) struct Hold {
    held: Arc<Held>,
    address: IpAddr,
}

impl Held {
    /// A limit of 0 sets none.
    pub(super) fn new(limit: usize) -> Arc<Self> {
        let limit = if limit == 0 { usize::MAX } else { limit };
        let counts = Mutex::default();
        Arc::new(Self { limit, counts })
    }

    /// None when the address holds as many as it may.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Hold> {
        let address = subscriber(address);
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if *count >= self.limit {
            return None;
        }
        *count += 1;
        let held = Arc::clone(self);
        Some(Hold { held, address })
    }

    /// Every change is one number's: a panic elsewhere leaves nothing half done.
    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.held.counts().entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_each_network_its_share() {
        let held = Held::new(2);
        let take = |address: &str| held.take(address.parse().unwrap());
        let (one, two) = (take("2001:db8::1"), take("2001:db8::2"));
        assert!(one.is_some() && two.is_some());
        assert!(take("2001:db8::3").is_none(), "one /64 is one subscriber");
        let stranger = take("192.0.2.1");
        assert!(stranger.is_some());
        drop(one);
        assert!(take("2001:db8::3").is_some());
        drop((two, stranger));
        assert!(
            held.counts().is_empty(),
            "nothing is kept of addresses that hold nothing"
        );
        let unlimited = Held::new(0);
        let all: Vec<_> = (0..100).map(|_| unlimited.take(IpAddr::from([192, 0, 2, 1]))).collect();
        assert!(all.iter().all(Option::is_some));
    }
}
