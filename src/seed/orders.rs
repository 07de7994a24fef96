//! Orders, of opportunities that were won and without one: they are paid, some in two parts and some by instalments, shipped,
//! delivered, cancelled or refunded.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fastrand::Rng;
use uuid::Uuid;

use super::copy::{Money, Table};
use super::firm::Firm;
use super::history::History;
use super::manner::{Manner, busy_time_between, season};
use super::opportunities::Opportunity;
use super::people::Person;
use super::products::{Product, pick_sold_at};
use super::random::{chance, hours_after, id_at, one_of, time_between};

/// The table of orders, and its columns.
pub const COLUMNS: &str = "sales_order (id, order_no, customer_id, opportunity_id, sold_by_user_id, owner_user_id, status, currency, total_amount, \
    paid_amount, remark, ordered_at, paid_at, shipped_at, delivered_at, closed_at, created_at, updated_at, version, next_due_on)";
/// The table of their lines, and its columns.
pub const LINE_COLUMNS: &str = "order_product (order_id, position, product_id, quantity, unit_price, discount)";
/// The table of their steps, and its columns.
pub const STEP_COLUMNS: &str =
    "order_history (id, order_id, customer_id, action, from_status, to_status, payment_id, remark, user_id, at)";
/// The table of their payments, and its columns.
pub const PAYMENT_COLUMNS: &str =
    "payment (id, order_id, customer_id, amount, received_at, method, reference, recorded_by, recorded_at)";
/// The table of their instalments, and its columns.
pub const INSTALMENT_COLUMNS: &str = "instalment (order_id, position, due_on, share, amount, is_retention)";

/// The most orders of a customer. The number of an order is computed from the number of its customer.
pub const MAX_ORDERS: u64 = 16;

const REMARKS: [&str; 6] = [
    "请在月底前发货",
    "开增值税专用发票",
    "分两次付款",
    "Ship to the second plant",
    "同上次合同",
    "Call before delivery",
];
const CANCEL_REASONS: [&str; 4] = ["客户取消采购", "规格不符", "Ordered twice", "Delivery took too long"];

/// An order.
pub struct Order<'a> {
    pub id: Uuid,
    pub ordered_at: DateTime<Utc>,
    pub sold_by: &'a Person,
    pub opportunity: Option<Uuid>,
    pub delivered_at: Option<DateTime<Utc>>,
    owner: &'a Person,
    lines: Vec<Line<'a>>,
    steps: Vec<Step>,
    status: &'static str,
    total: Money,
    paid: Money,
    remark: Option<&'static str>,
    paid_at: Option<DateTime<Utc>>,
    shipped_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    instalments: Vec<Instalment>,
}

/// The instalments of machines: with the order, before shipping, and what the customer keeps back; with their shares in percent.
const SCHEDULES: [&[(i64, i64)]; 3] = [&[(7, 30), (45, 60), (365, 10)], &[(30, 100)], &[(3, 50), (60, 45), (365, 5)]];
/// Orders from this total on have instalments, some of them.
const LARGE: Money = Money(2_000_000);

struct Instalment {
    due_on: NaiveDate,
    share: i64,
    amount: Money,
}

struct Line<'a> {
    product: &'a Product,
    /// In thousandths.
    quantity: i64,
    unit_price: Money,
    discount: Money,
}

impl Line<'_> {
    fn amount(&self) -> i64 {
        (self.quantity * self.unit_price.0 + 500) / 1000 - self.discount.0
    }
}

struct Step {
    at: DateTime<Utc>,
    action: &'static str,
    from: &'static str,
    to: &'static str,
    amount: Option<Money>,
    remark: Option<&'static str>,
    by: Uuid,
}

/// The orders of a customer.
pub fn of<'a>(
    rng: &mut Rng,
    firm: &'a Firm,
    history: &History<'a>,
    opportunities: &[Opportunity<'a>],
) -> Vec<Order<'a>> {
    let mut orders = Vec::new();
    for opportunity in opportunities {
        for win in &opportunity.wins {
            if let Some(reopened_at) = win.reopened_at {
                let at = time_between(rng, win.at, win.at + (reopened_at - win.at) / 2);
                let mut order = create(rng, firm, win.by, at, Some(opportunity));
                order.advance_until(rng, firm, history, reopened_at);
                order.cancel_or_refund(rng, reopened_at, win.by.id);
                orders.push(order);
            } else if chance(rng, 90) {
                // The order falls into the ownership in which the opportunity was won.
                let end = history.ownership_at(win.at).and_then(|held| held.to).unwrap_or(firm.plan.now);
                let at = time_between(rng, win.at, (win.at + TimeDelta::days(3)).min(end));
                let order = create(rng, firm, win.by, at, Some(opportunity));
                orders.push(advance_to_end(order, rng, firm, history));
            }
        }
    }
    for held in &history.ownerships {
        if chance(rng, Manner::of(held.owner).quick_orders) {
            let at = busy_time_between(rng, held.from, held.to.unwrap_or(firm.plan.now));
            let order = create(rng, firm, held.owner, at, None);
            orders.push(advance_to_end(order, rng, firm, history));
        }
    }
    orders.truncate(MAX_ORDERS as usize);
    orders
}

