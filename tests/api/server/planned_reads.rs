//! Random documents over random people, trees, policies and rows answer as the naive model does.

use apollo_compiler::Schema;
use apollo_compiler::schema::ObjectType;
use apollo_compiler::validation::Valid;
use fastrand::Rng;
use serde_json::{Value as Json, json};
use tidepool::kernel::config::Limits;
use tidepool::seed::{self, Plan};

use crate::support::oracle::{Rows, View};
use crate::support::random::{Writer, change_policy, fill};
use crate::support::{Person, Statements, World, monday, pretty};

/// How many worlds, and how many documents in each.
const WORLDS: u64 = 14;
const DOCUMENTS: u64 = 50;

#[tokio::test]
async fn the_customers_of_a_batch_are_read_in_one_statement() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mut customers = Vec::new();
    for number in 0..7 {
        customers.push(world.pooled(&format!("Company {number}")).await);
    }
    let query = "mutation($input: ClaimCustomersInput!) { claimCustomers(input: $input) { results { customer { name owner { name } operations { totalCount } } } } }";
    let statements = Statements::listen();
    let claimed = ann.data(query, json!({"input": {"customerIds": customers}})).await;
    let sent = statements.sent();
    for (number, result) in claimed["claimCustomers"]["results"].as_array().unwrap().iter().enumerate() {
        let customer =
            json!({"name": format!("Company {number}"), "owner": {"name": "Ann"}, "operations": {"totalCount": 2}});
        assert_eq!(result["customer"], customer);
    }
    let reads = sent.iter().filter(|text| text.contains("('{")).count();
    assert_eq!(reads, 1, "{sent:?}");
}

