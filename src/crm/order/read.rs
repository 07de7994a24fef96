//! The fields, edges and lists of orders, of their lines and of their steps.

use super::{ADOPT, CREATE, REVERSE, next_step};
use crate::crm::{external_id, product};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{
    Actions, Edge, Entity, Enum, Field, Filter, List, Order, Root, RootKind, RowAction, Type, VisibleThrough,
};

/// The permission to read orders.
pub const READ: Permission = Permission::to(Action::Read, Resource::Order);

static STATUS: Enum = Enum::of_inputs("OrderStatus");

static ACTIONS: Actions = Actions {
    name: "AllowedOnOrder",
    doc: "What you can do with the order now, besides its `nextSteps`. The input of the mutation may still be refused.",
    all: &[
        RowAction::new("UPDATE", &[CREATE], "true", "`updateOrder`."),
        RowAction::new(
            "SET_LINES",
            &[CREATE, product::READ],
            "{t}.status = 'PENDING' and {t}.paid_amount = 0 and {s}.archived_at is null",
            "`updateOrder` with other lines.",
        ),
        RowAction::new(
            "SET_INSTALMENTS",
            &[CREATE],
            "{t}.status not in ('CANCELLED', 'REFUNDED')",
            "`setInstalments`.",
        ),
        RowAction::new(
            "REVERSE_PAYMENT",
            &[REVERSE],
            "{t}.status not in ('CANCELLED', 'REFUNDED')
                   and ({sellers_record_payments} or {me} not in ({t}.sold_by_user_id, {t}.owner_user_id))",
            "`reversePayment`, of each payment that is not reversed.",
        ),
        RowAction::new(
            "ADOPT",
            &[ADOPT],
            "{t}.status in ('PENDING', 'PAID', 'SHIPPED') and {t}.owner_user_id <> coalesce({s}.owner_user_id, {me})",
            "`adoptOrder`: the present owner of the customer takes it over, or you do, if it is in the pool.",
        ),
    ],
};

static METHOD: Enum = Enum::of_inputs("PaymentMethod");

static PAYMENT_STATUS: Enum = Enum {
    name: "PaymentStatus",
    doc: "How far an order is paid.",
    values: &[("UNPAID", "Nothing is paid."), ("PARTLY_PAID", "A part is paid."), ("PAID", "Nothing is left to pay.")],
};

static PAYMENT_KIND: Enum = Enum {
    name: "PaymentKind",
    doc: "What a row of money is.",
    values: &[
        ("PAYMENT", "The customer paid."),
        ("REVERSAL", "A payment is taken back, which was recorded by mistake or did not come."),
        ("REFUND", "What was paid was paid back, and the order was closed."),
    ],
};

/// The actions in the history of an order.
pub static ACTION: Enum = Enum {
    name: "OrderAction",
    doc: "An action in the history of an order.",
    values: &[
        ("CREATE", "The order was recorded."),
        ("CHANGE_LINES", "The lines were replaced. `totalBefore` and `totalAfter` are the totals of the order."),
        ("PAY", "A payment was recorded, of a part or of all that was left to pay."),
        ("REVERSE", "A payment was taken back, which was recorded by mistake or did not come."),
        ("SCHEDULE", "The instalments were set."),
        ("SHIP", "The goods were shipped."),
        ("DELIVER", "The goods were delivered."),
        ("CANCEL", "The order was cancelled, and nothing was paid."),
        ("REFUND", "The order was cancelled after a payment, and the money was paid back."),
        ("ADOPT", "Another user took the order over."),
    ],
};

/// Describes orders and their parts.
pub fn describe_all() -> Vec<Entity> {
    vec![describe(), describe_line(), describe_payment(), describe_instalment(), next_step::describe(), describe_step()]
}

