//! The audit log: every change of rights, settings or people leaves an entry, which nobody changes.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use tidepool::jobs::{self, Job};

use crate::crm::rule_run::first_night;
use crate::support::sign_in::{Phone, with_ann};
use crate::support::{Person, World, monday};

/// The mutations that need no entry, because they change neither rights nor settings nor people. What they do with
/// customers is in the operation log and in histories.
const WITHOUT_ENTRY: &str = "adoptOpportunity adoptOrder advanceOrder archiveContact archiveCustomer archiveOpportunity \
    archiveProduct assignCustomers assignSuggestedOwners blacklistCustomer claimCustomer claimCustomers correctFollowUp \
    createContact createCustomer createOpportunity createOrder createProduct enrollSecondFactor importCustomers importRecords markNotificationsRead \
    cancelTask completeTask createTask mergeCustomers moveOpportunity moveTask moveToPool recordEnquiry recordFeedback recordFollowUp recordPayment refreshSession releaseCustomer releaseCustomers \
    releaseTeamCustomers requestPasswordReset resolveFeedback restoreContact restoreCustomer restoreOpportunity restoreProduct reversePayment runImport setInstalments setTargets \
    transferCustomers unblacklistCustomer undoImport undoOperationBatch updateContact updateCustomer updateFeedback \
    updateOpportunity updateOrder updateProduct";

const ENTRIES: &str = "query($f: AuditEntryFilter) { auditEntries(filter: $f, first: 100) { totalCount edges { node {
    at kind address userAgent details actorId aboutUserId actor { name } aboutUser { name } customer { name } } } } }";

impl Person {
    async fn entries(&self, filter: Json) -> Vec<Json> {
        let read = self.data(ENTRIES, json!({"f": filter})).await;
        read["auditEntries"]["edges"].as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect()
    }

