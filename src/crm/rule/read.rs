//! Describes pool rules to the API, and the filter of customers by a condition.

use super::condition::{Condition, Refusal};
use super::model::{PREVIEW, READ};
use crate::kernel::access::Scope;
use crate::kernel::error::Error;
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough,
};

static ACTION: Enum = Enum::of_inputs("PoolRuleAction");

/// Describes a pool rule.
pub fn describe() -> Entity {
    Entity::node(
        "PoolRule",
        "poolrule",
        "A rule that releases customers to the public pool, warns their owners before that, or keeps customers out of the pool.",
        "customer_pool_rule {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("name", Type::Text, "{t}.name", "The name of the rule."),
        Field::new(
            "condition",
            Type::Text,
            "{t}.condition",
            "Which customers the rule matches: an expression in CEL, as `CreatePoolRuleInput` describes it.",
        ),
        Field::new("action", Type::Enum(&ACTION), "{t}.action", "What the rule does with the customers.").filterable(),
        Field::new(
            "daysAhead",
            Type::Int,
            "{t}.days_ahead",
            "The number of days before the condition matches at which owners are warned; null for rules that do not warn.",
        )
        .nullable(),
        Field::new(
            "maxPerRun",
            Type::Int,
            "{t}.max_per_run",
            "The most customers that a run releases, those without a follow-up for the longest time first. Null means no limit.",
        )
        .nullable(),
        Field::new(
            "keepsUnapproved",
            Type::Boolean,
            "{t}.keeps_unapproved",
            "Whether customers that wait for approval because one owner would lose many stay with the owner if nobody approves; otherwise \
             they are released at the deadline.",
        ),
        Field::new("priority", Type::Int, "{t}.priority", "The priority. A rule that keeps customers wins over other rules of the same or a lower priority."),
        Field::new(
            "schedule",
            Type::Text,
            "{t}.schedule",
            "When the rule runs: a cron line in the business time zone, or a period such as `every: P3D`; null for rules that keep customers.",
        )
        .nullable(),
        Field::new(
            "workdays",
            Type::Boolean,
            "{t}.workdays",
            "Whether only working days count: days off are left out of every day count, and the rule does not run on them.",
        ),
        Field::new("isEnabled", Type::Boolean, "{t}.enabled", "Whether the rule is switched on.").filterable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the rule was created."),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When the rule was last changed."),
        Field::new("version", Type::Int, "{t}.version", "The version of the rule, raised by each edit. An update must give the version that it is based on."),
    ])
    .edges([Edge::pages_of_others("runs", "PoolRuleRun", "{t}.rule_id = {p}.id", "The runs of the rule, the latest first.")])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    let doc = "The priority, the highest first.";
    vec![Order { name: "PRIORITY", doc, key: "{t}.priority", ty: Type::Int, newest_first: true }]
}

/// The root fields of pool rules.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "poolRules",
            doc: "The pool rules.",
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
            doc: "The pool rule with this id; null if there is none, or you may not see it.",
            kind: RootKind::ById("PoolRule"),
        },
    ]
}

/// The scopes through which a user sees a customer without being its owner or a superior of the owner.
pub(super) const NOT_AS_OWNER_OR_SUPERIOR: &[Scope] =
    &[Scope::Pool, Scope::PoolAll, Scope::Entered, Scope::EnteredPooled, Scope::Ordered];

/// The filter of customers by a condition as pool rules have it. It matches only customers that the viewer sees as
/// their owner or as a superior, because conditions depend on values that customers do not show in the pool.
pub fn filter() -> Filter {
    Filter {
        name: "condition",
        doc: "Customers of yours and your team that match a condition in the language of pool rules, such as `followup_days > 7 && orders_total[\"CNY\"] < 10000`. Only users who may preview pool rules may use this filter.",
        ty: "String",
        sql: |scope, value| {
            if !scope.has(PREVIEW) {
                return Err(Error::Forbidden(PREVIEW));
            }
            let text = value.as_str().unwrap_or_default();
            let reached = scope.holds_beyond(NOT_AS_OWNER_OR_SUPERIOR);
            let refuse = |refusal: Refusal| Error::BadInput(refusal.text());
            let mut maker = scope.maker();
            let (directory, row, now) = (maker.directory(), maker.row().to_owned(), maker.now());
            let condition = Condition::parse(text, false, directory).map_err(refuse)?;
            let matches = condition.predicate(directory, &row, &now, maker.binds()).map_err(refuse)?;
            Ok(format!("({reached} and {matches} is true)"))
        },
        of_others: true,
    }
}
