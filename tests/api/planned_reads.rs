//! Random documents over random people, trees, policies and rows answer as the naive model does.

use apollo_compiler::Schema;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::validation::Valid;
use chrono::TimeDelta;
use fastrand::Rng;
use serde_json::{Value as Json, json};
use sqlx::{PgPool, Row};
use tidepool::config::Limits;
use tidepool::id::new_uuid;
use uuid::Uuid;

use crate::support::oracle::{Look, Rows, customer_cursor};
use crate::support::{Person, Statements, World, monday, pretty};

/// How many worlds, and how many documents in each.
const WORLDS: u64 = 10;
const DOCUMENTS: u64 = 40;
/// How often each document is asked.
const ASKINGS: usize = 4;

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
    let heard = statements.heard();
    for (number, result) in claimed["claimCustomers"]["results"].as_array().unwrap().iter().enumerate() {
        let customer =
            json!({"name": format!("Company {number}"), "owner": {"name": "Ann"}, "operations": {"totalCount": 2}});
        assert_eq!(result["customer"], customer);
    }
    let reads = heard.iter().filter(|text| text.contains("json_build_object")).count();
    assert_eq!(reads, 1, "{heard:?}");
}

#[tokio::test]
async fn random_documents_answer_as_the_naive_model_does() {
    let schema = Schema::parse_and_validate(tidepool::graphql::sdl(), "schema.graphql").unwrap();
    let (mut rows_seen, mut masked) = (0, 0);
    for seed in 0..WORLDS {
        let mut rng = Rng::with_seed(seed);
        // The documents are larger than people's.
        let limits = Limits { aliases: 5_000, complexity: usize::MAX, depth: 50, ..Limits::default() };
        let world = World::with_limits(limits).await;
        let people = fill(&world, &mut rng).await;
        let rows = Rows::load(&world.db).await;
        for number in 0..DOCUMENTS {
            let mut writer = Writer {
                schema: &schema,
                rng: &mut rng,
                rows: &rows,
                text: String::new(),
                fragments: Vec::new(),
                variables: Vec::new(),
                budget: 40,
            };
            let (document, asked) = writer.document();
            // The same document again: with other values, by others, and by who has asked it before. What was kept of
            // one asking must not show in the next.
            let viewers = [&people[rng.usize(..people.len())], &people[rng.usize(..people.len())]];
            for (variables, viewer) in asked.iter().zip(viewers.iter().cycle()) {
                let answer = viewer.ask_with(&document, variables.clone()).await;
                let expected =
                    Look::new(&rows, viewer.id.uuid(), world.clock.now()).execute(&schema, &document, variables);
                if answer["data"] != expected["data"] {
                    let (answered, wanted) = (pretty(&answer["data"]), pretty(&expected["data"]));
                    let differs =
                        answered.lines().zip(wanted.lines()).position(|(one, other)| one != other).unwrap_or_default();
                    let around = |text: &str| {
                        text.lines().skip(differs.saturating_sub(12)).take(25).collect::<Vec<_>>().join("\n")
                    };
                    panic!(
                        "world {seed}, document {number}, as {}\n{document}\n{variables}\n{}\nanswered:\n{}\nwanted:\n{}",
                        viewer.name,
                        answer["errors"],
                        around(&answered),
                        around(&wanted)
                    );
                }
                let text = answer.to_string();
                rows_seen += text.matches("\"customer_").count();
                masked += text.matches("****").count();
            }
        }
    }
    // Not an empty agreement.
    assert!(rows_seen > 500, "{rows_seen} customers were seen");
    assert!(masked > 5, "{masked} details were masked");
}

