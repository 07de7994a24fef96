//! The archive of customers and contacts: an adapter for each operation.

use async_graphql::{Context, InputObject, Object};

use super::customer::{ContactPayload, CustomerPayload, one, one_contact};
use super::error::Resolved;
use crate::id::{ContactId, CustomerId};
use crate::{contact, customer};

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

/// The part of `Mutation` about the archive.
#[derive(Default)]
pub struct ArchiveMutation;

#[Object]
impl ArchiveMutation {
    /// Puts a customer away: it is out of lists, counts and the pool, and nobody claims, gives, releases or edits it. It
    /// keeps its owner and its history. An owned customer is archived by superiors alone.
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
}
