//! Describes what customers have brought: lifetime value, and cohorts of customers by their first order.

use super::asked::{AS_OF, Asked, KnownOf};
use super::cells::{figure, selected};
use super::measure::{Measure, Metric, amounts, count, frame, group, leaked, metric, metrics as of, money, rate};
use crate::kernel::read::describe::{Edge, Entity, Field, Root, RootKind, Type};
use crate::kernel::sql::Arg;

static VALUE: [Measure; 4] = [
    count("orders", "Orders that were not called off.", "subject = 'BOOK'"),
    money("booked", "What they ordered (合同额), less what was called off.", "subject = 'BOOK'"),
    money("received", "What they paid (回款), less what was paid back.", "subject = 'CASH'"),
    money(
        "lastYear",
        "What they ordered in the last 365 days, less what was called off in them.",
        "subject = 'BOOK' and at is in the last 365 days",
    ),
];

const CUSTOMERS: &str = "Customers with an order that was not called off. A merged customer is the one that stays.";
const AVERAGE: &str = "`booked` by the orders in the currency.";
const PER_CUSTOMER: &str = "`booked` by `customers`: the value of a customer so far (客户生命周期价值).";
const PER_YEAR: &str =
    "The orders of a customer in a year: by the time since the first order of each, which counts as 365 days at least.";

/// How many quarters of first orders there are cohorts of, with the one of the last day.
const COHORTS: usize = 12;

/// Describes the figure.
pub fn describe_all() -> Vec<Entity> {
    let cell = "a.began = {p}.began and a.after = {p}.after and a.amount <> 0";
    let of_cell = |name, amount: &str, doc| {
        let from = format!("(select a.currency, {amount} as amount from cohort_amount a where {cell}) {{t}}");
        Edge::few(name, "FigureAmount", "true", "{t}.currency", doc).out_of(leaked(from))
    };
    vec![
        frame("LifetimeValues", "What customers have brought until the end of a day. It is a fact, and no forecast.", "LifetimeValueGroup").edges([
            Edge::few("cohorts", "LifetimeCohort", "true", "{t}.began", leaked(format!(
                "All customers of the answer by the quarter of their first order: the last {COHORTS} quarters that have some."
            ))),
        ]),
        group("LifetimeValueGroup", "What the customers of a group have brought.", &VALUE)
            .fields([
                Field::new("customers", Type::Int, "{t}.customers", CUSTOMERS),
                Field::new("ordersPerYear", Type::Decimal, "{t}.orders_per_year", PER_YEAR).nullable(),
            ])
            .edges([
                amounts("averageOrder", "average", AVERAGE),
                amounts("perCustomer", "per_customer", PER_CUSTOMER),
            ]),
        Entity::part("LifetimeCohort", "The customers whose first order was in a quarter.", "cohort_size {t}")
            .fields([
                Field::new("began", Type::Date, "{t}.began", "The first day of the quarter."),
                Field::new("customers", Type::Int, "{t}.customers", "How many they are."),
            ])
            .edges([Edge::few("cells", "LifetimeCell", "true", "{t}.after", "The quarters since then.")
                .out_of("(select * from cohort_cell x where x.began = {p}.began) {t}")]),
        Entity::part("LifetimeCell", "A quarter of a cohort.", "cohort_cell {t}")
            .fields([
                Field::new("after", Type::Int, "{t}.after", "How many quarters after the first order it is, from 0."),
                Field::new("isComplete", Type::Boolean, "{t}.is_complete", "Whether the quarter is over."),
            ])
            .edges([
                of_cell("booked", "a.amount", "What they ordered until the end of the quarter, less what was called off."),
                of_cell("perCustomer", "a.amount / {p}.customers", "The same by the customers of the cohort."),
                rate("again", "(select {p}.again as hits, {p}.customers as total) {t}", "The share that ordered a second time until the end of the quarter."),
            ]),
    ]
}

