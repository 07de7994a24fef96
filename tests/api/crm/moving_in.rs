//! A company moves in from another system: its customers, products and follow-ups, with the keys that they had there.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};

use crate::crm::analysis::assert_ledger;
use crate::crm::import::marketing;
use crate::support::program::{Folder, program};
use crate::support::{Person, World, monday};

const CUSTOMERS: &str = "客户编号,公司名称,来源,负责人,领取时间,最后跟进时间\n\
    A-1,上海海潮科技有限公司,EXHIBITION,ann@example.com,2025-06-01,2026-02-20 09:30\n\
    A-2,北京青山制造有限公司,EXHIBITION,ann@example.com,2025-09-01,\n\
    A-3,广州云帆,EXHIBITION,ben@example.com,2026-01-01,\n\
    A-4,成都蓝天,EXHIBITION,,,\n";

async fn clocks(person: &Person, name: &str) -> Json {
    let query = "query($name: String!) { customers(filter: {name: {eq: $name}}) { edges { node {
        firstFollowUpTime lastFollowUpTime nextContactTime } } } }";
    person.data(query, json!({"name": name})).await["customers"]["edges"][0]["node"].clone()
}

fn at(day: &str) -> Json {
    let time: DateTime<Utc> = format!("{day}:00+08:00").parse().unwrap();
    json!(time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
}

/// An administrator with two reps, and their customers of another system.
pub async fn moved_in() -> (World, Person, Person, Person) {
    let world = World::new().await;
    let admin = world.admin().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let id = admin.import(CUSTOMERS.as_bytes()).await;
    let done = admin.run_import(&id).await;
    assert_eq!((&done["creates"], &done["errors"]), (&json!(4), &json!(0)), "{}", admin.rows_of(&id).await);
    (world, admin, ann, ben)
}

#[tokio::test]
async fn customers_keep_their_keys_and_an_imported_last_follow_up_is_a_record_that_says_nothing_of_the_first() {
    let (world, admin, ann, _) = moved_in().await;
    let query = "{ myCustomers(orderBy: NAME_DESC) { edges { node { externalIds followUps { edges { node {
        at channel isImported author { name } } } } } } } }";
    let mine = ann.ask(query).await["myCustomers"]["edges"].clone();
    assert_eq!(mine[1]["node"]["externalIds"], json!(["A-1"]), "{mine}");
    let talk = json!({"at": at("2026-02-20T09:30"), "channel": "OTHER", "isImported": true, "author": {"name": "Ann"}});
    assert_eq!(mine[1]["node"]["followUps"]["edges"], json!([{"node": talk}]));
    let name = "上海海潮科技有限公司";
    let last = at("2026-02-20T09:30");
    let clock = |first: &Json, last: &Json| json!({"firstFollowUpTime": first, "lastFollowUpTime": last, "nextContactTime": null});
    assert_eq!(clocks(&ann, name).await, clock(&Json::Null, &last));
    // What is recorded later is not the first one, either.
    let id: String = world.sql(&format!("select 'customer_' || id from customer where name = '{name}'")).await;
    assert_eq!(ann.follow_up(&json!(id)).await, "");
    let now = json!(world.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true));
    assert_eq!(clocks(&ann, name).await, clock(&Json::Null, &now));
    // The same file again changes nothing, and another name under a known key renames the customer.
    world.advance(TimeDelta::minutes(1));
    let again = admin.import(CUSTOMERS.as_bytes()).await;
    let same = "DUPLICATE of SAME [上海海潮科技有限公司] | 最后跟进时间: is not written, because it applies to new customers only";
    assert!(
        admin.rows_of(&again).await.starts_with(&format!("2 {same}\n3 DUPLICATE of SAME")),
        "{}",
        admin.rows_of(&again).await
    );
    let other = "Customer id,Name,Source\nA-3,广州云帆物流,\nA-9,广州云帆物流,\nA-1,成都蓝天,\nB-2,北京青山制造有限公司,\nC-1,新客户,OTHER\nC-1,新客户二,OTHER\n";
    let other = admin.import(other.as_bytes()).await;
    let wanted = "2 UPDATE [广州云帆]\n\
        3 UPDATE (row 2) [广州云帆]\n\
        4 ERROR | Customer id: The external id and the name or the credit code belong to two different customers.\n\
        5 UPDATE [北京青山制造有限公司]\n\
        6 CREATE\n\
        7 DUPLICATE of ROW (row 6) | This is the same company as in row 6, and the row has no new contact. | \
        Name: is not written, because row 6 of the same company takes precedence";
    assert_eq!(admin.rows_of(&other).await, wanted);
    admin.run_import(&other).await;
    let keys = "select string_agg(c.name || ' ' || x.key, ', ' order by x.key) from external_id x join customer c on c.id = x.record_id";
    let wanted = "上海海潮科技有限公司 A-1, 北京青山制造有限公司 A-2, 广州云帆物流 A-3, 成都蓝天 A-4, 广州云帆物流 A-9, 北京青山制造有限公司 B-2, 新客户 C-1";
    assert_eq!(world.sql::<String>(keys).await, wanted);
    // The survivor of a merge is found by the keys of both.
    let (one, two) = ("广州云帆物流", "成都蓝天");
    let id = async |name: &str| -> String {
        world.sql(&format!("select 'customer_' || id from customer where name = '{name}'")).await
    };
    let input = json!({"survivorId": id(one).await, "mergedId": id(two).await});
    assert_eq!(admin.outcome("mergeCustomers", input).await, "");
    let keys = "select string_agg(x.key, ', ' order by x.key) from external_id x join customer c on c.id = x.record_id where c.name = '广州云帆物流'";
    assert_eq!(world.sql::<String>(keys).await, "A-3, A-4, A-9");
    // An undo gives the keys and the record back.
    world.advance(TimeDelta::minutes(1));
    admin.undo_import(&other).await;
    let keys = "select string_agg(key, ', ' order by key) from external_id where key > 'B'";
    assert_eq!(world.sql::<Option<String>>(keys).await, None);
    world.assert_sound().await;
}

