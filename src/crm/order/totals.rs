//! Describes the sums of orders, and what is left to pay of them by how long it is overdue.

use serde_json::{Map, Value as Json};

use super::read::READ;
use crate::kernel::error::Error;
use crate::kernel::read::describe::{Edge, Entity, Field, Figure, FigureScope, Root, RootKind, Type};

/// Describes the sums.
pub fn describe_all() -> Vec<Entity> {
    vec![describe(), describe_currency()]
}

fn describe() -> Entity {
    Entity::part("OrderTotals", "Sums of orders, and what is left to pay of them.", "(select) {t}")
        .fields([
            Field::new("asOf", Type::DateTime, "{now}", "The moment of the numbers."),
            Field::new(
                "orders",
                Type::Int,
                "coalesce((select sum(a.orders)::integer from order_sum a), 0)",
                "How many orders there are.",
            ),
        ])
        .edges([Edge::few(
            "currencies",
            "OrderCurrencyTotals",
            "true",
            "{t}.currency",
            "The sums for each currency that occurs. Amounts of different currencies are never added.",
        )])
}

fn describe_currency() -> Entity {
    let money = |name, sql, doc| Field::new(name, Type::Money("{t}.currency"), sql, doc);
    Entity::part(
        "OrderCurrencyTotals",
        "Sums of orders in one currency. Orders that were cancelled or refunded count in `orders`, `totalAmount` and `paidAmount`; \
         nothing is left to pay of them.",
        "order_sum {t}",
    )
    .fields([
        Field::new("currency", Type::Text, "{t}.currency", "The currency."),
        Field::new("orders", Type::Int, "{t}.orders::integer", "How many orders there are."),
        money("totalAmount", "{t}.total::numeric(20, 2)", "The sum of their totals."),
        money("paidAmount", "{t}.paid::numeric(20, 2)", "The sum of their payments. Refunds do not change it."),
        money("openAmount", "{t}.open::numeric(20, 2)", "What is left to pay (应收账款)."),
        money(
            "unscheduledAmount",
            "({t}.open - {t}.scheduled)::numeric(20, 2)",
            "The part of `openAmount` without instalments: nobody has said when it is due.",
        ),
        money("notDueAmount", "{t}.not_due::numeric(20, 2)", "The part of `openAmount` that is due today or later."),
        money("overdueAmount", "{t}.overdue::numeric(20, 2)", "The part of `openAmount` that was due before today, in the business time zone."),
        money("overdue30Amount", "{t}.overdue_30::numeric(20, 2)", "The part of `overdueAmount` that is at most 30 days overdue."),
        money("overdue60Amount", "{t}.overdue_60::numeric(20, 2)", "The part of `overdueAmount` that is 31 to 60 days overdue."),
        money("overdue90Amount", "{t}.overdue_90::numeric(20, 2)", "The part of `overdueAmount` that is 61 to 90 days overdue."),
        money("overdueLongerAmount", "{t}.overdue_longer::numeric(20, 2)", "The part of `overdueAmount` that is more than 90 days overdue."),
    ])
}

/// The root field of the sums.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "orderTotals",
        doc: "The sums of the orders that you may see, and what is left to pay of them by how long it is overdue (应收账龄), by \
              currency. Null if you may see no orders.",
        kind: RootKind::Figure(Figure {
            of: "OrderTotals",
            read: Some(READ),
            through: &[],
            facts: Some("Order"),
            arguments: &[],
            tables,
        }),
    }]
}

/// The orders with what is left to pay of each, and of each of their instalments, added up by currency.
fn tables(scope: &mut FigureScope<'_, '_>, _: &Map<String, Json>) -> Result<String, Error> {
    let (from, on, o, _) = scope.facts()?;
    let today = scope.render("{today}::date", &o);
    Ok(format!(
        "sold as (
             select {o}.id, {o}.currency, {o}.total_amount as total, {o}.paid_amount as paid, {o}.next_due_on,
                    case when {o}.closed_at is null then {o}.total_amount - {o}.paid_amount else 0 end as open
             from {from} where {on}),
         due as (
             select d.id, sum(d.rest) as scheduled, coalesce(sum(d.rest) filter (where d.days <= 0), 0) as not_due,
                    coalesce(sum(d.rest) filter (where d.days > 0), 0) as overdue,
                    coalesce(sum(d.rest) filter (where d.days between 1 and 30), 0) as overdue_30,
                    coalesce(sum(d.rest) filter (where d.days between 31 and 60), 0) as overdue_60,
                    coalesce(sum(d.rest) filter (where d.days between 61 and 90), 0) as overdue_90,
                    coalesce(sum(d.rest) filter (where d.days > 90), 0) as overdue_longer
             from (select s.id, {today} - i.due_on as days,
                          greatest(least(i.amount, sum(i.amount) over (partition by i.order_id order by i.position) - s.paid), 0) as rest
                   from sold s join instalment i on i.order_id = s.id
                   where s.next_due_on is not null) d
             group by d.id),
         order_sum as (
             select s.currency, count(*) as orders, sum(s.total) as total, sum(s.paid) as paid, sum(s.open) as open,
                    coalesce(sum(d.scheduled), 0) as scheduled, coalesce(sum(d.not_due), 0) as not_due,
                    coalesce(sum(d.overdue), 0) as overdue, coalesce(sum(d.overdue_30), 0) as overdue_30,
                    coalesce(sum(d.overdue_60), 0) as overdue_60, coalesce(sum(d.overdue_90), 0) as overdue_90,
                    coalesce(sum(d.overdue_longer), 0) as overdue_longer
             from sold s left join due d on d.id = s.id group by s.currency)"
    ))
}
