//! How pool rules are read.

use super::condition::{Condition, Refusal};
use super::preview::PREVIEW;
use crate::kernel::access::{Action, Permission, Resource, Scope};
use crate::kernel::error::Error;
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough,
};

/// To read pool rules.
const READ: Permission = Permission::to(Action::Read, Resource::PoolRule);

static ACTION: Enum = Enum::of_inputs("PoolRuleAction");

/// What a pool rule is to readers.
pub fn describe() -> Entity {
    Entity::node(
        "PoolRule",
        "poolrule",
        "A rule by which customers come back to the public pool, or stay.",
        "customer_pool_rule {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("name", Type::Text, "{t}.name", "What people call it."),
        Field::new(
            "condition",
            Type::Text,
            "{t}.condition",
            "Which customers: an expression in CEL, as in `CreatePoolRuleInput`.",
        ),
        Field::new("action", Type::Enum(&ACTION), "{t}.action", "What it does with them.").filterable(),
        Field::new(
            "daysAhead",
            Type::Int,
            "{t}.days_ahead",
            "How many days before the condition would match owners are told; null for rules that do not warn.",
        )
        .nullable(),
        Field::new(
            "maxPerRun",
            Type::Int,
            "{t}.max_per_run",
            "How many customers a run takes at most, the most neglected first; null: all.",
        )
        .nullable(),
        Field::new("priority", Type::Int, "{t}.priority", "The larger wins."),
        Field::new(
            "schedule",
            Type::Text,
            "{t}.schedule",
            "When it runs: a cron line in the business time zone, or `every: P3D`; null for rules that keep.",
        )
        .nullable(),
        Field::new(
            "workdays",
            Type::Boolean,
            "{t}.workdays",
            "Whether days off are left out of every day count, and it does not run on them.",
        ),
        Field::new("isEnabled", Type::Boolean, "{t}.enabled", "Whether it is on.").filterable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When it was entered."),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When it was last changed."),
        Field::new("version", Type::Int, "{t}.version", "Counts the edits; an update says which one it saw."),
    ])
    .edges([Edge::pages_of_others("runs", "PoolRuleRun", "{t}.rule_id = {p}.id", "What it did, the latest first.")])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    let doc = "The priority: what wins first.";
    vec![Order { name: "PRIORITY", doc, key: "{t}.priority", ty: Type::Int, newest_first: true }]
}

/// Pool rules at the top.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "poolRules",
            doc: "The rules by which customers come back to the public pool, and those that keep them.",
            kind: RootKind::List(List {
                of: "PoolRule",
                on: "true",
                through: None,
                order_type: "PoolRuleOrder",
                orders: orders(),
                search: None,
                live_connection: None,
            }),
        },
        Root {
            name: "poolRule",
            doc: "One pool rule; null when there is none or you may not see it.",
            kind: RootKind::ById("PoolRule"),
        },
    ]
}

/// The scopes through which one sees a customer neither as its owner nor as a superior.
pub(super) const ELSEWHERE: &[Scope] =
    &[Scope::Pool, Scope::PoolAll, Scope::Entered, Scope::EnteredPooled, Scope::Ordered];

/// A condition as pool rules have them, on customers that one sees as their owner or a superior: it asks for what those in
/// the pool do not show.
pub fn filter() -> Filter {
    Filter {
        name: "condition",
        doc: "Customers of yours and your team that a condition of pool rules matches, such as `followup_days > 7 && orders_total[\"CNY\"] < 10000`. For those who may preview pool rules.",
        ty: "String",
        sql: |scope, value| {
            if !scope.has(PREVIEW) {
                return Err(Error::Forbidden(PREVIEW));
            }
            let text = value.as_str().unwrap_or_default();
            let reached = scope.holds_beyond(ELSEWHERE);
            let wrong = |refusal: Refusal| Error::BadInput(refusal.text());
            let mut maker = scope.maker();
            let (directory, row, now) = (maker.directory(), maker.row().to_owned(), maker.now());
            let condition = Condition::read(text, false, directory).map_err(wrong)?;
            let matches = condition.predicate(directory, &row, &now, maker.binds()).map_err(wrong)?;
            Ok(format!("({reached} and {matches} is true)"))
        },
        of_others: true,
    }
}
