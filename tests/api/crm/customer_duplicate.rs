//! The duplicate check before a customer is entered, and customers whose names are similar to others.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use fastrand::Rng;
use serde_json::{Value as Json, json};
use tidepool::kernel::id::new_uuid;

use crate::support::{Person, World};

/// The duplicate check of a company as somebody sees it: the status, and a line for each match.
async fn check(person: &Person, company: Json) -> (String, Vec<String>) {
    let query = "query($name: String, $creditCode: String, $phone: String, $email: String) {
        checkDuplicate(name: $name, creditCode: $creditCode, phone: $phone, email: $email) {
            status matches { status similarity matchedBy customer { name owner { name } } } } }";
    let found_lines = person.data(query, company).await["checkDuplicate"].clone();
    let lines = found_lines["matches"].as_array().unwrap().iter().map(|found| {
        let by: Vec<_> = found["matchedBy"].as_array().unwrap().iter().map(|by| by.as_str().unwrap()).collect();
        let similarity =
            found["similarity"].as_f64().map_or_else(|| "-".to_owned(), |similarity| format!("{similarity:.2}"));
        let name = found["customer"]["name"].as_str().unwrap_or("-");
        format!("{} {similarity} {} {name}", found["status"].as_str().unwrap(), by.join("+"))
    });
    (found_lines["status"].as_str().unwrap().to_owned(), lines.collect())
}

#[tokio::test]
async fn the_duplicate_check_says_where_a_company_is_and_names_it_to_those_who_may_see_it() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    ann.create("上海海潮科技有限公司").await;
    let wave = world.pooled("Blue Wave Software Co., Ltd.").await;

    assert_eq!(check(&ben, json!({"name": "北京星云贸易"})).await, ("FREE".to_owned(), Vec::new()));
    // The same name in another spelling, and a similar name; of a hidden customer not even the name is shown.
    let of_ann = |similarity: &str| ("TAKEN".to_owned(), vec![format!("TAKEN {similarity} NAME -")]);
    assert_eq!(check(&ben, json!({"name": "上海 海潮科技（股份有限公司）"})).await, of_ann("1.00"));
    assert_eq!(check(&ben, json!({"name": "海潮科技"})).await, of_ann("0.75"));
    assert_eq!(check(&ben, json!({"name": "上海海星科技"})).await.0, "FREE");
    let seen = vec!["TAKEN 0.67 NAME 上海海潮科技有限公司".to_owned()];
    assert_eq!(check(&boss, json!({"name": "上海海潮信息科技"})).await, ("TAKEN".to_owned(), seen));
    let pooled = |status: &str, name: &str| (status.to_owned(), vec![format!("{status} 1.00 NAME {name}")]);
    let blue = json!({"name": "BLUE-WAVE SOFTWARE"});
    assert_eq!(check(&ben, blue.clone()).await, pooled("IN_POOL", "Blue Wave Software Co., Ltd."));
    let admin = world.admin().await;
    assert_eq!(boss.outcome("blacklistCustomer", json!({"customerId": wave, "reason": "no"})).await, "");
    assert_eq!(check(&ben, blue.clone()).await, pooled("BLOCKED", "-"));
    boss.outcome("unblacklistCustomer", json!({"customerId": wave})).await;
    assert_eq!(admin.outcome("archiveCustomer", json!({"customerId": wave})).await, "");
    assert_eq!(check(&ben, blue).await, pooled("ARCHIVED", "Blue Wave Software Co., Ltd."));
    world.assert_sound().await;
}

