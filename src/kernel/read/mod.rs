//! Planned reads: a selection over described entities becomes one SQL statement, whose JSON goes to the client
//! unchanged.
//!
//! An entity is [described](describe) once: table, fields, masks, edges, filters, orders. The GraphQL types, the
//! planner, filters and cursors follow from that description, so a field, a permission or an order can't differ between
//! them. Scopes and masks apply to every row that the planner reaches, so an edge can't show a row that a list would
//! not show.
//!
//! From the bottom: `values` and `viewpoint` (what a statement binds), `writer` (which writes SQL, and which the
//! functions of descriptions use), `describe`, `rows` and `filter` (SQL from descriptions), `planner` (from a selection
//! to a [`Plan`]).

mod arguments;
mod connection;
mod cursor;
pub mod describe;
mod feed;
mod figure;
mod filter;
mod json;
mod object;
mod order;
mod plan;
mod planner;
mod rows;
mod search;
mod selection;
mod types;
mod values;
mod viewpoint;
mod writer;

pub use arguments::{Variables, argument_or_none};
pub use feed::{FeedPlan, root_field};
pub use filter::{filtered, text_of};
pub use plan::{Plan, RootError};
pub use planner::Planner;
pub use search::{name_contains, search_text};
pub use selection::{Selected, at_path, collect, root_fields};
pub use values::{EventRange, LookUp, Placeholder};
pub use viewpoint::{Maker, Placeholders, Viewpoint};
pub use writer::FilterScope;
