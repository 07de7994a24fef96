//! Describes the facts that figures count to the API.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::id::{self, Identified};
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough,
};
use crate::kernel::sql::Arg;

/// The permission to view figures, and the facts that they count.
pub const READ: Permission = Permission::to(Action::Read, Resource::Analytics);

/// The name of the entity.
pub const FACT: &str = "SalesFact";

static SUBJECT: Enum = Enum {
    name: "SalesFactSubject",
    doc: "What kind of fact it is.",
    values: &[
        (
            "HAND",
            "A user got a customer (n is 1), or no longer has it (-1). The sum until a moment is what they had then.",
        ),
        ("POOL", "A customer came into the public pool (n is 1), or left it (-1)."),
        (
            "UNDONE",
            "A change of owner was undone: it no longer counts as done. It is no change of who has the customer.",
        ),
        ("MOVE", "An opportunity came to a stage."),
        ("COHORT", "An opportunity, by the time of its creation, with the way that it went."),
        ("OUTCOME", "An opportunity was won, lost or void. If it is opened again, that is taken back: n is -1."),
        (
            "PIPELINE",
            "An opportunity came into the pipeline, left it, or changed in it. The sum until a moment is the pipeline then.",
        ),
        ("BOOK", "An order was made, changed or called off."),
        ("CASH", "Money was received, or paid back. If a payment is reversed, that is taken back: n is -1."),
        ("FOLLOW_UP", "Somebody talked with a customer."),
    ],
};

/// Describes a fact.
pub fn describe() -> Entity {
    let text = |name, sql, doc| Field::new(name, Type::Text, sql, doc).filterable();
    let optional = |name, ty, sql, doc| Field::new(name, ty, sql, doc).nullable();
    let today = "The present one of the customer; of a merged customer, that of the one that stays.";
    Entity {
        read: Some(READ),
        seen_as: VisibleThrough::Customer("(select coalesce(m.merged_into, m.id) from customer m where m.id = {t}.customer_id)"),
        ..Entity::part(
            FACT,
            "A fact that figures count. A figure is a sum of facts. Facts are never changed: what is taken back is a further fact with the sign turned, at the same time, and known later.",
            "sales_fact {t}",
        )
    }
    .fields([
        Field::new("subject", Type::Enum(&SUBJECT), "{t}.subject", "What kind of fact it is.").filterable(),
        text("detail", "{t}.detail", "Which of its kind: the operation and its cause (`RECLAIM:RULE`), the stage before (`PROPOSAL`), the way (`PROSPECTING>PROPOSAL=WON`), the end (`WON`), the change of the pipeline (`INCREASED`), the step of the order (`CREATE`), or the channel (`PHONE`)."),
        Field::new("at", Type::DateTime, "{t}.at", "To which moment it counts: when it happened, even if it was written down later.").filterable(),
        optional("knownAt", Type::DateTime, "{t}.known_at", "When it became known. Null for a moment, while it is being recorded.").filterable(),
        optional("userId", Type::Id("user"), "{t}.user_id", "The id of the user to whose credit it is: who had the opportunity then, sold the order, or wrote the follow-up. Null: the public pool's.").filterable(),
        Field::new("stage", Type::Text, "{t}.stage", "The code of the stage of the opportunity; empty if there is none.").filterable(),
        Field::new("currency", Type::Text, "{t}.currency", "The currency of the amount; empty if there is none.").filterable(),
        optional("closeMonth", Type::Date, "{t}.close_month", "The first day of the month in which the opportunity was expected to close.").filterable(),
        Field::new("n", Type::Int, "{t}.n", "What it adds to a count."),
        optional("amount", Type::Decimal, "{t}.amount", "What it adds to an amount."),
        optional("weighted", Type::Decimal, "{t}.weighted", "What it adds to a weighted amount: the amount times the probability, with four decimals."),
        optional("days", Type::Decimal, "round({t}.seconds / 86400.0, 2)", "How long it took, in days of 24 hours: in the stage before, from creation to the end, or in one hand."),
        Field::new("source", Type::Text, "{s}.source", today).filterable(),
        optional("industry", Type::Text, "{s}.industry", today).filterable(),
        optional("size", Type::Text, "{s}.size", today).filterable(),
        optional("level", Type::Text, "{s}.level", today).filterable(),
        optional("region", Type::Text, "{s}.region", today).filterable(),
        optional("productId", Type::Id("product"), "(select o.product_id from sales_opportunity o where o.id = {t}.opportunity_id)", "The id of the product that the opportunity is about today.").filterable(),
        optional("lostReason", Type::Text, "(select o.lost_reason from sales_opportunity o where o.id = {t}.opportunity_id)", "Why the opportunity is lost today: the code of a choice of kind LOST_REASON.").filterable(),
        optional("competitor", Type::Text, "(select o.competitor from sales_opportunity o where o.id = {t}.opportunity_id)", "Who competes for the opportunity today, or won it if it is lost: the code of a choice of kind COMPETITOR.").filterable(),
        optional("poolRuleId", Type::Id("poolrule"), "{t}.rule_id", "The id of the pool rule that took the customer.").filterable(),
    ])
    .edges([
        Edge::to_one("user", "User", "{t}.id = {p}.user_id", "The user to whose credit it is, if you may see them."),
        Edge::to_one("customer", "Customer", "{t}.id = (select coalesce(m.merged_into, m.id) from customer m where m.id = {p}.customer_id)", "The customer, if you may see it."),
        Edge::to_one("opportunity", "Opportunity", "{t}.id = {p}.opportunity_id", "The opportunity, if there is one and you may see it."),
        Edge::to_one("order", "Order", "{t}.id = {p}.order_id", "The order, if there is one and you may see it."),
    ])
    .filters([Filter {
        name: "teamOf",
        doc: "The id of a user: only facts of this user, and of everybody who was below them at the time of the fact.",
        ty: "ID",
        sql: |scope, value| {
            let manager = id::parse_as(value.as_str().unwrap_or_default(), id::User::PREFIX)?;
            let manager = scope.bind(Arg::Uuid(manager));
            Ok(format!("{}{}", scope.render("{t}.placement_id"), in_team(&manager)))
        },
        of_others: true,
    }])
    .orders(orders())
}

/// SQL behind the place of a fact: whether it is the manager's, or one that was below them.
pub fn in_team(manager: &str) -> String {
    format!(
        " = any(array(select l.id from placement l where l.user_id = {manager} or l.above @> array[{manager}]::uuid[]))"
    )
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "AT",
        doc: "By the time to which the facts count.",
        key: "{t}.at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

/// The root field of facts.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "salesFacts",
        doc: "The facts that figures count, the latest first: yours, those of your team, and those of users while they were in your team. With the period and the filter of a figure, they are what its numbers are sums of.",
        kind: RootKind::List(List {
            of: FACT,
            on: "true",
            through: None,
            order_type: "SalesFactOrder",
            orders: orders(),
            search: None,
            live_connection: None,
        }),
    }]
}
