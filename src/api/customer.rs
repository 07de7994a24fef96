//! Customers, the pool and contacts: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::CustomerFilter;
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedContact, PlannedCustomer, PlannedOperationBatch};
use crate::crm::contact::{self, DecisionRole, reveal::Details};
use crate::crm::customer::{self, edit};
use crate::crm::extra::ExtraEdit;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{ContactId, CustomerId, UserId};
use crate::kernel::op::Op;

/// What became of one customer.
#[derive(SimpleObject)]
pub struct CustomerPayload {
    /// The customer as it is now, if you may see it; also when the wish was refused.
    customer: Option<PlannedCustomer>,
    /// Why the wish was refused; empty when it was done.
    user_errors: Vec<UserErrorView>,
}

/// What became of one customer of a batch.
#[derive(SimpleObject)]
pub struct CustomerResult {
    /// Which.
    customer_id: CustomerId,
    /// The customer as it is now, if you may see it; also when the wish was refused.
    customer: Option<PlannedCustomer>,
    /// Why the wish was refused; empty when it was done.
    user_errors: Vec<UserErrorView>,
}

/// What became of each customer of a batch, in the order given.
#[derive(SimpleObject)]
pub struct CustomersPayload {
    /// An answer for each.
    results: Vec<CustomerResult>,
    /// Where a superior moved customers of others: the mass act that it is, which can be undone. Null where nothing was moved, and
    /// where people claim and release for themselves.
    operation_batch: Option<PlannedOperationBatch>,
    /// Why the whole batch was refused; then there are no results.
    user_errors: Vec<UserErrorView>,
}

/// Which customer to claim.
#[derive(InputObject)]
struct ClaimCustomerInput {
    /// Its id.
    customer_id: CustomerId,
}

/// Which customers to claim.
#[derive(InputObject)]
struct ClaimCustomersInput {
    /// Their ids, in the order of your wishes: limits cut from the end.
    customer_ids: Vec<CustomerId>,
}

/// Which customer to release.
#[derive(InputObject)]
struct ReleaseCustomerInput {
    /// Its id.
    customer_id: CustomerId,
    /// Why, for the log; at most 1,000 characters.
    remark: Option<String>,
}

/// Which customers to release.
#[derive(InputObject)]
struct ReleaseCustomersInput {
    /// Their ids.
    customer_ids: Vec<CustomerId>,
    /// Why, for the log; at most 1,000 characters.
    remark: Option<String>,
}

/// Which customers of the team to take back.
#[derive(InputObject)]
struct ReleaseTeamCustomersInput {
    /// All that this asks for, of those in `teamCustomers`; archived ones are never among them.
    filter: CustomerFilter,
    /// How many you saw, at most 5,000: where another number matches now, nothing is done (`CONFLICT`).
    expected: u32,
    /// Why, for the log; at most 1,000 characters.
    remark: Option<String>,
}

/// Which customers to give to whom.
#[derive(InputObject)]
struct AssignCustomersInput {
    /// Their ids.
    customer_ids: Vec<CustomerId>,
    /// The rep who gets them.
    owner_id: UserId,
}

/// Which customers to move to whom.
#[derive(InputObject)]
struct TransferCustomersInput {
    /// Their ids.
    customer_ids: Vec<CustomerId>,
    /// The rep who gets them.
    owner_id: UserId,
    /// Why, for the log; at most 1,000 characters.
    remark: Option<String>,
}

/// Which customer to put on the blacklist.
#[derive(InputObject)]
struct BlacklistCustomerInput {
    /// Its id.
    customer_id: CustomerId,
    /// Why; at most 1,000 characters.
    reason: String,
}

/// Which customer to take off the blacklist.
#[derive(InputObject)]
struct UnblacklistCustomerInput {
    /// Its id.
    customer_id: CustomerId,
}

/// The value of an extra field.
#[derive(InputObject)]
struct ExtraInput {
    /// Which field.
    key: String,
    /// The value as text (`42.5`, `true`, `2026-03-01`, or the text itself); null takes it away.
    value: Option<String>,
}