/// The tables: facts, the customers who bought with their counting orders, sums by group, and cohorts.
fn tables(asked: &str, facts: &str, now: &str, to: &str) -> String {
    let amounts = [
        ("booked", "v.booked"),
        ("received", "v.received"),
        ("lastYear", "v.last_year"),
        ("average", "v.booked / nullif(v.orders, 0)"),
        ("per_customer", "v.booked / nullif(b.customers, 0)"),
    ];
    let columns: String = amounts.iter().map(|(name, _)| format!(", v.\"{name}_currency\", v.\"{name}\"")).collect();
    let sums: String = amounts
        .iter()
        .map(|(name, amount)| {
            let present = format!("filter (where {amount} <> 0 and v.currency <> '')");
            format!(
                ", array_agg(v.currency order by v.currency) {present} as \"{name}_currency\", \
                 array_agg({amount} order by v.currency) {present} as \"{name}\""
            )
        })
        .collect();
    format!(
        "{asked}, \
         fact as materialized (select * from ({facts}) f where f.day <= {to}), \
         bought as materialized (\
             select grouping(key) = 1 as is_total, key, customer_id, order_id, min(day) as day from fact where subject = 'BOOK' \
             group by grouping sets ((key, customer_id, order_id), (customer_id, order_id)) having sum(n) > 0), \
         buyer as materialized (\
             select is_total, key, customer_id, count(*) as orders, min(day) as first_day, (array_agg(day order by day))[2] as second_day \
             from bought group by is_total, key, customer_id), \
         buyers as (\
             select is_total, key, count(*) as customers, sum(orders)::bigint as orders, sum(greatest({to}::date - first_day, 365)) as days \
             from buyer group by is_total, key), \
         value as (\
             select grouping(key) = 1 as is_total, key, currency, sum(amount) filter (where subject = 'BOOK') as booked, \
                    sum(amount) filter (where subject = 'CASH') as received, sum(n) filter (where subject = 'BOOK') as orders, \
                    sum(amount) filter (where subject = 'BOOK' and day > {to}::date - 365) as last_year \
             from fact group by grouping sets ((key, currency), (currency))), \
         valued as materialized (\
             select v.is_total, v.key, coalesce(max(b.customers), 0)::bigint as customers, coalesce(max(b.orders), 0)::bigint as orders, \
                    round(max(b.orders) * 365::numeric / nullif(max(b.days), 0), 2) as orders_per_year{sums} \
             from value v left join buyers b on b.is_total = v.is_total and coalesce(b.key, '') = coalesce(v.key, '') \
             group by v.is_total, v.key), \
         grouped as (\
             select null::date as period, v.* from valued v \
             where not is_total and (customers > 0 or \"booked\" is not null or \"received\" is not null)), \
         total as (\
             select null::date as period, null::text as key, coalesce(v.customers, 0) as customers, coalesce(v.orders, 0) as orders, \
                    v.orders_per_year{columns} from (select) x left join valued v on v.is_total), \
         cohort as materialized (\
             select date_trunc('quarter', first_day)::date as began, customer_id, second_day from buyer where is_total), \
         cohort_size as materialized (\
             select began, count(*) as customers from cohort \
             where began > date_trunc('quarter', {to}::date) - interval '{} months' group by began), \
         cohort_cell as materialized (\
             select s.began, s.customers, q.after, q.ends < ({now} at time zone z.time_zone)::date and q.ends <= {to}::date as is_complete, \
                    (select count(*) from cohort c where c.began = s.began and c.second_day <= q.ends) as again \
             from cohort_size s, sales_analysis_state z, \
                  lateral (select a as after, (s.began + (a + 1) * interval '3 months')::date - 1 as ends \
                           from generate_series(0, {COHORTS} - 1) a where s.began + a * interval '3 months' <= {to}::date) q), \
         cohort_amount as materialized (\
             select x.began, x.after, v.currency, sum(v.amount) as amount \
             from cohort_cell x join (\
                 select c.began, f.currency, date_trunc('quarter', f.day)::date as quarter, sum(f.amount) as amount \
                 from fact f join cohort c using (customer_id) where f.subject = 'BOOK' group by 1, 2, 3) v \
             on v.began = x.began and v.quarter <= x.began + x.after * interval '3 months' group by 1, 2, 3)",
        3 * COHORTS,
    )
}

/// The root field.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "lifetimeValue",
        doc: "What customers have brought until the end of a day (客户生命周期价值): by the credit of who sold, with cohorts by the quarter of the first order. Null if you may not view figures.",
        kind: RootKind::Figure(figure("LifetimeValues", AS_OF, |scope, arguments| {
            let asked = Asked::read(arguments)?;
            asked.check_group(&[KnownOf::Users, KnownOf::Customers], "the value of customers", "客户价值")?;
            // All facts until the day count, so both kinds are read as balances are.
            let subjects = ["BOOK", "CASH"];
            let facts = selected(scope, &asked, &subjects, &subjects, "true", "{t}.order_id, {c}.id as customer_id")?;
            let (now, to) = (scope.render("{now}", ""), scope.bind(Arg::Date(asked.to)));
            Ok(tables(&asked.table("ROWS", &to, &to), &facts, &now, &to))
        })),
    }]
}

/// Its metrics.
pub fn metrics() -> Vec<Metric> {
    let more = [
        ("customers", CUSTOMERS, "customers of orders with Σ n [subject = 'BOOK'] > 0", "COUNT"),
        ("ordersPerYear", PER_YEAR, "orders ÷ Σ max(days since the first order, 365) × 365", "COUNT"),
        ("averageOrder", AVERAGE, "booked ÷ orders", "MONEY"),
        ("perCustomer", PER_CUSTOMER, "booked ÷ customers", "MONEY"),
    ];
    let more = more.map(|(name, doc, formula, unit)| metric("lifetimeValue", name, doc, formula, unit));
    of("lifetimeValue", &VALUE, &[]).into_iter().chain(more).collect()
}
