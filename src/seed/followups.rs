//! What was said with customers, by those who had them, and when to talk again.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use uuid::Uuid;

use super::copy::Table;
use super::firm::Firm;
use super::history::{History, Ownership};
use super::opportunities::Opportunity;
use super::orders::Order;
use super::people::Person;
use super::{after, between, chance, id_at, one_of};

/// The table of follow-ups, and its columns.
pub const COLUMNS: &str = "followup (id, customer_id, opportunity_id, author_user_id, channel, content, at, next_plan, next_contact_at, created_at, \
    updated_at, version)";

/// A way to talk, and what is said in it.
type Channel = (&'static str, &'static [&'static str]);

const CHANNELS: [Channel; 6] = [
    (
        "PHONE",
        &[
            "电话沟通，客户对报价有疑问，需要重新核算",
            "联系采购经理，对方出差，约下周再谈",
            "客户询问交货期，已答复",
            "Called the plant manager, they compare three suppliers",
            "Nobody picked up, left a message",
        ],
    ),
    (
        "WECHAT",
        &["微信发送了产品资料", "微信确认了技术参数", "客户在微信上要求看案例", "Sent the price list on WeChat"],
    ),
    (
        "EMAIL",
        &[
            "已邮件发送正式报价单",
            "邮件回复了技术问题",
            "Mailed the revised offer",
            "Sent the data sheets and two references",
        ],
    ),
    (
        "VISIT",
        &["拜访客户工厂，了解现有产线", "上门演示样机，反馈良好", "Visited the site and met the head of purchasing"],
    ),
    (
        "MEETING",
        &["与技术部门开会，确认实施方案", "三方会议，讨论付款条件", "Kick-off meeting with their IT department"],
    ),
    ("OTHER", &["展会上碰面，交换了意向", "通过合作伙伴了解到客户的新项目", "Met at the trade fair"]),
];
const PLANS: [&str; 8] = [
    "发送更新后的报价",
    "安排产品演示",
    "跟进付款",
    "约见总经理",
    "确认合同条款",
    "Send the contract",
    "Ask for the decision",
    "Arrange a site visit",
];
const OF_ORDERS: [&str; 3] = ["客户下单", "合同已签，录入订单", "Order received"];

/// Something that was said.
pub struct FollowUp {
    at: DateTime<Utc>,
    author: Uuid,
    opportunity: Option<Uuid>,
    channel: &'static str,
    content: &'static str,
    plan: Option<&'static str>,
    next: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    corrected_at: Option<DateTime<Utc>>,
}

/// The talks of an ownership, as the customer tells of them.
#[derive(Clone, Copy)]
pub struct Talks {
    pub first: DateTime<Utc>,
    pub last: DateTime<Utc>,
    /// When to talk again, by the last one that was no order.
    pub next: Option<DateTime<Utc>>,
}

/// The follow-ups of a customer, by time.
pub fn of(
    rng: &mut Rng,
    firm: &Firm,
    history: &History<'_>,
    opportunities: &[Opportunity<'_>],
    orders: &[Order<'_>],
) -> Vec<FollowUp> {
    let mut all: Vec<FollowUp> = orders.iter().map(|order| of_order(rng, order)).collect();
    for held in &history.ownerships {
        let end = held.to.unwrap_or(firm.plan.now);
        // Some are neglected from the first day.
        for place in 0..*one_of(rng, &[0, 1, 2, 2, 3, 4, 6]) {
            let from = match held.to {
                // Most owners have talked with their customers lately.
                None if place == 0 && chance(rng, 75) => end - TimeDelta::days(*one_of(rng, &[1, 3, 3, 14])),
                _ => held.from,
            };
            let at = between(rng, from.max(held.from), end);
            all.push(talk(rng, held.owner, at, end, opportunities));
        }
    }
    all.sort_by_key(|followup| followup.at);
    all
}

impl Talks {
    /// Those of one ownership among the follow-ups of its customer.
    pub fn of(followups: &[FollowUp], held: &Ownership<'_>) -> Option<Self> {
        let talked = || followups.iter().filter(|followup| held.contains(followup.at));
        let (first, last) = (talked().next()?, talked().next_back()?);
        // An order makes no plan, and leaves the one that is there.
        let next = talked().rfind(|followup| followup.channel != "ORDER").and_then(|followup| followup.next);
        Some(Self { first: first.at, last: last.at, next })
    }
}

fn talk(
    rng: &mut Rng,
    author: &Person,
    at: DateTime<Utc>,
    end: DateTime<Utc>,
    opportunities: &[Opportunity<'_>],
) -> FollowUp {
    let pursued = opportunities.iter().find(|opportunity| opportunity.is_pursued(at, author));
    let (channel, contents) = *one_of(rng, &CHANNELS);
    // Mostly at once, at times days later; while they still have the customer.
    let written_at = if chance(rng, 80) { after(rng, at, 0..2) } else { after(rng, at, 2..24 * 3) };
    let created_at = if written_at < end { written_at } else { at };
    let corrected_at = Some(after(rng, created_at, 0..24)).filter(|at| *at < end && chance(rng, 5));
    FollowUp {
        at,
        author: author.id,
        opportunity: pursued.filter(|_| chance(rng, 70)).map(|opportunity| opportunity.id),
        channel,
        content: one_of::<&str>(rng, contents),
        plan: chance(rng, 65).then(|| *one_of(rng, &PLANS)),
        next: chance(rng, 75).then(|| after(rng, at, 12..24 * 10)),
        created_at,
        corrected_at,
    }
}

/// What is recorded with an order.
fn of_order(rng: &mut Rng, order: &Order<'_>) -> FollowUp {
    FollowUp {
        at: order.ordered_at,
        author: order.sold_by.id,
        opportunity: order.opportunity,
        channel: "ORDER",
        content: one_of::<&str>(rng, &OF_ORDERS),
        plan: None,
        next: None,
        created_at: order.ordered_at,
        corrected_at: None,
    }
}

impl FollowUp {
    /// Writes it.
    pub fn write(&self, table: &mut Table, rng: &mut Rng, customer: Uuid) {
        table.value(id_at(rng, self.created_at)).value(customer).optional(self.opportunity).value(self.author);
        table.value(self.channel).value(self.content).time(Some(self.at)).optional(self.plan).time(self.next);
        table.time(Some(self.created_at)).time(self.corrected_at.or(Some(self.created_at)));
        table.value(if self.corrected_at.is_some() { 2 } else { 1 }).end_row();
    }
}
