//! Customers and the public pool: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::CustomerFilter;
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedCustomer, PlannedOperationBatch};
use super::contact::NewContactInput;
use crate::crm::customer::{self, edit};
use crate::crm::extra::ExtraEdit;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;

/// The result of a mutation on a customer.
#[derive(SimpleObject)]
pub struct CustomerPayload {
    /// The customer as it is now, if you may see it, even if the input was refused.
    customer: Option<PlannedCustomer>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The result for one customer of a batch.
#[derive(SimpleObject)]
pub struct CustomerResult {
    /// The id of the customer, as you sent it.
    customer_id: CustomerId,
    /// The customer as it is now, if you may see it, even if the operation was refused for it.
    customer: Option<PlannedCustomer>,
    /// Why the operation was refused for this customer; empty if it succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The result of a mutation on a batch of customers. Some customers may succeed while others are refused.
#[derive(SimpleObject)]
pub struct CustomersPayload {
    /// One result for each customer, in the order given; empty if the whole batch was refused.
    results: Vec<CustomerResult>,
    /// The operation batch in which a superior moved customers of others, and which can be undone. It is null if no
    /// customer was moved, and if users claimed or released customers for themselves.
    operation_batch: Option<PlannedOperationBatch>,
    /// Why the whole batch was refused; empty if it was executed.
    user_errors: Vec<UserErrorView>,
}

/// The customer to claim.
#[derive(InputObject)]
struct ClaimCustomerInput {
    /// The id of the customer.
    customer_id: CustomerId,
}

/// The customers to claim.
#[derive(InputObject)]
struct ClaimCustomersInput {
    /// The ids of the customers: 1 to 100, unless the server is configured with another limit for batches. Put those
    /// that you want most first: when a limit is reached, the rest is refused.
    customer_ids: Vec<CustomerId>,
}

/// The customer to release.
#[derive(InputObject)]
struct ReleaseCustomerInput {
    /// The id of the customer.
    customer_id: CustomerId,
    /// Why it is released, for the operation log; at most 1,000 characters.
    remark: Option<String>,
}

/// The customers to release.
#[derive(InputObject)]
struct ReleaseCustomersInput {
    /// The ids of the customers: 1 to 100, unless the server is configured with another limit for batches.
    customer_ids: Vec<CustomerId>,
    /// Why they are released, for the operation log; at most 1,000 characters.
    remark: Option<String>,
}

/// The customers of the team to release.
#[derive(InputObject)]
struct ReleaseTeamCustomersInput {
    /// Selects the customers, out of those in `teamCustomers`. Archived customers are never among them.
    filter: CustomerFilter,
    /// How many customers you saw with this filter; at most 5,000. If another number matches now, nothing is done
    /// (`CONFLICT`): read the list again.
    expected: u32,
    /// Why they are released, for the operation log; at most 1,000 characters.
    remark: Option<String>,
}

/// The pooled customers to assign, and the rep who gets them.
#[derive(InputObject)]
struct AssignCustomersInput {
    /// The ids of the customers: 1 to 100, unless the server is configured with another limit for batches.
    customer_ids: Vec<CustomerId>,
    /// The id of the rep who gets them. A user who has departed, is not in your team or may not claim is refused
    /// (`INVALID_OWNER`).
    owner_id: UserId,
}

/// The customers to transfer, and the rep who gets them.
#[derive(InputObject)]
struct TransferCustomersInput {
    /// The ids of the customers: 1 to 100, unless the server is configured with another limit for batches.
    customer_ids: Vec<CustomerId>,
    /// The id of the rep who gets them. A user who has departed, is not in your team or may not claim is refused
    /// (`INVALID_OWNER`).
    owner_id: UserId,
    /// Why they are transferred, for the operation log; at most 1,000 characters.
    remark: Option<String>,
}

/// The customer to put on the blacklist.
#[derive(InputObject)]
struct BlacklistCustomerInput {
    /// The id of the customer.
    customer_id: CustomerId,
    /// Why it is blacklisted, for the operation log: 1 to 1,000 characters.
    reason: String,
}

/// The customer to take off the blacklist.
#[derive(InputObject)]
struct UnblacklistCustomerInput {
    /// The id of the customer.
    customer_id: CustomerId,
}

/// The value of an extra field.
#[derive(InputObject)]
struct ExtraInput {
    /// The key of the field; `extraFields` lists the fields.
    key: String,
    /// The value as text, in the form that the type of the field requires: `42.5`, `true`, `2026-03-01`, or the text
    /// itself. Null removes the value.
    value: Option<String>,
}

/// The customer to create.
#[derive(InputObject)]
struct CreateCustomerInput {
    /// The name of the company: 1 to 200 characters, with at least one letter or digit. If a customer with the same
    /// name exists, it is refused (`DUPLICATE`); letter case, character width and legal form do not make a name
    /// different.
    name: String,
    /// The unified social credit code (统一社会信用代码): 8 to 20 letters and digits. If another customer has it, it is refused
    /// (`DUPLICATE`).
    credit_code: Option<String>,
    /// Where the customer came from: the code of a choice of kind SOURCE.
    source: String,
    /// More about where the customer came from; at most 200 characters.
    source_detail: Option<String>,
    /// The industry of the company: the code of a choice of kind INDUSTRY.
    industry: Option<String>,
    /// The number of employees: the code of a choice of kind SIZE.
    size: Option<String>,
    /// How important the customer is: the code of a choice of kind LEVEL. Only those who may write the level of
    /// customers, such as superiors, may give it (`FORBIDDEN`).
    level: Option<String>,
    /// Where the company is: the code of a choice of kind REGION.
    region: Option<String>,
    /// The id of the rep who gets the customer; only superiors may name somebody else. If it is left out, you get it if
    /// you may own customers, and otherwise it goes into the public pool.
    owner_id: Option<UserId>,
    /// How long nobody may claim the customer, if it goes into the public pool: an ISO 8601 duration such as `P3D`, at
    /// most `P366D`. If it is left out, the customer can be claimed at once. A later change of `protectionPeriod` in
    /// the settings does not change it.
    protect_for: Option<String>,
    /// The values of extra fields.
    #[graphql(default)]
    extras: Vec<ExtraInput>,
    /// The people who work there; at most 10. Only those who may write the contacts of the new customer may give them.
    #[graphql(default)]
    contacts: Vec<NewContactInput>,
    /// Confirms that the company is not one of the customers with a similar name. Without it, the input is refused
    /// (`SIMILAR`) if there are such customers; with it, the customer is created and your superior is notified.
    #[graphql(default)]
    not_duplicate: bool,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is the record that the first call created.
    idempotency_key: Option<String>,
}

/// What to change of a customer. A field that is left out stays as it is; null clears it.
#[derive(InputObject)]
struct UpdateCustomerInput {
    /// The id of the customer.
    customer_id: CustomerId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// The name of the company: 1 to 200 characters. The name of another customer is refused (`DUPLICATE`).
    name: Option<String>,
    /// The unified social credit code: 8 to 20 letters and digits. The code of another customer is refused
    /// (`DUPLICATE`).
    credit_code: MaybeUndefined<String>,
    /// Where the customer came from: the code of a choice of kind SOURCE.
    source: Option<String>,
    /// More about where the customer came from; at most 200 characters.
    source_detail: MaybeUndefined<String>,
    /// The industry of the company: the code of a choice of kind INDUSTRY.
    industry: MaybeUndefined<String>,
    /// The number of employees: the code of a choice of kind SIZE.
    size: MaybeUndefined<String>,
    /// How important the customer is: the code of a choice of kind LEVEL. Only those who may write the level of the
    /// customer, such as superiors, may change it (`FORBIDDEN`).
    level: MaybeUndefined<String>,
    /// Where the company is: the code of a choice of kind REGION.
    region: MaybeUndefined<String>,
    /// The extra fields to change; the others stay as they are.
    #[graphql(default)]
    extras: Vec<ExtraInput>,
}

/// The part of `Mutation` about customers.
#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Claims a customer from the public pool. If several users try at the same time, exactly one of them gets it, and
    /// the others get the reason why they did not. Claiming a customer that is yours already succeeds and changes
    /// nothing.
    async fn claim_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer to claim.")] input: ClaimCustomerInput,
    ) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        let outcomes = batch(ctx, async |op| customer::pool::claim(op, &[id]).await).await?;
        Ok(CustomerPayload::of(id, outcomes))
    }

    /// Claims customers from the public pool, in the order given, with one result for each.
    async fn claim_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customers to claim.")] input: ClaimCustomersInput,
    ) -> Resolved<CustomersPayload> {
        batch(ctx, async |op| customer::pool::claim(op, &input.customer_ids).await).await
    }

    /// Releases a customer into the public pool, where nobody can claim it until the protection period has ended. A
    /// superior takes a customer from its owner with this mutation.
    async fn release_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer to release.")] input: ReleaseCustomerInput,
    ) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        let outcomes = batch(ctx, async |op| customer::pool::release(op, &[id], input.remark).await).await?;
        Ok(CustomerPayload::of(id, outcomes))
    }

    /// Releases customers into the public pool, with one result for each.
    async fn release_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customers to release.")] input: ReleaseCustomersInput,
    ) -> Resolved<CustomersPayload> {
        batch(ctx, async |op| customer::pool::release(op, &input.customer_ids, input.remark).await).await
    }

    /// Releases all customers of the team that match a filter, as one operation with one result for each. A customer
    /// that no longer matches when it is released, for example because of a new follow-up, stays with its owner
    /// (`CONFLICT`). To release selected customers, use `releaseCustomers`.
    async fn release_team_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customers of the team to release.")] input: ReleaseTeamCustomersInput,
    ) -> Resolved<CustomersPayload> {
        let ReleaseTeamCustomersInput { filter, expected, remark } = input;
        batch(ctx, async |op| customer::team::release(op, &filter.0, expected as usize, remark).await).await
    }

    /// Assigns pooled customers to a rep of your team, with one result for each. Neither protection nor limits prevent
    /// an assignment; the blacklist does (`BLACKLISTED`).
    async fn assign_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The pooled customers to assign, and the rep who gets them.")] input: AssignCustomersInput,
    ) -> Resolved<CustomersPayload> {
        batch(ctx, async |op| customer::assign::assign(op, &input.customer_ids, input.owner_id).await).await
    }

    /// Transfers customers from their owners to another rep of your team, with one result for each. Neither limits nor
    /// the blacklist prevent a transfer, because the customers are owned before and after it. Opportunities and orders
    /// stay with their owners; the new owner can adopt them. A customer in the public pool is refused (`NOT_OWNED`).
    async fn transfer_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customers to transfer, and the rep who gets them.")] input: TransferCustomersInput,
    ) -> Resolved<CustomersPayload> {
        let TransferCustomersInput { customer_ids: ids, owner_id: to, remark } = input;
        batch(ctx, async |op| customer::transfer::transfer(op, &ids, to, remark).await).await
    }

    /// Puts a customer on the blacklist. A pooled customer leaves the public pool; an owned customer keeps its owner.
    async fn blacklist_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer to put on the blacklist.")] input: BlacklistCustomerInput,
    ) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        one(ctx, id, async |op| customer::blacklist::blacklist(op, id, input.reason).await).await
    }

    /// Takes a customer off the blacklist.
    async fn unblacklist_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer to take off the blacklist.")] input: UnblacklistCustomerInput,
    ) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        one(ctx, id, async |op| customer::blacklist::unblacklist(op, id).await).await
    }

    /// Creates a customer. A customer that a rep creates belongs to the rep, one that marketing creates goes into the
    /// public pool, and a superior may name the owner. A new customer in the pool can be claimed at once, unless
    /// `protectFor` is given: the protection period applies only after a release.
    async fn create_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer to create.")] input: CreateCustomerInput,
    ) -> Resolved<CustomerPayload> {
        let given = |value: Option<String>| value.map(Some);
        let edit = edit::Edit {
            name: Some(input.name),
            credit_code: given(input.credit_code),
            source: Some(input.source),
            source_detail: given(input.source_detail),
            industry: given(input.industry),
            size: given(input.size),
            level: given(input.level),
            region: given(input.region),
            extras: extras(input.extras),
        };
        let new = edit::New {
            edit,
            contacts: input.contacts.into_iter().map(NewContactInput::into_edit).collect(),
            owner: input.owner_id,
            protect_for: input.protect_for,
            not_duplicate: input.not_duplicate,
        };
        let key = input.idempotency_key;
        let (created, user_errors) = perform(ctx, async |op| edit::create(op, new, key).await).await?;
        Ok(CustomerPayload { customer: created.map(Planned), user_errors })
    }

    /// Changes a customer. The owner is changed by claiming, releasing, assigning and transferring.
    async fn update_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change of a customer.")] input: UpdateCustomerInput,
    ) -> Resolved<CustomerPayload> {
        let (id, version) = (input.customer_id, input.version);
        let edit = edit::Edit {
            name: input.name,
            credit_code: field_change(input.credit_code),
            source: input.source,
            source_detail: field_change(input.source_detail),
            industry: field_change(input.industry),
            size: field_change(input.size),
            level: field_change(input.level),
            region: field_change(input.region),
            extras: extras(input.extras),
        };
        one(ctx, id, async |op| edit::update(op, id, version, edit).await).await
    }
}

