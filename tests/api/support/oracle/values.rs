//! The values of single fields, as JSON in the schema's own forms.

use chrono::{NaiveDate, SecondsFormat};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::rights::{Entity, Entry, View};
use super::rows::{
    Absence, Batch, Contact, Customer, Edit, ExpectedLine, Extra, Feedback, FollowUp, Instalment, Line, Operation,
    Opportunity, Order, Payment, Pool, PoolMember, Product, Stage, Step, Task, TaskStep, Time, User, Version, Visit,
    amount_of_line,
};

pub fn iso(time: Time) -> Json {
    json!(time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// A time that may be missing.
fn optional(time: Option<Time>) -> Json {
    json!(time.map(iso))
}

fn gid(kind: &str, id: Uuid) -> Json {
    json!(format!("{kind}_{id}"))
}

fn user_id(id: Option<Uuid>) -> Json {
    json!(id.map(|id| gid("user", id)))
}

fn money(amount: Decimal, currency: &str) -> Json {
    json!({"amount": format!("{amount:.2}"), "currency": currency})
}

fn optional_money(amount: Option<Decimal>, currency: Option<&String>) -> Json {
    json!(amount.zip(currency).map(|(amount, currency)| money(amount, currency)))
}

impl<'r> Entity<'r> {
    pub fn type_name(self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Customer(_) => "Customer",
            Self::Contact(_) => "Contact",
            Self::Operation(_) => "CustomerOperation",
            Self::Batch(_) => "OperationBatch",
            Self::Pool(_) => "Pool",
            Self::Product(_) => "Product",
            Self::Opportunity(_) => "Opportunity",
            Self::FollowUp(_) => "FollowUp",
            Self::Task(_) => "Task",
            Self::Order(_) => "Order",
            Self::Feedback(_) => "Feedback",
            Self::Edit(edit) if edit.customer_id.is_some() => "CustomerEdit",
            Self::Edit(edit) if edit.product_id.is_some() => "ProductEdit",
            Self::Edit(edit) if edit.about_user_id.is_some() => "UserEdit",
            Self::Edit(_) => "SettingsEdit",
            Self::Entry(_) => "TimelineEntry",
        }
    }

    pub fn id(self) -> Uuid {
        match self {
            Self::User(user) => user.id,
            Self::Customer(customer) => customer.id,
            Self::Contact(contact) => contact.id,
            Self::Operation(operation) | Self::Entry(Entry::Operation(operation)) => operation.id,
            Self::Batch(batch) => batch.id,
            Self::Pool(pool) => pool.id,
            Self::Product(product) => product.id,
            Self::Opportunity(opportunity)
            | Self::Entry(Entry::Stage(opportunity, _) | Entry::Adoption(opportunity, _)) => opportunity.id,
            Self::FollowUp(follow_up) | Self::Entry(Entry::FollowUp(follow_up)) => follow_up.id,
            Self::Task(task) => task.id,
            Self::Order(order) => order.id,
            Self::Entry(Entry::Order(_, step)) => step.id,
            Self::Feedback(feedback) | Self::Entry(Entry::Feedback(feedback)) => feedback.id,
            Self::Edit(edit) | Self::Entry(Entry::Edit(edit)) => edit.id,
        }
    }

    /// The instant by which a sort order sorts.
    pub fn time(self, order: &str) -> Time {
        match (self, order) {
            (Self::Customer(customer), "CREATED_AT") => customer.created_at,
            (Self::Customer(customer), "POOL_ENTRY_TIME") => customer.pool_entry_time.unwrap(),
            (Self::Contact(contact), "CREATED_AT") => contact.created_at,
            (Self::Operation(operation), "AT") => operation.at,
            (Self::Batch(batch), "AT") => batch.at,
            (Self::Opportunity(opportunity), "CREATED_AT") => opportunity.created_at,
            (Self::FollowUp(follow_up), "AT") => follow_up.at,
            (Self::Task(task), "DUE_TIME") => task.due_at,
            (Self::Order(order), "ORDERED_AT") => order.ordered_at,
            (Self::Feedback(feedback), "CREATED_AT") => feedback.created_at,
            (Self::Edit(edit), "AT") => edit.at,
            (Self::Entry(entry), "AT") => entry.at(),
            _ => panic!("{} by {order}", self.type_name()),
        }
    }

    pub fn name(self) -> &'r str {
        match self {
            Self::User(user) => &user.name,
            Self::Customer(customer) => &customer.name,
            Self::Contact(contact) => &contact.name,
            Self::Pool(pool) => &pool.name,
            Self::Product(product) => &product.name,
            _ => panic!("{} have no name", self.type_name()),
        }
    }
}