#[tokio::test]
async fn owners_are_told_once_how_many_customers_an_import_gave_to_them() {
    let (world, admin, ann, ben) = moved_in().await;
    let query = "{ notifications { edges { node { kind importKind records customerName actor { name } } } } }";
    let told = async |who: &Person| who.ask(query).await["notifications"]["edges"].clone();
    let one = |records: i32| {
        json!([{"node": {"kind": "IMPORTED", "importKind": "CUSTOMERS", "records": records,
        "customerName": null, "actor": {"name": "Ada"}}}])
    };
    assert_eq!([told(&ann).await, told(&ben).await, told(&admin).await], [one(2), one(1), json!([])]);
    let left: i64 = world.sql("select count(*) from import_owner").await;
    assert_eq!(left, 0);
    // Only what it gave: the same file again gives nothing.
    admin.run_import(&admin.import(CUSTOMERS.as_bytes()).await).await;
    assert_eq!(told(&ann).await, one(2));
}

#[tokio::test]
async fn pool_rules_leave_imported_customers_alone_for_a_grace_period() {
    let (world, admin, ann, _) = moved_in().await;
    let rule = admin.create_rule("followup_days > 3", "0 3 * * *", 1).await;
    admin.create_keep_rule("source == \"WEBSITE\"", 1).await;
    let settings = admin.ask("{ settings { importGrace } }").await;
    assert_eq!(settings["settings"]["importGrace"], "P14D");
    let preview = async || {
        let query = "query($id: ID!) { previewPoolRule(poolRuleId: $id) { matched nextRuns { matched } } }";
        admin.data(query, json!({"id": rule})).await["previewPoolRule"].clone()
    };
    let runs = |counts: [i64; 5]| json!(counts.map(|matched| json!({"matched": matched})));
    assert_eq!(preview().await, json!({"matched": 0, "nextRuns": runs([0; 5])}));
    let query = "{ myCustomers { edges { node { returnsToPoolAt } } } }";
    let returns = async || ann.ask(query).await["myCustomers"]["edges"][0]["node"]["returnsToPoolAt"].clone();
    // Imported on Monday at 09:00, so the first night after 14 days.
    let night = monday() + TimeDelta::days(14) + TimeDelta::hours(18);
    assert_eq!(returns().await, json!(night.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)));
    let owned = "select count(*) from customer where owner_user_id is not null";
    world.run_rules_at(night - TimeDelta::days(1)).await;
    assert_eq!(world.sql::<i64>(owned).await, 3);
    assert_eq!(preview().await["nextRuns"], runs([3, 0, 0, 0, 0]));
    // Another period applies at once, and a customer that somebody claimed since has none.
    assert_eq!(admin.outcome("updateSettings", json!({"importGrace": "P15D"})).await, "");
    let far = admin.outcome("updateSettings", json!({"importGrace": "P400D"})).await;
    assert_eq!(far, "INVALID");
    let given: String = world.sql("select 'customer_' || id from customer where name = '成都蓝天'").await;
    assert_eq!(ann.claim(&json!(given)).await, "");
    // It does not run meanwhile.
    let off = json!({"poolRuleId": rule, "version": 1, "isEnabled": false});
    assert_eq!(admin.outcome("updatePoolRule", off).await, "");
    world.advance(TimeDelta::days(4));
    assert_eq!(admin.outcome("updateSettings", json!({"importGrace": "P30D"})).await, "");
    assert_eq!(preview().await["matched"], 1, "the one that was claimed");
    assert_eq!(admin.outcome("updateSettings", json!({"importGrace": "PT0S"})).await, "");
    assert_eq!(preview().await["matched"], 4);
}

