//! Create and update.

use rust_decimal::Decimal;

use super::{archived, store};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::id::ProductId;
use crate::kernel::op::Op;
use crate::kernel::{money, text};

/// To enter and change products.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Product);

/// What can be edited of a product.
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

/// What a user wishes to change: `None` keeps, `Some(None)` clears.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub sku: Option<String>,
    pub name: Option<String>,
    pub category: Option<Option<String>>,
    pub unit: Option<String>,
    pub unit_price: Option<Decimal>,
    pub currency: Option<String>,
    pub active: Option<bool>,
}

/// Enters a product.
pub async fn create(op: &mut Op<'_>, draft: Draft, idempotency_key: Option<String>) -> Result<ProductId, Error> {
    op.authorize(WRITE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createProduct", id).await? {
        return Ok(first);
    }
    let draft = checked(draft)?;
    let now = op.now();
    store::insert(op.db(), id, &draft, now).await.map_err(sku_taken)?;
    Ok(id)
}

/// Changes a product. `version` is the one that the user saw; a stale one is a `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: ProductId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let (before, present, is_archived) = store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    UserError::check_version(present, version)?;
    if is_archived {
        return Err(archived().into());
    }
    let draft = checked(Draft {
        sku: edit.sku.unwrap_or(before.sku),
        name: edit.name.unwrap_or(before.name),
        category: edit.category.unwrap_or(before.category),
        unit: edit.unit.unwrap_or(before.unit),
        unit_price: edit.unit_price.unwrap_or(before.unit_price),
        currency: edit.currency.unwrap_or(before.currency),
        active: edit.active.unwrap_or(before.active),
    })?;
    let now = op.now();
    store::update(op.db(), id, &draft, now).await.map_err(sku_taken)?;
    Ok(())
}

/// All that is wrong is told at once.
fn checked(mut draft: Draft) -> Result<Draft, Error> {
    let checks = [
        text::line(&["sku"], &draft.sku, 1, 64).map(|sku| draft.sku = sku),
        text::line(&["name"], &draft.name, 1, 200).map(|name| draft.name = name),
        text::optional(&["category"], draft.category.take(), 100).map(|category| draft.category = category),
        text::line(&["unit"], &draft.unit, 1, 20).map(|unit| draft.unit = unit),
        money::amount(&["unitPrice"], draft.unit_price).map(|_| ()),
        money::currency(&["currency"], &draft.currency).map(|_| ()),
    ];
    let wrong: Vec<_> = checks.into_iter().filter_map(Result::err).collect();
    if wrong.is_empty() { Ok(draft) } else { Err(Error::Refused(wrong)) }
}

fn sku_taken(error: sqlx::Error) -> Error {
    match violated(&error) {
        Some("product_sku_unique") => {
            let text = Text::new("There is a product with this SKU already.", "该 SKU 已存在。");
            UserError::new(Code::Duplicate, text).at(&["sku"]).into()
        }
        _ => error.into(),
    }
}
