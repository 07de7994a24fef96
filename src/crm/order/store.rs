//! Every statement that writes or locks orders.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::{PgConnection, Row};

use super::model::{Instalment, Moved};
use super::read::READ;
use super::{Order, Status};
use crate::crm::product::lines::Line;
use crate::kernel::access::Permission;
use crate::kernel::access::scope::{Place, reach_columns, reach_in};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, OpportunityId, OrderId, PaymentId, ProductId, UserId, new_uuid, uuids};
use crate::kernel::op::Op;
use crate::kernel::scalar::{name_of, named};
use crate::kernel::sql::{Arg, Binds, Statement};

/// Reads an order without a lock, with whether the actor may see it and use the permission.
pub async fn load(op: &mut Op<'_>, id: OrderId, permission: Permission) -> Result<Option<Order>, Error> {
    fetch(op, id, permission, "").await
}

/// Reads as [`load`] does, and locks the order. The caller has locked the customer, so it does not wait here.
pub async fn lock(op: &mut Op<'_>, id: OrderId, permission: Permission) -> Result<Option<Order>, Error> {
    fetch(op, id, permission, "for no key update of o").await
}

async fn fetch(op: &mut Op<'_>, id: OrderId, permission: Permission, lock: &str) -> Result<Option<Order>, Error> {
    let (rights, now) = (op.rights()?, op.now());
    let mut binds = Binds::default();
    let which = binds.bind(Arg::Uuid(id.uuid()));
    let reach = reach_columns(&rights, READ, permission, Place::of("o", "c"), &mut binds);
    let text = format!(
        "select o.customer_id, c.owner_user_id, o.opportunity_id, o.owner_user_id, o.status, o.currency, o.total_amount, \
         o.paid_amount, o.delivered_at, o.remark, o.updated_at, o.version, c.archived_at is not null, o.sold_by_user_id, {reach} \
         from sales_order o join customer c on c.id = o.customer_id where o.id = {which} {lock}"
    );
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Order {
        id,
        customer: row.try_get(0)?,
        customer_owner: row.try_get(1)?,
        opportunity: row.try_get(2)?,
        owner: row.try_get(3)?,
        status: named(row.try_get(4)?)?,
        currency: row.try_get(5)?,
        total: row.try_get(6)?,
        paid: row.try_get(7)?,
        delivered_at: row.try_get(8)?,
        remark: row.try_get(9)?,
        updated_at: row.try_get(10)?,
        version: row.try_get(11)?,
        customer_is_archived: row.try_get(12)?,
        sold_by: row.try_get(13)?,
        reach: reach_in(row, 14)?,
    }))
}

/// Returns the products of an order.
pub async fn products_of(db: &mut PgConnection, id: OrderId) -> sqlx::Result<Vec<ProductId>> {
    sqlx::query_scalar!(
        r#"select product_id as "product_id: ProductId" from order_product where order_id = $1"#,
        id as OrderId
    )
    .fetch_all(db)
    .await
}

/// Returns the next value of the sequence of order numbers.
pub async fn next_order_number(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"select nextval('order_number') as "number!""#).fetch_one(db).await
}

/// An order to record.
pub struct Draft<'a> {
    pub customer: CustomerId,
    pub opportunity: Option<OpportunityId>,
    /// The user who sold it and handles it.
    pub owner: UserId,
    pub currency: &'a str,
    pub remark: Option<&'a str>,
    pub ordered_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// Inserts an order; false if another order has this number.
pub async fn insert(db: &mut PgConnection, id: OrderId, order_no: &str, draft: &Draft<'_>) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "insert into sales_order (id, order_no, customer_id, opportunity_id, sold_by_user_id, owner_user_id, currency, remark,
                                  ordered_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $9)
         on conflict (order_no) do nothing",
        id as OrderId,
        order_no,
        draft.customer as CustomerId,
        draft.opportunity as Option<OpportunityId>,
        draft.owner as UserId,
        draft.currency,
        draft.remark,
        draft.ordered_at,
        draft.created_at
    )
    .execute(db)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Inserts the lines of an order, in their order. A trigger updates the total of the order.
