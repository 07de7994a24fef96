//! What all figures share, and those that are counted over a period: win rates and performance.

use super::asked::{ARGUMENTS, Asked, RANKED};
use super::cells::{figure, ranked, tables};
use super::measure::{Adds, Measure, Metric, count, frame, group, leaked, metrics as of, money, ranked_frame, rate};
use crate::crm::followup::record::MAX_BACKDATING;
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, Root, RootKind, Type};

static SOURCE: Enum = Enum {
    name: "FigureSource",
    doc: "From what a figure was computed. The numbers are the same.",
    values: &[
        ("KEPT", "From kept sums, and the facts that are not in them yet."),
        ("ROWS", "From the facts themselves."),
    ],
};

/// SQL of one end of Wilson's interval of 95 %.
macro_rules! wilson {
    ($sign:literal) => {
        concat!(
            "(select round(((p + 3.8416 / (2 * n) ",
            $sign,
            " 1.96 * sqrt(greatest(p * (1 - p), 0) / n + 3.8416 / (4 * n * n))) / (1 + 3.8416 / n))::numeric, 4) \
             from (select {t}.hits::numeric / nullif({t}.total, 0) as p, nullif({t}.total, 0)::numeric as n) w)"
        )
    };
}

/// The first day that facts can still be added to.
fn settled_before() -> &'static str {
    let days = MAX_BACKDATING.num_days();
    leaked(format!("(select ({{now}} at time zone s.time_zone)::date - {days} from sales_analysis_state s)"))
}

fn describe_shared() -> Vec<Entity> {
    vec![
        Entity::part("FigureBasis", "What the answer of a figure rests on.", "(select) {t}").fields([
            Field::new("asOf", Type::DateTime, "{now}", "The moment of the answer. All that was committed before is in it."),
            Field::new("position", Type::Text, "(select coalesce(max(position), 0)::text from posting)", "The last fact of the ledger that is in it. All figures of one request have the same."),
            Field::new("fresh", Type::Int, "(select count(*) from posting_outbox)::integer", "How many facts that have no position yet are in it, too."),
            Field::new("source", Type::Enum(&SOURCE), "(select source from asked)", "From what it was computed."),
            Field::new("isExact", Type::Boolean, "true", "Whether the numbers are exact. No figure is an estimate."),
            Field::new("from", Type::Date, "(select starts from asked)", "The first day."),
            Field::new("to", Type::Date, "(select ends from asked)", "The last day."),
            Field::new("timeZone", Type::Text, "(select time_zone from sales_analysis_state)", "The business time zone, whose days are meant."),
            Field::new("isComplete", Type::Boolean, "(select ends < ({now} at time zone s.time_zone)::date from asked, sales_analysis_state s)", "Whether the last day is over."),
            Field::new("settledBefore", Type::Date, settled_before(), "Days before this one can't change any more by follow-ups and orders that are written down late."),
        ]),
        Entity::part("FigureKey", "The group that numbers belong to.", "(select {p}.period, {p}.key, a.by from asked a) {t}")
            .fields([
                Field::new("period", Type::Date, "{t}.period", "The first day of the period. Null without `per`, and in the total.").nullable(),
                Field::new("value", Type::Text, "case when {t}.by not in ('', 'User', 'Team') then {t}.key end", "The code of the attribute or the stage, the first day of the month, or the id in the database; empty where there is none. Null without `by`, by user or team, and in the total.").nullable(),
            ])
            .edges([
                Edge::to_one("user", "User", "{t}.id = case when {p}.by in ('User', 'Team') then nullif({p}.key, '')::uuid end", "The user, or the report whose team it is, if you may see them. Null for what is nobody's."),
                Edge::to_one("stage", "OpportunityStage", "{t}.code = case when {p}.by = 'Stage' then {p}.key end", "The stage."),
                Edge::to_one("product", "Product", "{t}.id = case when {p}.by = 'Product' then nullif({p}.key, '')::uuid end", "The product, if you may see it."),
                Edge::to_one("poolRule", "PoolRule", "{t}.id = case when {p}.by = 'PoolRule' then nullif({p}.key, '')::uuid end", "The pool rule, if you may see it."),
            ]),
        Entity::part("Rate", "A share, with how sure it is.", "(select 0::bigint as hits, 0::bigint as total) {t}").fields([
            Field::new("hits", Type::Int, "{t}.hits", "How many of them."),
            Field::new("of", Type::Int, "{t}.total", "Of how many."),
            Field::new("value", Type::Decimal, "round({t}.hits::numeric / nullif({t}.total, 0), 4)", "From 0 to 1, with four decimals. Null of none.").nullable(),
            Field::new("low", Type::Decimal, wilson!("-"), "The lower end of the interval in which the share lies in 95 of 100 cases (Wilson). Null of none.").nullable(),
            Field::new("high", Type::Decimal, wilson!("+"), "The upper end of that interval. Null of none.").nullable(),
            Field::new("isFew", Type::Boolean, "{t}.total < 20", "Whether it is of fewer than 20, and says little."),
        ]),
        Entity::part("FigureAmount", "An amount in one currency. Amounts of different currencies are never added.", "(select '' as currency, 0 as amount) {t}").fields([
            Field::new("amount", Type::Decimal, "{t}.amount::numeric(20, 2)", "The amount, with two decimals."),
            Field::new("currency", Type::Text, "{t}.currency", "The currency: three letters of ISO 4217."),
        ]),
    ]
}

