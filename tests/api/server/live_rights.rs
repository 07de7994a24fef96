//! Rights of subscribers: events contain only what the subscriber may read at the moment of delivery.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tidepool::kernel::config::Limits;

use crate::support::World;
use crate::support::socket::Socket;
use crate::support::watcher::{WATCH, Watcher};

#[tokio::test]
async fn a_subscriber_gets_only_what_they_may_read() {
    let world = World::new().await;
    let (admin, mark) = (world.admin().await, world.person("Mark", "marketing", None).await);
    // A role that sees only pooled customers that it has entered.
    let role = json!({"name": "agency", "titleEn": "Agency", "titleZh": "代理", "grantableByHr": false});
    assert_eq!(admin.outcome("saveRole", role).await, "");
    for (resource, action, scope) in
        [("customer", "read", "entered_pooled"), ("customer", "create", "pool"), ("setting", "read", "all")]
    {
        let line = json!({"role": "agency", "resource": resource, "action": action, "scope": scope});
        assert_eq!(admin.outcome("grantPermission", line).await, "");
    }
    let (zoe, ann) = (world.person("Zoe", "agency", None).await, world.sales("Ann").await);
    let address = world.listen().await;
    let mut watcher = Watcher::subscribe(address, &zoe).await;
    mark.create("Hidden").await;
    let own = json!(zoe.create("Own").await);
    assert_eq!(watcher.line().await, "ENTERED CREATED Own");
    assert_eq!(ann.claim(&own).await, "");
    assert_eq!(watcher.line().await, "LEFT - -");
    let edit = json!({"customerId": own, "version": 1, "name": "Ann's own"});
    assert_eq!(ann.outcome("updateCustomer", edit).await, "");
    mark.create("Hidden, too").await;
    zoe.create("Another").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Another");
    // Related records follow the rights of the pool, not those of an owner.
    let query = "subscription { poolChanged { customer { name contacts { totalCount } operations { edges { node { remark type } } } } } }";
    let mut socket = Socket::connect(address, &ann).await;
    socket.begin(query, json!({})).await;
    socket.settle().await;
    ann.contact(&own, "Li", "13812345678", "li@example.com").await;
    ann.act("releaseCustomer", json!({"customerId": own, "remark": "secret"}), "__typename").await;
    let customer = socket.next().await["poolChanged"]["customer"].clone();
    assert_eq!(customer["contacts"]["totalCount"], 0);
    assert_eq!(customer["operations"]["edges"][0]["node"], json!({"remark": null, "type": "RELEASE"}));
    // Without a scope on the pool the subscription is refused.
    let (idle, nobody) = (world.person_with("Idle", &[], None).await, world.nobody());
    for (person, code) in [(&idle, "FORBIDDEN"), (&nobody, "UNAUTHENTICATED")] {
        let mut socket = Socket::open(address).await;
        let payload = match person.token.as_str() {
            "" => json!({}),
            token => json!({"authorization": format!("Bearer {token}")}),
        };
        socket.send(json!({"type": "connection_init", "payload": payload})).await;
        socket.receive().await;
        socket.begin(WATCH, json!({})).await;
        let refused = socket.receive().await;
        assert_eq!(refused["payload"][0]["extensions"]["code"], code, "{refused}");
    }
}