impl Entry<'_> {
    pub fn kind(self) -> &'static str {
        match self {
            Self::FollowUp(_) => "FOLLOW_UP",
            Self::Stage(..) => "STAGE",
            Self::Adoption(..) => "ADOPTION",
            Self::Order(..) => "ORDER",
            Self::Operation(_) => "OPERATION",
            Self::Feedback(_) => "FEEDBACK",
            Self::Edit(_) => "EDIT",
        }
    }

    fn at(self) -> Time {
        match self {
            Self::FollowUp(follow_up) => follow_up.at,
            Self::Stage(_, visit) => visit.first.valid_from,
            Self::Adoption(_, version) => version.valid_from,
            Self::Order(_, step) => step.at,
            Self::Operation(operation) => operation.at,
            Self::Feedback(feedback) => feedback.created_at,
            Self::Edit(edit) => edit.at,
        }
    }
}

impl View<'_> {
    /// The value of a field whose type is a scalar or money.
    pub(super) fn value(&self, entity: Entity<'_>, field: &str) -> Json {
        match entity {
            _ if field == "can" => self.can(entity),
            Entity::User(user) => self.of_user(user, field),
            Entity::Customer(customer) => of_customer(customer, field),
            Entity::Contact(contact) => self.of_contact(contact, field),
            Entity::Operation(operation) => self.of_operation(operation, field),
            Entity::Batch(batch) => of_batch(batch, field),
            Entity::Pool(pool) => of_pool(pool, field),
            Entity::Product(product) => of_product(product, field),
            Entity::Opportunity(opportunity) => self.of_opportunity(opportunity, field),
            Entity::FollowUp(follow_up) => of_follow_up(follow_up, field),
            Entity::Task(task) => of_task(task, field),
            Entity::Order(order) => self.of_order(order, field),
            Entity::Feedback(feedback) => of_feedback(feedback, field),
            Entity::Edit(edit) => self.of_edit(edit, field),
            Entity::Entry(entry) => match field {
                "kind" => json!(entry.kind()),
                "at" => iso(entry.at()),
                "orderAction" => match entry {
                    Entry::Order(_, step) => json!(step.action),
                    _ => Json::Null,
                },
                other => panic!("{other}"),
            },
        }
    }

    fn of_user(&self, user: &User, field: &str) -> Json {
        match field {
            "id" => gid("user", user.id),
            "name" => json!(user.name),
            "status" => json!(user.status),
            _ if !self.sees_user(user, true) => Json::Null,
            "email" => json!(user.email),
            "phone" => json!(user.phone),
            "lastSignInAt" => optional(user.last_sign_in_at),
            "createdAt" => iso(user.created_at),
            "roles" => {
                let mut roles: Vec<_> =
                    self.rows.roles.iter().filter(|(of, _)| *of == user.id).map(|(_, role)| role).collect();
                roles.sort();
                json!(roles)
            }
            other => panic!("{other}"),
        }
    }

    /// A detail of a contact, as a viewer sees it who may not read it.
    fn masked(detail: &str, text: &str) -> String {
        let letters: Vec<char> = text.chars().collect();
        let part = |letters: &[char]| letters.iter().collect::<String>();
        match (detail, letters.len()) {
            ("phones", ..8) => "****".to_owned(),
            ("phones", length) => format!("{}****{}", part(&letters[..3]), part(&letters[length - 2..])),
            ("emails", _) => format!("{}****@{}", part(&letters[..1]), text.split('@').nth(1).unwrap()),
            _ => format!("{}****", part(&letters[..1])),
        }
    }

    fn of_edit(&self, edit: &Edit, field: &str) -> Json {
        let is_masked = edit.contact_id.is_some()
            && ["phones", "emails", "wechat"].contains(&edit.field.as_str())
            && !self.reaches("contact_details", "read", self.rows.customer(edit.customer_id.unwrap()));
        let shown = |values: &[String]| match is_masked {
            true => json!(values.iter().map(|value| Self::masked(&edit.field, value)).collect::<Vec<_>>()),
            false => json!(values),
        };
        match field {
            "at" => iso(edit.at),
            "field" => json!(edit.field),
            "operatorId" => user_id(edit.user_id),
            "before" => shown(&edit.before),
            "after" => shown(&edit.after),
            "isMasked" => json!(is_masked),
            "mergedFrom" => {
                json!(self.rows.customers.iter().find(|row| Some(row.id) == edit.merged_from).map(|row| &row.name))
            }
            other => panic!("{other}"),
        }
    }

    fn of_contact(&self, contact: &Contact, field: &str) -> Json {
        let open = self.reaches("contact_details", "read", self.rows.customer(contact.customer_id));
        let shown = |detail: &str, text: &String| if open { text.clone() } else { Self::masked(detail, text) };
        match field {
            "id" => gid("contact", contact.id),
            "name" => json!(contact.name),
            "externalIds" => json!([]),
            "title" => json!(contact.title),
            "decisionRole" => json!(contact.decision_role),
            "phones" => json!(contact.phones.iter().map(|phone| shown("phones", phone)).collect::<Vec<_>>()),
            "emails" => json!(contact.emails.iter().map(|email| shown("emails", email)).collect::<Vec<_>>()),
            "wechat" => json!(contact.wechat.as_ref().map(|wechat| shown("wechat", wechat))),
            "isMasked" => json!(!open),
            "isPrimary" => json!(contact.is_primary),
            "isArchived" => json!(contact.archived_at.is_some()),
            "archivedAt" => optional(contact.archived_at),
            "createdAt" => iso(contact.created_at),
            "updatedAt" => iso(contact.updated_at),
            "version" => json!(contact.version),
            other => panic!("{other}"),
        }
    }

    fn of_operation(&self, operation: &Operation, field: &str) -> Json {
        match field {
            "id" => gid("operation", operation.id),
            "type" => json!(operation.r#type),
            "cause" => json!(operation.cause),
            "at" => iso(operation.at),
            "remark" => json!(operation.remark.as_ref().filter(|_| self.knows_who(operation))),
            other => panic!("{other}"),
        }
    }

    fn of_opportunity(&self, opportunity: &Opportunity, field: &str) -> Json {
        let hidden = |json: Json| if self.sees_beyond_pool(opportunity) { json } else { Json::Null };
        match field {
            "id" => gid("opportunity", opportunity.id),
            "stageCode" => json!(opportunity.stage),
            "stageKind" => json!(opportunity.stage_kind),
            "isLive" => {
                let customer = self.rows.customer(opportunity.customer_id);
                let is_open = opportunity.stage_kind == "OPEN" && opportunity.archived_at.is_none();
                let is_held = customer.owner_user_id == Some(opportunity.owner_user_id);
                json!(is_open && is_held && customer.archived_at.is_none())
            }
            "isArchived" => json!(opportunity.archived_at.is_some()),
            "archivedAt" => optional(opportunity.archived_at),
            "expectedAmount" => optional_money(opportunity.amount, opportunity.currency.as_ref()),
            "amountIsSum" => json!(opportunity.amount_is_sum),
            "currency" => json!(opportunity.currency),
            "expectedCloseDate" => hidden(json!(opportunity.close_date.map(|date| date.to_string()))),
            "probability" => hidden(json!(opportunity.probability)),
            "closedAt" => optional(opportunity.closed_at),
            "lostReason" => hidden(json!(opportunity.lost_reason)),
            "lostRemark" => hidden(json!(opportunity.lost_remark)),
            "competitor" => hidden(json!(opportunity.competitor)),
            "name" => hidden(json!(opportunity.name)),
            "note" => hidden(json!(opportunity.note)),
            "externalIds" => json!([]),
            "createdAt" => iso(opportunity.created_at),
            "updatedAt" => iso(opportunity.updated_at),
            "version" => json!(opportunity.version),
            other => panic!("{other}"),
        }
    }

    fn of_order(&self, order: &Order, field: &str) -> Json {
        match field {
            "id" => gid("order", order.id),
            "externalIds" => json!([]),
            "orderNo" => json!(order.order_no),
            "status" => json!(order.status),
            "totalAmount" => money(self.rows.lines_of(order.id).map(Line::amount).sum(), &order.currency),
            "paidAmount" => money(self.rows.paid_of(order.id), &order.currency),
            "paymentStatus" => {
                let total: Decimal = self.rows.lines_of(order.id).map(Line::amount).sum();
                match self.rows.paid_of(order.id) {
                    paid if paid == total => json!("PAID"),
                    paid if paid.is_zero() => json!("UNPAID"),
                    _ => json!("PARTLY_PAID"),
                }
            }
            "nextDueOn" => json!(self.next_due_on(order).map(|day| day.to_string())),
            "overdueAmount" => {
                let is_overdue = |part: &Instalment| order.closed_at.is_none() && part.due_on < self.today();
                let parts = self.rows.instalments_of(order.id).filter(|(part, _)| is_overdue(part));
                money(parts.map(|(part, paid)| part.amount - paid).sum(), &order.currency)
            }
            "remark" => json!(order.remark),
            "ownerId" => user_id(Some(order.owner_user_id)),
            "soldById" => user_id(Some(order.sold_by_user_id)),
            "currency" => json!(order.currency),
            "orderedAt" => iso(order.ordered_at),
            "paidAt" => optional(order.paid_at),
            "shippedAt" => optional(order.shipped_at),
            "deliveredAt" => optional(order.delivered_at),
            "closedAt" => optional(order.closed_at),
            "updatedAt" => iso(order.updated_at),
            "version" => json!(order.version),
            other => panic!("{other}"),
        }
    }

    pub(super) fn of_line(&self, line: &Line, field: &str) -> Json {
        let currency = &self.rows.order(line.order_id).currency;
        match field {
            "position" => json!(line.position),
            "quantity" => json!(line.quantity.normalize().to_string()),
            "unitPrice" => money(line.unit_price, currency),
            "discount" => money(line.discount, currency),
            "amount" => money(line.amount(), currency),
            other => panic!("{other}"),
        }
    }

    pub(super) fn of_expected_line(&self, of: &Opportunity, line: &ExpectedLine, field: &str) -> Json {
        let currency = of.currency.as_ref().unwrap();
        match field {
            "position" => json!(line.position),
            "quantity" => json!(line.quantity.normalize().to_string()),
            "unitPrice" => money(line.unit_price, currency),
            "discount" => money(line.discount, currency),
            "amount" => money(amount_of_line(line.quantity, line.unit_price, line.discount), currency),
            other => panic!("{other}"),
        }
    }

    /// The steps that the viewer has a right to and that the order allows, with what stands against them.
    pub(super) fn next_steps(&self, order: &Order) -> Vec<(&'static str, Option<&'static str>)> {
        let total: Decimal = self.rows.lines_of(order.id).map(Line::amount).sum();
        let paid = self.rows.paid_of(order.id);
        let (is_owed, is_free) = (paid < total, total.is_zero());
        let (status, nothing) = (order.status.as_str(), None);
        let allowed = match status {
            "PENDING" if paid.is_zero() => vec!["PAY", "SHIP", "CANCEL"],
            "PENDING" => vec!["PAY", "SHIP", "REFUND"],
            "PAID" => vec!["SHIP", "REFUND"],
            "SHIPPED" | "DELIVERED" => {
                let pay = is_owed.then_some("PAY");
                let deliver = (status == "SHIPPED").then_some("DELIVER");
                let end = if paid.is_zero() && !is_free { "CANCEL" } else { "REFUND" };
                pay.into_iter().chain(deliver).chain([end]).collect()
            }
            _ => Vec::new(),
        };
        let may_ship = status != "PENDING" || self.may_with(order, "ship_unpaid");
        let obstacle = |action: &str| if action == "SHIP" && !may_ship { Some("UNPAID") } else { nothing };
        let has_right = |action: &&str| self.may_with(order, &action.to_lowercase());
        allowed.into_iter().filter(has_right).map(|action| (action, obstacle(action))).collect()
    }

    pub(super) fn of_payment(&self, payment: &Payment, field: &str) -> Json {
        let payment_id = |id: Option<Uuid>| json!(id.map(|id| gid("payment", id)));
        match field {
            "id" => gid("payment", payment.id),
            "kind" => json!(match (payment.reverses_id, payment.amount > Decimal::ZERO) {
                (Some(_), _) => "REVERSAL",
                (None, true) => "PAYMENT",
                (None, false) => "REFUND",
            }),
            "amount" => money(payment.amount, &self.rows.order(payment.order_id).currency),
            "receivedAt" => iso(payment.received_at),
            "method" => json!(payment.method),
            "reference" => json!(payment.reference),
            "recordedAt" => iso(payment.recorded_at),
            "reversesId" => payment_id(payment.reverses_id),
            "reversedById" => {
                let back = self.rows.payments.iter().find(|other| other.reverses_id == Some(payment.id));
                payment_id(back.map(|back| back.id))
            }
            other => panic!("{other}"),
        }
    }

    /// When the earliest instalment of an order is due that is not paid in full.
    pub(super) fn next_due_on(&self, order: &Order) -> Option<NaiveDate> {
        let unpaid = self.rows.instalments_of(order.id).find(|(part, paid)| *paid < part.amount);
        unpaid.map(|(part, _)| part.due_on).filter(|_| order.closed_at.is_none())
    }

    pub(super) fn of_step(&self, step: &Step, field: &str) -> Json {
        match field {
            "action" => json!(step.action),
            "fromStatus" => json!(step.from_status),
            "toStatus" => json!(step.to_status),
            "amount" => {
                let payment = self.rows.payments.iter().find(|payment| Some(payment.id) == step.payment_id);
                let amount = payment.map(|payment| payment.amount.abs());
                optional_money(amount, Some(&self.rows.order(step.order_id).currency))
            }
            "totalBefore" => optional_money(step.total_before, Some(&self.rows.order(step.order_id).currency)),
            "totalAfter" => optional_money(step.total_after, Some(&self.rows.order(step.order_id).currency)),
            "remark" => json!(step.remark),
            "at" => iso(step.at),
            other => panic!("{other}"),
        }
    }

    /// Whether the viewer may claim a customer, and the reason if not.
    pub(super) fn of_claimability(&self, customer: &Customer, field: &str) -> Json {
        let mut reasons = Vec::new();
        if !self.has("customer", "claim", "pool") {
            reasons.push("NOT_PERMITTED");
        }
        if customer.owner_user_id.is_some() {
            reasons.push("ALREADY_OWNED");
        }
        if !self.rows.pool(Some(customer.pool_id)).is_some_and(|pool| self.is_member(pool)) {
            reasons.push("NOT_A_MEMBER");
        }
        if customer.archived_at.is_some() {
            reasons.push("ARCHIVED");
        }
        if customer.blacklisted_at.is_some() {
            reasons.push("BLACKLISTED");
        }
        let protected = customer.protected_until.filter(|until| *until > self.now);
        if protected.is_some() {
            reasons.push("PROTECTED");
        }
        match field {
            "claimable" => json!(reasons.is_empty()),
            "claimableAt" => optional(protected.filter(|_| reasons == ["PROTECTED"])),
            "reasons" => json!(reasons),
            other => panic!("{other}"),
        }
    }
}

