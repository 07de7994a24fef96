//! What everybody may know of an installation.

use serde_json::json;
use tidepool::kernel::config::Limits;

use crate::support::World;

const ASKED: &str = "{ installation { version isDemo needsAdministrator identityProviders sendsEmail } }";

#[tokio::test]
async fn nobody_learns_how_to_sign_in_and_nothing_else() {
    let mut limits = Limits { is_demo: true, ..Limits::default() };
    limits.external.oidc_issuer = Some("https://login.example.com".to_owned());
    limits.external.oidc_client_id = Some("tidepool".to_owned());
    let world = World::with_limits(limits).await;
    let nobody = world.nobody();
    let seen = nobody.ask(ASKED).await["installation"].clone();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        seen,
        json!({"version": version, "isDemo": true, "needsAdministrator": true, "identityProviders": ["OIDC"], "sendsEmail": false})
    );
    world.person("Ann", "sales", None).await;
    assert_eq!(nobody.ask(ASKED).await["installation"]["needsAdministrator"], false);
    let more = nobody.ask_with("{ installation { version } settings { version } }", json!({})).await;
    assert_eq!(more["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn who_opens_accounts_sees_the_roles_to_give_and_everybody_the_names_of_choices() {
    let world = World::new().await;
    let hr = world.person("Hana", "hr", None).await;
    let roles = hr.ask("{ roles { name grantableByHr } }").await["roles"].clone();
    let roles = roles.as_array().unwrap();
    assert!(roles.iter().any(|role| role["name"] == "sales"), "{roles:?}");
    assert!(roles.iter().all(|role| role["grantableByHr"] == true), "{roles:?}");
    let ann = world.person("Ann", "sales", None).await;
    assert_eq!(ann.ask("{ roles { name } }").await["roles"], json!([]));
    // Also a user who has no role, or a role of the installation's own.
    let idle = world.person_with("Idle", &[], None).await;
    let seen = idle
        .ask("{ choices { code } opportunityStages { code } extraFields { key } viewer { businessTimeZone } settings { version } }")
        .await;
    for list in ["choices", "opportunityStages", "extraFields"] {
        assert!(!seen[list].as_array().unwrap().is_empty(), "{seen}");
    }
    assert_eq!([&seen["viewer"]["businessTimeZone"], &seen["settings"]], [&json!("Asia/Shanghai"), &json!(null)]);
    for role in ["hr", "service", "analyst", "sales", "marketing", "manager", "admin"] {
        let person = world.person(&format!("Of {role}"), role, None).await;
        let seen = person
            .ask("{ choices(kind: LEVEL) { nameZh } opportunityStages { nameZh } settings { businessTimeZone } }")
            .await;
        for list in ["choices", "opportunityStages"] {
            assert!(!seen[list].as_array().unwrap().is_empty(), "{role}: {seen}");
        }
        assert_eq!(seen["settings"]["businessTimeZone"], "Asia/Shanghai", "{role}");
    }
}
