//! The statements about imported orders.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::model::Entry;
use crate::crm::order::Status;
use crate::kernel::id::{CustomerId, ImportId, OpportunityId, OrderId, PaymentId, UserId, new_uuid, uuids};
use crate::kernel::scalar::name_of;

/// Those of the numbers that orders have.
pub async fn taken_order_numbers(db: &mut PgConnection, numbers: &[String]) -> sqlx::Result<HashSet<String>> {
    if numbers.is_empty() {
        return Ok(HashSet::new());
    }
    let found =
        sqlx::query_scalar!("select order_no from sales_order where order_no = any($1)", numbers).fetch_all(db).await?;
    Ok(found.into_iter().collect())
}

/// Inserts imported orders, in the order of their numbers, so that two transactions that insert the same ones do not
/// deadlock; returns how many numbers were free.
pub async fn insert_all(
    db: &mut PgConnection,
    import: ImportId,
    entries: &[Entry],
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let inserted = sqlx::query!(
        "insert into sales_order (id, order_no, customer_id, sold_by_user_id, owner_user_id, currency, remark, ordered_at,
                                  opportunity_id, created_at, updated_at, import_id)
         select e.*, $9, $9, $10
         from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[],
                     $11::uuid[])
              e (id, order_no, customer_id, sold_by, owner, currency, remark, ordered_at, opportunity_id)
         order by e.order_no
         on conflict (order_no) do nothing",
        &entries.iter().map(|it| it.id.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.order_no.clone()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.customer.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.sold_by.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.owner.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.currency.clone()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.remark.clone()).collect::<Vec<_>>() as &[Option<String>],
        &entries.iter().map(|it| it.ordered_at).collect::<Vec<_>>(),
        now,
        import as ImportId,
        &entries.iter().map(|it| it.opportunity.map(OpportunityId::uuid)).collect::<Vec<_>>() as &[Option<uuid::Uuid>]
    )
    .execute(db)
    .await?;
    Ok(inserted.rows_affected())
}