/// A customer to enter.
#[derive(InputObject)]
struct CreateCustomerInput {
    /// The company's name; 1 to 200 characters. One that exists already, whatever its case, width and legal form, is refused.
    name: String,
    /// Unified social credit code (统一社会信用代码): 8 to 20 letters and digits.
    credit_code: Option<String>,
    /// Where it came from: the code of a choice of kind SOURCE.
    source: String,
    /// More about where it came from; at most 200 characters.
    source_detail: Option<String>,
    /// What it does: the code of a choice of kind INDUSTRY.
    industry: Option<String>,
    /// How many people it has: the code of a choice of kind SIZE.
    size: Option<String>,
    /// How important it is: the code of a choice of kind LEVEL. For superiors alone.
    level: Option<String>,
    /// Where it is: the code of a choice of kind REGION.
    region: Option<String>,
    /// The rep who gets it; for superiors. Left out: you, if you work on customers, else the pool.
    owner_id: Option<UserId>,
    /// How long nobody may claim it, when it comes into the pool: an ISO 8601 duration such as `P3D`, at most `P366D`. Left
    /// out: it may be claimed at once. A change of `protectionPeriod` leaves that as it is.
    protect_for: Option<String>,
    /// The fields that this installation adds.
    #[graphql(default)]
    extras: Vec<ExtraInput>,
    /// Say that it is none of the customers with a similar name: without this it is refused as `SIMILAR` where there are
    /// such; with it, your superior is told.
    #[graphql(default)]
    not_duplicate: bool,
    /// A word of your own, of at most 100 characters: sent again, it answers with what was created the first time.
    idempotency_key: Option<String>,
}

/// What to change of a customer; what is left out stays, what is null is cleared.
#[derive(InputObject)]
struct UpdateCustomerInput {
    /// Which.
    customer_id: CustomerId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// The company's name; 1 to 200 characters.
    name: Option<String>,
    /// Unified social credit code.
    credit_code: MaybeUndefined<String>,
    /// The code of a choice of kind SOURCE.
    source: Option<String>,
    /// More about where it came from.
    source_detail: MaybeUndefined<String>,
    /// The code of a choice of kind INDUSTRY.
    industry: MaybeUndefined<String>,
    /// The code of a choice of kind SIZE.
    size: MaybeUndefined<String>,
    /// The code of a choice of kind LEVEL; for superiors alone.
    level: MaybeUndefined<String>,
    /// The code of a choice of kind REGION.
    region: MaybeUndefined<String>,
    /// The extras to change; others stay.
    #[graphql(default)]
    extras: Vec<ExtraInput>,
}

/// A contact to enter.
#[derive(InputObject)]
struct CreateContactInput {
    /// The customer where they work.
    customer_id: CustomerId,
    /// Their name; 1 to 100 characters.
    name: String,
    /// Their position.
    title: Option<String>,
    /// What they have to say when their company buys.
    decision_role: Option<DecisionRole>,
    /// Phone numbers, the first one first to call; at most 10.
    #[graphql(default)]
    phones: Vec<String>,
    /// E-mail addresses; at most 10.
    #[graphql(default)]
    emails: Vec<String>,
    /// WeChat id.
    wechat: Option<String>,
    /// The one to ask first; another who was so far is no longer.
    #[graphql(default)]
    is_primary: bool,
    /// Makes trying again safe: the same key gets the first answer, and no second contact.
    idempotency_key: Option<String>,
}

/// What to change of a contact; what is left out stays, what is null is cleared.
#[derive(InputObject)]
struct UpdateContactInput {
    /// Which.
    contact_id: ContactId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// Their name.
    name: Option<String>,
    /// Their position.
    title: MaybeUndefined<String>,
    /// What they have to say when their company buys.
    decision_role: MaybeUndefined<DecisionRole>,
    /// Phone numbers: the whole list.
    phones: Option<Vec<String>>,
    /// E-mail addresses: the whole list.
    emails: Option<Vec<String>>,
    /// WeChat id.
    wechat: MaybeUndefined<String>,
    /// The one to ask first.
    is_primary: Option<bool>,
}

