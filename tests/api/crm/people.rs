//! Users, roles and departures.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::sign_in::with_ann;
use crate::support::{Person, World};

#[tokio::test]
async fn a_user_signs_in_reads_and_signs_out() {
    let (world, _, _) = with_ann().await;
    let nobody = world.nobody();
    let signed_in = nobody.login(" ANN.NEW@example.com ", "correct horse").await;
    assert_eq!(signed_in["viewer"], json!({"name": "Ann", "email": "ann.new@example.com", "roles": ["sales"]}));
    assert_eq!(signed_in["expiresAt"], "2026-03-02T01:15:00.000000Z");
    let ann = nobody.holding(&signed_in["accessToken"]);
    assert!(ann.is_in().await);
    assert!(!nobody.is_in().await);
    let done = ann.data("mutation { logout { done } }", json!({})).await;
    assert_eq!(done["logout"]["done"], true);
    assert!(!ann.is_in().await, "a session that ends, ends");
    assert_eq!(nobody.refresh(&signed_in["refreshToken"]).await["userErrors"][0]["code"], "INVALID_REFRESH_TOKEN");
}

#[tokio::test]
async fn every_failed_sign_in_gets_the_same_response() {
    let (world, admin, ann) = with_ann().await;
    let nobody = world.nobody();
    let mut answers = Vec::new();
    for (email, password) in
        [("ann.new@example.com", "wrong horse!"), ("nobody@example.com", "correct horse"), ("", ""), ("a\0b@x", "y")]
    {
        answers.push(nobody.login(email, password).await["userErrors"].clone());
    }
    admin.outcome("departUser", json!({"userId": ann})).await;
    answers.push(nobody.login("ann.new@example.com", "correct horse").await["userErrors"].clone());
    assert_eq!(answers[0][0]["code"], "INVALID_CREDENTIALS");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_changes_of_users_and_sessions_never_deadlock() {
    let world = World::new().await;
    let (ada, bea) = (world.admin().await, world.person("Bea", "admin", None).await);
    let mut staff = Vec::new();
    for number in 0..8 {
        staff.push(world.person(&format!("Hana{number}"), "hr", None).await);
    }
    let acts: Vec<_> = (0..40)
        .map(|number| {
            let (ada, bea, one, other) =
                (ada.clone(), bea.clone(), staff[number % 8].clone(), staff[(number + 3) % 8].clone());
            tokio::spawn(async move {
                let query = |mutation: &str, kind: &str, input: Json| {
                    (
                        format!(
                            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
                        ),
                        json!({"input": input}),
                    )
                };
                let (who, (query, variables)) = match number % 5 {
                    0 => (ada, query("departUser", "DepartUserInput", json!({"userId": one.gid()}))),
                    1 => (
                        one,
                        query(
                            "createUser",
                            "CreateUserInput",
                            json!({"email": format!("new{number}@example.com"), "name": "New", "roles": ["sales"]}),
                        ),
                    ),
                    2 => (
                        bea,
                        query(
                            "changeManager",
                            "ChangeManagerInput",
                            json!({"userId": one.gid(), "managerId": other.gid()}),
                        ),
                    ),
                    3 => (
                        one.clone(),
                        query(
                            "revokeSession",
                            "RevokeSessionInput",
                            json!({"sessionId": format!("session_{}", one.session)}),
                        ),
                    ),
                    _ => (one, ("mutation { logout { userErrors { code } } }".to_owned(), json!({}))),
                };
                who.ask_with(&query, variables).await["errors"][0]["extensions"]["code"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
        })
        .collect();
    for act in acts {
        let code = act.await.unwrap();
        // Users who have left or signed out are unauthenticated; no other error may occur.
        assert!(["", "UNAUTHENTICATED"].contains(&code.as_str()), "{code}");
    }
}

#[tokio::test]
async fn a_new_password_differs_from_the_old_one_and_is_hard_to_guess() {
    let (world, _, _) = with_ann().await;
    let nobody = world.nobody();
    let signed_in = nobody.login("ann.new@example.com", "correct horse").await;
    let ann = nobody.holding(&signed_in["accessToken"]);
    let same_short_or_common = ["correct horse", "nine char", "Password123", "1qaz2wsx3edc", "woaini1314520"];
    let simple = ["aaaaaaaaaaaa", "abcabcabcabc", "123456789012", "0987654321", "abcdefghijkl", "my Ann.New password"];
    for new in same_short_or_common.into_iter().chain(simple) {
        let change = json!({"oldPassword": "correct horse", "newPassword": new});
        let refused = ann.act("changePassword", change, "__typename").await["userErrors"][0].clone();
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID"), &json!(["newPassword"])), "{new}");
    }
    let change = json!({"oldPassword": "correct horse", "newPassword": "tidepool-demo"});
    assert_eq!(ann.outcome("changePassword", change).await, "");
}

#[tokio::test]
async fn only_administrators_touch_the_accounts_of_administrators() {
    let world = World::new().await;
    let (ada, hr) = (world.admin().await, world.person("Hana", "hr", None).await);
    let role = json!({"name": "keeper", "titleEn": "Keeper", "titleZh": "权限管理"});
    assert_eq!(ada.outcome("saveRole", role).await, "");
    let line = json!({"role": "keeper", "resource": "permission", "action": "write", "scope": "all"});
    assert_eq!(ada.outcome("grantPermission", line).await, "");
    for administrator in [world.person("Bea", "admin", None).await, world.person("Kim", "keeper", None).await] {
        let user = administrator.gid();
        let (depart, reactivate) = (json!({"userId": user}), json!({"userId": user}));
        let revoke = json!({"sessionId": format!("session_{}", administrator.session)});
        let move_up = json!({"userId": user, "managerId": hr.gid()});
        let acts = [
            ("changeManager", move_up),
            ("revokeSession", revoke),
            ("departUser", depart),
            ("reactivateUser", reactivate),
        ];
        let sessions = "query($id: ID!) { sessions(userId: $id) { id } }";
        assert_eq!(hr.data(sessions, json!({"id": user})).await["sessions"], json!([]), "{}", administrator.name);
        for (act, input) in &acts[..3] {
            assert_eq!(hr.outcome(act, input.clone()).await, "FORBIDDEN", "{act} {}", administrator.name);
            assert!(administrator.is_in().await);
        }
        for (act, input) in acts {
            if act == "reactivateUser" {
                assert_eq!(hr.outcome(act, input.clone()).await, "FORBIDDEN", "{}", administrator.name);
                let status = format!("select status from app_user where id = '{}'", administrator.id.uuid());
                assert_eq!(world.sql::<String>(&status).await, "DEPARTED");
            }
            assert_eq!(ada.outcome(act, input).await, "", "{act} {}", administrator.name);
        }
    }
}

#[tokio::test]
async fn a_returning_user_has_only_the_roles_that_the_actor_may_give() {
    let world = World::new().await;
    let (ada, hr) = (world.admin().await, world.person("Hana", "hr", None).await);
    let reactivate = async |actor: &Person, user: &Person| {
        actor.act("reactivateUser", json!({"userId": user.gid()}), "user { roles }").await["user"]["roles"].clone()
    };
    for (actor, roles) in [(&hr, json!(["sales"])), (&ada, json!(["hr", "sales"]))] {
        let cleo = world.person_with(&format!("Cleo of {}", actor.name), &["hr", "sales"], None).await;
        // Of a user who is active, nothing changes.
        assert_eq!(reactivate(&hr, &cleo).await, json!(["hr", "sales"]));
        assert_eq!(ada.outcome("departUser", json!({"userId": cleo.gid()})).await, "");
        assert_eq!(reactivate(actor, &cleo).await, roles, "{}", actor.name);
    }
}

#[tokio::test]
async fn hr_grants_only_assignable_roles() {
    let world = World::new().await;
    let hr = world.person("Hana", "hr", None).await;
    let create = |email: &str, roles: Json| json!({"email": email, "name": "New", "roles": roles});
    assert_eq!(hr.outcome("createUser", create("a@example.com", json!(["sales"]))).await, "");
    assert_eq!(hr.outcome("createUser", create("b@example.com", json!(["sales", "admin"]))).await, "FORBIDDEN");
    assert_eq!(hr.outcome("createUser", create("c@example.com", json!(["king"]))).await, "INVALID");
    assert_eq!(hr.outcome("createUser", create("A@example.com", json!(["sales"]))).await, "DUPLICATE");
}

#[tokio::test]
async fn the_tree_of_managers_has_no_cycles_and_keeps_its_history() {
    let world = World::new().await;
    let hr = world.person("Hana", "hr", None).await;
    let top = world.person("Top", "manager", None).await;
    let mid = world.person("Mid", "manager", Some(&top)).await;
    let ann = world.person("Ann", "sales", Some(&mid)).await;
    let moved = async |who: &Person, manager: Json| {
        hr.outcome("changeManager", json!({"userId": who.gid(), "managerId": manager})).await
    };
    assert_eq!(moved(&top, json!(ann.gid())).await, "MANAGER_CYCLE");
    assert_eq!(moved(&top, json!(top.gid())).await, "MANAGER_CYCLE");
    world.advance(TimeDelta::days(1));
    assert_eq!(moved(&ann, json!(top.gid())).await, "");
    assert_eq!(moved(&mid, json!(ann.gid())).await, "");
    world.advance(TimeDelta::days(1));
    assert_eq!(moved(&ann, Json::Null).await, "");
    let history: i64 = world
        .sql("select count(*) from user_manager_history h join app_user u on u.id = h.user_id where u.name = 'Ann'")
        .await;
    assert_eq!(history, 3);
    assert_eq!(world.sql::<i64>("select count(*) from user_manager_history where valid_to is null").await, 4);
}

#[tokio::test]
async fn after_a_departure_the_user_owns_nothing_and_the_team_reports_to_the_next_superior() {
    let world = World::new().await;
    let hr = world.person("Hana", "hr", None).await;
    let top = world.person("Top", "manager", None).await;
    let mid = world.person("Mid", "manager", Some(&top)).await;
    let ann = world.person("Ann", "sales", Some(&mid)).await;
    let acme = json!(mid.create("Acme").await);
    world.advance(TimeDelta::seconds(1));
    let left = hr.act("departUser", json!({"userId": mid.gid()}), "released user { status }").await;
    assert_eq!((left["released"].clone(), left["user"]["status"].clone()), (json!(1), json!("DEPARTED")));
    assert!(!mid.is_in().await);
    let answers = ann.data("query($id: ID!) { customer(id: $id) { isPooled protectedUntil operations(first: 1) { edges { node { type cause } } } } }", json!({"id": acme})).await;
    assert_eq!(answers["customer"]["operations"]["edges"][0]["node"], json!({"type": "RECLAIM", "cause": "DEPARTURE"}));
    let above = top.data("query($id: ID!) { user(id: $id) { manager { name } } }", json!({"id": ann.gid()})).await;
    assert_eq!(above["user"]["manager"]["name"], "Top");
    // A repetition succeeds.
    assert_eq!(hr.outcome("departUser", json!({"userId": mid.gid()})).await, "");
    world.assert_sound().await;
}

#[tokio::test]
async fn the_last_administrator_cannot_be_removed() {
    let world = World::new().await;
    let admin = world.admin().await;
    let me = admin.gid();
    assert_eq!(admin.outcome("departUser", json!({"userId": me})).await, "LAST_ADMINISTRATOR");
    assert_eq!(admin.outcome("setRoles", json!({"userId": me, "roles": ["sales"]})).await, "LAST_ADMINISTRATOR");
    let line = json!({"role": "admin", "resource": "permission", "action": "write", "scope": "all"});
    assert_eq!(admin.outcome("revokePermission", line).await, "LAST_ADMINISTRATOR");
    let other = world.person("Bea", "admin", None).await;
    // Who takes the right from themselves can't take it back, and so must confirm it.
    let myself = json!({"userId": me, "roles": ["sales"]});
    assert_eq!(admin.outcome("setRoles", myself.clone()).await, "CONFIRMATION_REQUIRED");
    assert_eq!(admin.outcome("setRoles", json!({"userId": me, "roles": ["sales", "admin"]})).await, "");
    let mut confirmed = myself;
    confirmed["confirm"] = json!(true);
    assert_eq!(admin.outcome("setRoles", confirmed).await, "");
    assert!(other.is_in().await);
}

#[tokio::test]
async fn a_permission_is_granted_and_revoked_while_the_server_runs() {
    let world = World::new().await;
    let (admin, clerk) = (world.admin().await, world.person("Clerk", "service", None).await);
    world.pooled("Acme").await;
    let count = async || clerk.ask("{ customers { totalCount } }").await["customers"]["totalCount"].clone();
    assert_eq!(count().await, 0);
    let line = |scope: &str| json!({"role": "service", "resource": "customer", "action": "read", "scope": scope});
    assert_eq!(admin.outcome("grantPermission", line("galaxy")).await, "INVALID");
    assert_eq!(admin.outcome("grantPermission", line("pool")).await, "");
    assert_eq!(count().await, 1);
    assert_eq!(admin.outcome("revokePermission", line("pool")).await, "");
    assert_eq!(count().await, 0);
    let roles = admin.ask("{ roles { name inherits permissions { resource } } }").await;
    let manager = roles["roles"].as_array().unwrap().iter().find(|role| role["name"] == "manager").unwrap();
    assert_eq!(manager["inherits"], json!(["sales"]));
    assert_eq!(clerk.ask("{ roles { name } }").await["roles"], json!([]));
}

#[tokio::test]
async fn a_user_who_may_give_roles_cannot_make_themselves_an_administrator() {
    let world = World::new().await;
    let admin = world.admin().await;
    for statement in [
        "insert into role (name, title_en, title_zh) values ('deputy', 'Deputy', '副手')",
        "insert into permission (role, resource, action, scope) values ('deputy', 'role', 'write', 'all'), ('deputy', 'user', 'create', 'all')",
    ] {
        sqlx::query(statement).execute(&world.db).await.unwrap();
    }
    let (dan, ann) = (world.person("Dan", "deputy", None).await, world.sales("Ann").await);
    let roles = |user: &Person, roles: &[&str]| json!({"userId": user.gid(), "roles": roles});
    for (mutation, input) in [
        ("setRoles", roles(&dan, &["deputy", "admin"])),
        ("setRoles", roles(&ann, &["admin"])),
        ("setRoles", roles(&admin, &["sales"])),
        ("saveRole", json!({"name": "admin", "titleEn": "A", "titleZh": "A", "grantableByHr": true})),
        ("createUser", json!({"email": "new@example.com", "name": "New", "roles": ["admin"]})),
    ] {
        assert_eq!(dan.outcome(mutation, input.clone()).await, "FORBIDDEN", "{mutation} {input}");
    }
    assert_eq!(dan.outcome("setRoles", roles(&ann, &["service", "deputy"])).await, "", "he has what he gives");
    assert_eq!(admin.outcome("setRoles", roles(&ann, &["admin"])).await, "");
}
