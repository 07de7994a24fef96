//! Sign-in by password: who has to wait after failures, and who never has to.

use chrono::TimeDelta;
use futures_util::FutureExt;
use serde_json::json;

use crate::support::sign_in::{Device, with_ann};

const ANN: &str = "ann.new@example.com";
const WAIT: &str = "TOO_MANY_ATTEMPTS";

#[tokio::test]
async fn guesses_from_elsewhere_never_keep_the_owner_out() {
    let (world, _, _) = with_ann().await;
    let (home, attacker) = (Device::of(&world, "192.0.2.1"), Device::of(&world, "203.0.113.9"));
    assert_eq!(home.tries(ANN, "correct horse").await, "");
    for minute in 0..52 {
        attacker.tries(ANN, "guess number 1").await;
        attacker.tries(ANN, "guess number 2").await;
        assert_eq!(home.tries(ANN, "correct horse").await, "", "minute {minute}");
        world.advance(TimeDelta::minutes(1));
    }
    attacker.tries(ANN, "guess number 3").await;
    assert_eq!(attacker.tries(ANN, "correct horse").await, WAIT, "the attacker waits, whatever they send");
}

#[tokio::test]
async fn guesses_from_many_networks_are_counted_together() {
    let (world, _, _) = with_ann().await;
    for address in ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.5"] {
        assert_eq!(Device::of(&world, address).tries(ANN, "wrong horse!").await, "INVALID_CREDENTIALS");
    }
    assert_eq!(Device::of(&world, "203.0.113.6").tries(ANN, "wrong horse!").await, WAIT);
}

#[tokio::test]
async fn the_addresses_of_an_ipv6_network_are_counted_together() {
    let (world, _, _) = with_ann().await;
    let (desk, phone) = (Device::of(&world, "2001:db8:1:1::7"), Device::of(&world, "2001:db8:1:1:a:b:c:d"));
    assert_eq!(desk.tries(ANN, "correct horse").await, "");
    let attacker = Device::of(&world, "203.0.113.9");
    for _ in 0..6 {
        attacker.tries(ANN, "wrong horse!").await;
    }
    assert_eq!(phone.tries(ANN, "correct horse").await, "", "the same network");
    assert_eq!(Device::of(&world, "2001:db8:1:2::7").tries(ANN, "correct horse").await, WAIT);
}

#[tokio::test]
async fn a_whole_office_is_not_kept_out_by_one_of_its_machines() {
    let (world, _, _) = with_ann().await;
    let office = Device::of(&world, "192.0.2.1");
    assert_eq!(office.tries(ANN, "correct horse").await, "");
    for number in 0..30 {
        office.tries(&format!("nobody{number}@example.com"), "wrong horse!").await;
    }
    assert_eq!(office.tries("nobody@example.com", "wrong horse!").await, WAIT);
    assert_eq!(office.tries(ANN, "correct horse").await, "");
}