/// The order of the keys is that of the document, which [`pretty`] does not see.
#[tokio::test]
async fn fields_come_in_the_order_asked_for() {
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
async fn one_request_is_one_statement_whatever_its_depth() {
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
    // The session is known by then, as it is to a server that is at work.
    ann.ask(nested).await;
    let statements = Statements::listen();
    ann.ask(nested).await;
    assert_eq!(statements.heard().len(), 1, "{:?}", statements.heard());
}

async fn fill(world: &World, rng: &mut Rng) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for number in 0..rng.usize(6..12) {
        let roles = ["sales", "sales", "manager", "manager", "marketing", "admin", "hr", "service", "analyst"];
        let mut given = vec![roles[rng.usize(..roles.len())]];
        if rng.u8(..5) == 0 {
            given.push(roles[rng.usize(..roles.len())]);
            given.sort_unstable();
            given.dedup();
        }
        let manager =
            if people.is_empty() || rng.u8(..4) == 0 { None } else { Some(people[rng.usize(..people.len())].clone()) };
        people.push(world.person_with(&format!("P{number}"), &given, manager.as_ref()).await);
    }
    // A policy of this world's own: some lines less, some more.
    let lines = sqlx::query("select role, resource, action, scope from permission").fetch_all(&world.db).await.unwrap();
    for line in lines.iter().filter(|_| rng.u8(..10) == 0) {
        sqlx::query("delete from permission where role = $1 and resource = $2 and action = $3 and scope = $4")
            .bind(line.get::<String, _>(0))
            .bind(line.get::<String, _>(1))
            .bind(line.get::<String, _>(2))
            .bind(line.get::<String, _>(3))
            .execute(&world.db)
            .await
            .unwrap();
    }
    for (resource, scopes) in [
        ("customer", ["own", "team", "pool_all", "entered"]),
        ("contact", ["own", "team", "pool_all", "entered_pooled"]),
    ] {
        let role = ["sales", "hr", "service"][rng.usize(..3)];
        sqlx::query("insert into permission values ($1, $2, 'read', $3) on conflict do nothing")
            .bind(role)
            .bind(resource)
            .bind(scopes[rng.usize(..4)])
            .execute(&world.db)
            .await
            .unwrap();
    }
    world.app.follow().await.unwrap();
    for number in 0..30 {
        customer(&world.db, rng, &people, number).await;
    }
    people
}

async fn customer(db: &PgPool, rng: &mut Rng, people: &[Person], number: i64) {
    let somebody = |rng: &mut Rng| people[rng.usize(..people.len())].id.uuid();
    // Times collide, so that ids decide.
    let at = |rng: &mut Rng| monday() - TimeDelta::hours(rng.i64(0..12));
    let (id, created) = (new_uuid(monday()), at(rng));
    let owner = rng.bool().then(|| somebody(rng));
    let entered = owner.is_none().then(|| at(rng));
    let blacklisted = rng.u8(..6) == 0;
    let pick = |rng: &mut Rng, all: &[&str]| rng.bool().then(|| all[rng.usize(..all.len())].to_owned());
    sqlx::query(
        "insert into customer (id, name, name_key, source, industry, level, owner_user_id, owned_since, pool_entry_time, protected_until,
                               blacklisted_at, blacklist_reason, created_by, created_at, updated_at)
         values ($1, $2, $2, 'WEBSITE', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
    )
    .bind(id).bind(format!("{}{number}", ["海潮", "Blue", "星云", "Zeta"][rng.usize(..4)]))
    .bind(pick(rng, &["SOFTWARE", "RETAIL"])).bind(pick(rng, &["A", "B"]))
    .bind(owner).bind(owner.map(|_| created)).bind(entered).bind(entered.filter(|_| rng.bool()).map(|entered| entered + TimeDelta::hours(6)))
    .bind(blacklisted.then_some(created)).bind(blacklisted.then_some("no")).bind(somebody(rng)).bind(created)
    .execute(db).await.unwrap();
    for place in 0..rng.i64(0..4) {
        sqlx::query("insert into contact (id, customer_id, name, phones, emails, wechat, is_primary, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8)")
            .bind(new_uuid(monday())).bind(id).bind(["Li", "Wang", "Zoe"][rng.usize(..3)])
            .bind(vec![["13812345678", "555", "+86 21 6888"][rng.usize(..3)]]).bind(vec!["Ann@example.com"])
            .bind(rng.bool().then_some("wx")).bind(place == 0).bind(at(rng)).execute(db).await.unwrap();
    }
    for _ in 0..rng.u8(0..5) {
        let kinds = ["CREATE", "CLAIM", "RELEASE", "ASSIGN"];
        sqlx::query("insert into customer_operation_log values ($1, $2, $3, $4, 'MANUAL', $5, $6, $7, $8)")
            .bind(new_uuid(monday()))
            .bind(id)
            .bind(rng.bool().then(|| somebody(rng)))
            .bind(kinds[rng.usize(..4)])
            .bind(rng.bool().then(|| somebody(rng)))
            .bind(rng.bool().then(|| somebody(rng)))
            .bind(rng.bool().then_some("why"))
            .bind(at(rng))
            .execute(db)
            .await
            .unwrap();
    }
    for (key, kind, column, value) in [
        ("wecom_id", "TEXT", "text_value", "'wm'"),
        ("employees", "NUMBER", "number_value", "12.50"),
        ("listed", "BOOLEAN", "boolean_value", "true"),
        ("founded_on", "DATE", "date_value", "'2020-02-29'"),
    ] {
        if rng.u8(..3) == 0 {
            let text =
                format!("insert into customer_extra (customer_id, key, type, {column}) values ($1, $2, $3, {value})");
            sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).bind(key).bind(kind).execute(db).await.unwrap();
        }
    }
}

