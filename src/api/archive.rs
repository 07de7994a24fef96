//! The archive of customers, contacts, opportunities and products: an adapter for each operation.

use async_graphql::{Context, InputObject, Object};

use super::base::error::Resolved;
use super::customer::{ContactPayload, CustomerPayload, one, one_contact};
use super::opportunity::{self as of_opportunity, OpportunityPayload};
use super::product::{self as of_product, ProductPayload};
use crate::crm::{contact, customer, opportunity, product};
use crate::kernel::id::{ContactId, CustomerId, OpportunityId, ProductId};

/// Which customer to archive.
#[derive(InputObject)]
struct ArchiveCustomerInput {
    /// Its id.
    customer_id: CustomerId,
    /// Why, for the log; at most 1,000 characters.
    remark: Option<String>,
}

/// Which customer to restore.
#[derive(InputObject)]
struct RestoreCustomerInput {
    /// Its id.
    customer_id: CustomerId,
    /// Why, for the log; at most 1,000 characters.
    remark: Option<String>,
}

/// Which contact to archive.
#[derive(InputObject)]
struct ArchiveContactInput {
    /// Its id.
    contact_id: ContactId,
}

/// Which contact to restore.
#[derive(InputObject)]
struct RestoreContactInput {
    /// Its id.
    contact_id: ContactId,
}

/// Which opportunity to archive.
#[derive(InputObject)]
struct ArchiveOpportunityInput {
    /// Its id.
    opportunity_id: OpportunityId,
}

/// Which opportunity to restore.
#[derive(InputObject)]
struct RestoreOpportunityInput {
    /// Its id.
    opportunity_id: OpportunityId,
}

/// Which product to archive.
#[derive(InputObject)]
struct ArchiveProductInput {
    /// Its id.
    product_id: ProductId,
}

/// Which product to restore.
#[derive(InputObject)]
struct RestoreProductInput {
    /// Its id.
    product_id: ProductId,
}

/// The part of `Mutation` about the archive.
#[derive(Default)]
pub struct ArchiveMutation;

#[Object]
impl ArchiveMutation {
    /// Puts a customer away: it is out of lists, counts and the pool, and nobody claims, gives, releases or edits it, nor its
    /// contacts, opportunities and lines of orders; its orders go on. It keeps its owner and its history. An owned customer is archived by superiors alone.
    async fn archive_customer(&self, ctx: &Context<'_>, input: ArchiveCustomerInput) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        one(ctx, id, async |op| customer::archive::archive(op, id, input.remark).await).await
    }

    /// Takes a customer out of the archive, back to its owner or into the pool.
    async fn restore_customer(&self, ctx: &Context<'_>, input: RestoreCustomerInput) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        one(ctx, id, async |op| customer::archive::restore(op, id, input.remark).await).await
    }
    /// Puts a contact away: it is out of lists and counts, its phone numbers and addresses find nothing, and it is not the
    /// primary one any more. Whoever may change contacts of the customer may.
    async fn archive_contact(&self, ctx: &Context<'_>, input: ArchiveContactInput) -> Resolved<ContactPayload> {
        let id = input.contact_id;
        one_contact(ctx, id, async |op| contact::archive::archive(op, id).await).await
    }

    /// Takes a contact out of the archive.
    async fn restore_contact(&self, ctx: &Context<'_>, input: RestoreContactInput) -> Resolved<ContactPayload> {
        let id = input.contact_id;
        one_contact(ctx, id, async |op| contact::archive::restore(op, id).await).await
    }

    /// Puts an opportunity away: it is out of lists and counts and not live, and nobody changes, moves or adopts it, follows
    /// up on it or orders for it. It stays in history and figures. Whoever may change it may.
    async fn archive_opportunity(
        &self,
        ctx: &Context<'_>,
        input: ArchiveOpportunityInput,
    ) -> Resolved<OpportunityPayload> {
        let id = input.opportunity_id;
        of_opportunity::one(ctx, id, async |op| opportunity::archive::archive(op, id).await).await
    }

    /// Takes an opportunity out of the archive.
    async fn restore_opportunity(
        &self,
        ctx: &Context<'_>,
        input: RestoreOpportunityInput,
    ) -> Resolved<OpportunityPayload> {
        let id = input.opportunity_id;
        of_opportunity::one(ctx, id, async |op| opportunity::archive::restore(op, id).await).await
    }

    /// Puts a product away: it is out of lists and counts, nobody changes it, and no order or opportunity gets it that does
    /// not have it already. Whoever may change products may.
    async fn archive_product(&self, ctx: &Context<'_>, input: ArchiveProductInput) -> Resolved<ProductPayload> {
        let id = input.product_id;
        of_product::one(ctx, id, async |op| product::archive::archive(op, id).await).await
    }

    /// Takes a product out of the archive.
    async fn restore_product(&self, ctx: &Context<'_>, input: RestoreProductInput) -> Resolved<ProductPayload> {
        let id = input.product_id;
        of_product::one(ctx, id, async |op| product::archive::restore(op, id).await).await
    }
}
