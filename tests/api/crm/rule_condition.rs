//! Conditions of pool rules: they match what a CEL interpreter matches, and errors have a position.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value as Json, json};
use tidepool::kernel::id::new_uuid;
use uuid::Uuid;

use crate::support::condition::{self, Kind};
use crate::support::{Person, World};

const PREVIEW: &str = "query($c: String!, $w: Boolean! = false) { previewPoolRule(condition: $c, workdays: $w, first: 100) { \
    matched owned customers { name } userErrors { code path message } } }";

impl Person {
    async fn preview(&self, condition: &str, workdays: bool) -> Json {
        self.data(PREVIEW, json!({"c": condition, "w": workdays})).await["previewPoolRule"].clone()
    }

    /// The names of the customers that a condition matches.
    async fn names_matched_by(&self, condition: &str, workdays: bool) -> BTreeSet<String> {
        let preview = self.preview(condition, workdays).await;
        assert_eq!(preview["userErrors"], json!([]), "{condition}");
        let names = |json: &Json| json["name"].as_str().unwrap().to_owned();
        preview["customers"].as_array().unwrap().iter().map(names).collect()
    }

    async fn refusal_of(&self, condition: &str) -> String {
        let preview = self.preview(condition, false).await;
        let error = &preview["userErrors"][0];
        assert_eq!(error["code"], "INVALID", "{condition}: {preview}");
        error["message"].as_str().unwrap().to_owned()
    }
}

