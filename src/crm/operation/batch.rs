//! How mass acts are read: by who did them, by those above, and by administrators.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// To see mass acts.
pub const READ: Permission = Permission::to(Action::Read, Resource::OperationBatch);

static KIND: Enum = Enum {
    name: "OperationBatchKind",
    doc: "What customers went through together.",
    values: &[
        ("TEAM_RELEASE", "A superior took them from their owners."),
        ("ASSIGNMENT", "A superior gave them from the pool to reps."),
        ("TRANSFER", "A superior moved them to another rep."),
        ("DEPARTURE", "Their owner left."),
        ("POOL_RULE", "A pool rule took them, in one run."),
    ],
};

/// What a mass act is to readers.
pub fn describe() -> Entity {
    Entity::node(
        "OperationBatch",
        "operationbatch",
        "What was done to customers at once, however many they were: it can be undone.",
        "operation_batch {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("kind", Type::Enum(&KIND), "{t}.kind", "What was done.").filterable(),
        Field::new("at", Type::DateTime, "{t}.at", "When; of a pool rule's run, when it took the first.").filterable(),
        Field::new(
            "filter",
            Type::Text,
            "{t}.filter::text",
            "Which customers were asked for, as JSON; null where they were named one by one, or nobody asked.",
        )
        .nullable(),
        Field::new("moved", Type::Int, "{t}.moved", "How many customers were moved."),
        Field::new("returned", Type::Int, "{t}.returned", "How many of them were put back when it was undone."),
        Field::new("undoneAt", Type::DateTime, "{t}.undone_at", "When somebody last undid it; null when nobody did.")
            .nullable(),
    ])
    .edges([
        Edge::to_one("operator", "User", "{t}.id = {p}.operator_user_id", "Who did it; null for the system."),
        Edge::to_one(
            "aboutUser",
            "User",
            "{t}.id = {p}.about_user_id",
            "Who left, or who got all of them; null where it was neither.",
        ),
        Edge::to_one("undoneBy", "User", "{t}.id = {p}.undone_by", "Who last undid it."),
        Edge::to_one("poolRuleRun", "PoolRuleRun", "{t}.id = {p}.id", "Of a pool rule: in which run."),
        Edge::pages_of_others(
            "operations",
            "CustomerOperation",
            "{t}.batch_id = {p}.id",
            "What happened to each customer, and when it was undone (`UNDO`), as far as you may see the customer.",
        ),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    let doc = "When it was done.";
    vec![Order { name: "AT", doc, key: "{t}.at", ty: Type::DateTime, newest_first: true }]
}

/// Mass acts at the top.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "operationBatches",
        doc: "What was done to customers at once, the latest first: by you, by those below you, or by anybody, as far as your \
              permission reaches.",
        kind: RootKind::List(List {
            of: "OperationBatch",
            on: "true",
            through: None,
            order_type: "OperationBatchOrder",
            orders: orders(),
            search: None,
            live_connection: None,
        }),
    }]
}
