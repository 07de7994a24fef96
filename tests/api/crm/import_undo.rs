//! Undo of imports: new customers are archived and changed customers restored, unless somebody has changed them since.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn undo_restores_untouched_customers_and_keeps_the_others() {
    let world = World::new().await;
    let (mei, ann) = (world.person("Mei", "marketing", None).await, world.sales("Ann").await);
    let input = json!({"name": "Old Ltd.", "source": "WEBSITE", "region": "EAST", "extras": [{"key": "employees", "value": "10"}]});
    mei.act("createCustomer", input, "__typename").await;
    for name in ["Touched", "Renamed", "Has a contact", "Called", "Gone to Ann"] {
        mei.create(name).await;
    }
    let table = "Name,Credit code,Region,Employees,Listed company,Contact,Phone\n\
        Old,12345678,North,20,yes,Li,111111\n\
        Touched,,North,,,,\n\
        Has a contact,,,,,Han,222222\n\
        Has a contact,,,,,Sun,222223\n\
        Called,,,,,Zhou,666666\n\
        Gone to Ann,,,,,Wu,777777\n\
        New,,,,,Wang,333333\n\
        NEW,,,,,Zhao,444444\n\
        New and claimed,,,,,,\n\
        New and edited,,,,,,\n\
        New with somebody else,,,,,,\n";
    world.advance(TimeDelta::minutes(1));
    let before: String = world.sql(EVERYTHING).await;
    let id = mei.import(table.as_bytes()).await;
    assert_eq!(mei.outcome("undoImport", json!({"importId": id})).await, "CONFLICT", "nothing is done yet");
    mei.run_import(&id).await;
    let customer = async |name: &str| {
        let id: String = world.sql(&format!("select 'customer_' || id from customer where name = '{name}'")).await;
        json!(id)
    };
    world.advance(TimeDelta::minutes(1));
    for name in ["New and claimed", "Gone to Ann"] {
        assert_eq!(ann.claim(&customer(name).await).await, "", "{name}");
    }
    let zhou: String = world.sql("select 'contact_' || id from contact where name = 'Zhou'").await;
    let input = json!({"contactId": zhou, "version": 1, "title": "CEO"});
    assert_eq!(mei.outcome("updateContact", input).await, "");
    for (name, version) in [("New and edited", 1), ("Touched", 2)] {
        let input = json!({"customerId": customer(name).await, "version": version, "sourceDetail": "seen"});
        assert_eq!(mei.outcome("updateCustomer", input).await, "", "{name}");
    }
    mei.contact(&customer("New with somebody else").await, "Qian", "555555", "q@example.com").await;
    world.advance(TimeDelta::minutes(1));
    let done = mei.undo_import(&id).await;
    assert_eq!(done["status"], "UNDONE", "{done}");
    insta::assert_snapshot!(mei.rows_of(&id).await);
    let after: String = world.sql(EVERYTHING).await;
    assert_ne!(before, after);
    let old: String = world.sql(OLD).await;
    assert_eq!(old, "Old Ltd.  EAST employees=10", "as before");
    let query = "query($id: ID!) { customer(id: $id) { operations { edges { node { type cause } } } } }";
    let logged = world.admin().await.data(query, json!({"id": customer("New").await})).await;
    let log = json!([{"node": {"type": "ARCHIVE", "cause": "UNDO"}}, {"node": {"type": "CREATE", "cause": "IMPORT"}}]);
    assert_eq!(logged["customer"]["operations"]["edges"], log);
    let archived: String =
        world.sql("select string_agg(name, ' ' order by name) from contact where archived_at is not null").await;
    assert_eq!(archived, "Han Li Sun", "contacts of companies that were there, and that nobody has changed since");
    // A second undo changes nothing, and an undone import cannot run again.
    let at: String = world.sql("select max(at)::text from customer_operation_log").await;
    assert_eq!(mei.undo_import(&id).await, done);
    assert_eq!(world.sql::<String>("select max(at)::text from customer_operation_log").await, at);
    assert_eq!(mei.outcome("runImport", json!({"importId": id})).await, "CONFLICT");
    world.assert_sound().await;
}

