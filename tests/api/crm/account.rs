//! Accounts: people set their passwords themselves, and what is changed of an account by whom.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tidepool::kernel::config::Limits;

use crate::support::mailbox::Mailbox;
use crate::support::sign_in::with_ann;
use crate::support::{Person, World};

/// The token of a link for a user.
async fn link(maker: &Person, user: &Json) -> String {
    let made = maker.act("createPasswordLink", json!({"userId": user}), "link { url expiresAt }").await;
    let url = made["link"]["url"].as_str().unwrap_or_else(|| panic!("{made}"));
    url.split_once("/set-password#").unwrap().1.to_owned()
}

async fn set(world: &World, token: &str, password: &str) -> String {
    world.nobody().outcome("setPassword", json!({"token": token, "newPassword": password})).await
}

async fn new_user(maker: &Person, email: &str) -> Json {
    let input = json!({"email": email, "name": "New", "roles": ["sales"]});
    maker.act("createUser", input, "user { id }").await["user"]["id"].clone()
}

#[tokio::test]
async fn a_new_user_sets_the_first_password_by_a_link_that_works_once() {
    let world = World::new().await;
    let hr = world.person("Hana", "hr", None).await;
    let user = new_user(&hr, "new@example.com").await;
    let nobody = world.nobody();
    assert_eq!(nobody.login("new@example.com", "").await["userErrors"][0]["code"], "INVALID_CREDENTIALS");
    let first = link(&hr, &user).await;
    let second = link(&hr, &user).await;
    assert_eq!(set(&world, &first, "correct horse").await, "INVALID_LINK", "a newer one is there");
    assert_eq!(set(&world, &second, "password123").await, "INVALID", "easy to guess, and the link stays good");
    assert_eq!(set(&world, &second, "correct horse").await, "");
    assert_eq!(set(&world, &second, "battery staple").await, "INVALID_LINK");
    assert_eq!(nobody.login("new@example.com", "correct horse").await["userErrors"], json!([]));
    let other = new_user(&hr, "other@example.com").await;
    let late = link(&hr, &other).await;
    world.advance(TimeDelta::days(3));
    assert_eq!(set(&world, &late, "correct horse").await, "INVALID_LINK");
    let stored = async |form: &str| {
        world
            .sql::<i64>(&format!("select count(*) from password_link where hash = {}", form.replace("{}", &late)))
            .await
    };
    assert_eq!(stored("sha256(convert_to('{}', 'UTF8'))").await, 1);
    assert_eq!(stored("convert_to('{}', 'UTF8')").await, 0, "only hashes are stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_use_a_link_at_once_one_sets_the_password() {
    let world = World::new().await;
    let admin = world.admin().await;
    let user = new_user(&admin, "new@example.com").await;
    for round in 0..4 {
        let token = link(&admin, &user).await;
        let racing: Vec<_> = (0..2)
            .map(|racer| {
                let (nobody, token) = (world.nobody(), token.clone());
                let input = json!({"token": token, "newPassword": format!("racer {racer} of round {round}")});
                tokio::spawn(async move { nobody.outcome("setPassword", input).await })
            })
            .collect();
        let mut outcomes = Vec::new();
        for racer in racing {
            outcomes.push(racer.await.unwrap());
        }
        outcomes.sort();
        assert_eq!(outcomes, ["", "INVALID_LINK"]);
    }
}

#[tokio::test]
async fn a_reset_ends_all_sessions_and_asks_for_another_password() {
    let (world, admin, ann) = with_ann().await;
    let nobody = world.nobody();
    let tokens = nobody.login("ann.new@example.com", "correct horse").await;
    let token = link(&admin, &ann).await;
    assert!(nobody.holding(&tokens["accessToken"]).is_in().await, "a link that is not used changes nothing");
    assert_eq!(set(&world, &token, "correct horse").await, "INVALID", "the old one");
    assert_eq!(set(&world, &token, "battery staple").await, "");
    assert!(!nobody.holding(&tokens["accessToken"]).is_in().await);
    assert!(!nobody.refreshes(&tokens["refreshToken"]).await);
    assert_eq!(
        nobody.login("ann.new@example.com", "correct horse").await["userErrors"][0]["code"],
        "INVALID_CREDENTIALS"
    );
    assert_eq!(nobody.login("ann.new@example.com", "battery staple").await["userErrors"], json!([]));
}

#[tokio::test]
async fn a_reset_lets_somebody_in_whom_guesses_kept_out() {
    let (world, admin, ann) = with_ann().await;
    let nobody = world.nobody();
    for _ in 0..8 {
        nobody.login("ann.new@example.com", "wrong horse!").await;
    }
    let token = link(&admin, &ann).await;
    assert_eq!(set(&world, &token, "battery staple").await, "");
    assert_eq!(nobody.login("ann.new@example.com", "battery staple").await["userErrors"], json!([]));
}

#[tokio::test]
async fn hr_sees_first_links_only_and_none_of_administrators() {
    let (world, admin, ann) = with_ann().await;
    let (hr, ben) = (world.person("Hana", "hr", None).await, world.sales("Ben").await);
    let make = |user: &Json| json!({"userId": user});
    assert_eq!(hr.outcome("createPasswordLink", make(&ann)).await, "FORBIDDEN", "Ann has a password");
    assert_eq!(
        hr.outcome("createPasswordLink", json!({"userId": ann, "byEmail": true})).await,
        "INVALID",
        "no e-mail here"
    );
    assert_eq!(hr.outcome("createPasswordLink", make(&json!(admin.gid()))).await, "FORBIDDEN");
    assert_eq!(hr.outcome("createPasswordLink", make(&json!(ben.gid()))).await, "");
    let query = "mutation($input: CreatePasswordLinkInput!) { createPasswordLink(input: $input) { link { url } } }";
    assert_eq!(ben.refused(query, json!({"input": {"userId": ann}})).await, "FORBIDDEN");
    assert_eq!(admin.outcome("createPasswordLink", make(&ann)).await, "");
    let bea = world.person("Bea", "admin", None).await;
    assert_eq!(admin.outcome("createPasswordLink", make(&json!(bea.gid()))).await, "");
    assert_eq!(hr.outcome("departUser", json!({"userId": ann})).await, "");
    assert_eq!(admin.outcome("createPasswordLink", make(&ann)).await, "NOT_FOUND");
}

#[tokio::test]
async fn a_returning_user_sets_a_new_password() {
    let (world, admin, ann) = with_ann().await;
    let nobody = world.nobody();
    let before = link(&admin, &ann).await;
    for act in ["departUser", "reactivateUser"] {
        assert_eq!(admin.outcome(act, json!({"userId": ann})).await, "");
    }
    assert_eq!(
        nobody.login("ann.new@example.com", "correct horse").await["userErrors"][0]["code"],
        "INVALID_CREDENTIALS"
    );
    assert_eq!(set(&world, &before, "battery staple").await, "INVALID_LINK", "it was made before the departure");
    let token = link(&admin, &ann).await;
    assert_eq!(set(&world, &token, "battery staple").await, "");
    assert_eq!(nobody.login("ann.new@example.com", "battery staple").await["userErrors"], json!([]));
}

async fn with_mail() -> (World, Mailbox) {
    let mailbox = Mailbox::open().await;
    let mut limits = Limits { public_url: Some("https://crm.example.com".to_owned()), ..Limits::default() };
    limits.external.smtp_url = Some(format!("smtp://{}", mailbox.address));
    limits.external.mail_from = Some("Tidepool <crm@example.com>".to_owned());
    (World::with_limits(limits).await, mailbox)
}

#[tokio::test]
async fn a_forgotten_password_is_reset_by_e_mail_without_telling_who_has_an_account() {
    let (world, mut mailbox) = with_mail().await;
    let admin = world.admin().await;
    let user = new_user(&admin, "new@example.com").await;
    let english = json!({"userId": user, "locale": "ENGLISH"});
    assert_eq!(admin.outcome("updateUser", english).await, "");
    let nobody = world.nobody();
    let ask = async |email: &str| nobody.act("requestPasswordReset", json!({"email": email}), "done").await;
    assert_eq!(ask("nobody@example.com").await, ask(" New@example.com").await);
    let message = mailbox.next().await;
    assert!(message.contains("To: new@example.com") && message.contains("Subject: Set your password"), "{message}");
    let token =
        message.split_once("https://crm.example.com/set-password#").unwrap().1.split_whitespace().next().unwrap();
    world.advance(TimeDelta::minutes(59));
    assert_eq!(set(&world, token, "correct horse").await, "");
    assert!(mailbox.is_empty(), "nobody@example.com has no account");
    for _ in 0..3 {
        ask("new@example.com").await;
    }
    assert_eq!(ask("new@example.com").await["userErrors"][0]["code"], "TOO_MANY_ATTEMPTS");
}

#[tokio::test]
async fn hr_sends_links_without_seeing_them() {
    let (world, mut mailbox) = with_mail().await;
    let hr = world.person("Hana", "hr", None).await;
    let user = new_user(&hr, "new@example.com").await;
    for password in ["correct horse", "battery staple"] {
        let made = hr.act("createPasswordLink", json!({"userId": user, "byEmail": true}), "link { url }").await;
        assert_eq!(made["link"], Json::Null);
        let message = mailbox.next().await;
        let token = message.split_once("/set-password#").unwrap().1.split_whitespace().next().unwrap().to_owned();
        assert_eq!(set(&world, &token, password).await, "");
    }
}

#[tokio::test]
async fn a_server_that_sends_no_e_mail_says_so() {
    let world = World::new().await;
    assert_eq!(world.nobody().outcome("requestPasswordReset", json!({"email": "new@example.com"})).await, "INVALID");
}

#[tokio::test]
async fn users_change_their_own_accounts_and_a_new_address_needs_the_password() {
    let (world, _, ann) = with_ann().await;
    let nobody = world.nobody();
    let me = nobody.holding(&nobody.login("ann.new@example.com", "correct horse").await["accessToken"]);
    let edit = json!({"userId": ann, "name": "Ann Lee", "phone": "138 0000 0000", "locale": "CHINESE"});
    let edited = me.act("updateUser", edit, "user { name phone email }").await;
    assert_eq!(edited["user"], json!({"name": "Ann Lee", "phone": "138 0000 0000", "email": "ann.new@example.com"}));
    assert_eq!(me.ask("{ viewer { name locale } }").await["viewer"], json!({"name": "Ann Lee", "locale": "CHINESE"}));
    let address = |password: Json| json!({"userId": ann, "email": "Lee@example.com", "password": password});
    for wrong in [Json::Null, json!("wrong horse!")] {
        assert_eq!(me.outcome("updateUser", address(wrong)).await, "INVALID_CREDENTIALS");
    }
    assert_eq!(me.outcome("updateUser", json!({"userId": ann, "email": "no address"})).await, "INVALID");
    assert_eq!(me.outcome("updateUser", address(json!("correct horse"))).await, "");
    assert_eq!(nobody.login("lee@example.com", "correct horse").await["userErrors"], json!([]));
    assert_eq!(
        nobody.login("ann.new@example.com", "correct horse").await["userErrors"][0]["code"],
        "INVALID_CREDENTIALS"
    );
    assert_eq!(me.outcome("updateUser", json!({"userId": ann, "phone": null, "email": "lee@example.com"})).await, "");
    let read = me.data("query($id: ID!) { user(id: $id) { phone } }", json!({"id": ann})).await;
    assert_eq!(read["user"], json!({"phone": null}));
}

#[tokio::test]
async fn others_accounts_are_changed_as_far_as_the_policy_says() {
    let (world, admin, ann) = with_ann().await;
    let (hr, ben) = (world.person("Hana", "hr", None).await, world.sales("Ben").await);
    let name = |user: Json| json!({"userId": user, "name": "Other"});
    let address = |user: Json, email: &str| json!({"userId": user, "email": email});
    assert_eq!(hr.outcome("updateUser", name(ann.clone())).await, "");
    assert_eq!(hr.outcome("updateUser", address(ann.clone(), "hr@example.com")).await, "FORBIDDEN", "links go there");
    assert_eq!(hr.outcome("updateUser", name(json!(admin.gid()))).await, "FORBIDDEN");
    assert_eq!(admin.outcome("updateUser", address(ann.clone(), "ben@example.com")).await, "DUPLICATE");
    let token = link(&admin, &ann).await;
    assert_eq!(admin.outcome("updateUser", address(ann.clone(), "lee@example.com")).await, "");
    assert_eq!(set(&world, &token, "battery staple").await, "INVALID_LINK", "it was for the former address");
    let query = "mutation($input: UpdateUserInput!) { updateUser(input: $input) { user { id } } }";
    assert_eq!(ben.refused(query, json!({"input": name(ann)})).await, "FORBIDDEN");
}

#[tokio::test]
async fn who_is_placed_above_owners_of_customers_does_not_go_unnoticed() {
    let world = World::new().await;
    let (admin, hr) = (world.admin().await, world.person("Hana", "hr", None).await);
    let head = world.person("Head", "manager", None).await;
    let boss = world.person("Boss", "manager", Some(&head)).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let top = world.person("Top", "manager", None).await;
    let spy = world.person("Spy", "manager", Some(&top)).await;
    let told = async |person: &Person| {
        let query = "{ notifications(filter: {kind: {eq: SUPERIOR_CHANGED}}) { edges { node { aboutUser { id } actor { name } } } } }";
        let read = person.ask(query).await;
        let notes = read["notifications"]["edges"].as_array().unwrap().clone();
        notes.into_iter().map(|note| note["node"]["aboutUser"]["id"].clone()).collect::<Vec<_>>()
    };
    let place = |user: &Person, manager: &Person| json!({"userId": user.gid(), "managerId": manager.gid()});
    assert_eq!(hr.outcome("changeManager", place(&boss, &spy)).await, "");
    assert_eq!(told(&boss).await, Vec::<Json>::new(), "nobody in the team owns a customer");
    assert_eq!(hr.outcome("changeManager", place(&boss, &head)).await, "");
    ann.create("Acme").await;
    assert_eq!(hr.outcome("changeManager", place(&boss, &spy)).await, "");
    for person in [&boss, &head, &spy, &top, &admin] {
        assert_eq!(told(person).await, [json!(boss.gid())], "{}", person.name);
    }
    for person in [&hr, &ann] {
        assert_eq!(told(person).await, Vec::<Json>::new(), "{}", person.name);
    }
    // A user who is above already sees no more than before.
    assert_eq!(hr.outcome("changeManager", place(&boss, &top)).await, "");
    assert_eq!(told(&admin).await.len(), 1);
}