#[tokio::test]
async fn text_is_returned_exactly_as_it_was_written() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let customer = json!(ann.create(r#"A "quoted" \ name, {"a": [null]} 😀"#).await);
    let contact = ann.contact(&customer, r#"O'Brien \""#, r#"139 1234 5678"#, "ann@example.com").await;
    assert_eq!(contact["version"], 1, "{contact}");
    let content = "null\n\t\"\\u0000\" 中文 </script> ${x} $1";
    let followed = json!({"customerId": customer, "channel": "PHONE", "content": content, "nextPlan": "null"});
    assert_eq!(ann.outcome("recordFollowUp", followed).await, "");
    let query = "query($id: ID!) { customer(id: $id) { name region contacts { edges { node { name phones } } }
        followUps { edges { node { content nextPlan } } } timeline { edges { node { followUp { content } } } } } }";
    let read = ann.data(query, json!({"id": customer})).await["customer"].clone();
    assert_eq!(read["name"], r#"A "quoted" \ name, {"a": [null]} 😀"#);
    assert_eq!(read["region"], Json::Null);
    assert_eq!(read["contacts"]["edges"], json!([{"node": {"name": r#"O'Brien \""#, "phones": [r#"139 1234 5678"#]}}]));
    assert_eq!(read["followUps"]["edges"], json!([{"node": {"content": content, "nextPlan": "null"}}]));
    assert_eq!(read["timeline"]["edges"][0]["node"]["followUp"]["content"], content);
}

#[tokio::test]
async fn the_widest_and_the_deepest_document_are_answered() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let customer = json!(ann.create("Acme").await);
    ann.contact(&customer, "Li", "13812345678", "li@example.com").await;
    let wide: String = (0..25).map(|number| format!("a{number}: name ")).collect();
    let fields = format!("id source isPooled ownedSince createdAt version owner {{ id name }} {wide}");
    let within = (0..4).fold("id".to_owned(), |within, _| {
        format!("{fields} contacts(first: 1) {{ edges {{ node {{ id name phones customer {{ {within} }} }} }} }}")
    });
    let read =
        ann.data(&format!("query($id: ID!) {{ customer(id: $id) {{ {within} }} }}"), json!({"id": customer})).await;
    let mut at = &read["customer"];
    for _ in 0..4 {
        assert_eq!([&at["id"], &at["a24"], &at["owner"]["name"]], [&customer, &json!("Acme"), &json!("Ann")]);
        at = &at["contacts"]["edges"][0]["node"]["customer"];
    }
    assert_eq!(at, &json!({"id": customer}));
}

#[tokio::test]
async fn random_documents_get_the_same_response_from_the_server_and_the_naive_model() {
    let schema = schema();
    let mut seen = Seen::default();
    for seed in 0..WORLDS {
        let mut rng = Rng::with_seed(seed);
        // The documents are larger than the limits for users allow.
        let limits = Limits {
            aliases: 5_000,
            complexity: usize::MAX,
            cost_per_minute: usize::MAX,
            depth: 50,
            ..Limits::default()
        };
        let world = World::with_limits(limits).await;
        let people = people(&world, &mut rng).await;
        change_policy(&world, &mut rng).await;
        fill(&world, &mut rng).await;
        let rows = Rows::load(&world.db).await;
        for number in 0..DOCUMENTS {
            let (document, asked) = Writer::new(&schema, &mut rng, &rows).document();
            // The same document again: with other values, by other viewers, and by the first viewer. A plan kept for
            // one execution must not affect the next.
            let viewers = [&people[rng.usize(..people.len())], &people[rng.usize(..people.len())]];
            for (variables, viewer) in asked.iter().zip(viewers.iter().cycle()) {
                let answer = viewer.ask_with(&document, variables.clone()).await;
                let view = View::new(&rows, viewer.id.uuid(), world.clock.now());
                let expected = view.execute(&schema, &document, variables);
                let execution = format!("world {seed}, document {number}, as {}\n{document}\n{variables}", viewer.name);
                assert_same(&execution, &answer, &expected);
                seen.count(&answer);
            }
        }
    }
    // Less than half of what random runs have shown.
    for (mark, enough) in [
        ("\"customer_", 400),
        ("\"contact_", 20),
        ("\"opportunity_", 200),
        ("\"followup_", 60),
        ("\"task_", 60),
        ("\"TaskStep\"", 15),
        ("\"order_", 120),
        ("\"OrderLine\"", 50),
        ("\"feedback_", 100),
        ("\"TimelineEntry\"", 15),
        ("\"pool_", 20),
        ("\"PoolMember\"", 0),
        ("****", 5),
    ] {
        assert!(seen.of(mark) > enough, "{} times {mark} was seen", seen.of(mark));
    }
}

/// The order of the keys is that of the document, which [`pretty`] does not see.
#[tokio::test]
async fn fields_come_in_the_order_of_the_document() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    ann.create("Acme").await;
    let query = "{ customers { totalCount edges { node { name b: id a: version owner { status name } } } } }";
    let request = axum::http::Request::post("/graphql")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", ann.token))
        .body(json!({"query": query}).to_string().into())
        .unwrap();
    let response = ann.send_raw(request).await;
    let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let places: Vec<_> = ["totalCount", "edges", "\"name\"", "\"b\"", "\"a\"", "\"owner\"", "\"status\""]
        .iter()
        .map(|key| text.find(key).unwrap_or_else(|| panic!("{key} in {text}")))
        .collect();
    assert!(places.is_sorted(), "{text}");
}

#[tokio::test]
async fn a_request_of_any_depth_is_one_statement() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    for name in ["Acme", "Blue Wave", "Cosmos"] {
        let id = json!(ann.create(name).await);
        ann.contact(&id, "Li Lei", "13812345678", "li@example.com").await;
    }
    let nested = "{ a: customers(first: 5) { totalCount edges { node { owner { name manager { name } }
        contacts(first: 5) { totalCount edges { node { phones customer { name operations(first: 5) { edges { node { operator { name } } } } } } } }
        operations { edges { node { newOwner { reports(first: 5) { edges { node { name } } } } } } } extras { key value } claimability { reasons } } } }
        b: publicPool { totalCount } c: users { edges { node { name } } } }";
    // The session is cached by then, as on a server in use.
    ann.ask(nested).await;
    let statements = Statements::listen();
    ann.ask(nested).await;
    assert_eq!(statements.sent().len(), 1, "{:?}", statements.sent());
}

