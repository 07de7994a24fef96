//! Reads the cells of a row of records, with the same checks as the operations for a single record.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::input::{Body, CustomerKey, FollowUp, OpportunityRow, OrderLine, OrderRow, ProductKey, RecordInput};
use crate::crm::customer::assign::ASSIGN;
use crate::crm::followup::Channel;
use crate::crm::import::Problem;
use crate::crm::import::amount::parse_amount;
use crate::crm::import::cells::{Cells, Users, code_of, folded};
use crate::crm::import::column::{Column, Field};
use crate::crm::import::kind::Kind;
use crate::crm::import::message::{Message, shown};
use crate::crm::import::options::Options;
use crate::crm::import::value::{parse_boolean, parse_channel, parse_date, parse_number, parse_time};
use crate::crm::opportunity::bulk::Closing;
use crate::crm::product;
use crate::crm::setting::check_choice;
use crate::crm::task::MAX_PLANNING;
use crate::kernel::access::{Rights, Scope};
use crate::kernel::clock::past_time;
use crate::kernel::directory::{ChoiceKind, Directory, Stage, StageKind};
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::UserId;
use crate::kernel::money;
use crate::kernel::op::Op;
use crate::kernel::text;

/// Reads rows by their columns and the rights of the importer.
pub struct RecordReader {
    /// What the rows are of.
    pub kind: Kind,
    /// The columns.
    pub cells: Cells,
    directory: Arc<Directory>,
    rights: Arc<Rights>,
    /// The importer may write what everybody did, and not only the team.
    names_all: bool,
    now: DateTime<Utc>,
    options: Options,
    users: Users,
}

