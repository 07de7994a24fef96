//! The fields, edges and lists of targets, and what was attained of them.

use crate::crm::analysis;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

const READ: Permission = Permission::to(Action::Read, Resource::Target);

static MEASURE: Enum = Enum::of_inputs("TargetMeasure");

/// Facts of the user, or of everybody who was below the user at the time of the fact, of the month in the business time zone.
const ATTAINED: &str = "(select coalesce(sum(case when m.of_amount then f.amount else f.n end), 0)::numeric(20, 2)
     from (values ('BOOKED', 'BOOK', null, null, true), ('RECEIVED', 'CASH', null, null, true), ('WON_AMOUNT', 'OUTCOME', 'WON', null, true),
                  ('ORDERS', 'BOOK', null, null, false), ('WON', 'OUTCOME', 'WON', null, false), ('FOLLOW_UPS', 'FOLLOW_UP', null, 'ORDER', false))
              m (measure, subject, detail, not_detail, of_amount)
     cross join (select ({t}.month::timestamp) at time zone s.time_zone as starts, ({t}.month + interval '1 month') at time zone s.time_zone as ends
                 from sales_analysis_state s) p
     join sales_fact f on f.subject = m.subject and f.at >= p.starts and f.at < p.ends
     where m.measure = {t}.measure and (m.detail is null or f.detail = m.detail) and (m.not_detail is null or f.detail <> m.not_detail)
         and (f.user_id = {t}.user_id or {t}.of_team and f.above @> array[{t}.user_id])
         and ({t}.currency is null or f.currency = {t}.currency))";

/// Describes a target.
pub fn describe() -> Entity {
    Entity::node(
        "Target",
        "target",
        "What a user, or a user together with everybody below, shall attain in a month. Superiors set it (`setTargets`).",
        // Figures are seen by the place of the user in the tree.
        "(select t.*, (select l.id from placement l where l.user_id = t.user_id and l.above = managers_above(t.user_id, {now}) limit 1)
              as placement_id from sales_target t) {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("userId", Type::Id("user"), "{t}.user_id", "The id of the user.").filterable(),
        Field::new("ofTeam", Type::Boolean, "{t}.of_team", "Whether what everybody below the user attains counts, too.").filterable(),
        Field::new("month", Type::Date, "{t}.month", "The first day of the month, in the business time zone.").filterable(),
        Field::new("measure", Type::Enum(&MEASURE), "{t}.measure", "What is counted.").filterable(),
        Field::new("currency", Type::Text, "{t}.currency", "The currency of an amount; null of a count.").nullable().filterable(),
        Field::new("value", Type::Decimal, "trim_scale({t}.value)", "What shall be attained."),
        Field::new(
            "attained",
            Type::Decimal,
            ATTAINED,
            "What was attained so far: the number that `performance` has for the user, or for the team at the time of the facts, in this \
             month and currency. Null if you may not view these figures.",
        )
        .nullable()
        .masked(analysis::READ, "null::numeric"),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When it was set last."),
    ])
    .edges([
        Edge::to_one("user", "User", "{t}.id = {p}.user_id", "The user. Null if you may not see them."),
        Edge::to_one("setBy", "User", "{t}.id = {p}.set_by", "The user who set it last. Null if you may not see them."),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "MONTH",
        doc: "By month.",
        key: "({t}.month::timestamp at time zone 'UTC')",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

/// The root field of targets.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "targets",
        doc: "Your targets and those of your team, the latest month first.",
        kind: RootKind::List(List {
            of: "Target",
            on: "true",
            through: None,
            order_type: "TargetOrder",
            orders: orders(),
            search: None,
            live_connection: None,
        }),
    }]
}
