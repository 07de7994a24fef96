//! Contacts from imported files: phone numbers, and existing contacts.

use chrono::TimeDelta;
use serde_json::json;

use crate::crm::import::marketing;
use crate::support::World;

const CONTACTS: &str = "select string_agg(k.name || ': ' || array_to_string(k.phones, ' ') || ' | ' || array_to_string(k.emails, ' ')
                                          || ' | ' || coalesce(k.title, '') || case when k.is_primary then ' | primary' else '' end,
                                          e'\\n' order by k.name)
                        from contact k where k.archived_at is null";

#[tokio::test]
async fn a_contact_of_the_same_name_gains_missing_details_and_every_dropped_value_is_reported() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let acme = mei.create("Acme").await;
    let input = json!({"customerId": acme, "name": "Zhang", "phones": ["13800000001"], "emails": ["z@example.com"], "isPrimary": true});
    mei.act("createContact", input, "__typename").await;
    let many: Vec<_> = (0..10).map(|place| format!("1380000001{place}")).collect();
    mei.act("createContact", json!({"customerId": acme, "name": "Ten", "phones": many}), "__typename").await;
    world.advance(TimeDelta::minutes(1));
    let before: String = world.sql(CONTACTS).await;
    let table = "Name,Industry,Region,Employees,Contact,Title,Phone,Email\n\
        Acme,,,,Zhang,Boss,139 0000 0002,\n\
        Acme,,,,Zhang,,+86 13900000002;0086 138 0000 0001,Z@example.com\n\
        Acme,Retail,,7,Zhang,Chief,13900000003,\n\
        Acme,,,,Ten,,13900000009,\n\
        Blue,Software,East,5,Li,,13900000004,\n\
        Blue,Retail,East,6,Li,,13900000005,l@example.com\n\
        Blue,Software,,5,Li,,13900000004,\n\
        Blue,,North,,,,,\n";
    let id = mei.import(table.as_bytes()).await;
    let validated = mei.rows_of(&id).await;
    insta::assert_snapshot!("further_validated", validated);
    mei.run_import(&id).await;
    assert_eq!(mei.rows_of(&id).await.replace(" [Acme]", "").replace(" [Blue]", ""), validated.replace(" [Acme]", ""));
    insta::assert_snapshot!("further_contacts", world.sql::<String>(CONTACTS).await);
    let again = mei.import(table.as_bytes()).await;
    assert_eq!(
        mei.import_of(&again).await["updates"],
        2,
        "what the later rows of a company say would be written the next time"
    );
    world.assert_sound().await;
    world.advance(TimeDelta::minutes(1));
    mei.undo_import(&id).await;
    let of_acme = CONTACTS.replace("where", "where k.customer_id = (select id from customer where name = 'Acme') and");
    assert_eq!(world.sql::<String>(&of_acme).await, before, "what was added is taken out again");
}

#[tokio::test]
async fn a_row_gives_several_contacts_and_an_undo_takes_all_of_them_back() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let acme = mei.create("Acme").await;
    mei.act("createContact", json!({"customerId": acme, "name": "Ann", "phones": ["13800000001"]}), "__typename").await;
    world.advance(TimeDelta::minutes(1));
    let before: String = world.sql(CONTACTS).await;
    let table = "Name,Contact 1,Phone 1,Contact 2,Phone 2,Title 2\n\
        Acme,Ann,13800000002,Bob,13800000003,Buyer\n\
        Acme,Bob,13800000004,Cid,13800000005,\n\
        Acme,Ann,13800000001,Bob,13800000003,Chief\n\
        Blue,,,Dan,13800000006,\n";
    let id = mei.import(table.as_bytes()).await;
    let validated = mei.rows_of(&id).await;
    mei.run_import(&id).await;
    assert_eq!(mei.rows_of(&id).await.replace(" [Blue]", ""), validated);
    assert_eq!(
        validated.replace(" [Acme]", ""),
        "2 UPDATE\n3 UPDATE (row 2)\n\
         4 DUPLICATE of ROW (row 2) | This is the same company as in row 2, and the row has no new contact. | \
         Title 2: is not written, because the contact has another value\n5 CREATE"
    );
    assert_eq!(
        world.sql::<String>(CONTACTS).await,
        "Ann: 13800000001 13800000002 |  | \nBob: 13800000003 13800000004 |  | Buyer\nCid: 13800000005 |  | \n\
         Dan: 13800000006 |  |  | primary"
    );
    world.assert_sound().await;
    world.advance(TimeDelta::minutes(1));
    mei.undo_import(&id).await;
    let of_acme = CONTACTS.replace("where", "where k.customer_id = (select id from customer where name = 'Acme') and");
    assert_eq!(world.sql::<String>(&of_acme).await, before);
    let blue = "select count(*) from customer where name = 'Blue' and archived_at is not null";
    assert_eq!(world.sql::<i64>(blue).await, 1, "its only contact is of the import");
}

