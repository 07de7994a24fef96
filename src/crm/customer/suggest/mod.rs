//! Suggests owners for a pooled customer (智能分配): reps who have sold similar things, can sign in, are not absent, and do
//! not have too much to do.
//!
//! [`Reasons::score`] is the formula; its inputs are part of each suggestion.

mod store;

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::TimeDelta;

use super::assign;
use super::bulk;
use super::locking::{self, Outcome};
use super::model::ASSIGN;
use crate::crm::{absence, people};
use crate::kernel::access::Grant;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::BatchKind;
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;

/// Sales count if they are not older than this.
const SALES_PERIOD: TimeDelta = TimeDelta::days(365);

/// The numbers that the score of a rep is computed from. Sales are those of the last 365 days.
#[derive(Debug, Clone, Copy, Default, PartialEq, async_graphql::SimpleObject)]
#[graphql(name = "SuggestionReasons")]
pub struct Reasons {
    /// Opportunities that the rep won for the products of the customer's past opportunities.
    pub won_opportunities: i64,
    /// Orders that the rep sold and that contain one of these products; cancelled and refunded orders do not count.
    pub orders: i64,
    /// The number of these opportunities and orders whose amount is between half of the smallest and twice the largest
    /// amount of the customer's past opportunities in the same currency. If the past opportunities name no product, all
    /// of the rep's won opportunities and orders with such an amount count.
    pub sales_near_amount: i64,
    /// Opportunities that the rep won and orders that the rep sold, for any product, with customers of the same
    /// industry.
    pub sales_in_industry: i64,
    /// Customers that the rep owns now.
    pub owned_customers: i64,
    /// Open opportunities of the rep with customers that the rep owns.
    pub live_opportunities: i64,
}

impl Reasons {
    /// 100 × (1 + experience) ÷ (10 + load), rounded to hundredths. So a rep with twice the experience gets about twice
    /// the customers, and reps without experience are ranked by their load alone.
    fn score(&self) -> f64 {
        let experience = 3 * self.won_opportunities + 2 * self.orders + self.sales_near_amount + self.sales_in_industry;
        let load = self.owned_customers + 2 * self.live_opportunities;
        let hundredths = 10_000.0 * (1 + experience) as f64 / (10 + load) as f64;
        hundredths.round() / 100.0
    }
}

/// A rep who could become the owner of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suggestion {
    /// The rep.
    pub owner: UserId,
    /// The score: higher is better.
    pub score: f64,
    /// The numbers behind the score.
    pub reasons: Reasons,
}

/// The reps who could get the customers of a batch, with what the scores are computed from.
struct Reps {
    /// The reps, in the order of their names.
    candidates: Vec<UserId>,
    loads: HashMap<UserId, store::Load>,
    sales: HashMap<(CustomerId, UserId), store::Sales>,
}

impl Reps {
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

    /// All reps, the best first. Of two with the same score the one with fewer customers comes first, then the order of
    /// names decides.
    fn ranked(&self, customer: CustomerId) -> Vec<Suggestion> {
        let mut ranked: Vec<_> = self.candidates.iter().map(|&owner| self.suggestion(customer, owner)).collect();
        ranked.sort_by(by_rank);
        ranked
    }

    /// The best rep for a customer; the rep's load grows by this customer.
    fn take_best(&mut self, customer: CustomerId) -> Option<UserId> {
        let suggestions = self.candidates.iter().map(|&owner| self.suggestion(customer, owner));
        // `min_by` returns the first of equal ones.
        let best = suggestions.min_by(by_rank)?.owner;
        self.loads.entry(best).or_default().owned_customers += 1;
        Some(best)
    }
}

fn by_rank(one: &Suggestion, other: &Suggestion) -> Ordering {
    let by_score = other.score.total_cmp(&one.score);
    by_score.then(one.reasons.owned_customers.cmp(&other.reasons.owned_customers))
}

