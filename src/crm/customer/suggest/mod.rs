//! Who suits a pooled customer (智能分配): those who sold the like before, are there, and have time for it.
//!
//! [`Reasons::score`] is the formula; the reasons are told with it.

mod store;

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::TimeDelta;

use super::assign::{self, ASSIGN};
use super::bulk;
use super::locking::{self, Outcome};
use crate::crm::absence;
use crate::kernel::access::Grant;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::BatchKind;
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;

/// How far back sales count.
const MEMORY: TimeDelta = TimeDelta::days(365);

/// What speaks for a rep, and what against. Sales are those of the last 365 days.
#[derive(Debug, Clone, Copy, Default, PartialEq, async_graphql::SimpleObject)]
#[graphql(name = "SuggestionReasons")]
pub struct Reasons {
    /// Opportunities that they won, in the products of the customer's past opportunities.
    pub won_opportunities: i64,
    /// Orders that they sold with one of these products in them; cancelled and refunded ones do not count.
    pub orders: i64,
    /// Of these opportunities and orders, or of all where the customer's past opportunities name no product, those of an amount
    /// between half of the smallest and twice the largest of its past opportunities in the same currency.
    pub sales_near_amount: i64,
    /// Opportunities that they won and orders that they sold, whatever the product, in the customer's industry.
    pub sales_in_industry: i64,
    /// Customers that they own now.
    pub owned_customers: i64,
    /// Opportunities that they pursue now, with customers that they own.
    pub live_opportunities: i64,
}

impl Reasons {
    /// 100 × (1 + experience) ÷ (10 + load), in hundredths: twice the experience earns twice the customers, and who has no
    /// experience goes by load alone.
    fn score(&self) -> f64 {
        let experience = 3 * self.won_opportunities + 2 * self.orders + self.sales_near_amount + self.sales_in_industry;
        let load = self.owned_customers + 2 * self.live_opportunities;
        let hundredths = 10_000.0 * (1 + experience) as f64 / (10 + load) as f64;
        hundredths.round() / 100.0
    }
}

/// A rep who suits a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suggestion {
    /// Who.
    pub owner: UserId,
    /// How well: more is better.
    pub score: f64,
    /// Why.
    pub reasons: Reasons,
}

/// Everybody who could get a customer, and what matters of them.
struct Field {
    /// In the order of their names.
    candidates: Vec<UserId>,
    loads: HashMap<UserId, store::Load>,
    sales: HashMap<(CustomerId, UserId), store::Sales>,
}

impl Field {
    fn suggestion(&self, customer: CustomerId, owner: UserId) -> Suggestion {
        let load = self.loads.get(&owner).copied().unwrap_or_default();
        let sales = self.sales.get(&(customer, owner)).copied().unwrap_or_default();
        let reasons = Reasons {
            won_opportunities: sales.won_opportunities,
            orders: sales.orders,
            sales_near_amount: sales.near_amount,
            sales_in_industry: sales.in_industry,
            owned_customers: load.owned_customers,
            live_opportunities: load.live_opportunities,
        };
        Suggestion { owner, score: reasons.score(), reasons }
    }

    /// All candidates, the best first. Of equals the one with fewer customers, then by name.
    fn ranked(&self, customer: CustomerId) -> Vec<Suggestion> {
        let mut ranked: Vec<_> = self.candidates.iter().map(|&owner| self.suggestion(customer, owner)).collect();
        ranked.sort_by(better);
        ranked
    }

    /// The best for a customer, who has one more to do from now on.
    fn take_best(&mut self, customer: CustomerId) -> Option<UserId> {
        let suggestions = self.candidates.iter().map(|&owner| self.suggestion(customer, owner));
        // The first of equals.
        let best = suggestions.min_by(better)?.owner;
        self.loads.entry(best).or_default().owned_customers += 1;
        Some(best)
    }
}

fn better(one: &Suggestion, other: &Suggestion) -> Ordering {
    let by_score = other.score.total_cmp(&one.score);
    by_score.then(one.reasons.owned_customers.cmp(&other.reasons.owned_customers))
}

