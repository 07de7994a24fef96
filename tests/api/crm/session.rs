//! Sessions: the tokens of a family, races, idle ends, where they are used, and how they end.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tidepool::kernel::config::Limits;

use crate::support::World;
use crate::support::sign_in::{Device, LOGIN, with_ann, with_ann_of};

async fn ended_by_reuse(world: &World) -> i64 {
    world.sql("select count(*) from session where ended_why = 'REFRESH_TOKEN_REUSED'").await
}

#[tokio::test]
async fn a_stolen_refresh_token_that_was_used_on_ends_the_session_for_thief_and_victim() {
    let (world, _, _) = with_ann().await;
    let (victim, thief) = (world.nobody(), world.nobody());
    let signed_in = victim.login("ann.new@example.com", "correct horse").await;
    let stolen = &signed_in["refreshToken"];
    let first = thief.refresh(stolen).await;
    let second = thief.refresh(&first["refreshToken"]).await;
    assert!(thief.holding(&second["accessToken"]).is_in().await);
    assert!(!victim.refreshes(stolen).await);
    assert_eq!(ended_by_reuse(&world).await, 1);
    for tokens in [&signed_in, &first, &second] {
        assert!(!thief.holding(&tokens["accessToken"]).is_in().await);
        assert!(!thief.refreshes(&tokens["refreshToken"]).await);
    }
}

#[tokio::test]
async fn a_thief_who_keeps_step_with_the_victim_is_noticed() {
    let (world, _, _) = with_ann().await;
    let nobody = world.nobody();
    let stolen = nobody.login("ann.new@example.com", "correct horse").await["refreshToken"].clone();
    let (victim, thief) = (nobody.refresh(&stolen).await, nobody.refresh(&stolen).await);
    assert!(nobody.refreshes(&victim["refreshToken"]).await);
    assert!(!nobody.refreshes(&thief["refreshToken"]).await, "it was given beside one that was used");
    assert_eq!(ended_by_reuse(&world).await, 1);
    assert!(!nobody.holding(&victim["accessToken"]).is_in().await);
}

