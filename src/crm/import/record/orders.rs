//! Decides what is done with the rows of orders. A row is a line, a payment, or both; the rows with the same external id
//! are one order, wherever they stand in the file. An order is created whole or not at all.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::customers::Customers;
use super::input::{Body, CustomerKey, OrderRow, RecordInput, Writes};
use super::judge::{Plan, already_there};
use super::opportunities::Opportunities;
use super::products::Products;
use super::reader::RecordReader;
use super::store;
pub use super::store::StoredRow;
use crate::crm::customer::bulk::Known;
use crate::crm::external_id;
use crate::crm::followup::{self, Channel};
use crate::crm::import::Problem;
use crate::crm::import::column::Field;
use crate::crm::import::message::{Message, shown};
use crate::crm::import::row_result::{Outcome, RowResult};
use crate::crm::order::bulk::{Entry, Progress};
use crate::crm::order::{self, Step};
use crate::crm::product::lines::{Asked, Line, LineInput, price};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{ImportId, UserId, new_uuid};
use crate::kernel::money;
use crate::kernel::op::Op;

/// The most rows of one order.
pub const MOST_ROWS: usize = 400;

/// The rows of an order, by its external id.
pub type Groups = BTreeMap<String, Vec<(i32, Result<RecordInput, Vec<Problem>>)>>;

/// The results of rows before all rows of their orders are read.
pub fn as_read(rows: Vec<(i32, Result<RecordInput, Vec<Problem>>)>) -> Vec<(i32, RowResult)> {
    let result = |input| match input {
        Ok(_) => RowResult::of(Outcome::Create, None, Vec::new()),
        Err(problems) => RowResult::of(Outcome::Error, None, problems),
    };
    rows.into_iter().map(|(number, input)| (number, result(input))).collect()
}

/// The rows of orders that are not done yet.
pub async fn rows_of(op: &mut Op<'_>, import: ImportId, keys: &[String]) -> Result<Vec<StoredRow>, Error> {
    Ok(store::rows_of_orders(op.db(), import, keys).await?)
}

/// The rows by their orders. Those that could not be read come with their problems.
pub fn groups(reader: &RecordReader, rows: &[StoredRow]) -> Groups {
    let mut groups = Groups::new();
    for row in rows {
        let input = if row.problems.is_empty() { reader.read(&row.cells) } else { Err(row.problems.clone()) };
        groups.entry(row.key.clone()).or_default().push((row.number, input));
    }
    groups
}

/// Judges the rows of whole orders.
pub async fn judge_orders(
    op: &mut Op<'_>,
    reader: &RecordReader,
    groups: Groups,
    writes: Writes,
) -> Result<(Vec<(i32, RowResult)>, Plan), Error> {
    let rows = || groups.values().flatten().filter_map(|(_, input)| input.as_ref().ok());
    let keys: Vec<_> = groups.keys().cloned().collect();
    let there = external_id::records(op.db(), external_id::Kind::Order, &keys).await?;
    let customer_keys: Vec<_> = rows().filter_map(|input| input.customer.as_ref()).collect();
    let customers = Customers::of(op, &customer_keys, writes).await?;
    let products: Vec<_> = rows().filter_map(|input| Some(&order_row(input)?.line.as_ref()?.product)).collect();
    let products = Products::of(op, &products).await?;
    let opportunities: Vec<_> = rows().filter_map(|input| input.opportunity.clone()).collect();
    let opportunities = Opportunities::of(op, &opportunities).await?;
    let numbers: Vec<_> = rows().filter_map(|input| order_row(input)?.order_no.clone()).chain(keys).collect();
    let taken_numbers = order::bulk::taken_order_numbers(op.db(), &numbers).await?;
    let in_use = op.settings().currencies.clone();
    let mut judge = Judge {
        reader,
        now: op.now(),
        there,
        customers,
        products,
        opportunities,
        taken_numbers,
        in_use,
        plan: Plan::default(),
    };
    let mut results = Vec::new();
    for (key, rows) in groups {
        judge.order(key, rows, &mut results);
    }
    results.sort_by_key(|(number, _)| *number);
    Ok((results, judge.plan))
}

fn order_row(input: &RecordInput) -> Option<&OrderRow> {
    if let Body::Order(row) = &input.body { Some(row.as_ref()) } else { None }
}