const FOLLOW_UPS: &str = "跟进编号,客户编号,客户名称,跟进人,跟进时间,跟进方式,跟进内容,下次联系时间\n\
    F-1,A-1,,Ann,2025-06-03 10:00,电话,第一次沟通,2025-06-10\n\
    F-2,A-1,,ann@example.com,2024-03-01,拜访,以前的拜访,\n\
    F-3,,上海海潮科技有限公司,Ann,2026-02-28 16:00,微信,谈了报价,2026-03-05 10:00\n\
    F-4,A-2,,,2025-10-01,,询价,\n\
    F-5,A-4,,Ben,2025-10-01,邮件,公海里的客户,\n";

#[tokio::test]
async fn follow_ups_of_any_time_explain_the_clocks_of_their_customers() {
    let (world, admin, ann, _) = moved_in().await;
    let id = admin.import_records("FOLLOW_UPS", FOLLOW_UPS).await;
    let validated = "2 CREATE [上海海潮科技有限公司]\n3 CREATE [上海海潮科技有限公司]\n4 CREATE [上海海潮科技有限公司]\n\
        5 CREATE [北京青山制造有限公司]\n6 CREATE [成都蓝天]";
    assert_eq!(admin.rows_of(&id).await, validated);
    assert_eq!(world.sql::<i64>("select count(*) from followup").await, 1, "a dry run writes nothing");
    let before = clocks(&ann, "上海海潮科技有限公司").await;
    let done = admin.run_import(&id).await;
    assert_eq!((&done["status"], &done["creates"]), (&json!("DONE"), &json!(5)), "{done}");
    assert_eq!(admin.rows_of(&id).await, validated);
    let clock = |first: Json, last: Json, next: Json| json!({"firstFollowUpTime": first, "lastFollowUpTime": last, "nextContactTime": next});
    // The visit was before Ann owned the customer.
    let haichao = clock(at("2025-06-03T10:00"), at("2026-02-28T16:00"), at("2026-03-05T10:00"));
    assert_eq!(clocks(&ann, "上海海潮科技有限公司").await, haichao);
    assert_eq!(
        clocks(&ann, "北京青山制造有限公司").await,
        clock(at("2025-10-01T00:00"), at("2025-10-01T00:00"), Json::Null)
    );
    let pooled = clocks(&admin, "成都蓝天").await;
    assert_eq!(pooled, clock(Json::Null, Json::Null, Json::Null));
    let written = "select string_agg(u.name || ' ' || f.channel || ' ' || f.content, ', ' order by f.at, f.content)
                   from followup f join app_user u on u.id = f.author_user_id where f.content not like '导入前%'";
    let all = "Ann VISIT 以前的拜访, Ann PHONE 第一次沟通, Ben EMAIL 公海里的客户, Ann OTHER 询价, Ann WECHAT 谈了报价";
    assert_eq!(world.sql::<String>(written).await, all);
    // Nothing comes twice: by the key, and without one by customer, time and text.
    let again = admin.import_records("FOLLOW_UPS", FOLLOW_UPS).await;
    let there = "2 DUPLICATE of SAME [上海海潮科技有限公司] | This record is there already. Nothing is changed.";
    assert!(admin.rows_of(&again).await.starts_with(there), "{}", admin.rows_of(&again).await);
    assert_eq!(admin.run_import(&again).await["duplicates"], 5);
    let without_keys = admin.import_records("FOLLOW_UPS", &FOLLOW_UPS.replace("跟进编号", "序号")).await;
    assert_eq!(admin.run_import(&without_keys).await["duplicates"], 5, "{}", admin.rows_of(&without_keys).await);
    // Somebody goes on with the customer; the undo removes what nobody has corrected.
    let visit: String = world.sql("select 'followup_' || id from followup where content = '以前的拜访'").await;
    let input = json!({"followUpId": visit, "version": 1, "content": "以前的拜访，谈了方案"});
    assert_eq!(ann.outcome("correctFollowUp", input).await, "");
    let undone = admin.undo_import(&id).await;
    assert_eq!(undone["status"], "UNDONE", "{undone}");
    let rows = "2 CREATE REMOVED [上海海潮科技有限公司]\n3 CREATE KEPT [上海海潮科技有限公司]\n4 CREATE REMOVED [上海海潮科技有限公司]\n\
        5 CREATE REMOVED [北京青山制造有限公司]\n6 CREATE REMOVED [成都蓝天]";
    assert_eq!(admin.rows_of(&id).await, rows);
    // What was known before is known again.
    assert_eq!(clocks(&ann, "上海海潮科技有限公司").await, before);
    assert_eq!(clocks(&ann, "北京青山制造有限公司").await, clock(Json::Null, Json::Null, Json::Null));
    // Then the corrected file comes again.
    let once_more = admin.import_records("FOLLOW_UPS", FOLLOW_UPS).await;
    let done = admin.run_import(&once_more).await;
    assert_eq!((&done["creates"], &done["duplicates"]), (&json!(4), &json!(1)), "{}", admin.rows_of(&once_more).await);
    assert_eq!(clocks(&ann, "上海海潮科技有限公司").await, haichao);
    assert_ledger(&world).await;
    world.assert_sound().await;
}

