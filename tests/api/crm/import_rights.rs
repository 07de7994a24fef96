//! Rights of an import: who sees its rows, and what happens when its owner loses a right.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use futures_util::stream;
use serde_json::{Value as Json, json};

use crate::crm::import::marketing;
use crate::support::files::import_request;
use crate::support::{Person, World, until};

#[tokio::test]
async fn only_the_owner_of_an_import_sees_the_cells_of_its_rows() {
    let world = World::new().await;
    let (mei, admin) = (marketing(&world).await, world.admin().await);
    let (mo, ann) = (world.person("Mo", "marketing", None).await, world.sales("Ann").await);
    let id = mei.import("Name,Phone\nAcme,\nBlue,call me\n".as_bytes()).await;
    let rows = "query($id: ID!) { import(id: $id) { createdBy { name } rows(filter: {outcome: {eq: ERROR}}) { totalCount edges { node { id cells } } } } imports { totalCount } }";
    let seen = mei.data(rows, json!({"id": id})).await;
    assert_eq!(seen["import"]["rows"]["edges"][0]["node"]["cells"], json!(["Blue", "call me"]));
    assert_eq!(seen["import"]["rows"]["totalCount"], 1);
    let row = seen["import"]["rows"]["edges"][0]["node"]["id"].clone();
    let seen = admin.data(rows, json!({"id": id})).await;
    assert_eq!(seen["import"]["rows"]["edges"][0]["node"]["cells"], Json::Null);
    assert_eq!((&seen["import"]["createdBy"]["name"], &seen["imports"]["totalCount"]), (&json!("Mei"), &json!(1)));
    for person in [&mo, &ann] {
        let seen = person.data(rows, json!({"id": id})).await;
        assert_eq!((&seen["import"], &seen["imports"]["totalCount"]), (&Json::Null, &json!(0)));
        let node = person.data("query($id: ID!) { node(id: $id) { id } }", json!({"id": row})).await;
        assert_eq!(node["node"], Json::Null);
    }
    assert_eq!(mo.outcome("runImport", json!({"importId": id})).await, "NOT_FOUND");
    assert_eq!(
        ann.refused(
            "mutation($id: ID!) { runImport(input: {importId: $id}) { userErrors { code } } }",
            json!({"id": id})
        )
        .await,
        "FORBIDDEN"
    );
    assert_eq!(admin.failed_rows_of(&id, "en").await.0, StatusCode::NOT_FOUND);
    assert_eq!(mo.failed_rows_of(&id, "en").await.0, StatusCode::NOT_FOUND);
    let path = "query($id: ID!) { import(id: $id) { failedRowsPath } }";
    for (person, seen) in [(&mei, json!(format!("/imports/{id}/failed.csv"))), (&admin, Json::Null)] {
        assert_eq!(person.data(path, json!({"id": id})).await["import"]["failedRowsPath"], seen);
    }
    assert_eq!(ann.failed_rows_of(&id, "en").await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.nobody().failed_rows_of(&id, "en").await.0, StatusCode::UNAUTHORIZED);
    let (_, answer) = ann.send(import_request(&ann.token, &json!({}), "x.csv", b"Name\nAcme\n")).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    // Without the right to import, nothing of the body is read.
    let was_read = Arc::new(AtomicBool::new(false));
    let part = stream::once({
        let was_read = was_read.clone();
        async move {
            was_read.store(true, Relaxed);
            Ok::<_, Infallible>(Bytes::from_static(b"--x\r\n"))
        }
    });
    let upload = Request::post("/graphql")
        .header("authorization", format!("Bearer {}", ann.token))
        .header("content-type", "multipart/form-data; boundary=x");
    let (_, answer) = ann.send(upload.body(Body::from_stream(part)).unwrap()).await;
    assert_eq!(
        (answer["errors"][0]["extensions"]["code"].as_str(), was_read.load(Relaxed)),
        (Some("FORBIDDEN"), false)
    );
    // A request without a token is refused before the file is read.
    let (_, answer) = world.nobody().send(import_request("", &json!({}), "x.csv", b"Name\nAcme\n")).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn four_files_are_read_at_once_and_four_more_of_a_user_may_wait() {
    let world = World::new().await;
    let (mei, mo) = (marketing(&world).await, world.person("Mo", "marketing", None).await);
    // An upload of which nothing comes, and whether the server has begun to read it.
    let upload = |person: &Person| {
        let (person, was_read) = (person.clone(), Arc::new(AtomicBool::new(false)));
        let begun = was_read.clone();
        let part = stream::once(async move {
            begun.store(true, Relaxed);
            std::future::pending::<Result<Bytes, Infallible>>().await
        });
        let request = Request::post("/graphql")
            .header("authorization", format!("Bearer {}", person.token))
            .header("content-type", "multipart/form-data; boundary=x");
        let request = request.body(Body::from_stream(part)).unwrap();
        (tokio::spawn(async move { person.send(request).await.0 }), was_read)
    };
    let mut of_mei: Vec<_> = (0..9).map(|_| upload(&mei)).collect();
    until(async || of_mei.iter().any(|(task, _)| task.is_finished())).await;
    let place = of_mei.iter().position(|(task, _)| task.is_finished()).unwrap();
    let (refused, was_read) = of_mei.remove(place);
    assert_eq!((refused.await.unwrap(), was_read.load(Relaxed)), (StatusCode::TOO_MANY_REQUESTS, false));
    let reads = || of_mei.iter().filter(|(_, was_read)| was_read.load(Relaxed)).count();
    until(async || reads() == 4).await;
    let (of_mo, was_read) = upload(&mo);
    of_mei.iter().for_each(|(task, _)| task.abort());
    until(async || was_read.load(Relaxed)).await;
    assert!(!of_mo.is_finished(), "another user waits, and is not refused");
    of_mo.abort();
}

#[tokio::test]
async fn an_import_stops_when_its_user_loses_the_right_and_continues_when_it_is_granted_again() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let id = mei.import("Name\nAcme\nBlue\n".as_bytes()).await;
    // The right is revoked between the request and the run.
    sqlx::query("update import set status = 'RUNNING', run_by = created_by, started_at = created_at")
        .execute(&world.db)
        .await
        .unwrap();
    sqlx::query("delete from permission where role = 'marketing' and resource = 'import'")
        .execute(&world.db)
        .await
        .unwrap();
    world.app.follow().await.unwrap();
    let admin = world.admin().await;
    let stopped = admin.wait_for_import(&id).await;
    assert_eq!(stopped["status"], "STOPPED", "{stopped}");
    assert_eq!(stopped["stoppedEn"], "You may not import customers here.");
    let done = admin.run_import(&id).await;
    assert_eq!((&done["status"], &done["creates"]), (&json!("DONE"), &json!(2)));
    let operators: i64 = world.sql("select count(*) from customer_operation_log l join app_user u on u.id = l.operator_user_id where u.name = 'Ada'").await;
    assert_eq!(operators, 2, "who runs it does it");
    world.assert_sound().await;
}

