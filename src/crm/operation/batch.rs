//! Describes operation batches to the API. They are visible to the users who started them, to their superiors, and to
//! administrators.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// Permission to read operation batches.
pub const READ: Permission = Permission::to(Action::Read, Resource::OperationBatch);

static KIND: Enum = Enum {
    name: "OperationBatchKind",
    doc: "What was done to the customers of a batch.",
    values: &[
        ("TEAM_RELEASE", "A superior released the customers of other users."),
        ("ASSIGNMENT", "A superior assigned customers from the pool to reps."),
        ("TRANSFER", "A superior moved customers to another rep."),
        ("DEPARTURE", "The owner of the customers left the company."),
        ("POOL_RULE", "A run of a pool rule released customers."),
    ],
};

/// Describes a batch.
pub fn describe() -> Entity {
    Entity::node(
        "OperationBatch",
        "operationbatch",
        "An operation that moved one or more customers at once. It can be undone with `undoOperationBatch`.",
        "operation_batch {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("kind", Type::Enum(&KIND), "{t}.kind", "What was done to the customers.").filterable(),
        Field::new("at", Type::DateTime, "{t}.at", "When it was done. For a run of a pool rule: when it released the first customer.").filterable(),
        Field::new(
            "filter",
            Type::Text,
            "{t}.filter::text",
            "The filter that selected the customers, as JSON; null if they were selected by their ids, or not by a user.",
        )
        .nullable(),
        Field::new("moved", Type::Int, "{t}.moved", "The number of customers that were moved."),
        Field::new("returned", Type::Int, "{t}.returned", "The number of these customers that were moved back when the batch was undone."),
        Field::new("undoneAt", Type::DateTime, "{t}.undone_at", "When the batch was last undone; null if it was not.")
            .nullable(),
    ])
    .edges([
        Edge::to_one("operator", "User", "{t}.id = {p}.operator_user_id", "The user who did it; null for the system."),
        Edge::to_one(
            "aboutUser",
            "User",
            "{t}.id = {p}.about_user_id",
            "The user who left the company, or who got all customers; null for other batches.",
        ),
        Edge::to_one("undoneBy", "User", "{t}.id = {p}.undone_by", "The user who last undid the batch; null if nobody did."),
        Edge::to_one("poolRuleRun", "PoolRuleRun", "{t}.id = {p}.id", "The run of the pool rule; null for other batches."),
        Edge::pages_of_others(
            "operations",
            "CustomerOperation",
            "{t}.batch_id = {p}.id",
            "The entries of the operation log that belong to the batch, including those of its undo (cause `UNDO`). You see the entries of customers that you may see.",
        ),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    let doc = "When the batch was done.";
    vec![Order { name: "AT", doc, key: "{t}.at", ty: Type::DateTime, newest_first: true }]
}

/// The root fields of batches.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "operationBatches",
        doc: "The operation batches that you may see, the latest first: your own, those of users who report to you, or those of \
              everybody, depending on your roles.",
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
