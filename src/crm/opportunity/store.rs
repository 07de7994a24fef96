//! Every statement that writes or locks opportunities.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row};

use super::read::READ;
use super::{Draft, Loss, Opportunity};
use crate::crm::product::lines::Line;
use crate::kernel::access::Permission;
use crate::kernel::access::scope::{Place, reach_columns, reach_in};
use crate::kernel::directory::Stage;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, OpportunityId, ProductId, UserId};
use crate::kernel::op::Op;
use crate::kernel::scalar::{name_of, named};
use crate::kernel::sql::{Arg, Binds, Statement};

/// Reads an opportunity without a lock, with whether the actor may see it and use the permission.
pub async fn load(op: &mut Op<'_>, id: OpportunityId, permission: Permission) -> Result<Option<Opportunity>, Error> {
    fetch(op, id, permission, "").await
}

/// Reads as [`load`] does, and locks the opportunity. The caller has locked the customer, so it does not wait here.
pub async fn lock(op: &mut Op<'_>, id: OpportunityId, permission: Permission) -> Result<Option<Opportunity>, Error> {
    fetch(op, id, permission, "for no key update of o").await
}

async fn fetch(
    op: &mut Op<'_>,
    id: OpportunityId,
    permission: Permission,
    lock: &str,
) -> Result<Option<Opportunity>, Error> {
    let (rights, now) = (op.rights()?, op.now());
    let mut binds = Binds::default();
    let which = binds.bind(Arg::Uuid(id.uuid()));
    let reach = reach_columns(&rights, READ, permission, Place::of("o", "c"), &mut binds);
    let text = format!(
        "select o.customer_id, c.owner_user_id, o.owner_user_id, o.stage, o.stage_kind, o.archived_at is not null, \
         o.updated_at, o.version, c.archived_at is not null, {reach} \
         from sales_opportunity o join customer c on c.id = o.customer_id where o.id = {which} {lock}"
    );
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Opportunity {
        id,
        customer: row.try_get(0)?,
        customer_owner: row.try_get(1)?,
        owner: row.try_get(2)?,
        stage: row.try_get(3)?,
        kind: named(row.try_get(4)?)?,
        is_archived: row.try_get(5)?,
        updated_at: row.try_get(6)?,
        version: row.try_get(7)?,
        customer_is_archived: row.try_get(8)?,
        reach: reach_in(row, 9)?,
    }))
}

/// Locks an opportunity, and returns the kind of its stage. The caller has locked the customer, so it does not wait
/// here.
pub async fn lock_stage_kind(db: &mut PgConnection, id: OpportunityId) -> sqlx::Result<String> {
    sqlx::query_scalar!("select stage_kind from sales_opportunity where id = $1 for no key update", id as OpportunityId)
        .fetch_one(db)
        .await
}

/// Returns the last open stage of an opportunity.
pub async fn last_open_stage(db: &mut PgConnection, id: OpportunityId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "select stage from opportunity_history where opportunity_id = $1 and stage_kind = 'OPEN' order by valid_from desc limit 1",
        id as OpportunityId
    )
    .fetch_optional(db)
    .await
}

/// Whether the opportunity has an order that is neither cancelled nor refunded.
pub async fn has_active_order(db: &mut PgConnection, id: OpportunityId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from sales_order where opportunity_id = $1 and closed_at is null) as "has!""#,
        id as OpportunityId
    )
    .fetch_one(db)
    .await
}

/// Inserts an opportunity.
#[expect(clippy::too_many_arguments, reason = "they are the columns of the table")]
pub async fn insert(
    db: &mut PgConnection,
    id: OpportunityId,
    customer: CustomerId,
    owner: UserId,
    stage: &Stage,
    draft: &Draft,
    creator: Option<UserId>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into sales_opportunity (id, customer_id, owner_user_id, stage, stage_kind, product_id, amount, currency, close_date,
                                        probability, created_by, updated_by, created_at, updated_at, name, note, competitor, amount_is_sum,
                                        line_set)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $12, $13, $14, $15, $16, case when $17 then 1 end)",
        id as OpportunityId,
        customer as CustomerId,
        owner as UserId,
        stage.code,
        name_of(stage.kind),
        draft.product as Option<ProductId>,
        draft.amount,
        draft.currency,
        draft.close_date,
        draft.probability.unwrap_or(stage.probability),
        creator as Option<UserId>,
        now,
        draft.name,
        draft.note,
        draft.competitor,
        draft.amount_is_sum,
        !draft.lines.is_empty()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Inserts the set of lines that a version of an opportunity brings.