/// Suggests at most `most` reps for each customer of a batch, in the order given. Customers that the actor may not
/// assign are left out.
pub async fn suggest(
    op: &mut Op<'_>,
    ids: &[CustomerId],
    most: usize,
) -> Result<Vec<(CustomerId, Vec<Suggestion>)>, Error> {
    let (open, reps) = load(op, ids).await?;
    let suggested = open.into_iter().map(|id| {
        let mut ranked = reps.ranked(id);
        ranked.truncate(most);
        (id, ranked)
    });
    Ok(suggested.collect())
}

/// Assigns each customer to the best rep, in the order given, with an outcome for each. Each assignment adds to the
/// load of the rep before the next customer is assigned.
pub async fn assign(op: &mut Op<'_>, ids: &[CustomerId]) -> Result<Vec<Outcome>, Error> {
    let (open, mut reps) = load(op, ids).await?;
    if reps.candidates.is_empty() {
        let text = Text::new(
            "Nobody in your team can get the customers now: the members are absent, can't sign in, or may not claim customers.",
            "你的团队中目前没有可以接收客户的人：请假、不能登录，或没有领取客户的权限。",
        );
        return Err(UserError::new(Code::InvalidOwner, text).into());
    }
    let mut owners: HashMap<_, _> = open.into_iter().filter_map(|id| Some((id, reps.take_best(id)?))).collect();
    // A user who departed after the directory was read gets no customer: the outcome of that customer is `CONFLICT`.
    let staying = bulk::keep_active(op, &owners.values().copied().collect::<Vec<_>>()).await?;
    owners.retain(|_, owner| staying.contains(owner));
    op.begin_batch(BatchKind::Assignment, None, None);
    assign::give_each(op, ids, |id| owners.get(&id).copied()).await
}

/// The customers of a batch that can be assigned, and the reps who could get them.
async fn load(op: &mut Op<'_>, ids: &[CustomerId]) -> Result<(Vec<CustomerId>, Reps), Error> {
    let grant = op.authorize(ASSIGN)?;
    locking::check_batch(op, ids.len())?;
    let (names, rights) = (op.directory_handle(), op.rights()?);
    let mut customers =
        locking::load(op, ids, ASSIGN, |customer| assign::refusal(customer, None, &rights, &names)).await?;
    let open: Vec<_> = ids.iter().copied().filter(|&id| customers.of(id).is_ok()).collect();
    let candidates = candidates(op, &grant).await?;
    let since = op.now() - SALES_PERIOD;
    let loads = store::loads(op.db(), &candidates).await?;
    let sales = store::sales(op.db(), &open, &candidates, since).await?;
    Ok((open, Reps { candidates, loads, sales }))
}

/// The users who can become owners by a grant, can sign in and are not absent, in the order of their names.
async fn candidates(op: &mut Op<'_>, grant: &Grant) -> Result<Vec<UserId>, Error> {
    let (directory, rights) = (op.directory(), op.rights()?);
    let mut candidates = Vec::new();
    for (&user, member) in directory.people.iter() {
        if assign::may_own(directory, &rights, grant, user)? {
            candidates.push((member.name.as_str(), user));
        }
    }
    candidates.sort_unstable();
    let mut candidates: Vec<_> = candidates.into_iter().map(|(_, user)| user).collect();
    let now = op.now();
    let away = absence::away(op.db(), &candidates, now).await?;
    let reachable = people::who_can_sign_in(op.db(), &candidates, now).await?;
    candidates.retain(|user| reachable.contains(user) && !away.contains(user));
    Ok(candidates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experience_raises_the_score_and_load_lowers_it() {
        let nothing = Reasons::default();
        assert_eq!(nothing.score(), 10.0);
        assert_eq!(Reasons { owned_customers: 10, ..nothing }.score(), 5.0);
        assert_eq!(Reasons { owned_customers: 2, live_opportunities: 4, ..nothing }.score(), 5.0);
        let seller = Reasons { won_opportunities: 1, orders: 1, sales_near_amount: 2, sales_in_industry: 1, ..nothing };
        assert_eq!(seller.score(), 90.0);
        assert_eq!(Reasons { owned_customers: 50, ..seller }.score(), 15.0);
    }
}
