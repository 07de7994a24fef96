//! The steps that an order allows and that the viewer has a right to, and what stands against them.

use super::step::{SHIP_UNPAID, Step};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, Type};

static ACTION: Enum = Enum::of_inputs("AdvanceOrderAction");

static OBSTACLE: Enum = Enum {
    name: "OrderStepObstacle",
    doc: "Why a step is refused to somebody who has the right to it.",
    values: &[
        ("UNPAID", "The order is not paid in full, and you may not ship it before."),
        (
            "OWN_SALE",
            "You sold or handle the order, and by the setting `sellersRecordPayments` somebody else confirms its money.",
        ),
    ],
};

/// Describes what somebody can do with an order.
pub fn describe() -> Entity {
    // Which step leads from which status is in `order_step`; the rest is the money. `guarded` looks at the owner.
    Entity::part(
        "OrderNextStep",
        "A step that an order allows now, and that you have a right to.",
        "(select n.action, n.place, {p}.status, {p}.owner_user_id,
                 case when not {sellers_record_payments} and {me} in ({p}.sold_by_user_id, {p}.owner_user_id)
                           and n.action in ('PAY', 'REFUND') then 'OWN_SALE' end as obstacle
          from (values ('PAY', 1), ('SHIP', 2), ('DELIVER', 3), ('CANCEL', 4), ('REFUND', 5)) n (action, place)
          where exists (select from order_step s where s.from_status = {p}.status and s.action = n.action)
              and case n.action
                      when 'PAY' then {p}.status = 'PENDING' or {p}.paid_amount < {p}.total_amount
                      when 'CANCEL' then {p}.paid_amount = 0 and ({p}.status = 'PENDING' or {p}.total_amount > 0)
                      when 'REFUND' then {p}.paid_amount > 0 or {p}.status <> 'PENDING' and {p}.total_amount = 0
                      else true
                  end) {t}",
    )
    .fields([
        Field::new("action", Type::Enum(&ACTION), "{t}.action", "The step of `advanceOrder`."),
        Field::new(
            "obstacle",
            Type::Enum(&OBSTACLE),
            "{t}.obstacle",
            "Why the step is refused to you at present. Null if you can take it.",
        )
        .nullable()
        .masked(
            SHIP_UNPAID,
            "coalesce({t}.obstacle, case when {t}.action = 'SHIP' and {t}.status = 'PENDING' then 'UNPAID' end)",
        ),
    ])
}

/// The steps as a field of an order.
pub fn edge() -> Edge {
    Edge::few(
        "nextSteps",
        "OrderNextStep",
        "true",
        "{t}.place",
        "The steps that the status of the order allows and that you have a right to, the usual one first, and what stands against \
         them.",
    )
    .guarded("{t}.action = 'PAY'", Step::Pay.permission())
    .guarded("{t}.action = 'SHIP'", Step::Ship.permission())
    .guarded("{t}.action = 'DELIVER'", Step::Deliver.permission())
    .guarded("{t}.action = 'CANCEL'", Step::Cancel.permission())
    .guarded("{t}.action = 'REFUND'", Step::Refund.permission())
}