fn describe() -> Entity {
    let time = |name, sql, doc| Field::new(name, Type::DateTime, sql, doc).nullable().filterable();
    Entity::node(
        "Order",
        "order",
        "An order of a customer. Its owner handles it and can change; the user who sold it stays the same.",
        "sales_order {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::can(&ACTIONS),
        Field::new("orderNo", Type::Text, "{t}.order_no", "The unique order number, for people.").filterable(),
        external_id::field(external_id::Kind::Order),
        Field::new("status", Type::Enum(&STATUS), "{t}.status", "The status of the order.").filterable(),
        Field::new(
            "totalAmount",
            Type::Money("{t}.currency"),
            "{t}.total_amount",
            "The sum of the amounts of its lines.",
        )
        .filterable(),
        Field::new(
            "paidAmount",
            Type::Money("{t}.currency"),
            "{t}.paid_amount",
            "The sum of the payments, without those that were reversed. A refund does not change it.",
        )
        .filterable(),
        Field::new(
            "paymentStatus",
            Type::Enum(&PAYMENT_STATUS),
            "{t}.payment_status",
            "How far the order is paid. A refund does not change it.",
        )
        .filterable(),
        Field::new(
            "nextDueOn",
            Type::Date,
            "{t}.next_due_on",
            "When the earliest instalment is due that is not paid in full. Null if all are paid, if the order has no instalments, or if \
             it was cancelled or refunded.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "overdueAmount",
            Type::Money("{t}.currency"),
            "(select greatest(coalesce(sum(due.amount), 0) - {t}.paid_amount, 0)::numeric(14, 2) from instalment due
              where due.order_id = {t}.id and due.due_on < {today}::date and {t}.closed_at is null)",
            "What is left to pay of the instalments that were due before today, in the business time zone. 0 if the order was \
             cancelled or refunded.",
        ),
        Field::new("remark", Type::Text, "{t}.remark", "A remark about the order.").nullable(),
        Field::new("ownerId", Type::Id("user"), "{t}.owner_user_id", "The id of the user who handles the order.")
            .filterable(),
        Field::new("soldById", Type::Id("user"), "{t}.sold_by_user_id", "The id of the user who sold the order.")
            .filterable(),
        Field::new("currency", Type::Text, "{t}.currency", "The currency of all amounts of the order.").filterable(),
        Field::new("orderedAt", Type::DateTime, "{t}.ordered_at", "When the customer ordered.").filterable(),
        time("paidAt", "{t}.paid_at", "When the order was paid in full. Null if it was not."),
        time("shippedAt", "{t}.shipped_at", "When the goods were shipped. Null if they were not."),
        time("deliveredAt", "{t}.delivered_at", "When the goods were delivered. Null if they were not."),
        time("closedAt", "{t}.closed_at", "When the order was cancelled or refunded. Null if it was not."),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When the order was last changed."),
        Field::new(
            "version",
            Type::Int,
            "{t}.version",
            "The number of the present version, which counts the changes. A change must send the version that you saw.",
        ),
    ])
    .edges([
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "The customer who ordered."),
        Edge::beside(
            "opportunity",
            "Opportunity",
            "{t}.id = {p}.opportunity_id",
            "The opportunity that the order resulted from. Null if there is none, or if you may not see it.",
        ),
        Edge::to_one(
            "soldBy",
            "User",
            "{t}.id = {p}.sold_by_user_id",
            "The user who sold the order. Figures count the order for this user.",
        ),
        Edge::to_one("owner", "User", "{t}.id = {p}.owner_user_id", "The user who handles the order."),
        Edge::few(
            "lines",
            "OrderLine",
            "{t}.order_id = {p}.id",
            "{t}.position",
            "The lines of the order, by position.",
        ),
        next_step::edge(),
        Edge::few(
            "payments",
            "Payment",
            "{t}.order_id = {p}.id",
            "{t}.recorded_at, {t}.id",
            "What was paid, taken back and paid back, in the order in which it was recorded. Rows are never changed.",
        ),
        Edge::few(
            "instalments",
            "Instalment",
            "{t}.order_id = {p}.id",
            "{t}.position",
            "The instalments in which the order is to be paid, by position. They are together its total. Empty if none are set.",
        ),
        Edge::few(
            "steps",
            "OrderStep",
            "{t}.order_id = {p}.id",
            "{t}.at, {t}.id",
            "The history of the order, the earliest step first.",
        ),
        Edge::pages(
            "tasks",
            "Task",
            "{t}.order_id = {p}.id",
            "The open tasks about the order, the earliest due first. Tasks that ended are shown only if the filter contains `status`.",
        ),
        Edge::pages("feedback", "Feedback", "{t}.order_id = {p}.id", "The feedback on the order, the latest first."),
    ])
    .filters([instalment_due()])
    .orders(orders())
}