/// A page of customers with their related records: 20 customers by default.
const DASHBOARD: &str = "query($first: Int) { customers(first: $first) { totalCount edges { node { id name owner { name }
    contacts { totalCount edges { node { id name phones } } }
    opportunities { totalCount edges { node { id stageCode isLive expectedAmount { amount currency } expectedProduct { id name } owner { name } } } }
    followUps(first: 5) { totalCount edges { node { id at channel content author { name } } } }
    tasks(first: 5) { totalCount edges { node { id subject dueTime owner { name } steps { __typename action operator { name } } } } }
    orders(first: 3) { totalCount edges { node { id orderNo status totalAmount { amount currency } lines { __typename quantity amount { amount } product { id name } } } } }
} } } }";

/// The same, and deeper.
const DEEP: &str = "query($first: Int) { customers(first: $first) { totalCount edges { node { id
    opportunities { edges { node { id stageVisits { stage { nameEn } movedBy { name } } history { probability owner { name manager { name } } }
        orders { totalCount edges { node { id steps { action operator { name } } feedback { edges { node { id rating serviceUser { name }
            customer { id timeline(first: 10) { totalCount edges { node { __typename kind at stage { code } followUp { content } order { orderNo } operation { type } } } } } } } } } } } } } }
} } } }";

#[tokio::test]
async fn a_dashboard_is_one_statement_and_shows_each_viewer_their_own_rows() {
    let schema = schema();
    for seed in 0..3 {
        let mut rng = Rng::with_seed(seed);
        let limits = Limits { complexity: usize::MAX, cost_per_minute: usize::MAX, ..Limits::default() };
        let world = World::with_limits(limits).await;
        let superior = world.person("Superior", "manager", None).await;
        let between = world.person("Between", "manager", Some(&superior)).await;
        let owner = world.person("Owner", "sales", Some(&between)).await;
        let stranger = world.sales("Stranger").await;
        let service = world.person("Service", "service", None).await;
        let nobody = world.person_with("Nobody", &[], Some(&superior)).await;
        people(&world, &mut rng).await;
        fill(&world, &mut rng).await;
        // Half of the owned customers belong to the viewer, so that the page has rows.
        sqlx::query(
            "update customer set owner_user_id = $1 where owner_user_id is not null and ascii(right(name, 1)) % 2 = 0",
        )
        .bind(owner.id.uuid())
        .execute(&world.db)
        .await
        .unwrap();
        let rows = Rows::load(&world.db).await;
        let mut seen: Vec<(&Person, Seen)> = Vec::new();
        for viewer in [&owner, &superior, &stranger, &service, &nobody] {
            let mut all = Seen::default();
            for (query, first) in [(DASHBOARD, 20), (DASHBOARD, 1), (DASHBOARD, 100), (DEEP, 3), (DEEP, 20)] {
                let variables = json!({"first": first});
                // The session is cached by then, as on a server in use.
                viewer.ask("{ __typename }").await;
                let statements = Statements::listen();
                let answer = viewer.ask_with(query, variables.clone()).await;
                let sent = statements.sent();
                assert_eq!(sent.len(), 1, "{} {first}: {sent:?}", viewer.name);
                let view = View::new(&rows, viewer.id.uuid(), world.clock.now());
                let execution = format!("world {seed}, as {}: {first} of {query}", viewer.name);
                assert_same(&execution, &answer, &view.execute(&schema, query, &variables));
                all.count(&answer);
            }
            seen.push((viewer, all));
        }
        let shown = |viewer: &Person| {
            let (_, all) = seen.iter().find(|(other, _)| other.id == viewer.id).unwrap();
            Seen::MARKS.into_iter().filter(|mark| all.of(mark) > 0).collect::<Vec<_>>()
        };
        let everything = &Seen::MARKS[..10];
        assert_eq!(shown(&owner), everything);
        // Details of others' customers are masked.
        assert_eq!(shown(&superior), &Seen::MARKS[..11]);
        assert!(shown(&stranger).contains(&"\"opportunity_"), "what pooled customers once wanted");
        assert!(shown(&service).contains(&"\"OrderLine\"") && !shown(&service).contains(&"\"followup_"));
        assert!(shown(&nobody).is_empty());
        assert_eq!(world.nobody().refused(DASHBOARD, json!({})).await, "UNAUTHENTICATED");
    }
}

