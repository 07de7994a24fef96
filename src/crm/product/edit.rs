//! Products are created and updated.

use rust_decimal::Decimal;

use super::{Draft, WRITE, archived, store};
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::id::ProductId;
use crate::kernel::op::Op;
use crate::kernel::{money, text};

/// The changes of a product: `None` keeps a value, `Some(None)` clears it.
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

/// Creates a product, priced in the first of the currencies in use if none is given. If the idempotency key was used
/// before, the product of that call is returned.
pub async fn create(
    op: &mut Op<'_>,
    draft: Draft,
    currency: Option<String>,
    idempotency_key: Option<String>,
) -> Result<ProductId, Error> {
    op.authorize(WRITE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createProduct", id).await? {
        return Ok(first);
    }
    let currency = currency.unwrap_or_else(|| op.settings().default_currency().to_owned());
    let draft = check(Draft { currency, ..draft }, &op.settings().currencies).map_err(Error::Refused)?;
    let now = op.now();
    store::insert(op.db(), id, &draft, now).await.map_err(explain_taken_sku)?;
    Ok(id)
}

/// Updates a product. `version` is the version that the user saw; if the product has another one, the update is refused
/// with `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: ProductId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let (before, present, is_archived) = store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    UserError::check_version(present, version)?;
    if is_archived {
        return Err(archived().into());
    }
    let present_currency = before.currency.clone();
    let draft = Draft {
        sku: edit.sku.unwrap_or(before.sku),
        name: edit.name.unwrap_or(before.name),
        category: edit.category.unwrap_or(before.category),
        unit: edit.unit.unwrap_or(before.unit),
        unit_price: edit.unit_price.unwrap_or(before.unit_price),
        currency: edit.currency.unwrap_or(before.currency),
        active: edit.active.unwrap_or(before.active),
    };
    let draft = validate(draft, &op.settings().currencies, Some(&present_currency)).map_err(Error::Refused)?;
    let now = op.now();
    store::update(op.db(), id, &draft, now).await.map_err(explain_taken_sku)?;
    Ok(())
}

/// Validates a new product, whose currency must be in use. The error contains all refusals.
pub fn check(draft: Draft, in_use: &[String]) -> Result<Draft, Vec<UserError>> {
    validate(draft, in_use, None)
}

/// Validates a product. The error contains all refusals. Its present currency may stay, although it is not in use any
/// more.
fn validate(mut draft: Draft, in_use: &[String], present_currency: Option<&str>) -> Result<Draft, Vec<UserError>> {
    let checks = [
        text::line(&["sku"], &draft.sku, 1, 64).map(|sku| draft.sku = sku),
        text::line(&["name"], &draft.name, 1, 200).map(|name| draft.name = name),
        text::optional(&["category"], draft.category.take(), 100).map(|category| draft.category = category),
        text::line(&["unit"], &draft.unit, 1, 20).map(|unit| draft.unit = unit),
        money::amount(&["unitPrice"], draft.unit_price, &draft.currency).map(|_| ()),
        match present_currency == Some(draft.currency.as_str()) {
            true => Ok(()),
            false => money::currency(&["currency"], &draft.currency, in_use).map(|_| ()),
        },
    ];
    let refusals: Vec<_> = checks.into_iter().filter_map(Result::err).collect();
    if refusals.is_empty() { Ok(draft) } else { Err(refusals) }
}

/// Turns the violation of the unique SKU into a refusal.
pub(super) fn explain_taken_sku(error: sqlx::Error) -> Error {
    match violated(&error) {
        Some("product_sku_unique") => {
            let text = Text::new("Another product has this SKU already.", "该产品编码已被其他产品使用。");
            UserError::new(Code::Duplicate, text).at(&["sku"]).into()
        }
        _ => error.into(),
    }
}
