//! Public pools: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform_to_change};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedPool};
use super::customer::{CustomersPayload, batch};
use crate::crm::customer::moving;
use crate::crm::pool::edit;
use crate::kernel::directory::PoolMember;
use crate::kernel::id::{CustomerId, PoolId, UserId};
use crate::kernel::op::Changes;

/// A member of a public pool.
#[derive(InputObject)]
struct PoolMemberInput {
    /// The id of the user.
    user_id: UserId,
    /// Whether everybody below the user in the reporting tree is a member, too, at any depth.
    #[graphql(default)]
    with_team: bool,
}

impl From<PoolMemberInput> for PoolMember {
    fn from(PoolMemberInput { user_id: user, with_team }: PoolMemberInput) -> Self {
        Self { user, with_team }
    }
}

/// The public pool to create.
#[derive(InputObject)]
struct CreatePoolInput {
    /// The name: 1 to 100 characters. Pools that are not archived have different names (`DUPLICATE`).
    name: String,
    /// The id of the active user who administers it: they are a member, and change its name, its members, its protection
    /// period and its limits if their roles permit it.
    administrator_id: Option<UserId>,
    /// Its members besides the administrator: at most 1,000, each of whom may stand for a team.
    #[graphql(default)]
    members: Vec<PoolMemberInput>,
    /// Which customers come into it when they come into the public pool: an expression in CEL, as `CreatePoolRuleInput` describes
    /// it, such as `region in ["EAST", "CENTRAL"]` or `"wang@example.com" in teams`. Null: those that are moved to it. A
    /// customer that comes into the public pool is tested against the conditions of all pools; if none matches, it stays in the
    /// pool that it belongs to if that one has no condition, and comes into the default pool otherwise.
    condition: Option<String>,
    /// Of several pools whose condition matches a customer, the one with the larger priority takes it; of two with the same one,
    /// the older one. From -1000 to 1000.
    #[graphql(default)]
    priority: i32,
    /// For how long nobody may claim what is released into it (ISO 8601, at most `P366D`). Null: what the settings say.
    protection_period: Option<String>,
    /// The most customers of this pool that a rep may own before claiming another one: 0 or more. Null: the limit of the settings.
    max_owned_customers: Option<i32>,
    /// The most customers that a rep may claim from this pool in a day: 0 or more. Null: the limit of the settings.
    max_claims_per_day: Option<i32>,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is the record that the first call created.
    idempotency_key: Option<String>,
}

/// What to change of a public pool. A field that is left out stays as it is; null clears it. The default pool has only a name and an
/// administrator.
#[derive(InputObject)]
struct UpdatePoolInput {
    /// The id of the pool.
    pool_id: PoolId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// The name: 1 to 100 characters. Pools that are not archived have different names (`DUPLICATE`).
    name: Option<String>,
    /// The id of the active user who administers it. Only who may edit all pools changes it.
    administrator_id: MaybeUndefined<UserId>,
    /// All its members besides the administrator, in place of the present ones.
    members: Option<Vec<PoolMemberInput>>,
    /// Which customers come into it, as in `CreatePoolInput`. Only who may edit all pools changes it.
    condition: MaybeUndefined<String>,
    /// The priority, from -1000 to 1000. Only who may edit all pools changes it.
    priority: Option<i32>,
    /// For how long nobody may claim what is released into it (ISO 8601, at most `P366D`); null: what the settings say. For
    /// customers that are protected now, the end is computed anew from the time of their release.
    protection_period: MaybeUndefined<String>,
    /// The most customers of this pool that a rep may own before claiming another one; null: the limit of the settings.
    max_owned_customers: MaybeUndefined<i32>,
    /// The most customers that a rep may claim from this pool in a day; null: the limit of the settings.
    max_claims_per_day: MaybeUndefined<i32>,
}

/// The public pool to archive.
#[derive(InputObject)]
struct ArchivePoolInput {
    /// The id of the pool.
    pool_id: PoolId,
}

/// The customers to move, and the public pool to which they go.
#[derive(InputObject)]
struct MoveToPoolInput {
    /// The ids of the customers: 1 to 100, unless the server is configured with another limit for batches.
    customer_ids: Vec<CustomerId>,
    /// The id of the pool.
    pool_id: PoolId,
    /// Why they are moved, for the operation log; at most 1,000 characters.
    remark: Option<String>,
}

/// The result of a mutation on a public pool.
#[derive(SimpleObject)]
struct PoolPayload {
    /// The pool as it is now; null if a new pool was refused, or if you may not see it.
    pool: Option<PlannedPool>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about public pools.
#[derive(Default)]
pub struct PoolMutation;

#[Object]
impl PoolMutation {
    /// Creates a public pool. From the second pool on, the scope `POOL` reaches the pools of which a user is a member.
    async fn create_pool(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The public pool to create.")] input: CreatePoolInput,
    ) -> Resolved<PoolPayload> {
        let edit = edit::Edit {
            name: Some(input.name),
            administrator: Some(input.administrator_id),
            members: Some(input.members.into_iter().map(Into::into).collect()),
            condition: Some(input.condition),
            priority: Some(input.priority),
            protection_period: Some(input.protection_period),
            max_owned_customers: Some(input.max_owned_customers),
            max_claims_per_day: Some(input.max_claims_per_day),
        };
        let (created, user_errors) =
            perform_to_change(Changes::Directory, ctx, async |op| edit::create(op, edit, input.idempotency_key).await)
                .await?;
        Ok(PoolPayload { pool: created.map(Planned), user_errors })
    }

    /// Changes a public pool. Its administrator may change what is its own; which customers come into it, and who administers it, is
    /// changed by those who may edit all pools.
    async fn update_pool(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change of a public pool.")] input: UpdatePoolInput,
    ) -> Resolved<PoolPayload> {
        let (id, version) = (input.pool_id, input.version);
        let edit = edit::Edit {
            name: input.name,
            administrator: field_change(input.administrator_id),
            members: input.members.map(|members| members.into_iter().map(Into::into).collect()),
            condition: field_change(input.condition),
            priority: input.priority,
            protection_period: field_change(input.protection_period),
            max_owned_customers: field_change(input.max_owned_customers),
            max_claims_per_day: field_change(input.max_claims_per_day),
        };
        let (_, user_errors) =
            perform_to_change(Changes::Directory, ctx, async |op| edit::update(op, id, version, edit).await).await?;
        Ok(PoolPayload { pool: Some(Planned(id)), user_errors })
    }

    /// Archives a public pool. No customer may belong to it, whether in the pool or owned (`POOL_NOT_EMPTY`): move them first. The
    /// default pool can't be archived.
    async fn archive_pool(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The public pool to archive.")] input: ArchivePoolInput,
    ) -> Resolved<PoolPayload> {
        let id = input.pool_id;
        let (_, user_errors) =
            perform_to_change(Changes::Directory, ctx, async |op| edit::archive(op, id).await).await?;
        Ok(PoolPayload { pool: Some(Planned(id)), user_errors })
    }

    /// Moves customers to another public pool, with one result for each. A customer in the pool leaves the members of one pool and
    /// comes to those of the other; if it is still protected, the period of the other pool holds from its release on. Of an owned
    /// customer it changes into which pool it falls, unless the condition of a pool decides that when it falls.
    async fn move_to_pool(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customers to move, and the public pool to which they go.")] input: MoveToPoolInput,
    ) -> Resolved<CustomersPayload> {
        let MoveToPoolInput { customer_ids: ids, pool_id: pool, remark } = input;
        batch(ctx, async |op| moving::move_to_pool(op, &ids, pool, remark).await).await
    }
}