#[tokio::test]
async fn a_client_whose_answers_were_lost_stays_signed_in_for_days() {
    let (world, _, _) = with_ann().await;
    let nobody = world.nobody();
    let signed_in = nobody.login("ann.new@example.com", "correct horse").await;
    for _ in 0..30 {
        // The answer does not arrive.
        assert!(nobody.refreshes(&signed_in["refreshToken"]).await);
        world.advance(TimeDelta::hours(4));
    }
    let at_last = nobody.refresh(&signed_in["refreshToken"]).await;
    assert!(nobody.holding(&at_last["accessToken"]).is_in().await);
    assert!(nobody.refreshes(&at_last["refreshToken"]).await);
    assert_eq!(
        world
            .sql::<i64>("select count(*) from session where user_id in (select id from app_user where name = 'Ann')")
            .await,
        1
    );
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_are_one_session_that_logout_ends() {
    let (world, _, _) = with_ann().await;
    let nobody = world.nobody();
    let first = nobody.login("ann.new@example.com", "correct horse").await;
    world.advance(TimeDelta::minutes(20));
    assert!(!nobody.holding(&first["accessToken"]).is_in().await, "an access token lasts a quarter of an hour");
    let tabs = [nobody.refresh(&first["refreshToken"]).await, nobody.refresh(&first["refreshToken"]).await];
    for tab in &tabs {
        assert!(nobody.holding(&tab["accessToken"]).is_in().await);
    }
    let logout = nobody.holding(&tabs[0]["accessToken"]).data("mutation { logout { done } }", json!({})).await;
    assert_eq!(logout["logout"]["done"], true);
    for tab in &tabs {
        assert!(!nobody.holding(&tab["accessToken"]).is_in().await);
        assert!(!nobody.refreshes(&tab["refreshToken"]).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_refreshes_with_one_token_all_succeed_and_only_one_of_them_leads_on() {
    let (world, _, _) = with_ann().await;
    let nobody = world.nobody();
    let first = nobody.login("ann.new@example.com", "correct horse").await["refreshToken"].clone();
    let racing: Vec<_> = (0..6)
        .map(|_| {
            let (nobody, first) = (nobody.clone(), first.clone());
            tokio::spawn(async move { nobody.refresh(&first).await["refreshToken"].clone() })
        })
        .collect();
    let mut given = Vec::new();
    for race in racing {
        given.push(race.await.unwrap());
    }
    assert!(given.iter().all(Json::is_string), "{given:?}");
    let racing: Vec<_> = given
        .into_iter()
        .map(|token| {
            let nobody = nobody.clone();
            tokio::spawn(async move { nobody.refreshes(&token).await })
        })
        .collect();
    let mut accepted = 0;
    for race in racing {
        accepted += usize::from(race.await.unwrap());
    }
    assert_eq!(accepted, 1, "the others are old when one is used");
    assert_eq!(ended_by_reuse(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_refresh_survives_a_concurrent_logout() {
    let (world, _, _) = with_ann().await;
    let nobody = world.nobody();
    for _ in 0..8 {
        let tokens = nobody.login("ann.new@example.com", "correct horse").await;
        let (leaver, refresher) = (nobody.holding(&tokens["accessToken"]), nobody.clone());
        let token = tokens["refreshToken"].clone();
        let logout = tokio::spawn(async move {
            leaver.data("mutation { logout { done } }", json!({})).await["logout"]["done"] == true
        });
        let refreshed = tokio::spawn(async move { refresher.refresh(&token).await });
        assert!(logout.await.unwrap());
        let refreshed = refreshed.await.unwrap();
        assert!(!nobody.holding(&refreshed["accessToken"]).is_in().await);
        assert!(refreshed["refreshToken"].is_null() || !nobody.refreshes(&refreshed["refreshToken"]).await);
    }
}

#[tokio::test]
async fn a_new_password_ends_every_session_and_opens_one() {
    let (world, _, _) = with_ann().await;
    let nobody = world.nobody();
    let (here, there) = (
        nobody.login("ann.new@example.com", "correct horse").await,
        nobody.login("ann.new@example.com", "correct horse").await,
    );
    // Of one of them somebody has copied the refresh token, and used it.
    let copied = nobody.refresh(&there["refreshToken"]).await;
    let ann = nobody.holding(&here["accessToken"]);
    let change = |old: &str, new: &str| json!({"oldPassword": old, "newPassword": new});
    assert_eq!(ann.outcome("changePassword", change("wrong horse!", "battery staple")).await, "INVALID_CREDENTIALS");
    assert_eq!(ann.outcome("changePassword", change("correct horse", "short")).await, "INVALID");
    let changed = ann.act("changePassword", change("correct horse", "battery staple"), LOGIN).await;
    assert!(nobody.holding(&changed["accessToken"]).is_in().await);
    for tokens in [&here, &there, &copied] {
        assert!(!nobody.holding(&tokens["accessToken"]).is_in().await, "somebody who has copied tokens is out");
        assert!(!nobody.refreshes(&tokens["refreshToken"]).await);
    }
    assert!(nobody.refreshes(&changed["refreshToken"]).await);
    assert_eq!(nobody.login("ann.new@example.com", "battery staple").await["userErrors"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sign_in_with_the_old_password_survives_a_concurrent_change() {
    let (world, _, _) = with_ann().await;
    let nobody = world.nobody();
    let mut passwords = ["correct horse", "battery staple"];
    for _ in 0..6 {
        let [old, new] = passwords;
        let me = nobody.holding(&nobody.login("ann.new@example.com", old).await["accessToken"]);
        let racer = nobody.clone();
        let racing = tokio::spawn(async move { racer.login("ann.new@example.com", old).await });
        let change = json!({"oldPassword": old, "newPassword": new});
        assert_eq!(me.outcome("changePassword", change).await, "");
        let raced = racing.await.unwrap();
        assert!(!nobody.holding(&raced["accessToken"]).is_in().await, "{raced}");
        passwords.reverse();
    }
}

#[tokio::test]
async fn a_session_that_is_not_used_ends() {
    let (world, admin, _) = with_ann().await;
    let nobody = world.nobody();
    let tokens = nobody.login("ann.new@example.com", "correct horse").await;
    world.advance(TimeDelta::days(6));
    let tokens = nobody.refresh(&tokens["refreshToken"]).await;
    world.advance(TimeDelta::days(6));
    let tokens = nobody.refresh(&tokens["refreshToken"]).await;
    world.advance(TimeDelta::days(8));
    assert!(!nobody.refreshes(&tokens["refreshToken"]).await, "a week without use");
    for (idle, outcome) in [("PT29M", "INVALID"), ("P31D", "INVALID"), ("soon", "INVALID"), ("PT1H", "")] {
        assert_eq!(admin.outcome("updateSettings", json!({"sessionIdle": idle})).await, outcome, "{idle}");
    }
    let tokens = nobody.login("ann.new@example.com", "correct horse").await;
    world.advance(TimeDelta::minutes(61));
    assert!(!nobody.refreshes(&tokens["refreshToken"]).await);
    assert_eq!(admin.outcome("updateSettings", json!({"sessionIdle": null})).await, "");
    let tokens = nobody.login("ann.new@example.com", "correct horse").await;
    world.advance(TimeDelta::days(29));
    let tokens = nobody.refresh(&tokens["refreshToken"]).await;
    assert_eq!(tokens["userErrors"], json!([]));
    world.advance(TimeDelta::days(2));
    assert!(!nobody.refreshes(&tokens["refreshToken"]).await, "30 days after the sign-in");
}

#[tokio::test]
async fn sessions_tell_where_they_are_used_and_each_can_be_ended() {
    let (world, admin, ann) = with_ann().await;
    let mut phone = Device::of(&world, "192.0.2.7");
    phone.user_agent = "Phone/2.0";
    let (desk, away) = (Device::of(&world, "198.51.100.1"), Device::of(&world, "2001:db8::5"));
    let on_phone = phone.login("ann.new@example.com", "correct horse").await;
    world.advance(TimeDelta::minutes(1));
    let at_desk = desk.login("ann.new@example.com", "correct horse").await;
    world.advance(TimeDelta::minutes(1));
    away.act("refreshSession", json!({"refreshToken": on_phone["refreshToken"]}), LOGIN).await;
    let ann_at_desk = world.nobody().holding(&at_desk["accessToken"]);
    let listed = "{ viewer { sessionId sessions { id createdAt lastUsedAt userAgent address } } }";
    let viewer = ann_at_desk.ask(listed).await["viewer"].clone();
    let told = |place: usize| {
        let session = &viewer["sessions"][place];
        json!([session["userAgent"], session["address"], session["createdAt"], session["lastUsedAt"]])
    };
    assert_eq!(
        told(0),
        json!(["Test/1.0", "2001:db8::5", "2026-03-02T01:00:00.000000Z", "2026-03-02T01:02:00.000000Z"])
    );
    assert_eq!(
        told(1),
        json!(["Test/1.0", "198.51.100.1", "2026-03-02T01:01:00.000000Z", "2026-03-02T01:01:00.000000Z"])
    );
    assert_eq!(viewer["sessions"][1]["id"], viewer["sessionId"]);
    let seen = admin.data("query($id: ID!) { sessions(userId: $id) { id address } }", json!({"id": ann})).await;
    assert_eq!(seen["sessions"].as_array().unwrap().len(), 2);
    let first = json!({"sessionId": viewer["sessions"][0]["id"]});
    assert_eq!(ann_at_desk.outcome("revokeSession", first).await, "");
    assert!(!world.nobody().refreshes(&on_phone["refreshToken"]).await);
    assert!(ann_at_desk.is_in().await);
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_last_address_that_it_does_not_own_is_that_of_the_client() {
    let limits = Limits { trust_proxy: vec!["10.0.0.0/8".parse().unwrap()], ..Limits::default() };
    let (world, admin, ann) = with_ann_of(World::with_limits(limits).await).await;
    let addresses = async || {
        let read = admin.data("query($id: ID!) { sessions(userId: $id) { address } }", json!({"id": ann})).await;
        read["sessions"][0]["address"].clone()
    };
    let forged = &["6.6.6.6", "198.51.100.7:4711, 10.0.0.2"];
    for (peer, address) in [("10.0.0.1", "198.51.100.7"), ("203.0.113.9", "203.0.113.9")] {
        let device = Device { forwarded: forged, ..Device::of(&world, peer) };
        assert_eq!(device.tries("ann.new@example.com", "correct horse").await, "");
        assert_eq!(addresses().await, address, "from {peer}");
        world.advance(TimeDelta::seconds(1));
    }
}

#[tokio::test]
async fn all_sessions_of_a_user_are_ended_at_once() {
    let (world, admin, ann) = with_ann().await;
    let nobody = world.nobody();
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(nobody.login("ann.new@example.com", "correct horse").await["accessToken"].clone());
    }
    let all = json!({"userId": ann});
    assert_eq!(nobody.holding(&tokens[0]).outcome("revokeSessions", all.clone()).await, "");
    assert!(nobody.holding(&tokens[0]).is_in().await, "the one in use stays");
    assert!(!nobody.holding(&tokens[1]).is_in().await && !nobody.holding(&tokens[2]).is_in().await);
    assert_eq!(admin.outcome("revokeSessions", all.clone()).await, "");
    assert!(!nobody.holding(&tokens[0]).is_in().await);
    let ben = world.sales("Ben").await;
    let query = "mutation($input: RevokeSessionsInput!) { revokeSessions(input: $input) { done } }";
    assert_eq!(ben.refused(query, json!({"input": all})).await, "FORBIDDEN");
    let hr = world.person("Hana", "hr", None).await;
    assert_eq!(hr.outcome("revokeSessions", json!({"userId": admin.gid()})).await, "FORBIDDEN");
    assert!(admin.is_in().await);
}

#[tokio::test]
async fn a_session_is_revoked_by_its_user_and_by_hr() {
    let world = World::new().await;
    let (hr, ann, ben) = (world.person("Hana", "hr", None).await, world.sales("Ann").await, world.sales("Ben").await);
    let session = json!({"sessionId": format!("session_{}", ann.session)});
    assert_eq!(ben.outcome("revokeSession", session.clone()).await, "NOT_FOUND");
    assert!(ann.is_in().await);
    let seen = hr.data("query($id: ID!) { sessions(userId: $id) { id } }", json!({"id": ann.gid()})).await;
    assert_eq!(seen["sessions"][0]["id"], session["sessionId"]);
    assert_eq!(hr.outcome("revokeSession", session).await, "");
    assert!(!ann.is_in().await);
}
