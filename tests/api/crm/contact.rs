//! Contacts: details are masked for everybody but the owner; each reveal by others is logged and counted.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn the_owner_sees_contact_details_and_a_superior_must_reveal_them() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    let contact = ann.contact(&acme, "Li Lei", "+86 138 1234 5678", "Li.Lei@example.com").await;
    let query = "query($id: ID!) { node(id: $id) { ... on Contact { phones emails wechat isMasked } } }";
    let id = json!({"id": contact["id"]});
    assert_eq!(
        ann.data(query, id.clone()).await["node"],
        json!({"phones": ["+86 138 1234 5678"], "emails": ["Li.Lei@example.com"], "wechat": "wx_1", "isMasked": false})
    );
    assert_eq!(
        boss.data(query, id).await["node"],
        json!({"phones": ["+86****78"], "emails": ["L****@example.com"], "wechat": "w****", "isMasked": true})
    );
    let revealed =
        boss.act("revealContact", json!({"contactId": contact["id"]}), "details { phones emails wechat }").await;
    assert_eq!(revealed["details"]["phones"], json!(["+86 138 1234 5678"]));
    assert_eq!(
        ann.outcome("revealContact", json!({"contactId": contact["id"]})).await,
        "",
        "who sees them anyway is not counted"
    );
    assert_eq!(world.sql::<i64>("select count(*) from contact_reveal").await, 1);
}

#[tokio::test]
async fn a_contact_that_is_sent_twice_is_entered_once() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = ann.create("Acme").await;
    let enter = async |key: &str| {
        let input = json!({"customerId": acme, "name": "Li Lei", "isPrimary": true, "idempotencyKey": key});
        ann.act("createContact", input, "contact { id isPrimary }").await
    };
    let (one, other) = tokio::join!(enter("li"), enter("li"));
    assert_eq!(one, other);
    assert_eq!(one["contact"]["isPrimary"], true);
    assert_eq!(world.sql::<i64>("select count(*) from contact").await, 1);
    assert_ne!(enter("han").await["contact"]["id"], one["contact"]["id"], "another key is another request");
}

#[tokio::test]
async fn reveals_are_counted_per_day() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    admin.outcome("updateSettings", json!({"maxRevealsPerDay": 1})).await;
    let acme = json!(ann.create("Acme").await);
    let contact = ann.contact(&acme, "Li Lei", "13812345678", "li@example.com").await;
    let reveal = json!({"contactId": contact["id"]});
    assert_eq!(boss.outcome("revealContact", reveal.clone()).await, "");
    assert_eq!(boss.outcome("revealContact", reveal.clone()).await, "REVEAL_LIMIT_REACHED");
    world.advance(TimeDelta::hours(15));
    assert_eq!(boss.outcome("revealContact", reveal).await, "");
}

#[tokio::test]
async fn a_phone_number_is_found_in_any_notation_by_users_who_may_see_it() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    ann.contact(&acme, "Li Lei", "138-1234-5678", "Li@Example.com").await;
    for (person, found) in [(&ann, 1), (&boss, 1), (&ben, 0)] {
        for filter in [json!({"contactPhone": "+86 13812345678"}), json!({"contactEmail": "li@example.COM"})] {
            let read = person
                .data("query($f: CustomerFilter) { customers(filter: $f) { totalCount } }", json!({"f": filter}))
                .await;
            assert_eq!(read["customers"]["totalCount"], found, "{} {filter}", person.name);
        }
    }
    // She does not own the customer any more, so she does not find it.
    world.advance(TimeDelta::seconds(1));
    ann.release(&acme).await;
    let read = ann.ask("{ customers(filter: {contactPhone: \"13812345678\"}) { totalCount } }").await;
    assert_eq!(read["customers"]["totalCount"], 0);
}

