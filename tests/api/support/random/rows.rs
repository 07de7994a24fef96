//! Random rows of every kind, written to the database directly, because the API would refuse many of them.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use rust_decimal::Decimal;
use sqlx::{Postgres, Transaction};
use tidepool::kernel::id::{DEFAULT_POOL, new_uuid};
use uuid::Uuid;

use super::{optional, pick};
use crate::support::{World, monday};

/// Amounts and prices: few, so that some are equal, and some without a fraction.
const AMOUNTS: [&str; 5] = ["0", "100", "250.00", "1200.5", "99999.99"];

/// Creates products, and customers of all users with their related records.
pub async fn fill(world: &World, rng: &mut Rng) {
    let users = sqlx::query_scalar("select id from app_user order by name").fetch_all(&world.db).await.unwrap();
    // Separate generators, so that these rows do not change the other random rows.
    let chance_of_batches = Rng::with_seed(rng.get_seed());
    let chance_of_tasks = Rng::with_seed(rng.get_seed() ^ 1);
    let chance_of_payments = Rng::with_seed(rng.get_seed() ^ 2);
    let mut chance_of_edits = Rng::with_seed(rng.get_seed() ^ 3);
    let chance_of_pools = Rng::with_seed(rng.get_seed() ^ 4);
    let (products, batches) = (Vec::new(), Vec::new());
    let mut filler = Filler {
        tx: world.db.begin().await.unwrap(),
        rng,
        users,
        products,
        pools: Vec::new(),
        batches,
        chance_of_pools,
        chance_of_batches,
        chance_of_tasks,
        chance_of_payments,
    };
    filler.pools().await;
    for number in 0..6 {
        filler.product(number).await;
        filler.absence(number).await;
        filler.batch().await;
    }
    let mut customers = Vec::new();
    for number in 0..30 {
        customers.push(filler.customer(number).await);
    }
    for _ in 0..40 {
        filler.edit(&mut chance_of_edits).await;
    }
    filler.enquiries().await;
    for pair in customers.chunks(2).step_by(5) {
        filler.merge(pair[0], pair[1]).await;
    }
    filler.tx.commit().await.unwrap();
    world.app.follow().await.unwrap();
}

/// Edits of some rows, of which triggers keep the history. `$1` is a time, `$2` and `$3` choose the rows.
const EDITS: [&str; 8] = [
    "update customer set level = case level when 'A' then 'B' else 'A' end, source_detail = 'of ' || name, updated_at = $1, version = version + 1
     where id in (select id from customer order by id offset $2 limit $3)",
    "update contact set phones = phones || '{10086}', wechat = case when wechat is null then 'wy' end, updated_at = $1, version = version + 1
     where id in (select id from contact order by id offset $2 limit $3)",
    "update contact set emails = '{Zoe@example.org}', email_keys = '{zoe@example.org}', title = 'Buyer', updated_at = $1, version = version + 1
     where id in (select id from contact order by id offset $2 limit $3)",
    "update sales_opportunity set amount = coalesce(amount, 0) + 1, amount_is_sum = false, currency = coalesce(currency, 'EUR'), probability = 100 - probability,
            updated_at = greatest($1, updated_at + interval '1 minute'), version = version + 1
     where id in (select id from sales_opportunity order by id offset $2 limit $3)",
    "update customer_extra set text_value = text_value || '2'
     where $1::timestamptz is not null and text_value is not null
         and customer_id in (select id from customer order by id offset $2 limit $3)",
    "delete from customer_extra
     where $1::timestamptz is not null and key = 'listed' and customer_id in (select id from customer order by id offset $2 limit $3)",
    "update product set unit_price = unit_price + 1, name = name || '2', updated_at = $1, version = version + 1
     where id in (select id from product order by id offset $2 limit $3)",
    "update app_user set phone = coalesce(phone, '') || '9', name = name || '+', updated_at = $1
     where id in (select id from app_user order by id offset $2 limit $3)",
];

struct Filler<'a> {
    tx: Transaction<'static, Postgres>,
    rng: &'a mut Rng,
    users: Vec<Uuid>,
    products: Vec<Uuid>,
    /// The pools to which customers may belong, the default one included.
    pools: Vec<Uuid>,
    batches: Vec<Uuid>,
    chance_of_pools: Rng,
    chance_of_batches: Rng,
    chance_of_tasks: Rng,
    chance_of_payments: Rng,
}

/// A customer that has been entered.
#[derive(Clone, Copy)]
struct Customer {
    id: Uuid,
    owner: Option<Uuid>,
}

