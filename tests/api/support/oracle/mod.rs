//! A naive model of reads: plain rows in memory, rights looked up line by line, and a general GraphQL executor that
//! resolves one field of one object at a time. It shares only the schema with the planner, and decides for each row
//! and field what the policy and the descriptions of the schema say.

mod actions;
mod executor;
mod filter;
mod pages;
mod rights;
mod rows;
mod values;

pub use pages::cursor;
pub use rights::{Entity, View};
pub use rows::Rows;
