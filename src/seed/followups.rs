//! The follow-ups of customers by their owners, each with the date of the next contact.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use uuid::Uuid;

use super::copy::Table;
use super::firm::Firm;
use super::history::{FollowUpTimes, History, Ownership};
use super::opportunities::Opportunity;
use super::orders::Order;
use super::random::{chance, hours_after, id_at, one_of, time_between};

/// The table of follow-ups, and its columns.
pub const COLUMNS: &str = "followup (id, customer_id, opportunity_id, author_user_id, channel, content, at, next_plan, next_contact_at, created_at, \
    updated_at, version)";

/// A channel, and the contents of follow-ups through it.
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
    ("OTHER", &["展会上碰面，初步谈了合作意向", "通过合作伙伴了解到客户的新项目", "Met at the trade fair"]),
];
const NEXT_PLANS: [&str; 8] = [
    "发送更新后的报价",
    "安排产品演示",
    "跟进付款",
    "约见总经理",
    "确认合同条款",
    "Send the contract",
    "Ask for the decision",
    "Arrange a site visit",
];
const ORDER_CONTENTS: [&str; 3] = ["客户下单", "合同已签，录入订单", "Order received"];

/// The table of tasks, and its columns.
pub const TASK_COLUMNS: &str = "task (id, customer_id, opportunity_id, owner_user_id, subject, due_at, reminder_due, followup_id, followup_at, created_by, \
    updated_by, created_at, updated_at)";
/// The table of their steps, and its columns.
pub const TASK_STEP_COLUMNS: &str =
    "task_step (task_id, customer_id, version, action, due_at, owner_user_id, user_id, at)";

/// A follow-up.
pub struct FollowUp {
    id: Uuid,
    at: DateTime<Utc>,
    author: Uuid,
    opportunity: Option<Uuid>,
    channel: &'static str,
    content: &'static str,
    plan: Option<&'static str>,
    next_contact: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    corrected_at: Option<DateTime<Utc>>,
}

/// The follow-ups of a customer, the earliest first.
pub fn of(
    rng: &mut Rng,
    firm: &Firm,
    history: &History<'_>,
    opportunities: &[Opportunity<'_>],
    orders: &[Order<'_>],
) -> Vec<FollowUp> {
    let mut all: Vec<FollowUp> = orders.iter().map(|order| order_follow_up(rng, order)).collect();
    for held in &history.ownerships {
        let end = held.to.unwrap_or(firm.plan.now);
        // Some owners never follow up.
        for index in 0..*one_of(rng, &[0, 1, 2, 2, 3, 4, 6]) {
            let from = match held.to {
                // Most present owners have followed up recently.
                None if index == 0 && chance(rng, 75) => end - TimeDelta::days(*one_of(rng, &[1, 3, 3, 14])),
                _ => held.from,
            };
            let at = time_between(rng, from.max(held.from), end);
            all.push(follow_up(rng, held, at, end, opportunities));
        }
    }
    all.sort_by_key(|followup| followup.at);
    all
}

/// The follow-up times of one ownership, from the follow-ups of its customer; `None`: the owner has not followed up.
pub fn times_of(followups: &[FollowUp], held: &Ownership<'_>) -> Option<FollowUpTimes> {
    let of_owner = || followups.iter().filter(|followup| held.contains(followup.at));
    let (first, last) = (of_owner().next()?, of_owner().next_back()?);
    let next_contact = planned(followups, held).and_then(|followup| followup.next_contact);
    Some(FollowUpTimes { first: first.at, last: last.at, next_contact })
}

/// The follow-up whose plan is still to be done: the last one of the present ownership that is not an order, if it plans
/// the next contact.
pub fn planned<'f>(followups: &'f [FollowUp], held: &Ownership<'_>) -> Option<&'f FollowUp> {
    let last = followups.iter().rfind(|followup| held.contains(followup.at) && followup.channel != "ORDER");
    last.filter(|followup| followup.next_contact.is_some())
}

fn follow_up(
    rng: &mut Rng,
    held: &Ownership<'_>,
    at: DateTime<Utc>,
    end: DateTime<Utc>,
    opportunities: &[Opportunity<'_>],
) -> FollowUp {
    let author = held.owner;
    // Some present owners have something to do today.
    let next_from = if held.to.is_none() && chance(rng, 12) { (end, 1..9) } else { (at, 12..24 * 10) };
    let open = opportunities.iter().find(|opportunity| opportunity.is_open_for(at, author));
    let (channel, contents) = *one_of(rng, &CHANNELS);
    // Most follow-ups are written within two hours, some up to three days later, all while the author owns the
    // customer.
    let written_at = if chance(rng, 80) { hours_after(rng, at, 0..2) } else { hours_after(rng, at, 2..24 * 3) };
    let created_at = if written_at < end { written_at } else { at };
    let corrected_at = Some(hours_after(rng, created_at, 0..24)).filter(|at| *at < end && chance(rng, 5));
    FollowUp {
        id: id_at(rng, created_at),
        at,
        author: author.id,
        opportunity: open.filter(|_| chance(rng, 70)).map(|opportunity| opportunity.id),
        channel,
        content: one_of::<&str>(rng, contents),
        plan: chance(rng, 65).then(|| *one_of(rng, &NEXT_PLANS)),
        next_contact: chance(rng, 75).then(|| hours_after(rng, next_from.0, next_from.1)),
        created_at,
        corrected_at,
    }
}

/// The follow-up that is recorded with an order.
fn order_follow_up(rng: &mut Rng, order: &Order<'_>) -> FollowUp {
    FollowUp {
        id: id_at(rng, order.ordered_at),
        at: order.ordered_at,
        author: order.sold_by.id,
        opportunity: order.opportunity,
        channel: "ORDER",
        content: one_of::<&str>(rng, &ORDER_CONTENTS),
        plan: None,
        next_contact: None,
        created_at: order.ordered_at,
        corrected_at: None,
    }
}

impl FollowUp {
    /// When it was written.
    pub fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// Writes its row.
    pub fn write(&self, table: &mut Table, customer: Uuid) {
        table.value(self.id).value(customer).optional(self.opportunity).value(self.author);
        table.value(self.channel).value(self.content).time(Some(self.at)).optional(self.plan).time(self.next_contact);
        table.time(Some(self.created_at)).time(self.corrected_at.or(Some(self.created_at)));
        table.value(if self.corrected_at.is_some() { 2 } else { 1 }).end_row();
    }

    /// Writes the task that it plans, and its step. Nobody is reminded of what was due before `now`.
    pub fn write_task(&self, [tasks, steps]: [&mut Table; 2], id: Uuid, customer: Uuid, now: DateTime<Utc>) {
        let (due, author, at) = (self.next_contact, self.author, Some(self.created_at));
        tasks.value(id).value(customer).optional(self.opportunity).value(author).optional(self.plan).time(due);
        tasks.time(due.filter(|due| *due > now)).value(self.id).time(Some(self.at)).value(author).value(author);
        tasks.time(at).time(at).end_row();
        steps
            .value(id)
            .value(customer)
            .value(1)
            .value("CREATE")
            .time(due)
            .value(author)
            .value(author)
            .time(at)
            .end_row();
    }
}
