//! Plain rows of the tables, and their relations.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

pub type Time = DateTime<Utc>;

#[derive(FromRow)]
pub struct User {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub phone: Option<String>,
    pub manager_id: Option<Uuid>,
    pub status: String,
    pub created_at: Time,
    pub last_sign_in_at: Option<Time>,
}

#[derive(FromRow)]
pub struct Pool {
    pub id: Uuid,
    pub name: String,
    pub is_default: bool,
    pub administrator_user_id: Option<Uuid>,
    pub condition: Option<String>,
    pub priority: i32,
    pub protection_period_seconds: Option<i64>,
    pub max_owned_customers: Option<i32>,
    pub max_claims_per_day: Option<i32>,
    pub archived_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i32,
}

/// A member of a pool, alone or with everybody below.
#[derive(FromRow)]
pub struct PoolMember {
    pub pool_id: Uuid,
    pub user_id: Uuid,
    pub with_team: bool,
}

#[derive(FromRow)]
pub struct Absence {
    pub user_id: Uuid,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
}

#[derive(FromRow)]
pub struct Customer {
    pub id: Uuid,
    pub name: String,
    pub credit_code: Option<String>,
    pub source: String,
    pub source_detail: Option<String>,
    pub industry: Option<String>,
    pub size: Option<String>,
    pub level: Option<String>,
    pub region: Option<String>,
    pub pool_id: Uuid,
    pub owner_user_id: Option<Uuid>,
    pub owned_since: Option<Time>,
    pub pool_entry_time: Option<Time>,
    pub protected_until: Option<Time>,
    pub first_followup_time: Option<Time>,
    pub last_followup_time: Option<Time>,
    pub next_contact_at: Option<Time>,
    pub blacklisted_at: Option<Time>,
    pub blacklist_reason: Option<String>,
    pub archived_at: Option<Time>,
    pub merged_into: Option<Uuid>,
    pub created_by: Option<Uuid>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i32,
}

#[derive(FromRow)]
pub struct Contact {
    pub id: Uuid,
    pub customer_id: Uuid,
    pub name: String,
    pub title: Option<String>,
    pub decision_role: Option<String>,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub wechat: Option<String>,
    pub is_primary: bool,
    pub archived_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i32,
}

#[derive(FromRow)]
pub struct Operation {
    pub id: Uuid,
    pub customer_id: Uuid,
    pub operator_user_id: Option<Uuid>,
    pub r#type: String,
    pub cause: String,
    pub previous_owner_user_id: Option<Uuid>,
    pub new_owner_user_id: Option<Uuid>,
    pub remark: Option<String>,
    pub at: Time,
    pub batch_id: Option<Uuid>,
    pub pool_id: Option<Uuid>,
    pub previous_pool_id: Option<Uuid>,
}

#[derive(FromRow)]
pub struct Batch {
    pub id: Uuid,
    pub kind: String,
    pub operator_user_id: Option<Uuid>,
    pub about_user_id: Option<Uuid>,
    pub filter: Option<serde_json::Value>,
    pub at: Time,
    pub moved: i64,
    pub returned: i64,
    pub undone_by: Option<Uuid>,
    pub undone_at: Option<Time>,
}

#[derive(FromRow)]
pub struct Extra {
    pub customer_id: Uuid,
    pub key: String,
    pub r#type: String,
    pub label_en: String,
    pub label_zh: String,
    pub personal: bool,
    pub position: i32,
    pub text_value: Option<String>,
    pub number_value: Option<Decimal>,
    pub boolean_value: Option<bool>,
    pub date_value: Option<NaiveDate>,
}

#[derive(FromRow)]
pub struct Product {
    pub id: Uuid,
    pub sku: String,
    pub name: String,
    pub category: Option<String>,
    pub unit: String,
    pub unit_price: Decimal,
    pub currency: String,
    pub active: bool,
    pub archived_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i32,
}

