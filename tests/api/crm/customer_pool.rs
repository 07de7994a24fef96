//! The public pool: claim, release, protection, limits, and the operation log.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::watcher::Watcher;
use crate::support::{Person, World, pretty};

#[tokio::test]
async fn the_operation_log_records_every_change_of_owner() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = world.pooled("Acme").await;

    let pool =
        ann.ask("{ publicPool { totalCount edges { node { name claimability { claimable reasons } } } } }").await;
    assert_eq!(
        pool["publicPool"]["edges"][0]["node"],
        json!({"name": "Acme", "claimability": {"claimable": true, "reasons": []}})
    );

    world.advance(TimeDelta::minutes(1));
    assert_eq!(ann.claim(&acme).await, "");
    assert_eq!(ben.claim(&acme).await, "ALREADY_OWNED");
    world.advance(TimeDelta::hours(1));
    let released = ann
        .act(
            "releaseCustomer",
            json!({"customerId": acme, "remark": "no budget"}),
            "customer { owner { name } protectedUntil }",
        )
        .await;
    assert_eq!(released["customer"], json!({"owner": null, "protectedUntil": "2026-03-05T02:01:00.000000Z"}));

    let lost = ben
        .act(
            "claimCustomer",
            json!({"customerId": acme}),
            "customer { claimability { claimable claimableAt reasons } }",
        )
        .await;
    insta::assert_snapshot!(pretty(&lost), @r#"
    {
      "customer": {
        "claimability": {
          "claimable": false,
          "claimableAt": "2026-03-05T02:01:00.000000Z",
          "reasons": [
            "PROTECTED"
          ]
        }
      },
      "userErrors": [
        {
          "code": "PROTECTED",
          "limit": null,
          "message": "The customer is still protected and can't be claimed yet.",
          "owner": null,
          "path": [],
          "until": "2026-03-05T02:01:00.000000Z"
        }
      ]
    }
    "#);

    world.advance(TimeDelta::days(3));
    assert_eq!(ben.claim(&acme).await, "");
    let story = ben
        .data(
            "query($id: ID!) { customer(id: $id) { owner { name } operations(orderBy: AT_ASC) { edges { node {
                 type cause at remark operator { name } previousOwner { name } newOwner { name } } } } } }",
            json!({"id": acme}),
        )
        .await;
    let steps = story["customer"]["operations"]["edges"].as_array().unwrap();
    let lines: Vec<_> = steps
        .iter()
        .map(|step| {
            let step = &step["node"];
            let name = |who: &str| step[who]["name"].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} by {}: {} → {} {}",
                step["at"].as_str().unwrap(),
                step["type"].as_str().unwrap(),
                name("operator"),
                name("previousOwner"),
                name("newOwner"),
                step["remark"]
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    2026-03-02T01:00:00.000000Z CREATE by Mark: - → - null
    2026-03-02T01:01:00.000000Z CLAIM by Ann: - → Ann null
    2026-03-02T02:01:00.000000Z RELEASE by Ann: Ann → - "no budget"
    2026-03-05T02:01:00.000000Z CLAIM by Ben: - → Ben null
    "#);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_new_customer_is_claimable_at_once_and_a_released_one_after_the_exact_protection_period() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = world.pooled("Acme").await;
    assert_eq!(ann.claim(&acme).await, "");
    world.advance(TimeDelta::seconds(1));
    assert_eq!(ann.release(&acme).await, "");
    world.advance(TimeDelta::days(3) - TimeDelta::microseconds(1));
    assert_eq!(ben.claim(&acme).await, "PROTECTED");
    world.advance(TimeDelta::microseconds(1));
    assert_eq!(ben.claim(&acme).await, "");
}

