//! Is it taken? And merge, where it turned out so: an adapter for each.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::Resolved;
use super::base::planned::{Planned, PlannedCustomer};
use super::customer::{CustomerPayload, one};
use crate::crm::customer::duplicate::{self, Company, Evidence, Status};
use crate::crm::customer::merge;
use crate::kernel::id::CustomerId;

/// Whether a company is a customer already.
#[derive(SimpleObject)]
struct DuplicateCheck {
    /// Where the surest match is; FREE when there is none.
    status: Status,
    /// The customers that may be it, the surest first; at most 10.
    matches: Vec<DuplicateMatch>,
}

/// A customer that may be the company.
#[derive(SimpleObject)]
struct DuplicateMatch {
    /// Where it is.
    status: Status,
    /// How alike the names are, from 0 to 1: the share of their pairs of letters that they have in common, without case,
    /// width and legal form. From two thirds on they count as similar; 1 means the same name. Null where it was not found by
    /// its name.
    similarity: Option<f64>,
    /// What the match rests on, the surest first.
    matched_by: Vec<Evidence>,
    /// The customer, where you may see it. One that was found by a contact's phone number or e-mail domain is shown where
    /// you may see or reveal its contacts' details.
    customer: Option<PlannedCustomer>,
}

/// The part of `Query` about duplicates.
#[derive(Default)]
pub struct DuplicateQuery;

#[Object]
impl DuplicateQuery {
    /// Whether a company is taken, by what you know of it: for those who enter customers. Of what you may not see you learn
    /// where it is, not which it is and whose.
    async fn check_duplicate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name, in any case and width, with or without the legal form.")] name: Option<String>,
        #[graphql(desc = "Its unified social credit code.")] credit_code: Option<String>,
        #[graphql(desc = "A phone number of somebody there.")] phone: Option<String>,
        #[graphql(
            desc = "An e-mail address of somebody there; its domain counts, unless it is a public one (`qq.com`, `gmail.com`, …)."
        )]
        email: Option<String>,
    ) -> Resolved<DuplicateCheck> {
        let request = request(ctx);
        // It writes nothing, and so is never committed.
        let mut op = request.app().begin(request.actor()?).await?;
        let matches = duplicate::check(&mut op, Company { name, credit_code, phone, email }).await?;
        Ok(DuplicateCheck {
            status: matches.first().map_or(Status::Free, |first| first.status),
            matches: matches
                .into_iter()
                .map(|found| DuplicateMatch {
                    status: found.status,
                    similarity: found.similarity,
                    matched_by: found.matched_by,
                    customer: found.customer.map(Planned),
                })
                .collect(),
        })
    }
}

/// Which two customers are one.
#[derive(InputObject)]
struct MergeCustomersInput {
    /// The id of the one that stays.
    survivor_id: CustomerId,
    /// The id of the one that is merged into it.
    merged_id: CustomerId,
    /// Why, for the log; at most 1,000 characters.
    remark: Option<String>,
}

/// The part of `Mutation` about duplicates.
#[derive(Default)]
pub struct DuplicateMutation;

#[Object]
impl DuplicateMutation {
    /// Makes one of two customers that turned out to be one company. The one that stays keeps its owner, its protection, its
    /// clocks, its primary contact and its extras; contacts, opportunities, follow-ups, orders, feedback and what else the
    /// other has move to it, and it is blacklisted if either was. The other's id leads to it from then on. This can't be
    /// undone.
    async fn merge_customers(&self, ctx: &Context<'_>, input: MergeCustomersInput) -> Resolved<CustomerPayload> {
        let (survivor, merged) = (input.survivor_id, input.merged_id);
        one(ctx, survivor, async |op| merge::merge(op, survivor, merged, input.remark).await).await
    }
}
