//! The fields, edges and lists of feedback. A viewer sees the feedback on the orders that they see.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// The permission to read feedback.
pub const READ: Permission = Permission::to(Action::Read, Resource::Feedback);

static CATEGORY: Enum = Enum::of_inputs("FeedbackCategory");

/// Describes feedback.
pub fn describe() -> Entity {
    Entity::node(
        "Feedback",
        "feedback",
        "What a customer said about a delivered order.",
        "(select f.*, o.owner_user_id from order_feedback f join sales_order o on o.id = f.order_id) {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::new("rating", Type::Int, "{t}.rating", "How satisfied the customer is, from 1 to 5 (5 is best).")
            .filterable(),
        Field::new("category", Type::Enum(&CATEGORY), "{t}.category", "The subject of the feedback.").filterable(),
        Field::new("content", Type::Text, "{t}.content", "The customer's words.").nullable(),
        Field::new(
            "resolution",
            Type::Text,
            "{t}.resolution",
            "How the feedback was resolved. Null if it is not resolved.",
        )
        .nullable(),
        Field::new(
            "resolvedAt",
            Type::DateTime,
            "{t}.resolved_at",
            "When the feedback was first resolved. Null if it is not resolved.",
        )
        .nullable()
        .filterable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the feedback was recorded.").filterable(),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When the feedback was last changed."),
        Field::new(
            "version",
            Type::Int,
            "{t}.version",
            "The number of the present version, which counts the changes. A change must send the version that you saw.",
        ),
    ])
    .edges([
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "The customer who gave the feedback."),
        Edge::beside("order", "Order", "{t}.id = {p}.order_id", "The order that the feedback is about."),
        Edge::to_one("serviceUser", "User", "{t}.id = {p}.service_user_id", "The user who recorded the feedback."),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "CREATED_AT",
        doc: "By the time of recording.",
        key: "{t}.created_at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

/// The root field of feedback.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "feedback",
        doc: "The feedback on the orders that you may see, the latest first.",
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
