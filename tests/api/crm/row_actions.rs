//! `can` says what the mutations then do: each action that it has is not refused because of the row, and each that it has not is
//! refused, or changes nothing. With random policies and rows.

use fastrand::Rng;
use serde_json::{Value as Json, json};

use crate::support::random::{change_policy, fill};
use crate::support::{Person, World};

/// How many actions are tried.
const TRIES: usize = 900;
/// After how many the policy changes.
const TRIES_OF_A_POLICY: usize = 70;

/// An action: its name in `can`, the mutation, and the input of it for a row.
type Action = (&'static str, &'static str, fn(&Row) -> Json);

/// A kind of row, with its actions.
struct Kind {
    name: &'static str,
    table: &'static str,
    actions: &'static [Action],
}

struct Row {
    id: String,
    version: Json,
    /// A user who can own customers.
    other: String,
    /// Another customer.
    second: String,
    product: String,
    /// The default pool.
    pool: String,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "Customer",
        table: "customer",
        actions: &[
            (
                "UPDATE",
                "updateCustomer",
                |row| json!({"customerId": row.id, "version": row.version, "sourceDetail": "x"}),
            ),
            ("RELEASE", "releaseCustomer", |row| json!({"customerId": row.id})),
            ("ASSIGN", "assignCustomers", |row| json!({"customerIds": [row.id], "ownerId": row.other})),
            ("TRANSFER", "transferCustomers", |row| json!({"customerIds": [row.id], "ownerId": row.other})),
            ("MOVE_TO_POOL", "moveToPool", |row| json!({"customerIds": [row.id], "poolId": row.pool})),
            ("BLACKLIST", "blacklistCustomer", |row| json!({"customerId": row.id, "reason": "x"})),
            ("UNBLACKLIST", "unblacklistCustomer", |row| json!({"customerId": row.id})),
            ("ARCHIVE", "archiveCustomer", |row| json!({"customerId": row.id})),
            ("RESTORE", "restoreCustomer", |row| json!({"customerId": row.id})),
            ("MERGE", "mergeCustomers", |row| json!({"survivorId": row.id, "mergedId": row.second})),
            ("CREATE_CONTACT", "createContact", |row| json!({"customerId": row.id, "name": "Zoe"})),
            (
                "RECORD_FOLLOW_UP",
                "recordFollowUp",
                |row| json!({"customerId": row.id, "channel": "PHONE", "content": "x"}),
            ),
            (
                "CREATE_TASK",
                "createTask",
                |row| json!({"customerId": row.id, "subject": "x", "dueTime": "2026-12-01T00:00:00Z"}),
            ),
            ("CREATE_OPPORTUNITY", "createOpportunity", |row| json!({"customerId": row.id})),
            (
                "CREATE_ORDER",
                "createOrder",
                |row| json!({"customerId": row.id, "currency": "CNY", "lines": [{"productId": row.product, "quantity": "1", "unitPrice": "5"}]}),
            ),
        ],
    },
    Kind {
        name: "Opportunity",
        table: "sales_opportunity",
        actions: &[
            (
                "UPDATE",
                "updateOpportunity",
                |row| json!({"opportunityId": row.id, "version": row.version, "note": "x"}),
            ),
            (
                "MOVE",
                "moveOpportunity",
                |row| json!({"opportunityId": row.id, "version": row.version, "stage": "LOST", "lostReason": "PRICE"}),
            ),
            ("ADOPT", "adoptOpportunity", |row| json!({"opportunityId": row.id, "version": row.version})),
            ("ARCHIVE", "archiveOpportunity", |row| json!({"opportunityId": row.id})),
            ("RESTORE", "restoreOpportunity", |row| json!({"opportunityId": row.id})),
        ],
    },
    Kind {
        name: "Contact",
        table: "contact",
        actions: &[
            ("UPDATE", "updateContact", |row| json!({"contactId": row.id, "version": row.version, "title": "x"})),
            ("ARCHIVE", "archiveContact", |row| json!({"contactId": row.id})),
            ("RESTORE", "restoreContact", |row| json!({"contactId": row.id})),
            ("REVEAL", "revealContact", |row| json!({"contactId": row.id})),
        ],
    },
    Kind {
        name: "Order",
        table: "sales_order",
        actions: &[
            ("UPDATE", "updateOrder", |row| json!({"orderId": row.id, "version": row.version, "remark": "x"})),
            (
                "SET_LINES",
                "updateOrder",
                |row| json!({"orderId": row.id, "version": row.version, "lines": [{"productId": row.product, "quantity": "1", "unitPrice": "5"}]}),
            ),
            (
                "SET_INSTALMENTS",
                "setInstalments",
                |row| json!({"orderId": row.id, "version": row.version, "instalments": []}),
            ),
            ("ADOPT", "adoptOrder", |row| json!({"orderId": row.id, "version": row.version})),
        ],
    },
];