#[tokio::test]
async fn guesses_where_the_owner_signs_in_are_slowed_after_a_hundred() {
    let (world, _, _) = with_ann().await;
    let office = Device::of(&world, "192.0.2.1");
    assert_eq!(office.tries(ANN, "correct horse").await, "");
    let (mut wrong, mut waited) = (0, 0);
    for _ in 0..110 {
        match office.tries(ANN, "wrong horse!").await.as_str() {
            "INVALID_CREDENTIALS" => wrong += 1,
            _ => waited += 1,
        }
    }
    assert_eq!((wrong, waited), (100, 10));
    world.advance(TimeDelta::seconds(2));
    assert_eq!(office.tries(ANN, "correct horse").await, "", "the right one resets the count");
    assert_eq!(office.tries(ANN, "wrong horse!").await, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn every_check_of_a_password_counts_like_a_sign_in() {
    let (world, _, ann) = with_ann().await;
    let nobody = world.nobody();
    for (mutation, guess) in [
        ("changePassword", json!({"oldPassword": "wrong horse!", "newPassword": "battery staple"})),
        ("enrollSecondFactor", json!({"password": "wrong horse!"})),
        ("updateUser", json!({"userId": ann, "email": "lee@example.com", "password": "wrong horse!"})),
    ] {
        let me = nobody.holding(&nobody.login(ANN, "correct horse").await["accessToken"]);
        for number in 0..5 {
            assert_eq!(me.outcome(mutation, guess.clone()).await, "INVALID_CREDENTIALS", "{mutation} {number}");
        }
        for _ in 0..35 {
            assert_eq!(me.outcome(mutation, guess.clone()).await, WAIT, "{mutation}");
        }
        let sign_in = nobody.login(ANN, "correct horse").await;
        assert_eq!(sign_in["userErrors"][0]["code"], WAIT, "{mutation} is counted together with signing in");
        world.advance(TimeDelta::minutes(16));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_password_guesses_are_delayed_too() {
    let (world, _, _) = with_ann().await;
    let guesses: Vec<_> = (0..12)
        .map(|number| {
            let nobody = world.nobody();
            tokio::spawn(async move {
                nobody.login("ann.new@example.com", &format!("guess number {number}")).await["userErrors"][0]["code"]
                    .clone()
            })
        })
        .collect();
    let mut wrong = 0;
    for guess in guesses {
        wrong += usize::from(guess.await.unwrap() == "INVALID_CREDENTIALS");
    }
    assert_eq!(wrong, 5, "five are free, the others wait");
    let nobody = world.nobody();
    let right = nobody.login("ann.new@example.com", "correct horse").await;
    assert_eq!(right["userErrors"][0]["code"], "TOO_MANY_ATTEMPTS", "the right one waits, too");
    assert_ne!(right["userErrors"][0]["until"], json!(null));
    world.advance(TimeDelta::minutes(16));
    assert_eq!(nobody.login("ann.new@example.com", "correct horse").await["userErrors"], json!([]));
}

#[tokio::test]
async fn many_sign_ins_from_one_address_succeed_and_wrong_passwords_delay_the_next_attempt() {
    let (world, _, _) = with_ann().await;
    let nobody = Device::of(&world, "192.0.2.1");
    for _ in 0..22 {
        assert_eq!(nobody.login("ann.new@example.com", "correct horse").await["userErrors"], json!([]));
    }
    let nobody = Device::of(&world, "192.0.2.2");
    for _ in 0..6 {
        nobody.login("ann.new@example.com", "wrong horse").await;
    }
    // Another attempt during the delay does not extend it.
    let waits = async || nobody.login("ann.new@example.com", "correct horse").await["userErrors"][0].clone();
    let first = waits().await;
    assert_eq!(first["code"], "TOO_MANY_ATTEMPTS");
    world.advance(TimeDelta::milliseconds(100));
    assert_eq!(waits().await["until"], first["until"]);
    world.advance(TimeDelta::seconds(2));
    assert_eq!(nobody.login("ann.new@example.com", "correct horse").await["userErrors"], json!([]));
    world.advance(TimeDelta::hours(25));
    tidepool::jobs::run(&world.app, tidepool::jobs::Job::Forget).await.unwrap();
    assert_eq!(world.sql::<i64>("select count(*) from sign_in_failure").await, 0);
}

#[tokio::test]
async fn when_too_many_passwords_wait_to_be_checked_further_ones_are_refused_at_once_and_not_counted() {
    let (world, _, _) = with_ann().await;
    let (office, bob) = (Device::of(&world, "192.0.2.1"), world.sales("Bob").await);
    let (mut turns, mut waiting) = (Vec::new(), Vec::new());
    for other in 0.. {
        let hashing = world.app.hashing().clone();
        let mut turn = Box::pin(async move { hashing.wait(&format!("network {other}")).await });
        match turn.as_mut().now_or_never() {
            Some(Some(turn)) => turns.push(turn),
            Some(None) => break,
            None => waiting.push(turn),
        }
    }
    assert_eq!(office.tries(ANN, "correct horse").await, WAIT);
    let counted = "select coalesce(sum(failures), 0)::bigint from sign_in_failure";
    assert_eq!(world.sql::<i64>(counted).await, 0);
    assert_eq!(bob.ask("{ viewer { name } }").await["viewer"]["name"], "Bob", "a user who is signed in is served");
    bob.create("Acme").await;
    drop((waiting, turns));
    assert_eq!(office.tries(ANN, "correct horse").await, "");
}