#[tokio::test]
async fn a_repeated_claim_or_release_succeeds_and_is_logged_once() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = world.pooled("Acme").await;
    for _ in 0..2 {
        assert_eq!(ann.claim(&acme).await, "");
    }
    for _ in 0..2 {
        assert_eq!(ann.release(&acme).await, "");
    }
    assert_eq!(ben.release(&acme).await, "NOT_OWNED");
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log").await, 3);
    assert_eq!(ann.outcomes("claimCustomers", json!({"customerIds": [acme, acme]})).await, ["PROTECTED", "PROTECTED"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_claim_restarts_the_follow_up_times() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    sqlx::query("update customer set first_followup_time = $1, last_followup_time = $1")
        .bind(world.clock.now())
        .execute(&world.db)
        .await
        .unwrap();
    world.advance(TimeDelta::seconds(1));
    ann.release(&acme).await;
    world.advance(TimeDelta::days(3));
    ann.claim(&acme).await;
    let read = ann
        .data(
            "query($id: ID!) { customer(id: $id) { firstFollowUpTime lastFollowUpTime ownedSince } }",
            json!({"id": acme}),
        )
        .await;
    assert_eq!(
        read["customer"],
        json!({"firstFollowUpTime": null, "lastFollowUpTime": null, "ownedSince": "2026-03-05T01:00:01.000000Z"})
    );
}

#[tokio::test]
async fn the_daily_limit_counts_the_log_and_ends_with_the_business_day() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    assert_eq!(admin.outcome("updateSettings", json!({"maxClaimsPerDay": 2, "protectionPeriod": "PT0S"})).await, "");
    let all = [world.pooled("A1").await, world.pooled("B2").await, world.pooled("C3").await];
    assert_eq!(ann.claim(&all[0]).await, "");
    // Releasing and claiming again does not circumvent the limit.
    assert_eq!(ann.release(&all[0]).await, "");
    assert_eq!(ann.claim(&all[1]).await, "");
    let refused = ann
        .act("claimCustomer", json!({"customerId": all[2]}), "customer { claimability { reasons claimableAt } }")
        .await;
    assert_eq!(refused["userErrors"][0]["code"], "CLAIM_LIMIT_REACHED");
    assert_eq!(refused["userErrors"][0]["limit"], 2);
    // It is midnight in Shanghai.
    assert_eq!(refused["userErrors"][0]["until"], "2026-03-02T16:00:00.000000Z");
    assert_eq!(
        refused["customer"]["claimability"],
        json!({"reasons": ["CLAIM_LIMIT_REACHED"], "claimableAt": "2026-03-02T16:00:00.000000Z"})
    );
    let quota = ann.ask("{ viewer { claimQuota { owned claimedToday maxClaimsPerDay claimsLeft dayEndsAt } } }").await;
    assert_eq!(
        quota["viewer"]["claimQuota"],
        json!({"owned": 1, "claimedToday": 2, "maxClaimsPerDay": 2, "claimsLeft": 0, "dayEndsAt": "2026-03-02T16:00:00.000000Z"})
    );
    world.advance(TimeDelta::hours(15));
    assert_eq!(ann.claim(&all[2]).await, "");
}

#[tokio::test]
async fn claims_above_the_limit_of_owned_customers_are_refused_from_the_end_of_a_batch() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    admin.outcome("updateSettings", json!({"maxOwnedCustomers": 2})).await;
    let all = [world.pooled("A1").await, world.pooled("B2").await, world.pooled("C3").await];
    assert_eq!(ann.outcomes("claimCustomers", json!({"customerIds": all})).await, ["", "", "HOLDING_LIMIT_REACHED"]);
    assert_eq!(ann.release(&all[0]).await, "");
    assert_eq!(ann.claim(&all[2]).await, "");
    world.assert_sound().await;
}

#[tokio::test]
async fn the_cool_down_of_a_former_owner_also_counts_after_other_owners() {
    let world = World::new().await;
    let (admin, ann, ben) = (world.admin().await, world.sales("Ann").await, world.sales("Ben").await);
    admin.outcome("updateSettings", json!({"previousOwnerCooldown": "P10D", "protectionPeriod": "PT0S"})).await;
    let acme = world.pooled("Acme").await;
    for rep in [&ann, &ben] {
        world.advance(TimeDelta::days(1));
        assert_eq!(rep.claim(&acme).await, "");
        assert_eq!(rep.release(&acme).await, "");
    }
    let refused = ann
        .act("claimCustomer", json!({"customerId": acme}), "customer { claimability { reasons claimableAt } }")
        .await;
    assert_eq!(refused["userErrors"][0]["code"], "PREVIOUS_OWNER_COOLDOWN");
    assert_eq!(refused["userErrors"][0]["until"], refused["customer"]["claimability"]["claimableAt"]);
    world.advance(TimeDelta::days(9) + TimeDelta::seconds(1));
    assert_eq!(ann.claim(&acme).await, "");
}

#[tokio::test]
async fn a_superior_reclaims_a_customer() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let lead = world.person("Lead", "manager", Some(&boss)).await;
    let ann = world.person("Ann", "sales", Some(&lead)).await;
    let other = world.person("Other", "manager", None).await;
    let acme = json!(ann.create("Acme").await);
    world.advance(TimeDelta::seconds(1));
    assert_eq!(other.release(&acme).await, "NOT_FOUND");
    let taken = boss
        .act(
            "releaseCustomer",
            json!({"customerId": acme}),
            "customer { isPooled operations(first: 1) { edges { node { type cause } } } }",
        )
        .await;
    assert_eq!(taken["customer"]["operations"]["edges"][0]["node"], json!({"type": "RECLAIM", "cause": "MANAGER"}));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_blacklisted_customer_is_hidden_from_the_pool_and_cannot_be_claimed() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = world.pooled("Acme").await;
    let refused = ann
        .refused(
            "mutation($id: ID!) { blacklistCustomer(input: {customerId: $id, reason: \"x\"}) { customer { id } } }",
            json!({"id": acme}),
        )
        .await;
    assert_eq!(refused, "FORBIDDEN");
    for _ in 0..2 {
        assert_eq!(boss.outcome("blacklistCustomer", json!({"customerId": acme, "reason": "does not pay"})).await, "");
    }
    assert_eq!(ann.ask("{ publicPool { totalCount } }").await["publicPool"]["totalCount"], 0);
    assert_eq!(ann.claim(&acme).await, "BLACKLISTED");
    let own = json!(ann.create("Blue Wave").await);
    assert_eq!(boss.outcome("blacklistCustomer", json!({"customerId": own, "reason": "sued us"})).await, "");
    let kept = ann
        .data(
            "query($id: ID!) { customer(id: $id) { isBlacklisted blacklistReason owner { name } } }",
            json!({"id": own}),
        )
        .await;
    assert_eq!(
        kept["customer"],
        json!({"isBlacklisted": true, "blacklistReason": "sued us", "owner": {"name": "Ann"}})
    );
    assert_eq!(boss.outcome("unblacklistCustomer", json!({"customerId": acme})).await, "");
    assert_eq!(ann.claim(&acme).await, "");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_refused_claim_names_the_owner_only_to_users_who_may_see_the_customer() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let acme = world.pooled("Acme").await;
    ann.claim(&acme).await;
    let to = async |who: &Person| {
        who.act("claimCustomer", json!({"customerId": acme}), "__typename").await["userErrors"][0]["owner"].clone()
    };
    assert_eq!(to(&ben).await, json!(null));
    assert_eq!(to(&boss).await, json!("Ann"));
}

