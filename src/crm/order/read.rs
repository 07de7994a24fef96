//! How orders, their lines and their steps are read.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// To read orders.
pub const READ: Permission = Permission::to(Action::Read, Resource::Order);

static STATUS: Enum = Enum::of_inputs("OrderStatus");

/// What is done to an order.
pub static ACTION: Enum = Enum {
    name: "OrderAction",
    doc: "What is done to an order.",
    values: &[
        ("CREATE", "It was made."),
        ("CHANGE_LINES", "Its lines were replaced: `totalBefore` and `totalAfter` say what it came to."),
        ("PAY", "Something was paid: a part, or the rest."),
        ("SHIP", "It was sent."),
        ("DELIVER", "It arrived."),
        ("CANCEL", "It was called off before anything was paid."),
        ("REFUND", "It was called off, and the money given back."),
        ("ADOPT", "Another took it over."),
    ],
};

/// What orders and their parts are to readers.
pub fn describe_all() -> Vec<Entity> {
    vec![describe(), describe_line(), describe_step()]
}

fn describe() -> Entity {
    let time = |name, sql, doc| Field::new(name, Type::DateTime, sql, doc).nullable().filterable();
    Entity::node(
        "Order",
        "order",
        "What a customer bought. Who sold it never changes; its owner handles it.",
        "sales_order {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::new("orderNo", Type::Text, "{t}.order_no", "The number that people use; unique.").filterable(),
        Field::new("status", Type::Enum(&STATUS), "{t}.status", "How far it is.").filterable(),
        Field::new("totalAmount", Type::Money("{t}.currency"), "{t}.total_amount", "The sum of its lines.")
            .filterable(),
        Field::new(
            "paidAmount",
            Type::Money("{t}.currency"),
            "{t}.paid_amount",
            "What of it was paid; also after it went back.",
        )
        .filterable(),
        Field::new("remark", Type::Text, "{t}.remark", "What was said about it.").nullable(),
        Field::new("ownerId", Type::Id("user"), "{t}.owner_user_id", "The id of who handles it.").filterable(),
        Field::new("orderedAt", Type::DateTime, "{t}.ordered_at", "When it was made.").filterable(),
        time("paidAt", "{t}.paid_at", "When the last of it was paid."),
        time("shippedAt", "{t}.shipped_at", "When it was sent."),
        time("deliveredAt", "{t}.delivered_at", "When it arrived."),
        time("closedAt", "{t}.closed_at", "When it was cancelled or refunded."),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When it was last changed."),
        Field::new("version", Type::Int, "{t}.version", "Counts the changes; a change says which one it saw."),
    ])
    .edges([
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "Who bought."),
        Edge::beside("opportunity", "Opportunity", "{t}.id = {p}.opportunity_id", "What it came of."),
        Edge::to_one("soldBy", "User", "{t}.id = {p}.sold_by_user_id", "Who sold it, and earns the figures."),
        Edge::to_one("owner", "User", "{t}.id = {p}.owner_user_id", "Who handles it."),
        Edge::few(
            "lines",
            "OrderLine",
            "{t}.order_id = {p}.id",
            "{t}.position",
            "What was bought, in the order of the document.",
        ),
        Edge::few(
            "steps",
            "OrderStep",
            "{t}.order_id = {p}.id",
            "{t}.at, {t}.id",
            "What happened to it, the first first.",
        ),
        Edge::pages("feedback", "Feedback", "{t}.order_id = {p}.id", "What the customer said of it, the latest first."),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "ORDERED_AT",
        doc: "When it was made.",
        key: "{t}.ordered_at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

fn describe_line() -> Entity {
    Entity::part("OrderLine", "One product of an order, at the price of that time.", "order_product {t}")
        .fields([
            Field::new("position", Type::Int, "{t}.position", "Its place in the order, from 1."),
            Field::new("quantity", Type::Decimal, "trim_scale({t}.quantity)", "How many, in the product's unit."),
            Field::new("unitPrice", Type::Money("{p}.currency"), "{t}.unit_price", "What one cost then."),
            Field::new("discount", Type::Money("{p}.currency"), "{t}.discount", "What was taken off the whole line."),
            Field::new("amount", Type::Money("{p}.currency"), "{t}.amount", "Quantity times price, less the discount."),
        ])
        .edges([Edge::to_one("product", "Product", "{t}.id = {p}.product_id", "What.")])
}

fn describe_step() -> Entity {
    let total = |name, sql, doc| Field::new(name, Type::Money("{p}.currency"), sql, doc).nullable();
    Entity::part("OrderStep", "Something that happened to an order.", "order_history {t}")
        .fields([
            Field::new("action", Type::Enum(&ACTION), "{t}.action", "What."),
            Field::new("fromStatus", Type::Enum(&STATUS), "{t}.from_status", "How far it was before."),
            Field::new("toStatus", Type::Enum(&STATUS), "{t}.to_status", "How far it was then."),
            Field::new("amount", Type::Money("{p}.currency"), "{t}.amount", "What was paid, or given back.").nullable(),
            total(
                "totalBefore",
                "{t}.total_before",
                "What it came to before its lines were replaced; null for other steps.",
            ),
            total("totalAfter", "{t}.total_after", "What it came to afterwards; null for other steps."),
            Field::new("remark", Type::Text, "{t}.remark", "What was said about it.").nullable(),
            Field::new("at", Type::DateTime, "{t}.at", "When."),
        ])
        .edges([Edge::to_one("operator", "User", "{t}.id = {p}.user_id", "Who did it; null for the system.")])
}

/// The orders at the top.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "orders",
            doc: "The orders that you may see: your own, those of your customers, and your team's; all for service staff.",
            kind: RootKind::List(List {
                of: "Order",
                on: "true",
                through: None,
                order_type: "OrderOrder",
                orders: orders(),
                search: None,
                live_connection: None,
            }),
        },
        Root {
            name: "order",
            doc: "One order; null when there is none or you may not see it.",
            kind: RootKind::ById("Order"),
        },
    ]
}