#[tokio::test]
async fn chinese_phone_numbers_are_equal_in_any_notation_also_those_entered_before_the_migration() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mobile = ["13812345678", "013812345678", "+86 138 1234 5678", "0086 138-1234-5678", "86 13812345678"];
    let office = ["021-6888 1234", "+86 21 6888 1234", "0086 (021) 68881234", "86-21-68881234"];
    let others = [
        "+1 (415) 555-0100",
        "001 415 555 0100",
        "400-820-8820",
        "+86 400 820 8820",
        "010-12345678 转 801",
        "+86 10 12345678 Ext. 801",
        "95588",
    ];
    for (place, phone) in mobile.iter().chain(&office).chain(&others).enumerate() {
        let customer = json!(ann.create(&format!("Company {place}")).await);
        let input = json!({"customerId": customer, "name": "Li", "phones": [phone, "13800000000"]});
        assert_eq!(ann.outcome("createContact", input).await, "", "{phone}");
    }
    let found = async |phone: &str| {
        let query = "query($f: CustomerFilter) { customers(filter: $f) { totalCount } }";
        let read = ann.data(query, json!({"f": {"contactPhone": phone}})).await;
        read["customers"]["totalCount"].as_i64().unwrap()
    };
    for (phones, count) in
        [(&mobile[..], 5), (&office[..], 4), (&others[..2], 2), (&others[2..4], 2), (&others[4..6], 2)]
    {
        for phone in phones {
            assert_eq!(found(phone).await, count, "{phone}");
        }
    }
    let duplicates = ann.ask("{ checkDuplicate(phone: \"0086 21 6888 1234\") { matches { status } } }").await;
    assert_eq!(duplicates["checkDuplicate"]["matches"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_phone_number_of_a_hidden_contact_is_not_found() {
    let world = World::new().await;
    let (ann, admin) = (world.sales("Ann").await, world.admin().await);
    let acme = json!(ann.create("Acme").await);
    ann.contact(&acme, "Li Lei", "13812345678", "li@example.com").await;
    let found = async || {
        let read = ann.ask("{ customers(filter: {contactPhone: \"13812345678\"}) { totalCount } }").await;
        read["customers"]["totalCount"].clone()
    };
    assert_eq!(found().await, 1);
    let line = json!({"role": "sales", "resource": "contact", "action": "read", "scope": "own"});
    assert_eq!(admin.outcome("revokePermission", line).await, "");
    assert_eq!(found().await, 0);
}

#[tokio::test]
async fn one_contact_is_primary_and_a_stale_version_writes_nothing() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let input = json!({"customerId": acme, "name": "Li", "isPrimary": true});
    let first = ann.act("createContact", input, "contact { id }").await["contact"]["id"].clone();
    world.advance(TimeDelta::seconds(1));
    let second = ann
        .act(
            "createContact",
            json!({"customerId": acme, "name": "Han", "isPrimary": true, "decisionRole": "DECISION_MAKER"}),
            "contact { id isPrimary version decisionRole }",
        )
        .await;
    assert_eq!(second["contact"]["isPrimary"], true);
    assert_eq!(second["contact"]["decisionRole"], "DECISION_MAKER");
    let read = ann
        .data(
            "query($id: ID!) { customer(id: $id) { contacts { edges { node { name isPrimary version updatedAt } } } } }",
            json!({"id": acme}),
        )
        .await;
    let li = json!({"name": "Li", "isPrimary": false, "version": 2, "updatedAt": "2026-03-02T01:00:01.000000Z"});
    assert_eq!(read["customer"]["contacts"]["edges"][0]["node"], li);
    let stale = json!({"contactId": first, "version": 1, "title": "COO", "isPrimary": true});
    assert_eq!(ann.outcome("updateContact", stale).await, "CONFLICT", "she is not the primary one any more");
    let id = second["contact"]["id"].clone();
    let update = |version, title| json!({"contactId": id, "version": version, "title": title});
    assert_eq!(ann.outcome("updateContact", update(1, "CEO")).await, "");
    assert_eq!(ann.outcome("updateContact", update(1, "CFO")).await, "CONFLICT");
    assert_eq!(world.sql::<String>("select title from contact where name = 'Han'").await, "CEO");
}

#[tokio::test]
async fn a_contact_can_be_hidden_though_its_customer_is_visible() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    let contact = ann.contact(&acme, "Li Lei", "13812345678", "li@example.com").await;
    ann.release(&acme).await;
    assert_eq!(
        ben.data("query($id: ID!) { customer(id: $id) { name } }", json!({"id": acme})).await["customer"]["name"],
        "Acme"
    );
    for (mutation, input) in [
        ("updateContact", json!({"contactId": contact["id"], "version": 1, "name": "Spy"})),
        ("revealContact", json!({"contactId": contact["id"]})),
    ] {
        assert_eq!(ben.outcome(mutation, input).await, "NOT_FOUND", "{mutation}");
    }
}

