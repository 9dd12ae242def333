//! Files as they come, good and bad, and what their rows become.

mod bad_input;
mod forms;
mod rows;