/// What is wrong with the cells of a row so far.
#[derive(Default)]
struct Findings {
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl RecordReader {
    /// A reader for the actor of an operation.
    pub fn new(op: &Op<'_>, kind: Kind, columns: Vec<Column>, options: Options) -> Result<Self, Error> {
        let rights = op.rights()?;
        let names_users =
            columns.iter().any(|column| matches!(column.field, Field::Author | Field::SoldBy | Field::Owner));
        Ok(Self {
            kind,
            cells: Cells::new(columns, &options),
            directory: op.directory_handle(),
            names_all: rights.scopes(ASSIGN).contains(Scope::All),
            rights,
            now: op.now(),
            options,
            users: if names_users { Users::all(op.directory()) } else { Users::default() },
        })
    }

    /// Reads a row, or returns all its problems.
    pub fn read(&self, cells: &[String]) -> Result<RecordInput, Vec<Problem>> {
        let cells = &self.cells.replaced(cells);
        let mut findings = Findings::default();
        let external_id = findings.keep(self.cells.external_id(cells)).flatten();
        let customer = self.customer(cells, &mut findings);
        let opportunity = findings.keep(self.cells.key(cells, Field::OpportunityExternalId)).flatten();
        let body = match self.kind {
            Kind::Products => self.product(cells, &mut findings).map(Body::Product),
            Kind::Opportunities => self
                .opportunity(cells, external_id.is_some(), &mut findings)
                .map(|row| Body::Opportunity(Box::new(row))),
            Kind::Orders => Some(Body::Order(Box::new(self.order_row(cells, external_id.is_some(), &mut findings)))),
            _ => self.follow_up(cells, &mut findings).map(Body::FollowUp),
        };
        match body {
            Some(body) if findings.problems.is_empty() => {
                Ok(RecordInput { external_id, customer, opportunity, body, warnings: findings.warnings })
            }
            _ => Err(findings.problems),
        }
    }

    /// The external id of a row, even if the row can't be read: further rows of its order are found by it.
    pub fn key_of(&self, cells: &[String]) -> Option<String> {
        self.cells.external_id(&self.cells.replaced(cells)).ok().flatten()
    }

    /// The customer that a row names, even if the row can't be read.
    pub fn customer_of(&self, cells: &[String]) -> Option<CustomerKey> {
        self.cells.customer(&self.cells.replaced(cells)).ok().flatten()
    }

    fn customer(&self, cells: &[String], findings: &mut Findings) -> Option<CustomerKey> {
        if !self.kind.fields().contains(&Field::CustomerExternalId) {
            return None;
        }
        match self.cells.customer(cells) {
            // Of an order, one row says it.
            Ok(None) if self.kind == Kind::Orders => None,
            Ok(None) => findings.keep(Err(self.cells.no_customer())),
            Ok(customer) => customer,
            Err(problem) => findings.keep(Err(problem)),
        }
    }

    fn product(&self, cells: &[String], findings: &mut Findings) -> Option<product::Draft> {
        let given = |field| self.cells.filled(cells, field).next().map(str::to_owned);
        let currency = self.currency(cells);
        let unit_price = self.required(cells, Field::UnitPrice, findings, |cell| self.amount(cell, &currency));
        let active = self.optional(cells, Field::Active, findings, |cell| {
            parse_boolean(cell).ok_or_else(|| Message::NotABoolean { value: shown(cell) }.text())
        });
        let draft = product::Draft {
            sku: given(Field::Sku).unwrap_or_default(),
            name: given(Field::ProductName).unwrap_or_default(),
            category: given(Field::Category),
            unit: given(Field::Unit).unwrap_or_else(|| DEFAULT_UNIT.to_owned()),
            unit_price: unit_price.unwrap_or_default(),
            currency,
            active: active.unwrap_or(true),
        };
        match product::edit::check(draft, &self.directory.settings.currencies) {
            Ok(draft) => Some(draft),
            Err(refusals) => {
                self.refuse(refusals, FIELDS_OF_PRODUCT, findings);
                None
            }
        }
    }

    fn follow_up(&self, cells: &[String], findings: &mut Findings) -> Option<FollowUp> {
        let author = self.user(cells, Field::Author, findings);
        let at = self.required(cells, Field::At, findings, |cell| self.past(cell));
        let channel = self.optional(cells, Field::Channel, findings, |cell| {
            parse_channel(cell).ok_or_else(|| Message::UnknownChannel { value: shown(cell) }.text())
        });
        let content = self.required(cells, Field::Content, findings, |cell| {
            text::block(&[], cell, 1, 4_000).map_err(|refusal| refusal.message)
        });
        let next_plan = self.optional(cells, Field::NextPlan, findings, |cell| {
            text::block(&[], cell, 1, 1_000).map_err(|refusal| refusal.message)
        });
        let next_contact_at = self.optional(cells, Field::NextContact, findings, |cell| match self.time(cell)? {
            next if at.is_some_and(|at| next <= at) => Err(Message::NextContactNotAfter.text()),
            next if next > self.now + MAX_PLANNING => Err(Message::TooFarAhead.text()),
            next => Ok(next),
        });
        Some(FollowUp {
            author,
            at: at?,
            channel: channel.unwrap_or(Channel::Other),
            content: content?,
            next_plan,
            next_contact_at,
        })
    }

    fn opportunity(&self, cells: &[String], has_key: bool, findings: &mut Findings) -> Option<OpportunityRow> {
        self.require_key(has_key, findings);
        let owner = self.user(cells, Field::Owner, findings);
        let created_at = self.required(cells, Field::At, findings, |cell| self.past(cell));
        let stage = self.required(cells, Field::Stage, findings, |cell| self.stage(cell));
        let currency = self.currency(cells);
        let amount = self.optional(cells, Field::Amount, findings, |cell| self.amount(cell, &currency));
        if let Some(amount) = amount {
            let amount = money::amount(&["amount"], amount, &currency).err();
            let currency = money::currency(&["currency"], &currency, &self.directory.settings.currencies).err();
            let refusals = amount.into_iter().chain(currency).collect();
            self.refuse(refusals, &[("amount", Field::Amount), ("currency", Field::Currency)], findings);
        }
        let order = self.options.date_order;
        let close_date = self.optional(cells, Field::CloseDate, findings, |cell| {
            parse_date(cell, order).map_err(|message| message.text())
        });
        let probability = self.optional(cells, Field::Probability, findings, |cell| {
            let percent =
                cell.trim_end_matches(['%', '％']).trim().parse().ok().filter(|percent| (0..=100).contains(percent));
            percent.ok_or_else(|| Message::NotAPercentage { value: shown(cell) }.text())
        });
        let closed_at = self.given(cells, Field::ClosedAt, findings, |cell| self.past(cell));
        let lost_reason = self.optional(cells, Field::LostReason, findings, |cell| {
            text::block(&[], cell, 1, 1_000).map_err(|refusal| refusal.message)
        });
        let lost_remark = self.optional(cells, Field::LostRemark, findings, |cell| {
            text::block(&[], cell, 1, 1_000).map_err(|refusal| refusal.message)
        });
        let competitor = self.optional(cells, Field::Competitor, findings, |cell| {
            let code = code_of(&self.directory, ChoiceKind::Competitor, cell).unwrap_or_else(|| cell.to_owned());
            let checked = check_choice(&self.directory, "competitor", ChoiceKind::Competitor, Some(&code));
            checked.map(|()| code).map_err(|refusal| refusal.message)
        });
        let name = self.optional(cells, Field::OpportunityName, findings, |cell| {
            text::name(&[], cell, 1, 200).map_err(|refusal| refusal.message)
        });
        let note = self.optional(cells, Field::Note, findings, |cell| {
            text::block(&[], cell, 1, 4_000).map_err(|refusal| refusal.message)
        });
        let (created_at, stage) = (created_at?, stage?);
        let (stage, probability, closing) = match stage.kind {
            StageKind::Open => (stage.clone(), probability.unwrap_or(stage.probability), None),
            _ => {
                let at = self.closing_time(created_at, closed_at, close_date, findings)?;
                let (lost_reason, lost_remark) = self.loss(stage.kind, lost_reason, lost_remark, findings);
                let first = self.directory.stage_of(StageKind::Open)?.clone();
                let probability = probability.unwrap_or(stage.probability);
                (first.clone(), first.probability, Some(Closing { stage, at, probability, lost_reason, lost_remark }))
            }
        };
        let product = self.product_key(cells);
        let currency = amount.map(|_| currency);
        Some(OpportunityRow {
            owner,
            name,
            note,
            competitor,
            product,
            stage,
            amount,
            currency,
            close_date,
            probability,
            created_at,
            closing,
        })
    }

    /// The code of the reason and the remark of an opportunity that is lost or void. A reason that is no active choice is kept in
    /// the remark, because other systems have texts of their own.
    fn loss(
        &self,
        kind: StageKind,
        reason: Option<String>,
        remark: Option<String>,
        findings: &mut Findings,
    ) -> (Option<String>, Option<String>) {
        let is_lost = match kind {
            StageKind::Lost => true,
            StageKind::Void => false,
            StageKind::Open | StageKind::Won => return (None, None),
        };
        let is_active = |code: &String| self.directory.is_choice(ChoiceKind::LostReason, code);
        let code = reason.as_deref().filter(|_| is_lost);
        let code = code.and_then(|text| code_of(&self.directory, ChoiceKind::LostReason, text)).filter(is_active);
        let texts: Vec<_> = reason.filter(|_| code.is_none()).into_iter().chain(remark).collect();
        let remark = (!texts.is_empty()).then(|| text::block(&[], &texts.join("\n"), 1, 1_000));
        let remark = remark.transpose().map_err(|refusal| self.cells.problem(Field::LostRemark, refusal.message));
        (is_lost.then(|| code.unwrap_or_else(|| NO_REASON.to_owned())), findings.keep(remark).flatten())
    }

    /// When a closed opportunity ended.
    fn closing_time(
        &self,
        created_at: DateTime<Utc>,
        closed_at: Option<DateTime<Utc>>,
        close_date: Option<NaiveDate>,
        findings: &mut Findings,
    ) -> Option<DateTime<Utc>> {
        // People write the day of the end as the date on which it was expected.
        let midnight = |day| self.directory.settings.midnight(day);
        let at = closed_at.or_else(|| close_date.map(midnight).filter(|at| *at <= self.now));
        let of_time = if closed_at.is_none() && at.is_some() { Field::CloseDate } else { Field::ClosedAt };
        let at = match at {
            None => Err(Message::NeedsClosedAt),
            Some(at) if at < created_at => Err(Message::ClosedBeforeCreated),
            // One version of its history ends when the next one begins.
            Some(at) => Ok(at.max(created_at + TimeDelta::microseconds(1))),
        };
        findings.keep(at.map_err(|message| self.cells.problem(of_time, message)))
    }

    /// Refuses a row without an external id, if nothing else tells whether its record is there already.
    fn require_key(&self, has_key: bool, findings: &mut Findings) {
        let header = self.cells.header(Field::ExternalId);
        if !has_key && findings.problems.iter().all(|known| known.column.as_deref() != header) {
            findings.problems.push(Problem::new(header, Message::Blank));
        }
    }

    /// The active stage with this code or name.
    fn stage(&self, cell: &str) -> Result<Stage, Text> {
        let key = folded(cell);
        let is_it = |stage: &&Stage| {
            stage.active && (folded(&stage.code) == key || stage.names.iter().any(|name| folded(name) == key))
        };
        let found = self.directory.stages.iter().find(is_it).cloned();
        found.ok_or_else(|| Message::NoSuchStage { value: shown(cell) }.text())
    }

    fn order_row(&self, cells: &[String], has_key: bool, findings: &mut Findings) -> OrderRow {
        self.require_key(has_key, findings);
        let given = |field| self.cells.filled(cells, field).next().map(str::to_owned);
        let past = |field, findings: &mut Findings| self.given(cells, field, findings, |cell| self.past(cell));
        let currency = self.currency(cells);
        let amount =
            |field, findings: &mut Findings| self.given(cells, field, findings, |cell| self.amount(cell, &currency));
        let order_no = self.given(cells, Field::OrderNo, findings, |cell| {
            text::name(&[], cell, 1, 40).map_err(|refusal| refusal.message)
        });
        let remark = self.optional(cells, Field::Remark, findings, |cell| {
            text::block(&[], cell, 1, 1_000).map_err(|refusal| refusal.message)
        });
        let product = self.product_key(cells);
        let quantity = self.given(cells, Field::Quantity, findings, |cell| self.number(cell));
        let (unit_price, discount) = (amount(Field::UnitPrice, findings), amount(Field::Discount, findings));
        let payment = amount(Field::Payment, findings).filter(|amount| !amount.is_zero());
        let paid_at = past(Field::PaidAt, findings);
        let line = match (product, quantity) {
            (Some(product), Some(quantity)) => Some(OrderLine { product, quantity, unit_price, discount }),
            (Some(_), None) if given(Field::Quantity).is_none() => {
                findings.problems.push(self.cells.problem(Field::Quantity, Message::Blank));
                None
            }
            (None, Some(_)) => {
                let of_product =
                    [Field::Sku, Field::ProductExternalId].into_iter().find_map(|field| self.cells.header(field));
                findings.problems.push(Problem::new(of_product, Message::NeedsProduct));
                None
            }
            _ => None,
        };
        if line.is_none() && payment.is_none() && findings.problems.is_empty() {
            findings.problems.push(Problem::new(None, Message::NeedsLineOrPayment));
        }
        OrderRow {
            order_no,
            sold_by: self.user(cells, Field::SoldBy, findings),
            at: past(Field::At, findings),
            currency: given(Field::Currency).map(|code| code.to_ascii_uppercase()),
            remark,
            shipped_at: past(Field::ShippedAt, findings),
            delivered_at: past(Field::DeliveredAt, findings),
            cancelled_at: past(Field::CancelledAt, findings),
            line,
            payment: payment.map(|amount| (amount, paid_at)),
        }
    }

    /// The product that a row names.
    fn product_key(&self, cells: &[String]) -> Option<ProductKey> {
        let given = |field| self.cells.filled(cells, field).next().map(str::to_owned);
        let by_sku = given(Field::Sku).map(ProductKey::Sku);
        by_sku.or_else(|| given(Field::ProductExternalId).map(ProductKey::ExternalId))
    }

    /// The user of a field; people who have departed did something, too.
    fn user(&self, cells: &[String], field: Field, findings: &mut Findings) -> Option<UserId> {
        let name = self.cells.filled(cells, field).next()?;
        let found = match self.users.find(name) {
            Ok(Some(user)) if self.names_all || user == self.rights.viewer || self.rights.is_above(user) => Ok(user),
            Ok(Some(_)) => Err(Message::NotInTeam { name: shown(name) }),
            Ok(None) => Err(Message::NoSuchPerson { name: shown(name) }),
            Err(message) => Err(message),
        };
        findings.keep(found.map_err(|message| self.cells.problem(field, message)))
    }

    /// The value of a cell that must not be blank.
    fn required<T>(
        &self,
        cells: &[String],
        field: Field,
        findings: &mut Findings,
        read: impl FnOnce(&str) -> Result<T, Text>,
    ) -> Option<T> {
        let value = match self.cells.filled(cells, field).next() {
            Some(cell) => read(cell),
            None => Err(Message::Blank.text()),
        };
        findings.keep(value.map_err(|text| self.cells.problem(field, text)))
    }

    /// The value of a cell that may be blank, but not wrong.
    fn given<T>(
        &self,
        cells: &[String],
        field: Field,
        findings: &mut Findings,
        read: impl FnOnce(&str) -> Result<T, Text>,
    ) -> Option<T> {
        let value = read(self.cells.filled(cells, field).next()?);
        findings.keep(value.map_err(|text| self.cells.problem(field, text)))
    }

    /// The value of a cell that may be blank. If the importer says so, a wrong one is left out.
    fn optional<T>(
        &self,
        cells: &[String],
        field: Field,
        findings: &mut Findings,
        read: impl FnOnce(&str) -> Result<T, Text>,
    ) -> Option<T> {
        match read(self.cells.filled(cells, field).next()?) {
            Ok(value) => Some(value),
            Err(text) => {
                let problem = self.cells.problem(field, text);
                match self.options.skip_wrong_values {
                    true => findings.warnings.push(problem.left_out()),
                    false => findings.problems.push(problem),
                }
                None
            }
        }
    }

    /// The code of the currency that a row names, or of the installation's first one.
    fn currency(&self, cells: &[String]) -> String {
        let given = self.cells.filled(cells, Field::Currency).next();
        given.unwrap_or_else(|| self.directory.settings.default_currency()).to_ascii_uppercase()
    }

    fn amount(&self, cell: &str, currency: &str) -> Result<Decimal, Text> {
        parse_amount(cell, currency, &self.options).map_err(|message| message.text())
    }

    fn number(&self, cell: &str) -> Result<Decimal, Text> {
        let plain = parse_number(cell, &self.options).map_err(|message| message.text())?;
        plain.parse().map_err(|_| Message::NotANumber { value: shown(cell) }.text())
    }

    fn time(&self, cell: &str) -> Result<DateTime<Utc>, Text> {
        let zone = self.directory.settings.business_time_zone;
        parse_time(cell, zone, self.options.date_order).map_err(|message| message.text())
    }

    fn past(&self, cell: &str) -> Result<DateTime<Utc>, Text> {
        past_time(self.time(cell)?, self.now)
    }

    /// Refused fields of the API as problems of their columns. A column has one problem at a time.
    fn refuse(&self, refusals: Vec<UserError>, fields: &[(&str, Field)], findings: &mut Findings) {
        for refusal in refusals {
            let field = refusal.path.first().and_then(|name| fields.iter().find(|(known, _)| known == name));
            let header = field.and_then(|(_, field)| self.cells.header(*field));
            if header.is_none() || findings.problems.iter().all(|known| known.column.as_deref() != header) {
                findings.problems.push(Problem::new(header, refusal.message));
            }
        }
    }
}

impl Findings {
    /// The value, or its problem is kept.
    fn keep<T>(&mut self, value: Result<T, Problem>) -> Option<T> {
        value.map_err(|problem| self.problems.push(problem)).ok()
    }
}

/// The reason of a lost opportunity whose row gives none that is a choice, because a lost one must have one.
const NO_REASON: &str = "OTHER";
/// The unit of a product whose row gives none.
const DEFAULT_UNIT: &str = "piece";

/// The names of fields in the API.
const FIELDS_OF_PRODUCT: &[(&str, Field)] = &[
    ("sku", Field::Sku),
    ("name", Field::ProductName),
    ("category", Field::Category),
    ("unit", Field::Unit),
    ("unitPrice", Field::UnitPrice),
    ("currency", Field::Currency),
];
