//! How the operation log is read: whoever sees a customer through the pool alone sees what happened and when, not who.

use crate::access::{Action, Permission, Resource, Scope};
use crate::read::describe::{Edge, Enum, Field, Order, SeenAs, Thing, Type};

const READ: Permission = Permission::to(Action::Read, Resource::Operation);
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
    ],
};

static CAUSE: Enum = Enum {
    name: "OperationCause",
    doc: "Why it happened.",
    values: &[
        ("MANUAL", "Somebody did it for themselves."),
        ("MANAGER", "A superior or an administrator did it."),
        ("DEPARTURE", "Its owner left."),
    ],
};

/// What a row of the log is to readers.
pub fn describe() -> Thing {
    Thing::node(
        "CustomerOperation",
        "operation",
        "One step in the life of a customer: entered, claimed, released, assigned, blacklisted. Never changed afterwards.",
        "customer_operation_log {t}",
        READ,
        SeenAs::Customer("customer_id"),
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
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "To which customer."),
    ])
    .orders([Order { name: "AT", doc: "When it happened.", key: "{t}.at", ty: Type::DateTime, newest_first: true }])
}