const WON: Measure =
    count("won", "Opportunities that were won in the period, and still are.", "subject = 'OUTCOME' and detail = 'WON'");
const LOST: Measure = count(
    "lost",
    "Opportunities that were lost in the period, and still are.",
    "subject = 'OUTCOME' and detail = 'LOST'",
);
const WON_AMOUNTS: Measure = money(
    "wonAmounts",
    "The amounts of the won opportunities, when they were closed.",
    "subject = 'OUTCOME' and detail = 'WON'",
);

static WIN_RATE: [Measure; 8] = [
    WON,
    LOST,
    count("void", "Opportunities that became void. They are in no rate.", "subject = 'OUTCOME' and detail = 'VOID'"),
    WON_AMOUNTS,
    money("lostAmounts", "The amounts of the lost opportunities, when they were closed.", "subject = 'OUTCOME' and detail = 'LOST'"),
    count("unpriced", "Won opportunities without an amount.", "subject = 'OUTCOME' and detail = 'WON' and currency = ''"),
    count("daysToWin", "The mean time from the creation to the win, in days of 24 hours (sales cycle, 销售周期). Open ones are not in it.", "subject = 'OUTCOME' and detail = 'WON'").adding(Adds::Days),
    count("daysToLose", "The mean time from the creation to the loss, in days of 24 hours.", "subject = 'OUTCOME' and detail = 'LOST'").adding(Adds::Days),
];
const WIN_RATE_DOC: &str = "The share of the won among the won and the lost.";