struct Judge<'r> {
    reader: &'r RecordReader,
    now: DateTime<Utc>,
    there: HashMap<String, Uuid>,
    customers: Customers,
    products: Products,
    opportunities: Opportunities,
    /// The numbers that orders have, or that earlier orders of the batch give.
    taken_numbers: HashSet<String>,
    in_use: Vec<String>,
    plan: Plan,
}

/// What the rows of an order say together.
#[derive(Default)]
struct Order {
    customer: Option<(i32, CustomerKey)>,
    sold_by: Option<(i32, UserId)>,
    opportunity: Option<(i32, String)>,
    at: Option<(i32, DateTime<Utc>)>,
    currency: Option<(i32, String)>,
    order_no: Option<(i32, String)>,
    remark: Option<(i32, String)>,
    shipped_at: Option<(i32, DateTime<Utc>)>,
    delivered_at: Option<(i32, DateTime<Utc>)>,
    cancelled_at: Option<(i32, DateTime<Utc>)>,
    /// Each with the number of its row.
    lines: Vec<(i32, LineInput)>,
    payments: Vec<(i32, Decimal, Option<DateTime<Utc>>)>,
}

/// The problems of rows, and what is left out of them, by their numbers.
#[derive(Default)]
struct Findings {
    problems: BTreeMap<i32, Vec<Problem>>,
    warnings: BTreeMap<i32, Vec<Problem>>,
}

impl Findings {
    fn refuse(&mut self, row: i32, problem: Problem) {
        self.problems.entry(row).or_default().push(problem);
    }

    fn warn(&mut self, row: i32, problem: Problem) {
        self.warnings.entry(row).or_default().push(problem);
    }
}

