//! The permission table, found out by calling the API, and every operation without a token and without rights.

use std::collections::BTreeMap;
use std::fmt::Write;

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use serde_json::{Value as Json, json};
use tidepool::kernel::id::new_uuid;
use uuid::Uuid;

use crate::support::{Person, World};

const ROLES: [&str; 8] = ["sales", "manager", "hr", "service", "marketing", "finance", "analyst", "admin"];
const ACTIONS: [&str; 22] = [
    "read",
    "read contacts",
    "read details",
    "read who did it",
    "read edits",
    "reveal",
    "update",
    "write level",
    "write contacts",
    "read tasks",
    "create tasks",
    "end tasks",
    "claim",
    "release",
    "assign",
    "transfer",
    "move",
    "assign suggested",
    "blacklist",
    "archive",
    "restore",
    "merge",
];
const PLACES: [&str; 6] = ["own", "team's", "stranger's", "pooled", "pooled, entered", "blacklisted"];

/// What each role may do with customers of each kind, found out by trying it.
#[tokio::test]
async fn the_permission_table_of_customers() {
    let world = World::new().await;
    let admin = world.admin().await;
    assert_eq!(admin.outcome("createPool", json!({"name": "East"})).await, "");
    let mut table = String::new();
    for role in ROLES {
        writeln!(table, "{role}").unwrap();
        let viewer = world.person(&format!("The{role}"), role, None).await;
        let below = world.person(&format!("Below{role}"), "sales", Some(&viewer)).await;
        let receiver = world.person(&format!("Receiver{role}"), "sales", Some(&viewer)).await;
        let stranger = world.person(&format!("Beside{role}"), "sales", None).await;
        for action in ACTIONS {
            let mut reached = Vec::new();
            for place in PLACES {
                // The owner is set in the database, because not every role can own a customer.
                let owner = match place {
                    "own" => Some(&viewer),
                    "team's" => Some(&below),
                    "stranger's" => Some(&stranger),
                    _ => None,
                };
                let creator = if place == "pooled, entered" { &viewer } else { &admin };
                let customer = placed(&world, owner, creator, [place == "blacklisted", action == "restore"]).await;
                // The customer to merge it with.
                let other = placed(&world, owner, creator, [place == "blacklisted", false]).await[0];
                if may(&world, &viewer, action, &customer, &receiver, other).await {
                    reached.push(place);
                }
            }
            writeln!(table, "  {action:<16} {}", if reached.is_empty() { "–".to_owned() } else { reached.join(" | ") })
                .unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

/// A customer, its contact, and a task of its owner about it; in the pool, of its creator.
async fn placed(
    world: &World,
    owner: Option<&Person>,
    creator: &Person,
    [blacklisted, archived]: [bool; 2],
) -> [Uuid; 3] {
    let now = world.clock.now();
    let [id, contact, task] = [(); 3].map(|()| new_uuid(now));
    sqlx::query(
        "insert into customer (id, name, name_key, source, owner_user_id, owned_since, pool_entry_time, blacklisted_at, blacklist_reason, created_by, created_at, updated_at, archived_at)
         values ($1, $2, $2, 'WEBSITE', $3, $4, $5, $6, $7, $8, $9, $9, $10)",
    )
    .bind(id).bind(id.to_string()).bind(owner.map(|owner| owner.id.uuid())).bind(owner.map(|_| now)).bind(owner.is_none().then_some(now))
    .bind(blacklisted.then_some(now)).bind(blacklisted.then_some("x")).bind(creator.id.uuid()).bind(now)
    .bind(archived.then_some(now))
    .execute(&world.db).await.unwrap();
    sqlx::query("insert into customer_operation_log values ($1, $1, $2, 'CREATE', 'MANUAL', null, $3, 'x', $4)")
        .bind(id)
        .bind(creator.id.uuid())
        .bind(owner.map(|owner| owner.id.uuid()))
        .bind(now)
        .execute(&world.db)
        .await
        .unwrap();
    sqlx::query("update customer set source_detail = 'z' where id = $1").bind(id).execute(&world.db).await.unwrap();
    sqlx::query("insert into contact (id, customer_id, name, phones, created_at, updated_at) values ($1, $2, 'Li', '{13812345678}', $3, $3)")
        .bind(contact).bind(id).bind(now).execute(&world.db).await.unwrap();
    sqlx::query("insert into task (id, customer_id, owner_user_id, subject, due_at, created_at, updated_at) values ($1, $2, $3, 'x', $4, $4, $4)")
        .bind(task).bind(id).bind(owner.unwrap_or(creator).id.uuid()).bind(now).execute(&world.db).await.unwrap();
    [id, contact, task]
}

async fn may(
    world: &World,
    viewer: &Person,
    action: &str,
    [id, contact, task]: &[Uuid; 3],
    receiver: &Person,
    other: Uuid,
) -> bool {
    let other = format!("customer_{other}");
    let (id, contact, task) = (format!("customer_{id}"), format!("contact_{contact}"), format!("task_{task}"));
    let read = async |selection: &str| {
        let query = format!("query($id: ID!) {{ customer(id: $id) {{ {selection} }} }}");
        viewer.data(&query, json!({"id": id})).await["customer"].clone()
    };
    let done = async |mutation: &str, input: Json| {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let results =
            if mutation.ends_with('s') || mutation == "moveToPool" { "results { userErrors { code } }" } else { "" };
        let query =
            format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {results} userErrors {{ code }} }} }}");
        let answer = viewer.ask_with(&query, json!({"input": input})).await;
        !answer.to_string().contains("\"code\"")
    };
    match action {
        "read" => !read("id").await.is_null(),
        "read contacts" => read("contacts { totalCount }").await["contacts"]["totalCount"] == 1,
        "read details" => {
            read("contacts { edges { node { isMasked } } }").await["contacts"]["edges"][0]["node"]["isMasked"] == false
        }
        "read who did it" => {
            read("operations { edges { node { remark } } }").await["operations"]["edges"][0]["node"]["remark"] == "x"
        }
        "read edits" => read("edits { totalCount }").await["edits"]["totalCount"] == 1,
        "reveal" => done("revealContact", json!({"contactId": contact})).await,
        "update" => done("updateCustomer", json!({"customerId": id, "version": 1, "sourceDetail": "y"})).await,
        "write level" => done("updateCustomer", json!({"customerId": id, "version": 1, "level": "A"})).await,
        "write contacts" => done("createContact", json!({"customerId": id, "name": "Han"})).await,
        "read tasks" => {
            let query = "query($id: ID!) { node(id: $id) { id } }";
            !viewer.data(query, json!({"id": task})).await["node"].is_null()
        }
        "create tasks" => {
            let input = json!({"customerId": id, "subject": "y", "dueTime": "2026-03-10T00:00:00Z"});
            done("createTask", input).await
        }
        "end tasks" => done("completeTask", json!({"taskId": task})).await,
        "claim" => {
            done("claimCustomer", json!({"customerId": id})).await && read("ownerId").await["ownerId"] == viewer.gid()
        }
        "release" => done("releaseCustomer", json!({"customerId": id})).await,
        "assign" => done("assignCustomers", json!({"customerIds": [id], "ownerId": receiver.gid()})).await,
        "transfer" => done("transferCustomers", json!({"customerIds": [id], "ownerId": receiver.gid()})).await,
        "move" => {
            let pool = world.sql::<Uuid>("select id from pool where not is_default").await;
            done("moveToPool", json!({"customerIds": [id], "poolId": format!("pool_{pool}")})).await
        }
        "assign suggested" => done("assignSuggestedOwners", json!({"customerIds": [id]})).await,
        "blacklist" => done("blacklistCustomer", json!({"customerId": id, "reason": "y"})).await,
        "archive" => done("archiveCustomer", json!({"customerId": id})).await,
        "merge" => {
            let query =
                "mutation($input: MergeCustomersInput!) { mergeCustomers(input: $input) { userErrors { code } } }";
            let input = json!({"survivorId": other, "mergedId": id});
            !viewer.ask_with(query, json!({"input": input})).await.to_string().contains("\"code\"")
        }
        "restore" => done("restoreCustomer", json!({"customerId": id})).await,
        other => panic!("{other}"),
    }
}

