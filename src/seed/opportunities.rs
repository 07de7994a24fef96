//! Opportunities: an owner of the customer creates each one and moves it through the stages while they own the
//! customer. Afterwards a later owner may adopt it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fastrand::Rng;
use sqlx::PgConnection;
use uuid::Uuid;

use super::copy::{Money, Table};
use super::expected::Lines;
use super::firm::Firm;
use super::history::{History, Ownership};
use super::manner::{Manner, busy_time_between, season};
use super::people::Person;
use super::products::{Product, pick_sold_at};
use super::random::{chance, hours_after, id_at, one_of};

/// The table of opportunities, and its columns.
pub const COLUMNS: &str = "sales_opportunity (id, customer_id, owner_user_id, stage, stage_kind, product_id, amount, currency, close_date, \
    probability, closed_at, lost_reason, lost_remark, created_by, updated_by, created_at, updated_at, version, name, note, competitor, line_set, \
    amount_is_sum)";
/// The table of their versions, and its columns.
pub const VERSION_COLUMNS: &str = "opportunity_history (opportunity_id, customer_id, valid_from, valid_to, stage, stage_kind, owner_user_id, amount, \
    currency, close_date, probability, lost_reason, lost_remark, changed_by)";

/// A stage of the pipeline: its code, its kind, and its probability of winning in percent.
type Stage = (&'static str, &'static str, u8);

const OPEN: [Stage; 4] =
    [("PROSPECTING", "OPEN", 10), ("QUALIFICATION", "OPEN", 20), ("PROPOSAL", "OPEN", 50), ("NEGOTIATION", "OPEN", 80)];
const WON: Stage = ("WON", "WON", 100);
const LOST: Stage = ("LOST", "LOST", 0);
const VOID: Stage = ("VOID", "VOID", 0);

/// Why opportunities are lost: the code of a choice, and the remark.
const LOSSES: [(&str, &str); 8] = [
    ("PRICE", "价格太高"),
    ("COMPETITOR", "选择了竞争对手"),
    ("CANCELLED", "项目取消"),
    ("POSTPONED", "预算推迟到明年"),
    ("CANCELLED", "联系人离职，项目中止"),
    ("COMPETITOR", "Went with a cheaper offer"),
    ("POSTPONED", "Project was put on hold"),
    ("PRODUCT", "We could not deliver in time"),
];
/// The competitors: the code of a choice, and its names.
const COMPETITORS: [(&str, &str, &str); 3] =
    [("NORTHSTAR", "Northstar", "北辰"), ("BLUEWAVE", "Bluewave", "蓝浪"), ("HUATAI", "Huatai Tech", "华泰科技")];
/// What stands in names of opportunities behind the product.
const PROJECTS: [&str; 4] = ["采购项目", "二期扩建", "年度框架协议", "试点项目"];
const NOTES: [&str; 3] = [
    "需要总经理审批，预算已列入本年度计划",
    "技术部门参与评审，注意交期",
    "Budget is approved; the decision needs the board",
];

/// An opportunity.
pub struct Opportunity<'a> {
    pub id: Uuid,
    pub product: &'a Product,
    /// What may be sold with it.
    second: &'a Product,
    pub wins: Vec<Win<'a>>,
    versions: Vec<Version<'a>>,
}

/// An opportunity was won.
pub struct Win<'a> {
    pub at: DateTime<Utc>,
    pub by: &'a Person,
    /// When it was opened again because its order was cancelled or refunded.
    pub reopened_at: Option<DateTime<Utc>>,
}

#[derive(Clone)]
struct Version<'a> {
    at: DateTime<Utc>,
    stage: Stage,
    owner: &'a Person,
    amount: Option<Money>,
    close_date: NaiveDate,
    probability: u8,
    loss: Option<(&'static str, &'static str)>,
    by: Uuid,
}

/// The opportunities of a customer, from the first owner to the last.
pub fn of<'a>(rng: &mut Rng, firm: &'a Firm, history: &History<'a>) -> Vec<Opportunity<'a>> {
    let mut all = Vec::new();
    for (index, held) in history.ownerships.iter().enumerate() {
        for _ in 0..*one_of(rng, Manner::of(held.owner).finds) {
            let end = held.to.unwrap_or(firm.plan.now);
            let at = busy_time_between(rng, held.from, end);
            let mut pipeline = Pipeline { opportunity: create(rng, firm, held.owner, at), rng: &mut *rng, firm };
            pipeline.advance_during(held);
            pipeline.advance_after_loss(end, &history.ownerships[index + 1..]);
            all.push(pipeline.opportunity);
        }
    }
    all
}

