//! What a request may cost: documents, inputs and introspection are counted before they are paid, and documents that the
//! specification refuses do not run.

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tidepool::kernel::config::Limits;

use crate::support::{Person, Statements, World};

async fn code_of(person: &Person, document: &str, variables: Json) -> String {
    let answer = person.ask_with(document, variables).await;
    assert!(
        answer.get("data").is_none_or(Json::is_null),
        "{}",
        answer.to_string().chars().take(500).collect::<String>()
    );
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_short_document_does_not_unfold_the_schema() {
    let world = World::with_limits(Limits { public_introspection: true, ..Limits::default() }).await;
    let nobody = world.nobody();
    assert_eq!(nobody.ask("{ __type(name: \"Node\") { name } }").await["__type"]["name"], "Node", "it is switched on");
    for depth in [3, 9] {
        let mut selection = "name".to_owned();
        for _ in 0..depth {
            selection = format!("possibleTypes {{ interfaces {{ {selection} }} }}");
        }
        let document = format!("{{ __type(name: \"Node\") {{ {selection} }} }}");
        assert_eq!(code_of(&nobody, &document, json!({})).await, "QUERY_TOO_COMPLEX", "{depth}");
    }
    let types =
        "types { name description fields { name description type { name description fields { name description } } } }";
    let many: String = (0..40).map(|number| format!("a{number}: __schema {{ {types} }} ")).collect();
    assert_eq!(code_of(&nobody, &format!("{{ {many} }}"), json!({})).await, "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn lists_of_the_schema_nest_twice_and_no_deeper() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    for (ty, list) in [
        ("Node", "possibleTypes { interfaces"),
        ("Customer", "fields { type { fields { type"),
        ("CustomerFilter", "inputFields { type { inputFields { type"),
    ] {
        let closed = " }".repeat(list.matches('{').count());
        let document = |below: &str| format!("{{ __type(name: \"{ty}\") {{ {list} {{ {below} }} {closed} }} }}");
        let third = list.split(' ').next().unwrap();
        assert!(ann.ask(&document("name")).await["__type"][third].is_array(), "{list}");
        let deeper = document(&format!("{third} {{ name }}"));
        assert_eq!(code_of(&ann, &deeper, json!({})).await, "QUERY_TOO_COMPLEX", "{list}");
    }
}

#[tokio::test]
async fn introspection_describes_the_whole_schema_to_those_who_are_signed_in() {
    let world = World::new().await;
    let (ann, nobody) = (world.sales("Ann").await, world.nobody());
    let document = "query Tools($all: Boolean = true) { __typename
        __schema { queryType { name } types { ...type } directives { name args { name type { ...ref } } } }
        viewer { name }
        __type(name: \"IDFilter\") { kind isOneOf inputFields(includeDeprecated: $all) { name type { kind ofType { name } } } }
        none: __type(name: \"Nothing\") { name } }
      fragment type on __Type { kind name isOneOf fields(includeDeprecated: true) { name args { name defaultValue } type { ...ref } } }
      fragment ref on __Type { __typename kind name ofType { kind name ofType { kind name } } }";
    assert_eq!(code_of(&nobody, document, json!({})).await, "UNAUTHENTICATED");
    let data = ann.data(document, json!({})).await;
    // Beside planned fields, which have a kept plan the second time.
    let mixed = "{ customers { totalCount } __type(name: \"User\") { name } viewer { name } }";
    for _ in 0..2 {
        assert_eq!(ann.data(mixed, json!({})).await["__type"]["name"], "User");
    }
    assert_eq!((&data["viewer"]["name"], &data["none"]), (&json!("Ann"), &Json::Null));
    assert_eq!(data["__type"]["kind"], "INPUT_OBJECT");
    assert_eq!(data["__type"]["isOneOf"], false);
    assert_eq!(
        data["__type"]["inputFields"][1],
        json!({"name": "in", "type": {"kind": "LIST", "ofType": {"name": null}}})
    );
    let types = data["__schema"]["types"].as_array().unwrap();
    let customer = types.iter().find(|ty| ty["name"] == "Customer").unwrap();
    let owner = customer["fields"].as_array().unwrap().iter().find(|field| field["name"] == "owner").unwrap();
    assert_eq!(owner["type"], json!({"__typename": "__Type", "kind": "OBJECT", "name": "User", "ofType": null}));
}

#[tokio::test]
async fn introspection_is_paid_for_also_when_it_is_refused() {
    let limits = Limits { public_introspection: true, anonymous_cost_per_minute: 100, ..Limits::default() };
    let nobody = World::with_limits(limits).await.nobody();
    let large = "__schema { types { name fields { name type { name fields { name type { name } } } } } }";
    let many: String = (0..40).map(|number| format!("a{number}: {large} ")).collect();
    assert_eq!(code_of(&nobody, &format!("{{ {many} }}"), json!({})).await, "QUERY_TOO_COMPLEX");
    assert_eq!(code_of(&nobody, "{ __type(name: \"User\") { name } }", json!({})).await, "RATE_LIMITED");
}

#[tokio::test]
async fn a_value_that_is_named_often_counts_each_time() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let roots = |filter: &str| {
        let one = |number| {
            format!("a{number}: customers(first: 1, filter: {{or: [{}]}}) {{ totalCount }} ", filter.repeat(24))
        };
        (0..40).map(one).collect::<String>()
    };
    let document = format!("query($x: CustomerFilter!) {{ {} }}", roots("$x "));
    let names: Vec<_> = (0..1_000).map(|number| format!("Company {number}")).collect();
    assert_eq!(code_of(&ann, &document, json!({"x": {"name": {"in": names}}})).await, "QUERY_TOO_COMPLEX");
    // One use of it is fine.
    let once = "query($x: CustomerFilter) { customers(first: 1, filter: $x) { totalCount } }";
    assert_eq!(ann.data(once, json!({"x": {"name": {"in": names}}})).await["customers"]["totalCount"], 0);
    let manager = world.person("Mia", "manager", None).await;
    let condition = (0..40).map(|days| format!("followup_days > {days}")).collect::<Vec<_>>().join(" || ");
    let document = format!("query($x: CustomerFilter!) {{ {} }}", roots("$x "));
    assert_eq!(code_of(&manager, &document, json!({"x": {"condition": condition}})).await, "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn filters_and_their_lists_have_a_size() {
    let limits = Limits { filter_conditions: 10, list_values: 5, ..Limits::default() };
    let world = World::with_limits(limits).await;
    let ann = world.sales("Ann").await;
    let document = "query($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }";
    let names = |count: usize| json!({"name": {"in": vec!["Acme"; count]}});
    let either = |count: usize| json!({"or": vec![json!({"isArchived": {"eq": false}}); count]});
    for accepted in [names(5), either(3)] {
        ann.data(document, json!({"filter": accepted})).await;
    }
    for (refused, says) in [
        (names(6), "6 values in a list of a filter, at most 5 are allowed."),
        (json!({"not": names(6)}), "6 values in a list of a filter, at most 5 are allowed."),
        (either(4), "13 conditions in a filter, at most 10 are allowed."),
        (
            json!({"extras": vec![json!({"key": "listed", "eq": "true"}); 4]}),
            "13 conditions in a filter, at most 10 are allowed.",
        ),
    ] {
        let answer = ann.ask_with(document, json!({"filter": refused})).await;
        assert_eq!(answer["errors"][0]["message"], says);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX");
    }
    // In the input of a mutation, too.
    let boss = world.person("Boss", "manager", None).await;
    let release = "mutation($filter: CustomerFilter!) { releaseTeamCustomers(input: {filter: $filter, expected: 1}) { userErrors { code } } }";
    for refused in [names(6), either(4)] {
        assert_eq!(code_of(&boss, release, json!({"filter": refused})).await, "QUERY_TOO_COMPLEX");
    }
    let accepted = boss.data(release, json!({"filter": names(5)})).await;
    assert_eq!(accepted["releaseTeamCustomers"]["userErrors"][0]["code"], "CONFLICT");
    // A list that is written into the document counts like one of a variable, and so does one in part of a filter.
    let part = "query($name: String!) { customers(filter: {name: {in: [$name, $name, $name, $name, $name, $name]}}) { totalCount } }";
    assert_eq!(code_of(&ann, part, json!({"name": "Acme"})).await, "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn counting_ends_where_the_limit_is_exceeded() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let fields: String = (0..40)
        .map(|place| {
            format!(
                "a{place}: customers(filter: {{or: [{{name: {{in: $n}}}}, {{name: {{in: $n}}}}]}}) {{ totalCount }} "
            )
        })
        .collect();
    let document = format!("query($n: [String!]) {{ {fields} }}");
    let answer = ann.ask_with(&document, json!({"n": vec!["Acme"; 1_000]})).await;
    let message = answer["errors"][0]["message"].as_str().unwrap();
    let counted: usize = message.split(' ').next().unwrap().parse().unwrap();
    assert!((50_001..53_000).contains(&counted), "the values cost 80,000 in all: {message}");
}

#[tokio::test]
async fn a_value_that_is_named_often_is_bound_once() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let fields: String = (0..20)
        .map(|place| format!("a{place}: customers(filter: {{name: {{in: $names}}}}) {{ totalCount }} "))
        .collect();
    let statements = Statements::listen();
    let document = format!("query($names: [String!]) {{ {fields} }}");
    ann.data(&document, json!({"names": ["Acme", "Bolt"]})).await;
    let sent = statements.whole();
    let read =
        sent.iter().find(|statement| statement.matches("any($").count() == 40).unwrap_or_else(|| panic!("{sent:?}"));
    let values = (1..=20).filter(|place| read.contains(&format!("any(${place})"))).count();
    assert_eq!(values, 1, "{read}");
}

#[tokio::test]
async fn a_statement_that_postgresql_could_not_take_is_the_fault_of_the_client() {
    let largest = usize::MAX;
    let limits = Limits {
        complexity: largest,
        cost_per_minute: largest,
        filter_conditions: largest,
        list_values: largest,
        body_bytes: 10 << 20,
        ..Limits::default()
    };
    let world = World::with_limits(limits).await;
    let ann = world.sales("Ann").await;
    let names: Vec<_> = (0..65_536).map(|number| json!({"name": {"eq": number.to_string()}})).collect();
    let document = "query($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }";
    assert_eq!(code_of(&ann, document, json!({"filter": {"or": names}})).await, "BAD_USER_INPUT");
    assert_eq!(ann.ask("{ customers { totalCount } }").await["customers"]["totalCount"], 0, "the connection is sound");
}

#[tokio::test]
async fn what_the_specification_refuses_does_not_run() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (parse, validation) = ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED");
    for (document, code) in [
        ("{ customers(first: 1, filter) { totalCount } }", parse),
        ("{ customers(first: 1 x filter: {isPooled: {eq: true}}) { totalCount } }", parse),
        ("{ customers(first: 1, filter: {isPooled: {eq: true}, isPooled: 5}) { totalCount } }", validation),
        ("{ customers(first: 1, filter: {isPooled: {eq: true}, isPooled: {nope: 1}}) { totalCount } }", validation),
        ("query($i: ID) { nodes(ids: [$i]) { id } }", validation),
        (
            "query($i: Boolean) { customers(filter: {and: [{isPooled: {eq: $i}}, {isPooled: {eq: $i}, name: {eq: $i}}]}) { totalCount } }",
            validation,
        ),
        (
            "mutation { createCustomer(input: {name: \"first\", name: \"second\", source: \"REFERRAL\"}) { customer { id } } }",
            validation,
        ),
        ("{ a: nodes(ids: []) { id } a: nodes(ids: [\"x\"]) { id } }", validation),
        (
            "{ customers(filter: {and: [{isPooled: {eq: true}}]}) { totalCount } ...F } fragment F on Query { customers(filter: {and: []}) { totalCount } }",
            validation,
        ),
        ("{ viewer { name(: 1) } }", parse),
        ("{ viewer { ...F } } fragment F on Viewer { name ..name }", parse),
    ] {
        assert_eq!(code_of(&ann, document, json!({"i": null})).await, code, "{document}");
    }
    assert_eq!(ann.ask("{ customers { totalCount } }").await["customers"]["totalCount"], 0, "nothing was entered");
    // A root field that is written twice is one; of two, the second one is refused.
    let nobody = world.nobody();
    let once =
        "subscription { poolChanged { occurredAt } ...F } fragment F on Subscription { poolChanged { __typename } }";
    assert_eq!(code_of(&nobody, once, json!({})).await, "UNAUTHENTICATED");
    for twice in [
        "subscription { poolChanged { occurredAt } other: poolChanged { occurredAt } }",
        "subscription { poolChanged { occurredAt } notifications { __typename } }",
        "subscription { ...F } fragment F on Subscription { poolChanged { occurredAt } ...F }",
        "subscription { ...F ...F } fragment F on Subscription { ...G } fragment G on Subscription { ...F }",
    ] {
        assert_eq!(code_of(&nobody, twice, json!({})).await, validation, "{twice}");
    }
}

#[tokio::test]
async fn descriptions_and_new_escapes_are_understood() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let document = "\"\"\"Who\nasks\"\"\" query Q(\"which name\" $name: String!) {
          viewer { ...F } customers(filter: {name: {in: [$name, \"\\u{1F600}\", \"\\ud83d\\ude00\"]}}) { totalCount } }
        \"What of them\" fragment F on Viewer { name }";
    let data = ann.data(document, json!({"name": "Acme"})).await;
    assert_eq!(data["viewer"]["name"], "Ann");
    let ambiguous = ann.ask_with("query A { __typename } query B { __typename }", json!({})).await;
    assert!(ambiguous["errors"][0]["message"].as_str().unwrap().contains("several operations"), "{ambiguous}");
}

#[tokio::test]
async fn without_a_user_one_signs_in_and_nothing_else() {
    let world = World::new().await;
    world.sales("Ann").await;
    let nobody = world.nobody();
    for document in [
        "{ viewer { name } }",
        "{ customers { totalCount } }",
        "mutation { logout { userErrors { code } } }",
        "{ ...F } fragment F on Query { __schema { types { name } } }",
    ] {
        assert_eq!(code_of(&nobody, document, json!({})).await, "UNAUTHENTICATED", "{document}");
    }
    assert_eq!(nobody.ask("{ __typename }").await["__typename"], "Query");
    let login = "mutation { login(input: {email: \"nobody@example.com\", password: \"wrong password\"}) { userErrors { code } } }";
    assert_eq!(nobody.ask(login).await["login"]["userErrors"][0]["code"], "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn a_user_has_a_budget_and_others_have_theirs() {
    let world = World::with_limits(Limits { cost_per_minute: 100, ..Limits::default() }).await;
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    let request = |person: &Person| {
        let body = json!({"query": "{ customers(first: 20) { edges { node { id name } } } }"}).to_string();
        Request::post("/graphql")
            .header("content-type", "application/json")
            .header("accept", "application/graphql-response+json")
            .header("authorization", format!("Bearer {}", person.token))
            .body(Body::from(body))
            .unwrap()
    };
    world.advance(TimeDelta::minutes(2));
    let first = ann.send_raw(request(&ann)).await;
    let header = |name: &str| first.headers()[name].to_str().unwrap().to_owned();
    assert_eq!([header("ratelimit-limit"), header("ratelimit-remaining")], ["100", "18"]);
    let second = ann.send_raw(request(&ann)).await;
    assert_eq!((second.status().as_u16(), second.headers()["retry-after"].to_str().unwrap()), (429, "39"));
    let (_, refused) = ann.send(request(&ann)).await;
    assert_eq!(refused["errors"][0]["extensions"], json!({"code": "RATE_LIMITED", "retryAfter": 39}));
    assert_eq!(bob.send(request(&bob)).await.0, 200);
    world.advance(TimeDelta::seconds(39));
    assert_eq!(ann.send(request(&ann)).await.0, 200);
}

#[tokio::test]
async fn the_mutations_of_a_user_have_a_budget() {
    let world = World::with_limits(Limits { cost_per_minute: 100, ..Limits::default() }).await;
    let ann = world.sales("Ann").await;
    let create = "mutation($name: String!) { createCustomer(input: {name: $name, source: \"WEBSITE\", notDuplicate: true}) { userErrors { code } } }";
    let (mut done, mut refused) = (0, 0);
    for number in 0..50 {
        let answer = ann.ask_with(create, json!({"name": format!("Company {number}")})).await;
        match answer["errors"][0]["extensions"]["code"].as_str() {
            None => done += 1,
            Some("RATE_LIMITED") => refused += 1,
            Some(_) => panic!("{answer}"),
        }
    }
    assert!((5..30).contains(&done) && refused == 50 - done, "{done} done, {refused} refused");
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, done);
    world.advance(TimeDelta::minutes(1));
    assert_eq!(ann.data(create, json!({"name": "Later"})).await["createCustomer"]["userErrors"], json!([]));
}

#[tokio::test]
async fn a_figure_costs_more_than_its_fields() {
    let world = World::with_limits(Limits { cost_per_minute: 10_000, ..Limits::default() }).await;
    let boss = world.person("Boss", "manager", None).await;
    world.advance(TimeDelta::minutes(2));
    let left = async |query: &str| {
        let request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", boss.token));
        let answer = boss.send_raw(request.body(Body::from(json!({"query": query}).to_string())).unwrap()).await;
        world.advance(TimeDelta::minutes(2));
        answer.headers()["ratelimit-remaining"].to_str().unwrap().to_owned()
    };
    let query = "{ winRate(from: \"2026-03-01\", to: \"2026-03-31\") { groups { won lost } total { won } } }";
    // 500, two arguments, the groups with 100 times two fields, the total with one.
    assert_eq!(left(query).await, (10_000 - (500 + 2 + 1 + 200 + 1 + 1)).to_string());
    // A number that has the name of a figure is a field like any other: 100 times two.
    let query = "{ performance(from: \"2026-03-01\", to: \"2026-03-31\") { groups { winRate { value } } } }";
    assert_eq!(left(query).await, (10_000 - (500 + 2 + 1 + 200)).to_string());
    // How many of each kind a search finds makes no more objects of it: 500, two arguments, 100 hits with two fields.
    let query = "{ search(text: \"acme\", first: 20) { hits { kind title } } }";
    assert_eq!(left(query).await, (10_000 - (500 + 2 + 1 + 200)).to_string());
}

#[tokio::test]
async fn a_response_has_a_size() {
    let world = World::with_limits(Limits { response_bytes: 2_000, ..Limits::default() }).await;
    let ann = world.sales("Ann").await;
    let wide: String = (0..60).map(|number| format!("a{number}: name ")).collect();
    assert_eq!(code_of(&ann, "{ __schema { types { name description } } }", json!({})).await, "QUERY_TOO_COMPLEX");
    let acme = ann.create("Acme, a company with a long name that is told many times over").await;
    let document = format!("query($id: ID!) {{ customer(id: $id) {{ {wide} }} }}");
    assert_eq!(code_of(&ann, &document, json!({"id": acme})).await, "QUERY_TOO_COMPLEX");
}
