//! Applies `sql/migrations` in order, once each, and refuses a file that changed after it was applied.