fn of_pool(pool: &Pool, field: &str) -> Json {
    match field {
        "id" => gid("pool", pool.id),
        "name" => json!(pool.name),
        "isDefault" => json!(pool.is_default),
        "condition" => json!(pool.condition),
        "priority" => json!(pool.priority),
        // The random pools have whole days.
        "protectionPeriod" => json!(pool.protection_period_seconds.map(|seconds| format!("P{}D", seconds / 86_400))),
        "maxOwnedCustomers" => json!(pool.max_owned_customers),
        "maxClaimsPerDay" => json!(pool.max_claims_per_day),
        "isArchived" => json!(pool.archived_at.is_some()),
        "createdAt" => iso(pool.created_at),
        "updatedAt" => iso(pool.updated_at),
        "version" => json!(pool.version),
        other => panic!("{other}"),
    }
}

pub(super) fn of_pool_member(member: &PoolMember, field: &str) -> Json {
    match field {
        "userId" => gid("user", member.user_id),
        "withTeam" => json!(member.with_team),
        other => panic!("{other}"),
    }
}

pub(super) fn of_absence(absence: &Absence, field: &str) -> Json {
    match field {
        "firstDay" => json!(absence.first_day),
        "lastDay" => json!(absence.last_day),
        other => panic!("{other}"),
    }
}