#[derive(FromRow)]
pub struct Stage {
    pub code: String,
    pub name_en: String,
    pub name_zh: String,
    pub position: i32,
    pub kind: String,
    pub probability: i32,
    pub active: bool,
}

#[derive(FromRow)]
pub struct Opportunity {
    pub id: Uuid,
    pub customer_id: Uuid,
    pub owner_user_id: Uuid,
    pub stage: String,
    pub stage_kind: String,
    pub product_id: Option<Uuid>,
    pub amount: Option<Decimal>,
    pub amount_is_sum: bool,
    pub line_set: Option<i32>,
    pub currency: Option<String>,
    pub close_date: Option<NaiveDate>,
    pub probability: i32,
    pub closed_at: Option<Time>,
    pub lost_reason: Option<String>,
    pub lost_remark: Option<String>,
    pub competitor: Option<String>,
    pub name: Option<String>,
    pub note: Option<String>,
    pub archived_at: Option<Time>,
    pub updated_by: Option<Uuid>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i32,
}

/// A version of an opportunity.
#[derive(FromRow)]
pub struct Version {
    pub opportunity_id: Uuid,
    pub valid_from: Time,
    pub valid_to: Option<Time>,
    pub stage: String,
    pub owner_user_id: Uuid,
    pub amount: Option<Decimal>,
    pub currency: Option<String>,
    pub close_date: Option<NaiveDate>,
    pub probability: i32,
    pub lost_reason: Option<String>,
    pub lost_remark: Option<String>,
    pub changed_by: Option<Uuid>,
}

#[derive(FromRow)]
pub struct FollowUp {
    pub id: Uuid,
    pub customer_id: Uuid,
    pub opportunity_id: Option<Uuid>,
    pub author_user_id: Uuid,
    pub channel: String,
    pub content: String,
    pub at: Time,
    pub next_plan: Option<String>,
    pub next_contact_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i32,
}

#[derive(FromRow)]
pub struct Task {
    pub id: Uuid,
    pub customer_id: Uuid,
    pub opportunity_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub owner_user_id: Uuid,
    pub subject: Option<String>,
    pub due_at: Time,
    pub status: String,
    pub ended_at: Option<Time>,
    pub ended_by: Option<Uuid>,
    pub followup_id: Option<Uuid>,
    pub completed_in_id: Option<Uuid>,
    pub created_by: Option<Uuid>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i32,
}

/// A step of a task.
#[derive(FromRow)]
pub struct TaskStep {
    pub task_id: Uuid,
    pub action: String,
    pub due_at: Time,
    pub owner_user_id: Uuid,
    pub user_id: Option<Uuid>,
    pub at: Time,
}

#[derive(FromRow)]
pub struct Order {
    pub id: Uuid,
    pub order_no: String,
    pub customer_id: Uuid,
    pub opportunity_id: Option<Uuid>,
    pub sold_by_user_id: Uuid,
    pub owner_user_id: Uuid,
    pub status: String,
    pub currency: String,
    pub remark: Option<String>,
    pub ordered_at: Time,
    pub paid_at: Option<Time>,
    pub shipped_at: Option<Time>,
    pub delivered_at: Option<Time>,
    pub closed_at: Option<Time>,
    pub updated_at: Time,
    pub version: i32,
}

#[derive(FromRow)]
pub struct Line {
    pub order_id: Uuid,
    pub position: i32,
    pub product_id: Uuid,
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub discount: Decimal,
}

/// What a customer asked for.
#[derive(FromRow)]
pub struct Enquiry {
    pub customer_id: Uuid,
    pub contact_id: Option<Uuid>,
    pub source: String,
    pub content: String,
    pub recorded_by: Uuid,
    pub at: Time,
}

/// A line of an opportunity.
#[derive(FromRow)]
pub struct ExpectedLine {
    pub opportunity_id: Uuid,
    pub line_set: i32,
    pub position: i32,
    pub product_id: Uuid,
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub discount: Decimal,
}

