//! Planned reads: a selection over described things becomes one SQL statement, whose JSON goes to the client as it is.
//!
//! A thing is [described](describe) once: table, fields, masks, edges, filters, orders. The GraphQL types, the planner,
//! filters and cursors come from that description, so a field, a permission or an order can't differ between them.
//! Scopes and masks are part of every row that the planner reaches: an edge can't show what the list at the top would not.

mod arguments;
mod connection;
mod cursor;
pub mod describe;
mod feed;
mod filter;
mod json;
mod object;
mod order;
mod plan;
mod planner;
mod rows;
mod selection;
mod types;
mod values;
mod viewpoint;
mod writer;

pub use arguments::{Variables, argument_or_none};
pub use feed::{FeedPlan, root_field};
pub use filter::{filtered, text_of};
pub use plan::Plan;
pub use planner::Planner;
pub use selection::{at_path, root_fields};
pub use values::{EventRange, Placeholder};
pub use viewpoint::{Maker, Placeholders, Viewpoint};
pub use writer::FilterScope;
