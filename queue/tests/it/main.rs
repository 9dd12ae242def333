//! The queue from outside: the log on a real disk, RabbitMQ as a real node.
#![expect(clippy::unwrap_used, reason = "a test ends where a step of its story fails")]

mod crash;
mod damage;
mod disk_full;
mod embedded;
mod node_killed;
mod rabbitmq;
mod spool;
mod support;