/// The hour of a time, by which values differ without another random number.
fn hour(at: DateTime<Utc>) -> usize {
    usize::try_from(at.timestamp() / 3_600).unwrap()
}

impl Filler<'_> {
    fn user(&mut self) -> Uuid {
        pick(self.rng, &self.users)
    }

    fn maybe_user(&mut self) -> Option<Uuid> {
        optional(self.rng, |_| ()).map(|()| self.user())
    }

    /// Some pools with members, and one that is archived; one time in three none but the default pool.
    async fn pools(&mut self) {
        let (rng, users) = (&mut self.chance_of_pools, &self.users);
        self.pools.push(DEFAULT_POOL.uuid());
        if rng.u8(..3) == 0 {
            return;
        }
        for (number, is_archived) in [false, false, false, true].into_iter().enumerate() {
            let id = new_uuid(monday());
            sqlx::query(
                "insert into pool (id, name, administrator_user_id, condition, priority, protection_period_seconds, created_at, updated_at, archived_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
            )
            .bind(id)
            .bind(format!("{}{number}", pick(rng, &["华东", "East", "retail"])))
            .bind(optional(rng, |rng| pick(rng, users)))
            .bind(optional(rng, |_| "region == \"EAST\""))
            .bind(rng.i32(-2..3))
            .bind(optional(rng, |rng| 86_400 * rng.i64(1..9)))
            .bind(monday())
            .bind(is_archived.then(monday))
            .execute(&mut *self.tx)
            .await
            .unwrap();
            for user in users {
                if rng.u8(..4) > 0 {
                    continue;
                }
                sqlx::query("insert into pool_member values ($1, $2, $3)")
                    .bind(id)
                    .bind(user)
                    .bind(rng.bool())
                    .execute(&mut *self.tx)
                    .await
                    .unwrap();
            }
            if !is_archived {
                self.pools.push(id);
            }
        }
    }

    async fn batch(&mut self) {
        let (rng, users) = (&mut self.chance_of_batches, &self.users);
        let user = |rng: &mut Rng| optional(rng, |rng| pick(rng, users));
        let (id, undone_by) = (new_uuid(monday()), user(rng));
        let insert = "insert into operation_batch (id, kind, operator_user_id, about_user_id, filter, at, moved, undone_by, undone_at)
                      values ($1, $2, $3, $4, $5, $6, 3, $7, $8)";
        sqlx::query(insert)
            .bind(id)
            .bind(pick(rng, &["TEAM_RELEASE", "TRANSFER", "DEPARTURE"]))
            .bind(user(rng))
            .bind(user(rng))
            .bind(optional(rng, |_| serde_json::json!({})))
            .bind(monday() - TimeDelta::hours(rng.i64(0..3)))
            .bind(undone_by)
            .bind(undone_by.map(|_| monday()))
            .execute(&mut *self.tx)
            .await
            .unwrap();
        self.batches.push(id);
    }

    async fn absence(&mut self, number: usize) {
        let (user, day) = (self.user(), monday().date_naive() + TimeDelta::days(number as i64));
        sqlx::query(
            "insert into absence (id, user_id, first_day, last_day, starts, ends, settled, created_at)
             values ($1, $2, $3, $3, $3, $3 + 1, $3 + 2, $4)",
        )
        .bind(new_uuid(monday()))
        .bind(user)
        .bind(day)
        .bind(monday())
        .execute(&mut *self.tx)
        .await
        .unwrap();
    }

    /// A random time; times collide, so that ids decide the order.
    fn at(&mut self) -> DateTime<Utc> {
        monday() - TimeDelta::hours(self.rng.i64(0..12)) + TimeDelta::milliseconds(pick(self.rng, &[0, 0, 250]))
    }

    fn amount(&mut self) -> Decimal {
        pick(self.rng, &AMOUNTS).parse().unwrap()
    }

    async fn product(&mut self, number: usize) {
        let (id, at) = (new_uuid(monday()), self.at());
        sqlx::query(
            "insert into product (id, sku, name, category, unit, unit_price, currency, active, created_at, updated_at, archived_at)
             values ($1, $2, $3, $4, 'piece', $5, $6, $7, $8, $8, $9)",
        )
        .bind(id)
        .bind(format!("{}{number}", pick(self.rng, &["P-", "ｖ-", "50%_"])))
        .bind(pick(self.rng, &["Pump", "Ｐump 泵", "Valve", "阀门"]))
        .bind(optional(self.rng, |rng| pick(rng, &["PARTS", "MACHINES"])))
        .bind(self.amount())
        .bind(pick(self.rng, &["CNY", "USD"]))
        .bind(self.rng.bool())
        .bind(at)
        .bind((number % 4 == 3).then_some(at))
        .execute(&mut *self.tx)
        .await
        .unwrap();
        self.products.push(id);
    }

    /// What some customers asked for, as others passed it on. It leaves the other random rows as they were.
    async fn enquiries(&mut self) {
        sqlx::query(
            "insert into enquiry (id, customer_id, contact_id, source, content, outcome, recorded_by, at)
             select gen_random_uuid(), c.id, (select k.id from contact k where k.customer_id = c.id order by k.id limit 1), 'WEBSITE',
                    'pumps ' || n, 'PASSED_ON', (select id from app_user order by name offset c.place % 5 limit 1), $1 - make_interval(hours => n)
             from (select id, row_number() over (order by id)::integer as place from customer) c, generate_series(1, 2) n
             where c.place % 3 < 2",
        )
        .bind(monday())
        .execute(&mut *self.tx)
        .await
        .unwrap();
    }

    /// Edits some rows, as a user or the system.
    async fn edit(&mut self, rng: &mut Rng) {
        let who = optional(rng, |rng| pick(rng, &self.users)).map(|user| user.to_string()).unwrap_or_default();
        sqlx::query("select set_config('tidepool.user', $1, true)").bind(who).execute(&mut *self.tx).await.unwrap();
        sqlx::query(pick(rng, &EDITS))
            .bind(monday() - TimeDelta::hours(rng.i64(0..12)))
            .bind(rng.i64(0..30))
            .bind(rng.i64(1..8))
            .execute(&mut *self.tx)
            .await
            .unwrap();
    }

    /// Merges a customer into a survivor.
    async fn merge(&mut self, merged: Uuid, survivor: Uuid) {
        for text in [
            "update contact set customer_id = $2, is_primary = false where customer_id = $1",
            "delete from customer_extra where customer_id = $1 and $2 <> $1",
            "update sales_opportunity set customer_id = $2 where customer_id = $1",
            "update sales_order set customer_id = $2 where customer_id = $1",
            "update followup set customer_id = $2 where customer_id = $1",
            "update task set customer_id = $2 where customer_id = $1",
            "update enquiry set customer_id = $2 where customer_id = $1",
            "update customer
             set merged_into = $2, archived_at = created_at, owner_user_id = null, owned_since = null, first_followup_time = null,
                 last_followup_time = null, next_contact_at = null, pool_entry_time = coalesce(pool_entry_time, created_at)
             where id = $1",
            "update customer_operation_log set customer_id = $2, merged_from = customer_id where customer_id = $1",
        ] {
            sqlx::query(text).bind(merged).bind(survivor).execute(&mut *self.tx).await.unwrap();
        }
    }

    async fn customer(&mut self, number: usize) -> Uuid {
        let (id, created) = (new_uuid(monday()), self.at());
        let owner = self.maybe_user();
        let entered = if owner.is_none() { Some(self.at()) } else { None };
        let (blacklisted, archived) = (self.rng.u8(..6) == 0, number % 10 == 7);
        let talked = if owner.is_some() && self.rng.bool() { Some(self.at()) } else { None };
        // Today, before and after today, and exactly where today begins and ends in Shanghai.
        let next = talked.filter(|_| self.rng.u8(..4) > 0).map(|_| monday() + TimeDelta::hours(self.rng.i64(-12..20)));
        sqlx::query(
            "insert into customer (id, name, name_key, source, industry, level, owner_user_id, owned_since, pool_entry_time, protected_until,
                                   first_followup_time, last_followup_time,
                                   blacklisted_at, blacklist_reason, created_by, created_at, updated_at, archived_at, pool_id)
             values ($1, $2, $2, 'WEBSITE', $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13, $13, $14, $15)",
        )
        .bind(id)
        .bind(format!("{}{number}", pick(self.rng, &["海潮", "Blue", "ＢＬＵＥ", "星云", "Zeta", "50%_"])))
        .bind(optional(self.rng, |rng| pick(rng, &["SOFTWARE", "RETAIL"])))
        .bind(optional(self.rng, |rng| pick(rng, &["A", "B"])))
        .bind(owner)
        .bind(owner.map(|_| created))
        .bind(entered)
        .bind(entered.filter(|_| self.rng.bool()).map(|entered| entered + TimeDelta::hours(6)))
        .bind(talked)
        .bind(blacklisted.then_some(created))
        .bind(blacklisted.then_some("no"))
        .bind(self.maybe_user())
        .bind(created)
        .bind(archived.then_some(created))
        .bind(pick(&mut self.chance_of_pools, &self.pools))
        .execute(&mut *self.tx)
        .await
        .unwrap();
        let customer = Customer { id, owner };
        self.contacts(customer).await;
        self.operations(customer).await;
        self.extras(customer).await;
        let mut opportunities = Vec::new();
        for _ in 0..self.rng.usize(..4) {
            opportunities.push(self.opportunity(customer).await);
        }
        let mut talks = Vec::new();
        for _ in 0..self.rng.usize(..4) {
            let opportunity = self.one_of(&opportunities);
            talks.push(self.follow_up(customer, opportunity).await);
        }
        let mut orders = Vec::new();
        for place in 0..self.rng.usize(..4) {
            let opportunity = self.one_of(&opportunities);
            orders.push(self.order(customer, opportunity, &format!("SO-{number}-{place}")).await);
        }
        if let Some((owner, next)) = owner.zip(next) {
            self.task(customer, owner, next, (None, None), talks.first().copied()).await;
        }
        for place in 1..self.chance_of_tasks.usize(1..5) {
            let rng = &mut self.chance_of_tasks;
            let about = match rng.u8(..3) {
                0 => (rng.choice(&opportunities).copied(), None),
                1 => (None, rng.choice(&orders).copied()),
                _ => (None, None),
            };
            let anybody = pick(rng, &self.users);
            let owner = owner.filter(|_| rng.bool()).unwrap_or(anybody);
            let due = monday() + TimeDelta::hours(rng.i64(-12..20));
            self.task(customer, owner, due, about, talks.get(place).copied()).await;
        }
        id
    }

    fn one_of(&mut self, ids: &[Uuid]) -> Option<Uuid> {
        optional(self.rng, |rng| rng.choice(ids).copied()).flatten()
    }

    async fn contacts(&mut self, customer: Customer) {
        let phones = [
            ("13812345678", "+8613812345678"),
            ("+86 138 1234 5678", "+8613812345678"),
            ("555", "555"),
            ("+86 21 6888", "86216888"),
        ];
        for place in 0..self.rng.usize(..4) {
            let (phone, key) = pick(self.rng, &phones);
            sqlx::query(
                "insert into contact (id, customer_id, name, phones, phone_keys, emails, email_keys, wechat, is_primary, created_at, updated_at, decision_role, archived_at)
                 values ($1, $2, $3, $4, $5, '{Ann@example.com}', '{ann@example.com}', $6, $7, $8, $8, $9, $10)",
            )
            .bind(new_uuid(monday()))
            .bind(customer.id)
            .bind(pick(self.rng, &["Li", "Wang", "Zoe"]))
            .bind(vec![phone])
            .bind(vec![key])
            .bind(optional(self.rng, |_| "wx"))
            .bind(place == 0)
            .bind(self.at())
            .bind(optional(self.rng, |_| "BUYER"))
            .bind((place > 0 && self.rng.u8(..4) == 0).then(monday))
            .execute(&mut *self.tx)
            .await
            .unwrap();
        }
    }

    async fn operations(&mut self, customer: Customer) {
        for _ in 0..self.rng.usize(..4) {
            let columns = "id, customer_id, operator_user_id, type, cause, previous_owner_user_id, new_owner_user_id, remark, at, batch_id, pool_id, previous_pool_id";
            let text = format!(
                "insert into customer_operation_log ({columns}) values ($1, $2, $3, $4, 'MANUAL', $5, $6, $7, $8, $9, $10, $11)"
            );
            sqlx::query(sqlx::AssertSqlSafe(text))
                .bind(new_uuid(monday()))
                .bind(customer.id)
                .bind(self.maybe_user())
                .bind(pick(self.rng, &["CREATE", "CLAIM", "RELEASE", "ASSIGN"]))
                .bind(self.maybe_user())
                .bind(self.maybe_user())
                .bind(optional(self.rng, |_| "why"))
                .bind(self.at())
                .bind(optional(&mut self.chance_of_batches, |rng| pick(rng, &self.batches)))
                .bind(optional(&mut self.chance_of_pools, |rng| pick(rng, &self.pools)))
                .bind(optional(&mut self.chance_of_pools, |rng| pick(rng, &self.pools)))
                .execute(&mut *self.tx)
                .await
                .unwrap();
        }
    }

    async fn extras(&mut self, customer: Customer) {
        for (key, kind, column, value) in [
            ("wecom_id", "TEXT", "text_value", "'wm'"),
            ("employees", "NUMBER", "number_value", "12.50"),
            ("listed", "BOOLEAN", "boolean_value", "true"),
            ("founded_on", "DATE", "date_value", "'2020-02-29'"),
        ] {
            if self.rng.u8(..3) == 0 {
                let text = format!(
                    "insert into customer_extra (customer_id, key, type, {column}) values ($1, $2, $3, {value})"
                );
                let statement = sqlx::query(sqlx::AssertSqlSafe(text)).bind(customer.id).bind(key).bind(kind);
                statement.execute(&mut *self.tx).await.unwrap();
            }
        }
    }

    /// Creates an opportunity and changes it: it may return to a stage, change its owner, be closed and reopened.
    /// A trigger writes its history.
    async fn opportunity(&mut self, customer: Customer) -> Uuid {
        let id = new_uuid(monday());
        let mut at = monday() - TimeDelta::hours(self.rng.i64(9..14));
        let owner = self.owner(customer);
        sqlx::query(
            "insert into sales_opportunity (id, customer_id, owner_user_id, stage, stage_kind, product_id, probability, created_by, updated_by, created_at, updated_at, archived_at,
                                            name, note, competitor)
             values ($1, $2, $3, 'PROSPECTING', 'OPEN', $4, 10, $3, $3, $5, $5, $6, $7, $8, $9)",
        )
        .bind(id)
        .bind(customer.id)
        .bind(owner)
        .bind(self.one_of(&self.products.clone()))
        .bind(at)
        .bind((self.rng.u8(..5) == 0).then_some(at))
        .bind(["Pump 1", "海潮二期", "ＢＬＵＥ phase 0"].get(hour(at) % 4))
        .bind((hour(at).is_multiple_of(2)).then_some("the board decides"))
        .bind(["ACME", "NOVA"].get(hour(at) % 3))
        .execute(&mut *self.tx)
        .await
        .unwrap();
        let stages = [
            ("PROSPECTING", "OPEN"),
            ("PROSPECTING", "OPEN"),
            ("QUALIFICATION", "OPEN"),
            ("PROPOSAL", "OPEN"),
            ("WON", "WON"),
            ("LOST", "LOST"),
            ("VOID", "VOID"),
        ];
        for _ in 0..self.rng.usize(..6) {
            at += TimeDelta::hours(self.rng.i64(1..3));
            let (stage, kind) = pick(self.rng, &stages);
            let reason = (kind == "LOST").then(|| ["PRICE", "OTHER"][hour(at) % 2]);
            let remark = match kind {
                "LOST" => (!hour(at).is_multiple_of(3)).then_some("too dear"),
                "VOID" => optional(self.rng, |_| "a mistake"),
                _ => None,
            };
            let amount = optional(self.rng, |_| ()).map(|()| self.amount());
            let owner = if self.rng.u8(..4) == 0 { self.user() } else { owner };
            sqlx::query(
                "update sales_opportunity set stage = $2, stage_kind = $3, closed_at = $4, lost_reason = $5, amount = $6, currency = $7,
                        close_date = $8, probability = $9, owner_user_id = $10, updated_by = $11, updated_at = $12, version = version + 1,
                        lost_remark = $13
                 where id = $1",
            )
            .bind(id)
            .bind(stage)
            .bind(kind)
            .bind((kind != "OPEN").then_some(at))
            .bind(reason)
            .bind(amount)
            .bind(amount.map(|_| pick(self.rng, &["CNY", "USD"])))
            .bind(optional(self.rng, |_| (at + TimeDelta::days(30)).date_naive()))
            .bind(self.rng.i32(0..3) * 10)
            .bind(owner)
            .bind(self.maybe_user())
            .bind(at)
            .bind(remark)
            .execute(&mut *self.tx)
            .await
            .unwrap();
        }
        self.expected_lines(id, hour(at)).await;
        id
    }

    /// Gives an opportunity with an amount and a product lines: one that is the amount, or two. They leave the other random rows as
    /// they were.
    async fn expected_lines(&mut self, opportunity: Uuid, hour: usize) {
        let second = self.products.get(hour % self.products.len().max(1)).copied();
        let lines = "insert into opportunity_product (opportunity_id, line_set, position, product_id, quantity, unit_price, discount)
             select o.id, o.version, l.* from sales_opportunity o
             cross join lateral (values
                 (1, o.product_id, case when $2 then 1 else 2.5 end, case when $2 then o.amount else 19.99 end, case when $2 then 0 else 0.50 end),
                 (2, $3::uuid, 3, 7, 0)) l (position, product_id, quantity, unit_price, discount)
             where o.id = $1 and o.amount is not null and o.product_id is not null and (l.position = 1 or not $2)";
        let set = "update sales_opportunity o set line_set = version, amount_is_sum = $2
             where id = $1 and exists (select from opportunity_product l where l.opportunity_id = o.id)";
        if let (Some(second), 0 | 1) = (second, hour % 3) {
            let is_sum = hour.is_multiple_of(3);
            sqlx::query(lines).bind(opportunity).bind(is_sum).bind(second).execute(&mut *self.tx).await.unwrap();
            sqlx::query(set).bind(opportunity).bind(is_sum).execute(&mut *self.tx).await.unwrap();
        }
    }

    /// The owner of a record: the owner of the customer, or any user.
    fn owner(&mut self, customer: Customer) -> Uuid {
        let anybody = self.user();
        customer.owner.filter(|_| self.rng.bool()).unwrap_or(anybody)
    }

    /// Creates a task, which the follow-up may have planned, and ends some of them.
    async fn task(
        &mut self,
        customer: Customer,
        owner: Uuid,
        due: DateTime<Utc>,
        (opportunity, order): (Option<Uuid>, Option<Uuid>),
        talk: Option<(Uuid, DateTime<Utc>)>,
    ) {
        let rng = &mut self.chance_of_tasks;
        let (id, at, planned) =
            (new_uuid(monday()), monday() - TimeDelta::hours(rng.i64(0..12)), talk.filter(|_| rng.bool()));
        sqlx::query(
            "insert into task (id, customer_id, opportunity_id, order_id, owner_user_id, subject, due_at, followup_id, followup_at,
                               created_by, updated_by, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $11)",
        )
        .bind(id)
        .bind(customer.id)
        .bind(opportunity)
        .bind(order)
        .bind(owner)
        .bind(optional(rng, |_| "call"))
        .bind(due)
        .bind(planned.map(|(id, _)| id))
        .bind(planned.map(|(_, at)| at))
        .bind(optional(rng, |rng| pick(rng, &self.users)))
        .bind(at)
        .execute(&mut *self.tx)
        .await
        .unwrap();
        let ended_by = pick(rng, &self.users);
        let (status, ended_by) = match rng.u8(..4) {
            0 => ("DONE", Some(ended_by)),
            1 => ("CANCELLED", optional(rng, |_| ended_by)),
            _ => return,
        };
        let completed_in = talk.filter(|_| status == "DONE" && rng.bool());
        sqlx::query(
            "update task set status = $2, ended_at = $3, ended_by = $4, completed_in_id = $5, completed_in_at = $6, updated_by = $4,
                             updated_at = $3, version = 2
             where id = $1",
        )
        .bind(id)
        .bind(status)
        .bind(at + TimeDelta::hours(1))
        .bind(ended_by)
        .bind(completed_in.map(|(id, _)| id))
        .bind(completed_in.map(|(_, at)| at))
        .execute(&mut *self.tx)
        .await
        .unwrap();
    }

    async fn follow_up(&mut self, customer: Customer, opportunity: Option<Uuid>) -> (Uuid, DateTime<Utc>) {
        let (id, at) = (new_uuid(monday()), self.at());
        sqlx::query(
            "insert into followup (id, customer_id, opportunity_id, author_user_id, channel, content, at, next_plan, next_contact_at, created_at, updated_at)
             values ($1, $2, $3, $4, $5, 'talked', $6, $7, $8, $9, $9)",
        )
        .bind(id)
        .bind(customer.id)
        .bind(opportunity)
        .bind(self.owner(customer))
        .bind(pick(self.rng, &["PHONE", "VISIT", "ORDER"]))
        .bind(at)
        .bind(optional(self.rng, |_| "call again"))
        .bind(optional(self.rng, |rng| at + TimeDelta::hours(rng.i64(1..24))))
        .bind(at + TimeDelta::hours(self.rng.i64(0..3)))
        .execute(&mut *self.tx)
        .await
        .unwrap();
        (id, at)
    }

    /// Creates an order with its lines, and advances it by some steps.
    async fn order(&mut self, customer: Customer, opportunity: Option<Uuid>, number: &str) -> Uuid {
        let (id, ordered) = (new_uuid(monday()), self.at());
        let currency = pick(self.rng, &["CNY", "USD"]);
        let (seller, owner) = (self.user(), self.owner(customer));
        // Orders belong to no lost or void opportunity.
        let opportunity: Option<Uuid> =
            sqlx::query_scalar("select id from sales_opportunity where id = $1 and stage_kind in ('OPEN', 'WON')")
                .bind(opportunity)
                .fetch_optional(&mut *self.tx)
                .await
                .unwrap();
        sqlx::query(
            "insert into sales_order (id, order_no, customer_id, opportunity_id, sold_by_user_id, owner_user_id, currency, remark, ordered_at, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9)",
        )
        .bind(id)
        .bind(number)
        .bind(customer.id)
        .bind(opportunity)
        .bind(seller)
        .bind(owner)
        .bind(currency)
        .bind(optional(self.rng, |_| "soon"))
        .bind(ordered)
        .execute(&mut *self.tx)
        .await
        .unwrap();
        for position in 1..=self.rng.i32(0..4) {
            let price = self.amount();
            let quantity: Decimal = pick(self.rng, &["1", "2.500", "0.333", "10"]).parse().unwrap();
            let discount =
                if self.rng.u8(..3) == 0 { (quantity * price).trunc() / Decimal::TWO } else { Decimal::ZERO };
            sqlx::query("insert into order_product (order_id, position, product_id, quantity, unit_price, discount) values ($1, $2, $3, $4, $5, $6)")
                .bind(id)
                .bind(position)
                .bind(pick(self.rng, &self.products))
                .bind(quantity)
                .bind(price)
                .bind(discount)
                .execute(&mut *self.tx)
                .await
                .unwrap();
        }
        self.live(customer, id, ordered).await;
        for _ in 0..self.rng.usize(..3) {
            self.feedback(customer, id).await;
        }
        id
    }

    /// Advances an order by random allowed steps, some of them at the same instant.
    async fn live(&mut self, customer: Customer, order: Uuid, ordered: DateTime<Utc>) {
        let steps = [
            ("PENDING", "PAY", "PENDING"),
            ("PENDING", "ADOPT", "PENDING"),
            ("PENDING", "CHANGE_LINES", "PENDING"),
            ("PENDING", "PAY", "PAID"),
            ("PENDING", "PAY", "PAID"),
            ("PENDING", "CANCEL", "CANCELLED"),
            ("PAID", "SHIP", "SHIPPED"),
            ("SHIPPED", "DELIVER", "DELIVERED"),
            ("SHIPPED", "REFUND", "REFUNDED"),
            ("DELIVERED", "REFUND", "REFUNDED"),
        ];
        let (mut status, mut at) = ("PENDING", ordered);
        let (mut paid, mut shipped, mut delivered, mut closed) = (None, None, None, None);
        let mut taken = vec![("PENDING", "CREATE", "PENDING", at)];
        for _ in 0..self.rng.usize(..6) {
            let open: Vec<_> = steps.iter().filter(|(from, ..)| *from == status).copied().collect();
            let Some((from, action, to)) = self.rng.choice(open) else { break };
            at += TimeDelta::hours(self.rng.i64(0..2));
            match to {
                "PAID" => paid = Some(at),
                "SHIPPED" => shipped = Some(at),
                "DELIVERED" => delivered = Some(at),
                "CANCELLED" | "REFUNDED" => closed = Some(at),
                _ => {}
            }
            taken.push((from, action, to, at));
            status = to;
        }
        let halves = match status {
            "PENDING" => self.rng.i32(0..2),
            "CANCELLED" => 0,
            "REFUNDED" => 2 * self.rng.i32(0..2),
            _ => 2,
        };
        let mut payments = self.payments(customer, order, halves, paid.unwrap_or(ordered)).await;
        sqlx::query(
            "update sales_order set status = $2, paid_at = $3, shipped_at = $4, delivered_at = $5, closed_at = $6, updated_at = $7,
                    next_due_on = case when $6 is null then next_due_on end, version = version + 1
             where id = $1",
        )
        .bind(order)
        .bind(status)
        .bind(paid)
        .bind(shipped)
        .bind(delivered)
        .bind(closed)
        .bind(at)
        .execute(&mut *self.tx)
        .await
        .unwrap();
        for (from, action, to, at) in taken {
            let is_told = optional(self.rng, |_| ()).map(|()| self.amount()).is_some();
            let payment = if is_told && ["PAY", "REFUND"].contains(&action) { payments.pop() } else { None };
            let totals = (action == "CHANGE_LINES").then(|| (self.amount(), self.amount()));
            sqlx::query(
                "insert into order_history (id, order_id, customer_id, action, from_status, to_status, payment_id, remark, user_id, at,
                                            total_before, total_after)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            )
                .bind(new_uuid(monday()))
                .bind(order)
                .bind(customer.id)
                .bind(action)
                .bind(from)
                .bind(to)
                .bind(payment)
                .bind(optional(self.rng, |_| "by post"))
                .bind(self.maybe_user())
                .bind(at)
                .bind(totals.map(|(before, _)| before))
                .bind(totals.map(|(_, after)| after))
                .execute(&mut *self.tx)
                .await
                .unwrap();
        }
    }

    /// Payments of an order of so many halves of its total, among them some that were taken back, and instalments.
    async fn payments(&mut self, customer: Customer, order: Uuid, halves: i32, at: DateTime<Utc>) -> Vec<Uuid> {
        let total: Decimal = sqlx::query_scalar("select total_amount from sales_order where id = $1")
            .bind(order)
            .fetch_one(&mut *self.tx)
            .await
            .unwrap();
        let half = (total / Decimal::TWO).trunc_with_scale(2);
        let rng = &mut self.chance_of_payments;
        let mut rows = Vec::new();
        if rng.u8(..4) == 0 && half > Decimal::ZERO {
            let mistake = new_uuid(monday());
            rows.push((mistake, half, None));
            rows.push((new_uuid(monday()), -half, Some(mistake)));
        }
        match (halves, rng.bool()) {
            (1, _) => rows.push((new_uuid(monday()), half, None)),
            (2, true) => rows.push((new_uuid(monday()), total, None)),
            (2, false) => {
                rows.push((new_uuid(monday()), half, None));
                rows.push((new_uuid(monday()), total - half, None));
            }
            _ => {}
        }
        rows.retain(|(_, amount, _)| !amount.is_zero());
        for (id, amount, reverses) in &rows {
            sqlx::query(
                "insert into payment (id, order_id, customer_id, amount, received_at, method, reference, reverses_id, recorded_by, recorded_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(id)
            .bind(order)
            .bind(customer.id)
            .bind(amount)
            .bind(at)
            .bind(optional(rng, |rng| pick(rng, &["CASH", "CHEQUE", "BANK_TRANSFER"])))
            .bind(optional(rng, |_| "TT-1"))
            .bind(reverses)
            .bind(optional(rng, |rng| pick(rng, &self.users)))
            .bind(at + TimeDelta::minutes(rng.i64(0..2)))
            .execute(&mut *self.tx)
            .await
            .unwrap();
        }
        let (first, with_shares) = (half.min(Decimal::ONE_HUNDRED), rng.bool());
        if first > Decimal::ZERO && rng.bool() {
            let due = monday().date_naive() - chrono::Days::new(2);
            for (position, amount) in [(1, first), (2, total - first)] {
                sqlx::query(
                    "insert into instalment (order_id, position, due_on, share, amount, is_retention) values ($1, $2, $3, $4, $5, $6)",
                )
                .bind(order)
                .bind(position)
                .bind(due + chrono::Days::new(rng.u64(0..3) + if position == 1 { 0 } else { 2 }))
                .bind(with_shares.then_some(Decimal::new(405 * i64::from(position), 1)))
                .bind(amount)
                .bind(position == 2)
                .execute(&mut *self.tx)
                .await
                .unwrap();
            }
        }
        rows.into_iter().map(|(id, ..)| id).collect()
    }

    async fn feedback(&mut self, customer: Customer, order: Uuid) {
        let (at, resolved) = (self.at(), self.rng.bool());
        sqlx::query(
            "insert into order_feedback (id, order_id, customer_id, service_user_id, rating, category, content, resolution, resolved_at, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        )
        .bind(new_uuid(monday()))
        .bind(order)
        .bind(customer.id)
        .bind(self.user())
        .bind(self.rng.i32(1..6))
        .bind(pick(self.rng, &["QUALITY", "DELIVERY", "OTHER"]))
        .bind(optional(self.rng, |_| "too late"))
        .bind(resolved.then_some("sent another"))
        .bind(resolved.then_some(at))
        .bind(at)
        .execute(&mut *self.tx)
        .await
        .unwrap();
    }
}