#[tokio::test]
async fn undo_keeps_customers_that_somebody_works_on() {
    let world = World::new().await;
    let (admin, ann, sue) = (world.admin().await, world.sales("Ann").await, world.person("Sue", "service", None).await);
    let pump = world.product("PUMP", "100").await;
    for name in ["North Star", "South Gate"] {
        ann.create(name).await;
    }
    let order = ann.order(&json!(ann.create("West Wind").await), &pump, json!({})).await;
    ann.deliver(&order).await;
    world.advance(TimeDelta::hours(1));
    let table = "Name,Region,Owner,Contact,Phone\n\
        North Star,North,,Li,13800000001\n\
        South Gate,North,,Li,13800000002\n\
        West Wind,North,,Li,13800000003\n\
        Called,,Ann,,\n\
        Pursued,,Ann,,\n\
        Bought,,Ann,,\n\
        Quiet,,Ann,,\n";
    let id = admin.import(table.as_bytes()).await;
    let done = admin.run_import(&id).await;
    assert_eq!([&done["creates"], &done["updates"]], [4, 3], "{done}");
    world.advance(TimeDelta::hours(1));
    let customer = async |name: &str| {
        let id: String = world.sql(&format!("select 'customer_' || id from customer where name = '{name}'")).await;
        json!(id)
    };
    for name in ["Called", "North Star"] {
        let talk = json!({"customerId": customer(name).await, "channel": "PHONE", "content": "hi"});
        assert_eq!(ann.outcome("recordFollowUp", talk).await, "", "{name}");
    }
    assert_eq!(ann.outcome("createOpportunity", json!({"customerId": customer("Pursued").await})).await, "");
    ann.order(&customer("Bought").await, &pump, json!({})).await;
    let said = json!({"orderId": order, "rating": 2, "category": "DELIVERY", "content": "It came late."});
    assert_eq!(sue.outcome("recordFeedback", said).await, "");
    world.advance(TimeDelta::hours(1));
    assert_eq!(admin.undo_import(&id).await["status"], "UNDONE");
    insta::assert_snapshot!("worked_on", admin.rows_of(&id).await);
    let gone: String = world.sql("select string_agg(name, ',') from customer where archived_at is not null").await;
    assert_eq!(gone, "Quiet");
    let of_old: String = world
        .sql("select string_agg(c.name || ' ' || coalesce(c.region, '-') || (k.archived_at is null)::text, ',' order by c.name) from customer c join contact k on k.customer_id = c.id")
        .await;
    assert_eq!(of_old, "North Star NORTHtrue,South Gate -false,West Wind NORTHtrue");
    world.assert_sound().await;
}

#[tokio::test]
async fn undo_keeps_contacts_of_customers_that_were_claimed_or_changed_since() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    for name in ["Claimed", "Edited", "Quiet"] {
        world.pooled(name).await;
    }
    world.advance(TimeDelta::minutes(1));
    let table = "Name,Region,Contact,Phone\n\
        Claimed,,Li,13800000001\n\
        Edited,North,Han,13800000002\n\
        Quiet,,Wu,13800000003\n\
        Quiet,,Sun,13800000004\n\
        Quiet,,Wu,13800000005\n";
    let id = admin.import(table.as_bytes()).await;
    assert_eq!(admin.run_import(&id).await["updates"], 5);
    world.advance(TimeDelta::minutes(1));
    let customer = async |name: &str| {
        let id: String = world.sql(&format!("select 'customer_' || id from customer where name = '{name}'")).await;
        json!(id)
    };
    assert_eq!(ann.claim(&customer("Claimed").await).await, "");
    let input = json!({"customerId": customer("Edited").await, "version": 2, "sourceDetail": "seen"});
    assert_eq!(admin.outcome("updateCustomer", input).await, "");
    let sun: String = world.sql("select 'contact_' || id from contact where name = 'Sun'").await;
    let input = json!({"contactId": sun, "version": 1, "title": "CEO"});
    assert_eq!(admin.outcome("updateContact", input).await, "");
    world.advance(TimeDelta::minutes(1));
    assert_eq!(admin.undo_import(&id).await["status"], "UNDONE");
    assert_eq!(
        admin.rows_of(&id).await,
        "2 UPDATE KEPT [Claimed]\n3 UPDATE KEPT [Edited]\n4 UPDATE RESTORED [Quiet]\n\
         5 UPDATE (row 4) KEPT [Quiet]\n6 UPDATE (row 4) RESTORED [Quiet]"
    );
    let archived: String = world.sql("select string_agg(name, ' ') from contact where archived_at is not null").await;
    assert_eq!(archived, "Wu");
}

