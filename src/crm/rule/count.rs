//! Counts and lists the customers that a rule matches.

use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;

use super::matching::Matching;
use crate::crm::customer;
use crate::kernel::access::Rights;
use crate::kernel::access::scope::{Place, predicate};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;
use crate::kernel::sql::{Arg, Binds, Statement};

/// How many customers one owner has, and would lose.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnerCount {
    /// The owner.
    pub owner: UserId,
    /// The number of customers that they own.
    pub owned: i64,
    /// The number of these customers that match.
    pub matched: i64,
}

/// Counts the customers that match now, by owner. Owners without a matching customer are in the result, too. Archived
/// customers are not counted.
pub async fn count(op: &mut Op<'_>, matching: &Matching) -> Result<Vec<OwnerCount>, Error> {
    let (now, mut binds) = (op.now(), Binds::default());
    let matches = matching.sql("c", now, &mut binds)?;
    let text = format!(
        "select c.owner_user_id, count(*), count(*) filter (where {matches})
         from customer c where c.owner_user_id is not null and c.archived_at is null group by c.owner_user_id order by c.owner_user_id"
    );
    let rows = Statement::new(text.into(), &binds, &[], &Rights::of_nobody(), now).fetch_all(op.db()).await?;
    let count_of = |row: &sqlx::postgres::PgRow| {
        Ok(OwnerCount { owner: row.try_get(0)?, owned: row.try_get(1)?, matched: row.try_get(2)? })
    };
    Ok(rows.iter().map(count_of).collect::<sqlx::Result<_>>()?)
}

/// Counts the visible customers that a rule would take at each of these times and not at an earlier one.
pub async fn count_ahead(op: &mut Op<'_>, matching: &Matching, times: &[DateTime<Utc>]) -> Result<Vec<i64>, Error> {
    let (now, rights, mut binds) = (op.now(), op.rights()?, Binds::default());
    if times.is_empty() {
        return Ok(Vec::new());
    }
    let visible = predicate(customer::READ, rights.scopes(customer::READ), Place::itself("c"), &mut binds);
    let (mut matches, mut place) = (String::new(), String::new());
    for (number, time) in times.iter().enumerate() {
        matches.push_str(&format!(", {} as m{number}", matching.matches("c", *time, &mut binds)?));
        let notified = matching.is_notified("c", *time, &mut binds);
        // An earlier one of these runs may notify the owner, too.
        let is_early = |earlier: DateTime<Utc>| matching.notice().is_some_and(|notice| earlier <= *time - notice);
        let by_earlier = times.iter().enumerate().filter(|(_, earlier)| is_early(**earlier));
        let notified = by_earlier.fold(notified, |notified, (earlier, _)| format!("{notified} or m{earlier}"));
        place.push_str(&format!(" when m{number} and ({notified}) then {number}"));
    }
    let text = format!(
        "select count(f.place) from generate_series(0, {}) n left join (
             select case{place} end as place
             from (select c.id, c.owner_user_id, c.owned_since{matches} from customer c
                   where c.owner_user_id is not null and {visible}) c) f on f.place = n
         group by n order by n",
        times.len() - 1
    );
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?)
}

/// The customers that a rule would take, among those that the viewer may see.
#[derive(Debug, Default)]
pub struct VisibleMatches {
    /// The number of customers that have an owner.
    pub owned: i64,
    /// The number of these customers that match.
    pub matched: i64,
    /// How many customers each owner would lose, the most first.
    pub by_owner: Vec<(UserId, i64)>,
    /// A page of the matching customers, those without a follow-up for the longest time first.
    pub page: Vec<CustomerId>,
}

/// Counts the customers that match now, and reads a page of them behind a customer, in one statement. Behind a customer
/// that the viewer may not see there is nothing, so that the page does not tell how neglected that customer is.
pub async fn list(
    op: &mut Op<'_>,
    matching: &Matching,
    after: Option<CustomerId>,
    most: u32,
) -> Result<VisibleMatches, Error> {
    let (now, rights, mut binds) = (op.now(), op.rights()?, Binds::default());
    let visible = predicate(customer::READ, rights.scopes(customer::READ), Place::itself("c"), &mut binds);
    let matches = matching.sql("c", now, &mut binds)?;
    let neglected = "coalesce(c.last_followup_time, c.owned_since)";
    let behind = match after {
        Some(after) => {
            let after = binds.bind(Arg::Uuid(after.uuid()));
            format!("and (m.neglected, m.id) > (select o.neglected, o.id from owned o where o.id = {after})")
        }
        None => String::new(),
    };
    let text = format!(
        "with owned as materialized (
             select c.id, c.owner_user_id, {neglected} as neglected, {matches} as matched
             from customer c where c.owner_user_id is not null and c.archived_at is null and {visible}),
         by_owner as (
             select owner_user_id, count(*) as matched from owned where matched group by owner_user_id)
         select (select count(*) from owned), (select count(*) from owned where matched),
                (select coalesce(array_agg(owner_user_id order by matched desc, owner_user_id), '{{}}') from by_owner),
                (select coalesce(array_agg(matched order by matched desc, owner_user_id), '{{}}') from by_owner),
                array(select m.id from owned m where m.matched {behind} order by m.neglected, m.id limit {most})"
    );
    let row = Statement::new(text.into(), &binds, &[], &rights, now).fetch_one(op.db()).await?;
    let (owners, counts): (Vec<UserId>, Vec<i64>) = (row.try_get(2)?, row.try_get(3)?);
    let page: Vec<Uuid> = row.try_get(4)?;
    Ok(VisibleMatches {
        owned: row.try_get(0)?,
        matched: row.try_get(1)?,
        by_owner: owners.into_iter().zip(counts).collect(),
        page: page.into_iter().map(CustomerId::from).collect(),
    })
}

/// How many customers a run would take, and how many are owned, if the run would take many: more than 20, and more than
/// a fifth of all owned ones.
pub fn large_share(counts: &[OwnerCount], max_per_run: Option<i32>) -> Option<(i64, i64)> {
    let (matched, owned): (i64, i64) =
        counts.iter().fold((0, 0), |(matched, owned), count| (matched + count.matched, owned + count.owned));
    let matched = max_per_run.map_or(matched, |most| matched.min(most.into()));
    (matched > 20 && matched * 5 > owned).then_some((matched, owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_large_beyond_a_fifth_and_20_customers() {
        let owner = Uuid::nil().into();
        let counts =
            |matched, owned| [OwnerCount { owner, owned, matched }, OwnerCount { owner, owned: 0, matched: 0 }];
        assert_eq!(large_share(&counts(20, 20), None), None);
        assert_eq!(large_share(&counts(21, 105), None), None);
        assert_eq!(large_share(&counts(21, 104), None), Some((21, 104)));
        assert_eq!(large_share(&counts(90, 104), Some(20)), None, "a run takes at most 20");
    }
}
