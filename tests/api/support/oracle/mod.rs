//! A naive model of reading: plain rows in memory, rights looked up line by line, and a general GraphQL executor that
//! asks for one field of one object at a time. It shares nothing with the planner but the schema, and says of each row
//! and field what the policy and the schema's descriptions say.

mod executor;
mod filter;
mod pages;
mod rights;
mod rows;
mod values;

pub use pages::cursor;
pub use rights::{Look, Thing};
pub use rows::Rows;