fn of_customer(customer: &Customer, field: &str) -> Json {
    match field {
        // No rule is enabled.
        "returnsToPoolAt" => Json::Null,
        "externalIds" => json!([]),
        "id" => gid("customer", customer.id),
        "name" => json!(customer.name),
        "creditCode" => json!(customer.credit_code),
        "source" => json!(customer.source),
        "sourceDetail" => json!(customer.source_detail),
        "industry" => json!(customer.industry),
        "size" => json!(customer.size),
        "level" => json!(customer.level),
        "region" => json!(customer.region),
        "isPooled" => json!(customer.owner_user_id.is_none()),
        "poolId" => gid("pool", customer.pool_id),
        "ownerId" => user_id(customer.owner_user_id),
        "ownedSince" => optional(customer.owned_since),
        "poolEntryTime" => optional(customer.pool_entry_time),
        "protectedUntil" => optional(customer.protected_until),
        "firstFollowUpTime" => optional(customer.first_followup_time),
        "lastFollowUpTime" => optional(customer.last_followup_time),
        "nextContactTime" => optional(customer.next_contact_at),
        "isBlacklisted" => json!(customer.blacklisted_at.is_some()),
        "blacklistReason" => json!(customer.blacklist_reason),
        "isArchived" => json!(customer.archived_at.is_some()),
        "archivedAt" => optional(customer.archived_at),
        "createdAt" => iso(customer.created_at),
        "updatedAt" => iso(customer.updated_at),
        "version" => json!(customer.version),
        other => panic!("{other}"),
    }
}

