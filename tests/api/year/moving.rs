//! Customers that come from another system, with the follow-ups and orders that they had there.

use chrono::{DurationRound, FixedOffset, TimeDelta};
use serde_json::json;
use uuid::Uuid;

use super::Year;
use super::model::{Model, PersonIndex, Place, Role, Time};
use super::orders::{Order, Status};

/// A customer as the files have it.
struct Moved {
    key: String,
    name: String,
    owner: Option<PersonIndex>,
    since: Time,
    last_talk: Option<Time>,
    talks: Vec<Time>,
    order: Option<(Time, Status, u32)>,
}

/// A time as a person of the company writes it.
fn written(at: Time) -> String {
    at.with_timezone(&FixedOffset::east_opt(8 * 3_600).unwrap()).format("%Y-%m-%d %H:%M").to_string()
}

impl Year {
    /// An administrator imports some customers, then their follow-ups, then their orders.
    pub async fn move_in(&mut self) {
        let admin = self.someone(|role| role == Role::Admin);
        let moved: Vec<_> = (0..self.rng.usize(2..6)).map(|_| self.moved()).collect();
        let mut customers = "客户编号,公司名称,来源,负责人,领取时间,最后跟进时间\n".to_owned();
        let mut talks = "跟进编号,客户编号,跟进时间,跟进内容,跟进人\n".to_owned();
        let mut orders = "订单编号,客户编号,下单日期,币种,产品编码,数量,单价,回款金额,回款日期,发货日期\n".to_owned();
        for Moved { key, name, owner, since, last_talk, .. } in &moved {
            let (email, since) = match owner {
                Some(owner) => (self.email(*owner).await, written(*since)),
                None => Default::default(),
            };
            let last = last_talk.map(written).unwrap_or_default();
            customers.push_str(&format!("{key},{name},WEBSITE,{email},{since},{last}\n"));
        }
        for Moved { key, owner, talks: of_customer, order, .. } in &moved {
            let email = self.email(owner.unwrap_or(admin)).await;
            for (number, at) in of_customer.iter().enumerate() {
                talks.push_str(&format!("{key}-{number},{key},{},谈了报价 {number},{email}\n", written(*at)));
            }
            if let Some((at, status, paid)) = order {
                let at = written(*at);
                let (payment, paid_at) = if *paid > 0 { (paid.to_string(), &*at) } else { Default::default() };
                let shipped_at = if *status == Status::Shipped { &*at } else { "" };
                orders.push_str(&format!("O-{key},{key},{at},CNY,PUMP,1,100,{payment},{paid_at},{shipped_at}\n"));
            }
        }
        let person = &self.people[admin];
        for (kind, table) in [("CUSTOMERS", customers), ("FOLLOW_UPS", talks), ("ORDERS", orders)] {
            let rows = table.lines().count() - 1;
            if rows == 0 {
                continue;
            }
            let id = match kind {
                "CUSTOMERS" => {
                    let input = json!({"notDuplicate": true});
                    let payload = person.upload("customers.csv", table.as_bytes(), input).await;
                    payload["import"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
                }
                kind => person.import_records(kind, &table).await,
            };
            let done = person.run_import(&id).await;
            assert_eq!(
                (&done["status"], &done["creates"]),
                (&json!("DONE"), &json!(rows)),
                "{kind}: {table}\n{done}\n{}",
                person.rows_of(&id).await
            );
        }
        for moved in moved {
            let id = self.record_of("CUSTOMER", &moved.key).await;
            let order = match moved.order {
                Some(_) => Some(self.record_of("ORDER", &format!("O-{}", moved.key)).await),
                None => None,
            };
            let version = match order {
                Some(order) => self.world.sql(&format!("select version from sales_order where id = '{order}'")).await,
                None => 0,
            };
            self.model.move_in(admin, id, &moved, order.map(|id| (format!("order_{id}"), version)));
            let act = if moved.last_talk.is_some() && moved.talks.is_empty() {
                "move in, of unknown first talk"
            } else {
                "move in"
            };
            let what = self.model.customers.len() - 1;
            self.assert_same_outcome(act, admin, what, "", "");
        }
    }

    /// A customer with an owner, or none, and what happened with it elsewhere.
    fn moved(&mut self) -> Moved {
        let minute = TimeDelta::minutes(1);
        let now = self.model.now.duration_trunc(minute).unwrap();
        let owner = self.chance(80).then(|| self.someone(|role| role == Role::Rep));
        let since = now - TimeDelta::minutes(self.rng.i64(0..200 * 1_440));
        let between = |year: &mut Self, from: Time| {
            from + minute * year.rng.i32(0..=i32::try_from((now - from).num_minutes()).unwrap())
        };
        let last_talk = (owner.is_some() && self.chance(50)).then(|| between(self, since));
        // Follow-ups may be older than the ownership; they do not count for its clocks.
        let talks = match self.chance(50) {
            true => (0..self.rng.usize(1..4)).map(|_| between(self, since - TimeDelta::days(30))).collect(),
            false => Vec::new(),
        };
        let order = (owner.is_some() && self.chance(40)).then(|| {
            let (status, paid) =
                [(Status::Pending, 0), (Status::Pending, 60), (Status::Paid, 100), (Status::Shipped, 100)]
                    [self.rng.usize(..4)];
            (between(self, since), status, paid)
        });
        let name = self.new_name();
        Moved { key: format!("K-{}", self.entered), name, owner, since, last_talk, talks, order }
    }

    async fn email(&self, who: PersonIndex) -> String {
        self.world.sql(&format!("select email from app_user where id = '{}'", self.model.people[who].id)).await
    }

    async fn record_of(&self, kind: &str, key: &str) -> Uuid {
        self.world.sql(&format!("select record_id from external_id where (kind, key) = ('{kind}', '{key}')")).await
    }
}

impl Model {
    /// Enters a customer of another system. While only its last talk is known, its first one is not.
    fn move_in(&mut self, who: PersonIndex, id: Uuid, moved: &Moved, order: Option<(String, i32)>) {
        self.create(who, id, moved.owner, false);
        let now = self.now;
        self.log.last_mut().expect("it was logged").3 = "IMPORT".to_owned();
        let what = self.customers.len() - 1;
        let customer = &mut self.customers[what];
        customer.imported_at = Some(now);
        let Place::Owned { since, talks, .. } = &mut customer.place else { return };
        (*since, *talks) = (moved.since, moved.last_talk.into_iter().collect());
        let counted: Vec<_> = moved.talks.iter().copied().filter(|at| *at >= moved.since).collect();
        customer.first_talk_unknown = (moved.last_talk.is_some() && counted.is_empty()).then_some(moved.since);
        talks.extend(counted);
        if let (Some((at, status, paid)), Some((id, version))) = (moved.order, order) {
            let owner = moved.owner.expect("somebody sold it");
            customer.orders.push(Order { id, owner, at, status, paid, version });
            talks.push(at);
        }
    }
}