/// Suggests reps for the customers of a batch that the actor may assign, in the order given; the others are left out.
pub async fn suggest(
    op: &mut Op<'_>,
    ids: &[CustomerId],
    most: usize,
) -> Result<Vec<(CustomerId, Vec<Suggestion>)>, Error> {
    let (open, field) = look(op, ids).await?;
    let suggested = open.into_iter().map(|id| {
        let mut ranked = field.ranked(id);
        ranked.truncate(most);
        (id, ranked)
    });
    Ok(suggested.collect())
}

/// Gives each customer to whom it suits best, in the order given, with an answer for each. Whoever got one has one more to
/// do when the next is given.
pub async fn assign(op: &mut Op<'_>, ids: &[CustomerId]) -> Result<Vec<Outcome>, Error> {
    let (open, mut field) = look(op, ids).await?;
    if field.candidates.is_empty() {
        let text = Text::new(
            "Nobody in your reach who can own customers is there.",
            "您的管理范围内没有可以成为负责人且当前在岗的用户。",
        );
        return Err(UserError::new(Code::InvalidOwner, text).into());
    }
    let mut owners: HashMap<_, _> = open.into_iter().filter_map(|id| Some((id, field.take_best(id)?))).collect();
    // Who left since the directory was read gets none; the answer for theirs is `CONFLICT`.
    let staying = bulk::keep_active(op, &owners.values().copied().collect::<Vec<_>>()).await?;
    owners.retain(|_, owner| staying.contains(owner));
    op.begin_batch(BatchKind::Assignment, None, None);
    assign::give_each(op, ids, |id| owners.get(&id).copied()).await
}

/// The customers of a batch that can be assigned, and who could get them.
async fn look(op: &mut Op<'_>, ids: &[CustomerId]) -> Result<(Vec<CustomerId>, Field), Error> {
    let grant = op.authorize(ASSIGN)?;
    locking::check_batch(op, ids.len())?;
    let (names, rights) = (op.directory_handle(), op.rights()?);
    let mut customers =
        locking::look(op, ids, ASSIGN, |customer| assign::refusal(customer, None, &rights, &names)).await?;
    let open: Vec<_> = ids.iter().copied().filter(|&id| customers.of(id).is_ok()).collect();
    let candidates = candidates(op, &grant).await?;
    let since = op.now() - MEMORY;
    let loads = store::loads(op.db(), &candidates).await?;
    let sales = store::sales(op.db(), &open, &candidates, since).await?;
    Ok((open, Field { candidates, loads, sales }))
}

/// Everybody who can be made an owner by a grant and is not away, in the order of their names.
async fn candidates(op: &mut Op<'_>, grant: &Grant) -> Result<Vec<UserId>, Error> {
    let (directory, rights) = (op.directory(), op.rights()?);
    let mut candidates = Vec::new();
    for (&user, member) in &directory.people {
        if assign::may_own(directory, &rights, grant, user)? {
            candidates.push((member.name.as_str(), user));
        }
    }
    candidates.sort_unstable();
    let mut candidates: Vec<_> = candidates.into_iter().map(|(_, user)| user).collect();
    let now = op.now();
    let away = absence::away(op.db(), &candidates, now).await?;
    candidates.retain(|user| !away.contains(user));
    Ok(candidates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experience_and_load_weigh_against_each_other() {
        let nothing = Reasons::default();
        assert_eq!(nothing.score(), 10.0);
        assert_eq!(Reasons { owned_customers: 10, ..nothing }.score(), 5.0);
        assert_eq!(Reasons { owned_customers: 2, live_opportunities: 4, ..nothing }.score(), 5.0);
        let seller = Reasons { won_opportunities: 1, orders: 1, sales_near_amount: 2, sales_in_industry: 1, ..nothing };
        assert_eq!(seller.score(), 90.0);
        assert_eq!(Reasons { owned_customers: 50, ..seller }.score(), 15.0);
    }
}
