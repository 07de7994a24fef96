//! Counts and lists the customers that a rule matches now.

use sqlx::Row;
use uuid::Uuid;

use super::choice::NEGLECTED;
use super::matching::Matching;
use crate::crm::customer;
use crate::kernel::access::scope::{Place, predicate};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;
use crate::kernel::sql::{Arg, Binds, Statement};

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
    let visible = predicate(&rights, customer::READ, rights.scopes(customer::READ), Place::itself("c"), &mut binds);
    let matches = matching.sql("c", now, &mut binds)?;
    let behind = match after {
        Some(after) => {
            let after = binds.bind(Arg::Uuid(after.uuid()));
            format!("and (m.neglected, m.id) > (select o.neglected, o.id from owned o where o.id = {after})")
        }
        None => String::new(),
    };
    let text = format!(
        "with owned as materialized (
             select c.id, c.owner_user_id, {NEGLECTED} as neglected, {matches} as matched
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
