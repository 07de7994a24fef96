//! The archive of customers, contacts, opportunities and products: an adapter for each operation.

use async_graphql::{Context, InputObject, Object};

use super::base::error::Resolved;
use super::contact::{self as of_contact, ContactPayload};
use super::customer::{CustomerPayload, one};
use super::opportunity::{self as of_opportunity, OpportunityPayload};
use super::product::{self as of_product, ProductPayload};
use crate::crm::{contact, customer, opportunity, product};
use crate::kernel::id::{ContactId, CustomerId, OpportunityId, ProductId};

/// The customer to archive.
#[derive(InputObject)]
struct ArchiveCustomerInput {
    /// The id of the customer.
    customer_id: CustomerId,
    /// Why it is archived, for the operation log; at most 1,000 characters.
    remark: Option<String>,
}

/// The customer to restore.
#[derive(InputObject)]
struct RestoreCustomerInput {
    /// The id of the customer.
    customer_id: CustomerId,
    /// Why it is restored, for the operation log; at most 1,000 characters.
    remark: Option<String>,
}

/// The contact to archive.
#[derive(InputObject)]
struct ArchiveContactInput {
    /// The id of the contact.
    contact_id: ContactId,
}

/// The contact to restore.
#[derive(InputObject)]
struct RestoreContactInput {
    /// The id of the contact.
    contact_id: ContactId,
}

/// The opportunity to archive.
#[derive(InputObject)]
struct ArchiveOpportunityInput {
    /// The id of the opportunity.
    opportunity_id: OpportunityId,
}

/// The opportunity to restore.
#[derive(InputObject)]
struct RestoreOpportunityInput {
    /// The id of the opportunity.
    opportunity_id: OpportunityId,
}

/// The product to archive.
#[derive(InputObject)]
struct ArchiveProductInput {
    /// The id of the product.
    product_id: ProductId,
}

/// The product to restore.
#[derive(InputObject)]
struct RestoreProductInput {
    /// The id of the product.
    product_id: ProductId,
}

/// The part of `Mutation` about the archive.
#[derive(Default)]
pub struct ArchiveMutation;

#[Object]
impl ArchiveMutation {
    /// Archives a customer. An archived customer does not appear in lists, counts and the public pool. It can't be
    /// claimed, assigned, released or edited, and neither can its contacts, its opportunities and the lines of its
    /// orders be changed; its orders still go through their steps. It keeps its owner and its history. Only a superior
    /// may archive a customer that has an owner. Archiving an archived customer succeeds and changes nothing.
    async fn archive_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer to archive.")] input: ArchiveCustomerInput,
    ) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        one(ctx, id, async |op| customer::archive::archive(op, id, input.remark).await).await
    }

    /// Restores an archived customer: it belongs to its owner again, or is in the public pool again. Restoring a
    /// customer that is not archived succeeds and changes nothing.
    async fn restore_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer to restore.")] input: RestoreCustomerInput,
    ) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        one(ctx, id, async |op| customer::archive::restore(op, id, input.remark).await).await
    }
    /// Archives a contact. An archived contact does not appear in lists and counts, filters and duplicate checks do not
    /// find its phone numbers and addresses, and it is no longer the primary contact. Everybody who may edit the
    /// contacts of the customer may do this.
    async fn archive_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact to archive.")] input: ArchiveContactInput,
    ) -> Resolved<ContactPayload> {
        let id = input.contact_id;
        of_contact::one(ctx, id, async |op| contact::archive::archive(op, id).await).await
    }

    /// Restores an archived contact.
    async fn restore_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact to restore.")] input: RestoreContactInput,
    ) -> Resolved<ContactPayload> {
        let id = input.contact_id;
        of_contact::one(ctx, id, async |op| contact::archive::restore(op, id).await).await
    }

    /// Archives an opportunity. An archived opportunity does not appear in lists and counts and is not live: it can't
    /// be changed, moved or adopted, and no follow-up or order can be recorded for it. It stays in the history and in
    /// the figures. Everybody who may edit the opportunity may do this.
    async fn archive_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The opportunity to archive.")] input: ArchiveOpportunityInput,
    ) -> Resolved<OpportunityPayload> {
        let id = input.opportunity_id;
        of_opportunity::one(ctx, id, async |op| opportunity::archive::archive(op, id).await).await
    }

    /// Restores an archived opportunity.
    async fn restore_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The opportunity to restore.")] input: RestoreOpportunityInput,
    ) -> Resolved<OpportunityPayload> {
        let id = input.opportunity_id;
        of_opportunity::one(ctx, id, async |op| opportunity::archive::restore(op, id).await).await
    }

    /// Archives a product. An archived product does not appear in lists and counts and can't be changed, and only
    /// orders and opportunities that already have it keep it. Everybody who may edit products may do this.
    async fn archive_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product to archive.")] input: ArchiveProductInput,
    ) -> Resolved<ProductPayload> {
        let id = input.product_id;
        of_product::one(ctx, id, async |op| product::archive::archive(op, id).await).await
    }

    /// Restores an archived product.
    async fn restore_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product to restore.")] input: RestoreProductInput,
    ) -> Resolved<ProductPayload> {
        let id = input.product_id;
        of_product::one(ctx, id, async |op| product::archive::restore(op, id).await).await
    }
}
