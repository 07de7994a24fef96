//! Products: what the company sells. A change of the price never changes an order.
//!
//! - [`edit`]: create, update
//! - [`archive`]: archive, restore
//! - [`bulk`]: many products at once, from a file
//! - [`lines`]: what orders and opportunities are made of

pub mod archive;
pub mod bulk;
pub mod edit;
pub mod lines;
mod read;
mod store;

use rust_decimal::Decimal;

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Code, Text, UserError};
pub use read::{READ, describe, roots};
pub use store::{Offer, offers};

/// The permission to create, change and archive products.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Product);

/// The editable data of a product.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub sku: String,
    pub name: String,
    pub category: Option<String>,
    pub unit: String,
    pub unit_price: Decimal,
    pub currency: String,
    pub active: bool,
}

/// The refusal because a product is archived.
pub fn archived() -> UserError {
    let text = Text::new("The product is archived. Restore it first.", "该产品已归档，请先恢复。");
    UserError::new(Code::Archived, text)
}
