//! The fields, edges and lists of tasks and of their steps.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough,
};

/// The permission to read tasks.
pub const READ: Permission = Permission::to(Action::Read, Resource::Task);

static STATUS: Enum = Enum::of_inputs("TaskStatus");

static ACTION: Enum = Enum {
    name: "TaskAction",
    doc: "What happened to a task.",
    values: &[
        ("CREATE", "The task was created."),
        ("MOVE", "The task was moved to another time."),
        (
            "HAND_OVER",
            "The task got another owner, together with its customer or its order, or because its owner left.",
        ),
        ("COMPLETE", "The task was done."),
        ("CANCEL", "The task was cancelled."),
        (
            "REOPEN",
            "The task is open again, because the customer was given back to its owner or restored, or because the import of the \
             follow-up that completed it was undone.",
        ),
    ],
};

/// Describes tasks and their steps.
pub fn describe_all() -> Vec<Entity> {
    vec![describe(), describe_step()]
}

fn describe() -> Entity {
    Entity::node(
        "Task",
        "task",
        "Something that a user has to do about a customer, an opportunity or an order, and when. Its owner is reminded at that \
         time. The next contact that a follow-up plans is a task of the customer's owner. If the customer gets another owner, \
         the tasks of the former owner go with it, except those about orders; if it is released or archived, they are \
         cancelled.",
        "task {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::new(
            "subject",
            Type::Text,
            "{t}.subject",
            "What to do. Null: contact the customer, as a follow-up planned without words.",
        )
        .nullable(),
        Field::new("dueTime", Type::DateTime, "{t}.due_at", "When the task is due. Its owner is reminded then.").filterable(),
        Field::new("status", Type::Enum(&STATUS), "{t}.status", "Whether the task is to be done.").filterable(),
        Field::new("ownerId", Type::Id("user"), "{t}.owner_user_id", "The id of the user who has to do it.").filterable(),
        Field::new(
            "endedAt",
            Type::DateTime,
            "{t}.ended_at",
            "When the task was done or cancelled. Null while it is open.",
        )
        .nullable()
        .filterable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the task was created."),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When the task last changed."),
        Field::new(
            "version",
            Type::Int,
            "{t}.version",
            "The number of the present version, which counts the steps. A move must send the version that you saw.",
        ),
    ])
    .edges([
        Edge::to_one(
            "customer",
            "Customer",
            "{t}.id = {p}.customer_id",
            "The customer that the task is about. Null if you may not see the customer any more.",
        ),
        Edge::beside(
            "opportunity",
            "Opportunity",
            "{t}.id = {p}.opportunity_id",
            "The opportunity that the task is about. Null if there is none, or if you may not see it.",
        ),
        Edge::beside(
            "order",
            "Order",
            "{t}.id = {p}.order_id",
            "The order that the task is about. Null if there is none, or if you may not see it.",
        ),
        Edge::to_one("owner", "User", "{t}.id = {p}.owner_user_id", "The user who has to do it."),
        Edge::to_one(
            "createdBy",
            "User",
            "{t}.id = {p}.created_by",
            "The user who created the task, by hand or with a follow-up.",
        ),
        Edge::to_one(
            "endedBy",
            "User",
            "{t}.id = {p}.ended_by",
            "The user who completed or cancelled the task. Null while it is open, and if it was cancelled because the customer \
             was released or archived.",
        ),
        Edge::beside(
            "plannedIn",
            "FollowUp",
            "{t}.id = {p}.followup_id",
            "The follow-up that planned the task. Null if it was created by hand.",
        ),
        Edge::beside(
            "completedIn",
            "FollowUp",
            "{t}.id = {p}.completed_in_id",
            "The follow-up that completed the task. Null if it was completed without one, or is not done.",
        ),
        Edge::few("steps", "TaskStep", "{t}.task_id = {p}.id", "{t}.version", "What happened to the task, the earliest step first."),
    ])
    .filters([due()])
    .orders(orders())
    .shown_unless_asked("status", "{t}.status = 'OPEN'")
}

fn due() -> Filter {
    Filter {
        name: "due",
        doc: "Finds open tasks that are due today in the business time zone, or overdue.",
        ty: "TaskDue",
        sql: |scope, value| {
            Ok(match value.as_str() {
                Some("OVERDUE") => scope.render("({t}.status = 'OPEN' and {t}.due_at < {now})"),
                _ => scope.render("({t}.status = 'OPEN' and {t}.due_at >= {day_start} and {t}.due_at < {day_end})"),
            })
        },
        of_others: false,
    }
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "DUE_TIME",
        doc: "By the time at which tasks are due.",
        key: "{t}.due_at",
        ty: Type::DateTime,
        newest_first: false,
    }]
}

fn describe_step() -> Entity {
    Entity::part("TaskStep", "A step in the life of a task.", "task_step {t}")
        .fields([
            Field::new("action", Type::Enum(&ACTION), "{t}.action", "What happened."),
            Field::new("at", Type::DateTime, "{t}.at", "When it happened."),
            Field::new("dueTime", Type::DateTime, "{t}.due_at", "When the task was due after the step."),
        ])
        .edges([
            Edge::to_one("owner", "User", "{t}.id = {p}.owner_user_id", "The user who had to do it after the step."),
            Edge::to_one(
                "operator",
                "User",
                "{t}.id = {p}.user_id",
                "The user who took the step. Null if the task followed its customer or its order.",
            ),
        ])
}

/// The root field of tasks.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "tasks",
        doc: "The open tasks that you may see, the earliest due first: your own, those about your customers, and those of your \
              team. Tasks that ended are shown only if the filter contains `status`.",
        kind: RootKind::List(List {
            of: "Task",
            on: "true",
            through: None,
            order_type: "TaskOrder",
            orders: orders(),
            search: None,
            live_connection: None,
        }),
    }]
}
