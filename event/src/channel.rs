//! The traffic channel of a visit, from referrer and campaign parameters.

use crate::{Channel, ChannelGroup};

impl Channel {
    /// The name as stored and shown, snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::CrossNetwork => "cross_network",
            Self::PaidShopping => "paid_shopping",
            Self::PaidSearch => "paid_search",
            Self::PaidSocial => "paid_social",
            Self::PaidVideo => "paid_video",
            Self::Display => "display",
            Self::PaidOther => "paid_other",
            Self::OrganicShopping => "organic_shopping",
            Self::OrganicSocial => "organic_social",
            Self::OrganicVideo => "organic_video",
            Self::OrganicSearch => "organic_search",
            Self::Referral => "referral",
            Self::Email => "email",
            Self::Affiliates => "affiliates",
            Self::Audio => "audio",
            Self::Sms => "sms",
            Self::MobilePush => "mobile_push",
            Self::Internal => "internal",
        }
    }

    pub fn group(self) -> ChannelGroup {
        match self {
            Self::Direct | Self::Internal => ChannelGroup::Direct,
            Self::CrossNetwork
            | Self::PaidShopping
            | Self::PaidSearch
            | Self::PaidSocial
            | Self::PaidVideo
            | Self::Display
            | Self::PaidOther
            | Self::Audio => ChannelGroup::Ads,
            Self::OrganicShopping | Self::OrganicSocial | Self::OrganicVideo | Self::OrganicSearch => {
                ChannelGroup::Organic
            }
            Self::Referral | Self::Affiliates => ChannelGroup::Referral,
            Self::Email | Self::Sms | Self::MobilePush => ChannelGroup::Email,
        }
    }
}

impl ChannelGroup {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organic => "organic",
            Self::Ads => "ads",
            Self::Email => "email",
            Self::Referral => "referral",
            Self::Direct => "direct",
        }
    }
}