/// Random customers, with and without the values that conditions use.
async fn create_random_customers(world: &World, owners: &[Person], rng: &mut Rng) {
    let now = world.clock.now();
    // Quarters of days are exact in any arithmetic.
    let past = |rng: &mut Rng, least: i64| now - TimeDelta::hours(6 * rng.i64(least..400));
    let product = new_uuid(now);
    let insert = "insert into product (id, sku, name, unit, unit_price, currency, created_at, updated_at) values ($1, 'P', 'P', 'x', 1, 'CNY', $2, $2)";
    sqlx::query(insert).bind(product).bind(now).execute(&world.db).await.unwrap();
    // The first owner was absent, and the absence is long past.
    for ago in [70, 30, 3] {
        let ends = now - TimeDelta::days(ago);
        sqlx::query(
            "insert into absence (id, user_id, first_day, last_day, starts, ends, settled, created_at)
             values ($1, $2, $3, $3, $4, $5, $5 + interval '1 day', $5)",
        )
        .bind(new_uuid(now))
        .bind(owners[0].id.uuid())
        .bind(ends.date_naive())
        .bind(ends - TimeDelta::hours(6 * rng.i64(1..60)))
        .bind(ends)
        .execute(&world.db)
        .await
        .unwrap();
    }
    for number in 0..60 {
        let (id, since) = (new_uuid(now), past(rng, 0));
        let owner = (number % 10 != 0).then(|| owners[rng.usize(..owners.len())].id.uuid());
        let inside = |rng: &mut Rng| now - TimeDelta::hours(6 * rng.i64(0..=(now - since).num_hours() / 6));
        let (one, other) = (inside(rng), inside(rng));
        let followups = owner.filter(|_| rng.bool()).map(|_| (one.min(other), one.max(other)));
        let choice = |rng: &mut Rng, codes: &[&'static str]| rng.bool().then(|| codes[rng.usize(..codes.len())]);
        sqlx::query(
            "insert into customer (id, name, name_key, source, owner_user_id, owned_since, pool_entry_time, first_followup_time,
                                   last_followup_time, industry, level, region, created_at, updated_at)
             values ($1, $2, $2, 'WEBSITE', $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        )
        .bind(id).bind(format!("C{number}")).bind(owner).bind(owner.map(|_| since)).bind(owner.is_none().then_some(since))
        .bind(followups.map(|times| times.0)).bind(followups.map(|times| times.1))
        .bind(choice(rng, &["SOFTWARE", "RETAIL", "OTHER"])).bind(choice(rng, &["KEY", "A", "B"])).bind(choice(rng, &["EAST", "ABROAD"]))
        .bind(since)
        .execute(&world.db).await.unwrap();
        for _ in 0..rng.usize(..4) {
            order(world, id, product, owners[0].id.uuid(), past(rng, 0), rng).await;
        }
        for _ in 0..rng.usize(..3) {
            let stage = if rng.bool() { "PROPOSAL" } else { "WON" };
            let amount = rng.bool().then(|| rust_decimal::Decimal::new(rng.i64(0..2_000), 1));
            sqlx::query(
                "insert into sales_opportunity (id, customer_id, owner_user_id, stage, stage_kind, amount, currency, probability, closed_at, created_at, updated_at, archived_at)
                 select $1, $2, $3, s.code, s.kind, $4, $5, 10, case when s.kind <> 'OPEN' then $6::timestamptz end, $6, $6, $8 from opportunity_stage s where s.code = $7",
            )
            .bind(new_uuid(now)).bind(id).bind(owners[rng.usize(..owners.len())].id.uuid()).bind(amount)
            .bind(amount.map(|_| if rng.bool() { "CNY" } else { "USD" })).bind(now).bind(stage)
            .bind((rng.u8(..4) == 0).then_some(now))
            .execute(&world.db).await.unwrap();
        }
        for (key, kind, column, values) in [
            ("credit_rating", "TEXT", "text_value", &["'A'", "'海潮'", "'a\"''\\%_'"][..]),
            ("employees", "NUMBER", "number_value", &["0", "2.5", "50"]),
            ("listed", "BOOLEAN", "boolean_value", &["true", "false"]),
            ("founded_on", "DATE", "date_value", &["'1999-12-31'", "'2024-02-29'"]),
        ] {
            if rng.bool() {
                let value = values[rng.usize(..values.len())];
                let insert = format!(
                    "insert into customer_extra (customer_id, key, type, {column}) values ($1, $2, $3, {value})"
                );
                sqlx::query(sqlx::AssertSqlSafe(insert))
                    .bind(id)
                    .bind(key)
                    .bind(kind)
                    .execute(&world.db)
                    .await
                    .unwrap();
            }
        }
    }
}

async fn order(world: &World, customer: Uuid, product: Uuid, seller: Uuid, at: DateTime<Utc>, rng: &mut Rng) {
    let id = new_uuid(world.clock.now());
    let mut transaction = world.db.begin().await.unwrap();
    sqlx::query(
        "insert into sales_order (id, order_no, customer_id, sold_by_user_id, owner_user_id, currency, ordered_at, created_at, updated_at)
         values ($1, $2, $3, $4, $4, $5, $6, $6, $6)",
    )
    .bind(id).bind(id.to_string()).bind(customer).bind(seller).bind(if rng.bool() { "CNY" } else { "USD" }).bind(at)
    .execute(&mut *transaction).await.unwrap();
    sqlx::query(
        "insert into order_product (order_id, position, product_id, quantity, unit_price) values ($1, 1, $2, 1, $3)",
    )
    .bind(id)
    .bind(product)
    .bind(rust_decimal::Decimal::new(rng.i64(1..100_000), 2))
    .execute(&mut *transaction)
    .await
    .unwrap();
    let (halves, later) = match rng.u8(..6) {
        0 => (0, "remark = 'open'"),
        1 => (1, "remark = 'half'"),
        2 => (2, "remark = 'paid'"),
        3 => (2, "status = 'DELIVERED', shipped_at = ordered_at, delivered_at = ordered_at"),
        4 => (0, "status = 'SHIPPED', shipped_at = ordered_at"),
        _ => (0, "status = 'REFUNDED', closed_at = ordered_at"),
    };
    let pay = "insert into payment (id, order_id, customer_id, amount, received_at, recorded_at)
        select id, id, customer_id, p.amount, ordered_at, ordered_at
        from sales_order cross join lateral (select round(total_amount * $2 / 2, 2)) p (amount) where id = $1 and p.amount > 0";
    sqlx::query(pay).bind(id).bind(halves).execute(&mut *transaction).await.unwrap();
    let update = format!("update sales_order set {later} where id = $1");
    sqlx::query(sqlx::AssertSqlSafe(update)).bind(id).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn a_condition_matches_the_same_customers_as_a_cel_interpreter() {
    let world = World::new().await;
    let (admin, ann, ben) = (world.admin().await, world.sales("Ann").await, world.sales("Ben").await);
    let mut rng = Rng::with_seed(7);
    create_random_customers(&world, &[ann, ben], &mut rng).await;
    let days = ["2026-02-16", "2026-02-17", "2026-02-18"].map(|day| json!({"day": day, "isOff": true, "name": "春节"}));
    let worked = json!({"day": "2026-02-14", "isOff": false, "name": "调休"});
    let input = json!({"days": [days[0], days[1], days[2], worked]});
    assert_eq!(admin.outcome("saveCalendarDays", input).await, "");
    let is_off = |at: DateTime<Utc>| {
        let day = (at + TimeDelta::hours(8)).date_naive().to_string();
        let weekday = (at + TimeDelta::hours(8)).format("%a").to_string();
        ["2026-02-16", "2026-02-17", "2026-02-18"].contains(&day.as_str())
            || (["Sat", "Sun"].contains(&weekday.as_str()) && day != "2026-02-14")
    };
    let all_days = condition::rows(&world.db, world.clock.now(), |_| false).await;
    let workdays = condition::rows(&world.db, world.clock.now(), is_off).await;
    let (mut none, mut some, mut all) = (0, 0, 0);
    for number in 0..300 {
        let depth = rng.usize(1..5);
        let expression = condition::random_expression(&mut rng, Kind::Bool, depth);
        let text = expression.to_text();
        if !expression.has_variable() {
            assert!(admin.refusal_of(&text).await.ends_with("must use a variable of the customer."), "{text}");
            continue;
        }
        let on_workdays = number % 2 == 0;
        let rows = if on_workdays { &workdays } else { &all_days };
        let wanted: BTreeSet<_> =
            rows.iter().filter(|(_, row)| expression.truth(row) == Some(true)).map(|(name, _)| name.clone()).collect();
        match wanted.len() {
            0 => none += 1,
            count if count == rows.len() => all += 1,
            _ => some += 1,
        }
        assert_eq!(admin.names_matched_by(&text, on_workdays).await, wanted, "{text}, workdays: {on_workdays}");
    }
    assert!(some > 100 && none > 10 && all > 3, "chance told too little: {none} {some} {all}");
}

#[tokio::test]
async fn operator_precedence_follows_cel_and_a_day_is_24_hours() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    ann.create("Acme").await;
    world.advance(TimeDelta::hours(60));
    let id = ann.gid();
    for (condition, matches) in [
        ("followup_days == 2.5", true),
        ("owned_days > 2.5", false),
        ("1 + 2 * 3 == 7 && owned_days > 0.0", true),
        ("owned_days > 9 || owned_days > 1 && orders_in_ownership == 0", true),
        ("(owned_days > 9 || owned_days > 1) && orders_in_ownership != 0", false),
        ("!(owned_days > 9) ? owned_days < 3 : false", true),
        ("-7 / 2 == -3 && -7 % 2 == -1 && orders_in_ownership - 0 == 0", true),
        ("7 / 2.0 == 3.5 && 0.1 + 0.2 == 0.3 && owned_days > 0", true),
        // An error on one side does not matter if the other side decides.
        ("1 / orders_in_ownership == 1 || owned_days > 1", true),
        ("!(1 / orders_in_ownership == 1 && owned_days > 9)", true),
        ("1 / orders_in_ownership == 1", false),
        ("!(1 / orders_in_ownership == 1)", false),
        ("level == \"KEY\"", false),
        ("level != \"KEY\" && !(level == \"KEY\") && !(level in [\"KEY\"])", true),
        ("level == null && null == region && source != null", true),
        ("level != null", false),
        ("9223372036854775807 * 9223372036854775807 > owned_days", true),
        ("days_since_last_order > 0", false),
        ("!(days_since_last_order <= 90) && days_since_last_order == null", true),
        ("days_since_last_order + 1 > 0 || !(days_since_last_order + 1 > 0)", false),
        ("extra.listed", false),
        ("!extra.listed && extra.listed != true && extra.listed == null", true),
        ("!(extra.credit_rating.startsWith(\"A\")) && extra.credit_rating != \"A\"", true),
        ("size(extra.credit_rating) >= 0 || !(size(extra.credit_rating) >= 0)", false),
        ("orders_total[\"CNY\"] < 1000000", true),
        ("extra.employees > 1 || \"employees\" in extra", false),
        ("owner == \"ann@example.com\"", true),
        ("owner in [\"ann@example.com\", \"ada@example.com\"]", true),
        ("source in [\"WEBSITE\"] && owner != \"ada@example.com\"", true),
        (&format!("owner == \"{id}\""), true),
        ("owned_days > 1 // for the night", true),
        ("owned_days > 1\n  && 'a\\'b' == \"a'b\"", true),
        ("\"x'; drop table customer; --\".contains(\"'\") && owned_days > 1", true),
    ] {
        assert_eq!(!admin.names_matched_by(condition, false).await.is_empty(), matches, "{condition}");
    }
}

#[tokio::test]
async fn an_invalid_condition_is_refused_with_the_position_of_the_error() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut table = String::new();
    for condition in [
        "",
        "true",
        "1 < 2",
        "followup_days",
        "folowup_days > 3",
        "followup_days > \"3\"",
        "followup_days > 3 && orders_in_ownership",
        "!followup_days",
        "followup_days > 3 ? 1 : \"x\"",
        "owned_days % 2 == 0",
        "level == \"GOLD\"",
        "level > \"A\"",
        "level == 1",
        "level.startsWith(\"K\")",
        "level == industry",
        "level in [\"KEY\", \"GOLD\"]",
        "level in []",
        "owned_days in [owned_days]",
        "owned_days in extra",
        "owner == \"nobody@example.com\"",
        "owner == \"customer_00000000-0000-0000-0000-000000000000\"",
        "extra",
        "extra[\"shoe_size\"] > 1",
        "extra[level] > 1",
        "orders_total > 1",
        "orders_total[\"yuan\"] > 1",
        "extra[\"credit_rating\"].matches(\"(a+)+$\")",
        "extra[\"credit_rating\"].size(1) > 1",
        "[1, 2].exists(x, x > owned_days)",
        "has(extra.employees)",
        "{\"a\": 1}[\"a\"] > owned_days",
        "owned_days > null",
        "owned_days + 1 == null",
        "null == null && owned_days > 1",
        "level in [null]",
        "owned_days > 1u",
        "owned_days > 1e300",
        "owned_days > 99999999999999999999",
        "owned_days > duration(\"9999999999999h\")",
        "timestamp(\"9999-12-31T23:59:59Z\") > owned_days",
        "extra[\"credit_rating\"] == \"a\\u0000b\"",
        "owned_days > 1; drop table customer",
        "owned_days > 1 -- comment",
        "owned_days >\n    > 1",
        "海潮 > 1",
    ] {
        table.push_str(&format!("{condition:?}\n    {}\n", admin.refusal_of(condition).await));
    }
    for condition in
        ["(".repeat(5_000), "(".repeat(3_000), format!("{}1 > 2", "owned_days + ".repeat(200)), "x".repeat(100_000)]
    {
        table.push_str(&format!("{:?}… \n    {}\n", &condition[..13], admin.refusal_of(&condition).await));
    }
    insta::assert_snapshot!(table);
    let answer = admin.ask_in("zh-CN", PREVIEW, json!({"c": "level == \"GOLD\""})).await;
    let message = &answer["data"]["previewPoolRule"]["userErrors"][0]["message"];
    assert_eq!(*message, json!("第 1 行第 10 列：没有选项“GOLD”，可选值为：KEY, A, B, C。"));
}

#[tokio::test]
async fn a_preview_warns_of_customers_that_can_never_match() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut table = String::new();
    for condition in [
        "level != \"KEY\"",
        "level == \"KEY\"",
        "level == null || region == \"EAST\"",
        "level == null && level == \"KEY\"",
        "source == null",
        "owned_days == null && followup_days > 1",
        "!(days_since_last_order > 90)",
        "days_since_last_order > 90 && !(extra[\"employees\"] > 5)",
        "extra[\"employees\"] + 1 > 5 || followup_days > 3",
        "!(extra[\"employees\"] * 2 > 5)",
        "extra[\"listed\"] ? followup_days > 3 : level in [\"A\"]",
        "\"listed\" in extra && extra[\"listed\"]",
        "extra[\"credit_rating\"] == extra[\"founded_on\"]",
        "followup_days > 3",
    ] {
        let seen = admin
            .data(
                "query($c: String) { previewPoolRule(condition: $c) { warnings userErrors { message } } }",
                json!({"c": condition}),
            )
            .await;
        table.push_str(&format!("{condition}\n    {}\n", seen["previewPoolRule"]));
    }
    insta::assert_snapshot!(table);
}