fn create<'a>(
    rng: &mut Rng,
    firm: &'a Firm,
    seller: &'a Person,
    at: DateTime<Utc>,
    opportunity: Option<&Opportunity<'a>>,
) -> Order<'a> {
    let first = match opportunity.map(|opportunity| opportunity.product) {
        Some(wanted) if wanted.is_sold_at(at) => wanted,
        wanted => pick_sold_at(rng, &firm.products, at, wanted.map(|wanted| wanted.currency)),
    };
    let mut lines: Vec<Line<'a>> = Vec::new();
    // In thousandths.
    let most = 200 * i64::from(season(at));
    for index in 0..*one_of(rng, &[1, 1, 2, 2, 3, 4]) {
        let product = if index == 0 { first } else { pick_sold_at(rng, &firm.products, at, Some(first.currency)) };
        if lines.iter().any(|line| line.product.id == product.id) {
            continue;
        }
        let quantity = if product.by_weight { rng.i64(250..most) } else { rng.i64(1..=most / 1000) * 1000 };
        let mut line = Line { product, quantity, unit_price: product.price_at(at), discount: Money(0) };
        if chance(rng, 30) {
            line.discount = Money(line.amount() * rng.i64(1..=10) / 100);
        }
        lines.push(line);
    }
    let step =
        |at, action| Step { at, action, from: "PENDING", to: "PENDING", amount: None, remark: None, by: seller.id };
    let (id, total) = (id_at(rng, at), Money(lines.iter().map(Line::amount).sum()));
    let instalments = schedule(id, at, total);
    let mut steps = vec![step(at, "CREATE")];
    if !instalments.is_empty() && at + TimeDelta::minutes(1) < firm.plan.now {
        steps.push(step(at + TimeDelta::minutes(1), "SCHEDULE"));
    }
    Order {
        id,
        ordered_at: at,
        sold_by: seller,
        opportunity: opportunity.map(|opportunity| opportunity.id),
        delivered_at: None,
        owner: seller,
        total,
        lines,
        instalments: if steps.len() > 1 { instalments } else { Vec::new() },
        steps,
        status: "PENDING",
        paid: Money(0),
        remark: chance(rng, 20).then(|| *one_of(rng, &REMARKS)),
        paid_at: None,
        shipped_at: None,
        closed_at: None,
    }
}

/// The instalments of an order, of which some large ones have some. They are drawn by the id of the order.
fn schedule(id: Uuid, ordered_at: DateTime<Utc>, total: Money) -> Vec<Instalment> {
    let mut rng = Rng::with_seed(id.as_u64_pair().1);
    if total < LARGE || !chance(&mut rng, 40) {
        return Vec::new();
    }
    let (mut shares, mut upto) = (0, 0);
    let instalment = |(days, share): &(i64, i64)| {
        shares += share;
        let end = (total.0 * shares + 50) / 100;
        let amount = Money(end - upto);
        upto = end;
        Instalment { due_on: (ordered_at + TimeDelta::days(*days)).date_naive(), share: *share, amount }
    };
    one_of(&mut rng, &SCHEDULES).iter().map(instalment).collect()
}

/// Advances an order until now, or until it is cancelled or refunded.
fn advance_to_end<'a>(mut order: Order<'a>, rng: &mut Rng, firm: &'a Firm, history: &History<'a>) -> Order<'a> {
    let end = if chance(rng, 12) { hours_after(rng, order.ordered_at, 24..24 * 60) } else { firm.plan.now };
    order.advance_until(rng, firm, history, end.min(firm.plan.now));
    if end < firm.plan.now {
        order.cancel_or_refund(rng, end, order.owner.id);
    }
    order
}

