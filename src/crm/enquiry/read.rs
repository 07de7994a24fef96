//! The fields of enquiries, and the edge from their customer.

use crate::kernel::access::Scope;
use crate::kernel::read::describe::{Edge, Entity, Field, Type};

/// The scopes of those who see a customer only because it is in the pool, or because they entered it: they do not see what
/// others asked for.
const POOL: &[Scope] = &[Scope::Pool, Scope::PoolAll, Scope::Entered, Scope::EnteredPooled];

/// Describes an enquiry.
pub fn describe() -> Entity {
    Entity::part("Enquiry", "What a company asked for, as somebody passed it on.", "enquiry {t}")
        .fields([
            Field::new("content", Type::Text, "{t}.content", "What they asked for."),
            Field::new("source", Type::Text, "{t}.source", "How they asked: the code of a choice of kind SOURCE."),
            Field::new("at", Type::DateTime, "{t}.at", "When it was recorded."),
        ])
        .edges([
            Edge::beside(
                "contact",
                "Contact",
                "{t}.id = {p}.contact_id",
                "Who asked. Null if nothing is known of them, or if you may not see the contact.",
            ),
            Edge::to_one("recordedBy", "User", "{t}.id = {p}.recorded_by", "The user who passed it on."),
        ])
}

/// The edge from a customer to its enquiries.
pub fn edge() -> Edge {
    Edge::few(
        "enquiries",
        "Enquiry",
        "{t}.customer_id = {p}.id",
        "{t}.at desc, {t}.id desc",
        "What the customer asked for, as others passed it on, the latest first. Empty if you see the customer only through the pool, or \
         because you entered it.",
    )
    .beyond(POOL)
}