#[tokio::test]
async fn losing_a_right_ends_the_stream_without_further_events() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let bob = world.sales("Bob").await;
    let hr = world.person("Hana", "hr", None).await;
    let cleo = world.sales("Cleo").await;
    let address = world.listen().await;
    let (mut role, mut departed, mut revoked) = (
        Watcher::subscribe(address, &ann).await,
        Watcher::subscribe(address, &bob).await,
        Watcher::subscribe(address, &cleo).await,
    );
    assert_eq!(admin.outcome("setRoles", json!({"userId": ann.gid(), "roles": ["hr"]})).await, "");
    world.pooled("After the role").await;
    let ended = role.0.receive().await;
    assert_eq!(ended["type"], "error", "{ended}");
    assert_eq!(ended["payload"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(departed.line().await, "ENTERED CREATED After the role");
    assert_eq!(revoked.line().await, "ENTERED CREATED After the role");
    hr.outcome("departUser", json!({"userId": bob.gid()})).await;
    admin.outcome("revokeSession", json!({"sessionId": format!("session_{}", cleo.session)})).await;
    world.pooled("After both").await;
    assert_eq!(departed.0.receive_or_close().await, Err((4403, "Forbidden".to_owned())));
    assert_eq!(revoked.0.receive_or_close().await, Err((4403, "Forbidden".to_owned())));
}

#[tokio::test]
async fn a_right_revoked_on_one_server_ends_streams_on_another_within_a_second() {
    let here = World::new().await;
    let there = here.second_server().await;
    let admin = here.admin().await;
    let (ann, bob, cleo) = (here.sales("Ann").await, here.sales("Bob").await, here.sales("Cleo").await);
    there.app.follow().await.unwrap();
    let address = there.listen().await;
    for (person, mutation, input) in [
        (&ann, "setRoles", json!({"userId": ann.gid(), "roles": []})),
        (&bob, "departUser", json!({"userId": bob.gid()})),
        (&cleo, "revokeSession", json!({"sessionId": format!("session_{}", cleo.session)})),
    ] {
        let mut watcher = Watcher::subscribe(address, person).await;
        assert_eq!(admin.outcome(mutation, input).await, "");
        let lost = std::time::Instant::now();
        match watcher.0.receive_or_close().await {
            Ok(message) => {
                assert_eq!(message["payload"][0]["extensions"]["code"], "FORBIDDEN", "{mutation}: {message}")
            }
            Err((code, _)) => assert_eq!(code, 4403, "{mutation}"),
        }
        assert!(lost.elapsed() < Duration::from_secs(1), "{mutation}: {:?}", lost.elapsed());
    }
}

/// Events of the pool with the contacts of the customer.
const WATCH_CONTACTS: &str = "subscription { poolChanged { kind customer { name contacts { totalCount } } } }";

#[tokio::test]
async fn an_event_in_progress_is_not_delivered_after_a_right_is_lost() {
    // Statements must not end by their own time limit during this test.
    let limits = || Limits { request_time: Duration::from_secs(120), ..Default::default() };
    let here = World::with_limits(limits()).await;
    let there = World::on(here.database.clone(), here.clock.clone(), limits()).await;
    let (admin, dan) = (here.admin().await, here.sales("Dan").await);
    for (server, name) in [(&here, "here"), (&there, "there")] {
        let address = server.listen().await;
        for mutation in ["setRoles", "departUser", "revokeSession"] {
            let ann = here.sales(&format!("Ann-{mutation}-{name}")).await;
            server.app.follow().await.unwrap();
            let (mut loser, mut other) = (Socket::connect(address, &ann).await, Socket::connect(address, &dan).await);
            for socket in [&mut loser, &mut other] {
                socket.begin(WATCH_CONTACTS, json!({})).await;
                socket.settle().await;
            }
            // Only the group's statement for the event uses this table, so it waits here and nothing else does.
            let mut held_up = here.db.begin().await.unwrap();
            sqlx::query("lock table contact in access exclusive mode").execute(&mut *held_up).await.unwrap();
            let company = format!("{mutation} {name}");
            here.pooled(&company).await;
            server.app.feed().ring();
            while here
                .sql::<i64>(
                    "select count(*) from pg_locks where database = (select oid from pg_database where datname = current_database())
                         and relation = 'contact'::regclass and not granted",
                )
                .await
                == 0
            {
                tokio::task::yield_now().await;
            }
            let input = match mutation {
                "setRoles" => json!({"userId": ann.gid(), "roles": []}),
                "departUser" => json!({"userId": ann.gid()}),
                _ => json!({"sessionId": format!("session_{}", ann.session)}),
            };
            assert_eq!(admin.outcome(mutation, input).await, "");
            server.app.follow().await.unwrap();
            // The stream does not wait for the statement to end.
            match loser.receive_or_close().await {
                Ok(message) => {
                    assert_eq!(message["payload"][0]["extensions"]["code"], "FORBIDDEN", "{company}: {message}");
                    assert_eq!(mutation, "setRoles");
                }
                Err((code, _)) => assert_eq!(code, 4403, "{company}"),
            }
            held_up.rollback().await.unwrap();
            assert_eq!(other.next().await["poolChanged"]["customer"]["name"], company, "it was under way");
            match mutation {
                "setRoles" => {
                    let again = json!({"userId": ann.gid(), "roles": ["sales"]});
                    assert_eq!(admin.outcome(mutation, again).await, "");
                    server.app.follow().await.unwrap();
                    let anew = loser.begin(WATCH_CONTACTS, json!({})).await;
                    loser.settle().await;
                    here.pooled(&format!("{company} anew")).await;
                    server.app.feed().ring();
                    assert_eq!(loser.receive().await["id"], anew, "nothing comes behind");
                }
                _ => assert_eq!(loser.receive_or_close().await, Err((1006, String::new())), "nothing comes behind"),
            }
        }
    }
}

#[tokio::test]
async fn an_expired_session_is_closed_and_a_refreshed_one_continues() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    // The server checks the end of a token after a delay by the machine's clock.
    let soon = |session| {
        format!(
            "update session set access_expires_at = '{}' where id = '{session}' returning 1",
            world.clock.now() + TimeDelta::milliseconds(300)
        )
    };
    world.sql::<i32>(&soon(ann.session)).await;
    let mut socket = Socket::connect(address, &ann).await;
    world.advance(TimeDelta::seconds(1));
    assert_eq!(socket.closed().await.0, 4403);
    let bob = world.sales("Bob").await;
    world.sql::<i32>(&soon(bob.session)).await;
    let mut watcher = Watcher::subscribe(address, &bob).await;
    let later = world.clock.now() + TimeDelta::hours(1);
    world
        .sql::<i32>(&format!(
            "update session set access_expires_at = '{later}' where id = '{}' returning 1",
            bob.session
        ))
        .await;
    tokio::time::timeout(Duration::from_millis(600), watcher.0.receive_or_close()).await.unwrap_err();
    world.pooled("Acme").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Acme");
}
