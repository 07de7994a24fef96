//! How feedback is read: as the order that it is about.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// To read feedback.
pub const READ: Permission = Permission::to(Action::Read, Resource::Feedback);

static CATEGORY: Enum = Enum::of_inputs("FeedbackCategory");

/// What feedback is to readers.
pub fn describe() -> Entity {
    Entity::node(
        "Feedback",
        "feedback",
        "What a customer said of a delivered order.",
        "(select f.*, o.owner_user_id from order_feedback f join sales_order o on o.id = f.order_id) {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::new("rating", Type::Int, "{t}.rating", "How content they are, from 1 to 5.").filterable(),
        Field::new("category", Type::Enum(&CATEGORY), "{t}.category", "What it is about.").filterable(),
        Field::new("content", Type::Text, "{t}.content", "What they said.").nullable(),
        Field::new("resolution", Type::Text, "{t}.resolution", "How it was put right.").nullable(),
        Field::new("resolvedAt", Type::DateTime, "{t}.resolved_at", "When it was put right.").nullable().filterable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When it was taken down.").filterable(),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When it was last changed."),
        Field::new("version", Type::Int, "{t}.version", "Counts the changes; a change says which one it saw."),
    ])
    .edges([
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "Who said it."),
        Edge::beside("order", "Order", "{t}.id = {p}.order_id", "Of which order."),
        Edge::to_one("serviceUser", "User", "{t}.id = {p}.service_user_id", "Who took it down."),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "CREATED_AT",
        doc: "When it was taken down.",
        key: "{t}.created_at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

/// Feedback at the top.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "feedback",
        doc: "What customers said of the orders that you may see.",
        kind: RootKind::List(List {
            of: "Feedback",
            on: "true",
            through: None,
            order_type: "FeedbackOrder",
            orders: orders(),
            search: None,
            live_connection: None,
        }),
    }]
}
