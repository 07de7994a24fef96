//! The statement that finds the customers of a team by a filter.

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::crm::contact;
use crate::crm::customer::model::{OwnedCustomer, RELEASE, TEAM_SCOPES};
use crate::crm::customer::read::{PLACEHOLDERS, describe};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, uuids};
use crate::kernel::op::Op;
use crate::kernel::read::filtered;
use crate::kernel::sql::Arg;

/// The customers of the actor's team that match a filter, at most `most` of them in the order of their ids. If ids are
/// given, only these customers are considered.
pub async fn of_team(
    op: &mut Op<'_>,
    filter: &serde_json::Value,
    only: Option<&[CustomerId]>,
    most: usize,
) -> Result<Vec<OwnedCustomer>, Error> {
    let viewpoint = op.viewpoint(PLACEHOLDERS)?;
    let reach = (RELEASE, TEAM_SCOPES);
    let (statement, look_ups) =
        filtered(&describe(), "{t}.id, {t}.owner_user_id, {t}.updated_at", filter, reach, &viewpoint, |row, binds| {
            let only = only.map(|ids| format!("and {row}.id = any({})", binds.bind(Arg::Uuids(uuids(ids)))));
            let only = only.unwrap_or_default();
            format!(
                "{row}.owner_user_id is not null and {row}.archived_at is null {only} order by {row}.id limit {most}"
            )
        })?;
    Box::pin(contact::look_up::count_in(op, &look_ups)).await?;
    let owned = |row: &PgRow| {
        Ok(OwnedCustomer { customer: row.try_get(0)?, owner: row.try_get(1)?, updated_at: row.try_get(2)? })
    };
    Ok(statement.fetch_all(op.db()).await?.iter().map(owned).collect::<sqlx::Result<_>>()?)
}
