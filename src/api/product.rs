//! Products: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedProduct};
use crate::crm::product::{Draft, edit};
use crate::kernel::error::Error;
use crate::kernel::id::ProductId;
use crate::kernel::op::Op;
use crate::kernel::scalar::Decimal;

/// A product to enter.
#[derive(InputObject)]
struct CreateProductInput {
    /// Its number in stock-keeping: 1 to 64 characters, unique.
    sku: String,
    /// What it is called: 1 to 200 characters.
    name: String,
    /// What it is counted among.
    category: Option<String>,
    /// What one of it is: a piece, a licence, a ton.
    unit: String,
    /// What one costs: 0 or more, with at most two decimals.
    unit_price: Decimal,
    /// Of what: the three letters of ISO 4217.
    #[graphql(default_with = "crate::kernel::money::DEFAULT_CURRENCY.to_owned()")]
    currency: String,
    /// Makes trying again safe: the same key gets the first answer, and no second product.
    idempotency_key: Option<String>,
}

/// What to change of a product; what is left out stays, what is null is cleared.
#[derive(InputObject)]
struct UpdateProductInput {
    /// Which.
    product_id: ProductId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// Its number in stock-keeping.
    sku: Option<String>,
    /// What it is called.
    name: Option<String>,
    /// What it is counted among.
    category: MaybeUndefined<String>,
    /// What one of it is.
    unit: Option<String>,
    /// What one costs from now on; orders keep the price that they were made at.
    unit_price: Option<Decimal>,
    /// The currency of the price.
    currency: Option<String>,
    /// Whether it can still be sold.
    is_active: Option<bool>,
}

/// What became of a product.
#[derive(SimpleObject)]
pub(super) struct ProductPayload {
    /// The product as it is now; null when there is none.
    product: Option<PlannedProduct>,
    /// Why the wish was refused; empty when it was done.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about products.
#[derive(Default)]
pub struct ProductMutation;

#[Object]
impl ProductMutation {
    /// Enters a product.
    async fn create_product(&self, ctx: &Context<'_>, input: CreateProductInput) -> Resolved<ProductPayload> {
        let draft = Draft {
            sku: input.sku,
            name: input.name,
            category: input.category,
            unit: input.unit,
            unit_price: input.unit_price.0,
            currency: input.currency,
            active: true,
        };
        let (created, user_errors) =
            perform(ctx, async |op| edit::create(op, draft, input.idempotency_key).await).await?;
        Ok(ProductPayload { product: created.map(Planned), user_errors })
    }

    /// Changes a product. Its price in orders that were made stays.
    async fn update_product(&self, ctx: &Context<'_>, input: UpdateProductInput) -> Resolved<ProductPayload> {
        let (id, version) = (input.product_id, input.version);
        let edit = edit::Edit {
            sku: input.sku,
            name: input.name,
            category: field_change(input.category),
            unit: input.unit,
            unit_price: input.unit_price.map(|price| price.0),
            currency: input.currency,
            active: input.is_active,
        };
        one(ctx, id, async |op| edit::update(op, id, version, edit).await).await
    }
}

/// Runs an operation on one product.
pub(super) async fn one(
    ctx: &Context<'_>,
    id: ProductId,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<ProductPayload> {
    let (_, user_errors) = perform(ctx, run).await?;
    Ok(ProductPayload { product: Some(Planned(id)), user_errors })
}
