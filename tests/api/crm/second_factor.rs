//! The second factor: enrolment, codes that work once, recovery, and roles that require one.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::sign_in::{LOGIN, Phone, with_ann};
use crate::support::{Person, World};

const ANN: &str = "ann.new@example.com";

async fn login(person: &Person, code: Json) -> Json {
    person.act("login", json!({"email": ANN, "password": "correct horse", "code": code}), LOGIN).await
}

async fn code_of(person: &Person, code: Json) -> String {
    login(person, code).await["userErrors"][0]["code"].as_str().unwrap_or_default().to_owned()
}

/// Ann with a second factor: her session, her phone and her recovery codes.
async fn enrolled(world: &World) -> (Person, Phone, Vec<Json>) {
    let nobody = world.nobody();
    let me = nobody.holding(&nobody.login(ANN, "correct horse").await["accessToken"]);
    let begun = me.act("enrollSecondFactor", json!({"password": "correct horse"}), "secret url").await;
    let phone = Phone::with(&begun["secret"]);
    let code = json!({"code": phone.shows(world, 0)});
    let confirmed = me.act("confirmSecondFactor", code, "recoveryCodes").await;
    let codes = confirmed["recoveryCodes"].as_array().unwrap_or_else(|| panic!("{confirmed}")).clone();
    world.advance(TimeDelta::minutes(2));
    (me, phone, codes)
}

#[tokio::test]
async fn a_second_factor_is_asked_for_when_it_is_confirmed() {
    let (world, _, _) = with_ann().await;
    let nobody = world.nobody();
    let me = nobody.holding(&nobody.login(ANN, "correct horse").await["accessToken"]);
    assert_eq!(me.outcome("enrollSecondFactor", json!({"password": "wrong horse!"})).await, "INVALID_CREDENTIALS");
    let begun = me.act("enrollSecondFactor", json!({"password": "correct horse"}), "secret url").await;
    let url = begun["url"].as_str().unwrap();
    assert!(url.starts_with("otpauth://totp/Tidepool:ann.new%40example.com?secret="), "{url}");
    assert_eq!(code_of(&nobody, Json::Null).await, "", "not yet");
    assert_eq!(me.outcome("confirmSecondFactor", json!({"code": "000000"})).await, "INVALID_CODE");
    let phone = Phone::with(&begun["secret"]);
    let mut typed = phone.shows(&world, 0);
    typed.insert(3, ' ');
    let confirmed = me.act("confirmSecondFactor", json!({"code": typed}), "recoveryCodes").await;
    assert_eq!(confirmed["recoveryCodes"].as_array().unwrap().len(), 10);
    assert_eq!(me.ask("{ viewer { hasSecondFactor } }").await["viewer"]["hasSecondFactor"], true);
    assert_eq!(me.outcome("enrollSecondFactor", json!({"password": "correct horse"})).await, "CONFLICT");
    assert_eq!(code_of(&nobody, Json::Null).await, "SECOND_FACTOR_REQUIRED");
    let wrong = json!({"email": ANN, "password": "wrong horse!"});
    assert_eq!(nobody.outcome("login", wrong).await, "INVALID_CREDENTIALS", "only with the right password is it told");
    let used = json!(phone.shows(&world, 0));
    assert_eq!(code_of(&nobody, used).await, "INVALID_CODE", "this code has confirmed it");
    world.advance(TimeDelta::seconds(30));
    assert_eq!(code_of(&nobody, json!(phone.shows(&world, 0))).await, "");
}

#[tokio::test]
async fn to_be_asked_for_the_code_is_no_failure() {
    let (world, _, ann) = with_ann().await;
    let (me, phone, _) = enrolled(&world).await;
    let nobody = world.nobody();
    for _ in 0..25 {
        assert_eq!(code_of(&nobody, Json::Null).await, "SECOND_FACTOR_REQUIRED");
    }
    let remove = json!({"userId": ann, "password": "correct horse"});
    for _ in 0..8 {
        assert_eq!(me.outcome("removeSecondFactor", remove.clone()).await, "SECOND_FACTOR_REQUIRED");
    }
    assert_eq!(code_of(&nobody, json!(phone.shows(&world, 0))).await, "");
}