/// Runs an operation on one customer.
pub(super) async fn one(
    ctx: &Context<'_>,
    id: CustomerId,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<CustomerPayload> {
    let (_, user_errors) = perform(ctx, run).await?;
    Ok(CustomerPayload { customer: Some(Planned(id)), user_errors })
}

/// Runs an operation on several customers, with one result for each.
pub(super) async fn batch(
    ctx: &Context<'_>,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<Vec<(CustomerId, Result<(), UserError>)>, Error>,
) -> Resolved<CustomersPayload> {
    let language = request(ctx).language();
    let (done, user_errors) = perform(ctx, async |op| Ok((run(op).await?, op.batch()))).await?;
    let (outcomes, batch) = done.unwrap_or_default();
    let results = outcomes.into_iter().map(|(customer_id, outcome)| CustomerResult {
        customer_id,
        customer: Some(Planned(customer_id)),
        user_errors: outcome.err().map(|refusal| UserErrorView::new(refusal, language)).into_iter().collect(),
    });
    Ok(CustomersPayload { results: results.collect(), operation_batch: batch.map(Planned), user_errors })
}

impl CustomerPayload {
    /// The result for the only customer of a batch.
    fn of(id: CustomerId, outcomes: CustomersPayload) -> Self {
        let mut user_errors = outcomes.user_errors;
        user_errors.extend(outcomes.results.into_iter().flat_map(|result| result.user_errors));
        Self { customer: Some(Planned(id)), user_errors }
    }
}

fn extras(given: Vec<ExtraInput>) -> Vec<ExtraEdit> {
    given.into_iter().map(|extra| ExtraEdit { key: extra.key, value: extra.value }).collect()
}
