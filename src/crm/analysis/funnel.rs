//! Describes the funnel: how far opportunities came, and what moved.

use std::fmt::Write;

use super::asked::{ARGUMENTS, Asked, FunnelMode, KnownOf, chosen};
use super::cells::{figure, tables};
use super::measure::{ANSWERED, Measure, Metric, count, frame, group, metrics as of, rate};
use crate::kernel::read::describe::{Edge, Entity, Field, Root, RootKind, Type};

static COHORT: [Measure; 4] = [
    count(
        "entered",
        "Opportunities that were created in the period, to the credit of their first owners.",
        "subject = 'COHORT'",
    ),
    count("won", "Of them, those that are won now.", "subject = 'COHORT' and split_part(detail, '=', 2) = 'WON'"),
    count("lost", "Of them, those that are lost now.", "subject = 'COHORT' and split_part(detail, '=', 2) = 'LOST'"),
    count("void", "Of them, those that are void now.", "subject = 'COHORT' and split_part(detail, '=', 2) = 'VOID'"),
];

const WON_DOC: &str = "The share of the created ones that are won now (转化率). Of a recent period it still grows, because many are open.";

/// Describes the funnel and its steps.
pub fn describe_all() -> Vec<Entity> {
    let moves = |name, sql, doc| Field::new(name, Type::Int, sql, doc);
    vec![
        frame("SalesFunnel", "How far the opportunities came that were created in a period, as of now.", "SalesFunnelGroup"),
        group("SalesFunnelGroup", "The funnel of a group.", &COHORT).edges([
            rate("conversion", "(select {p}.won as hits, {p}.entered as total) {t}", WON_DOC),
            Edge::few("steps", "FunnelStep", "true", "{t}.place", "The open stages, in the order of today.")
                .out_of("(select * from step s where s.period is not distinct from {p}.period and s.key is not distinct from {p}.key) {t}"),
        ]),
        Entity::part("FunnelStep", "A stage of the funnel.", "step {t}")
            .fields([
                Field::new("count", Type::Int, "{t}.reached", "How many of the created opportunities the stage counts, by `mode`."),
                moves("arrivals", "{t}.arrivals", "How often opportunities came to the stage in the period, whenever they were created, to the credit of who had them then."),
                moves("forward", "{t}.forward", "How often they left it in the period for a later open stage."),
                moves("back", "{t}.back", "How often they left it in the period for an earlier open stage."),
                moves("won", "{t}.won", "How often they left it in the period because they were won."),
                moves("lost", "{t}.lost", "How often they left it in the period because they were lost."),
                moves("void", "{t}.void", "How often they left it in the period because they were void."),
                Field::new("daysInStage", Type::Decimal, "{t}.days", "The mean time that those had been in the stage without interruption that left it in the period, in days of 24 hours. Null if none left.").nullable(),
            ])
            .edges([
                Edge::one("stage", "OpportunityStage", "{t}.code = {p}.code", "The stage."),
                rate("next", "(select {p}.next as hits, {p}.reached as total) {t}", "The share that the next stage counts; of the last stage, the share that is won."),
                rate("cumulative", "(select {p}.reached as hits, {p}.entered as total) {t}", "The share of all that were created."),
            ]),
    ]
}

