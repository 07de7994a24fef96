//! Describes the operation log to the API. A user who sees a customer only through the pool sees what happened and
//! when, but who did it only where it was they or somebody below them, or where they lost or got the customer by it.

use crate::kernel::access::{Action, Permission, Resource, Scope};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, Order, Type, VisibleThrough};

/// Permission to read the operation log.
pub const READ: Permission = Permission::to(Action::Read, Resource::Operation);
const POOL: &[Scope] = &[Scope::Pool, Scope::PoolAll];

static TYPE: Enum = Enum {
    name: "OperationType",
    doc: "What happened to a customer.",
    values: &[
        ("CREATE", "The customer was created, with an owner or in the pool."),
        ("CLAIM", "A rep claimed the customer from the pool."),
        ("RELEASE", "The owner released the customer to the pool."),
        ("RECLAIM", "The customer was taken from its owner and came into the pool."),
        ("ASSIGN", "A superior assigned the customer from the pool to a rep."),
        ("TRANSFER", "A superior moved the customer from one rep to another."),
        ("MOVE", "The customer was moved to another public pool; an owned one falls into that pool."),
        ("BLACKLIST", "The customer was put on the blacklist."),
        ("UNBLACKLIST", "The customer was taken off the blacklist."),
        ("ARCHIVE", "The customer was archived."),
        ("MERGE", "Another customer was merged into this one; `moved` says what came from it."),
        ("RESTORE", "The customer was restored from the archive."),
    ],
};

static CAUSE: Enum = Enum {
    name: "OperationCause",
    doc: "Why an operation happened.",
    values: &[
        ("MANUAL", "A user did it for themselves."),
        ("MANAGER", "A superior or an administrator did it."),
        ("DEPARTURE", "The owner left the company."),
        ("IMPORT", "The customer was imported from a file."),
        ("RULE", "A pool rule did it."),
        ("UNDO", "An operation batch was undone, or the import that created the customer."),
    ],
};

/// Describes what a merge moved.
pub fn describe_moved() -> Entity {
    let count = |name, sql, doc| Field::new(name, Type::Int, sql, doc);
    Entity::part(
        "MovedByMerge",
        "What a merge moved from the merged customer to the customer that stays.",
        "(select) {t}",
    )
    .fields([
        Field::new(
            "customerName",
            Type::Text,
            "(select m.name from customer m where m.id = {p}.merged_from)",
            "The name of the merged customer.",
        ),
        count("contacts", "({p}.moved ->> 'contacts')::integer", "The number of contacts that were moved."),
        count(
            "extras",
            "({p}.moved ->> 'extras')::integer",
            "The number of extras that were moved: those that the other customer did not have.",
        ),
        count(
            "opportunities",
            "({p}.moved ->> 'opportunities')::integer",
            "The number of opportunities that were moved.",
        ),
        count("followUps", "({p}.moved ->> 'follow_ups')::integer", "The number of follow-ups that were moved."),
        count(
            "tasks",
            "coalesce(({p}.moved ->> 'tasks')::integer, 0)",
            "The number of tasks that were moved; 0 for merges before there were tasks.",
        ),
        count("orders", "({p}.moved ->> 'orders')::integer", "The number of orders that were moved."),
        count("feedback", "({p}.moved ->> 'feedback')::integer", "The number of feedback entries that were moved."),
    ])
}

/// Describes an entry of the log.
pub fn describe() -> Entity {
    Entity::node(
        "CustomerOperation",
        "operation",
        "An entry of the operation log of a customer: it was created, claimed, released, assigned, blacklisted or archived, for example. Entries are never changed.",
        "customer_operation_log {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::new("type", Type::Enum(&TYPE), "{t}.type", "What happened.").filterable(),
        Field::new("cause", Type::Enum(&CAUSE), "{t}.cause", "Why it happened.").filterable(),
        Field::new("at", Type::DateTime, "{t}.at", "When it happened.").filterable(),
        Field::new("remark", Type::Text, "{t}.remark", "The remark of the user who did it; null if there is none, or if you see the customer only through the pool and the entry is not about you or your team.")
            .beyond(POOL),
    ])
    .edges([
        Edge::to_one("operator", "User", "{t}.id = {p}.operator_user_id", "The user who did it; null for the system, and if you see the customer only through the pool and the entry is not about you or your team.")
            .beyond(POOL),
        Edge::to_one("previousOwner", "User", "{t}.id = {p}.previous_owner_user_id", "The owner before; null for the pool, and if you see the customer only through the pool and the entry is not about you or your team.")
            .beyond(POOL),
        Edge::to_one("newOwner", "User", "{t}.id = {p}.new_owner_user_id", "The owner after; null for the pool, and if you see the customer only through the pool and the entry is not about you or your team.")
            .beyond(POOL),
        Edge::to_one("pool", "Pool", "{t}.id = {p}.pool_id", "The public pool to which the customer belonged after the operation; null of entries from before there were several pools, and if you may not see the pool."),
        Edge::to_one("previousPool", "Pool", "{t}.id = {p}.previous_pool_id", "The public pool to which it belonged before, if the operation changed it; null if you may not see the pool."),
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "The customer, if you may see it; for an entry of a merged customer, the one that it was merged into."),
        Edge::to_one("moved", "MovedByMerge", "{p}.moved is not null", "What a MERGE moved to this customer; null for other operations, and if you see the customer only through the pool and the entry is not about you or your team.")
            .beyond(POOL),
        Edge::to_one("poolRule", "PoolRule", "{t}.id = {p}.rule_id", "The pool rule that did it; null for other operations, and if you see the customer only through the pool and the entry is not about you or your team.")
            .beyond(POOL),
        Edge::to_one("poolRuleRun", "PoolRuleRun", "{t}.id = {p}.batch_id", "The run of the pool rule; null for other operations, and if you may not read runs.")
            .beyond(POOL),
        // A viewer who may see the batch sees its operations there.
        Edge::to_one("batch", "OperationBatch", "{t}.id = {p}.batch_id", "The batch that this operation, or its undo, belongs to; null if it belongs to none, or if you may not see the batch."),
    ])
    .orders([Order { name: "AT", doc: "When it happened.", key: "{t}.at", ty: Type::DateTime, newest_first: true }])
}