#[tokio::test]
async fn each_row_of_follow_ups_says_all_that_is_wrong_with_it() {
    let (world, admin, _, ben) = moved_in().await;
    let hana = world.person("Hana", "hr", None).await;
    assert_eq!(hana.outcome("departUser", json!({"userId": ben.gid()})).await, "");
    let table = "Activity id,Customer id,Company,Author,Date,Type,Subject,Next contact\n\
        G-1,Z-9,,Ben,tomorrow,smoke,,2025-01-01\n\
        G-2,,,Nobody,2030-01-01,call,x,\n\
        G-3,,Nowhere Ltd,Ann,03/04/2025,,x,\n\
        G-4,A-1,,Ben,2025-06-03,call,x,2025-06-03\n\
        G-5,A-4,,,2025-06-03,call,x,\n\
        G-6,A-1,,ben@example.com,2025-06-03,call,by one who left,2040-01-01\n\
        G-7,A-1,,Ben,2025-06-03,call,by one who left,\n\
        G-7,A-1,,Ben,2025-06-04,call,the same key,\n\
        ,A-1,,Ben,2025-06-03,call,by one who left,\n";
    let id = admin.import_records("FOLLOW_UPS", table).await;
    insta::assert_snapshot!("follow_ups_with_errors", admin.rows_of(&id).await);
    let skipping = json!({"skipWrongValues": true});
    let payload = admin.upload_records("FOLLOW_UPS", "x.csv", table.as_bytes(), skipping).await;
    insta::assert_snapshot!(
        "follow_ups_with_errors_left_out",
        admin.rows_of(payload["import"]["id"].as_str().unwrap()).await
    );
    let done = admin.run_import(&id).await;
    assert_eq!((&done["creates"], &done["errors"], &done["duplicates"]), (&json!(1), &json!(6), &json!(2)), "{done}");
    let (_, failed) = admin.failed_rows_of(&id, "zh-CN").await;
    insta::assert_snapshot!("follow_ups_failed", failed);
    // What lacks a column is refused as a whole.
    let refused = async |kind: &str, table: &str, more: Json| {
        let payload = admin.upload_records(kind, "x.csv", table.as_bytes(), more).await;
        assert_eq!(payload["import"], Json::Null, "{payload}");
        payload["userErrors"][0]["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        refused("FOLLOW_UPS", "Customer id,Subject\nA-1,x\n", json!({})).await,
        "The file has no column for the time: Customer id, Subject. Name it in `columns`."
    );
    let none = refused("FOLLOW_UPS", "a,b\n1,2\n", json!({})).await;
    assert_eq!(none, "The file has no column for the customer's external id: a, b. Name it in `columns`.");
    let columns = json!({"columns": [{"header": "Subject", "field": "SKU"}]});
    let wrong = refused("FOLLOW_UPS", "Customer id,Subject,Date\nA-1,x,2025-01-01\n", columns).await;
    assert_eq!(wrong, "Files of this kind have no such field.");
    assert_eq!(refused("CUSTOMERS", "Name\nx\n", json!({})).await, "Customers are imported with `importCustomers`.");
}

#[tokio::test]
async fn only_who_may_assign_imports_what_others_did() {
    let (world, admin, ann, _) = moved_in().await;
    let mei = marketing(&world).await;
    for (person, kind) in [(&mei, "FOLLOW_UPS"), (&mei, "PRODUCTS"), (&ann, "FOLLOW_UPS")] {
        assert_eq!(person.refused_records(kind).await, "FORBIDDEN", "{} {kind}", person.name);
    }
    // A manager who may import writes for the team alone, of customers that they may edit.
    let grant = json!({"role": "manager", "resource": "import", "action": "write", "scope": "own"});
    assert_eq!(admin.outcome("grantPermission", grant).await, "");
    let boss = world.person("Boss", "manager", None).await;
    let sue = world.person("Sue", "sales", Some(&boss)).await;
    sue.create("Of Sue").await;
    let table = "Company,Author,Date,Content\nOf Sue,Sue,2024-01-01,x\nOf Sue,Boss,2024-01-02,x\nOf Sue,Ann,2024-01-03,x\n广州云帆,Sue,2024-01-04,x\n";
    let id = boss.import_records("FOLLOW_UPS", table).await;
    let wanted = "2 CREATE [Of Sue]\n3 CREATE [Of Sue]\n4 ERROR | Author: \"Ann\" is not in your team\n\
        5 ERROR | Company: \"广州云帆\" is not a customer that you may edit";
    assert_eq!(boss.rows_of(&id).await, wanted);
    // The right is needed until the end.
    let revoke = json!({"role": "manager", "resource": "customer", "action": "assign", "scope": "pool"});
    assert_eq!(admin.outcome("revokePermission", revoke).await, "");
    assert_eq!(
        boss.refused(
            "mutation($id: ID!) { runImport(input: {importId: $id}) { userErrors { code } } }",
            json!({"id": id})
        )
        .await,
        "FORBIDDEN"
    );
    assert_eq!(world.sql::<i64>("select count(*) from followup where content = 'x'").await, 0);
}

#[tokio::test]
async fn products_are_imported_once_and_unused_ones_are_archived_by_an_undo() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let table = "产品编号,产品名称,分类,单位,单价,币种,在售\n\
        P-1,标准版,软件,套,\"12,000.50\",CNY,是\n\
        P-2,专业版,软件,,30000,usd,否\n\
        P-1,标准版二,软件,,1,CNY,\n\
        ,没有编码,软件,,1,CNY,\n\
        P-5,,,,约500,XXX,也许\n\
        P-6,日元,,,10.5,JPY,\n";
    let id = admin.import_records("PRODUCTS", table).await;
    insta::assert_snapshot!("products", admin.rows_of(&id).await);
    let done = admin.run_import(&id).await;
    assert_eq!((&done["creates"], &done["errors"], &done["duplicates"]), (&json!(2), &json!(3), &json!(1)), "{done}");
    let all = "select string_agg(concat_ws(' ', sku, name, category, unit, unit_price, currency, active, archived_at is not null), e'\\n' order by sku) from product";
    assert_eq!(
        world.sql::<String>(all).await,
        "P-1 标准版 软件 套 12000.50 CNY t f\nP-2 专业版 软件 piece 30000.00 USD f f"
    );
    let again = admin.import_records("PRODUCTS", table).await;
    assert!(
        admin
            .rows_of(&again)
            .await
            .starts_with("2 DUPLICATE of SAME | 产品编号: Another product has the SKU \"P-1\" already."),
        "{}",
        admin.rows_of(&again).await
    );
    let acme = json!(ann.create("Acme").await);
    let product: String = world.sql("select 'product_' || id from product where sku = 'P-1'").await;
    let order = json!({"customerId": acme, "lines": [{"productId": product, "quantity": "1"}]});
    assert_eq!(ann.outcome("createOrder", order).await, "");
    admin.undo_import(&id).await;
    let rows = admin.rows_of(&id).await;
    assert!(rows.starts_with("2 CREATE KEPT\n3 CREATE ARCHIVED\n"), "{rows}");
    assert_eq!(
        world.sql::<String>(all).await,
        "P-1 标准版 软件 套 12000.50 CNY t f\nP-2 专业版 软件 piece 30000.00 USD f t"
    );
}

