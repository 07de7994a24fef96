//! Describes ownership as of a day: who had which customers at its end.

use super::asked::{AS_OF, Asked, KnownOf};
use super::cells::{figure, key};
use super::measure::{Metric, frame, group, metric};
use super::read::{READ, in_team};
use crate::kernel::access::Scope;
use crate::kernel::error::Error;
use crate::kernel::read::describe::{Edge, Entity, Field, Figure, FigureScope, Root, RootKind, Type};
use crate::kernel::sql::Arg;

/// The name of the entity of a customer and who had it.
const HELD: &str = "OwnedCustomer";

const OWNED: &str = "Customers that the users had at the end of the day; archived ones are nobody's.";

/// Describes the figure.
pub fn describe_all() -> Vec<Entity> {
    vec![
        frame("Ownership", "Who had which customers at the end of a day: those whom you may see now, and those who were below you then.", "OwnershipGroup")
            .edges([Edge::few(
                "customers",
                HELD,
                "true",
                "{t}.since desc, {t}.customer_id",
                "The customers, those that came last first: the first 1,000 of `total`. Ask with `teamOf` for those of one user.",
            )
            .out_of("(select * from seen order by since desc, customer_id limit 1000) {t}")]),
        group("OwnershipGroup", "What a group of users had, or of customers.", &[])
            .fields([Field::new("owned", Type::Int, "{t}.owned", OWNED)]),
        Entity { read: Some(READ), ..Entity::part(HELD, "A customer that a user had at the end of a day.", "held {t}") }
            .fields([
                Field::new("since", Type::DateTime, "{t}.since", "Since when the user had it."),
                Field::new("by", Type::Text, "{t}.detail", "How the user got it: the operation and its cause, as the `detail` of the fact says it (`CLAIM:MANUAL`)."),
            ])
            .edges([
                Edge::to_one("user", "User", "{t}.id = {p}.user_id", "The user, if you may see them."),
                Edge::to_one("customer", "Customer", "{t}.id = (select coalesce(m.merged_into, m.id) from customer m where m.id = {p}.customer_id)", "The customer as it is today, if you may see it; if it was merged since, the one that stays."),
            ]),
    ]
}

/// The tables. Whose team somebody is in is that of the end of the day, so the scopes are tested with the place that the user had then.
fn tables(scope: &mut FigureScope<'_, '_>, asked: &Asked) -> Result<String, Error> {
    let to = scope.bind(Arg::Date(asked.to));
    let (facts, end) = asked.hands(scope, &to);
    // Those who may not know everything may know of nobody who was never below them.
    let whose = if scope.scopes().contains(Scope::All) {
        String::new()
    } else {
        let below = "select l.user_id from placement l where l.user_id = {me} or l.above @> array[{me}]::uuid[]";
        format!(" and f.user_id in ({})", scope.render(below, ""))
    };
    let (from, mut on, held) = scope.seen_beyond(HELD, &[]);
    if let Some(manager) = asked.team_of {
        let manager = scope.bind(Arg::Uuid(manager));
        on = format!("{on} and {held}.placement_id{}", in_team(&manager));
    }
    let key = key(scope, asked, &held, "c");
    Ok(format!(
        "{}, \
         balance as (\
             select f.user_id, f.customer_id, max(f.at) filter (where f.n > 0) as since, \
                    (array_agg(f.detail order by f.at desc) filter (where f.n > 0))[1] as detail \
             from {facts}{whose} group by 1, 2 having sum(f.n) > 0), \
         place as materialized (\
             select u.user_id, l.id as placement_id, l.above from (select distinct user_id from balance) u \
             join placement l on l.user_id = u.user_id and l.above = managers_above(u.user_id, {end})), \
         held as (select b.*, p.placement_id, p.above from balance b join place p using (user_id)), \
         seen as materialized (\
             select {held}.*, {key} as key from {from} join customer m on m.id = {held}.customer_id \
             join customer c on c.id = coalesce(m.merged_into, m.id) where {on}), \
         grouped as (select null::date as period, key, count(*) as owned from seen group by key), \
         total as (select null::date as period, null::text as key, count(*) as owned from seen)",
        asked.table("ROWS", &to, &to),
    ))
}

/// The root field.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "ownership",
        doc: "How many customers each user or team had at the end of a day, and which. A team is everybody who was below its manager on that day. Null if you may not view figures.",
        kind: RootKind::Figure(Figure {
            facts: None,
            ..figure("Ownership", AS_OF, |scope, arguments| {
                let asked = Asked::read(arguments)?;
                asked.check_group(&[KnownOf::Users, KnownOf::Customers], "ownership", "客户归属")?;
                tables(scope, &asked)
            })
        }),
    }]
}

/// Its metric.
pub fn metrics() -> Vec<Metric> {
    let formula = "customers and users with Σ n [subject = 'HAND' and (is_before or not is_before)] > 0";
    vec![Metric { additivity: "LAST", ..metric("ownership", "owned", OWNED, formula, "COUNT") }]
}