fn of_product(product: &Product, field: &str) -> Json {
    match field {
        "id" => gid("product", product.id),
        "sku" => json!(product.sku),
        "externalIds" => json!([]),
        "name" => json!(product.name),
        "category" => json!(product.category),
        "unit" => json!(product.unit),
        "unitPrice" => money(product.unit_price, &product.currency),
        "isActive" => json!(product.active),
        "isArchived" => json!(product.archived_at.is_some()),
        "archivedAt" => optional(product.archived_at),
        "createdAt" => iso(product.created_at),
        "updatedAt" => iso(product.updated_at),
        "version" => json!(product.version),
        other => panic!("{other}"),
    }
}

fn of_follow_up(follow_up: &FollowUp, field: &str) -> Json {
    match field {
        "id" => gid("followup", follow_up.id),
        "channel" => json!(follow_up.channel),
        "content" => json!(follow_up.content),
        "isImported" => json!(false),
        "externalIds" => json!([]),
        "at" => iso(follow_up.at),
        "nextPlan" => json!(follow_up.next_plan),
        "nextContactTime" => optional(follow_up.next_contact_at),
        "authorId" => user_id(Some(follow_up.author_user_id)),
        "createdAt" => iso(follow_up.created_at),
        "updatedAt" => iso(follow_up.updated_at),
        "version" => json!(follow_up.version),
        other => panic!("{other}"),
    }
}

