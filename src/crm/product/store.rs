//! Every statement that writes products.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::edit::Draft;
use crate::kernel::id::{ProductId, uuids};

/// A product as it is offered now.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Which.
    pub product: ProductId,
    /// What one costs.
    pub unit_price: Decimal,
    /// In which currency.
    pub currency: String,
    /// Whether it is still sold.
    pub is_active: bool,
    /// Whether it is put away.
    pub is_archived: bool,
}

/// Those of the products that there are, as they are offered at this moment. Not locked: what changes a moment later was
/// still so now.
pub async fn offers(db: &mut PgConnection, products: &[ProductId]) -> sqlx::Result<Vec<Offer>> {
    sqlx::query_as!(
        Offer,
        r#"select id as "product: ProductId", unit_price, currency, active as is_active, archived_at is not null as "is_archived!"
           from product where id = any($1)"#,
        &uuids(products)
    )
    .fetch_all(db)
    .await
}

/// A product as it is, locked, with its version and whether it is archived.
pub async fn lock(db: &mut PgConnection, id: ProductId) -> sqlx::Result<Option<(Draft, i32, bool)>> {
    let row = sqlx::query!(
        r#"select sku, name, category, unit, unit_price, currency, active, version, archived_at is not null as "is_archived!"
           from product where id = $1 for no key update"#,
        id as ProductId
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let draft = Draft {
            sku: row.sku,
            name: row.name,
            category: row.category,
            unit: row.unit,
            unit_price: row.unit_price,
            currency: row.currency,
            active: row.active,
        };
        (draft, row.version, row.is_archived)
    }))
}

/// Enters a product.
pub async fn insert(db: &mut PgConnection, id: ProductId, draft: &Draft, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into product (id, sku, name, category, unit, unit_price, currency, active, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        id as ProductId,
        draft.sku,
        draft.name,
        draft.category,
        draft.unit,
        draft.unit_price,
        draft.currency,
        draft.active,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves an edit.
pub async fn update(db: &mut PgConnection, id: ProductId, draft: &Draft, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update product
         set sku = $2, name = $3, category = $4, unit = $5, unit_price = $6, currency = $7, active = $8, updated_at = $9,
             version = version + 1
         where id = $1",
        id as ProductId,
        draft.sku,
        draft.name,
        draft.category,
        draft.unit,
        draft.unit_price,
        draft.currency,
        draft.active,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Archives a product, or restores it; one that is so already stays as it is.
pub async fn set_archived(
    db: &mut PgConnection,
    id: ProductId,
    is_archived: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update product set archived_at = case when $2 then $3::timestamptz end, updated_at = $3, version = version + 1
         where id = $1 and (archived_at is not null) <> $2",
        id as ProductId,
        is_archived,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