/// Inserts the lines of orders. A trigger updates the totals of the orders.
pub async fn insert_all_lines(db: &mut PgConnection, entries: &[Entry]) -> sqlx::Result<()> {
    let lines = || entries.iter().flat_map(|entry| entry.lines.iter().enumerate().map(move |line| (entry.id, line)));
    sqlx::query!(
        "insert into order_product (order_id, position, product_id, quantity, unit_price, discount)
         select * from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::numeric[], $5::numeric[], $6::numeric[])",
        &lines().map(|(id, _)| id.uuid()).collect::<Vec<_>>(),
        &lines().map(|(_, (place, _))| i32::try_from(place + 1).unwrap_or(i32::MAX)).collect::<Vec<_>>(),
        &lines().map(|(_, (_, line))| line.product.uuid()).collect::<Vec<_>>(),
        &lines().map(|(_, (_, line))| line.quantity).collect::<Vec<_>>(),
        &lines().map(|(_, (_, line))| line.unit_price).collect::<Vec<_>>(),
        &lines().map(|(_, (_, line))| line.discount).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Inserts what was paid for imported orders, and paid back. A trigger adds it to the orders.
pub async fn insert_payments(
    db: &mut PgConnection,
    entries: &[Entry],
    operator: Option<UserId>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let moved = entries.iter().flat_map(|entry| {
        entry.progress.steps.iter().filter_map(move |done| done.moved.map(|(id, amount)| (entry, id, amount, done.at)))
    });
    let moved: Vec<_> = moved.collect();
    sqlx::query!(
        "insert into payment (id, order_id, customer_id, amount, received_at, recorded_by, recorded_at)
         select p.*, $6, $7
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::numeric[], $5::timestamptz[]) p (id, order_id, customer_id, amount, received_at)",
        &moved.iter().map(|(_, id, ..)| id.uuid()).collect::<Vec<_>>(),
        &moved.iter().map(|(entry, ..)| entry.id.uuid()).collect::<Vec<_>>(),
        &moved.iter().map(|(entry, ..)| entry.customer.uuid()).collect::<Vec<_>>(),
        &moved.iter().map(|(_, _, amount, _)| *amount).collect::<Vec<_>>(),
        &moved.iter().map(|(_, _, _, at)| *at).collect::<Vec<_>>(),
        operator as Option<UserId>,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets how far imported orders are. What they are paid follows from their payments.
pub async fn set_progress(db: &mut PgConnection, entries: &[Entry]) -> sqlx::Result<()> {
    let reached = |status| entries.iter().map(|it| it.progress.reached(status)).collect::<Vec<_>>();
    sqlx::query!(
        "update sales_order o
         set status = e.status, paid_at = coalesce(o.paid_at, e.paid_at), shipped_at = e.shipped_at, delivered_at = e.delivered_at,
             closed_at = e.closed_at
         from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
              e (id, status, paid_at, shipped_at, delivered_at, closed_at)
         where o.id = e.id and e.status <> 'PENDING'",
        &entries.iter().map(|it| it.id.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|it| name_of(it.progress.status).to_owned()).collect::<Vec<_>>(),
        &reached(Status::Paid) as &[Option<DateTime<Utc>>],
        &reached(Status::Shipped) as &[Option<DateTime<Utc>>],
        &reached(Status::Delivered) as &[Option<DateTime<Utc>>],
        &entries.iter().map(|it| it.progress.closed_at()).collect::<Vec<_>>() as &[Option<DateTime<Utc>>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Inserts the history of imported orders: their creation and their steps.
pub async fn insert_history(db: &mut PgConnection, entries: &[Entry], operator: Option<UserId>) -> sqlx::Result<()> {
    struct Step<'e> {
        entry: &'e Entry,
        action: &'static str,
        from: Status,
        to: Status,
        payment: Option<PaymentId>,
        at: DateTime<Utc>,
    }
    let steps = entries.iter().flat_map(|entry| {
        let created = Step {
            entry,
            action: "CREATE",
            from: Status::Pending,
            to: Status::Pending,
            payment: None,
            at: entry.ordered_at,
        };
        let done = entry.progress.steps.iter().map(move |done| Step {
            entry,
            action: name_of(done.step),
            from: done.from,
            to: done.to,
            payment: done.moved.map(|(id, _)| id),
            at: done.at,
        });
        std::iter::once(created).chain(done)
    });
    let steps: Vec<_> = steps.collect();
    sqlx::query!(
        "insert into order_history (id, order_id, customer_id, action, from_status, to_status, payment_id, user_id, at)
         select s.id, s.order_id, s.customer_id, s.action, s.from_status, s.to_status, s.payment_id, $9, s.at
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::timestamptz[])
              s (id, order_id, customer_id, action, from_status, to_status, payment_id, at)",
        &steps.iter().map(|step| new_uuid(step.at)).collect::<Vec<_>>(),
        &steps.iter().map(|step| step.entry.id.uuid()).collect::<Vec<_>>(),
        &steps.iter().map(|step| step.entry.customer.uuid()).collect::<Vec<_>>(),
        &steps.iter().map(|step| step.action.to_owned()).collect::<Vec<_>>(),
        &steps.iter().map(|step| name_of(step.from).to_owned()).collect::<Vec<_>>(),
        &steps.iter().map(|step| name_of(step.to).to_owned()).collect::<Vec<_>>(),
        &steps.iter().map(|step| step.payment.map(PaymentId::uuid)).collect::<Vec<_>>() as &[Option<uuid::Uuid>],
        &steps.iter().map(|step| step.at).collect::<Vec<_>>(),
        operator as Option<UserId>
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes those of the orders that an import brought that nobody has changed since and that have no feedback, with the
/// follow-ups that they left; returns them. The caller has locked these customers.
pub async fn remove_imported(
    db: &mut PgConnection,
    import: ImportId,
    ids: &[OrderId],
    customers: &[CustomerId],
) -> sqlx::Result<Vec<OrderId>> {
    sqlx::query_scalar!(
        r#"select r.id as "id!: OrderId" from remove_imported_orders($1, $2, $3) r (id)"#,
        import as ImportId,
        &uuids(ids),
        &uuids(customers)
    )
    .fetch_all(db)
    .await
}

/// The customers of orders that an import brought.
pub async fn customers_of(db: &mut PgConnection, import: ImportId, ids: &[OrderId]) -> sqlx::Result<Vec<CustomerId>> {
    sqlx::query_scalar!(
        r#"select distinct customer_id as "customer: CustomerId" from sales_order where import_id = $1 and id = any($2)"#,
        import as ImportId,
        &uuids(ids)
    )
    .fetch_all(db)
    .await
}
