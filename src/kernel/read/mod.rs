//! Planned reads: a selection over described things becomes one SQL statement, whose JSON goes to the client as it is.
//!
//! A thing is [described](describe) once: table, fields, masks, edges, filters, orders. The GraphQL types, the planner,
//! filters and cursors come from that description, so a field, a permission or an order can't differ between them.
//! Scopes and masks are part of every row that the planner reaches: an edge can't show what the list at the top would not.

mod arguments;
mod connection;
pub mod describe;
mod feed;
mod filter;
mod json;
mod order;
mod plan;
mod selection;
mod viewpoint;

pub use arguments::{Variables, argument_or_none};
pub use feed::{FeedPlan, root_field};
pub use filter::{FilterScope, filtered, text_of};
pub use plan::{EventRange, Plan, Planner};
pub use selection::{Selected, at_path, collect, root_fields};
pub use viewpoint::{Maker, Placeholder, Placeholders, Viewpoint};