#[tokio::test]
async fn undo_skips_what_its_user_may_not_change() {
    let world = World::new().await;
    let (admin, mei) = (world.admin().await, world.person("Mei", "marketing", None).await);
    let line = |resource: &str, action: &str| json!({"role": "marketing", "resource": resource, "action": action, "scope": "entered_pooled"});
    assert_eq!(admin.outcome("grantPermission", line("customer_level", "write")).await, "");
    let field = json!({"key": "home", "type": "TEXT", "labelEn": "Home", "labelZh": "家", "personal": true});
    assert_eq!(admin.outcome("saveExtraField", field).await, "");
    for name in ["Ranked", "Personal", "Plain"] {
        mei.create(name).await;
    }
    world.advance(TimeDelta::minutes(1));
    let id = mei.import("Name,Level,Home,Region\nRanked,KEY,,\nPersonal,,Bay 7,\nPlain,,,North\n".as_bytes()).await;
    assert_eq!(mei.run_import(&id).await["updates"], 3);
    world.advance(TimeDelta::minutes(1));
    for line in [line("customer_level", "write"), line("contact", "read")] {
        assert_eq!(admin.outcome("revokePermission", line).await, "");
    }
    assert_eq!(mei.undo_import(&id).await["status"], "UNDONE");
    assert_eq!(mei.rows_of(&id).await, "2 UPDATE KEPT [Ranked]\n3 UPDATE KEPT [Personal]\n4 UPDATE RESTORED [Plain]");
    let levels: String = world.sql("select string_agg(level, ' ') from customer").await;
    assert_eq!(levels, "KEY");
    assert_eq!(world.sql::<i64>("select count(*) from customer_extra").await, 1);
}

#[tokio::test]
async fn a_row_refers_to_the_survivor_after_a_merge() {
    let world = World::new().await;
    let mei = world.person("Mei", "marketing", None).await;
    let blue = mei.create("Blue").await;
    let id = mei.import(b"Name\nAcme\n").await;
    mei.run_import(&id).await;
    let acme: String = world.sql("select 'customer_' || id from customer where name = 'Acme'").await;
    world.advance(TimeDelta::minutes(1));
    assert_eq!(mei.outcome("mergeCustomers", json!({"survivorId": blue, "mergedId": acme})).await, "");
    assert_eq!(mei.rows_of(&id).await, "2 CREATE [Blue]");
    mei.undo_import(&id).await;
    assert_eq!(mei.rows_of(&id).await, "2 CREATE KEPT [Blue]");
}

const EVERYTHING: &str = "select string_agg(c.name || coalesce(c.region, '') || (c.archived_at is null)::text, ',' order by c.name) from customer c";
const OLD: &str = "select c.name || ' ' || coalesce(c.credit_code, '') || ' ' || c.region || ' '
                        || (select string_agg(x.key || '=' || trim_scale(x.number_value)::text, ',') from customer_extra x where x.customer_id = c.id)
                   from customer c where c.name_key = 'old'";

#[tokio::test]
async fn undoing_an_import_needs_access_to_it_and_the_right_to_archive() {
    let world = World::new().await;
    let (mei, mo, admin) = (
        world.person("Mei", "marketing", None).await,
        world.person("Mo", "marketing", None).await,
        world.admin().await,
    );
    let ann = world.sales("Ann").await;
    let id = mei.import(b"Name\nAcme\nBlue\n").await;
    mei.run_import(&id).await;
    let undo = "mutation($id: ID!) { undoImport(input: {importId: $id}) { userErrors { code } } }";
    assert_eq!(ann.refused(undo, json!({"id": id})).await, "FORBIDDEN");
    assert_eq!(mo.outcome("undoImport", json!({"importId": id})).await, "NOT_FOUND");
    assert_eq!(admin.undo_import(&id).await["status"], "UNDONE");
    assert_eq!(world.sql::<i64>("select count(*) from customer where archived_at is null").await, 0);
    let pool = ann.ask("{ publicPool { totalCount } }").await;
    assert_eq!(pool["publicPool"]["totalCount"], 0);
    let again = mei.import(b"Name\nAcme\n").await;
    assert_eq!(
        mei.rows_of(&again).await,
        "2 DUPLICATE of ARCHIVED [Acme] | Name: A customer with this name already exists. It is archived."
    );
}

#[tokio::test]
async fn many_rows_are_undone_in_few_statements() {
    let world = World::new().await;
    let mei = world.person("Mei", "marketing", None).await;
    let rows: String = (0..2_000).map(|row| format!("Company {row},Li\n")).collect();
    let id = mei.import(format!("Name,Contact\n{rows}").as_bytes()).await;
    mei.run_import(&id).await;
    world.advance(TimeDelta::minutes(1));
    let statements = crate::support::Statements::listen();
    mei.undo_import(&id).await;
    let sent = statements.sent();
    drop(statements);
    let sent = sent.iter().filter(|text| !text.starts_with("select ('{") && !text.contains("session"));
    assert!(sent.count() <= 5 * 14 + 10);
    assert_eq!(world.sql::<i64>("select count(*) from customer where archived_at is not null").await, 2_000);
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log where type = 'ARCHIVE'").await, 2_000);
    world.assert_sound().await;
}
