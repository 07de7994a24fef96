//! The field `claimability` of a customer agrees with the result of a claim.

use chrono::TimeDelta;
use fastrand::Rng;
use serde_json::{Value as Json, json};

use crate::support::{Person, World};

const WORLDS: u64 = 6;
const STEPS: u64 = 120;

#[tokio::test]
async fn claimability_predicts_the_result_of_a_claim() {
    let (mut claimed, mut refused) = (0, std::collections::BTreeSet::new());
    for seed in 0..WORLDS {
        let mut rng = Rng::with_seed(seed);
        let world = World::new().await;
        let ada = world.admin().await;
        let mia = world.person("Mia", "manager", None).await;
        let mut people = vec![mia.clone()];
        for name in ["Ann", "Bob"] {
            people.push(world.person(name, "sales", Some(&mia)).await);
        }
        let mut customers = Vec::new();
        for name in ["Acme", "Blue", "Cosmos", "Delta", "Echo", "Fox"] {
            customers.push(world.pooled(name).await);
        }
        let pools = pools(&world, &ada, &mut rng, &people[1]).await;
        for _ in 0..STEPS {
            world.advance(TimeDelta::minutes(rng.i64(1..120)));
            let customer = &customers[rng.usize(..customers.len())];
            let person = &people[rng.usize(..people.len())];
            match rng.u8(..14) {
                0 => settings(&ada, &mut rng).await,
                1 => {
                    let input = json!({"customerIds": [customer], "ownerId": person.gid()});
                    mia.outcomes("assignCustomers", input).await;
                }
                2 => {
                    let input = json!({"customerId": customer, "reason": "no"});
                    ada.outcome("blacklistCustomer", input).await;
                }
                3 => drop(ada.outcome("unblacklistCustomer", json!({"customerId": customer})).await),
                4 | 5 => drop(ada.release(customer).await),
                6 => drop(ada.outcome("archiveCustomer", json!({"customerId": customer})).await),
                8 if !pools.is_empty() => {
                    let pool = &pools[rng.usize(..pools.len())];
                    assert_eq!(
                        ada.outcomes("moveToPool", json!({"customerIds": [customer], "poolId": pool})).await,
                        [""]
                    );
                }
                7 => drop(ada.outcome("restoreCustomer", json!({"customerId": customer})).await),
                _ => match claim(&world, person, customer).await {
                    None => claimed += 1,
                    Some(reason) => drop(refused.insert(reason)),
                },
            }
        }
        world.assert_sound().await;
    }
    assert!(claimed > 50, "{claimed} claims");
    let wanted = [
        "ALREADY_OWNED",
        "ARCHIVED",
        "BLACKLISTED",
        "CLAIM_LIMIT_REACHED",
        "HOLDING_LIMIT_REACHED",
        "NOT_A_MEMBER",
        "PREVIOUS_OWNER_COOLDOWN",
        "PROTECTED",
    ];
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), wanted, "every reason came up");
}

/// In two of three worlds there are two pools more, with one member: one with limits of its own, one without.
async fn pools(world: &World, ada: &Person, rng: &mut Rng, member: &Person) -> Vec<String> {
    if rng.u8(..3) == 0 {
        return Vec::new();
    }
    let limit = |rng: &mut Rng| rng.bool().then(|| rng.i32(1..4));
    let members = json!([{"userId": member.gid()}]);
    for input in [
        json!({"name": "East", "members": members, "maxClaimsPerDay": limit(rng), "maxOwnedCustomers": limit(rng)}),
        json!({"name": "Plain", "members": members}),
    ] {
        assert_eq!(ada.outcome("createPool", input).await, "");
    }
    let ids: Vec<uuid::Uuid> =
        sqlx::query_scalar("select id from pool order by id").fetch_all(&world.db).await.unwrap();
    ids.into_iter().map(|id| format!("pool_{id}")).collect()
}

/// Reads the claimability and claims; returns the refusal code.
async fn claim(world: &World, person: &Person, customer: &Json) -> Option<String> {
    let said = claimability(person, customer).await;
    // A customer of another owner is hidden, so nothing is shown.
    if said.is_null() {
        assert_ne!(person.claim(customer).await, "");
        return None;
    }
    let mine = person.data("query($id: ID!) { customer(id: $id) { ownerId } }", json!({"id": customer})).await;
    let is_mine = mine["customer"]["ownerId"] == person.gid();
    let first = said["reasons"][0].as_str().map(str::to_owned);
    assert_eq!(said["claimable"], first.is_none(), "{said}");
    // The customer becomes claimable at `claimableAt`, and not a microsecond earlier.
    if let Some(at) = said["claimableAt"].as_str() {
        let at: chrono::DateTime<chrono::Utc> = at.parse().unwrap();
        let wait = at - world.clock.now();
        world.advance(wait - TimeDelta::microseconds(1));
        assert_eq!(claimability(person, customer).await["claimable"], false, "{said}");
        world.advance(TimeDelta::microseconds(1));
        assert_eq!(claimability(person, customer).await["claimable"], true, "{said}");
        assert_eq!(person.claim(customer).await, "");
        return first;
    }
    let outcome = person.claim(customer).await;
    // Claiming one's own customer succeeds.
    assert_eq!(outcome, if is_mine { "" } else { first.as_deref().unwrap_or_default() }, "{said}");
    first
}

async fn claimability(person: &Person, customer: &Json) -> Json {
    let query = "query($id: ID!) { customer(id: $id) { claimability { claimable claimableAt reasons } } }";
    person.data(query, json!({"id": customer})).await["customer"]["claimability"].clone()
}

async fn settings(ada: &Person, rng: &mut Rng) {
    let periods = ["PT0S", "PT3H", "P1D"];
    let limit = |rng: &mut Rng| rng.bool().then(|| rng.i32(1..5));
    let input = json!({
        "protectionPeriod": periods[rng.usize(..3)],
        "maxOwnedCustomers": limit(rng),
        "maxClaimsPerDay": limit(rng),
        "previousOwnerCooldown": rng.bool().then_some("PT20H"),
    });
    assert_eq!(ada.outcome("updateSettings", input).await, "");
}