fn create<'a>(rng: &mut Rng, firm: &'a Firm, owner: &'a Person, at: DateTime<Utc>) -> Opportunity<'a> {
    let product = pick_sold_at(rng, &firm.products, at, None);
    let stage = OPEN[usize::from(chance(rng, 25))];
    let most_pieces = Manner::of(owner).most_pieces * i64::from(season(at)) / 100;
    let amount = chance(rng, 90).then(|| Money(product.price_at(at).0 * rng.i64(1..=most_pieces)));
    let close_date = (at + TimeDelta::days(rng.i64(20..150))).date_naive();
    let first = Version { at, stage, owner, amount, close_date, probability: stage.2, loss: None, by: owner.id };
    let id = id_at(rng, at);
    let second = &firm.products[usize::from(id.as_bytes()[12]) % firm.products.len()];
    Opportunity { id, product, second, wins: Vec::new(), versions: vec![first] }
}

/// An opportunity on its way through the stages.
struct Pipeline<'r, 'a> {
    opportunity: Opportunity<'a>,
    rng: &'r mut Rng,
    firm: &'a Firm,
}

impl<'a> Pipeline<'_, 'a> {
    /// Advances it until it is closed for good, or this ownership ends.
    fn advance_during(&mut self, held: &Ownership<'a>) {
        let end = held.to.unwrap_or(self.firm.plan.now);
        loop {
            let hours = 2..24 * Manner::of(held.owner).patience;
            let at = hours_after(self.rng, self.opportunity.current().at.max(held.from), hours);
            if at >= end {
                return;
            }
            let mut next = Version { at, by: self.actor(held.owner), ..self.opportunity.current().clone() };
            match self.opportunity.current().stage.1 {
                "WON" => {
                    // Its order is cancelled or refunded.
                    let win = self.opportunity.wins.last_mut().expect("a version that is WON adds a win");
                    win.reopened_at = Some(at);
                    (next.stage, next.by) = (OPEN[3], held.owner.id);
                }
                "LOST" => (next.stage, next.loss) = (OPEN[1], None),
                _ => self.move_on(&mut next, held.owner),
            }
            if next.stage != self.opportunity.current().stage {
                next.probability = next.stage.2;
            }
            self.opportunity.versions.push(next);
            let percent_to_continue = match self.opportunity.current().stage.1 {
                "OPEN" => 100,
                "LOST" => 12,
                "WON" => 5,
                _ => 0,
            };
            if !chance(self.rng, percent_to_continue) {
                return;
            }
        }
    }

    fn move_on(&mut self, next: &mut Version<'a>, owner: &'a Person) {
        // In a month in which companies buy little, more comes to nothing.
        let advances =
            (u16::from(Manner::of(owner).advances) + u16::from(season(next.at)) / 5).saturating_sub(20) as u8;
        match self.rng.u8(..100) {
            drawn if drawn < advances => {
                let index = OPEN.iter().position(|stage| *stage == next.stage).unwrap_or_default();
                next.stage = OPEN.get(index + 1).copied().unwrap_or(WON);
                if next.stage == WON {
                    self.opportunity.wins.push(Win { at: next.at, by: owner, reopened_at: None });
                }
            }
            ..82 => self.close(next),
            82..92 => next.close_date += TimeDelta::days(self.rng.i64(10..60)),
            _ => {
                let price = self.opportunity.product.price_at(next.at).0;
                // The amount always changes, because each version differs from the one before.
                let before = next.amount.map_or(0, |amount| amount.0);
                next.amount = Some(Money(before + price * self.rng.i64(1..=10)));
                next.probability = (next.probability + 5).min(95);
            }
        }
    }

    fn close(&mut self, next: &mut Version<'a>) {
        next.stage = if chance(self.rng, 80) { LOST } else { VOID };
        next.loss = (next.stage == LOST || self.rng.bool()).then(|| *one_of(self.rng, &LOSSES));
    }

    /// After its owner has lost the customer: a later owner adopts it, or it is closed, or it stays as it is.
    fn advance_after_loss(&mut self, lost_at: DateTime<Utc>, later: &[Ownership<'a>]) {
        for held in later {
            let at = hours_after(self.rng, held.from, 1..24 * 10);
            let current = self.opportunity.current().clone();
            if current.stage.1 == "OPEN" && at < held.to.unwrap_or(self.firm.plan.now) && chance(self.rng, 45) {
                // An owner who has come back does not adopt their own opportunity.
                if current.owner.id != held.owner.id {
                    let adopted = Version { at, owner: held.owner, by: held.owner.id, ..current };
                    self.opportunity.versions.push(adopted);
                }
                self.advance_during(held);
            }
        }
        let at = hours_after(self.rng, self.opportunity.current().at.max(lost_at), 24..24 * 60);
        if self.opportunity.current().stage.1 == "OPEN" && at < self.firm.plan.now && chance(self.rng, 35) {
            let mut next = Version { at, ..self.opportunity.current().clone() };
            next.by = self.actor(next.owner);
            self.close(&mut next);
            next.probability = 0;
            self.opportunity.versions.push(next);
        }
    }

    /// The user who changes it: the owner, in some cases their manager.
    fn actor(&mut self, owner: &'a Person) -> Uuid {
        if chance(self.rng, 8) { self.firm.manager_of(owner).id } else { owner.id }
    }
}

