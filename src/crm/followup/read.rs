//! The fields, edges and lists of follow-ups, and the filter for customers whose next contact is due.

use crate::crm::external_id;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough,
};

/// The permission to read follow-ups.
pub const READ: Permission = Permission::to(Action::Read, Resource::FollowUp);

static CHANNEL: Enum = Enum::of_inputs("FollowUpChannel");

/// Describes a follow-up.
pub fn describe() -> Entity {
    Entity::node(
        "FollowUp",
        "followup",
        "A record of a communication with a customer, about an opportunity or in general. Its author and their superiors still see it when the customer has another owner or is in the pool.",
        "followup {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::new("channel", Type::Enum(&CHANNEL), "{t}.channel", "How they communicated.").filterable(),
        Field::new("content", Type::Text, "{t}.content", "What was said."),
        Field::new(
            "isImported",
            Type::Boolean,
            "({t}.import_id is not null)",
            "Whether the follow-up was imported from another system.",
        ),
        external_id::field(external_id::Kind::FollowUp),
        Field::new("at", Type::DateTime, "{t}.at", "When they communicated.").filterable(),
        Field::new("nextPlan", Type::Text, "{t}.next_plan", "What the author planned to do next.").nullable(),
        Field::new("nextContactTime", Type::DateTime, "{t}.next_contact_at", "When the author planned the next contact. `task` is what became of it.")
            .nullable()
            .filterable(),
        Field::new(
            "authorId",
            Type::Id("user"),
            "{t}.author_user_id",
            "The id of the user who recorded the follow-up.",
        )
        .filterable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the follow-up was recorded."),
        Field::new(
            "updatedAt",
            Type::DateTime,
            "{t}.updated_at",
            "When the text was last corrected; the time of recording if it never was.",
        ),
        Field::new(
            "version",
            Type::Int,
            "{t}.version",
            "The number of the present version, which counts the corrections. A correction must send the \
             version that you saw.",
        ),
    ])
    .edges([
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "The customer of the follow-up. Null if you may not see the customer any more."),
        Edge::to_one("author", "User", "{t}.id = {p}.author_user_id", "The user who recorded the follow-up."),
        Edge::beside(
            "opportunity",
            "Opportunity",
            "{t}.id = {p}.opportunity_id",
            "The opportunity that the follow-up is about. Null if it is about the customer in general, or \
             if you may not see the opportunity.",
        ),
        Edge::beside(
            "task",
            "Task",
            "{t}.followup_id = {p}.id",
            "The task that the follow-up planned by its `nextContactTime`. Null if it planned none, or if you may not see it.",
        ),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "AT",
        doc: "By the time of the communication.",
        key: "{t}.at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

/// The root field of follow-ups.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "followUps",
        doc: "The follow-ups of your customers and those of your team, and those that you or your team wrote, the latest first.",
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

/// Describes the filter for customers whose next contact is due.
pub fn due() -> Filter {
    Filter {
        name: "followUpDue",
        doc: "Finds customers whose next contact is due: it is today in the business time zone, or it is overdue.",
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
