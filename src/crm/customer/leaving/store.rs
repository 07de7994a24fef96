//! Statements about the customers of a user who leaves.

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::crm::customer::model::{Group, OwnedCustomer};
use crate::crm::rule;
use crate::kernel::access::Rights;
use crate::kernel::error::Error;
use crate::kernel::id::UserId;
use crate::kernel::op::Op;
use crate::kernel::scalar::named;
use crate::kernel::sql::{Arg, Binds, Statement};

/// The SQL expression for the group of a row `c` of the leaver's customers.
async fn group_sql(op: &mut Op<'_>, binds: &mut Binds) -> Result<String, Error> {
    let kept = rule::kept(op, "c", binds).await?;
    Ok(format!(
        "case when c.archived_at is not null then 'REST'
              when {kept} then 'KEPT'
              when exists (select from sales_order o where o.customer_id = c.id
                           and o.status not in ('DELIVERED', 'CANCELLED', 'REFUNDED')) then 'UNFINISHED_ORDERS'
              when exists (select from sales_opportunity o where o.customer_id = c.id
                           and o.stage_kind = 'OPEN' and o.archived_at is null and o.owner_user_id = c.owner_user_id) then 'LIVE_OPPORTUNITIES'
              else 'REST' end"
    ))
}

/// Counts the customers that a user owns, by group. Groups without customers are missing.
pub async fn count_by_group(op: &mut Op<'_>, leaver: UserId) -> Result<Vec<(Group, i64)>, Error> {
    let (now, mut binds) = (op.now(), Binds::default());
    let (whose, group) = (binds.bind(Arg::Uuid(leaver.uuid())), group_sql(op, &mut binds).await?);
    let text = format!("select {group}, count(*) from customer c where c.owner_user_id = {whose} group by 1");
    let rows = Statement::new(text.into(), &binds, &[], &Rights::of_nobody(), now).fetch_all(op.db()).await?;
    rows.iter().map(|row| Ok((named(row.try_get(0)?)?, row.try_get(1)?))).collect()
}

/// Locks all customers that a user owns, in the order of their ids, and returns them with their groups.
pub async fn lock_owned(op: &mut Op<'_>, leaver: UserId) -> Result<Vec<(Group, OwnedCustomer)>, Error> {
    let (now, mut binds) = (op.now(), Binds::default());
    let (whose, group) = (binds.bind(Arg::Uuid(leaver.uuid())), group_sql(op, &mut binds).await?);
    let text = format!(
        "select {group}, c.id, c.updated_at from customer c where c.owner_user_id = {whose} order by c.id
         for no key update of c"
    );
    let rows = Statement::new(text.into(), &binds, &[], &Rights::of_nobody(), now).fetch_all(op.db()).await?;
    let owned = |row: &PgRow| {
        let owned = OwnedCustomer { customer: row.try_get(1)?, owner: leaver, updated_at: row.try_get(2)? };
        Ok((named(row.try_get(0)?)?, owned))
    };
    rows.iter().map(owned).collect()
}
