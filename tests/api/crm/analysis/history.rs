//! A company whose people do everything that figures find hard: they reopen, skip stages and go back, change amounts,
//! currencies and expectations, transfer, release and claim again, archive and restore, merge, undo, call orders off,
//! write down late what happened earlier, and move in the tree.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use fastrand::Rng;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::naive::Time;
use crate::support::{Person, World};

/// What was so at a moment: who had each customer, and what the pipeline was worth by owner, stage and currency.
#[derive(Debug, PartialEq)]
pub struct Snapshot {
    pub at: Time,
    pub holders: BTreeMap<Uuid, Option<Uuid>>,
    pub pipeline: BTreeMap<(Uuid, String, String), (i64, Decimal, Decimal)>,
}

pub struct Company {
    pub world: World,
    rng: Rng,
    pub admin: Person,
    pub managers: Vec<Person>,
    pub reps: Vec<Person>,
    product: Json,
    batches: Vec<Json>,
    entered: usize,
    /// How often each action was done, and not refused.
    pub done: BTreeMap<&'static str, usize>,
    pub snapshots: Vec<Snapshot>,
}

/// An opportunity that its owner can work on.
const LIVE: &str = "archived_at is null and owner_user_id = (select c.owner_user_id from customer c where c.id = customer_id and c.archived_at is null)";
const STAGES: [&str; 7] = ["PROSPECTING", "QUALIFICATION", "PROPOSAL", "NEGOTIATION", "WON", "LOST", "VOID"];

impl Company {
    pub async fn found(seed: u64) -> Self {
        let world = World::new().await;
        let admin = world.admin().await;
        let head = world.person("Head", "manager", None).await;
        let mut managers = vec![head.clone()];
        for name in ["East", "West"] {
            managers.push(world.person(name, "manager", Some(&head)).await);
        }
        let mut reps = Vec::new();
        for (number, name) in ["Ann", "Ben", "Cal", "Dan", "Eve"].into_iter().enumerate() {
            reps.push(world.person(name, "sales", Some(&managers[1 + number % 2])).await);
        }
        let product = world.product("PUMP", "100").await;
        let rng = Rng::with_seed(seed);
        let (batches, done, snapshots) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { world, rng, admin, managers, reps, product, batches, entered: 0, done, snapshots }
    }

    fn rep(&mut self) -> Person {
        self.reps[self.rng.usize(..self.reps.len())].clone()
    }

    fn decimal(&mut self) -> String {
        format!("{}.{:02}", self.rng.u32(..50_000), self.rng.u32(..100))
    }

    /// A random row: its id and version, of a table.
    async fn one(&mut self, table: &str, prefix: &str, condition: &str) -> Option<(Json, i32)> {
        let text = format!("select id, version from {table} where {condition} order by id");
        let rows: Vec<(Uuid, i32)> = sqlx::query_as(sqlx::AssertSqlSafe(text)).fetch_all(&self.world.db).await.unwrap();
        let (id, version) = rows.get(self.rng.usize(..rows.len().max(1)))?;
        Some((json!(format!("{prefix}_{id}")), *version))
    }

    async fn customer(&mut self, condition: &str) -> Option<Json> {
        self.one("customer", "customer", condition).await.map(|(id, _)| id)
    }