    async fn download(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header("authorization", format!("Bearer {}", self.token));
        let response = self.send_raw(request.body(Body::empty()).unwrap()).await;
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

fn mutations() -> BTreeSet<String> {
    let schema = Schema::parse_and_validate(tidepool::api::sdl(), "schema.graphql").unwrap();
    let ExtendedType::Object(mutation) = &schema.types["Mutation"] else { panic!() };
    mutation.fields.keys().map(ToString::to_string).collect()
}

#[tokio::test]
async fn every_mutation_of_people_rights_and_settings_leaves_an_entry() {
    let world = World::new().await;
    let admin = world.admin().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    let contact = ann.contact(&acme, "Li Lei", "13812345678", "li@example.com").await;
    let rule = admin.create_rule("owned_days > 0.5", "0 3 * * *", 1).await;
    world.owned(&ann, "Company ", 30).await;
    world.run_rules_at(first_night()).await;
    let run = json!({"poolRuleRunId": admin.last_run().await["id"]});
    let new = json!({"email": "new@example.com", "name": "New", "roles": ["sales"]});
    let machine = json!({"email": "bi@machines.example", "name": "Reports", "roles": [], "isService": true});
    let service = admin.act("createUser", machine, "user { id }").await["user"]["id"].clone();
    let permission = json!({"role": "analyst", "resource": "product", "action": "read", "scope": "all"});
    let days = json!({"userId": ann.gid(), "firstDay": "2026-03-04", "lastDay": "2026-03-05"});
    let credentials = json!({"email": "new@example.com", "password": "correct horse"});
    let passwords = json!({"oldPassword": "correct horse", "newPassword": "battery staple"});
    let stage = json!({"code": "TRIAL", "nameEn": "Trial", "nameZh": "试用", "kind": "OPEN", "probability": 50});
    let mut left: BTreeSet<_> = mutations();
    for exempt in WITHOUT_ENTRY.split_whitespace() {
        assert!(left.remove(exempt), "{exempt} is no mutation");
    }
    let mut told = BTreeMap::new();
    let (mut new_id, mut link) = (Json::Null, Json::Null);
    let mut signed_in = world.nobody();
    for (mutation, input) in [
        ("createUser", new),
        ("setRoles", json!({"userId": "new", "roles": ["service"]})),
        ("changeManager", json!({"userId": "new", "managerId": boss.gid()})),
        ("updateUser", json!({"userId": "new", "name": "New"})),
        ("connectIdentity", json!({"userId": "new", "provider": "WECOM", "subject": "new"})),
        ("createPasswordLink", json!({"userId": "new"})),
        ("setPassword", json!({"token": "link", "newPassword": "correct horse"})),
        ("login", credentials),
        ("changePassword", passwords),
        ("confirmSecondFactor", json!({"code": "code"})),
        ("removeSecondFactor", json!({"userId": "new"})),
        ("logout", Json::Null),
        ("revokeSessions", json!({"userId": "new"})),
        ("revokeSession", json!({"sessionId": format!("session_{}", ann.session)})),
        ("departUser", json!({"userId": "new"})),
        ("reactivateUser", json!({"userId": "new"})),
        ("createApiKey", json!({"userId": service, "name": "Reports"})),
        ("revokeApiKey", json!({"apiKeyId": "new"})),
        ("recordAbsence", days),
        ("cancelAbsence", json!({"userId": ann.gid(), "firstDay": "2026-03-04"})),
        ("saveRole", json!({"name": "guest", "titleEn": "Guest", "titleZh": "访客"})),
        ("grantPermission", permission.clone()),
        ("revokePermission", permission),
        ("updateSettings", json!({"maxRevealsPerDay": 40})),
        ("saveCalendarDays", json!({"days": [{"day": "2026-05-01", "isOff": true, "name": "劳动节"}]})),
        ("removeCalendarDays", json!({"days": ["2026-05-01"]})),
        ("saveChoice", json!({"kind": "INDUSTRY", "code": "ROBOTS", "nameEn": "Robots", "nameZh": "机器人"})),
        ("saveExtraField", json!({"key": "fleet", "type": "NUMBER", "labelEn": "Fleet", "labelZh": "车队"})),
        ("saveOpportunityStage", stage),
        ("createWebhook", json!({"name": "ERP", "url": "https://localhost:1/hook", "events": ["IMPORT"]})),
        ("updateWebhook", json!({"webhookId": "new", "events": ["IMPORT", "APPROVAL"], "isPaused": true})),
        ("rotateWebhookSecret", json!({"webhookId": "new"})),
        ("testWebhook", json!({"webhookId": "new"})),
        ("replayWebhook", json!({"webhookId": "new", "since": monday()})),
        ("deleteWebhook", json!({"webhookId": "new"})),
        ("revealContact", json!({"contactId": contact["id"]})),
        ("approvePoolRuleRun", run.clone()),
        ("undoPoolRuleRun", run),
        ("updatePoolRule", json!({"poolRuleId": rule, "version": 1, "isEnabled": false})),
        ("createPoolRule", json!({"name": "Keep", "condition": "owned_days > 3", "action": "KEEP", "priority": 1})),
        ("createPool", json!({"name": "East", "members": [{"userId": ann.gid(), "withTeam": true}]})),
        ("updatePool", json!({"poolId": "new", "version": 1, "name": "Far East", "maxClaimsPerDay": 5})),
        ("archivePool", json!({"poolId": "new"})),
    ] {
        world.advance(TimeDelta::seconds(1));
        let mut input = input;
        match mutation {
            "setPassword" => input["token"] = link.clone(),
            "confirmSecondFactor" => {
                let begin = json!({"password": "battery staple"});
                let begun = signed_in.act("enrollSecondFactor", begin, "secret").await;
                input["code"] = json!(Phone::with(&begun["secret"]).shows(&world, 0));
            }
            _ => {}
        }
        if input["userId"] == "new" {
            input["userId"] = new_id.clone();
        } else if input["apiKeyId"] == "new" {
            input["apiKeyId"] = new_id.clone();
        } else if input["webhookId"] == "new" {
            input["webhookId"] = new_id.clone();
        } else if input["poolId"] == "new" {
            input["poolId"] = new_id.clone();
        }
        let (actor, name) = match mutation {
            "login" | "changePassword" | "confirmSecondFactor" | "logout" => (signed_in.clone(), json!("New")),
            "setPassword" => (world.nobody(), Json::Null),
            _ => (admin.clone(), json!("Ada")),
        };
        let selection = match mutation {
            "login" | "changePassword" => "accessToken",
            "createPasswordLink" => "link { url }",
            "createUser" => "user { id }",
            "createApiKey" => "apiKey { id }",
            "createWebhook" => "webhook { id }",
            "createPool" => "pool { id }",
            _ => "__typename",
        };
        let payload = if input.is_null() {
            actor.data(&format!("mutation {{ {mutation} {{ userErrors {{ code }} }} }}"), json!({})).await[mutation]
                .clone()
        } else {
            actor.act(mutation, input, selection).await
        };
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        match mutation {
            "createUser" => new_id = payload["user"]["id"].clone(),
            "createApiKey" => new_id = payload["apiKey"]["id"].clone(),
            "createWebhook" => new_id = payload["webhook"]["id"].clone(),
            "createPool" => new_id = payload["pool"]["id"].clone(),
            "createPasswordLink" => {
                link = json!(payload["link"]["url"].as_str().unwrap().split_once('#').unwrap().1);
            }
            "login" | "changePassword" => signed_in.token = payload["accessToken"].as_str().unwrap().to_owned(),
            _ => {}
        }
        if mutation == "approvePoolRuleRun" {
            tidepool::crm::rule::run::sweep(&world.app).await.unwrap();
        }
        let written = admin.entries(json!({"at": {"eq": world.clock.now().to_rfc3339()}})).await;
        assert_eq!(written.len(), 1, "{mutation} leaves one entry: {written:?}");
        assert_eq!(written[0]["actor"]["name"], name, "{mutation}");
        assert!(left.remove(mutation), "{mutation}");
        told.insert(
            mutation,
            format!("{} {} {}", written[0]["kind"], written[0]["aboutUser"]["name"], written[0]["details"]),
        );
    }
    assert!(left.is_empty(), "{left:?}: which entries do they leave?");
    let ids = without_ids(
        &told.into_iter().map(|(mutation, entry)| format!("{mutation}: {entry}")).collect::<Vec<_>>().join("\n"),
    );
    insta::assert_snapshot!(ids);
}

/// The text with `…` for the UUIDs of ids.
fn without_ids(text: &str) -> String {
    let is_id = |word: &str| word.len() == 36 && uuid::Uuid::parse_str(word).is_ok();
    let mut words = Vec::new();
    for part in text.split('_') {
        words.push(match part.get(..36).filter(|start| is_id(start)) {
            Some(_) => format!("…{}", &part[36..]),
            None => part.to_owned(),
        });
    }
    words.join("_")
}

#[tokio::test]
async fn failed_sign_ins_have_their_address_and_no_password() {
    let (world, admin, _) = with_ann().await;
    for (email, password) in [("ann.new@example.com", "wrong horse"), ("battery staple", "ann@example.com")] {
        let query = "mutation($input: LoginInput!) { login(input: $input) { userErrors { code } } }";
        let body = json!({"query": query, "variables": {"input": {"email": email, "password": password}}});
        let request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header("user-agent", format!("Phone/{}", "1".repeat(300)))
            .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from(([192, 0, 2, 7], 5000))))
            .body(Body::from(body.to_string()))
            .unwrap();
        let (_, answer) = world.nobody().send(request).await;
        assert_eq!(answer["data"]["login"]["userErrors"][0]["code"], "INVALID_CREDENTIALS");
    }
    let failed = admin.entries(json!({"kind": {"eq": "SIGN_IN_FAILED"}})).await;
    let about: Vec<_> = failed.iter().map(|entry| entry["aboutUser"]["name"].clone()).collect();
    assert_eq!(about, [Json::Null, json!("Ann")]);
    for entry in failed {
        assert_eq!(entry["address"], "192.0.2.7");
        assert_eq!(entry["userAgent"].as_str().unwrap().len(), 200);
        assert_eq!((&entry["actor"], &entry["details"]), (&Json::Null, &json!([])));
    }
    let kept: String = world.sql("select string_agg(e::text, '') from audit_entry e").await;
    assert!(!kept.contains("horse") && !kept.contains("staple"), "{kept}");
}

