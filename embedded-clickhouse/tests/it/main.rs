mod client;
mod raw;
