//! Rows of other records than customers: products, and what belongs to customers. A row creates one record; a record whose
//! external id is known is there already.
//!
//! - [`reader`]: reads a row as a [`input`]
//! - [`customers`]: the customers that rows refer to
//! - [`products`], [`opportunities`]: what rows refer to
//! - [`judge`]: decides what is done with a row
//! - [`orders`]: the same for rows of orders, of which several are one order
//! - [`write`]: writes what the judge has planned
//! - [`undo`]: removes or archives what an import created

mod customers;
mod input;
mod judge;
mod opportunities;
pub mod orders;
mod products;
mod reader;
mod store;
pub mod undo;
mod write;

pub use customers::{Customers, add_unknown_customers};
pub use input::{CustomerKey, Writes};
pub use judge::judge;
pub use reader::RecordReader;
pub use store::earlier;
pub use write::write;