/// The number of rows of each kind in responses, because agreement on empty responses would prove nothing.
#[derive(Default)]
struct Seen([usize; Self::MARKS.len()]);

impl Seen {
    /// What is in an answer where a row is.
    const MARKS: [&str; 13] = [
        "\"customer_",
        "\"contact_",
        "\"opportunity_",
        "\"followup_",
        "\"order_",
        "\"OrderLine\"",
        "\"feedback_",
        "\"TimelineEntry\"",
        "\"task_",
        "\"TaskStep\"",
        "****",
        "\"pool_",
        "\"PoolMember\"",
    ];

    fn count(&mut self, answer: &Json) {
        let text = answer.to_string();
        for (count, mark) in self.0.iter_mut().zip(Self::MARKS) {
            *count += text.matches(mark).count();
        }
    }

    fn of(&self, mark: &str) -> usize {
        self.0[Self::MARKS.iter().position(|other| *other == mark).unwrap()]
    }
}

/// Compares a response with that of the model, and shows the first difference.
fn assert_same(execution: &str, answer: &Json, expected: &Json) {
    if answer["data"] == expected["data"] {
        return;
    }
    let (answered, wanted) = (pretty(&answer["data"]), pretty(&expected["data"]));
    let differs = answered.lines().zip(wanted.lines()).position(|(one, other)| one != other).unwrap_or_default();
    let around = |text: &str| text.lines().skip(differs.saturating_sub(12)).take(25).collect::<Vec<_>>().join("\n");
    panic!("{execution}\n{}\nanswered:\n{}\nwanted:\n{}", answer["errors"], around(&answered), around(&wanted));
}

fn schema() -> Valid<Schema> {
    Schema::parse_and_validate(tidepool::api::sdl(), "schema.graphql").unwrap()
}

/// People with random roles in a random tree, and one departed user.
async fn people(world: &World, rng: &mut Rng) -> Vec<Person> {
    let roles = ["sales", "sales", "manager", "manager", "marketing", "admin", "hr", "service", "analyst"];
    let mut people: Vec<Person> = Vec::new();
    for number in 0..rng.usize(6..12) {
        let mut given = vec![*rng.choice(&roles).unwrap()];
        if rng.u8(..5) == 0 {
            given.push(rng.choice(&roles).unwrap());
            given.sort_unstable();
            given.dedup();
        }
        let manager = if rng.u8(..4) == 0 { None } else { rng.choice(&people).cloned() };
        people.push(world.person_with(&format!("P{number}"), &given, manager.as_ref()).await);
    }
    let manager = rng.choice(&people).cloned();
    let gone = world.person("Gone", "sales", manager.as_ref()).await;
    for (text, who) in [
        ("update app_user set status = 'DEPARTED' where id = $1", &gone),
        ("update app_user set phone = '13800000000', last_sign_in_at = created_at where id = $1", &people[0]),
    ] {
        sqlx::query(text).bind(who.id.uuid()).execute(&world.db).await.unwrap();
    }
    world.app.follow().await.unwrap();
    people
}

/// All fields of a type that need no argument, to the given depth.
fn all_of(schema: &Schema, name: &str, depth: usize) -> String {
    let fields = schema.get_object(name).unwrap().fields.values();
    let unasked = fields.filter(|field| field.arguments.iter().all(|argument| !argument.is_required()));
    let selected = unasked.filter_map(|field| match schema.get_object(field.ty.inner_named_type()) {
        None => Some(field.name.to_string()),
        Some(_) if depth == 0 => None,
        Some(inner) if inner.name.ends_with("Connection") => Some(page_of(schema, &field.name, inner, depth - 1)),
        Some(inner) => Some(format!("{} {{ {} }}", field.name, all_of(schema, &inner.name, depth - 1))),
    });
    format!("__typename {}", selected.collect::<Vec<_>>().join(" "))
}