pub async fn insert_lines(db: &mut PgConnection, id: OrderId, lines: &[Line]) -> sqlx::Result<()> {
    let products: Vec<_> = lines.iter().map(|line| line.product).collect();
    sqlx::query!(
        "insert into order_product (order_id, position, product_id, quantity, unit_price, discount)
         select $1, l.position, l.product_id, l.quantity, l.unit_price, l.discount
         from unnest($2::uuid[], $3::numeric[], $4::numeric[], $5::numeric[])
              with ordinality l (product_id, quantity, unit_price, discount, position)",
        id as OrderId,
        &uuids(&products),
        &lines.iter().map(|line| line.quantity).collect::<Vec<_>>(),
        &lines.iter().map(|line| line.unit_price).collect::<Vec<_>>(),
        &lines.iter().map(|line| line.discount).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes the lines of an order.
pub async fn delete_lines(db: &mut PgConnection, id: OrderId) -> sqlx::Result<()> {
    sqlx::query!("delete from order_product where order_id = $1", id as OrderId).execute(db).await?;
    Ok(())
}

/// Changes the remark of an order.
pub async fn set_remark(
    db: &mut PgConnection,
    id: OrderId,
    remark: Option<&str>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sales_order set remark = $2, updated_at = $3, version = version + 1 where id = $1",
        id as OrderId,
        remark,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets the status of an order, and when it came to it. What is paid, and since when in full, follows from the payments; an order
/// without charge has none.
pub async fn set_status(db: &mut PgConnection, id: OrderId, status: Status, at: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update sales_order
         set status = $2,
             paid_at = case when $2 = 'PAID' then coalesce(paid_at, $3) else paid_at end,
             shipped_at = case when $2 = 'SHIPPED' then coalesce(shipped_at, $3) else shipped_at end,
             delivered_at = case when $2 = 'DELIVERED' then coalesce(delivered_at, $3) else delivered_at end,
             closed_at = case when $2 in ('CANCELLED', 'REFUNDED') then $3 else closed_at end,
             next_due_on = case when $2 in ('CANCELLED', 'REFUNDED') then null else next_due_on end,
             updated_at = $3, version = version + 1
         where id = $1",
        id as OrderId,
        name_of(status),
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Inserts a payment, or what takes money back. A trigger adds it to the order.
pub async fn insert_payment(
    op: &mut Op<'_>,
    order: &Order,
    moved: &Moved<'_>,
    at: DateTime<Utc>,
) -> Result<PaymentId, Error> {
    let (id, recorder) = (PaymentId::from(new_uuid(at)), op.actor().user_id());
    sqlx::query!(
        "insert into payment (id, order_id, customer_id, amount, received_at, method, reference, reverses_id, recorded_by, recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id as PaymentId,
        order.id as OrderId,
        order.customer as CustomerId,
        moved.amount,
        moved.received_at,
        moved.method.map(name_of),
        moved.reference,
        moved.reverses as Option<PaymentId>,
        recorder as Option<UserId>,
        at
    )
    .execute(op.db())
    .await?;
    Ok(id)
}

/// A row of money that moved.
pub struct FoundPayment {
    pub amount: Decimal,
    pub received_at: DateTime<Utc>,
    /// Whether it is a payment, and no reversal or refund.
    pub is_payment: bool,
    /// Whether it was taken back.
    pub is_reversed: bool,
}

/// Reads a payment of an order.
pub async fn payment(db: &mut PgConnection, order: OrderId, id: PaymentId) -> sqlx::Result<Option<FoundPayment>> {
    sqlx::query_as!(
        FoundPayment,
        r#"select amount, received_at, kind = 'PAYMENT' as "is_payment!",
                  exists (select from payment r where r.reverses_id = p.id) as "is_reversed!"
           from payment p where id = $1 and order_id = $2"#,
        id as PaymentId,
        order as OrderId
    )
    .fetch_optional(db)
    .await
}

/// Reads the instalments of an order, in their order.
pub async fn instalments(db: &mut PgConnection, order: OrderId) -> sqlx::Result<Vec<Instalment>> {
    sqlx::query_as!(
        Instalment,
        "select due_on, share, amount, is_retention from instalment where order_id = $1 order by position",
        order as OrderId
    )
    .fetch_all(db)
    .await
}

/// Replaces the instalments of an order.
pub async fn replace_instalments(
    db: &mut PgConnection,
    order: OrderId,
    instalments: &[Instalment],
) -> sqlx::Result<()> {
    sqlx::query!("delete from instalment where order_id = $1", order as OrderId).execute(&mut *db).await?;
    sqlx::query!(
        "insert into instalment (order_id, position, due_on, share, amount, is_retention)
         select $1, i.position, i.due_on, i.share, i.amount, i.is_retention
         from unnest($2::date[], $3::numeric[], $4::numeric[], $5::boolean[])
              with ordinality i (due_on, share, amount, is_retention, position)",
        order as OrderId,
        &instalments.iter().map(|it| it.due_on).collect::<Vec<NaiveDate>>(),
        &instalments.iter().map(|it| it.share).collect::<Vec<_>>() as &[Option<Decimal>],
        &instalments.iter().map(|it| it.amount).collect::<Vec<_>>(),
        &instalments.iter().map(|it| it.is_retention).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that something about an order was changed.
pub async fn touch(db: &mut PgConnection, id: OrderId, at: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update sales_order set updated_at = $2, version = version + 1 where id = $1", id as OrderId, at)
        .execute(db)
        .await?;
    Ok(())
}

/// Gives an order another owner.
pub async fn set_owner(db: &mut PgConnection, id: OrderId, owner: UserId, at: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update sales_order set owner_user_id = $2, updated_at = $3, version = version + 1 where id = $1",
        id as OrderId,
        owner as UserId,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Returns whether an opportunity has another order that is neither cancelled nor refunded.
pub async fn has_other_active_order(
    db: &mut PgConnection,
    opportunity: OpportunityId,
    except: OrderId,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from sales_order where opportunity_id = $1 and id <> $2
                          and status not in ('CANCELLED', 'REFUNDED')) as "exists!""#,
        opportunity as OpportunityId,
        except as OrderId
    )
    .fetch_one(db)
    .await
}

/// An entry of the history of an order.
pub struct HistoryEntry<'a> {
    pub action: &'static str,
    pub from: Status,
    pub to: Status,
    /// The money that moved with it.
    pub payment: Option<PaymentId>,
    /// The total before and after, if the lines were replaced.
    pub totals: Option<(Decimal, Decimal)>,
    pub remark: Option<&'a str>,
    pub at: DateTime<Utc>,
}

impl HistoryEntry<'_> {
    /// An entry of what leaves the status as it is, and moves no money.
    pub fn of(action: &'static str, status: Status, at: DateTime<Utc>) -> Self {
        Self { action, from: status, to: status, payment: None, totals: None, remark: None, at }
    }
}

/// Inserts an entry into the history of an order.
pub async fn insert_history(
    op: &mut Op<'_>,
    id: OrderId,
    customer: CustomerId,
    entry: &HistoryEntry<'_>,
) -> Result<(), Error> {
    let operator = op.actor().user_id();
    sqlx::query!(
        "insert into order_history (id, order_id, customer_id, action, from_status, to_status, payment_id, total_before, total_after, remark, user_id, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        new_uuid(entry.at),
        id as OrderId,
        customer as CustomerId,
        entry.action,
        name_of(entry.from),
        name_of(entry.to),
        entry.payment as Option<PaymentId>,
        entry.totals.map(|(before, _)| before),
        entry.totals.map(|(_, after)| after),
        entry.remark,
        operator as Option<UserId>,
        entry.at
    )
    .execute(op.db())
    .await?;
    Ok(())
}