/// Writes a random document that is valid.
struct Writer<'a> {
    schema: &'a Valid<Schema>,
    rng: &'a mut Rng,
    rows: &'a Rows,
    text: String,
    fragments: Vec<String>,
    /// Variables of its own: the type, and a value for each asking.
    variables: Vec<(&'static str, [Json; ASKINGS])>,
    /// How many more fields; deep ones are as likely as wide ones.
    budget: usize,
}

impl Writer<'_> {
    /// The document, and the variables of each asking.
    fn document(&mut self) -> (String, Vec<Json>) {
        for _ in 0..self.rng.usize(1..4) {
            let root = ["customers", "publicPool", "customer", "users", "node", "nodes"][self.rng.usize(..6)];
            let alias = format!("r{}", self.text.len());
            self.text.push_str(&format!("{alias}: "));
            let field = self.schema.type_field("Query", root).unwrap().clone();
            self.field(&field, 0);
        }
        let (rng, own) = (&mut self.rng, &self.variables);
        let asked = (0..ASKINGS).map(|asking| {
            let mut variables = json!({"yes": rng.u8(..4) > 0, "no": rng.u8(..4) == 0, "two": rng.i32(1..4)});
            for (place, (_, values)) in own.iter().enumerate() {
                variables[format!("v{place}")] = values[asking].clone();
            }
            variables
        });
        let asked = asked.collect();
        let declared = self.variables.iter().enumerate().map(|(place, (ty, _))| format!(", $v{place}: {ty}"));
        let declared: String = declared.collect();
        let document = format!(
            "query Q($yes: Boolean!, $no: Boolean!, $two: Int{declared}) {{ __typename @skip(if: $no) x: __typename @include(if: $no) u: users(first: $two) @include(if: $yes) {{ totalCount }} {} }} {}",
            self.text,
            self.fragments.join(" ")
        );
        (document, asked)
    }

    fn field(&mut self, field: &FieldDefinition, depth: usize) {
        self.text.push_str(&field.name);
        self.arguments(field);
        match self.rng.u8(..12) {
            0 => self.text.push_str(" @include(if: $yes)"),
            1 => self.text.push_str(" @skip(if: $no)"),
            2 if depth > 0 => self.text.push_str(" @skip(if: $yes)"),
            _ => {}
        }
        let name = field.ty.inner_named_type().clone();
        if !matches!(self.schema.types[&name], ExtendedType::Scalar(_) | ExtendedType::Enum(_)) {
            self.text.push_str(" { ");
            self.selections(&name, depth + 1);
            self.text.push_str(" } ");
        } else {
            self.text.push(' ');
        }
    }

    fn selections(&mut self, name: &str, depth: usize) {
        if name == "Node" {
            self.text.push_str("id __typename ");
            for kind in ["Customer", "User", "Contact", "CustomerOperation"] {
                if self.rng.bool() {
                    self.text.push_str(&format!("... on {kind} {{ "));
                    self.selections(kind, depth);
                    self.text.push_str("} ");
                }
            }
            return;
        }
        let ExtendedType::Object(object) = &self.schema.types[name] else { panic!("{name}") };
        // The end of the log grows by itself: its place in the snapshot is tried where the pool is followed.
        let fields = object.fields.values().filter(|field| field.name != "eventCursor");
        let fields: Vec<FieldDefinition> = fields.map(|field| (***field).clone()).collect();
        self.text.push_str("__typename ");
        for _ in 0..self.rng.usize(1..6) {
            let field = &fields[self.rng.usize(..fields.len())];
            let is_leaf = matches!(
                self.schema.types[field.ty.inner_named_type()],
                ExtendedType::Scalar(_) | ExtendedType::Enum(_)
            );
            if !is_leaf && (self.budget == 0 || depth > 9) {
                continue;
            }
            self.budget = self.budget.saturating_sub(usize::from(!is_leaf));
            // A key of its own for each: two of one key would have to have the same arguments.
            let alias = format!("f{}", self.text.len());
            match self.rng.u8(..8) {
                0 => {
                    self.text.push_str("... { ");
                    self.text.push_str(&format!("{alias}: "));
                    self.field(field, depth);
                    self.text.push_str("} ");
                }
                1 if is_leaf => {
                    let number = self.fragments.len();
                    self.fragments
                        .push(format!("fragment F{number} on {name} {{ {alias}: {} again: __typename }}", field.name));
                    self.text.push_str(&format!("...F{number} ...F{number} "));
                }
                2 if is_leaf && field.arguments.is_empty() => self.text.push_str(&format!("{} ", field.name)),
                _ => {
                    self.text.push_str(&format!("{alias}: "));
                    self.field(field, depth);
                }
            }
        }
        if name.ends_with("Connection") && self.rng.u8(..3) > 0 {
            self.text.push_str(&format!("e{}: edges {{ cursor node {{ id ", self.text.len()));
            if self.budget > 0 {
                self.budget -= 1;
                let of = name.trim_end_matches("Connection").replace("PublicPool", "Customer");
                self.selections(&of, depth + 2);
            }
            self.text.push_str("} } ");
        }
    }

    fn arguments(&mut self, field: &FieldDefinition) {
        let mut given: Vec<String> = Vec::new();
        let has = |name: &str| field.arguments.iter().any(|argument| argument.name == name);
        if has("id") {
            let name = field.name.as_str();
            let id = self.value("ID!", |writer| {
                json!(match name {
                    "customer" => {
                        format!("customer_{}", writer.some(|rows| rows.customers.iter().map(|row| row.id).collect()))
                    }
                    "user" => format!("user_{}", writer.some(|rows| rows.users.iter().map(|row| row.id).collect())),
                    _ => writer.some_id(),
                })
            });
            given.push(format!("id: {id}"));
        }
        if has("ids") {
            let ids: Vec<_> = (0..self.rng.usize(0..6)).map(|_| format!("{:?}", self.some_id())).collect();
            given.push(format!("ids: [{}]", ids.join(", ")));
        }
        let mut order = None;
        if has("orderBy") {
            let ty = field.arguments.iter().find(|argument| argument.name == "orderBy").unwrap().ty.inner_named_type();
            let ExtendedType::Enum(orders) = &self.schema.types[ty] else { panic!() };
            let orders: Vec<_> = orders.values.keys().map(ToString::to_string).collect();
            if self.rng.bool() {
                order = Some(orders[self.rng.usize(..orders.len())].clone());
                given.push(format!("orderBy: {}", order.as_ref().unwrap()));
            }
        }
        if has("first") {
            match self.rng.u8(..5) {
                0 => given.push(format!("last: {}", self.rng.u8(1..5))),
                1 | 2 => given.push(format!("first: {}", self.rng.u8(1..5))),
                3 => given.push("first: $two".to_owned()),
                _ => {}
            }
            let is_list = matches!(field.name.as_str(), "customers" | "publicPool");
            for (name, odds) in [("after", 3), ("before", 6)] {
                if is_list && self.rng.u8(..odds) == 0 {
                    let default = if field.name == "customers" { "CREATED_AT_DESC" } else { "POOL_ENTRY_TIME_DESC" };
                    let order = order.clone().unwrap_or_else(|| default.to_owned());
                    let pooled = |row: &&crate::support::oracle::Customer| {
                        row.owner_user_id.is_none() || !order.starts_with("POOL")
                    };
                    let rows: Vec<_> = self.rows.customers.iter().filter(pooled).collect();
                    let cursor = self.value("String", |writer| {
                        let none = writer.rng.u8(..5) == 0;
                        let row = rows[writer.rng.usize(..rows.len())];
                        if none { Json::Null } else { json!(customer_cursor(row, &order)) }
                    });
                    given.push(format!("{name}: {cursor}"));
                }
            }
        }
        if has("filter") && self.rng.bool() {
            let filter = self.filter(field.ty.inner_named_type(), 0);
            given.push(format!("filter: {filter}"));
        }
        if !given.is_empty() {
            self.text.push_str(&format!("({})", given.join(", ")));
        }
    }

    /// A value in place, or a variable that has another one each time.
    fn value(&mut self, ty: &'static str, mut some: impl FnMut(&mut Self) -> Json) -> String {
        if self.rng.bool() {
            return some(self).to_string();
        }
        let values = std::array::from_fn(|_| some(self));
        self.variables.push((ty, values));
        format!("$v{}", self.variables.len() - 1)
    }

    fn filter(&mut self, connection: &str, depth: usize) -> String {
        let mut conditions = Vec::new();
        let simple: &[&str] = match connection {
            "CustomerConnection" | "PublicPoolConnection" => &[
                "isPooled: {eq: true}",
                "isPooled: {eq: false}",
                "industry: {eq: \"SOFTWARE\"}",
                "industry: {isNull: true}",
                "industry: {in: [\"SOFTWARE\", \"RETAIL\"]}",
                "industry: {in: []}",
                "level: {eq: \"A\"}",
                "isBlacklisted: {eq: true}",
                "createdAt: {lt: \"2026-03-01T20:00:00.000000Z\"}",
                "createdAt: {gte: \"2026-03-01T18:00:00.000000Z\", lte: \"2026-03-01T22:00:00.000000Z\"}",
                "poolEntryTime: {isNull: false}",
                "protectedUntil: {gt: \"2026-03-02T01:00:00.000000Z\"}",
                "ownerId: {isNull: true}",
            ],
            "UserConnection" => &["status: {eq: ACTIVE}", "name: {eq: \"P1\"}", "name: {in: [\"P1\", \"P2\", \"P3\"]}"],
            _ => &[
                "type: {eq: CLAIM}",
                "type: {in: [CREATE, RELEASE]}",
                "cause: {eq: MANUAL}",
                "at: {lt: \"2026-03-01T20:00:00.000000Z\"}",
            ],
        };
        if self.rng.u8(..3) > 0 || depth > 2 {
            conditions.push(simple[self.rng.usize(..simple.len())].to_owned());
        }
        if depth < 3 && self.rng.u8(..3) == 0 {
            let (one, other) = (self.filter(connection, depth + 1), self.filter(connection, depth + 1));
            conditions.push(match self.rng.u8(..4) {
                0 => format!("and: [{one}, {other}]"),
                1 => format!("or: [{one}, {other}]"),
                2 => "or: []".to_owned(),
                _ => format!("not: {one}"),
            });
        }
        format!("{{{}}}", conditions.join(", "))
    }

    fn some(&mut self, of: impl Fn(&Rows) -> Vec<Uuid>) -> Uuid {
        let all = of(self.rows);
        // Now and then one that does not exist.
        if all.is_empty() || self.rng.u8(..10) == 0 { Uuid::nil() } else { all[self.rng.usize(..all.len())] }
    }

    fn some_id(&mut self) -> String {
        match self.rng.u8(..4) {
            0 => format!("user_{}", self.some(|rows| rows.users.iter().map(|row| row.id).collect())),
            1 => format!("contact_{}", self.some(|rows| rows.contacts.iter().map(|row| row.id).collect())),
            2 => format!("operation_{}", self.some(|rows| rows.operations.iter().map(|row| row.id).collect())),
            _ => format!("customer_{}", self.some(|rows| rows.customers.iter().map(|row| row.id).collect())),
        }
    }
}