#[tokio::test]
async fn the_number_of_a_contact_is_given_only_for_contacts_of_customers() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    for (kind, column) in [
        (None, json!({"header": "Name", "field": "NAME", "contact": 1})),
        (None, json!({"header": "Contact", "field": "CONTACT_NAME", "contact": 0})),
        (None, json!({"header": "Contact", "field": "CONTACT_NAME", "contact": 21})),
        (None, json!({"header": "Contact", "field": "CONTACT_NAME", "contact": 300})),
        (Some("CONTACTS"), json!({"header": "Contact", "field": "CONTACT_NAME", "contact": 1})),
    ] {
        let table = b"Name,Customer ID,Contact\nAcme,K-1,Ann\n";
        let payload = match kind {
            None => mei.upload("x.csv", table, json!({"columns": [column]})).await,
            Some(kind) => mei.upload_records(kind, "x.csv", table, json!({"columns": [column]})).await,
        };
        assert_eq!(payload["userErrors"][0]["path"], json!(["columns", "0", "contact"]), "{column}: {payload}");
    }
}

#[tokio::test]
async fn a_number_with_leading_zeros_equals_the_one_without() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let table = "Name,Employees\nAcme,007\nBlue,-0.50\nCosmos,-0\n".as_bytes();
    let id = mei.import(table).await;
    assert_eq!(mei.run_import(&id).await["creates"], 3);
    world.advance(TimeDelta::minutes(1));
    let again = mei.import_of(&mei.import(table).await).await;
    assert_eq!([&again["updates"], &again["duplicates"]], [0, 3], "{again}");
}

#[tokio::test]
async fn undo_keeps_details_added_to_a_contact_that_was_edited_since() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let acme = json!(mei.create("Acme").await);
    let contact = mei.contact(&acme, "Li", "13800000001", "li@example.com").await;
    let id = mei.import(b"Name,Contact,Phone\nAcme,Li,13800000002\n").await;
    world.advance(TimeDelta::minutes(1));
    mei.run_import(&id).await;
    let input = json!({"contactId": contact["id"], "version": 2, "title": "CEO"});
    assert_eq!(mei.outcome("updateContact", input).await, "");
    mei.undo_import(&id).await;
    assert_eq!(mei.rows_of(&id).await, "2 UPDATE KEPT [Acme]");
    assert_eq!(
        world.sql::<String>("select array_to_string(phones, ' ') from contact").await,
        "13800000001 13800000002"
    );
}

#[tokio::test]
async fn distant_rows_of_one_company_are_combined() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let rows: String = (0..600).map(|row| format!("Company {row},,,\n")).collect();
    let table = format!(
        "Name,Industry,Contact,Phone\nFar,Software,Wang,13900000006\n{rows}Far,Retail,Wang,13900000007\n{}Far,,Wang,13900000007\n",
        rows.replace("Company", "Firm")
    );
    let id = mei.import(table.as_bytes()).await;
    let of_far = "select string_agg(outcome || coalesce(' ' || (problems -> 0 ->> 'column'), ''), ', ' order by number) from import_row where name_key = 'far'";
    let validated: String = world.sql(of_far).await;
    assert_eq!(validated, "CREATE, UPDATE Industry, DUPLICATE");
    mei.run_import(&id).await;
    assert_eq!(world.sql::<String>(of_far).await, validated);
    assert_eq!(
        world.sql::<String>("select array_to_string(phones, ' ') from contact").await,
        "13900000006 13900000007"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn an_invalid_phone_number_is_an_error_of_its_column_and_does_not_change_the_detected_separator() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let table = "Name,Contact,Phone,Mobile\n\
        Acme,Li,13800000001;13800000002;13800000003,\n\
        Blue,Li,021-68881234 转 801;13800000004,1.38123E+10\n\
        Red,Li,1380,\n\
        Green,Li,13800000004,13800000005 (李总)\n";
    let id = mei.import(table.as_bytes()).await;
    insta::assert_snapshot!("wrong_phones", mei.rows_of(&id).await);
    mei.run_import(&id).await;
    let phones: String = world.sql("select array_to_string(phones, ' ') from contact").await;
    assert_eq!(phones, "13800000001 13800000002 13800000003");
}
