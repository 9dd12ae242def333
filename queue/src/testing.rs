//! What tests break: a private RabbitMQ node, a cluster of them, and a network in between.
//!
//! Own ports, own epmd, own data in a temporary folder: nodes of tests that run side by side do not meet, and they end with
//! their test, also when the test is killed.

mod cluster;
mod epmd;
mod error;
mod node;
mod proxy;
mod rabbitmq;

pub use cluster::RabbitMqCluster;
pub use error::StartError;
pub use proxy::{Network, Proxy};
pub use rabbitmq::RabbitMq;
