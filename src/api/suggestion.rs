//! Who suits a pooled customer, and assignment by that: an adapter for each.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::Resolved;
use super::base::planned::{Planned, PlannedCustomer, PlannedUser};
use super::customer::{CustomersPayload, batch};
use crate::crm::customer::suggest::{self, Reasons};
use crate::kernel::error::Error;
use crate::kernel::id::CustomerId;

/// Who suits a customer.
#[derive(SimpleObject)]
struct OwnerSuggestions {
    /// Which.
    customer_id: CustomerId,
    /// The customer.
    customer: Option<PlannedCustomer>,
    /// The reps, the best first. Of equal scores the one with fewer customers comes first, then it goes by name.
    suggestions: Vec<OwnerSuggestion>,
}

/// A rep who suits a customer.
#[derive(SimpleObject)]
struct OwnerSuggestion {
    /// The rep.
    owner: Option<PlannedUser>,
    /// How well they suit, in hundredths; more is better: 100 × (1 + experience) ÷ (10 + load). Experience is 3 ×
    /// `wonOpportunities` + 2 × `orders` + `salesNearAmount` + `salesInIndustry`; load is `ownedCustomers` + 2 ×
    /// `liveOpportunities`. So twice the experience earns twice the customers, and where nobody has any it goes by load.
    score: f64,
    /// The numbers that it is made of.
    reasons: Reasons,
}

/// The part of `Query` about suggestions.
#[derive(Default)]
pub struct SuggestionQuery;

#[Object]
impl SuggestionQuery {
    /// Suggests reps for pooled customers (智能分配), with the reasons, for those who assign: reps of your team who can claim,
    /// or any, as far as your permission reaches; nobody who is away now. An answer for each customer that you can assign, in the
    /// order given; others are left out.
    async fn suggest_owners(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customers, as many as a batch may have.")] customer_ids: Vec<CustomerId>,
        #[graphql(desc = "How many reps for each, from 1 to 20.", default = 3)] first: u32,
    ) -> Resolved<Vec<OwnerSuggestions>> {
        if !(1..=20).contains(&first) {
            return Err(Error::bad_input("`first` is from 1 to 20", "`first` 必须在 1 到 20 之间").into());
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

/// Which customers to give to whom they suit best.
#[derive(InputObject)]
struct AssignSuggestedOwnersInput {
    /// Their ids.
    customer_ids: Vec<CustomerId>,
}

/// The part of `Mutation` about suggestions.
#[derive(Default)]
pub struct SuggestionMutation;

#[Object]
impl SuggestionMutation {
    /// Gives each pooled customer to the rep whom `suggestOwners` puts first, in the order given, with an answer for each.
    /// Whoever gets one has one customer more when the next is given, so a batch is shared out. Protection and limits do not
    /// stand in the way; the blacklist does.
    async fn assign_suggested_owners(
        &self,
        ctx: &Context<'_>,
        input: AssignSuggestedOwnersInput,
    ) -> Resolved<CustomersPayload> {
        batch(ctx, async |op| suggest::assign(op, &input.customer_ids).await).await
    }
}
