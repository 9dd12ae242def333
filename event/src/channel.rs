//! The traffic channel of a visit, from referrer and campaign parameters.

use crate::{Channel, ChannelGroup};

impl Channel {
    pub fn as_str(self) -> &'static str {
        todo!("helper")
    }

    pub fn group(self) -> ChannelGroup {
        todo!("helper")
    }
}
