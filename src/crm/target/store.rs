//! Every statement that writes targets.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Draft;
use crate::kernel::id::{UserId, new_uuid};
use crate::kernel::scalar::name_of;

/// The keys of targets, as the arrays that the statements take.
struct Keys {
    users: Vec<Uuid>,
    of_team: Vec<bool>,
    months: Vec<NaiveDate>,
    measures: Vec<String>,
    currencies: Vec<Option<String>>,
}

impl Keys {
    fn of(targets: &[Draft]) -> Self {
        Self {
            users: targets.iter().map(|target| target.user.uuid()).collect(),
            of_team: targets.iter().map(|target| target.of_team).collect(),
            months: targets.iter().map(|target| target.month).collect(),
            measures: targets.iter().map(|target| name_of(target.measure).to_owned()).collect(),
            currencies: targets.iter().map(|target| target.currency.clone()).collect(),
        }
    }
}

/// Sets targets. One that is the same already stays as it is.
pub async fn set(db: &mut PgConnection, targets: &[Draft], by: UserId, now: DateTime<Utc>) -> sqlx::Result<()> {
    if targets.is_empty() {
        return Ok(());
    }
    let Keys { users, of_team, months, measures, currencies } = Keys::of(targets);
    sqlx::query!(
        "insert into sales_target (id, user_id, of_team, month, measure, currency, value, set_by, created_at, updated_at)
         select t.*, $8, $9, $9
         from unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::date[], $5::text[], $6::text[], $7::numeric[]) t
         order by 2, 4, 5, 6, 3
         on conflict on constraint sales_target_unique do update
         set value = excluded.value, set_by = excluded.set_by, updated_at = excluded.updated_at
         where sales_target.value <> excluded.value",
        &targets.iter().map(|_| new_uuid(now)).collect::<Vec<_>>(),
        &users,
        &of_team,
        &months,
        &measures,
        &currencies as &[Option<String>],
        &targets.iter().filter_map(|target| target.value).collect::<Vec<Decimal>>(),
        by as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes targets; those that do not exist are no error.
pub async fn remove(db: &mut PgConnection, targets: &[Draft]) -> sqlx::Result<()> {
    if targets.is_empty() {
        return Ok(());
    }
    let Keys { users, of_team, months, measures, currencies } = Keys::of(targets);
    sqlx::query!(
        "delete from sales_target s using unnest($1::uuid[], $2::boolean[], $3::date[], $4::text[], $5::text[])
             t (user_id, of_team, month, measure, currency)
         where (s.user_id, s.of_team, s.month, s.measure) = (t.user_id, t.of_team, t.month, t.measure)
             and s.currency is not distinct from t.currency",
        &users,
        &of_team,
        &months,
        &measures,
        &currencies as &[Option<String>]
    )
    .execute(db)
    .await?;
    Ok(())
}
