//! Every statement that writes products.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::edit::Draft;
use crate::id::ProductId;

/// A product as it is, locked, with its version.
pub async fn lock(db: &mut PgConnection, id: ProductId) -> sqlx::Result<Option<(Draft, i32)>> {
    let row = sqlx::query!(
        "select sku, name, category, unit, unit_price, currency, active, version from product where id = $1 for no key update",
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
        (draft, row.version)
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
