//! A large load suspends keys, indexes, references and the triggers that would write what is copied, and restores them
//! in the same transaction. Afterwards everything that these triggers would have ensured is checked at once.

use std::time::Instant;

use sqlx::PgConnection;

use super::model::{LOG_EVERY, SeedError};
use super::orders;

/// The tables whose number of rows grows with the number of customers.
pub const TABLES: [&str; 16] = [
    "customer",
    "customer_operation_log",
    "contact",
    "customer_extra",
    "sales_opportunity",
    "opportunity_product",
    "opportunity_history",
    "followup",
    "task",
    "task_step",
    "sales_order",
    "order_product",
    "payment",
    "instalment",
    "order_history",
    "order_feedback",
];
/// The triggers that would publish or write what is copied, each with its table.
const TRIGGERS: [(&str, &str); 21] = [
    ("customer", "customer_entered"),
    ("customer_extra", "edits_kept_new"),
    ("sales_opportunity", "opportunity_entered"),
    ("sales_opportunity", "opportunity_fits_lines"),
    ("opportunity_product", "opportunity_fits_lines"),
    ("order_product", "order_lines_added"),
    ("sales_order", "order_total_is_sum"),
    ("sales_order", "order_fits_opportunity"),
    ("sales_order", "order_paid_is_sum"),
    ("payment", "payment_counted"),
    ("payment", "payment_posted"),
    ("instalment", "instalments_added"),
    ("instalment", "instalments_are_total"),
    ("sales_order", "customer_has_ordered"),
    ("customer_operation_log", "operation_posted"),
    ("opportunity_history", "move_posted"),
    ("sales_opportunity", "opportunity_posted_new"),
    ("order_history", "order_step_posted"),
    ("followup", "follow_up_posted"),
    ("task", "task_entered"),
    ("task", "task_plans_new"),
];

/// The rules that these triggers ensure, each with a query for the number of rows that break it.
const CHECKS: [(&str, &str); 9] = [
    (
        "a customer has ordered if there is an order",
        "select count(*) from customer c left join (select distinct customer_id from sales_order) o on o.customer_id = c.id
         where c.has_ordered <> (o.customer_id is not null)",
    ),
    (
        "a customer's next contact is when the earliest open task of its owner about it is due",
        "select count(*) from customer c
         left join (select customer_id, owner_user_id, min(due_at) as next from task where status = 'OPEN' group by 1, 2) t
             on t.customer_id = c.id and t.owner_user_id = c.owner_user_id
         where c.next_contact_at is distinct from t.next",
    ),
    (
        "the product of an opportunity is that of its first line, and its amount is given or the sum of its lines",
        "select count(*) from sales_opportunity o
         left join (select opportunity_id, line_set, sum(amount) as total, max(product_id::text) filter (where position = 1) as product
                    from opportunity_product group by 1, 2) l
             on l.opportunity_id = o.id and l.line_set = o.line_set
         where o.line_set is not null and (o.amount is null or o.product_id::text is distinct from l.product
                                           or o.amount_is_sum and o.amount <> l.total)",
    ),
    (
        "an order that counts belongs to no lost or void opportunity",
        "select count(*) from sales_order s join sales_opportunity o on o.id = s.opportunity_id
         where o.stage_kind in ('LOST', 'VOID') and s.closed_at is null",
    ),
    (
        "the total of an order is the sum of its lines",
        "select count(*) from sales_order o
         left join (select order_id, sum(amount) as total from order_product group by order_id) l on l.order_id = o.id
         where o.total_amount is distinct from coalesce(l.total, 0)",
    ),
    (
        "what is paid of an order is the sum of its payments",
        "select count(*) from sales_order o
         left join (select order_id, sum(amount) as paid from payment where kind <> 'REFUND' group by order_id) p on p.order_id = o.id
         where o.paid_amount is distinct from coalesce(p.paid, 0)",
    ),
    (
        "the instalments of an order are its total, and the earliest unpaid one is the next one",
        "select count(*) from sales_order o
         join (select order_id, sum(amount) as total from instalment group by order_id) i on i.order_id = o.id
         where o.total_amount <> i.total or o.next_due_on is distinct from case when o.closed_at is null then (
             select min(due_on) from (select due_on, sum(amount) over (order by position) as upto from instalment where order_id = o.id) u
             where u.upto > o.paid_amount) end",
    ),
    (
        "the open version of an opportunity is what it is now",
        "select count(*) from sales_opportunity o
         left join opportunity_history h on h.opportunity_id = o.id and h.valid_to is null
         where (h.customer_id, h.valid_from, h.stage, h.stage_kind, h.owner_user_id, h.amount, h.currency, h.close_date, h.probability, h.lost_reason, h.lost_remark, h.changed_by)
             is distinct from (o.customer_id, o.updated_at, o.stage, o.stage_kind, o.owner_user_id, o.amount, o.currency, o.close_date, o.probability, o.lost_reason, o.lost_remark, o.updated_by)",
    ),
    (
        "the first version of an opportunity is as old as it is, and each differs from the one before",
        "select count(*) from opportunity_history h
         join sales_opportunity o on o.id = h.opportunity_id
         left join opportunity_history b on b.opportunity_id = h.opportunity_id and b.valid_to = h.valid_from
         where case when b.opportunity_id is null then h.valid_from <> o.created_at
             else (h.stage, h.owner_user_id, h.amount, h.currency, h.close_date, h.probability)
                 is not distinct from (b.stage, b.owner_user_id, b.amount, b.currency, b.close_date, b.probability) end",
    ),
];

