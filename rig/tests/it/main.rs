//! What the rig itself stands on: processes that die when they shall, and disks that are full when they shall.

#![expect(clippy::unwrap_used, reason = "a test ends where a step of its story fails")]

mod disk;
mod process;
