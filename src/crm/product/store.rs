//! Every statement that writes or locks products, and the one that reads offers.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::Draft;
use crate::kernel::id::{ProductId, uuids};

/// The price of a product, and whether it can be sold.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The product.
    pub product: ProductId,
    /// The price of one unit.
    pub unit_price: Decimal,
    /// The currency of the price.
    pub currency: String,
    /// Whether the product can still be sold.
    pub is_active: bool,
    /// Whether the product is archived.
    pub is_archived: bool,
}

/// Reads the offers of products; there is none for a product that does not exist. The rows are not locked, because an
/// order is made at the price of its moment.
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

/// Locks a product. It returns its data, its version, and whether it is archived.
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

/// Inserts a product.
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

/// Updates a product.
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

/// Archives or restores a product. The row stays as it is if it is in that state already.
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

/// Those of the SKUs that products have.
pub async fn taken_skus(db: &mut PgConnection, skus: &[String]) -> sqlx::Result<HashSet<String>> {
    if skus.is_empty() {
        return Ok(HashSet::new());
    }
    let found = sqlx::query_scalar!("select sku from product where sku = any($1)", skus).fetch_all(db).await?;
    Ok(found.into_iter().collect())
}

/// The products that have these SKUs, archived ones included.
pub async fn with_skus(db: &mut PgConnection, skus: &[String]) -> sqlx::Result<Vec<(String, ProductId)>> {
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    let found = sqlx::query!(r#"select sku, id as "id: ProductId" from product where sku = any($1)"#, skus)
        .fetch_all(db)
        .await?;
    Ok(found.into_iter().map(|row| (row.sku, row.id)).collect())
}

/// Inserts products, in the order of their SKUs, so that two transactions that insert the same ones do not deadlock.
pub async fn insert_all(db: &mut PgConnection, entries: &[(ProductId, Draft)], now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into product (id, sku, name, category, unit, unit_price, currency, active, created_at, updated_at)
         select e.*, $9, $9
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::text[], $8::boolean[])
              e (id, sku, name, category, unit, unit_price, currency, active)
         order by e.sku",
        &entries.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|(_, it)| it.sku.clone()).collect::<Vec<_>>(),
        &entries.iter().map(|(_, it)| it.name.clone()).collect::<Vec<_>>(),
        &entries.iter().map(|(_, it)| it.category.clone()).collect::<Vec<_>>() as &[Option<String>],
        &entries.iter().map(|(_, it)| it.unit.clone()).collect::<Vec<_>>(),
        &entries.iter().map(|(_, it)| it.unit_price).collect::<Vec<_>>(),
        &entries.iter().map(|(_, it)| it.currency.clone()).collect::<Vec<_>>(),
        &entries.iter().map(|(_, it)| it.active).collect::<Vec<_>>(),
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Archives those of the products that nobody has changed, and that no order and no opportunity names; returns them.
pub async fn archive_unused(
    db: &mut PgConnection,
    ids: &[ProductId],
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<ProductId>> {
    sqlx::query_scalar!(
        r#"update product p set archived_at = $2, updated_at = $2, version = p.version + 1
           where p.id = any($1) and p.version = 1
                 and not exists (select from order_product l where l.product_id = p.id)
                 and not exists (select from sales_opportunity o where o.product_id = p.id)
                 and not exists (select from opportunity_product l where l.product_id = p.id)
           returning p.id as "id: ProductId""#,
        &uuids(ids),
        now
    )
    .fetch_all(db)
    .await
}
