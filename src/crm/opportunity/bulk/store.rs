//! The statements about imported opportunities.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::{Closing, Entry};
use crate::kernel::directory::Stage;
use crate::kernel::id::{CustomerId, ImportId, OpportunityId, UserId, uuids};
use crate::kernel::scalar::name_of;

/// Inserts opportunities, all of them open.
pub async fn insert_all(
    db: &mut PgConnection,
    import: ImportId,
    entries: &[Entry],
    creator: Option<UserId>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into sales_opportunity (id, customer_id, owner_user_id, stage, stage_kind, product_id, amount, currency, close_date,
                                        probability, created_at, updated_at, created_by, updated_by, import_id, name, note, competitor)
         select e.id, e.customer_id, e.owner, e.stage, e.kind, e.product_id, e.amount, e.currency, e.close_date,
                e.probability, e.created_at, e.created_at, $12, $12, $13, e.name, e.note, e.competitor
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::numeric[], $8::text[], $9::date[],
                     $10::integer[], $11::timestamptz[], $14::text[], $15::text[], $16::text[])
              e (id, customer_id, owner, stage, kind, product_id, amount, currency, close_date, probability, created_at, name, note,
                 competitor)",
        &entries.iter().map(|it| it.id.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.customer.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.owner.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.stage.code.clone()).collect::<Vec<_>>(),
        &entries.iter().map(|it| name_of(it.stage.kind).to_owned()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.product.map(|product| product.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
        &entries.iter().map(|it| it.amount).collect::<Vec<_>>() as &[Option<Decimal>],
        &entries.iter().map(|it| it.currency.clone()).collect::<Vec<_>>() as &[Option<String>],
        &entries.iter().map(|it| it.close_date).collect::<Vec<_>>() as &[Option<NaiveDate>],
        &entries.iter().map(|it| it.probability).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.created_at).collect::<Vec<_>>(),
        creator as Option<UserId>,
        import as ImportId,
        &entries.iter().map(|it| it.name.clone()).collect::<Vec<_>>() as &[Option<String>],
        &entries.iter().map(|it| it.note.clone()).collect::<Vec<_>>() as &[Option<String>],
        &entries.iter().map(|it| it.competitor.clone()).collect::<Vec<_>>() as &[Option<String>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Brings opportunities to their ends. Their version stays, because it counts what people change after the import.
pub async fn close_all(
    db: &mut PgConnection,
    closed: &[(OpportunityId, &Closing)],
    closer: Option<UserId>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sales_opportunity o
         set stage = e.stage, stage_kind = e.kind, probability = e.probability, lost_reason = e.lost_reason, lost_remark = e.lost_remark,
             closed_at = e.at, updated_at = e.at, updated_by = $7
         from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::timestamptz[], $8::text[])
              e (id, stage, kind, probability, lost_reason, at, lost_remark)
         where o.id = e.id",
        &closed.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>(),
        &closed.iter().map(|(_, it)| it.stage.code.clone()).collect::<Vec<_>>(),
        &closed.iter().map(|(_, it)| name_of(it.stage.kind).to_owned()).collect::<Vec<_>>(),
        &closed.iter().map(|(_, it)| it.probability).collect::<Vec<_>>(),
        &closed.iter().map(|(_, it)| it.lost_reason.clone()).collect::<Vec<_>>() as &[Option<String>],
        &closed.iter().map(|(_, it)| it.at).collect::<Vec<DateTime<Utc>>>(),
        closer as Option<UserId>,
        &closed.iter().map(|(_, it)| it.lost_remark.clone()).collect::<Vec<_>>() as &[Option<String>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Wins open opportunities. Their version stays, because it counts what people change after the import.
pub async fn win_all(
    db: &mut PgConnection,
    won: &[(OpportunityId, DateTime<Utc>)],
    stage: &Stage,
    winner: Option<UserId>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sales_opportunity o
         set stage = $3, stage_kind = 'WON', probability = $4, closed_at = e.at, updated_at = e.at, updated_by = $5
         from (select b.id, greatest(min(w.at), b.updated_at + interval '1 microsecond') as at
               from unnest($1::uuid[], $2::timestamptz[]) w (id, at) join sales_opportunity b on b.id = w.id
               group by b.id) e
         where o.id = e.id and o.stage_kind = 'OPEN'",
        &won.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>(),
        &won.iter().map(|(_, at)| *at).collect::<Vec<_>>(),
        stage.code,
        stage.probability,
        winner as Option<UserId>
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes those of the opportunities that an import brought that nobody has changed or used since; returns them. The caller
/// has locked these customers.
pub async fn remove_imported(
    db: &mut PgConnection,
    import: ImportId,
    ids: &[OpportunityId],
    customers: &[CustomerId],
) -> sqlx::Result<Vec<OpportunityId>> {
    sqlx::query_scalar!(
        r#"select r.id as "id!: OpportunityId" from remove_imported_opportunities($1, $2, $3) r (id)"#,
        import as ImportId,
        &uuids(ids),
        &uuids(customers)
    )
    .fetch_all(db)
    .await
}

/// The customers of opportunities that an import brought.
pub async fn customers_of(
    db: &mut PgConnection,
    import: ImportId,
    ids: &[OpportunityId],
) -> sqlx::Result<Vec<CustomerId>> {
    sqlx::query_scalar!(
        r#"select distinct customer_id as "customer: CustomerId" from sales_opportunity where import_id = $1 and id = any($2)"#,
        import as ImportId,
        &uuids(ids)
    )
    .fetch_all(db)
    .await
}