#[tokio::test]
async fn a_code_works_once_and_clocks_may_differ_by_half_a_minute() {
    let (world, _, _) = with_ann().await;
    let (_, phone, _) = enrolled(&world).await;
    let nobody = world.nobody();
    let late = json!(phone.shows(&world, -30));
    assert_eq!(code_of(&nobody, late.clone()).await, "");
    assert_eq!(code_of(&nobody, late).await, "INVALID_CODE", "a replay");
    let present = phone.shows(&world, 0);
    let spaced = format!("{} {}", &present[..3], &present[3..]);
    assert_eq!(code_of(&nobody, json!(spaced)).await, "");
    assert_eq!(
        code_of(&nobody, json!(phone.shows(&world, -30))).await,
        "INVALID_CODE",
        "earlier than one that was used"
    );
    assert_eq!(code_of(&nobody, json!(phone.shows(&world, 60))).await, "INVALID_CODE", "too fast");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_use_a_code_at_once_one_gets_in() {
    let (world, _, _) = with_ann().await;
    let (_, phone, recovery) = enrolled(&world).await;
    for code in [json!(phone.shows(&world, 0)), recovery[0].clone()] {
        let racing: Vec<_> = (0..2)
            .map(|_| {
                let (nobody, code) = (world.nobody(), code.clone());
                tokio::spawn(async move { code_of(&nobody, code).await })
            })
            .collect();
        let mut outcomes = Vec::new();
        for racer in racing {
            outcomes.push(racer.await.unwrap());
        }
        outcomes.sort();
        assert_eq!(outcomes, ["", "INVALID_CODE"]);
    }
}

#[tokio::test]
async fn wrong_codes_are_slowed_like_wrong_passwords() {
    let (world, _, _) = with_ann().await;
    let (_, phone, _) = enrolled(&world).await;
    let nobody = world.nobody();
    for _ in 0..5 {
        assert_eq!(code_of(&nobody, json!("000000")).await, "INVALID_CODE");
    }
    assert_eq!(code_of(&nobody, json!(phone.shows(&world, 0))).await, "TOO_MANY_ATTEMPTS");
}

#[tokio::test]
async fn a_recovery_code_works_once_in_any_case() {
    let (world, _, _) = with_ann().await;
    let (_, _, recovery) = enrolled(&world).await;
    let nobody = world.nobody();
    let typed = recovery[0].as_str().unwrap().to_uppercase().replace('-', " ");
    assert_eq!(code_of(&nobody, json!(typed)).await, "");
    assert_eq!(code_of(&nobody, recovery[0].clone()).await, "INVALID_CODE");
    assert_eq!(code_of(&nobody, recovery[1].clone()).await, "");
    assert_eq!(world.sql::<i64>("select count(*) from recovery_code").await, 8);
}

#[tokio::test]
async fn a_second_factor_is_removed_with_password_and_code_or_by_administrators() {
    let (world, admin, ann) = with_ann().await;
    let (me, phone, recovery) = enrolled(&world).await;
    let nobody = world.nobody();
    let remove = |password: &str, code: Json| json!({"userId": ann, "password": password, "code": code});
    let code = json!(phone.shows(&world, 0));
    assert_eq!(me.outcome("removeSecondFactor", remove("wrong horse!", code)).await, "INVALID_CREDENTIALS");
    assert_eq!(me.outcome("removeSecondFactor", remove("correct horse", Json::Null)).await, "SECOND_FACTOR_REQUIRED");
    assert_eq!(me.outcome("removeSecondFactor", remove("correct horse", recovery[2].clone())).await, "");
    assert_eq!(code_of(&nobody, Json::Null).await, "");
    enrolled(&world).await;
    let (hr, bea) = (world.person("Hana", "hr", None).await, world.person("Bea", "admin", None).await);
    let query = "mutation($input: RemoveSecondFactorInput!) { removeSecondFactor(input: $input) { done } }";
    assert_eq!(hr.refused(query, json!({"input": {"userId": ann}})).await, "FORBIDDEN");
    assert_eq!(admin.outcome("removeSecondFactor", json!({"userId": bea.gid()})).await, "");
    assert_eq!(admin.outcome("removeSecondFactor", json!({"userId": ann})).await, "");
    assert_eq!(code_of(&nobody, Json::Null).await, "");
}

#[tokio::test]
async fn a_role_that_requires_a_second_factor_gives_nothing_without_one() {
    let (world, admin, _) = with_ann().await;
    let acme = world.pooled("Acme").await;
    let nobody = world.nobody();
    let me = nobody.holding(&nobody.login(ANN, "correct horse").await["accessToken"]);
    let sees = async || {
        !me.data("query($id: ID!) { customer(id: $id) { id } }", json!({"id": acme})).await["customer"].is_null()
    };
    assert!(sees().await);
    let mut role = json!({"name": "sales", "titleEn": "Sales", "titleZh": "销售", "grantableByHr": true, "requiresSecondFactor": true});
    assert_eq!(admin.outcome("saveRole", role.clone()).await, "");
    assert!(!sees().await);
    let viewer = me.ask("{ viewer { mustEnrollSecondFactor permissions { action } } }").await["viewer"].clone();
    assert_eq!(viewer, json!({"mustEnrollSecondFactor": true, "permissions": []}));
    role.as_object_mut().unwrap().remove("requiresSecondFactor");
    assert_eq!(admin.outcome("saveRole", role).await, "", "who does not say it does not change it");
    assert!(!sees().await);
    let (me, _, _) = enrolled(&world).await;
    assert_eq!(me.ask("{ viewer { mustEnrollSecondFactor } }").await["viewer"]["mustEnrollSecondFactor"], false);
    assert!(sees().await);
}