fn of_task(task: &Task, field: &str) -> Json {
    match field {
        "id" => gid("task", task.id),
        "subject" => json!(task.subject),
        "dueTime" => iso(task.due_at),
        "status" => json!(task.status),
        "ownerId" => user_id(Some(task.owner_user_id)),
        "endedAt" => optional(task.ended_at),
        "createdAt" => iso(task.created_at),
        "updatedAt" => iso(task.updated_at),
        "version" => json!(task.version),
        other => panic!("{other}"),
    }
}

pub fn of_instalment(order: &Order, part: &Instalment, paid: Decimal, field: &str) -> Json {
    match field {
        "position" => json!(part.position),
        "dueOn" => json!(part.due_on.to_string()),
        "share" => json!(part.share.map(|share| share.normalize().to_string())),
        "amount" => money(part.amount, &order.currency),
        "paidAmount" => money(paid, &order.currency),
        "isRetention" => json!(part.is_retention),
        other => panic!("{other}"),
    }
}

pub fn of_task_step(step: &TaskStep, field: &str) -> Json {
    match field {
        "action" => json!(step.action),
        "at" => iso(step.at),
        "dueTime" => iso(step.due_at),
        other => panic!("{other}"),
    }
}

fn of_batch(batch: &Batch, field: &str) -> Json {
    match field {
        "id" => gid("operationbatch", batch.id),
        "kind" => json!(batch.kind),
        "at" => iso(batch.at),
        "filter" => json!(batch.filter.as_ref().map(Json::to_string)),
        "moved" => json!(batch.moved),
        "returned" => json!(batch.returned),
        "undoneAt" => optional(batch.undone_at),
        other => panic!("{other}"),
    }
}

