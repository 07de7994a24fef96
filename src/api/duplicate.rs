//! Duplicates of customers, and merging them: an adapter for each operation.

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
    /// Where the most certain match is; FREE if there is no match.
    status: Status,
    /// The customers that may be the company, the most certain one first; at most 10.
    matches: Vec<DuplicateMatch>,
}

/// A customer that may be the company.
#[derive(SimpleObject)]
struct DuplicateMatch {
    /// Where the customer is.
    status: Status,
    /// How similar the names are, from 0 to 1: the share of letter pairs that they have in common, without letter case,
    /// character width and legal form. From two thirds on, names count as similar; 1 means the same name. It is null if
    /// the customer was not found by its name.
    similarity: Option<f64>,
    /// What the match is based on, the most certain evidence first.
    matched_by: Vec<Evidence>,
    /// The customer, if you may see it; null otherwise. A customer that was found by a contact's phone number or e-mail
    /// domain is returned only if you may see or reveal the details of its contacts.
    customer: Option<PlannedCustomer>,
}

/// The part of `Query` about duplicates.
#[derive(Default)]
pub struct DuplicateQuery;

#[Object]
impl DuplicateQuery {
    /// Checks whether a company is a customer already, from what you know about it; for users who may create customers.
    /// If you may not see a customer that matches, you get its status, but neither its name nor its owner. Each phone
    /// number and each domain of an e-mail address that you may not see counts against `maxRevealsPerDay`
    /// (`REVEAL_LIMIT_REACHED`), once a day.
    async fn check_duplicate(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The name of the company: at most 200 characters. Letter case, character width and the legal form \
                make no difference."
        )]
        name: Option<String>,
        #[graphql(desc = "The unified social credit code of the company.")] credit_code: Option<String>,
        #[graphql(desc = "The phone number of somebody who works there.")] phone: Option<String>,
        #[graphql(
            desc = "The e-mail address of somebody who works there. Its domain is compared, unless it is a public \
                one (`qq.com`, `gmail.com`, …)."
        )]
        email: Option<String>,
    ) -> Resolved<DuplicateCheck> {
        let request = request(ctx);
        let mut op = request.app().begin(request.actor()?).await?.coming_from(request.origin());
        let matches = duplicate::check(&mut op, Company { name, credit_code, phone, email }).await?;
        // It has counted what was looked up.
        op.commit().await?;
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

/// The two customers to merge.
#[derive(InputObject)]
struct MergeCustomersInput {
    /// The id of the customer that stays.
    survivor_id: CustomerId,
    /// The id of the customer that is merged into it.
    merged_id: CustomerId,
    /// Why they are merged, for the operation log; at most 1,000 characters.
    remark: Option<String>,
}

/// The part of `Mutation` about duplicates.
#[derive(Default)]
pub struct DuplicateMutation;

#[Object]
impl DuplicateMutation {
    /// Merges two customers that turned out to be the same company. The customer that stays keeps its owner, its
    /// protection, its follow-up times, its primary contact and its extras. The contacts, opportunities, follow-ups,
    /// orders, feedback and everything else of the other customer move to it, and it is blacklisted if either of the
    /// two was. From then on the id of the other customer leads to the one that stays. A merge can't be undone.
    async fn merge_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The two customers to merge.")] input: MergeCustomersInput,
    ) -> Resolved<CustomerPayload> {
        let (survivor, merged) = (input.survivor_id, input.merged_id);
        one(ctx, survivor, async |op| merge::merge(op, survivor, merged, input.remark).await).await
    }
}