/// What became of a contact.
#[derive(SimpleObject)]
pub(super) struct ContactPayload {
    /// The contact as it is now; null when the wish was refused.
    contact: Option<PlannedContact>,
    /// Why the wish was refused.
    user_errors: Vec<UserErrorView>,
}

/// Whose details to see.
#[derive(InputObject)]
struct RevealContactInput {
    /// Which contact.
    contact_id: ContactId,
}

/// The details of a contact.
#[derive(SimpleObject)]
struct RevealContactPayload {
    /// The details; null when the wish was refused.
    details: Option<Details>,
    /// Why the wish was refused.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about customers.
#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Takes a customer from the pool. Of any number who try, one wins; the others are told why they lost. Claiming what
    /// is yours already is a success.
    async fn claim_customer(&self, ctx: &Context<'_>, input: ClaimCustomerInput) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        let outcomes = batch(ctx, async |op| customer::pool::claim(op, &[id]).await).await?;
        Ok(CustomerPayload::of(id, outcomes))
    }

    /// Takes customers from the pool, in the order given, with an answer for each.
    async fn claim_customers(&self, ctx: &Context<'_>, input: ClaimCustomersInput) -> Resolved<CustomersPayload> {
        batch(ctx, async |op| customer::pool::claim(op, &input.customer_ids).await).await
    }

    /// Gives a customer back to the pool, where it rests for the protection period. A superior takes it from its owner
    /// this way.
    async fn release_customer(&self, ctx: &Context<'_>, input: ReleaseCustomerInput) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        let outcomes = batch(ctx, async |op| customer::pool::release(op, &[id], input.remark).await).await?;
        Ok(CustomerPayload::of(id, outcomes))
    }

    /// Gives customers back to the pool, with an answer for each.
    async fn release_customers(&self, ctx: &Context<'_>, input: ReleaseCustomersInput) -> Resolved<CustomersPayload> {
        batch(ctx, async |op| customer::pool::release(op, &input.customer_ids, input.remark).await).await
    }

    /// Takes all customers of the team that a filter asks for from their owners, as one operation with an answer for each. Who
    /// followed one up a moment ago keeps it (`CONFLICT`). For a selection by hand: `releaseCustomers`.
    async fn release_team_customers(
        &self,
        ctx: &Context<'_>,
        input: ReleaseTeamCustomersInput,
    ) -> Resolved<CustomersPayload> {
        let ReleaseTeamCustomersInput { filter, expected, remark } = input;
        batch(ctx, async |op| customer::team::release(op, &filter.0, expected as usize, remark).await).await
    }

    /// Gives pooled customers to a rep of one's team, with an answer for each. Protection and limits do not stand in the
    /// way; the blacklist does.
    async fn assign_customers(&self, ctx: &Context<'_>, input: AssignCustomersInput) -> Resolved<CustomersPayload> {
        batch(ctx, async |op| customer::assign::assign(op, &input.customer_ids, input.owner_id).await).await
    }

    /// Moves customers from their owners to another rep of one's team, with an answer for each. Neither limits nor
    /// the blacklist stand in the way: an owned customer stays owned. Opportunities and orders stay with whom they belong to.
    async fn transfer_customers(&self, ctx: &Context<'_>, input: TransferCustomersInput) -> Resolved<CustomersPayload> {
        let TransferCustomersInput { customer_ids: ids, owner_id: to, remark } = input;
        batch(ctx, async |op| customer::transfer::transfer(op, &ids, to, remark).await).await
    }

    /// Puts a customer on the blacklist: a pooled one leaves the public pool, an owned one keeps its owner.
    async fn blacklist_customer(&self, ctx: &Context<'_>, input: BlacklistCustomerInput) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        one(ctx, id, async |op| customer::blacklist::blacklist(op, id, input.reason).await).await
    }

