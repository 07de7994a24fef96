//! Describes runs to the API.

use super::READ;
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

static STATUS: Enum = Enum {
    name: "PoolRuleRunStatus",
    doc: "The status of a run of a pool rule.",
    values: &[
        ("RUNNING", "The run has begun and has not ended yet."),
        (
            "AWAITING_APPROVAL",
            "The run, or the part of it that would take many customers from single owners, waits for approval until `approveBy`.",
        ),
        ("DONE", "The run has ended regularly."),
        ("STOPPED", "The rule was changed or switched off during the run. The remaining customers were left alone."),
        ("LAPSED", "Nobody approved the run in time, so the customers that waited stayed with their owners."),
        ("FAILED", "The run could not continue; `error` says why."),
    ],
};

/// Describes a run.
pub fn describe() -> Entity {
    Entity::node(
        "PoolRuleRun",
        "poolrulerun",
        "A run of a pool rule at a planned time.",
        "pool_rule_run {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("status", Type::Enum(&STATUS), "{t}.status", "The status of the run.").filterable(),
        Field::new("poolRuleId", Type::Id("poolrule"), "{t}.rule_id", "The id of the rule.").filterable(),
        Field::new("plannedAt", Type::DateTime, "{t}.planned_at", "The planned time of the run.").filterable(),
        Field::new("startedAt", Type::DateTime, "{t}.started_at", "When the run began."),
        Field::new("finishedAt", Type::DateTime, "{t}.finished_at", "When the run ended; null if it has not ended.").nullable(),
        Field::new(
            "matched",
            Type::Int,
            "{t}.matched",
            "The number of customers that the run matched at its planned time; null until they are counted. It releases no others.",
        )
        .nullable(),
        Field::new(
            "released",
            Type::Int,
            "{t}.released",
            "The number of customers that the run released; for a rule that warns, the number of customers whose owners were warned.",
        ),
        Field::new(
            "held",
            Type::Int,
            "{t}.held",
            "The number of customers that had to wait for approval: all of them, if the run would take more than 20 and more than a fifth \
             of all owned customers; otherwise those of owners who would lose more than 10 and more than half of theirs.",
        ),
        Field::new(
            "approveBy",
            Type::DateTime,
            "{t}.approve_by",
            "Until when the run can be approved: the next planned time. If nobody does, a run that waits as a whole lapses; customers of \
             single owners are released, unless the rule has `keepsUnapproved`. Null if nothing had to wait.",
        )
        .nullable(),
        Field::new(
            "announced",
            Type::Int,
            "{t}.announced",
            "The number of notifications to owners that a later run will take one of their customers, if the settings have a `notice` period.",
        ),
        Field::new(
            "failed",
            Type::Int,
            "cardinality({t}.failed_customers)",
            "The number of customers that the run could not take because of an internal error.",
        ),
        Field::new(
            "returned",
            Type::Int,
            "coalesce((select b.returned from operation_batch b where b.id = {t}.id), 0)",
            "The number of customers that were moved back when the run was undone.",
        ),
        Field::new("error", Type::Text, "{t}.error", "Why the run failed; null if it did not.").nullable(),
        Field::new("approvedAt", Type::DateTime, "{t}.approved_at", "When the run was approved; null if it was not.")
            .nullable(),
        Field::new(
            "undoneAt",
            Type::DateTime,
            "(select b.undone_at from operation_batch b where b.id = {t}.id)",
            "When the run was last undone; null if it was not.",
        )
        .nullable(),
    ])
    .edges([
        Edge::to_one("poolRule", "PoolRule", "{t}.id = {p}.rule_id", "The rule, as it is now."),
        Edge::to_one("approvedBy", "User", "{t}.id = {p}.approved_by", "The user who approved the run; null if nobody did."),
        Edge::to_one("undoneBy", "User", "{t}.id = (select b.undone_by from operation_batch b where b.id = {p}.id)", "The user who last undid the run; null if nobody did."),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    let doc = "The planned time.";
    vec![Order { name: "PLANNED_AT", doc, key: "{t}.planned_at", ty: Type::DateTime, newest_first: true }]
}

/// The root fields of runs.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "poolRuleRuns",
        doc: "The runs of pool rules, the latest first.",
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