/// The tables of the steps.
fn steps(is_strict: bool) -> String {
    let (reached, counts) = if is_strict {
        (
            "(select max(a.place) from stage a where a.active and (string_to_array(split_part(c.detail, '=', 1), '>'))\
              [1:(select count(*)::integer from stage b where b.active and b.place <= a.place)] = (select array_agg(b.code order by b.place) from stage b where b.active and b.place <= a.place))",
            "w.reached >= s.place",
        )
    } else {
        (
            "(select max(a.place) from stage a where a.code = any(string_to_array(split_part(c.detail, '=', 1), '>')))",
            "w.is_won or w.reached >= s.place",
        )
    };
    let won =
        if is_strict { "w.is_won and w.reached = (select max(place) from stage where active)" } else { "w.is_won" };
    let mut text = String::new();
    let _ = write!(
        text,
        ", stage as materialized (\
             select code, active, row_number() over (order by not active and not used, position, code) as place from (\
                 select s.*, s.active or exists (select from cell c where s.code in (c.stage, c.detail) or s.code = any(string_to_array(split_part(c.detail, '=', 1), '>'))) as used \
                 from opportunity_stage s where s.kind = 'OPEN') s where used), \
         way as materialized (\
             select c.period, c.key, split_part(c.detail, '=', 2) = 'WON' as is_won, {reached} as reached, sum(c.n) as n \
             from cell c where c.subject = 'COHORT' group by 1, 2, 3, 4), \
         move as materialized (\
             select c.period, c.key, c.detail as left_stage, c.stage as came_to, k.kind, sum(c.n) as n, sum(c.seconds) as seconds, \
                    (select place from stage where code = c.stage) > (select place from stage where code = c.detail) as is_forward \
             from cell c join opportunity_stage k on k.code = c.stage where c.subject = 'MOVE' group by 1, 2, 3, 4, 5), \
         passed as (\
             select w.period, w.key, s.code, sum(w.n)::bigint as entered, sum(w.n) filter (where {counts}) as reached, \
                    sum(w.n) filter (where {won}) as all_won \
             from way w cross join stage s group by grouping sets ((w.period, w.key, s.code), (s.code))), \
         moved as (\
             select m.period, m.key, s.code, sum(m.n) filter (where m.came_to = s.code) as arrivals, \
                    sum(m.n) filter (where m.left_stage = s.code and m.kind = 'OPEN' and m.is_forward) as forward, \
                    sum(m.n) filter (where m.left_stage = s.code and m.kind = 'OPEN' and not m.is_forward) as back, \
                    sum(m.n) filter (where m.left_stage = s.code and m.kind = 'WON') as won, \
                    sum(m.n) filter (where m.left_stage = s.code and m.kind = 'LOST') as lost, \
                    sum(m.n) filter (where m.left_stage = s.code and m.kind = 'VOID') as void, \
                    round(sum(m.seconds) filter (where m.left_stage = s.code) / nullif(sum(m.n) filter (where m.left_stage = s.code), 0) / 86400, 2) as days \
             from move m join stage s on s.code in (m.left_stage, m.came_to) \
             group by grouping sets ((m.period, m.key, s.code), (s.code))), \
         step as materialized (\
             select g.period, g.key, s.code, s.place, coalesce(f.entered, 0)::bigint as entered, coalesce(f.reached, 0)::bigint as reached, \
                    coalesce(m.arrivals, 0)::bigint as arrivals, coalesce(m.forward, 0)::bigint as forward, \
                    coalesce(m.back, 0)::bigint as back, coalesce(m.won, 0)::bigint as won, coalesce(m.lost, 0)::bigint as lost, \
                    coalesce(m.void, 0)::bigint as void, m.days, \
                    coalesce(lead(coalesce(f.reached, 0)::bigint) over w, coalesce(f.all_won, 0)::bigint) as next \
             from ((select period, key from {ANSWERED}) union all select null, null) g cross join stage s \
             left join passed f on f.code = s.code and {} \
             left join moved m on m.code = s.code and {} \
             window w as (partition by g.period, g.key order by s.place))",
        is_group("f"),
        is_group("m"),
    );
    text
}

/// Whether the rows of a table are those of the group `g`; the total has neither a period nor a key. It is an equality, so that
/// the tables are joined by a hash.
fn is_group(table: &str) -> String {
    let column = |name, none| format!("coalesce({table}.{name}, {none}) = coalesce(g.{name}, {none})");
    format!("{} and {}", column("period", "date '-infinity'"), column("key", "E'\\x01'"))
}

const MODE: (&str, &str, &str) = ("mode", "FunnelMode", "How a stage counts. If it is left out, it is REACHED.");
static FUNNEL_ARGUMENTS: [(&str, &str, &str); 7] =
    [ARGUMENTS[0], ARGUMENTS[1], ARGUMENTS[2], ARGUMENTS[3], ARGUMENTS[4], ARGUMENTS[5], MODE];

/// The root field.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "salesFunnel",
        doc: "The funnel (漏斗): how far the opportunities came that were created in the period, as of now; and what moved in the period. Null if you may not view figures.",
        kind: RootKind::Figure(figure("SalesFunnel", &FUNNEL_ARGUMENTS, |scope, arguments| {
            let asked = Asked::read(arguments)?;
            asked.check_group(&[KnownOf::Users, KnownOf::Customers, KnownOf::Opportunities], "a funnel", "漏斗")?;
            let mode = chosen(arguments, "mode").unwrap_or(FunnelMode::Reached);
            Ok([tables(scope, &asked, &["COHORT", "MOVE"], &[], &COHORT)?, steps(mode == FunnelMode::Strict)].concat())
        })),
    }]
}

/// Its metrics.
pub fn metrics() -> Vec<Metric> {
    of(
        "salesFunnel",
        &COHORT,
        &[
            ("conversion", WON_DOC, "won ÷ entered"),
            ("steps.next", "The share of a stage that the next one counts.", "count of the next stage ÷ count"),
            ("steps.cumulative", "The share of all created opportunities that a stage counts.", "count ÷ entered"),
        ],
    )
}