    /// Takes a customer off the blacklist.
    async fn unblacklist_customer(
        &self,
        ctx: &Context<'_>,
        input: UnblacklistCustomerInput,
    ) -> Resolved<CustomerPayload> {
        let id = input.customer_id;
        one(ctx, id, async |op| customer::blacklist::unblacklist(op, id).await).await
    }

    /// Enters a customer: a rep gets it, marketing puts it into the pool, a superior may name the owner. It is claimable
    /// at once when pooled, unless `protectFor` says otherwise: protection follows a release, not an entry.
    async fn create_customer(&self, ctx: &Context<'_>, input: CreateCustomerInput) -> Resolved<CustomerPayload> {
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
        let (owner, protect_for) = (input.owner_id, input.protect_for.as_deref());
        let (not_duplicate, key) = (input.not_duplicate, input.idempotency_key);
        let (created, user_errors) =
            perform(ctx, async |op| edit::create(op, edit, owner, protect_for, not_duplicate, key).await).await?;
        Ok(CustomerPayload { customer: created.map(Planned), user_errors })
    }

    /// Changes a customer. Who owns it is changed by claiming, releasing and assigning.
    async fn update_customer(&self, ctx: &Context<'_>, input: UpdateCustomerInput) -> Resolved<CustomerPayload> {
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

    /// Enters a contact of a customer.
    async fn create_contact(&self, ctx: &Context<'_>, input: CreateContactInput) -> Resolved<ContactPayload> {
        let edit = contact::edit::Edit {
            name: Some(input.name),
            title: Some(input.title),
            decision_role: Some(input.decision_role),
            phones: Some(input.phones),
            emails: Some(input.emails),
            wechat: Some(input.wechat),
            is_primary: Some(input.is_primary),
        };
        let (customer, key) = (input.customer_id, input.idempotency_key);
        let (created, user_errors) =
            perform(ctx, async |op| contact::edit::create(op, customer, edit, key).await).await?;
        Ok(ContactPayload { contact: created.map(Planned), user_errors })
    }

    /// Changes a contact.
    async fn update_contact(&self, ctx: &Context<'_>, input: UpdateContactInput) -> Resolved<ContactPayload> {
        let edit = contact::edit::Edit {
            name: input.name,
            title: field_change(input.title),
            decision_role: field_change(input.decision_role),
            phones: input.phones,
            emails: input.emails,
            wechat: field_change(input.wechat),
            is_primary: input.is_primary,
        };
        let (id, version) = (input.contact_id, input.version);
        one_contact(ctx, id, async |op| contact::edit::update(op, id, version, edit).await).await
    }

    /// Shows the unmasked details of one contact. Each look is logged, and counted against a daily limit.
    async fn reveal_contact(&self, ctx: &Context<'_>, input: RevealContactInput) -> Resolved<RevealContactPayload> {
        let (details, user_errors) =
            perform(ctx, async |op| contact::reveal::reveal(op, input.contact_id).await).await?;
        Ok(RevealContactPayload { details, user_errors })
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

/// Runs an operation on one contact.
pub(super) async fn one_contact(
    ctx: &Context<'_>,
    id: ContactId,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<ContactPayload> {
    let (_, user_errors) = perform(ctx, run).await?;
    Ok(ContactPayload { contact: Some(Planned(id)), user_errors })
}

/// Runs an operation on several customers, each with an answer of its own.
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
    /// The answer for the one customer of a batch.
    fn of(id: CustomerId, outcomes: CustomersPayload) -> Self {
        let mut user_errors = outcomes.user_errors;
        user_errors.extend(outcomes.results.into_iter().flat_map(|result| result.user_errors));
        Self { customer: Some(Planned(id)), user_errors }
    }
}

fn extras(given: Vec<ExtraInput>) -> Vec<ExtraEdit> {
    given.into_iter().map(|extra| ExtraEdit { key: extra.key, value: extra.value }).collect()
}