#[tokio::test]
async fn matches_by_phone_domain_and_credit_code_reveal_no_details() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let input = json!({"name": "Acme", "source": "WEBSITE", "creditCode": "91310000ma1k35x10x"});
    let acme = ann.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone();
    ann.contact(&acme, "Li Lei", "+86 138 1234 5678", "Li.Lei@Acme.example").await;
    ann.contact(&acme, "Han Meimei", "55555", "meimei@qq.com").await;
    let by = |evidence: &str, name: &str| vec![format!("TAKEN - {evidence} {name}")];
    let code = json!({"creditCode": "91310000MA1K35X10X"});
    assert_eq!(check(&ben, code).await.1, by("CREDIT_CODE", "-"));
    let phone = json!({"phone": "138-1234-5678"});
    assert_eq!(check(&ben, phone.clone()).await.1, by("PHONE", "-"));
    assert_eq!(check(&ann, phone.clone()).await.1, by("PHONE", "Acme"));
    assert_eq!(check(&boss, phone.clone()).await.1, by("PHONE", "Acme"), "who may reveal it");
    assert_eq!(check(&ben, json!({"email": "somebody@ACME.example"})).await.1, by("EMAIL_DOMAIN", "-"));
    assert_eq!(
        check(&ann, json!({"email": "x@acme.example", "phone": "55555"})).await.1,
        by("PHONE+EMAIL_DOMAIN", "Acme")
    );
    for nothing in ["somebody@qq.com", "somebody@cme.example", "acme.example", "@"] {
        assert_eq!(check(&ann, json!({"email": nothing})).await.0, "FREE", "{nothing}");
    }
    assert_eq!(check(&ann, json!({"phone": "138"})).await.0, "FREE", "a part of a number is none");

    // In the pool everybody sees the customer but not its contacts, so a match by phone number is not shown.
    world.advance(TimeDelta::seconds(1));
    ann.release(&acme).await;
    let both = json!({"name": "Acme", "phone": "138-1234-5678"});
    assert_eq!(check(&ben, both.clone()).await.1, ["IN_POOL 1.00 NAME Acme", "IN_POOL - PHONE -"]);
    let admin = world.admin().await;
    assert_eq!(check(&admin, both).await.1, ["IN_POOL 1.00 PHONE+NAME Acme"]);
}

#[tokio::test]
async fn users_who_may_create_customers_may_check_for_duplicates_and_empty_input_is_refused() {
    let world = World::new().await;
    let query = "query($name: String) { checkDuplicate(name: $name) { status } }";
    for (role, may) in [
        ("sales", true),
        ("manager", true),
        ("marketing", true),
        ("admin", true),
        ("hr", false),
        ("service", false),
        ("analyst", false),
    ] {
        let person = world.person(&format!("The{role}"), role, None).await;
        match may {
            true => assert_eq!(person.data(query, json!({"name": "Acme"})).await["checkDuplicate"]["status"], "FREE"),
            false => assert_eq!(person.refused(query, json!({"name": "Acme"})).await, "FORBIDDEN", "{role}"),
        }
    }
    let ann = world.sales("Ann").await;
    for nothing in [json!(null), json!(""), json!("a\0b"), json!("x".repeat(201))] {
        assert_eq!(ann.refused(query, json!({"name": nothing})).await, "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_similar_company_is_entered_after_confirmation_and_the_superior_is_notified() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    ben.create("上海海潮科技有限公司").await;
    let enter = async |name: &str, not_duplicate: bool| {
        let input = json!({"name": name, "source": "WEBSITE", "notDuplicate": not_duplicate});
        ann.act("createCustomer", input, "customer { name }").await["userErrors"].clone()
    };
    let refused = enter("海潮科技", false).await;
    let said =
        "A customer with a similar name already exists. It has an owner. If yours is another company, confirm that.";
    assert_eq!(
        [&refused[0]["code"], &refused[0]["message"], &refused[0]["path"]],
        [&json!("SIMILAR"), &json!(said), &json!(["name"])]
    );
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, 1);
    // A customer with the same name is refused, also with the confirmation.
    assert_eq!(enter("上海海潮科技", true).await[0]["code"], "DUPLICATE");
    assert_eq!(enter("海潮科技", true).await, json!([]));
    // If no customer is similar, nobody is notified.
    assert_eq!(enter("Cosmos", true).await, json!([]));
    let query = "{ notifications { edges { node { kind customerName actor { name } customer { owner { name } } } } } }";
    let found_lines = boss.ask(query).await["notifications"]["edges"].clone();
    let entered = json!({"kind": "SIMILAR_ENTERED", "customerName": "海潮科技", "actor": {"name": "Ann"}, "customer": {"owner": {"name": "Ann"}}});
    assert_eq!(found_lines, json!([{"node": entered}]));
    // A user without a superior causes no notification.
    ben.create("海潮科技集团").await;
    assert_eq!(world.sql::<i64>("select count(*) from notification").await, 1);
    world.assert_sound().await;
}

/// The pairs of adjacent letters, and the single letters, of a name that consists of words only.
fn parts(name: &str) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for word in name.split(' ') {
        let letters: Vec<char> = word.chars().collect();
        for start in 0..letters.len() {
            match letters.get(start + 1) {
                Some(next) => drop(parts.insert(format!("{}{next}", letters[start]))),
                None if start == 0 => drop(parts.insert(word.to_owned())),
                None => {}
            }
        }
    }
    parts
}