#[tokio::test]
async fn a_new_customer_can_have_a_protection_that_settings_do_not_change() {
    let world = World::new().await;
    let (admin, mark) = (world.admin().await, world.person("Mark", "marketing", None).await);
    let ann = world.sales("Ann").await;
    let mut watcher = Watcher::subscribe(world.listen().await, &ann).await;
    let input = json!({"name": "Acme", "source": "WEBSITE", "protectFor": "P2D"});
    let acme = mark.act("createCustomer", input, "customer { id protectedUntil }").await["customer"].clone();
    assert_eq!(acme["protectedUntil"], "2026-03-04T01:00:00.000000Z");
    assert_eq!(watcher.line().await, "ENTERED CREATED Acme");
    let payload =
        mark.upload("list.csv", b"Name\nBlue Wave\n", json!({"source": "WEBSITE", "protectFor": "P1D"})).await;
    mark.run_import(payload["import"]["id"].as_str().unwrap()).await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Blue Wave");
    world.advance(TimeDelta::hours(1));
    for period in ["PT0S", "P9D"] {
        assert_eq!(admin.outcome("updateSettings", json!({"protectionPeriod": period})).await, "");
    }
    assert_eq!(ann.claim(&acme["id"]).await, "PROTECTED");
    world.advance(TimeDelta::hours(23));
    assert_eq!(watcher.line().await, "BECAME_CLAIMABLE PROTECTION_ENDED Blue Wave");
    assert_eq!(ann.claim(&acme["id"]).await, "PROTECTED");
    world.advance(TimeDelta::days(1));
    assert_eq!(watcher.line().await, "BECAME_CLAIMABLE PROTECTION_ENDED Acme");
    assert_eq!(ann.claim(&acme["id"]).await, "");
    assert_eq!(watcher.line().await, "LEFT - -");
    // A release has the usual protection.
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.release(&acme["id"]).await, "");
    assert_eq!(watcher.next().await["protectedUntil"], "2026-03-13T02:00:00.000000Z");
    watcher.assert_no_event_before_now(&world).await;
    world.assert_sound().await;
}

#[tokio::test]
async fn protection_of_an_owned_customer_or_with_an_invalid_time_is_refused() {
    let world = World::new().await;
    let (ann, mark) = (world.sales("Ann").await, world.person("Mark", "marketing", None).await);
    let enter = |protect_for: &str| json!({"name": "Acme", "source": "WEBSITE", "protectFor": protect_for});
    let refused = async |person: &Person, protect_for: &str| {
        let errors = "userErrors { code path message }";
        person.act("createCustomer", enter(protect_for), errors).await["userErrors"][0].clone()
    };
    assert_eq!(refused(&ann, "P1D").await["message"], "Only a customer that is created in the pool can be protected.");
    for wrong in ["three days", "P1M", "P367D"] {
        assert_eq!(refused(&mark, wrong).await["path"], json!(["protectFor"]), "{wrong}");
        let payload = mark.upload("list.csv", b"Name\nAcme\n", json!({"source": "WEBSITE", "protectFor": wrong})).await;
        assert_eq!(payload["userErrors"][0]["path"], json!(["protectFor"]), "{wrong}");
    }
    assert_eq!(mark.outcome("createCustomer", enter("PT0S")).await, "");
    assert_eq!(world.sql::<i64>("select count(*) from customer where protected_until is null").await, 1);
    assert_eq!(world.sql::<i64>("select count(*) from import").await, 0);
}

#[tokio::test]
async fn releasing_a_hidden_customer_reveals_nothing() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let black = world.pooled("Black").await;
    assert_eq!(admin.outcome("blacklistCustomer", json!({"customerId": black, "reason": "x"})).await, "");
    assert_eq!(ann.release(&black).await, "NOT_FOUND");
    assert_eq!(admin.outcome("archiveCustomer", json!({"customerId": black})).await, "");
    assert_eq!(ann.release(&black).await, "NOT_FOUND");
    assert_eq!(admin.release(&black).await, "ARCHIVED");
}
