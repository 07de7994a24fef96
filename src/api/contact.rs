//! Contacts: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedContact};
use crate::crm::contact::{self, DecisionRole, reveal::Details};
use crate::kernel::error::Error;
use crate::kernel::id::{ContactId, CustomerId};
use crate::kernel::op::Op;

/// Somebody who works at a customer.
#[derive(InputObject)]
pub(super) struct NewContactInput {
    /// The name of the contact: 1 to 100 characters.
    name: String,
    /// The position of the contact in the company; at most 100 characters.
    title: Option<String>,
    /// The part that the contact plays when the company decides on a purchase.
    decision_role: Option<DecisionRole>,
    /// Phone numbers; at most 10. Put the one to call first at the beginning.
    #[graphql(default)]
    phones: Vec<String>,
    /// E-mail addresses; at most 10.
    #[graphql(default)]
    emails: Vec<String>,
    /// The WeChat id; at most 64 characters.
    wechat: Option<String>,
    /// Whether this is the primary contact, whom to ask first. The contact that was the primary one before is no
    /// longer.
    #[graphql(default)]
    is_primary: bool,
}

impl NewContactInput {
    /// The fields of the contact.
    pub(super) fn into_edit(self) -> contact::edit::Edit {
        contact::edit::Edit {
            name: Some(self.name),
            title: Some(self.title),
            decision_role: Some(self.decision_role),
            phones: Some(self.phones),
            emails: Some(self.emails),
            wechat: Some(self.wechat),
            is_primary: Some(self.is_primary),
        }
    }
}

/// The contact to create.
#[derive(InputObject)]
struct CreateContactInput {
    /// The id of the customer where the contact works.
    customer_id: CustomerId,
    /// The contact.
    #[graphql(flatten)]
    contact: NewContactInput,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is the record that the first call created.
    idempotency_key: Option<String>,
}

/// What to change of a contact. A field that is left out stays as it is; null clears it.
#[derive(InputObject)]
struct UpdateContactInput {
    /// The id of the contact.
    contact_id: ContactId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// The name of the contact: 1 to 100 characters.
    name: Option<String>,
    /// The position of the contact in the company; at most 100 characters.
    title: MaybeUndefined<String>,
    /// The part that the contact plays when the company decides on a purchase.
    decision_role: MaybeUndefined<DecisionRole>,
    /// All phone numbers; they replace the present ones. At most 10.
    phones: Option<Vec<String>>,
    /// All e-mail addresses; they replace the present ones. At most 10.
    emails: Option<Vec<String>>,
    /// The WeChat id; at most 64 characters.
    wechat: MaybeUndefined<String>,
    /// Whether this is the primary contact, whom to ask first. The contact that was the primary one before is no
    /// longer.
    is_primary: Option<bool>,
}

/// The result of a mutation on a contact.
#[derive(SimpleObject)]
pub(super) struct ContactPayload {
    /// The contact as it is now, if you may see it; null if a new contact was refused.
    contact: Option<PlannedContact>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The contact whose details to reveal.
#[derive(InputObject)]
struct RevealContactInput {
    /// The id of the contact.
    contact_id: ContactId,
}

/// The unmasked details of a contact.
#[derive(SimpleObject)]
struct RevealContactPayload {
    /// The details; null if the input was refused.
    details: Option<Details>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about contacts.
#[derive(Default)]
pub struct ContactMutation;

#[Object]
impl ContactMutation {
    /// Creates a contact of a customer.
    async fn create_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact to create.")] input: CreateContactInput,
    ) -> Resolved<ContactPayload> {
        let edit = input.contact.into_edit();
        let (customer, key) = (input.customer_id, input.idempotency_key);
        let (created, user_errors) =
            perform(ctx, async |op| contact::edit::create(op, customer, edit, key).await).await?;
        Ok(ContactPayload { contact: created.map(Planned), user_errors })
    }

    /// Changes a contact.
    async fn update_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change of a contact.")] input: UpdateContactInput,
    ) -> Resolved<ContactPayload> {
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
        one(ctx, id, async |op| contact::edit::update(op, id, version, edit).await).await
    }

    /// Returns the unmasked details of one contact. Each call is logged and counts against a daily limit
    /// (`REVEAL_LIMIT_REACHED`).
    async fn reveal_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact whose details to reveal.")] input: RevealContactInput,
    ) -> Resolved<RevealContactPayload> {
        let (details, user_errors) =
            perform(ctx, async |op| contact::reveal::reveal(op, input.contact_id).await).await?;
        Ok(RevealContactPayload { details, user_errors })
    }
}

/// Runs an operation on one contact.
pub(super) async fn one(
    ctx: &Context<'_>,
    id: ContactId,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<ContactPayload> {
    let (_, user_errors) = perform(ctx, run).await?;
    Ok(ContactPayload { contact: Some(Planned(id)), user_errors })
}