fn of_feedback(feedback: &Feedback, field: &str) -> Json {
    match field {
        "id" => gid("feedback", feedback.id),
        "rating" => json!(feedback.rating),
        "category" => json!(feedback.category),
        "content" => json!(feedback.content),
        "resolution" => json!(feedback.resolution),
        "resolvedAt" => optional(feedback.resolved_at),
        "createdAt" => iso(feedback.created_at),
        "updatedAt" => iso(feedback.updated_at),
        "version" => json!(feedback.version),
        other => panic!("{other}"),
    }
}

pub fn of_stage(stage: &Stage, field: &str) -> Json {
    match field {
        "code" => json!(stage.code),
        "nameEn" => json!(stage.name_en),
        "nameZh" => json!(stage.name_zh),
        "position" => json!(stage.position),
        "kind" => json!(stage.kind),
        "probability" => json!(stage.probability),
        "isActive" => json!(stage.active),
        other => panic!("{other}"),
    }
}

pub fn of_visit(visit: Visit<'_>, field: &str) -> Json {
    match field {
        "enteredAt" => iso(visit.first.valid_from),
        "leftAt" => optional(visit.last.valid_to),
        "lostReason" => json!(visit.last.lost_reason),
        "lostRemark" => json!(visit.last.lost_remark),
        other => panic!("{other}"),
    }
}

pub fn of_version(version: &Version, field: &str) -> Json {
    match field {
        "validFrom" => iso(version.valid_from),
        "validTo" => optional(version.valid_to),
        "expectedAmount" => optional_money(version.amount, version.currency.as_ref()),
        "expectedCloseDate" => json!(version.close_date.map(|date| date.to_string())),
        "probability" => json!(version.probability),
        "lostReason" => json!(version.lost_reason),
        "lostRemark" => json!(version.lost_remark),
        other => panic!("{other}"),
    }
}

pub fn of_extra(extra: &Extra, field: &str) -> Json {
    match field {
        "key" => json!(extra.key),
        "type" => json!(extra.r#type),
        "labelEn" => json!(extra.label_en),
        "labelZh" => json!(extra.label_zh),
        "value" => json!(extra_text(extra)),
        other => panic!("{other}"),
    }
}

/// The value of an extra as text.
pub fn extra_text(extra: &Extra) -> String {
    match extra.r#type.as_str() {
        "NUMBER" => extra.number_value.unwrap().normalize().to_string(),
        "BOOLEAN" => extra.boolean_value.unwrap().to_string(),
        "DATE" => extra.date_value.unwrap().to_string(),
        _ => extra.text_value.clone().unwrap(),
    }
}