#[tokio::test]
async fn rows_reveal_no_contacts_to_users_who_may_not_read_them() {
    let world = World::new().await;
    let (admin, mei) = (world.admin().await, marketing(&world).await);
    let field = json!({"key": "home", "type": "TEXT", "labelEn": "Home", "labelZh": "家", "personal": true});
    assert_eq!(admin.outcome("saveExtraField", field).await, "");
    let input = json!({"name": "Acme", "source": "WEBSITE", "extras": [{"key": "home", "value": "Bay 7"}]});
    let acme = mei.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone();
    mei.contact(&acme, "Li", "13800000001", "li@example.com").await;
    world.advance(TimeDelta::minutes(1));
    let line = json!({"role": "marketing", "resource": "contact", "action": "read", "scope": "entered_pooled"});
    assert_eq!(admin.outcome("revokePermission", line).await, "");
    let may_not = "You may not view contacts here.";
    for (headers, header, each) in [
        ("Contact,Phone", "Contact", ["Li,13800000001", "Li,13800000002", "Han,13800000001"]),
        ("Contact,Home", "Home", [",Bay 7", ",Bay 8", ",Bay 9"]),
    ] {
        for cells in each {
            let id = mei.import(format!("Name,{headers},Region\nAcme,{cells},North\n").as_bytes()).await;
            let row_lines = mei.rows_of(&id).await;
            assert!(
                row_lines.starts_with("2 ERROR | ") && row_lines.ends_with(may_not),
                "{header} {cells}: {row_lines}"
            );
        }
    }
    // A further row of the same company does not reveal them either.
    for phone in ["13800000001", "13800000002"] {
        let table = format!("Name,Region,Contact,Phone\nAcme,North,,\nAcme,,Li,{phone}\nNew,,,\nNew,,Li,{phone}\n");
        let id = mei.import(table.as_bytes()).await;
        let validated = format!(
            "2 UPDATE [Acme]\n3 ERROR (row 2) | Contact: {may_not}\n4 CREATE\n5 ERROR (row 4) | Contact: {may_not}"
        );
        assert_eq!(mei.rows_of(&id).await, validated);
    }
}
