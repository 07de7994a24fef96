//! What customers said about delivered orders, as service staff recorded it.

use fastrand::Rng;
use uuid::Uuid;

use super::copy::Table;
use super::firm::Firm;
use super::orders::Order;
use super::random::{chance, hours_after, id_at, one_of};

/// The table of feedback, and its columns.
pub const COLUMNS: &str = "order_feedback (id, order_id, customer_id, service_user_id, rating, category, content, resolution, resolved_at, created_at, \
    updated_at, version)";

/// A category, what satisfied customers say, and what the others say.
type Category = (&'static str, [&'static str; 2], [&'static str; 2]);

const CATEGORIES: [Category; 5] = [
    ("QUALITY", ["质量很好，运行稳定", "Works as promised"], ["外壳有划痕", "Two units failed after a week"]),
    ("DELIVERY", ["发货很快", "Arrived a day early"], ["比约定晚到了五天", "One box was missing"]),
    (
        "SERVICE",
        ["服务态度好，响应及时", "The engineer was a great help"],
        ["安装人员没有按时到", "Nobody called back"],
    ),
    ("PRICE", ["性价比高", "Fair price"], ["价格比同行高", "The invoice was not what we agreed on"]),
    ("OTHER", ["合作愉快", "Will order again"], ["说明书只有中文", "Too much packaging"]),
];
const RESOLUTIONS: [&str; 5] =
    ["已更换", "已补发缺件", "已道歉并给予折扣", "Replaced free of charge", "Sent the corrected invoice"];

/// Writes the feedback of some orders that were delivered.
pub fn write(table: &mut Table, rng: &mut Rng, firm: &Firm, customer: Uuid, order: &Order<'_>) {
    let Some(delivered_at) = order.delivered_at.filter(|_| chance(rng, 25)) else { return };
    let created_at = hours_after(rng, delivered_at, 12..24 * 30);
    if created_at >= firm.plan.now {
        return;
    }
    let rating = *one_of(rng, &[1, 2, 3, 3, 4, 4, 4, 5, 5, 5]);
    let (category, good, bad) = one_of(rng, &CATEGORIES);
    let content = one_of(rng, if rating > 3 { good } else { bad });
    let resolved_at = hours_after(rng, created_at, 2..24 * 10);
    let resolved_at = Some(resolved_at).filter(|at| rating <= 3 && *at < firm.plan.now && chance(rng, 70));
    table
        .value(id_at(rng, created_at))
        .value(order.id)
        .value(customer)
        .value(firm.first_with_role("service").id)
        .value(rating);
    table.value(category).optional(chance(rng, 90).then_some(content));
    table.optional(resolved_at.map(|_| one_of(rng, &RESOLUTIONS))).time(resolved_at);
    table.time(Some(created_at)).time(resolved_at.or(Some(created_at)));
    table.value(if resolved_at.is_some() { 2 } else { 1 }).end_row();
}
