//! The archive of customers: an adapter for each operation.

use async_graphql::{Context, InputObject, Object};

use super::customer::{CustomerPayload, one};
use super::error::Resolved;
use crate::customer::archive;
use crate::id::CustomerId;

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

/// The part of `Mutation` about the archive.
#[derive(Default)]
pub struct ArchiveMutation;

#[Object]
impl ArchiveMutation {
    /// Puts a customer away: it is out of lists, counts and the pool, and nobody claims, gives, releases or edits it. It
    /// keeps its owner and its history. An owned customer is archived by superiors alone.
    async fn archive_customer(&self, ctx: &Context<'_>, input: ArchiveCustomerInput) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        one(ctx, id, async |op| archive::archive(op, id, input.remark).await).await
    }

    /// Takes a customer out of the archive, back to its owner or into the pool.
    async fn restore_customer(&self, ctx: &Context<'_>, input: RestoreCustomerInput) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        one(ctx, id, async |op| archive::restore(op, id, input.remark).await).await
    }
}
