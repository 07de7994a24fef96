//! How follow-ups are read, and which customers are due for one.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough,
};

/// To read follow-ups.
pub const READ: Permission = Permission::to(Action::Read, Resource::FollowUp);

static CHANNEL: Enum = Enum::of_inputs("FollowUpChannel");

/// What a follow-up is to readers.
pub fn describe() -> Entity {
    Entity::node(
        "FollowUp",
        "followup",
        "What was said with a customer, for an opportunity or for the customer itself.",
        "followup {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::new("channel", Type::Enum(&CHANNEL), "{t}.channel", "How they talked.").filterable(),
        Field::new("content", Type::Text, "{t}.content", "What was said."),
        Field::new("at", Type::DateTime, "{t}.at", "When they talked.").filterable(),
        Field::new("nextPlan", Type::Text, "{t}.next_plan", "What is to be done next.").nullable(),
        Field::new("nextContactTime", Type::DateTime, "{t}.next_contact_at", "When to talk again.")
            .nullable()
            .filterable(),
        Field::new("authorId", Type::Id("user"), "{t}.author_user_id", "The id of who wrote it.").filterable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When it was written down."),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When its text was last corrected."),
        Field::new("version", Type::Int, "{t}.version", "Counts the corrections; one says which version it saw."),
    ])
    .edges([
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "With whom."),
        Edge::to_one("author", "User", "{t}.id = {p}.author_user_id", "Who wrote it."),
        Edge::beside(
            "opportunity",
            "Opportunity",
            "{t}.id = {p}.opportunity_id",
            "What for; null: for the customer itself.",
        ),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order { name: "AT", doc: "When they talked.", key: "{t}.at", ty: Type::DateTime, newest_first: true }]
}

/// The follow-ups at the top.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "followUps",
        doc: "What was said with your customers, and with your team's.",
        kind: RootKind::List(List {
            of: "FollowUp",
            on: "true",
            through: None,
            order_type: "FollowUpOrder",
            orders: orders(),
            search: None,
            live_connection: None,
        }),
    }]
}

/// The condition in the filter of customers on when they should be talked to next.
pub fn due() -> Filter {
    Filter {
        name: "followUpDue",
        doc: "Customers whose time to be talked to next is today (in the business time zone), or over.",
        ty: "FollowUpDue",
        sql: |scope, value| {
            Ok(match value.as_str() {
                Some("OVERDUE") => scope.render("{t}.next_contact_at < {now}"),
                _ => scope.render("({t}.next_contact_at >= {day_start} and {t}.next_contact_at < {day_end})"),
            })
        },
        of_others: false,
    }
}