    /// One random action.
    pub async fn act(&mut self) {
        let admin = self.admin.clone();
        let (name, mutation, input) = match self.rng.u8(..100) {
            0..8 => {
                let (rep, number) = (self.rep(), self.entered);
                self.entered += 1;
                let name = format!("Company {number}");
                let input = json!({"name": name, "source": if number % 3 == 0 { "REFERRAL" } else { "WEBSITE" }, "notDuplicate": true,
                    "industry": if number % 2 == 0 { "RETAIL" } else { "FINANCE" }});
                return self.count("enter", rep.outcome("createCustomer", input).await);
            }
            8..18 => {
                let rep = self.rep();
                let Some(customer) = self.customer("owner_user_id is null and archived_at is null").await else {
                    return;
                };
                return self.count("claim", rep.outcome("claimCustomer", json!({"customerId": customer})).await);
            }
            18..23 => {
                let Some(customer) = self.customer("owner_user_id is not null").await else { return };
                ("release", "releaseCustomer", json!({"customerId": customer}))
            }
            23..27 => {
                let mut customers = Vec::new();
                for _ in 0..3 {
                    customers.extend(self.customer("owner_user_id is not null and archived_at is null").await);
                }
                let rep = self.rep();
                let input = json!({"customerIds": customers, "ownerId": rep.gid()});
                return self.batch("transfer", "transferCustomers", input).await;
            }
            27..30 => {
                let mut customers = Vec::new();
                for _ in 0..3 {
                    customers.extend(self.customer("owner_user_id is not null and archived_at is null").await);
                }
                return self.batch("take", "releaseCustomers", json!({"customerIds": customers})).await;
            }
            30..33 => {
                if self.batches.is_empty() {
                    return;
                }
                let batch = self.batches.remove(self.rng.usize(..self.batches.len()));
                ("undo", "undoOperationBatch", json!({"operationBatchId": batch}))
            }
            33..36 => {
                let Some(customer) = self.customer("archived_at is null").await else { return };
                ("archive", "archiveCustomer", json!({"customerId": customer}))
            }
            36..39 => {
                let Some(customer) = self.customer("archived_at is not null and merged_into is null").await else {
                    return;
                };
                ("restore", "restoreCustomer", json!({"customerId": customer}))
            }
            39..40 => {
                let (Some(one), Some(other)) =
                    (self.customer("archived_at is null").await, self.customer("merged_into is null").await)
                else {
                    return;
                };
                ("merge", "mergeCustomers", json!({"survivorId": one, "mergedId": other}))
            }
            40..44 => {
                let Some((id, version)) = self.one("customer", "customer", "archived_at is null").await else { return };
                let industry = ["RETAIL", "FINANCE", "ENERGY"][self.rng.usize(..3)];
                let input = json!({"customerId": id, "version": version, "industry": industry, "region": "EAST"});
                ("regroup", "updateCustomer", input)
            }
            44..54 => {
                let Some(customer) = self.customer("owner_user_id is not null and archived_at is null").await else {
                    return;
                };
                let mut input = json!({"customerId": customer});
                if self.rng.bool() {
                    input["expectedAmount"] = json!(self.decimal());
                }
                if self.rng.bool() {
                    input["expectedCloseDate"] = json!(format!("2026-{:02}-15", self.rng.u32(1..13)));
                }
                if self.rng.bool() {
                    input["stage"] = json!(STAGES[self.rng.usize(..4)]);
                }
                ("opportunity", "createOpportunity", input)
            }
            54..72 => {
                let Some((id, version)) = self.one("sales_opportunity", "opportunity", LIVE).await else { return };
                let stage = STAGES[self.rng.usize(..STAGES.len())];
                let mut input = json!({"opportunityId": id, "version": version, "stage": stage});
                if stage == "LOST" {
                    input["lostReason"] = json!("PRICE");
                }
                ("move", "moveOpportunity", input)
            }
            72..80 => {
                let Some((id, version)) = self.one("sales_opportunity", "opportunity", LIVE).await else { return };
                let mut input = json!({"opportunityId": id, "version": version});
                match self.rng.u8(..5) {
                    0 => input["expectedAmount"] = json!(self.decimal()),
                    1 => input["expectedAmount"] = Json::Null,
                    2 => {
                        input["expectedAmount"] = json!(self.decimal());
                        input["currency"] = json!(["USD", "EUR", "CNY"][self.rng.usize(..3)]);
                    }
                    3 => input["probability"] = json!(self.rng.u32(..101)),
                    _ => input["expectedCloseDate"] = json!(format!("2026-{:02}-20", self.rng.u32(1..13))),
                }
                ("edit", "updateOpportunity", input)
            }
            80..83 => {
                let condition = "archived_at is null and owner_user_id is distinct from (select c.owner_user_id from customer c where c.id = customer_id)";
                let Some((id, version)) = self.one("sales_opportunity", "opportunity", condition).await else { return };
                ("adopt", "adoptOpportunity", json!({"opportunityId": id, "version": version}))
            }
            83..85 => {
                let Some((id, _)) = self.one("sales_opportunity", "opportunity", "true").await else { return };
                let mutation = if self.rng.bool() { "archiveOpportunity" } else { "restoreOpportunity" };
                ("put away", mutation, json!({"opportunityId": id}))
            }
            85..90 => {
                let Some(customer) = self.customer("owner_user_id is not null and archived_at is null").await else {
                    return;
                };
                let mut input =
                    json!({"customerId": customer, "lines": [{"productId": self.product, "quantity": "2"}]});
                if self.rng.bool() {
                    let at = self.world.clock.now() - TimeDelta::hours(self.rng.i64(1..160));
                    input["orderedAt"] = json!(at);
                }
                ("order", "createOrder", input)
            }
            90..96 => {
                let Some((id, version)) = self.one("sales_order", "order", "closed_at is null").await else { return };
                let mut input = json!({"orderId": id, "version": version});
                if self.rng.u8(..5) == 0 {
                    let quantity = self.rng.u32(1..9).to_string();
                    input["lines"] = json!([{"productId": self.product, "quantity": quantity}]);
                    return self.count("other lines", admin.outcome("updateOrder", input).await);
                }
                if self.rng.u8(..5) == 0 {
                    let of_order = "select 'payment_' || id from payment where 'order_' || order_id = $1 and kind = 'PAYMENT' order by id limit 1";
                    let paid: Option<String> = sqlx::query_scalar(of_order)
                        .bind(id.as_str().unwrap())
                        .fetch_optional(&self.world.db)
                        .await
                        .unwrap();
                    if let Some(payment) = paid {
                        input["paymentId"] = json!(payment);
                        input["reason"] = json!("a mistake");
                        return self.count("reverse", admin.outcome("reversePayment", input).await);
                    }
                    input["amount"] = json!("40");
                    input["receivedAt"] = json!(self.world.clock.now() - TimeDelta::hours(self.rng.i64(0..160)));
                    return self.count("pay of another day", admin.outcome("recordPayment", input).await);
                }
                let action = ["PAY", "PAY", "SHIP", "CANCEL", "REFUND"][self.rng.usize(..5)];
                input["action"] = json!(action);
                if action == "PAY" && self.rng.bool() {
                    input["amount"] = json!("50");
                }
                let name = match action {
                    "REFUND" => "refund",
                    "CANCEL" => "cancel",
                    _ => "advance",
                };
                (name, "advanceOrder", input)
            }
            96..98 => {
                let Some(customer) = self.customer("owner_user_id is not null and archived_at is null").await else {
                    return;
                };
                let at = self.world.clock.now() - TimeDelta::hours(self.rng.i64(0..160));
                let input = json!({"customerId": customer, "channel": "PHONE", "content": "Talked.", "at": at});
                let owner = self.managers[0].clone();
                return self.count("follow up", owner.outcome("recordFollowUp", input).await);
            }
            _ => {
                let (rep, manager) = (self.rep(), self.rng.usize(..self.managers.len()));
                let input = json!({"userId": rep.gid(), "managerId": self.managers[manager].gid()});
                // What happens at the moment of a move can count on either side of it.
                self.world.advance(TimeDelta::seconds(1));
                let outcome = admin.outcome("changeManager", input).await;
                self.world.advance(TimeDelta::seconds(1));
                return self.count("move in the tree", outcome);
            }
        };
        let outcome = admin.outcome(mutation, input).await;
        self.count(name, outcome);
    }

