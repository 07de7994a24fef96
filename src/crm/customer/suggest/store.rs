//! Statements that read the load and the sales of reps, for a whole batch of customers at once.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::kernel::id::{CustomerId, UserId, uuids};

/// The present load of a rep.
#[derive(Debug, Clone, Copy, Default)]
pub struct Load {
    pub owned_customers: i64,
    pub live_opportunities: i64,
}

/// The sales of a rep that are similar to what a customer was offered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sales {
    pub won_opportunities: i64,
    pub orders: i64,
    pub near_amount: i64,
    pub in_industry: i64,
}

/// The present loads of users.
pub async fn loads(db: &mut PgConnection, users: &[UserId]) -> sqlx::Result<HashMap<UserId, Load>> {
    let rows = sqlx::query!(
        r#"select u.id as "id!: UserId",
                  (select count(*) from customer c where c.owner_user_id = u.id and c.archived_at is null) as "owned_customers!",
                  (select count(*) from sales_opportunity o join customer c on c.id = o.customer_id and c.owner_user_id = u.id
                   where o.owner_user_id = u.id and o.stage_kind = 'OPEN' and o.archived_at is null and c.archived_at is null) as "live_opportunities!"
           from unnest($1::uuid[]) u (id)"#,
        &uuids(users)
    )
    .fetch_all(db)
    .await?;
    let load = |owned_customers, live_opportunities| Load { owned_customers, live_opportunities };
    Ok(rows.into_iter().map(|row| (row.id, load(row.owned_customers, row.live_opportunities))).collect())
}

/// The sales of users since a moment that are similar to each of the customers. Void opportunities do not count. A sale
/// belongs to the user who is recorded on the opportunity or order. `wanted` is materialized, because otherwise
/// PostgreSQL would read it again for each sale.
pub async fn sales(
    db: &mut PgConnection,
    customers: &[CustomerId],
    users: &[UserId],
    since: DateTime<Utc>,
) -> sqlx::Result<HashMap<(CustomerId, UserId), Sales>> {
    let rows = sqlx::query!(
        r#"with wanted as materialized (
               select c.id, c.industry,
                      array(select o.product_id from sales_opportunity o
                            where o.customer_id = c.id and o.stage_kind <> 'VOID' and o.product_id is not null) as products
               from customer c where c.id = any($1)),
           amounts as (
               select customer_id, currency, min(amount) / 2 as least, max(amount) * 2 as most from sales_opportunity
               where customer_id = any($1) and stage_kind <> 'VOID' and amount > 0 group by customer_id, currency),
           sold as (
               select o.owner_user_id as seller, false as is_order, array[o.product_id] as products, o.currency, o.amount, c.industry
               from sales_opportunity o join customer c on c.id = o.customer_id
               where o.owner_user_id = any($2) and o.stage_kind = 'WON' and o.closed_at >= $3
               union all
               select o.sold_by_user_id, true, array(select l.product_id from order_product l where l.order_id = o.id),
                      o.currency, o.total_amount, c.industry
               from sales_order o join customer c on c.id = o.customer_id
               where o.sold_by_user_id = any($2) and o.status not in ('CANCELLED', 'REFUNDED') and o.ordered_at >= $3)
           select w.id as "customer: CustomerId", s.seller as "seller!: UserId",
                  count(*) filter (where not s.is_order and s.products && w.products) as "won_opportunities!",
                  count(*) filter (where s.is_order and s.products && w.products) as "orders!",
                  count(*) filter (where s.amount between a.least and a.most and (s.products && w.products or w.products = '{}')) as "near_amount!",
                  count(*) filter (where s.industry = w.industry) as "in_industry!"
           from wanted w cross join sold s left join amounts a on a.customer_id = w.id and a.currency = s.currency
           group by w.id, s.seller"#,
        &uuids(customers),
        &uuids(users),
        since
    )
    .fetch_all(db)
    .await?;
    let found = rows.into_iter().map(|row| {
        let sales = Sales {
            won_opportunities: row.won_opportunities,
            orders: row.orders,
            near_amount: row.near_amount,
            in_industry: row.in_industry,
        };
        ((row.customer, row.seller), sales)
    });
    Ok(found.collect())
}