impl<'a> Opportunity<'a> {
    fn current(&self) -> &Version<'a> {
        self.versions.last().expect("an opportunity is created with its first version")
    }

    /// Whether it was open at this moment and belonged to this owner.
    pub fn is_open_for(&self, at: DateTime<Utc>, owner: &Person) -> bool {
        let then = self.versions.iter().rev().find(|version| version.at <= at);
        then.is_some_and(|version| version.stage.1 == "OPEN" && version.owner.id == owner.id)
    }

    /// A number by chance: a byte of its id. So what is derived from it changes nothing else.
    fn chance(&self, byte: usize) -> u8 {
        self.id.as_bytes()[byte]
    }

    fn name(&self) -> Option<String> {
        pick(self.chance(14), 2, &PROJECTS).map(|project| format!("{} {project}", self.product.name))
    }

    /// Everybody knows who won it if a competitor was preferred; of others, some know.
    fn competitor(&self) -> Option<&'static str> {
        let one_in = if self.current().lost_reason() == Some("COMPETITOR") { 1 } else { 4 };
        pick(self.chance(15), one_in, &COMPETITORS).map(|(code, ..)| code)
    }

    /// Two of three have lines.
    fn lines(&self) -> Option<Lines<'a>> {
        let amount = self.current().amount.filter(|amount| amount.0 > 0 && !self.chance(11).is_multiple_of(3))?;
        Some(Lines::of(self.product, self.second, amount, self.versions[0].at))
    }

    /// Writes its row, its lines and its versions.
    pub fn write(&self, [table, lines, versions]: [&mut Table; 3], customer: Uuid) {
        let (first, last) = (&self.versions[0], self.current());
        table.value(self.id).value(customer).value(last.owner.id).value(last.stage.0).value(last.stage.1);
        table.value(self.product.id).optional(last.amount).optional(last.amount.map(|_| self.product.currency));
        table.value(last.close_date).value(last.probability).time((last.stage.1 != "OPEN").then_some(last.at));
        table
            .optional(last.lost_reason())
            .optional(last.lost_remark())
            .value(first.by)
            .value(last.by)
            .time(Some(first.at))
            .time(Some(last.at));
        table.value(self.versions.len()).optional(self.name()).optional(pick(self.chance(13), 4, &NOTES));
        let of_it = self.lines();
        table.optional(self.competitor()).optional(of_it.as_ref().map(|_| self.versions.len())).value(of_it.is_some());
        table.end_row();
        if let Some(of_it) = of_it {
            of_it.write(lines, self.id, self.versions.len());
        }
        let ends = self.versions.iter().skip(1).map(|next| Some(next.at)).chain([None]);
        for (version, end) in self.versions.iter().zip(ends) {
            versions.value(self.id).value(customer).time(Some(version.at)).time(end).value(version.stage.0);
            versions.value(version.stage.1).value(version.owner.id).optional(version.amount);
            versions.optional(version.amount.map(|_| self.product.currency)).value(version.close_date);
            versions.value(version.probability).optional(version.lost_reason()).optional(version.lost_remark());
            versions.value(version.by).end_row();
        }
    }
}

impl Version<'_> {
    fn lost_reason(&self) -> Option<&'static str> {
        self.loss.filter(|_| self.stage == LOST).map(|(reason, _)| reason)
    }

    fn lost_remark(&self) -> Option<&'static str> {
        self.loss.map(|(_, remark)| remark)
    }
}

/// One of all in one of so many cases.
fn pick<T: Copy>(by: u8, one_in: u8, all: &[T]) -> Option<T> {
    by.is_multiple_of(one_in).then(|| all[usize::from(by / one_in) % all.len()])
}

/// Adds the competitors to the choices.
pub async fn copy_competitors(db: &mut PgConnection) -> sqlx::Result<()> {
    let mut table = Table::new("choice (kind, code, name_en, name_zh, position)");
    for (place, (code, name_en, name_zh)) in COMPETITORS.iter().enumerate() {
        table.value("COMPETITOR").value(code).value(name_en).value(name_zh).value(place + 1).end_row();
    }
    table.copy(db).await
}