    fn count(&mut self, name: &'static str, outcome: String) {
        if outcome.is_empty() {
            *self.done.entry(name).or_default() += 1;
        }
    }

    async fn batch(&mut self, name: &'static str, mutation: &str, input: Json) {
        if input["customerIds"].as_array().is_some_and(Vec::is_empty) {
            return;
        }
        let payload = self.admin.act(mutation, input, "operationBatch { id }").await;
        let batch = &payload["operationBatch"]["id"];
        if !batch.is_null() {
            self.batches.push(batch.clone());
            *self.done.entry(name).or_default() += 1;
        }
    }

    /// Lets some time pass.
    pub async fn pass(&mut self) {
        let minutes = self.rng.i64(1..3_000);
        self.world.advance(TimeDelta::minutes(minutes));
    }

    /// Notes what is so.
    pub async fn note(&mut self) {
        // Of several changes at one moment, each is a microsecond behind the one before.
        let at = self.world.clock.now() + TimeDelta::seconds(1);
        let holders: Vec<(Uuid, Option<Uuid>, bool)> =
            sqlx::query_as("select id, owner_user_id, archived_at is not null from customer")
                .fetch_all(&self.world.db)
                .await
                .unwrap();
        let owners: BTreeMap<Uuid, Option<Uuid>> = holders.iter().map(|row| (row.0, row.1)).collect();
        let archived: BTreeMap<Uuid, bool> = holders.iter().map(|row| (row.0, row.2)).collect();
        type Row = (Uuid, Uuid, String, String, Option<Decimal>, Option<String>, i32, bool);
        let opportunities: Vec<Row> = sqlx::query_as(
            "select customer_id, owner_user_id, stage, stage_kind, amount, currency, probability, archived_at is not null from sales_opportunity",
        )
        .fetch_all(&self.world.db)
        .await
        .unwrap();
        let mut pipeline: BTreeMap<(Uuid, String, String), (i64, Decimal, Decimal)> = BTreeMap::new();
        for (customer, owner, stage, kind, amount, currency, probability, is_archived) in opportunities {
            if kind != "OPEN" || is_archived || archived[&customer] || owners[&customer] != Some(owner) {
                continue;
            }
            let sum = pipeline.entry((owner, stage, currency.unwrap_or_default())).or_default();
            let amount = amount.unwrap_or_default();
            sum.0 += 1;
            sum.1 += amount;
            sum.2 += amount * Decimal::from(probability) / Decimal::from(100);
        }
        let holders = owners.into_iter().filter(|(customer, _)| !archived[customer]).collect();
        self.snapshots.push(Snapshot { at, holders, pipeline });
    }
}