/// The name without places before it, or without trades behind it, or without both, for the words of the test.
fn short_forms(name: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([name.to_owned()]);
    loop {
        let shorter = |form: &String| {
            let place = form.strip_prefix("上海");
            let trade = ["科技", "信息"].into_iter().find_map(|trade| form.strip_suffix(trade));
            [place, trade].into_iter().flatten().map(str::to_owned).collect::<Vec<_>>()
        };
        let more: BTreeSet<_> = forms.iter().flat_map(shorter).filter(|form| form.chars().count() > 1).collect();
        if more.is_subset(&forms) {
            break;
        }
        forms.extend(more);
    }
    forms.retain(|form| form != name && !["上海", "科技", "信息"].contains(&form.as_str()));
    forms
}

fn is_short_form(short: &str, name: &str) -> bool {
    let key = name.replace(' ', "");
    !key.is_ascii()
        && key.chars().all(|letter| !letter.is_ascii())
        && name.contains(short)
        && short_forms(&key).contains(short)
}

#[tokio::test]
async fn the_name_index_finds_the_same_companies_as_a_full_scan() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut found = 0;
    for seed in 0..3 {
        let mut rng = Rng::with_seed(seed);
        let some_name = |rng: &mut Rng| {
            let words = ["上海", "海潮", "科技", "星", "云", "信息", "blue", "wave", "waves", "tech", "x", " ", " "];
            let name: String = (0..rng.usize(1..6)).map(|_| words[rng.usize(..words.len())]).collect();
            name.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let mut names = BTreeSet::new();
        let mut keys = BTreeSet::new();
        for _ in 0..150 {
            let name = some_name(&mut rng);
            if !name.is_empty() && keys.insert(tidepool::crm::customer::name_key(&name)) {
                names.insert(name);
            }
        }
        sqlx::query("delete from customer").execute(&world.db).await.unwrap();
        for name in &names {
            sqlx::query("insert into customer (id, name, name_key, source, pool_entry_time, created_at, updated_at) values ($1, $2, $3, 'WEBSITE', $4, $4, $4)")
                .bind(new_uuid(world.clock.now()))
                .bind(name)
                .bind(tidepool::crm::customer::name_key(name))
                .bind(world.clock.now())
                .execute(&world.db)
                .await
                .unwrap();
        }
        // Without and with statistics about common parts.
        for analyzed in [false, true] {
            if analyzed {
                sqlx::query("analyze customer").execute(&world.db).await.unwrap();
            }
            for _ in 0..60 {
                let name = some_name(&mut rng);
                if name.is_empty() {
                    continue;
                }
                let key = tidepool::crm::customer::name_key(&name);
                let (own, own_key) = (parts(&name), name.replace(' ', ""));
                let mut similar: Vec<String> = names
                    .iter()
                    .filter_map(|other| {
                        let theirs = parts(other);
                        let (shared, both) = (own.intersection(&theirs).count(), own.len() + theirs.len());
                        let dice = 2.0 * shared as f64 / both as f64;
                        let dice = if tidepool::crm::customer::name_key(other) == key { 1.0 } else { dice.min(0.99) };
                        let has_pair = own.intersection(&theirs).any(|part| part.chars().count() == 2);
                        let is_form = is_short_form(&own_key, other) || is_short_form(&other.replace(' ', ""), &name);
                        if dice == 1.0 || 3 * shared >= both && has_pair {
                            Some(format!("{dice:.2}"))
                        } else {
                            is_form.then(|| "0.66".to_owned())
                        }
                    })
                    .collect();
                similar.sort_by(|one, other| other.cmp(one));
                similar.truncate(10);
                let found_lines = check(&admin, json!({"name": name})).await.1;
                let found_lines: Vec<_> =
                    found_lines.iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
                assert_eq!(found_lines, similar, "{name}");
                found += similar.len();
            }
        }
    }
    assert!(found > 200, "{found} were found");
}