/// Money that moved for an order.
#[derive(FromRow)]
pub struct Payment {
    pub id: Uuid,
    pub order_id: Uuid,
    pub amount: Decimal,
    pub received_at: Time,
    pub method: Option<String>,
    pub reference: Option<String>,
    pub reverses_id: Option<Uuid>,
    pub recorded_by: Option<Uuid>,
    pub recorded_at: Time,
}

#[derive(FromRow)]
pub struct Instalment {
    pub order_id: Uuid,
    pub position: i32,
    pub due_on: NaiveDate,
    pub share: Option<Decimal>,
    pub amount: Decimal,
    pub is_retention: bool,
}

/// A step of an order.
#[derive(FromRow)]
pub struct Step {
    pub id: Uuid,
    pub order_id: Uuid,
    pub action: String,
    pub from_status: String,
    pub to_status: String,
    pub payment_id: Option<Uuid>,
    pub total_before: Option<Decimal>,
    pub total_after: Option<Decimal>,
    pub remark: Option<String>,
    pub user_id: Option<Uuid>,
    pub at: Time,
}

#[derive(FromRow)]
pub struct Feedback {
    pub id: Uuid,
    pub order_id: Uuid,
    pub service_user_id: Uuid,
    pub rating: i32,
    pub category: String,
    pub content: Option<String>,
    pub resolution: Option<String>,
    pub resolved_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i32,
}

/// A change of a field of a customer, contact, opportunity, product, user, or of the settings.
#[derive(FromRow)]
pub struct Edit {
    pub id: Uuid,
    pub at: Time,
    pub customer_id: Option<Uuid>,
    pub contact_id: Option<Uuid>,
    pub opportunity_id: Option<Uuid>,
    pub product_id: Option<Uuid>,
    pub about_user_id: Option<Uuid>,
    pub field: String,
    pub before: Vec<String>,
    pub after: Vec<String>,
    pub user_id: Option<Uuid>,
    pub merged_from: Option<Uuid>,
}

impl Edit {
    /// Whether it is of the customer itself.
    pub fn is_of_customer(&self) -> bool {
        self.customer_id.is_some() && self.contact_id.is_none() && self.opportunity_id.is_none()
    }
}

/// The stay of an opportunity in a stage: its first version there, and its last.
#[derive(Clone, Copy)]
pub struct Visit<'r> {
    pub first: &'r Version,
    pub last: &'r Version,
}

impl Line {
    pub fn amount(&self) -> Decimal {
        amount_of_line(self.quantity, self.unit_price, self.discount)
    }
}

pub fn amount_of_line(quantity: Decimal, unit_price: Decimal, discount: Decimal) -> Decimal {
    let price = quantity * unit_price;
    price.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero) - discount
}

/// All rows.
pub struct Rows {
    pub users: Vec<User>,
    pub pools: Vec<Pool>,
    pub pool_members: Vec<PoolMember>,
    pub customers: Vec<Customer>,
    pub contacts: Vec<Contact>,
    pub operations: Vec<Operation>,
    pub batches: Vec<Batch>,
    pub extras: Vec<Extra>,
    pub personal_extras: Vec<(String,)>,
    pub products: Vec<Product>,
    pub stages: Vec<Stage>,
    pub opportunities: Vec<Opportunity>,
    pub versions: Vec<Version>,
    pub follow_ups: Vec<FollowUp>,
    pub tasks: Vec<Task>,
    pub task_steps: Vec<TaskStep>,
    pub orders: Vec<Order>,
    pub lines: Vec<Line>,
    pub expected_lines: Vec<ExpectedLine>,
    pub enquiries: Vec<Enquiry>,
    pub payments: Vec<Payment>,
    pub instalments: Vec<Instalment>,
    pub steps: Vec<Step>,
    pub feedback: Vec<Feedback>,
    pub edits: Vec<Edit>,
    pub roles: Vec<(Uuid, String)>,
    pub absences: Vec<Absence>,
    pub permissions: Vec<(String, String, String, String)>,
    pub inherits: Vec<(String, String)>,
}

