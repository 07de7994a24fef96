//! How notifications are read, and followed: each by the one it is for, and nobody else.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Feed, Field, List, Order, Root, RootKind, Type, VisibleThrough,
};

/// To read one's notifications.
pub const READ: Permission = Permission::to(Action::Read, Resource::Notification);

static KIND: Enum = Enum {
    name: "NotificationKind",
    doc: "What one is told.",
    values: &[
        ("ASSIGNED", "A superior gave you a customer."),
        ("TAKEN", "A superior, an administrator or a pool rule took a customer from you."),
        ("TRANSFERRED", "A superior gave a customer of yours to somebody else."),
        ("MERGED", "A customer of yours was merged into one that somebody else has, or nobody."),
        ("SIMILAR_ENTERED", "Somebody who answers to you entered a customer though one with a similar name was there."),
        ("RELEASE_DUE", "A pool rule is about to take a customer from you: follow it up."),
        ("LONG_ABSENCE", "Somebody who answers to you is away for long, and owns customers: transfer these."),
    ],
};

/// What a notification is to readers.
pub fn describe() -> Entity {
    Entity::node(
        "Notification",
        "notification",
        "Something that others did with your customers, or those who answer to you.",
        "notification {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("kind", Type::Enum(&KIND), "{t}.kind", "What happened.").filterable(),
        Field::new(
            "customerName",
            Type::Text,
            "{t}.customer_name",
            "What the customer was called then; null where it is about somebody.",
        )
        .nullable(),
        Field::new("at", Type::DateTime, "{t}.at", "When it happened.").filterable(),
        Field::new("isRead", Type::Boolean, "({t}.read_at is not null)", "Whether you have marked it as read.")
            .filterable(),
    ])
    .edges([
        Edge::to_one(
            "customer",
            "Customer",
            "{t}.id = {p}.customer_id",
            "The customer; null where it is about somebody, and when you can't see it any more.",
        ),
        Edge::to_one(
            "aboutUser",
            "User",
            "{t}.id = {p}.about_user_id",
            "Whom it is about; null where it is about a customer.",
        ),
        Edge::to_one("actor", "User", "{t}.id = {p}.actor_user_id", "Who did it; null for a pool rule."),
        Edge::to_one("poolRule", "PoolRule", "{t}.id = {p}.rule_id", "The pool rule that did it, or is about to."),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order { name: "AT", doc: "When it happened.", key: "{t}.at", ty: Type::DateTime, newest_first: true }]
}

/// Notifications at the top.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "notifications",
        doc: "What you have been told, the latest first.",
        kind: RootKind::List(List {
            of: "Notification",
            on: "true",
            through: None,
            order_type: "NotificationOrder",
            orders: orders(),
            search: None,
            live_connection: Some("NotificationsConnection"),
        }),
    }]
}

/// What is new, to the one it is for.
pub fn describe_event() -> Entity {
    Entity::part("NotificationEvent", "A notification that is new.", "(select) {t}")
        .fields([
            Field::new("cursor", Type::Text, "'event_' || {t}.position", "Its place in the log: resume `after` it."),
            Field::new(
                "unreadCount",
                Type::Int,
                "(select count(*) from notification u where u.user_id = {me} and u.read_at is null)",
                "How many notifications you have not read, as of now.",
            ),
        ])
        .edges([Edge::to_one("notification", "Notification", "{t}.id = {p}.notification_id", "The notification.")])
}

/// One's notifications, live.
pub fn feed() -> Feed {
    Feed {
        name: "notifications",
        doc: "What you are told from now on, or behind a cursor: each notification once, in order.",
        of: "NotificationEvent",
        read: READ,
        events: "select e.position, e.notification_id from event e
                 where e.user_id = {me} and e.position > {after} and e.position <= {upto} order by e.position limit {most}",
        changes: None,
    }
}
