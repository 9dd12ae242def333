//! The queue from outside: the log on a real disk, RabbitMQ as a real node.

mod crash;
mod damage;
mod disk_full;
mod embedded;
mod rabbitmq;
mod support;