#[tokio::test]
async fn contacts_come_to_the_customers_that_they_name_and_are_imported_once() {
    let (world, admin, ann, _) = moved_in().await;
    let id = json!(world.sql::<String>("select 'customer_' || id from customer where name = '广州云帆'").await);
    let ben = json!({"customerId": id, "name": "李四", "phones": ["13900000001"]});
    assert_eq!(admin.outcome("createContact", ben).await, "");
    world.advance(TimeDelta::minutes(1));
    let table = "联系人编号,客户编号,客户名称,姓名,职务,手机,邮箱\n\
        K-1,A-1,,张三,经理,138 0000 0001,z@example.com\n\
        K-2,,上海海潮科技有限公司,王五,,,\n\
        K-3,A-3,,李四,总监,13900000001;13900000002,\n\
        K-4,A-9,,赵六,,,\n\
        K-5,,,钱七,,,\n\
        K-6,A-1,,,,call me,\n\
        K-1,A-2,,张三,,,\n\
        ,A-1,,张三,,138 0000 0003,\n\
        K-8,A-4,,孙八,,,\n\
        K-9,A-3,,李四,,13900000002,\n";
    let id = admin.import_records("CONTACTS", table).await;
    insta::assert_snapshot!("contacts", admin.rows_of(&id).await);
    let done = admin.run_import(&id).await;
    assert_eq!((&done["updates"], &done["errors"], &done["duplicates"]), (&json!(6), &json!(3), &json!(1)), "{done}");
    insta::assert_snapshot!("contacts", admin.rows_of(&id).await);
    let all = "select string_agg(c.name || ' ' || k.name || coalesce(' ' || k.title, '') || ' ' || array_to_string(k.phones, ',')
                      || ' ' || array(select x.key from external_id x where x.kind = 'CONTACT' and x.record_id = k.id order by x.key)::text, e'\\n'
                      order by c.name, k.name)
               from contact k join customer c on c.id = k.customer_id where k.archived_at is null";
    insta::assert_snapshot!("contacts_written", world.sql::<String>(all).await);
    let query = "{ myCustomers(orderBy: NAME_ASC) { edges { node { contacts(first: 1) { edges { node { externalIds } } } } } } }";
    let seen = ann.ask(query).await["myCustomers"]["edges"][0]["node"]["contacts"]["edges"].clone();
    assert_eq!(seen[0]["node"]["externalIds"], json!(["K-1"]), "{seen}");
    let again = admin.import_records("CONTACTS", table).await;
    assert_eq!(admin.run_import(&again).await["updates"], 0, "{}", admin.rows_of(&again).await);
    // An undo archives what it created and takes away what it added.
    world.advance(TimeDelta::minutes(1));
    let undone = admin.undo_import(&id).await;
    assert_eq!(undone["status"], "UNDONE", "{undone}");
    assert_eq!(world.sql::<String>(all).await, "广州云帆 李四 13900000001 {}");
    let once_more = admin.import_records("CONTACTS", table).await;
    assert_eq!(admin.run_import(&once_more).await["updates"], 6, "{}", admin.rows_of(&once_more).await);
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_moves_in_records_of_each_kind() {
    let (world, _, _, _) = moved_in().await;
    let folder = Folder::new("moving-in");
    let import = |kind: &str, file: &str, table: &str, more: &[&str]| {
        let path = folder.0.join(file);
        std::fs::write(&path, table).unwrap();
        let arguments = ["import", path.to_str().unwrap(), "--user", "ada@example.com", "--kind", kind];
        program(&world.database, &[&arguments, more].concat())
    };
    let products = "SKU,Name,Unit price,Currency\nS-1,标准版,10000,CNY\nS-2,,1,CNY\n";
    let failed = folder.0.join("failed.csv");
    let printed = import("PRODUCTS", "products.csv", products, &["--failed", failed.to_str().unwrap()]);
    assert!(printed.contains("1 CREATE, 1 ERROR") && printed.contains("Nothing was created"), "{printed}");
    assert!(std::fs::read_to_string(&failed).unwrap().contains("S-2"), "{printed}");
    assert_eq!(world.sql::<i64>("select count(*) from product").await, 0);
    let printed = import("PRODUCTS", "products.csv", products, &["--run"]);
    assert!(printed.contains("Done: 1 CREATE, 1 ERROR"), "{printed}");
    let talks = "Customer id,Author,When,Subject\nA-1,Ann,2026-02-01 10:00,quote sent\n";
    let printed = import("FOLLOW_UPS", "talks.csv", talks, &["--run", "--column", "When=AT"]);
    assert!(printed.contains("Done: 1 CREATE"), "{printed}");
    let written = "select p.sku || ' ' || f.content from product p, followup f where f.content not like '导入前%'";
    assert_eq!(world.sql::<String>(written).await, "S-1 quote sent");
    let refused = import("FOLLOW_UPS", "empty.csv", "Customer id,Subject\nA-1,x\n", &[]);
    assert!(refused.contains("has no column for the time"), "{refused}");
}