fn instalment_due() -> Filter {
    Filter {
        name: "instalmentDue",
        doc: "Finds orders with an instalment that is not paid in full and is overdue, or due today in the business time zone. \
              Orders that were cancelled or refunded have none.",
        ty: "InstalmentDue",
        sql: |scope, value| {
            Ok(match value.as_str() {
                Some("OVERDUE") => scope.render("coalesce({t}.next_due_on < {today}::date, false)"),
                _ => scope.render("coalesce({t}.next_due_on = {today}::date, false)"),
            })
        },
        of_others: false,
    }
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "ORDERED_AT",
        doc: "By the time of the order.",
        key: "{t}.ordered_at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

fn describe_line() -> Entity {
    Entity::part("OrderLine", "A line of an order: a product, at the price at which it was sold.", "order_product {t}")
        .fields([
            Field::new("position", Type::Int, "{t}.position", "The position of the line in the order, from 1."),
            Field::new("quantity", Type::Decimal, "trim_scale({t}.quantity)", "The quantity, in the product's unit."),
            Field::new("unitPrice", Type::Money("{p}.currency"), "{t}.unit_price", "The price of one unit."),
            Field::new("discount", Type::Money("{p}.currency"), "{t}.discount", "The discount on the whole line."),
            Field::new("amount", Type::Money("{p}.currency"), "{t}.amount", "Quantity times price, less the discount."),
        ])
        .edges([Edge::to_one("product", "Product", "{t}.id = {p}.product_id", "The product.")])
}

fn describe_payment() -> Entity {
    Entity::part(
        "Payment",
        "Money that a customer paid for an order, or that went back. A row is never changed: a payment that was recorded by mistake \
         is taken back by another row.",
        "payment {t}",
    )
    .fields([
        Field::new("id", Type::Id("payment"), "{t}.id", "The id of the payment, by which it can be reversed."),
        Field::new("kind", Type::Enum(&PAYMENT_KIND), "{t}.kind", "Whether it is a payment, a reversal or a refund."),
        Field::new(
            "amount",
            Type::Money("{p}.currency"),
            "{t}.amount",
            "The amount: more than 0 for payments, less than 0 for reversals and refunds.",
        ),
        Field::new(
            "receivedAt",
            Type::DateTime,
            "{t}.received_at",
            "When the money came, or went back. Figures count it then. A reversal has the time of its payment.",
        ),
        Field::new("method", Type::Enum(&METHOD), "{t}.method", "How the money came. Null if nobody said it.").nullable(),
        Field::new(
            "reference",
            Type::Text,
            "{t}.reference",
            "What finds it in the statements of the bank. Null if nobody said it.",
        )
        .nullable(),
        Field::new("recordedAt", Type::DateTime, "{t}.recorded_at", "When it was recorded."),
        Field::new(
            "reversesId",
            Type::Id("payment"),
            "{t}.reverses_id",
            "The id of the payment that this row takes back. Null for other rows.",
        )
        .nullable(),
        Field::new(
            "reversedById",
            Type::Id("payment"),
            "(select back.id from payment back where back.reverses_id = {t}.id)",
            "The id of the row that takes this payment back. Null if it stands.",
        )
        .nullable(),
    ])
    .edges([Edge::to_one(
        "recordedBy",
        "User",
        "{t}.id = {p}.recorded_by",
        "The user who recorded it. Null if the system did.",
    )])
}

fn describe_instalment() -> Entity {
    Entity::part("Instalment", "A part of the total of an order, and when it is to be paid.", "instalment {t}").fields([
        Field::new("position", Type::Int, "{t}.position", "The position of the instalment, from 1."),
        Field::new("dueOn", Type::Date, "{t}.due_on", "The last day on which it is paid in time."),
        Field::new(
            "share",
            Type::Decimal,
            "trim_scale({t}.share)",
            "Its share of the total in percent. Null if the instalments were set as amounts.",
        )
        .nullable(),
        Field::new("amount", Type::Money("{p}.currency"), "{t}.amount", "Its amount."),
        Field::new(
            "paidAmount",
            Type::Money("{p}.currency"),
            "(select greatest(least({t}.amount, {p}.paid_amount - coalesce(sum(before.amount), 0)), 0)::numeric(14, 2) from instalment before
              where before.order_id = {t}.order_id and before.position < {t}.position)",
            "What is paid of it: payments pay the instalments in their order.",
        ),
        Field::new(
            "isRetention",
            Type::Boolean,
            "{t}.is_retention",
            "Whether the customer keeps it back until the goods have proved good (质保金).",
        ),
    ])
}

fn describe_step() -> Entity {
    let total = |name, sql, doc| Field::new(name, Type::Money("{p}.currency"), sql, doc).nullable();
    Entity::part("OrderStep", "A step in the history of an order.", "order_history {t}")
        .fields([
            Field::new("action", Type::Enum(&ACTION), "{t}.action", "The action."),
            Field::new("fromStatus", Type::Enum(&STATUS), "{t}.from_status", "The status before the step."),
            Field::new("toStatus", Type::Enum(&STATUS), "{t}.to_status", "The status after the step."),
            Field::new(
                "amount",
                Type::Money("{p}.currency"),
                "(select abs(moved.amount) from payment moved where moved.id = {t}.payment_id)",
                "The amount that was paid, taken back or paid back. Null for other steps.",
            )
            .nullable(),
            total(
                "totalBefore",
                "{t}.total_before",
                "The total of the order before its lines were replaced. Null for other steps.",
            ),
            total(
                "totalAfter",
                "{t}.total_after",
                "The total of the order after its lines were replaced. Null for other steps.",
            ),
            Field::new("remark", Type::Text, "{t}.remark", "A remark about the step.").nullable(),
            Field::new("at", Type::DateTime, "{t}.at", "When the step was taken."),
        ])
        .edges([Edge::to_one(
            "operator",
            "User",
            "{t}.id = {p}.user_id",
            "The user who took the step. Null if the system did.",
        )])
}

/// The root fields of orders.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "orders",
            doc: "The orders that you may see, the latest first: your own, those of your customers, and those \
                  of your team. Service staff see all orders.",
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
            doc: "The order with this id. Null if there is none or you may not see it.",
            kind: RootKind::ById("Order"),
        },
    ]
}