impl<'a> Order<'a> {
    /// Advances it step by step until it is delivered, or nobody continues it, or `end` is reached.
    fn advance_until(&mut self, rng: &mut Rng, firm: &'a Firm, history: &History<'a>, end: DateTime<Utc>) {
        while self.status != "DELIVERED" && !chance(rng, 2) {
            let at = hours_after(rng, self.steps[self.steps.len() - 1].at, 4..24 * 14);
            if at >= end {
                return;
            }
            let holder = history.ownership_at(at).map(|held| held.owner);
            if let Some(holder) = holder.filter(|holder| holder.id != self.owner.id && chance(rng, 40)) {
                // Its owner has lost the customer, so the present owner adopts it.
                self.owner = holder;
                self.step(at, "ADOPT", self.status, None, holder.id);
                continue;
            }
            let by = if chance(rng, 5) { firm.manager_of(self.owner).id } else { self.owner.id };
            match self.status {
                "PENDING" => {
                    let rest = Money(self.total.0 - self.paid.0);
                    let part = Money(rest.0 * rng.i64(3..=6) / 10);
                    if self.paid.0 == 0 && part.0 > 0 && chance(rng, 30) {
                        self.paid = part;
                        self.step(at, "PAY", "PENDING", Some(part), by);
                    } else {
                        (self.paid, self.paid_at) = (self.total, Some(at));
                        self.step(at, "PAY", "PAID", Some(rest), by);
                    }
                }
                "PAID" => {
                    self.shipped_at = Some(at);
                    self.step(at, "SHIP", "SHIPPED", None, by);
                }
                _ => {
                    self.delivered_at = Some(at);
                    self.step(at, "DELIVER", "DELIVERED", None, by);
                }
            }
        }
    }

    /// Cancels it, or refunds it if something was paid.
    fn cancel_or_refund(&mut self, rng: &mut Rng, at: DateTime<Utc>, by: Uuid) {
        self.closed_at = Some(at);
        match self.paid {
            Money(0) => self.step(at, "CANCEL", "CANCELLED", None, by),
            paid => self.step(at, "REFUND", "REFUNDED", Some(paid), by),
        }
        if let Some(step) = self.steps.last_mut() {
            step.remark = Some(*one_of(rng, &CANCEL_REASONS));
        }
    }

    fn step(&mut self, at: DateTime<Utc>, action: &'static str, to: &'static str, amount: Option<Money>, by: Uuid) {
        self.steps.push(Step { at, action, from: self.status, to, amount, remark: None, by });
        self.status = to;
    }

    /// When the earliest instalment is due that is not paid in full.
    fn next_due_on(&self) -> Option<NaiveDate> {
        let mut upto = 0;
        let is_unpaid = |instalment: &&Instalment| {
            upto += instalment.amount.0;
            upto > self.paid.0
        };
        self.instalments.iter().find(is_unpaid).map(|it| it.due_on).filter(|_| self.closed_at.is_none())
    }

    /// Writes its row, its lines, its payments, its instalments and its steps.
    pub fn write(
        &self,
        [table, lines, payments, instalments, steps]: [&mut Table; 5],
        rng: &mut Rng,
        customer: Uuid,
        number: u64,
    ) {
        table.value(self.id).value(format_args!("SO{}-{number:07}", self.ordered_at.format("%Y%m%d")));
        table.value(customer).optional(self.opportunity).value(self.sold_by.id).value(self.owner.id).value(self.status);
        table.value(self.lines[0].product.currency).value(self.total).value(self.paid).optional(self.remark);
        table.time(Some(self.ordered_at)).time(self.paid_at).time(self.shipped_at).time(self.delivered_at);
        table.time(self.closed_at).time(Some(self.ordered_at)).time(self.steps.last().map(|step| step.at));
        table.value(self.steps.len()).optional(self.next_due_on()).end_row();
        for (index, line) in self.lines.iter().enumerate() {
            lines.value(self.id).value(index + 1).value(line.product.id);
            lines.value(format_args!("{}.{:03}", line.quantity / 1000, line.quantity % 1000));
            lines.value(line.unit_price).value(line.discount).end_row();
        }
        for (index, instalment) in self.instalments.iter().enumerate() {
            instalments.value(self.id).value(index + 1).value(instalment.due_on).value(instalment.share);
            let is_retention = instalment.share <= 10;
            instalments.value(instalment.amount).value(is_retention).end_row();
        }
        for step in &self.steps {
            let id = id_at(rng, step.at);
            // What moved has the id of the step that tells it.
            if let Some(amount) = step.amount {
                payments.value(id).value(self.id).value(customer);
                let sign = if step.action == "PAY" { "" } else { "-" };
                payments.value(format_args!("{sign}{amount}")).time(Some(step.at));
                let by_transfer = step.action == "PAY" && !id.as_u128().is_multiple_of(4);
                payments.optional(by_transfer.then_some("BANK_TRANSFER"));
                payments.optional(by_transfer.then(|| format!("TT{:06}", id.as_u128() % 1_000_000)));
                payments.value(step.by).time(Some(step.at)).end_row();
            }
            steps.value(id).value(self.id).value(customer).value(step.action).value(step.from);
            steps.value(step.to).optional(step.amount.map(|_| id)).optional(step.remark).value(step.by);
            steps.time(Some(step.at)).end_row();
        }
    }
}