pub async fn insert_lines(db: &mut PgConnection, id: OpportunityId, version: i32, lines: &[Line]) -> sqlx::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into opportunity_product (opportunity_id, line_set, position, product_id, quantity, unit_price, discount)
         select $1, $2, l.position, l.product_id, l.quantity, l.unit_price, l.discount
         from unnest($3::uuid[], $4::numeric[], $5::numeric[], $6::numeric[])
              with ordinality l (product_id, quantity, unit_price, discount, position)",
        id as OpportunityId,
        version,
        &lines.iter().map(|line| line.product.uuid()).collect::<Vec<_>>(),
        &lines.iter().map(|line| line.quantity).collect::<Vec<_>>(),
        &lines.iter().map(|line| line.unit_price).collect::<Vec<_>>(),
        &lines.iter().map(|line| line.discount).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The lines of an opportunity, by position, and the currency of their prices.
pub async fn lines_of(db: &mut PgConnection, id: OpportunityId) -> sqlx::Result<(Vec<Line>, Option<String>)> {
    let rows = sqlx::query!(
        r#"select l.product_id as "product: ProductId", l.quantity, l.unit_price, l.discount, o.currency
           from sales_opportunity o join opportunity_product l on l.opportunity_id = o.id and l.line_set = o.line_set
           where o.id = $1 order by l.position"#,
        id as OpportunityId
    )
    .fetch_all(db)
    .await?;
    let currency = rows.first().and_then(|row| row.currency.clone());
    let lines = rows.into_iter().map(|row| Line {
        product: row.product,
        quantity: row.quantity,
        unit_price: row.unit_price,
        discount: row.discount,
    });
    Ok((lines.collect(), currency))
}

/// Reads the editable data of an opportunity.
pub async fn draft_of(db: &mut PgConnection, id: OpportunityId) -> sqlx::Result<Draft> {
    let row = sqlx::query!(
        r#"select name, note, competitor, product_id as "product: ProductId", amount, amount_is_sum, currency, close_date, probability
           from sales_opportunity where id = $1"#,
        id as OpportunityId
    )
    .fetch_one(&mut *db)
    .await?;
    Ok(Draft {
        name: row.name,
        note: row.note,
        competitor: row.competitor,
        product: row.product,
        lines: lines_of(db, id).await?.0,
        amount: row.amount,
        amount_is_sum: row.amount_is_sum,
        currency: row.currency,
        close_date: row.close_date,
        probability: Some(row.probability),
    })
}

/// Updates an opportunity. Other lines are the set that its next version brings.
pub async fn update(
    db: &mut PgConnection,
    id: OpportunityId,
    draft: &Draft,
    has_other_lines: bool,
    editor: Option<UserId>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sales_opportunity
         set product_id = $2, amount = $3, currency = $4, close_date = $5, probability = coalesce($6, probability),
             name = $9, note = $10, competitor = $11, updated_by = $7, updated_at = $8, version = version + 1,
             amount_is_sum = $12, line_set = case when not $13 then line_set when $14 then version + 1 end
         where id = $1",
        id as OpportunityId,
        draft.product as Option<ProductId>,
        draft.amount,
        draft.currency,
        draft.close_date,
        draft.probability,
        editor as Option<UserId>,
        at,
        draft.name,
        draft.note,
        draft.competitor,
        draft.amount_is_sum,
        has_other_lines,
        !draft.lines.is_empty()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Changes the stage of an opportunity. `closed_at` is the instant at which it came to its present end; it is kept if
/// the kind of the stage stays the same. The competitor stays if none is given.
pub async fn set_stage(
    db: &mut PgConnection,
    id: OpportunityId,
    stage: &Stage,
    probability: i32,
    loss: &Loss,
    mover: Option<UserId>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sales_opportunity
         set stage = $2, stage_kind = $3, probability = $4, lost_reason = $5, lost_remark = $8, competitor = coalesce($9, competitor),
             closed_at = case when $3 = 'OPEN' then null when stage_kind = $3 then closed_at else $7 end,
             updated_by = $6, updated_at = $7, version = version + 1
         where id = $1",
        id as OpportunityId,
        stage.code,
        name_of(stage.kind),
        probability,
        loss.reason,
        mover as Option<UserId>,
        at,
        loss.remark,
        loss.competitor
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives an opportunity another owner.
pub async fn set_owner(
    db: &mut PgConnection,
    id: OpportunityId,
    owner: UserId,
    adopter: Option<UserId>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sales_opportunity set owner_user_id = $2, updated_by = $3, updated_at = $4, version = version + 1 where id = $1",
        id as OpportunityId,
        owner as UserId,
        adopter as Option<UserId>,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Archives or restores an opportunity.
pub async fn set_archived(
    db: &mut PgConnection,
    id: OpportunityId,
    is_archived: bool,
    archiver: Option<UserId>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sales_opportunity
         set archived_at = case when $2 then $4::timestamptz end, updated_by = $3, updated_at = $4, version = version + 1
         where id = $1",
        id as OpportunityId,
        is_archived,
        archiver as Option<UserId>,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}
