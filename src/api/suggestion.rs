//! Suggestions of owners, and assignment by them: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::Resolved;
use super::base::planned::{Planned, PlannedCustomer, PlannedUser};
use super::customer::{CustomersPayload, batch};
use crate::crm::customer::suggest::{self, Reasons};
use crate::kernel::error::Error;
use crate::kernel::id::CustomerId;

/// The reps who suit one customer best.
#[derive(SimpleObject)]
struct OwnerSuggestions {
    /// The id of the customer.
    customer_id: CustomerId,
    /// The customer.
    customer: Option<PlannedCustomer>,
    /// The reps, the best one first. Reps with equal scores are ordered by the number of customers that they own,
    /// fewest first, then by name.
    suggestions: Vec<OwnerSuggestion>,
}

/// A rep who suits a customer.
#[derive(SimpleObject)]
struct OwnerSuggestion {
    /// The rep.
    owner: Option<PlannedUser>,
    /// How well the rep suits the customer; more is better. It is 100 × (1 + experience) ÷ (10 + load), rounded to two
    /// decimals. Experience is 3 × `wonOpportunities` + 2 × `orders` + `salesNearAmount` + `salesInIndustry`; load is
    /// `ownedCustomers` + 2 × `liveOpportunities`. So twice the experience earns twice the customers, and if nobody has
    /// any experience, only the load counts.
    score: f64,
    /// The numbers from which the score is computed.
    reasons: Reasons,
}

/// The part of `Query` about suggestions.
#[derive(Default)]
pub struct SuggestionQuery;

#[Object]
impl SuggestionQuery {
    /// Suggests reps for pooled customers (智能分配), with the reasons, to those who may assign customers. It suggests reps
    /// of your team who can claim, or any such rep if your permission covers everybody, but nobody who is absent now.
    /// There is one answer for each customer that you can assign, in the order given; other customers are left out.
    async fn suggest_owners(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The ids of the customers: 1 to 100, unless the server is configured with another limit for batches."
        )]
        customer_ids: Vec<CustomerId>,
        #[graphql(desc = "How many reps to suggest for each customer: 1 to 20.", default = 3)] first: u32,
    ) -> Resolved<Vec<OwnerSuggestions>> {
        if !(1..=20).contains(&first) {
            return Err(Error::bad_input("`first` must be from 1 to 20", "`first` 必须在 1 到 20 之间").into());
        }
        let request = request(ctx);
        // It writes nothing, and so is never committed.
        let mut op = request.app().begin(request.actor()?).await?;
        let suggested = suggest::suggest(&mut op, &customer_ids, first as usize).await?;
        let suggestions = suggested.into_iter().map(|(customer_id, suggestions)| OwnerSuggestions {
            customer_id,
            customer: Some(Planned(customer_id)),
            suggestions: suggestions
                .into_iter()
                .map(|found| OwnerSuggestion {
                    owner: Some(Planned(found.owner)),
                    score: found.score,
                    reasons: found.reasons,
                })
                .collect(),
        });
        Ok(suggestions.collect())
    }
}

/// The customers to assign to the reps who suit them best.
#[derive(InputObject)]
struct AssignSuggestedOwnersInput {
    /// The ids of the customers: 1 to 100, unless the server is configured with another limit for batches.
    customer_ids: Vec<CustomerId>,
}

/// The part of `Mutation` about suggestions.
#[derive(Default)]
pub struct SuggestionMutation;

#[Object]
impl SuggestionMutation {
    /// Assigns each pooled customer to the rep whom `suggestOwners` puts first, in the order given, with one result for
    /// each. A rep who gets a customer counts as having one customer more for the next one, so a batch is shared among
    /// several reps. Neither protection nor limits prevent an assignment; the blacklist does (`BLACKLISTED`).
    async fn assign_suggested_owners(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customers to assign to the reps who suit them best.")] input: AssignSuggestedOwnersInput,
    ) -> Resolved<CustomersPayload> {
        batch(ctx, async |op| suggest::assign(op, &input.customer_ids).await).await
    }
}