static PERFORMANCE: [Measure; 16] = [
    count(
        "followUps",
        "Follow-ups, at the time of the talk; without those that the program wrote for orders.",
        "subject = 'FOLLOW_UP' and detail <> 'ORDER'",
    ),
    count(
        "newCustomers",
        "Customers that were created, for the user or in the pool; without those whose import was undone.",
        "subject in ('HAND', 'POOL', 'UNDONE') and detail like 'CREATE:%'",
    ),
    count(
        "claims",
        "Customers that were claimed from the pool. Claimed again, they count again.",
        "subject in ('HAND', 'UNDONE') and detail like 'CLAIM:%'",
    ),
    count(
        "assigned",
        "Customers that a superior assigned; without what was undone.",
        "subject in ('HAND', 'UNDONE') and detail = 'ASSIGN:MANAGER'",
    ),
    count(
        "transferredIn",
        "Customers that came from another owner; without what was undone.",
        "subject in ('HAND', 'UNDONE') and detail in ('TRANSFER_IN:MANAGER', 'TRANSFER_IN:DEPARTURE')",
    ),
    count(
        "transferredOut",
        "Customers that went to another owner; without what was undone.",
        "subject in ('HAND', 'UNDONE') and detail in ('TRANSFER_OUT:MANAGER', 'TRANSFER_OUT:DEPARTURE')",
    )
    .adding(Adds::MinusN),
    count(
        "releases",
        "Customers that their owner released to the pool.",
        "subject in ('HAND', 'UNDONE') and detail like 'RELEASE:%'",
    )
    .adding(Adds::MinusN),
    count(
        "reclaims",
        "Customers that were taken from their owner by a superior, a rule or a departure; without what was undone.",
        "subject in ('HAND', 'UNDONE') and detail in ('RECLAIM:MANAGER', 'RECLAIM:RULE', 'RECLAIM:DEPARTURE')",
    )
    .adding(Adds::MinusN),
    WON,
    LOST,
    WON_AMOUNTS,
    count("orders", "Orders, less those that were called off, each on its own day.", "subject = 'BOOK'"),
    money(
        "booked",
        "What was ordered (合同额): orders and changes of their lines, less what was called off, each on its own day.",
        "subject = 'BOOK'",
    ),
    money("calledOff", "What was cancelled or refunded.", "subject = 'BOOK' and detail in ('CANCEL', 'REFUND')")
        .adding(Adds::MinusAmount),
    money("received", "What was paid (回款), less what was paid back.", "subject = 'CASH'"),
    count(
        "owned",
        "Customers that are owned at the end of the last day; archived ones are not. With `per`: what changed in the period.",
        "subject = 'HAND' and (is_before or not is_before)",
    ),
];

/// Describes what all figures share, win rates and performance.
pub fn describe_all() -> Vec<Entity> {
    let won = "(select {p}.won as hits, {p}.won + {p}.lost as total) {t}";
    let mut all = describe_shared();
    all.extend([
        frame("WinRates", "How the opportunities ended that were decided in a period, to the credit of who had them then.", "WinRateGroup"),
        group("WinRateGroup", "The ends of a group.", &WIN_RATE).edges([rate("rate", won, WIN_RATE_DOC)]),
        ranked_frame(
            "Performance",
            "What users did, and what came of it, each to the credit of who did it then.",
            "PerformanceGroup",
        ),
        group("PerformanceGroup", "What a group did.", &PERFORMANCE)
            .edges([rate("winRate", won, WIN_RATE_DOC)])
            .fields([Field::new("rank", Type::Int, "{t}.rank", "The place in the period, by `rankBy`; equal values share a place. Null in the total, and for what is nobody's.").nullable()]),
    ]);
    all
}

/// The root fields.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "winRate",
            doc: "How many of the opportunities that were decided in the period were won (赢单率). An opportunity that was opened again counts nowhere until it ends again. Null if you may not view figures.",
            kind: RootKind::Figure(figure("WinRates", ARGUMENTS, |scope, arguments| {
                tables(scope, &Asked::read(arguments)?, &["OUTCOME"], &[], &WIN_RATE)
            })),
        },
        Root {
            name: "performance",
            doc: "What users or teams did in the period (业绩): follow-ups, customers got and lost, wins, orders and money. Null if you may not view figures.",
            kind: RootKind::Figure(figure("Performance", RANKED, |scope, arguments| {
                let asked = Asked::read(arguments)?;
                let subjects = ["FOLLOW_UP", "HAND", "POOL", "UNDONE", "OUTCOME", "BOOK", "CASH"];
                let balances: &[&str] = if asked.per.is_some() { &[] } else { &["HAND"] };
                let tables = tables(scope, &asked, &subjects, balances, &PERFORMANCE)?;
                Ok([tables, ranked(scope, arguments)].concat())
            })),
        },
    ]
}

/// Their metrics.
pub fn metrics() -> Vec<Metric> {
    let formula = "won ÷ (won + lost)";
    let mut all = of("winRate", &WIN_RATE, &[("rate", WIN_RATE_DOC, formula)]);
    all.extend(of("performance", &PERFORMANCE, &[("winRate", WIN_RATE_DOC, formula)]));
    all
}
