//! How the operation log is read: whoever sees a customer through the pool alone sees what happened and when, not who.

use crate::kernel::access::{Action, Permission, Resource, Scope};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, Order, Type, VisibleThrough};

/// To read the log.
pub const READ: Permission = Permission::to(Action::Read, Resource::Operation);
const POOL: &[Scope] = &[Scope::Pool, Scope::PoolAll];

static TYPE: Enum = Enum {
    name: "OperationType",
    doc: "What happened to a customer.",
    values: &[
        ("CREATE", "It was entered, with an owner or into the pool."),
        ("CLAIM", "A rep took it from the pool."),
        ("RELEASE", "Its owner gave it back to the pool."),
        ("RECLAIM", "It was taken from its owner."),
        ("ASSIGN", "A superior gave it from the pool to a rep."),
        ("TRANSFER", "A superior moved it from one rep to another."),
        ("BLACKLIST", "It was put on the blacklist."),
        ("UNBLACKLIST", "It was taken off the blacklist."),
        ("ARCHIVE", "It was archived."),
        ("MERGE", "It was merged into another customer; `moved` says what went there."),
        ("RESTORE", "It was restored from the archive."),
    ],
};

static CAUSE: Enum = Enum {
    name: "OperationCause",
    doc: "Why it happened.",
    values: &[
        ("MANUAL", "Somebody did it for themselves."),
        ("MANAGER", "A superior or an administrator did it."),
        ("DEPARTURE", "Its owner left."),
        ("IMPORT", "It came from a file."),
        ("RULE", "A pool rule did it."),
        ("UNDO", "A batch was undone, or the import that entered it."),
    ],
};

/// What a merge moved, to readers.
pub fn describe_moved() -> Entity {
    let count = |name, sql, doc| Field::new(name, Type::Int, sql, doc);
    Entity::part("MovedByMerge", "What went from a customer to the one that it was merged into.", "(select) {t}")
        .fields([
            Field::new(
                "customerName",
                Type::Text,
                "(select m.name from customer m where m.id = {p}.merged_from)",
                "What the merged customer was called.",
            ),
            count("contacts", "({p}.moved ->> 'contacts')::integer", "How many contacts."),
            count("extras", "({p}.moved ->> 'extras')::integer", "How many extras: those that the other did not have."),
            count("opportunities", "({p}.moved ->> 'opportunities')::integer", "How many opportunities."),
            count("followUps", "({p}.moved ->> 'follow_ups')::integer", "How many follow-ups."),
            count("orders", "({p}.moved ->> 'orders')::integer", "How many orders."),
            count("feedback", "({p}.moved ->> 'feedback')::integer", "How many pieces of feedback."),
        ])
}

/// What a row of the log is to readers.
pub fn describe() -> Entity {
    Entity::node(
        "CustomerOperation",
        "operation",
        "One step in the life of a customer: entered, claimed, released, assigned, blacklisted, archived. Never changed afterwards.",
        "customer_operation_log {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::new("type", Type::Enum(&TYPE), "{t}.type", "What happened.").filterable(),
        Field::new("cause", Type::Enum(&CAUSE), "{t}.cause", "Why.").filterable(),
        Field::new("at", Type::DateTime, "{t}.at", "When.").filterable(),
        Field::new("remark", Type::Text, "{t}.remark", "What was said about it. Null for those who see the customer through the pool.")
            .beyond(POOL),
    ])
    .edges([
        Edge::to_one("operator", "User", "{t}.id = {p}.operator_user_id", "Who did it; null for the system, and for those who see the customer through the pool.")
            .beyond(POOL),
        Edge::to_one("previousOwner", "User", "{t}.id = {p}.previous_owner_user_id", "Who owned it before; null for those who see it through the pool.")
            .beyond(POOL),
        Edge::to_one("newOwner", "User", "{t}.id = {p}.new_owner_user_id", "Who owned it after; null for those who see it through the pool.")
            .beyond(POOL),
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "To which customer; of one that was merged, the one that it was merged into."),
        Edge::to_one("moved", "MovedByMerge", "{p}.moved is not null", "Of a MERGE: what went to the customer that stayed; null for others, and for those who see it through the pool.")
            .beyond(POOL),
        Edge::to_one("poolRule", "PoolRule", "{t}.id = {p}.rule_id", "By which pool rule; null for those who see the customer through the pool.")
            .beyond(POOL),
        Edge::to_one("poolRuleRun", "PoolRuleRun", "{t}.id = {p}.batch_id", "In which run of it; null for those who may not see runs.")
            .beyond(POOL),
        Edge::to_one("batch", "OperationBatch", "{t}.id = {p}.batch_id", "With what else it was done, or undone; null for what was done alone, and for those who may not see it.")
            .beyond(POOL),
    ])
    .orders([Order { name: "AT", doc: "When it happened.", key: "{t}.at", ty: Type::DateTime, newest_first: true }])
}
