//! The history of edits: who changed which field, from what to what, and when. Triggers write it (`migrations/0058_edits.sql`), for all
//! writers; an operation only says who acts, where it locks its actor.

mod read;

pub use read::{OF_PERSONAL_EXTRA, describe_all, roots};