/// The refusals that are about the row, and not about the rest of the input.
const OF_THE_ROW: [&str; 10] = [
    "FORBIDDEN",
    "NOT_FOUND",
    "ARCHIVED",
    "MERGED",
    "NOT_OWNED",
    "NOT_LIVE",
    "ALREADY_OWNED",
    "BLACKLISTED",
    "STEP_NOT_ALLOWED",
    "ORDER_FROZEN",
];

/// The first refusal of a mutation, with the field that it is about; nothing if it succeeded.
async fn refusal(person: &Person, mutation: &str, input: Json) -> Option<(String, String)> {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let errors = "userErrors { code path }";
    let is_batch = ["assignCustomers", "transferCustomers", "moveToPool"].contains(&mutation);
    let results = if is_batch { format!("results {{ {errors} }}") } else { String::new() };
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {results} {errors} }} }}");
    let answer = person.ask_with(&query, json!({"input": input})).await;
    let payload = &answer["data"][mutation];
    let first =
        [&answer["errors"][0]["extensions"], &payload["userErrors"][0], &payload["results"][0]["userErrors"][0]]
            .into_iter()
            .find(|error| error["code"].is_string())?;
    let word = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    Some((word(&first["code"]), word(&first["path"][0])))
}

#[tokio::test]
async fn what_a_row_says_that_one_can_do_is_what_the_mutations_do() {
    let world = World::new().await;
    let mut rng = Rng::with_seed(1);
    let boss = world.person("Boss", "manager", None).await;
    let mut people = vec![world.admin().await];
    for (name, role) in [("Ann", "sales"), ("Ben", "sales"), ("Sue", "service"), ("Mark", "marketing"), ("Hal", "hr")] {
        people.push(world.person(name, role, Some(&boss)).await);
    }
    people.push(boss);
    fill(&world, &mut rng).await;
    let product: String =
        world.sql("select 'product_' || id from product where archived_at is null and currency = 'CNY' limit 1").await;
    let pool: String = world.sql("select 'pool_' || id from pool where is_default").await;
    let (mut done, mut refused) = (0, 0);
    for number in 0..TRIES {
        if number % TRIES_OF_A_POLICY == 0 {
            change_policy(&world, &mut rng).await;
        }
        let kind = &KINDS[rng.usize(0..KINDS.len())];
        let (name, mutation, input) = kind.actions[rng.usize(0..kind.actions.len())];
        let person = &people[rng.usize(0..people.len())];
        let prefix = kind.name.to_lowercase();
        let any = async |table: &str, prefix: &str, seed: u16| -> String {
            world
                .sql(&format!("select '{prefix}_' || id from {table} order by md5(id::text || '{seed}') limit 1"))
                .await
        };
        let id = any(kind.table, &prefix, rng.u16(..)).await;
        let query = format!("query($id: ID!) {{ node(id: $id) {{ id ... on {} {{ can version }} }} }}", kind.name);
        let node = person.data(&query, json!({"id": id})).await["node"].clone();
        // Somebody who may write and not read learns nothing of a row.
        let Some(id) = node["id"].as_str() else { continue };
        // The id of a merged customer leads to the one that stays.
        let row = Row {
            id: id.to_owned(),
            version: node["version"].clone(),
            other: people[rng.usize(1..3)].gid(),
            second: any("customer", "customer", rng.u16(..)).await,
            product: product.clone(),
            pool: pool.clone(),
        };
        let can = node["can"].as_array().unwrap().contains(&json!(name));
        let state = format!("select t::text from {} t where '{prefix}_' || id = '{}'", kind.table, row.id);
        let before: String = world.sql(&state).await;
        let refusal = refusal(person, mutation, input(&row)).await;
        // The second customer of a merge and the new owner are other rows.
        let of_row = refusal.as_ref().is_some_and(|(code, path)| {
            OF_THE_ROW.contains(&code.as_str()) && !["mergedId", "ownerId"].contains(&path.as_str())
        });
        if can {
            assert!(!of_row, "{} can {name} {before}, but: {refusal:?}", person.name);
            done += usize::from(refusal.is_none());
        } else if refusal.is_none() {
            assert_eq!(world.sql::<String>(&state).await, before, "{} could not {name}: {node}", person.name);
        } else {
            refused += 1;
        }
    }
    assert!(done > TRIES / 90 && refused > TRIES / 10, "{done} done, {refused} refused");
}
