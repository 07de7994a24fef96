//! Departure: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform_to_change};
use super::base::planned::{Planned, PlannedOperationBatch, PlannedUser};
use super::people::{UserPayload, about_user};
use crate::crm::customer::leaving::{Group, Handed};
use crate::crm::people::departure;
use crate::kernel::id::UserId;
use crate::kernel::op::Changes;

/// Customers of a leaver that have something in common.
#[derive(SimpleObject)]
struct DepartureGroupPreview {
    /// What.
    group: Group,
    /// How many.
    count: i64,
    /// Who gets them where nobody chooses; null: they go to the pool.
    successor: Option<PlannedUser>,
}

/// What somebody would leave behind.
#[derive(SimpleObject)]
struct DeparturePreview {
    /// Their customers, each in one group.
    customers: Vec<DepartureGroupPreview>,
    /// How many open opportunities of theirs wait for somebody to adopt them.
    open_opportunities: i64,
    /// How many orders of theirs are not paid in full.
    unpaid_orders: i64,
}

/// The part of `Query` about departure.
#[derive(Default)]
pub struct DepartureQuery;

#[Object]
impl DepartureQuery {
    /// What somebody would leave behind, for those who may close accounts; null when there is no such active user.
    async fn preview_departure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who leaves.")] user_id: UserId,
    ) -> Resolved<Option<DeparturePreview>> {
        let request = request(ctx);
        // It writes nothing, and so is never committed.
        let mut op = request.app().begin(request.actor()?).await?;
        let preview = departure::preview(&mut op, user_id).await?;
        Ok(preview.map(|preview| DeparturePreview {
            customers: preview
                .customers
                .into_iter()
                .map(|(group, count, successor)| DepartureGroupPreview {
                    group,
                    count,
                    successor: successor.map(Planned),
                })
                .collect(),
            open_opportunities: preview.open_work.opportunities,
            unpaid_orders: preview.open_work.orders,
        }))
    }
}

/// Where customers of a leaver go.
#[derive(InputObject)]
struct DepartureChoiceInput {
    /// Which of them.
    group: Group,
    /// The rep who gets them; null: they go to the pool.
    owner_id: Option<UserId>,
}

/// Who leaves.
#[derive(InputObject)]
struct DepartUserInput {
    /// Who.
    user_id: UserId,
    /// Where their customers go, each group at most once. Where nothing is said, the rest goes to the pool, and all others to the leaver's superior; to the
    /// pool, too, where there is none who can own customers. `previewDeparture` shows the groups.
    #[graphql(default)]
    customers: Vec<DepartureChoiceInput>,
}

/// What became of a leaver and their customers.
#[derive(SimpleObject)]
struct DepartUserPayload {
    /// The user as they are now.
    user: Option<PlannedUser>,
    /// How many customers went to the pool.
    released: usize,
    /// How many customers went to somebody else.
    transferred: usize,
    /// The mass act that it is; null when nothing was moved.
    operation_batch: Option<PlannedOperationBatch>,
    /// Why the wish was refused.
    user_errors: Vec<UserErrorView>,
}

/// Who comes back.
#[derive(InputObject)]
struct ReactivateUserInput {
    /// Who.
    user_id: UserId,
}

/// The part of `Mutation` about departure.
#[derive(Default)]
pub struct DepartureMutation;

#[Object]
impl DepartureMutation {
    /// Closes the account of somebody who leaves: ends their sign-ins, gives their customers away, moves those who answered
    /// to them up to their manager, all at once.
    async fn depart_user(&self, ctx: &Context<'_>, input: DepartUserInput) -> Resolved<DepartUserPayload> {
        let id = input.user_id;
        let choice = |given: &DepartureChoiceInput| departure::Choice { group: given.group, to: given.owner_id };
        let choices: Vec<_> = input.customers.iter().map(choice).collect();
        let changes = Changes::DirectoryAndSessions;
        let departed =
            perform_to_change(changes, ctx, async |op| Ok((departure::depart(op, id, &choices).await?, op.batch())));
        let (done, user_errors) = departed.await?;
        let user = done.map(|_| Planned(id));
        let (Handed { released, transferred }, batch) = done.unwrap_or_default();
        let operation_batch = batch.map(Planned);
        Ok(DepartUserPayload { user, released, transferred, operation_batch, user_errors })
    }

    /// Opens the account of somebody again who left: with their roles and their place in the tree. What they owned stays with
    /// whom it went to.
    async fn reactivate_user(&self, ctx: &Context<'_>, input: ReactivateUserInput) -> Resolved<UserPayload> {
        let id = input.user_id;
        about_user(ctx, async |op| departure::reactivate(op, id).await.map(|()| id)).await
    }
}