fn page_of(schema: &Schema, field: &str, connection: &ObjectType, depth: usize) -> String {
    let edge = schema.get_object(connection.fields["edges"].ty.inner_named_type()).unwrap();
    let node = all_of(schema, edge.fields["node"].ty.inner_named_type(), depth);
    format!("{field}(first: 50) {{ totalCount edges {{ node {{ {node} }} }} }}")
}

/// A null in a non-null field would null the whole row, and a list must not contain a null.
fn assert_pages_are_whole(answer: &Json, whose: &str) {
    match answer {
        Json::Array(items) => items.iter().for_each(|item| assert_pages_are_whole(item, whose)),
        Json::Object(fields) => {
            if let (Some(count), Some(edges)) = (fields.get("totalCount"), fields.get("edges")) {
                let listed = edges.as_array().unwrap().len() as u64;
                assert_eq!(listed, count.as_u64().unwrap().min(50), "{whose}");
            }
            fields.iter().for_each(|(name, value)| assert_pages_are_whole(value, &format!("{whose}.{name}")));
        }
        _ => {}
    }
}

#[tokio::test]
async fn a_page_of_no_rows_tells_how_many_there_are() {
    let world = World::new().await;
    let (ann, admin) = (world.sales("Ann").await, world.admin().await);
    ann.create("Acme").await;
    let schema = schema();
    let mut lists = Vec::new();
    for root in schema.get_object("Query").unwrap().fields.values() {
        let is_list = root.ty.inner_named_type().ends_with("Connection");
        if is_list && !root.arguments.iter().any(|argument| argument.is_required()) {
            lists.push(root.name.as_str());
        }
    }
    assert!(lists.len() >= 15, "{lists:?}");
    for list in lists {
        for page in ["first", "last"] {
            let query = format!("{{ {list}({page}: 0) {{ totalCount edges {{ cursor }} }} }}");
            let answer = admin.ask(&query).await[list].clone();
            assert_eq!(answer["edges"], json!([]), "{list}");
            assert!(answer["totalCount"].is_u64(), "{list}: {answer}");
        }
    }
    assert_eq!(ann.ask("{ customers(first: 0) { totalCount } }").await["customers"]["totalCount"], 1);
}

#[tokio::test]
async fn fields_that_are_non_null_in_the_schema_are_never_null() {
    let limits = Limits { complexity: usize::MAX, cost_per_minute: usize::MAX, ..Limits::default() };
    let world = World::with_limits(limits).await;
    seed::seed(&world.db, &Plan { customers: 400, ..Plan::demo(monday()) }).await.unwrap();
    world.app.follow().await.unwrap();
    let schema = schema();
    let roots = schema.get_object("Query").unwrap().fields.values();
    let admin = world.existing_user("admin@tidepool.example").await;
    let rep: String = world.sql("select 'user_' || id from app_user where email = 'sales@tidepool.example'").await;
    let target = json!({"userId": rep, "month": "2026-03-01", "measure": "WON_AMOUNT", "value": "1000"});
    assert_eq!(admin.outcome("setTargets", json!({"targets": [target]})).await, "");
    let mut empty = Vec::new();
    for root in roots {
        let Some(connection) =
            schema.get_object(root.ty.inner_named_type()).filter(|of| of.name.ends_with("Connection"))
        else {
            continue;
        };
        let answer = admin.ask(&format!("{{ {} }}", page_of(&schema, &root.name, connection, 1))).await;
        assert_pages_are_whole(&answer, "");
        if answer[root.name.as_str()]["totalCount"] == 0 {
            empty.push(root.name.as_str());
        }
    }
    assert_eq!(
        empty,
        ["myCustomers", "apiKeys", "poolRuleRuns", "notifications", "imports", "auditEntries"],
        "all others have something to tell"
    );
}