/// A document for every field of `Query` and `Mutation`.
fn documents() -> BTreeMap<String, String> {
    let schema = Schema::parse_and_validate(tidepool::api::sdl(), "schema.graphql").unwrap();
    let mut documents = BTreeMap::new();
    for (root, keyword) in [("Query", "query"), ("Mutation", "mutation")] {
        let ExtendedType::Object(object) = &schema.types[root] else { panic!() };
        for (name, field) in &object.fields {
            let arguments: Vec<_> = field
                .arguments
                .iter()
                .filter(|argument| argument.is_required())
                .map(|argument| {
                    format!(
                        "{}: {}",
                        argument.name,
                        value(
                            &schema,
                            argument.ty.inner_named_type(),
                            argument.ty.is_list(),
                            &prefix_of(name, &argument.name)
                        )
                    )
                })
                .collect();
            let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
            let is_leaf =
                matches!(schema.types[field.ty.inner_named_type()], ExtendedType::Scalar(_) | ExtendedType::Enum(_));
            let selection = match field.ty.inner_named_type() {
                _ if is_leaf => "",
                list if list.ends_with("Connection") => "{ totalCount }",
                _ => "{ __typename }",
            };
            let document = format!("{keyword} {{ {name}{arguments} {selection} }}");
            documents.insert(name.to_string(), document);
        }
    }
    documents
}

