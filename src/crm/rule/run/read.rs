//! How runs are read.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// To read what rules did.
const READ: Permission = Permission::to(Action::ReadRuns, Resource::PoolRule);

static STATUS: Enum = Enum {
    name: "PoolRuleRunStatus",
    doc: "How far a run of a pool rule is.",
    values: &[
        ("RUNNING", "It is under way."),
        ("AWAITING_APPROVAL", "It would take so much that somebody has to approve it, until the next planned time."),
        ("DONE", "It has done what it had to."),
        ("STOPPED", "The rule was changed or switched off meanwhile: the rest was left alone."),
        ("LAPSED", "Nobody approved it in time."),
        ("FAILED", "It could not go on; `error` says why."),
    ],
};

/// What a run is to readers.
pub fn describe() -> Entity {
    Entity::node(
        "PoolRuleRun",
        "poolrulerun",
        "What a pool rule did at a planned time.",
        "pool_rule_run {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("status", Type::Enum(&STATUS), "{t}.status", "How far it is.").filterable(),
        Field::new("poolRuleId", Type::Id("poolrule"), "{t}.rule_id", "The id of the rule.").filterable(),
        Field::new("plannedAt", Type::DateTime, "{t}.planned_at", "When it had to run.").filterable(),
        Field::new("startedAt", Type::DateTime, "{t}.started_at", "When it began."),
        Field::new("finishedAt", Type::DateTime, "{t}.finished_at", "When it ended; null before.").nullable(),
        Field::new(
            "matched",
            Type::Int,
            "{t}.matched",
            "How many customers it was about; null until they are counted.",
        )
        .nullable(),
        Field::new(
            "released",
            Type::Int,
            "{t}.released",
            "How many it took; of a rule that warns, how many owners were told of.",
        ),
        Field::new(
            "announced",
            Type::Int,
            "{t}.announced",
            "How many owners it told that it will take a customer of theirs, where `notice` of the settings asks for that.",
        ),
        Field::new(
            "failed",
            Type::Int,
            "cardinality({t}.failed_customers)",
            "How many it could not take, for a fault on our side.",
        ),
        Field::new(
            "returned",
            Type::Int,
            "coalesce((select b.returned from operation_batch b where b.id = {t}.id), 0)",
            "How many were given back when it was undone.",
        ),
        Field::new("error", Type::Text, "{t}.error", "Why it failed; null when it did not.").nullable(),
        Field::new("approvedAt", Type::DateTime, "{t}.approved_at", "When somebody approved it; null when nobody did.")
            .nullable(),
        Field::new(
            "undoneAt",
            Type::DateTime,
            "(select b.undone_at from operation_batch b where b.id = {t}.id)",
            "When somebody last undid it; null when nobody did.",
        )
        .nullable(),
    ])
    .edges([
        Edge::to_one("poolRule", "PoolRule", "{t}.id = {p}.rule_id", "Which rule, as it is now."),
        Edge::to_one("approvedBy", "User", "{t}.id = {p}.approved_by", "Who approved it."),
        Edge::to_one("undoneBy", "User", "{t}.id = (select b.undone_by from operation_batch b where b.id = {p}.id)", "Who last undid it."),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    let doc = "When it had to run.";
    vec![Order { name: "PLANNED_AT", doc, key: "{t}.planned_at", ty: Type::DateTime, newest_first: true }]
}

/// Runs at the top.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "poolRuleRuns",
        doc: "What pool rules did, the latest first.",
        kind: RootKind::List(List {
            of: "PoolRuleRun",
            on: "true",
            through: None,
            order_type: "PoolRuleRunOrder",
            orders: orders(),
            search: None,
            live_connection: None,
        }),
    }]
}