#[tokio::test]
async fn a_refused_mutation_leaves_no_entry() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    assert_eq!(admin.outcome("updateSettings", json!({"maxRevealsPerDay": -1})).await, "INVALID");
    assert_eq!(admin.outcome("updateSettings", json!({"auditDays": 183})).await, "INVALID");
    assert_eq!(admin.outcome("setRoles", json!({"userId": admin.gid(), "roles": []})).await, "LAST_ADMINISTRATOR");
    let query = "mutation { updateSettings(input: {maxRevealsPerDay: 9}) { userErrors { code } } }";
    assert_eq!(ann.refused(query, json!({})).await, "FORBIDDEN");
    assert_eq!(admin.entries(json!({})).await, Vec::<Json>::new());
}

#[tokio::test]
async fn only_those_with_the_permission_read_and_download_the_log() {
    let world = World::new().await;
    let (admin, hr) = (world.admin().await, world.person("Hana", "hr", None).await);
    let ann = world.sales("Ann").await;
    assert_eq!(admin.outcome("setRoles", json!({"userId": ann.gid(), "roles": ["service"]})).await, "");
    world.advance(TimeDelta::hours(1));
    assert_eq!(admin.outcome("updateSettings", json!({"maxRevealsPerDay": 40})).await, "");
    assert_eq!(hr.ask("{ auditEntries { totalCount } }").await["auditEntries"]["totalCount"], 0);
    assert_eq!(hr.download("/audit-entries.csv").await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.nobody().download("/audit-entries.csv").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(admin.download("/audit-entries.csv?from=today").await.0, StatusCode::BAD_REQUEST);
    let by_user = admin.entries(json!({"aboutUserId": {"eq": ann.gid()}})).await;
    assert_eq!(by_user.len(), 1);
    assert_eq!(by_user[0]["details"], json!(["roles: sales → service"]));
    assert_eq!(admin.entries(json!({"actorId": {"eq": admin.gid()}})).await.len(), 2);
    assert_eq!(admin.entries(json!({"at": {"gt": "2026-03-02T01:30:00Z"}})).await.len(), 1);
    let (status, file) = admin.download("/audit-entries.csv?before=2026-03-02T01:30:00Z").await;
    assert_eq!(status, StatusCode::OK);
    let lines: Vec<_> = file.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(
        lines,
        [
            "at,kind,actor,address,userAgent,aboutUser,customer,details",
            "2026-03-02T01:00:00.000000Z,ROLES_CHANGED,ada@example.com,,,ann@example.com,,roles: sales → service",
        ]
    );
    let downloads = admin.entries(json!({"kind": {"eq": "DOWNLOADED"}})).await;
    assert_eq!(downloads[0]["details"], json!(["before: 2026-03-02T01:30:00.000000Z", "/audit-entries.csv"]));
}

#[tokio::test]
async fn the_database_refuses_changes_of_the_log_and_deletes_only_what_is_old() {
    let world = World::new().await;
    let admin = world.admin().await;
    let set = async |limit: i32| admin.outcome("updateSettings", json!({"maxRevealsPerDay": limit})).await;
    assert_eq!(set(40).await, "");
    for change in ["update audit_entry set kind = 'SIGNED_OUT'", "delete from audit_entry", "truncate audit_entry"] {
        let refused = sqlx::query(change).execute(&world.db).await.unwrap_err().to_string();
        assert!(refused.contains("audit_entry is append-only"), "{change}: {refused}");
    }
    world.advance(TimeDelta::days(300));
    assert_eq!(set(41).await, "");
    // Nothing is 400 days older than the latest entry, whatever the clock shows.
    world.advance(TimeDelta::days(200));
    let ada = world.existing_user("ada@example.com").await;
    jobs::run(&world.app, Job::Forget).await.unwrap();
    assert_eq!(ada.entries(json!({})).await.len(), 2);
    assert_eq!(ada.outcome("updateSettings", json!({"maxRevealsPerDay": 42})).await, "");
    jobs::run(&world.app, Job::Forget).await.unwrap();
    assert_eq!(ada.entries(json!({})).await.len(), 2, "the first one is older than the setting says");
    assert_eq!(ada.outcome("updateSettings", json!({"auditDays": 184})).await, "");
    jobs::run(&world.app, Job::Forget).await.unwrap();
    let left = ada.entries(json!({})).await;
    assert_eq!(left.len(), 2);
    assert_eq!(left[0]["details"], json!(["auditDays: 400 → 184"]));
}

#[tokio::test]
async fn a_change_of_any_setting_is_an_entry_with_both_values() {
    let world = World::new().await;
    let admin = world.admin().await;
    let changes = json!({
        "protectionPeriod": "P5D", "maxOwnedCustomers": 50, "maxClaimsPerDay": 9, "previousOwnerCooldown": "P2D", "longAbsence": "P9D",
        "maxRevealsPerDay": 42, "businessTimeZone": "Asia/Tokyo", "weeklyDaysOff": ["SUNDAY"], "claimOpens": "08:30", "notice": "P2D",
        "currencies": ["CNY", "EUR"], "quickRelease": "PT2H", "quickReleaseAlert": 7, "auditDays": 300, "notificationDays": 100,
        "sessionIdle": "P2D", "phoneCountry": "JP", "namelessContact": "Switchboard", "decimalMark": "POINT", "dateOrder": "DAY_MONTH",
        "importGrace": "P3D", "sellersRecordPayments": false,
    });
    let fields = admin.ask("{ __type(name: \"UpdateSettingsInput\") { inputFields { name } } }").await;
    let fields = fields["__type"]["inputFields"].as_array().unwrap().iter();
    let mut fields: Vec<_> = fields.map(|field| field["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(admin.outcome("updateSettings", changes.clone()).await, "");
    let entry = &admin.entries(json!({"kind": {"eq": "SETTINGS_CHANGED"}})).await[0];
    let details = entry["details"].as_array().unwrap().iter().map(|detail| detail.as_str().unwrap());
    let mut noted: Vec<_> = details.map(|detail| detail.split_once(": ").unwrap().0.to_owned()).collect();
    let mut changed: Vec<_> = changes.as_object().unwrap().keys().cloned().collect();
    for names in [&mut fields, &mut noted, &mut changed] {
        names.sort();
    }
    assert_eq!(changed, fields, "each setting is changed here");
    assert_eq!(noted, fields);
}
