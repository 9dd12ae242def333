//! Products and carts of a shop's REST API, as entities and events.
