use event::{EventType, Timestamp};
use uuid::Uuid;

use crate::shop::{Address, Product};
use crate::visitor::{Entry, Visitor};

/// One event of the model, before any form of writing.
#[derive(Debug, Clone, Copy)]
pub struct Occurrence {
    pub id: Uuid,
    /// When it happened. The visitor's clock may say otherwise: [`Occurrence::created_at`].
    pub at: Timestamp,
    pub session_id: Uuid,
    pub visitor: Visitor,
    pub entry: &'static Entry,
    pub address: Address,
    pub referrer: Referrer,
    pub deed: Deed,
}

/// The same moment by a visitor's wrong clock and by the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    pub sent_at: Timestamp,
    pub received_at: Timestamp,
}

/// Where the page was come to from.
#[derive(Debug, Clone, Copy)]
pub enum Referrer {
    /// Another site, absolute, or empty.
    Outside(&'static str),
    Page(Address),
}

/// A product and how many of it.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub product: &'static Product,
    pub quantity: u32,
}

impl Line {
    pub fn value_cents(&self) -> u64 {
        u64::from(self.product.price_cents) * u64::from(self.quantity)
    }
}

/// CSS pixels: in the page, and in the element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    pub x: u32,
    pub y: u32,
    pub element_x: u32,
    pub element_y: u32,
}

/// What happened.
#[derive(Debug, Clone, Copy)]
pub enum Deed {
    PageView {
        latency_ms: u32,
    },
    ElementView {
        element: &'static str,
        width: u32,
        height: u32,
    },
    Click {
        element: &'static str,
        /// `None` for the keyboard's.
        point: Option<Point>,
    },
    ProductView(Line),
    AddToCart(Line),
    RemoveFromCart(Line),
    Search {
        query: &'static str,
        results: u32,
    },
    CheckoutStart {
        amount_cents: u64,
        items: u32,
    },
    OrderCreated {
        order: Uuid,
        line: Line,
    },
    PaymentAttempt {
        order: Uuid,
        amount_cents: u64,
        latency_ms: u32,
        /// `None` when it was paid.
        error: Option<&'static str>,
    },
    OrderPaid {
        order: Uuid,
        line: Line,
    },
    OrderDelivered {
        order: Uuid,
        line: Line,
    },
    OrderCancelled {
        order: Uuid,
        line: Line,
        reason: &'static str,
    },
}

/// The business name of a deed, as `event_title` has it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Title {
    PageView,
    ElementView,
    Click,
    ProductView,
    AddToCart,
    RemoveFromCart,
    Search,
    CheckoutStart,
    OrderCreated,
    PaymentAttempt,
    OrderPaid,
    OrderDelivered,
    OrderCancelled,
}

impl Occurrence {
    /// The moment by the visitor's clock; a back end's clock is right.
    pub fn created_at(&self) -> Timestamp {
        match self.deed.event_type() {
            EventType::Server => self.at,
            EventType::View | EventType::Click => Timestamp(self.at.0 + self.visitor.clock_skew_ms),
        }
    }
}

impl Occurrence {
    /// `None` where the visitor's clock is right.
    pub fn clocks(&self) -> Option<Clocks> {
        let (sent_at, received_at) = (self.created_at(), self.at);
        (sent_at != received_at).then_some(Clocks { sent_at, received_at })
    }
}

impl Deed {
    pub fn title(&self) -> Title {
        match self {
            Self::PageView { .. } => Title::PageView,
            Self::ElementView { .. } => Title::ElementView,
            Self::Click { .. } => Title::Click,
            Self::ProductView(_) => Title::ProductView,
            Self::AddToCart(_) => Title::AddToCart,
            Self::RemoveFromCart(_) => Title::RemoveFromCart,
            Self::Search { .. } => Title::Search,
            Self::CheckoutStart { .. } => Title::CheckoutStart,
            Self::OrderCreated { .. } => Title::OrderCreated,
            Self::PaymentAttempt { .. } => Title::PaymentAttempt,
            Self::OrderPaid { .. } => Title::OrderPaid,
            Self::OrderDelivered { .. } => Title::OrderDelivered,
            Self::OrderCancelled { .. } => Title::OrderCancelled,
        }
    }

    pub fn event_type(&self) -> EventType {
        match self.title() {
            Title::PageView | Title::ElementView | Title::ProductView | Title::CheckoutStart => EventType::View,
            Title::Click | Title::AddToCart | Title::RemoveFromCart | Title::Search => EventType::Click,
            Title::OrderCreated
            | Title::PaymentAttempt
            | Title::OrderPaid
            | Title::OrderDelivered
            | Title::OrderCancelled => EventType::Server,
        }
    }
}

impl Title {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PageView => "page_view",
            Self::ElementView => "element_view",
            Self::Click => "click",
            Self::ProductView => "product_view",
            Self::AddToCart => "add_to_cart",
            Self::RemoveFromCart => "remove_from_cart",
            Self::Search => "search",
            Self::CheckoutStart => "checkout_start",
            Self::OrderCreated => "order_created",
            Self::PaymentAttempt => "payment_attempt",
            Self::OrderPaid => "order_paid",
            Self::OrderDelivered => "order_delivered",
            Self::OrderCancelled => "order_cancelled",
        }
    }
}