/// The keys, indexes and references that were dropped, as the statements that create them again.
pub struct SuspendedChecks(Vec<String>);

impl SuspendedChecks {
    /// Drops keys, indexes and references and disables triggers, because it is faster to build and check everything
    /// once than for each row.
    pub async fn suspend(db: &mut PgConnection) -> sqlx::Result<Self> {
        for (table, trigger) in TRIGGERS {
            run(db, format!("alter table {table} disable trigger {trigger}")).await?;
        }
        let tables: Vec<_> = TABLES.iter().map(ToString::to_string).collect();
        let (mut drop, mut keys, mut indexes, mut references) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        // References are dropped first, because a key can't be dropped while a reference needs it.
        let constraints = sqlx::query!(
            r#"select conrelid::regclass::text as "table!", quote_ident(conname) as "name!", pg_get_constraintdef(oid) as "definition!",
                   contype = 'f' as "is_reference!"
               from pg_constraint
               where contype in ('f', 'p', 'u') and (conrelid = any($1::text[]::regclass[]) or confrelid = any($1::text[]::regclass[]))
               order by contype, conrelid, conname"#,
            &tables
        );
        for found in constraints.fetch_all(&mut *db).await? {
            drop.push(format!("alter table {} drop constraint {}", found.table, found.name));
            let back = format!("alter table {} add constraint {} {}", found.table, found.name, found.definition);
            if found.is_reference { references.push(back) } else { keys.push(back) }
        }
        let others = sqlx::query!(
            r#"select i.indexrelid::regclass::text as "name!", pg_get_indexdef(i.indexrelid) as "definition!" from pg_index i
               where i.indrelid = any($1::text[]::regclass[]) and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
               order by i.indrelid, i.indexrelid"#,
            &tables
        );
        for found in others.fetch_all(&mut *db).await? {
            drop.push(format!("drop index {}", found.name));
            indexes.push(found.definition);
        }
        for statement in drop {
            run(db, statement).await?;
        }
        Ok(Self([keys, indexes, references].concat()))
    }

    /// Creates everything again and enables the triggers.
    pub async fn restore(self, db: &mut PgConnection) -> sqlx::Result<()> {
        run(db, "set local maintenance_work_mem = '512MB'".to_owned()).await?;
        let (mut logged_at, total) = (Instant::now(), self.0.len());
        for (index, statement) in self.0.into_iter().enumerate() {
            run(db, statement).await?;
            if logged_at.elapsed() > LOG_EVERY {
                logged_at = Instant::now();
                tracing::info!(done = index + 1, total, "demo data: creating keys, indexes and references");
            }
        }
        for (table, trigger) in TRIGGERS {
            run(db, format!("alter table {table} enable trigger {trigger}")).await?;
        }
        Ok(())
    }
}

/// Posts everything that was copied, as the triggers would have done.
pub async fn post(db: &mut PgConnection) -> sqlx::Result<()> {
    for table in TABLES {
        run(db, format!("analyze {table}")).await?;
    }
    sqlx::query!("select post_history()").fetch_one(db).await?;
    Ok(())
}

/// Checks the rules that the triggers would have ensured, and lets the numbers of new orders follow those of the
/// generated ones.
pub async fn check(db: &mut PgConnection, customers: u64) -> Result<(), SeedError> {
    for (rule, count_broken) in CHECKS {
        if sqlx::query_scalar::<_, i64>(count_broken).fetch_one(&mut *db).await? > 0 {
            return Err(SeedError::BrokenRule(rule));
        }
    }
    let last = i64::try_from(customers * orders::MAX_ORDERS).unwrap_or(i64::MAX);
    sqlx::query!("select setval('order_number', $1)", last.max(1)).fetch_one(db).await?;
    Ok(())
}

/// Updates the statistics that the query planner of PostgreSQL uses.
pub async fn analyze(db: &sqlx::PgPool) -> sqlx::Result<()> {
    for table in TABLES.iter().chain(&["app_user", "product"]) {
        sqlx::query(sqlx::AssertSqlSafe(format!("analyze {table}"))).execute(db).await?;
    }
    Ok(())
}

async fn run(db: &mut PgConnection, statement: String) -> sqlx::Result<()> {
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(db).await?;
    Ok(())
}
