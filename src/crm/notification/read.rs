//! The fields, lists and subscription of notifications. Only the recipient sees a notification.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Feed, Field, List, Order, Root, RootKind, Type, VisibleThrough,
};

/// The permission to read one's own notifications.
pub const READ: Permission = Permission::to(Action::Read, Resource::Notification);

static KIND: Enum = Enum {
    name: "NotificationKind",
    doc: "What a notification is about.",
    values: &[
        ("ASSIGNED", "Another user assigned or transferred a customer to you."),
        ("TAKEN", "Another user or a pool rule returned a customer of yours to the pool."),
        ("TRANSFERRED", "Another user transferred a customer of yours to another owner."),
        ("MERGED", "A customer of yours was merged into a customer that another user owns, or that is in the pool."),
        ("SIMILAR_ENTERED", "A user below you created a customer although a customer with a similar name existed."),
        (
            "RELEASE_DUE",
            "A pool rule will soon return a customer of yours to the pool. Follow up the customer before that.",
        ),
        (
            "APPROVAL_DUE",
            "A run of a pool rule waits for approval, because it would release many customers: of yours to approve, or of a user below you.",
        ),
        ("LONG_ABSENCE", "A user below you who owns customers is away for long. Transfer these customers."),
        (
            "QUICK_RELEASES",
            "A user below you has claimed many customers today and released them soon, and could see their contacts.",
        ),
        (
            "SUPERIOR_CHANGED",
            "Somebody placed a user below another superior, who therefore sees customers that they did not see before. It \
             goes to the user, to all former and new superiors, and to administrators.",
        ),
        (
            "IMPORTED",
            "Another user imported customers, opportunities or orders that are yours: see `importKind` and `records`.",
        ),
        ("TASK_GIVEN", "Another user created a task for you: see `task`."),
        ("TASK_DUE", "A task of yours is due: see `task`."),
        (
            "WEBHOOK_PAUSED",
            "A webhook has failed for three days and is paused: see `webhookName`. It goes to those who may change settings.",
        ),
        (
            "ENQUIRY",
            "A customer of yours, or of a user below you, asked for something: see `enquiries` of the customer.",
        ),
    ],
};

static IMPORT_KIND: Enum = Enum::of_inputs("ImportKind");

/// Describes a notification.
pub fn describe() -> Entity {
    Entity::node(
        "Notification",
        "notification",
        "A message to you about your customers, or about a user below you.",
        "notification {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("kind", Type::Enum(&KIND), "{t}.kind", "What the notification is about.").filterable(),
        Field::new(
            "customerName",
            Type::Text,
            "{t}.customer_name",
            "The name of the customer at that time. Null if the notification is about a user or a run.",
        )
        .nullable(),
        Field::new("at", Type::DateTime, "{t}.at", "The time of the notification.").filterable(),
        Field::new(
            "isRead",
            Type::Boolean,
            "({t}.read_at is not null)",
            "Whether you have marked the notification as read.",
        )
        .filterable(),
        Field::new(
            "customers",
            Type::Int,
            "{t}.customers",
            "How many customers wait for approval. Null if the notification is not about a run.",
        )
        .nullable(),
        Field::new(
            "dueAt",
            Type::DateTime,
            "{t}.due_at",
            "Until when the run can be approved. Null if the notification is not about a run.",
        )
        .nullable(),
        Field::new(
            "importKind",
            Type::Enum(&IMPORT_KIND),
            "{t}.import_kind",
            "What was imported. Null if the notification is not about an import.",
        )
        .nullable(),
        Field::new(
            "records",
            Type::Int,
            "{t}.records",
            "How many records the import gave to you. Null if the notification is not about an import.",
        )
        .nullable(),
        Field::new(
            "webhookName",
            Type::Text,
            "{t}.webhook_name",
            "The name of the webhook at that time. Null if the notification is not about a webhook.",
        )
        .nullable(),
    ])
    .edges([
        Edge::to_one(
            "customer",
            "Customer",
            "{t}.id = {p}.customer_id",
            "The customer that the notification is about. Null if it is about a user or a run, or if you may not \
             see the customer any more.",
        ),
        Edge::to_one(
            "task",
            "Task",
            "{t}.id = {p}.task_id",
            "The task that the notification is about, as it is now. Null if it is not about a task, or if you may not see the \
             task any more.",
        ),
        Edge::to_one(
            "aboutUser",
            "User",
            "{t}.id = {p}.about_user_id",
            "The user whom the notification is about. Null if it is about a customer, or about all owners of a run.",
        ),
        Edge::to_one(
            "actor",
            "User",
            "{t}.id = {p}.actor_user_id",
            "The user who made the change. Null if a pool rule made it, or if time did.",
        ),
        Edge::to_one(
            "poolRule",
            "PoolRule",
            "{t}.id = {p}.rule_id",
            "The pool rule that returned the customer to the pool, or soon will. Null if no pool rule was involved.",
        ),
        Edge::to_one(
            "poolRuleRun",
            "PoolRuleRun",
            "{t}.id = {p}.run_id",
            "The run that waits for approval. Null if the notification is not about a run, or if you may not see runs.",
        ),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "AT",
        doc: "By the time of the notification.",
        key: "{t}.at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

/// The root field of notifications.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "notifications",
        doc: "Your notifications, the latest first.",
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

/// Describes an event of the subscription.
pub fn describe_event() -> Entity {
    Entity::part("NotificationEvent", "A new notification.", "(select) {t}")
        .fields([
            Field::new(
                "cursor",
                Type::Text,
                "'event_' || (select epoch from installation) || '_' || {t}.position",
                "The position of the event. To resume the subscription, send it as `after`.",
            ),
            Field::new(
                "unreadCount",
                Type::Int,
                "(select count(*) from notification u where u.user_id = {me} and u.read_at is null)",
                "The number of your unread notifications at the time of delivery.",
            ),
        ])
        .edges([Edge::to_one("notification", "Notification", "{t}.id = {p}.notification_id", "The new notification.")])
}

/// Describes the subscription to one's notifications.
pub fn feed() -> Feed {
    Feed {
        name: "notifications",
        doc: "Delivers your new notifications from now on, or those after a cursor: each notification once, in order.",
        of: "NotificationEvent",
        read: READ,
        events: "select e.position, e.notification_id from event e
                 where e.user_id = {me} and e.position > {after} and e.position <= {upto} order by e.position limit {most}",
        changes: None,
    }
}