/// A valid kind of id, so that the result depends on the permission. An argument, or the field of an argument `id`, is
/// named after its entity.
fn prefix_of(field: &str, argument: &str) -> String {
    match argument.trim_end_matches('s').trim_end_matches("Id") {
        "owner" | "manager" => "user".to_owned(),
        "survivor" | "merged" => "customer".to_owned(),
        "id" if ["node", "nodes"].contains(&field) => "customer".to_owned(),
        "id" => field.to_lowercase(),
        named => named.to_lowercase(),
    }
}

/// A value of an input type.
fn value(schema: &Schema, ty: &str, is_list: bool, prefix: &str) -> String {
    let one = match &schema.types[ty] {
        ExtendedType::InputObject(input) => {
            let fields: Vec<_> = input
                .fields
                .values()
                .filter(|field| field.is_required())
                .map(|field| {
                    let prefix = prefix_of("", &field.name);
                    format!(
                        "{}: {}",
                        field.name,
                        value(schema, field.ty.inner_named_type(), field.ty.is_list(), &prefix)
                    )
                })
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        ExtendedType::Enum(set) => set.values.keys().next().unwrap().to_string(),
        _ if ty == "ID" => format!("\"{prefix}_00000000-0000-0000-0000-000000000000\""),
        _ if ty == "Int" => "1".to_owned(),
        _ if ty == "Boolean" => "true".to_owned(),
        _ if ty == "Decimal" => "\"1\"".to_owned(),
        _ if ty == "DateTime" => "\"2030-03-02T01:00:00Z\"".to_owned(),
        _ if ty == "Date" => "\"2026-03-02\"".to_owned(),
        _ => "\"x\"".to_owned(),
    };
    if is_list { format!("[{one}]") } else { one }
}

/// The result of a response: the code of its first error, otherwise its data.
fn came_to(answer: &Json, name: &str) -> String {
    if let Some(code) = answer["errors"][0]["extensions"]["code"].as_str() {
        return code.to_owned();
    }
    answer["data"][name].to_string()
}

#[tokio::test]
async fn every_operation_refuses_anonymous_requests() {
    let world = World::new().await;
    let open = ["installation", "login", "refreshSession", "requestPasswordReset", "setPassword"];
    for (name, document) in documents() {
        let answer = world.nobody().ask_with(&document, json!({})).await;
        let code = came_to(&answer, &name);
        match open.contains(&name.as_str()) {
            true => assert_ne!(code, "UNAUTHENTICATED", "{name}"),
            false => assert_eq!(code, "UNAUTHENTICATED", "{name}"),
        }
    }
}

#[tokio::test]
async fn the_result_of_every_operation_for_a_user_without_rights() {
    let world = World::new().await;
    // Every list has rows.
    let (boss, ann) = (world.person("Boss", "manager", None).await, world.sales("Ann").await);
    let acme = world.pooled("Acme").await;
    boss.outcomes("assignCustomers", json!({"customerIds": [acme], "ownerId": ann.gid()})).await;
    world.pooled("Blue").await;
    let mut table = String::new();
    for (name, document) in documents() {
        // Each operation gets a new user, because some operations end the session.
        let idle = world.person_with(&format!("Idle{name}"), &[], None).await;
        let answer = idle.ask_with(&document, json!({})).await;
        writeln!(table, "{name:<20} {}", came_to(&answer, &name)).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn the_permission_table_of_people_and_settings() {
    let world = World::new().await;
    // One user to read, and one to act on.
    let run = "poolrulerun_00000000-0000-0000-0000-000000000001";
    let insert = "insert into pool_rule_run (id, rule_id, rule_version, planned_at, started_at, status, finished_at)
                  select $1, id, 1, $2, $2, 'DONE', $2 from customer_pool_rule where condition = 'followup_days > 3'";
    let id = Uuid::from_u128(1);
    sqlx::query(insert).bind(id).bind(world.clock.now()).execute(&world.db).await.unwrap();
    sqlx::query("update setting set max_claims_per_day = 49").execute(&world.db).await.unwrap();
    let mut table = String::new();
    for role in ROLES {
        let viewer = world.person(&format!("Viewer{role}"), role, None).await;
        let report = world.person(&format!("Report{role}"), "sales", Some(&viewer)).await;
        // Whom a role may read: oneself, users below, others; only the name, or everything.
        let stranger = world.sales(&format!("Stranger{role}")).await;
        let (mut reached, mut batches) = (Vec::new(), Vec::new());
        for (called, person) in [("own", &viewer), ("team", &report), ("all", &stranger)] {
            let batch = new_uuid(world.clock.now());
            sqlx::query("insert into operation_batch (id, kind, operator_user_id, at, moved) values ($1, 'TRANSFER', $2, $3, 1)")
                .bind(batch).bind(person.id.uuid()).bind(world.clock.now()).execute(&world.db).await.unwrap();
            let query = "query($id: ID!) { node(id: $id) { id } }";
            if !viewer.data(query, json!({"id": format!("operationbatch_{batch}")})).await["node"].is_null() {
                batches.push(called);
            }
            let seen =
                viewer.data("query($id: ID!) { user(id: $id) { name email } }", json!({"id": person.gid()})).await;
            reached.push(match (&seen["user"], &seen["user"]["email"]) {
                (Json::Null, _) => continue,
                (_, Json::Null) => format!("{called} (name)"),
                _ => called.to_owned(),
            });
        }
        writeln!(table, "{role:<10} {:<26} {}", "user, read", reached.join(" | ")).unwrap();
        let batches = if batches.is_empty() { "-".to_owned() } else { batches.join(" | ") };
        writeln!(table, "{role:<10} {:<26} {batches}", "operation_batch, read").unwrap();
        let settings = viewer.ask("{ settings { version } }").await["settings"].is_null();
        let edits = viewer.ask("{ settingsEdits { totalCount } }").await["settingsEdits"]["totalCount"] == 0;
        assert_eq!(settings, edits, "{role}: who reads the settings reads their edits");
        writeln!(table, "{role:<10} {:<26} {}", "setting, read", if settings { "-" } else { "all" }).unwrap();
        for (called, query) in [
            ("pool, read", "{ seen: pools { totalCount } }"),
            ("pool_rule, read", "{ seen: poolRules { totalCount } }"),
            ("pool_rule, read_runs", "{ seen: poolRuleRuns { totalCount } }"),
            ("pool_rule, preview", "{ previewPoolRule(condition: \"owned_days > 3\") { owned } }"),
        ] {
            let answer = viewer.ask_with(query, json!({})).await;
            let seen = answer["errors"].is_null() && answer["data"]["seen"]["totalCount"] != 0;
            writeln!(table, "{role:<10} {called:<26} {}", if seen { "all" } else { "-" }).unwrap();
        }
        let permission = json!({"role": "analyst", "resource": "setting", "action": "read", "scope": "all"});
        let own_pool = new_uuid(world.clock.now());
        sqlx::query(
            "insert into pool (id, name, administrator_user_id, created_at, updated_at) values ($1, $2, $3, $4, $4)",
        )
        .bind(own_pool)
        .bind(role)
        .bind(viewer.id.uuid())
        .bind(world.clock.now())
        .execute(&world.db)
        .await
        .unwrap();
        world.app.follow().await.unwrap();
        let own_pool = format!("pool_{own_pool}");
        for (called, mutation, input) in [
            (
                "user, create",
                "createUser",
                json!({"email": format!("new-{role}@example.com"), "name": "New", "roles": ["sales"]}),
            ),
            ("user, update", "updateUser", json!({"userId": stranger.gid(), "name": "Renamed"})),
            (
                "user, reset_password",
                "updateUser",
                json!({"userId": stranger.gid(), "email": format!("moved-{role}@example.com")}),
            ),
            ("user, change_manager", "changeManager", json!({"userId": stranger.gid(), "managerId": report.gid()})),
            (
                "absence, write (team)",
                "recordAbsence",
                json!({"userId": report.gid(), "firstDay": "2026-03-02", "lastDay": "2026-03-02"}),
            ),
            (
                "absence, write (all)",
                "recordAbsence",
                json!({"userId": stranger.gid(), "firstDay": "2026-03-02", "lastDay": "2026-03-02"}),
            ),
            ("session, revoke", "revokeSession", json!({"sessionId": format!("session_{}", stranger.session)})),
            ("api_key, write", "revokeApiKey", json!({"apiKeyId": "apikey_00000000-0000-0000-0000-000000000000"})),
            ("role, write", "setRoles", json!({"userId": stranger.gid(), "roles": ["service"]})),
            ("permission, write", "grantPermission", permission),
            ("setting, write", "updateSettings", json!({"maxRevealsPerDay": 40})),
            (
                "setting, write (webhook)",
                "createWebhook",
                json!({"name": "ERP", "url": "https://example.com/", "events": ["IMPORT"]}),
            ),
            ("notification, read", "markNotificationsRead", json!({})),
            ("import, write", "runImport", json!({"importId": "import_00000000-0000-0000-0000-000000000000"})),
            (
                "pool, write (own)",
                "updatePool",
                json!({"poolId": own_pool, "version": 1, "name": format!("Of {role}")}),
            ),
            ("pool, write (all)", "createPool", json!({"name": format!("New {role}")})),
            (
                "pool_rule, write",
                "createPoolRule",
                json!({"name": "New", "condition": "owned_days > 3", "action": "KEEP", "priority": 1}),
            ),
            (
                "target, write (team)",
                "setTargets",
                json!({"targets": [{"userId": report.gid(), "month": "2026-03-01", "measure": "WON", "value": "1"}]}),
            ),
            (
                "target, write (all)",
                "setTargets",
                json!({"targets": [{"userId": stranger.gid(), "month": "2026-03-01", "measure": "WON", "value": "1"}]}),
            ),
            ("pool_rule, approve", "approvePoolRuleRun", json!({"poolRuleRunId": run})),
            ("pool_rule, undo", "undoPoolRuleRun", json!({"poolRuleRunId": run})),
            ("user, depart", "departUser", json!({"userId": stranger.gid()})),
        ] {
            let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
            let query =
                format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
            let answer = viewer.ask_with(&query, json!({"input": input})).await;
            let refused = answer["errors"][0]["extensions"]["code"].as_str();
            let refused = refused.or_else(|| answer["data"][mutation]["userErrors"][0]["code"].as_str());
            writeln!(table, "{role:<10} {called:<26} {}", refused.unwrap_or("done")).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}
