//! Departure: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform_to_change};
use super::base::planned::{Planned, PlannedOperationBatch, PlannedUser};
use super::people::{UserPayload, about_user};
use crate::crm::customer::leaving::{Group, Handed};
use crate::crm::people::departure;
use crate::kernel::error::Error;
use crate::kernel::id::UserId;
use crate::kernel::op::Changes;

/// The customers of one group that a leaver would leave behind.
#[derive(SimpleObject)]
struct DepartureGroupPreview {
    /// The group.
    group: Group,
    /// How many customers are in the group.
    count: i64,
    /// Who gets them if `departUser` says nothing about the group; null: they go into the public pool.
    successor: Option<PlannedUser>,
}

/// What a user would leave behind.
#[derive(SimpleObject)]
struct DeparturePreview {
    /// The customers that the user owns; each is in exactly one group.
    customers: Vec<DepartureGroupPreview>,
    /// How many open opportunities of the user would have to be adopted by the new owners of the customers.
    open_opportunities: i64,
    /// How many orders of the user are not paid in full.
    unpaid_orders: i64,
    /// How many open tasks the user has. Those about customers go with them, or are cancelled if a customer goes to the
    /// pool; the others go to the user's manager, or are cancelled if there is none.
    open_tasks: i64,
}

/// The part of `Query` about departure.
#[derive(Default)]
pub struct DepartureQuery;

#[Object]
impl DepartureQuery {
    /// Shows what a user would leave behind, to those who may close accounts; null if there is no active user with this
    /// id.
    async fn preview_departure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the user who would leave.")] user_id: UserId,
    ) -> Option<Resolved<DeparturePreview>> {
        preview(ctx, user_id).await.map_err(Into::into).transpose()
    }
}

async fn preview(ctx: &Context<'_>, user_id: UserId) -> Result<Option<DeparturePreview>, Error> {
    let request = request(ctx);
    // It writes nothing, and so is never committed.
    let mut op = request.app().begin(request.actor()?).await?;
    let preview = departure::preview(&mut op, user_id).await?;
    Ok(preview.map(|preview| DeparturePreview {
        customers: preview
            .customers
            .into_iter()
            .map(|(group, count, successor)| DepartureGroupPreview { group, count, successor: successor.map(Planned) })
            .collect(),
        open_opportunities: preview.open_work.opportunities,
        unpaid_orders: preview.open_work.orders,
        open_tasks: preview.open_work.tasks,
    }))
}

/// Who gets the customers of one group.
#[derive(InputObject)]
struct DepartureChoiceInput {
    /// The group.
    group: Group,
    /// The id of the rep who gets them; null: they go into the public pool.
    owner_id: Option<UserId>,
}

/// The user who leaves, and who gets their customers.
#[derive(InputObject)]
struct DepartUserInput {
    /// The id of the user.
    user_id: UserId,
    /// Who gets the customers, each group at most once; `previewDeparture` shows the groups. If nothing is said about a
    /// group, the group REST goes into the public pool, and every other group goes to the user's superior, or into the
    /// public pool if there is no superior who can own customers.
    #[graphql(default)]
    customers: Vec<DepartureChoiceInput>,
}

/// The result of closing an account.
#[derive(SimpleObject)]
struct DepartUserPayload {
    /// The user as they are now; null if the input was refused, or if you may not see them.
    user: Option<PlannedUser>,
    /// How many customers went into the public pool.
    released: usize,
    /// How many customers went to another rep.
    transferred: usize,
    /// The operation batch of these changes, which can be undone; null if no customer was moved.
    operation_batch: Option<PlannedOperationBatch>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The user whose account is opened again.
#[derive(InputObject)]
struct ReactivateUserInput {
    /// The id of the user.
    user_id: UserId,
}

/// The part of `Mutation` about departure.
#[derive(Default)]
pub struct DepartureMutation;

#[Object]
impl DepartureMutation {
    /// Closes the account of a user who leaves. In one step it ends their sessions, gives their customers to others,
    /// and places the users directly below them under their manager.
    async fn depart_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user who leaves, and who gets their customers.")] input: DepartUserInput,
    ) -> Resolved<DepartUserPayload> {
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

    /// Opens the account of a departed user again, with their place in the tree and those of their roles that you may
    /// give. The account of a user who would again be able to write roles or permissions can be opened only by users with
    /// the same permissions (`FORBIDDEN`). The customers that they owned stay where they are.
    async fn reactivate_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user whose account is opened again.")] input: ReactivateUserInput,
    ) -> Resolved<UserPayload> {
        let id = input.user_id;
        about_user(ctx, async |op| departure::reactivate(op, id).await.map(|()| id)).await
    }
}