impl Judge<'_> {
    fn order(
        &mut self,
        key: String,
        rows: Vec<(i32, Result<RecordInput, Vec<Problem>>)>,
        results: &mut Vec<(i32, RowResult)>,
    ) {
        let numbers: Vec<_> = rows.iter().map(|(number, _)| *number).collect();
        let Some(&first) = numbers.first() else { return };
        let (mut order, mut findings) = (Order::default(), Findings::default());
        if numbers.len() > MOST_ROWS {
            findings.refuse(first, Problem::new(None, Message::TooManyRowsOfOrder { most: MOST_ROWS }));
        }
        let mut is_readable = true;
        for (number, input) in rows {
            match input {
                Ok(input) => self.add(&mut order, number, input, &mut findings),
                Err(found) => {
                    is_readable = false;
                    findings.problems.entry(number).or_default().extend(found);
                }
            }
        }
        let customer = order.customer.as_ref().and_then(|(_, key)| self.customers.find(key)).cloned();
        let customer_id = customer.as_ref().map(|known| known.id);
        if self.there.contains_key(&key) {
            results.extend(numbers.into_iter().map(|number| (number, already_there(customer_id))));
            return;
        }
        // What a row that can't be read says of the order is not known.
        let planned = match is_readable {
            true => self.plan_order(&key, first, &order, customer.as_ref(), &mut findings),
            false => None,
        };
        let record = planned.filter(|_| findings.problems.is_empty()).map(|entry| self.keep_planned(key, entry));
        let wrong = findings.problems.keys().next().copied().unwrap_or(first);
        results.extend(numbers.into_iter().map(|number| {
            let is_first = number == first;
            let result = if record.is_some() {
                let outcome = if is_first { Outcome::Create } else { Outcome::Update };
                let warnings = findings.warnings.remove(&number).unwrap_or_default();
                RowResult { record: record.filter(|_| is_first), ..RowResult::of(outcome, customer_id, warnings) }
            } else {
                let of_other = || vec![Problem::new(None, Message::OrderHasErrors { row: wrong })];
                let problems = findings.problems.remove(&number).unwrap_or_else(of_other);
                RowResult::of(Outcome::Error, customer_id, problems)
            };
            (number, RowResult { of_number: Some(first).filter(|_| !is_first), ..result })
        }));
    }

    /// Plans to write an order with the follow-up that it leaves, as an order that is recorded here does; returns its id.
    fn keep_planned(&mut self, key: String, entry: Entry) -> Uuid {
        let record = entry.id.uuid();
        if let Some(won) = entry.opportunity.filter(|_| entry.progress.closed_at().is_none()) {
            self.plan.won.push((won, entry.ordered_at));
        }
        self.taken_numbers.insert(entry.order_no.clone());
        self.plan.follow_ups.push(followup::bulk::Entry {
            id: new_uuid(self.now).into(),
            customer: entry.customer,
            opportunity: entry.opportunity,
            author: entry.sold_by,
            channel: Channel::Order,
            content: entry.follow_up_content(),
            at: entry.ordered_at,
            next_plan: None,
            next_contact_at: None,
        });
        self.plan.orders.push(entry);
        self.plan.external_ids.push(external_id::Key { key, record });
        record
    }

    /// Adds what a row says to its order. Of what concerns the whole order, all rows must say the same, or nothing.
    fn add(&self, order: &mut Order, number: i32, input: RecordInput, findings: &mut Findings) {
        let RecordInput { customer, opportunity, body: Body::Order(row), warnings, .. } = input else { return };
        findings.warnings.insert(number, warnings);
        let cells = &self.reader.cells;
        let mut differs = |field, row: Option<i32>| {
            if let Some(row) = row {
                findings.refuse(number, cells.problem(field, Message::DiffersFromRow { row }));
            }
        };
        differs(Field::OpportunityExternalId, keep(&mut order.opportunity, number, opportunity));
        differs(Field::CustomerExternalId, keep(&mut order.customer, number, customer));
        differs(Field::SoldBy, keep(&mut order.sold_by, number, row.sold_by));
        differs(Field::At, keep(&mut order.at, number, row.at));
        differs(Field::Currency, keep(&mut order.currency, number, row.currency));
        differs(Field::OrderNo, keep(&mut order.order_no, number, row.order_no));
        differs(Field::ShippedAt, keep(&mut order.shipped_at, number, row.shipped_at));
        differs(Field::DeliveredAt, keep(&mut order.delivered_at, number, row.delivered_at));
        differs(Field::CancelledAt, keep(&mut order.cancelled_at, number, row.cancelled_at));
        // Remarks of further rows are of their lines.
        keep(&mut order.remark, number, row.remark);
        if let Some(line) = row.line {
            match self.products.find(cells, &line.product) {
                Ok(product) => {
                    let (quantity, unit_price, discount) = (line.quantity, line.unit_price, line.discount);
                    order.lines.push((number, LineInput { product, quantity, unit_price, discount }));
                }
                Err(problem) => findings.refuse(number, problem),
            }
        }
        if let Some((amount, at)) = row.payment {
            order.payments.push((number, amount, at));
        }
    }

    /// The order as it would be created; `None` if something is wrong with it.
    fn plan_order(
        &self,
        key: &str,
        first: i32,
        order: &Order,
        customer: Option<&Known>,
        findings: &mut Findings,
    ) -> Option<Entry> {
        let cells = &self.reader.cells;
        match (&order.customer, customer) {
            (None, _) => findings.refuse(first, cells.no_customer()),
            (Some((row, key)), None) => findings.refuse(*row, self.customers.no_such(cells, key)),
            (Some((row, _)), Some(known)) if !self.customers.is_held(known.id) => {
                findings.refuse(*row, Problem::new(None, UserError::conflict().message));
            }
            _ => {}
        }
        if order.at.is_none() {
            findings.refuse(first, cells.problem(Field::At, Message::Blank));
        }
        let opportunity = match (&order.opportunity, customer) {
            (Some((row, key)), Some(customer)) => {
                let counts = order.cancelled_at.is_none();
                let found = self.opportunities.find_for_order(cells, key, customer.id, counts);
                found.map_err(|problem| findings.refuse(*row, problem)).ok()
            }
            _ => None,
        };
        let owner = customer.and_then(|known| known.owner);
        let sold_by = order.sold_by.as_ref().map(|(_, user)| *user).or(owner);
        if sold_by.is_none() && customer.is_some() {
            findings.refuse(first, cells.problem(Field::SoldBy, Message::NeedsSeller));
        }
        let order_no = order.order_no.as_ref().map_or(key, |(_, number)| number).to_owned();
        if order_no.chars().count() > 40 {
            findings.refuse(first, cells.problem(Field::ExternalId, Message::TooLongForOrderNo));
        } else if self.taken_numbers.contains(&order_no) {
            let message = Message::OrderNoTaken { order_no: shown(&order_no) };
            findings.refuse(first, cells.problem(Field::OrderNo, message));
        }
        let (currency, lines) = self.priced(first, order, findings)?;
        let mut entry = Entry {
            id: new_uuid(self.now).into(),
            order_no,
            customer: customer?.id,
            opportunity,
            sold_by: sold_by?,
            owner: owner.or(sold_by)?,
            currency,
            remark: order.remark.as_ref().map(|(_, remark)| remark.clone()),
            ordered_at: order.at.as_ref()?.1,
            lines,
            progress: Progress::default(),
        };
        self.take_steps(order, &mut entry, findings);
        Some(entry)
    }

    /// The currency and the lines, at the prices of the file. Products that are not sold any more were sold then.
    fn priced(&self, first: i32, order: &Order, findings: &mut Findings) -> Option<(String, Vec<Line>)> {
        let lines: Vec<_> = order.lines.iter().map(|(_, line)| line.clone()).collect();
        let given = order.currency.as_ref().map(|(_, code)| code.as_str());
        let all = self.products.offers.iter().map(|offer| offer.product).collect();
        let priced = price(&lines, &self.products.offers, Asked::New { given, in_use: &self.in_use }, &all);
        priced
            .map_err(|refusals| {
                for refusal in refusals {
                    let place = refusal.path.get(1).and_then(|place| place.parse::<usize>().ok());
                    let row = place.and_then(|place| order.lines.get(place)).map_or(first, |(row, _)| *row);
                    let field = match refusal.path.last().map(String::as_str) {
                        Some("quantity") => Some(Field::Quantity),
                        Some("unitPrice") => Some(Field::UnitPrice),
                        Some("discount") => Some(Field::Discount),
                        Some("currency") => Some(Field::Currency),
                        _ => None,
                    };
                    let header = field.and_then(|field| self.reader.cells.header(field));
                    findings.refuse(row, Problem::new(header, refusal.message));
                }
            })
            .ok()
    }

    /// Takes the steps of an order: payments, shipping, delivery, cancellation.
    fn take_steps(&self, order: &Order, entry: &mut Entry, findings: &mut Findings) {
        let cells = &self.reader.cells;
        let (total, ordered_at) = (entry.total(), entry.ordered_at);
        let mut steps: Vec<_> = order
            .payments
            .iter()
            .map(|(row, amount, at)| (at.unwrap_or(ordered_at), Step::Pay, Some(*amount), *row))
            .collect();
        // What is delivered was shipped before.
        let shipped_at = order.shipped_at.as_ref().map(|(_, at)| *at);
        steps.extend(order.shipped_at.as_ref().map(|(row, at)| (*at, Step::Ship, None, *row)));
        steps.extend(order.delivered_at.as_ref().map(|(row, at)| {
            let is_dated = *at >= ordered_at;
            (shipped_at.filter(|_| is_dated).map_or(*at, |shipped| shipped.max(*at)), Step::Deliver, None, *row)
        }));
        steps.sort_by_key(|(at, ..)| *at);
        for (at, step, amount, row) in steps {
            let (of_time, of_refusal) = match step {
                Step::Pay => (Field::PaidAt, Field::Payment),
                Step::Ship => (Field::ShippedAt, Field::ShippedAt),
                _ => (Field::DeliveredAt, Field::DeliveredAt),
            };
            if at < ordered_at {
                findings.refuse(row, cells.problem(of_time, Message::BeforeOrder));
                continue;
            }
            let amount = amount.map(|amount| money::amount(&[], amount, &entry.currency)).transpose();
            match amount.and_then(|amount| entry.progress.take(total, step, amount, at)) {
                Ok(()) => {}
                Err(refusal) if step == Step::Pay => {
                    findings.refuse(row, cells.problem(of_refusal, refusal.message));
                }
                // What is delivered without having been shipped is not delivered here yet.
                Err(refusal) => findings.warn(row, cells.problem(of_refusal, refusal.message).left_out()),
            }
        }
        if let Some((row, at)) = &order.cancelled_at {
            let step = if entry.progress.paid.is_zero() { Step::Cancel } else { Step::Refund };
            let taken = match *at < ordered_at {
                true => Err(Message::BeforeOrder.text()),
                false => entry.progress.take(total, step, None, *at).map_err(|refusal| refusal.message),
            };
            if let Err(text) = taken {
                findings.refuse(*row, cells.problem(Field::CancelledAt, text));
            }
        }
    }
}

/// Keeps what a row says, if no row before has said it; returns the row that has said something else.
fn keep<T: PartialEq>(known: &mut Option<(i32, T)>, number: i32, said: Option<T>) -> Option<i32> {
    match (&known, said) {
        (None, Some(said)) => {
            *known = Some((number, said));
            None
        }
        (Some((row, known)), Some(said)) if *known != said => Some(*row),
        _ => None,
    }
}