async fn all<T>(db: &PgPool, text: &'static str) -> Vec<T>
where
    T: for<'r> FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
{
    sqlx::query_as(text).fetch_all(db).await.unwrap()
}

impl Rows {
    pub async fn load(db: &PgPool) -> Self {
        Self {
            users: all(db, "select * from app_user").await,
            pools: all(db, "select * from pool").await,
            pool_members: all(db, "select * from pool_member order by user_id").await,
            customers: all(db, "select * from customer").await,
            contacts: all(db, "select * from contact").await,
            operations: all(db, "select * from customer_operation_log").await,
            batches: all(db, "select * from operation_batch").await,
            extras: all(
                db,
                "select x.*, f.label_en, f.label_zh, f.personal, f.position from customer_extra x join extra_field f on f.key = x.key",
            )
            .await,
            personal_extras: all(db, "select key from extra_field where personal").await,
            products: all(db, "select * from product").await,
            stages: all(db, "select * from opportunity_stage").await,
            opportunities: all(db, "select * from sales_opportunity").await,
            versions: all(db, "select * from opportunity_history order by valid_from").await,
            follow_ups: all(db, "select * from followup").await,
            tasks: all(db, "select * from task").await,
            task_steps: all(db, "select * from task_step order by version").await,
            orders: all(db, "select * from sales_order").await,
            lines: all(db, "select * from order_product order by position").await,
            enquiries: all(db, "select * from enquiry order by at desc, id desc").await,
            expected_lines: all(db, "select * from opportunity_product order by position").await,
            payments: all(db, "select * from payment order by recorded_at, id").await,
            instalments: all(db, "select * from instalment order by position").await,
            steps: all(db, "select * from order_history order by at, id").await,
            feedback: all(db, "select * from order_feedback").await,
            edits: all(db, "select * from edit").await,
            roles: all(db, "select user_id, role from user_role").await,
            absences: all(db, "select user_id, first_day, last_day from absence order by first_day").await,
            permissions: all(db, "select role, resource, action, scope from permission").await,
            inherits: all(db, "select role, inherits from role_inheritance").await,
        }
    }

    pub fn user(&self, id: Option<Uuid>) -> Option<&User> {
        self.users.iter().find(|user| Some(user.id) == id)
    }

    /// Who made the latest of these edits.
    pub fn last_editor(&self, is_one: impl Fn(&Edit) -> bool) -> Option<Uuid> {
        self.edits.iter().filter(|edit| is_one(edit)).max_by_key(|edit| (edit.at, edit.id))?.user_id
    }

    pub fn pool(&self, id: Option<Uuid>) -> Option<&Pool> {
        self.pools.iter().find(|pool| Some(pool.id) == id)
    }

    /// The customer that an id refers to, also after merges.
    pub fn canonical(&self, id: Uuid) -> Option<&Customer> {
        let customer = self.customers.iter().find(|customer| customer.id == id)?;
        customer.merged_into.map_or(Some(customer), |survivor| self.canonical(survivor))
    }

    pub fn customer(&self, id: Uuid) -> &Customer {
        self.canonical(id).unwrap()
    }

    pub fn opportunity(&self, id: Option<Uuid>) -> Option<&Opportunity> {
        self.opportunities.iter().find(|opportunity| Some(opportunity.id) == id)
    }

    pub fn follow_up(&self, id: Option<Uuid>) -> Option<&FollowUp> {
        self.follow_ups.iter().find(|follow_up| Some(follow_up.id) == id)
    }

    /// The task that a follow-up planned.
    pub fn task_of(&self, follow_up: Uuid) -> Option<&Task> {
        self.tasks.iter().find(|task| task.followup_id == Some(follow_up))
    }

    /// The steps of a task, the earliest first.
    pub fn steps_of_task(&self, task: Uuid) -> impl Iterator<Item = &TaskStep> {
        self.task_steps.iter().filter(move |step| step.task_id == task)
    }

    pub fn product(&self, id: Option<Uuid>) -> Option<&Product> {
        self.products.iter().find(|product| Some(product.id) == id)
    }

    pub fn stage(&self, code: &str) -> &Stage {
        self.stages.iter().find(|stage| stage.code == code).unwrap()
    }

    pub fn order(&self, id: Uuid) -> &Order {
        self.orders.iter().find(|order| order.id == id).unwrap()
    }

    /// The versions of an opportunity, the oldest first.
    pub fn versions_of(&self, opportunity: Uuid) -> impl Iterator<Item = &Version> {
        self.versions.iter().filter(move |version| version.opportunity_id == opportunity)
    }

    /// The stage visits of an opportunity: each time its stage changed.
    pub fn visits_of(&self, opportunity: Uuid) -> Vec<Visit<'_>> {
        let mut visits: Vec<Visit<'_>> = Vec::new();
        for version in self.versions_of(opportunity) {
            match visits.last_mut() {
                Some(visit) if visit.first.stage == version.stage => visit.last = version,
                _ => visits.push(Visit { first: version, last: version }),
            }
        }
        visits
    }

    /// The versions of an opportunity with another owner than the version before, in the same stage.
    pub fn adoptions_of(&self, opportunity: Uuid) -> impl Iterator<Item = &Version> {
        let later = self.versions_of(opportunity).skip(1);
        let pairs = self.versions_of(opportunity).zip(later);
        pairs
            .filter(|(one, next)| one.stage == next.stage && one.owner_user_id != next.owner_user_id)
            .map(|(_, next)| next)
    }

    /// The lines of an order, in the order of the document.
    pub fn lines_of(&self, order: Uuid) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.order_id == order)
    }

    /// The present lines of an opportunity.
    pub fn expected_lines_of(&self, of: &Opportunity) -> impl Iterator<Item = &ExpectedLine> {
        let (id, set) = (of.id, of.line_set);
        self.expected_lines.iter().filter(move |line| line.opportunity_id == id && Some(line.line_set) == set)
    }

    /// What was paid for an order, and went back, in the order in which it was recorded.
    pub fn payments_of(&self, order: Uuid) -> impl Iterator<Item = &Payment> {
        self.payments.iter().filter(move |payment| payment.order_id == order)
    }

    /// What an order is paid: its payments without those that were taken back.
    pub fn paid_of(&self, order: Uuid) -> Decimal {
        let stands = |payment: &&Payment| {
            payment.amount > Decimal::ZERO && !self.payments.iter().any(|other| other.reverses_id == Some(payment.id))
        };
        self.payments_of(order).filter(stands).map(|payment| payment.amount).sum()
    }

    /// The instalments of an order by position, each with what is paid of it: payments pay the first ones first.
    pub fn instalments_of(&self, order: Uuid) -> impl Iterator<Item = (&Instalment, Decimal)> {
        let mut left = self.paid_of(order);
        self.instalments.iter().filter(move |instalment| instalment.order_id == order).map(move |instalment| {
            let paid = instalment.amount.min(left);
            left -= paid;
            (instalment, paid)
        })
    }

    /// The steps of an order, the oldest first.
    pub fn steps_of(&self, order: Uuid) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(move |step| step.order_id == order)
    }

    /// Whether a user is below `above`, directly or not.
    pub fn is_below(&self, user: Uuid, above: Uuid) -> bool {
        let manager = self.user(Some(user)).and_then(|user| user.manager_id);
        manager.is_some_and(|manager| manager == above || self.is_below(manager, above))
    }

    pub fn roles_of(&self, user: Uuid) -> BTreeSet<&str> {
        let mut roles: BTreeSet<&str> =
            self.roles.iter().filter(|(of, _)| *of == user).map(|(_, role)| role.as_str()).collect();
        loop {
            let more: Vec<_> = self
                .inherits
                .iter()
                .filter(|(role, _)| roles.contains(role.as_str()))
                .map(|(_, other)| other.as_str())
                .collect();
            let before = roles.len();
            roles.extend(more);
            if roles.len() == before {
                return roles;
            }
        }
    }
}
