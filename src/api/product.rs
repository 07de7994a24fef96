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

/// The product to create.
#[derive(InputObject)]
struct CreateProductInput {
    /// The stock keeping unit, which identifies the product: 1 to 64 characters, unique (`DUPLICATE`).
    sku: String,
    /// The name of the product: 1 to 200 characters.
    name: String,
    /// The category under which the product is counted; at most 100 characters.
    category: Option<String>,
    /// The unit in which the product is sold, such as a piece, a licence or a ton: 1 to 20 characters.
    unit: String,
    /// The price of one unit: 0 or more, with at most as many decimals as the currency has.
    unit_price: Decimal,
    /// The currency of the price: one of `currencies` of the settings. If it is left out, it is the first of them.
    currency: Option<String>,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is the record that the first call created.
    idempotency_key: Option<String>,
}

/// What to change of a product. A field that is left out stays as it is; null clears it.
#[derive(InputObject)]
struct UpdateProductInput {
    /// The id of the product.
    product_id: ProductId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// The stock keeping unit: 1 to 64 characters, unique (`DUPLICATE`).
    sku: Option<String>,
    /// The name of the product: 1 to 200 characters.
    name: Option<String>,
    /// The category under which the product is counted; at most 100 characters.
    category: MaybeUndefined<String>,
    /// The unit in which the product is sold: 1 to 20 characters.
    unit: Option<String>,
    /// The price of one unit from now on: 0 or more, with at most as many decimals as the currency has. Existing orders keep their prices.
    unit_price: Option<Decimal>,
    /// The currency of the price: one of `currencies` of the settings.
    currency: Option<String>,
    /// Whether the product can still be sold.
    is_active: Option<bool>,
}

/// The result of a mutation on a product.
#[derive(SimpleObject)]
pub(super) struct ProductPayload {
    /// The product as it is now; null if a new product was refused, or if you may not see it.
    product: Option<PlannedProduct>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about products.
#[derive(Default)]
pub struct ProductMutation;

#[Object]
impl ProductMutation {
    /// Creates a product.
    async fn create_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product to create.")] input: CreateProductInput,
    ) -> Resolved<ProductPayload> {
        let draft = Draft {
            sku: input.sku,
            name: input.name,
            category: input.category,
            unit: input.unit,
            unit_price: input.unit_price.0,
            currency: String::new(),
            active: true,
        };
        let (created, user_errors) =
            perform(ctx, async |op| edit::create(op, draft, input.currency, input.idempotency_key).await).await?;
        Ok(ProductPayload { product: created.map(Planned), user_errors })
    }

    /// Changes a product. Existing orders keep the price at which they were made.
    async fn update_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change of a product.")] input: UpdateProductInput,
    ) -> Resolved<ProductPayload> {
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