#[tokio::test]
async fn saving_masked_values_keeps_the_real_ones() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    let contact = ann.contact(&acme, "Li Lei", "13812345678", "li@example.com").await;
    let seen = boss
        .data(
            "query($id: ID!) { node(id: $id) { ... on Contact { phones emails wechat } } }",
            json!({"id": contact["id"]}),
        )
        .await["node"]
        .clone();
    for field in ["phones", "emails", "wechat"] {
        let mut form = json!({"contactId": contact["id"], "version": 1, "title": "CEO"});
        form[field] = seen[field].clone();
        assert_eq!(boss.outcome("updateContact", form).await, "INVALID", "{field}");
    }
    assert_eq!(
        boss.outcome("updateContact", json!({"contactId": contact["id"], "version": 1, "title": "CEO"})).await,
        ""
    );
    assert_eq!(world.sql::<String>("select phones[1] from contact").await, "13812345678");
}

#[tokio::test]
async fn mask_functions_are_inlined_into_the_statement() {
    let world = World::new().await;
    for mask in ["mask_phone", "mask_email", "mask_wechat"] {
        let plan: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("explain (verbose) select {mask}(phones[1]) from contact")))
                .fetch_all(&world.db)
                .await
                .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains("'****") && !plan.contains(mask), "{plan}");
    }
}

#[tokio::test]
async fn a_phone_number_is_found_in_every_spelling() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    let input = json!({"customerId": acme, "name": "Li", "phones": ["１３８００１３８０００", "0574-87654321-802", "+1 415 555 0100"]});
    let kept = ann.act("createContact", input, "contact { phones }").await["contact"]["phones"].clone();
    assert_eq!(kept, json!(["13800138000", "0574-87654321-802", "+1 415 555 0100"]));
    let check = "query($phone: String) { checkDuplicate(phone: $phone) { status } }";
    let found = "query($phone: String) { customers(filter: {contactPhone: $phone}) { totalCount } }";
    for phone in [
        "１３８-００１３-８０００",
        "0086 138 0013 8000",
        "138\u{200b}00138000",
        "0574-87654321转802",
        "+86 574 8765 4321 x802",
        "001-415-555-0100",
    ] {
        assert_eq!(ben.data(check, json!({"phone": phone})).await["checkDuplicate"]["status"], "TAKEN", "{phone}");
        assert_eq!(ann.data(found, json!({"phone": phone})).await["customers"]["totalCount"], 1, "{phone}");
    }
    for phone in ["0574-87654321", "4155550100", "14155550100"] {
        assert_eq!(ben.data(check, json!({"phone": phone})).await["checkDuplicate"]["status"], "FREE", "{phone}");
    }
    let two = json!({"customerId": acme, "name": "Han", "phones": ["13955550011 13955550012"]});
    assert_eq!(ann.outcome("createContact", two).await, "INVALID");
}

#[tokio::test]
async fn an_e_mail_address_is_one_address_and_its_mask_shows_no_other() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    for email in
        ["info@a.example z@b.example", "a b@c.example", "庚 <g@q.example>", "a@b@c.example", "x@y.example;s@z.example"]
    {
        let input = json!({"customerId": acme, "name": "Li", "emails": [email]});
        assert_eq!(ann.outcome("createContact", input).await, "INVALID", "{email}");
    }
    ann.contact(&acme, "Li", "13800138000", "li@a.example").await;
    // Texts from before this was checked.
    sqlx::query("update contact set emails = array['info@ya.example zhangwei@mail.example', 'x@y.example;secret.name@z.example', 'g@q.example Zhang Wei']")
        .execute(&world.db)
        .await
        .unwrap();
    let masked: String =
        world.sql("select array_to_string(array(select mask_email(e) from contact, unnest(emails) e), ' ')").await;
    assert_eq!(masked, "i****@mail.example x****@z.example g****@q.example");
}
