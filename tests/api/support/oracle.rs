//! A naive model of reading: plain rows in memory, rights looked up line by line, and a general GraphQL executor that
//! asks for one field of one object at a time. It shares nothing with the planner but the schema.

use std::collections::{BTreeSet, HashSet};

use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::serde_json_bytes;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

type Time = DateTime<Utc>;

#[derive(FromRow, Clone)]
pub struct User {
    pub id: Uuid,
    name: String,
    email: String,
    phone: Option<String>,
    manager_id: Option<Uuid>,
    status: String,
    created_at: Time,
    last_sign_in_at: Option<Time>,
}

#[derive(FromRow, Clone)]
pub struct Customer {
    pub id: Uuid,
    pub name: String,
    credit_code: Option<String>,
    source: String,
    source_detail: Option<String>,
    industry: Option<String>,
    size: Option<String>,
    level: Option<String>,
    region: Option<String>,
    pub owner_user_id: Option<Uuid>,
    owned_since: Option<Time>,
    pool_entry_time: Option<Time>,
    protected_until: Option<Time>,
    first_followup_time: Option<Time>,
    last_followup_time: Option<Time>,
    blacklisted_at: Option<Time>,
    blacklist_reason: Option<String>,
    created_by: Option<Uuid>,
    created_at: Time,
    updated_at: Time,
    version: i32,
}

#[derive(FromRow, Clone)]
pub struct Contact {
    pub id: Uuid,
    customer_id: Uuid,
    name: String,
    title: Option<String>,
    phones: Vec<String>,
    emails: Vec<String>,
    wechat: Option<String>,
    is_primary: bool,
    created_at: Time,
    updated_at: Time,
    version: i32,
}

#[derive(FromRow, Clone)]
pub struct Operation {
    pub id: Uuid,
    customer_id: Uuid,
    operator_user_id: Option<Uuid>,
    r#type: String,
    cause: String,
    previous_owner_user_id: Option<Uuid>,
    new_owner_user_id: Option<Uuid>,
    remark: Option<String>,
    at: Time,
}

#[derive(FromRow, Clone)]
struct Extra {
    customer_id: Uuid,
    key: String,
    r#type: String,
    label_en: String,
    label_zh: String,
    personal: bool,
    position: i32,
    text_value: Option<String>,
    number_text: Option<String>,
    boolean_value: Option<bool>,
    date_text: Option<String>,
}

/// Everything there is.
pub struct Rows {
    pub users: Vec<User>,
    pub customers: Vec<Customer>,
    pub contacts: Vec<Contact>,
    pub operations: Vec<Operation>,
    extras: Vec<Extra>,
    roles: Vec<(Uuid, String)>,
    permissions: Vec<(String, String, String, String)>,
    inherits: Vec<(String, String)>,
}

impl Rows {
    pub async fn load(db: &PgPool) -> Self {
        let contacts = sqlx::query_as("select * from contact").fetch_all(db).await.unwrap();
        let extras = sqlx::query_as(
            "select x.*, trim_scale(x.number_value)::text as number_text, x.date_value::text as date_text,
                    f.label_en, f.label_zh, f.personal, f.position from customer_extra x join extra_field f on f.key = x.key",
        );
        Self {
            users: sqlx::query_as("select * from app_user").fetch_all(db).await.unwrap(),
            customers: sqlx::query_as("select * from customer").fetch_all(db).await.unwrap(),
            contacts,
            operations: sqlx::query_as("select * from customer_operation_log").fetch_all(db).await.unwrap(),
            extras: extras.fetch_all(db).await.unwrap(),
            roles: sqlx::query_as("select user_id, role from user_role").fetch_all(db).await.unwrap(),
            permissions: sqlx::query_as("select role, resource, action, scope from permission")
                .fetch_all(db)
                .await
                .unwrap(),
            inherits: sqlx::query_as("select role, inherits from role_inheritance").fetch_all(db).await.unwrap(),
        }
    }

    fn user(&self, id: Option<Uuid>) -> Option<&User> {
        self.users.iter().find(|user| Some(user.id) == id)
    }

    fn customer(&self, id: Uuid) -> &Customer {
        self.customers.iter().find(|customer| customer.id == id).unwrap()
    }

    /// Whether somebody answers to `above`, directly or not.
    fn is_below(&self, user: Uuid, above: Uuid) -> bool {
        let manager = self.user(Some(user)).and_then(|user| user.manager_id);
        manager.is_some_and(|manager| manager == above || self.is_below(manager, above))
    }

    fn roles_of(&self, user: Uuid) -> BTreeSet<String> {
        let mut roles: BTreeSet<String> =
            self.roles.iter().filter(|(of, _)| *of == user).map(|(_, role)| role.clone()).collect();
        loop {
            let more: Vec<_> =
                self.inherits.iter().filter(|(role, _)| roles.contains(role)).map(|(_, other)| other.clone()).collect();
            let before = roles.len();
            roles.extend(more);
            if roles.len() == before {
                return roles;
            }
        }
    }
}

/// One viewer's look at the rows.
pub struct Look<'r> {
    rows: &'r Rows,
    me: Uuid,
    now: Time,
    scopes: HashSet<(String, String, String)>,
}

impl<'r> Look<'r> {
    pub fn new(rows: &'r Rows, me: Uuid, now: Time) -> Self {
        let roles = rows.roles_of(me);
        let held = rows.permissions.iter().filter(|(role, ..)| roles.contains(role));
        let scopes =
            held.map(|(_, resource, action, scope)| (resource.clone(), action.clone(), scope.clone())).collect();
        Self { rows, me, now, scopes }
    }

    fn has(&self, resource: &str, action: &str, scope: &str) -> bool {
        self.scopes.contains(&(resource.to_owned(), action.to_owned(), scope.to_owned()))
    }

    /// Whether a permission reaches a customer, through another scope than some.
    fn reaches_but(&self, resource: &str, action: &str, customer: &Customer, but: &[&str]) -> bool {
        let owner = customer.owner_user_id;
        let is = |scope: &str| match scope {
            "all" => true,
            "own" => owner == Some(self.me),
            "team" => owner.is_some_and(|owner| self.rows.is_below(owner, self.me)),
            "pool" => owner.is_none() && customer.blacklisted_at.is_none(),
            "pool_all" => owner.is_none(),
            "entered" => customer.created_by == Some(self.me),
            "entered_pooled" => customer.created_by == Some(self.me) && owner.is_none(),
            other => panic!("{other}"),
        };
        let scopes = ["all", "own", "team", "pool", "pool_all", "entered", "entered_pooled"];
        scopes.iter().any(|scope| !but.contains(scope) && self.has(resource, action, scope) && is(scope))
    }

    fn reaches(&self, resource: &str, action: &str, customer: &Customer) -> bool {
        self.reaches_but(resource, action, customer, &[])
    }

    fn reaches_user(&self, user: &User, but_names: bool) -> bool {
        self.has("user", "read", "all")
            || (!but_names && self.has("user", "read", "names"))
            || (self.has("user", "read", "own") && user.id == self.me)
            || (self.has("user", "read", "team") && self.rows.is_below(user.id, self.me))
    }

    fn sees(&self, thing: Thing) -> bool {
        match thing {
            Thing::User(user) => self.reaches_user(user, false),
            Thing::Customer(customer) => self.reaches("customer", "read", customer),
            Thing::Contact(contact) => self.reaches("contact", "read", self.rows.customer(contact.customer_id)),
            Thing::Operation(operation) => self.reaches("operation", "read", self.rows.customer(operation.customer_id)),
        }
    }

    /// Executes a document.
    pub fn execute(&self, schema: &Valid<Schema>, document: &str, variables: &Json) -> Json {
        let document = ExecutableDocument::parse_and_validate(schema, document, "q")
            .unwrap_or_else(|errors| panic!("{document}\n{errors}"));
        let variables: serde_json_bytes::Value = variables.clone().into();
        let variables = variables.as_object().unwrap();
        let execution = Execution::new(schema, &document).raw_variable_values(variables);
        let answer = execution
            .execute_sync(&Object { look: self, node: Node::Query })
            .unwrap_or_else(|error| panic!("{}", error.message()));
        assert!(answer.errors.is_empty(), "the model has no errors: {:?}", answer.errors);
        serde_json::to_value(&answer).unwrap()
    }
}

#[derive(Clone, Copy)]
enum Thing<'r> {
    User(&'r User),
    Customer(&'r Customer),
    Contact(&'r Contact),
    Operation(&'r Operation),
}

#[derive(Clone)]
enum Node<'r> {
    Query,
    Thing(Thing<'r>),
    Extra(&'r Extra),
    Claimability(&'r Customer),
    Connection(Page<'r>),
    Edge(Thing<'r>, String),
    PageInfo(Page<'r>),
}

#[derive(Clone)]
struct Page<'r> {
    name: &'static str,
    rows: Vec<(Thing<'r>, String)>,
    total: usize,
    next: bool,
    previous: bool,
}

struct Object<'l, 'r> {
    look: &'l Look<'r>,
    node: Node<'r>,
}

impl Thing<'_> {
    fn type_name(self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Customer(_) => "Customer",
            Self::Contact(_) => "Contact",
            Self::Operation(_) => "CustomerOperation",
        }
    }

    fn id(self) -> Uuid {
        match self {
            Self::User(user) => user.id,
            Self::Customer(customer) => customer.id,
            Self::Contact(contact) => contact.id,
            Self::Operation(operation) => operation.id,
        }
    }

    /// The key of an order: what sorts, and how the cursor writes it.
    fn key(self, order: &str) -> (String, String) {
        let time = |time: Time| (time.format("%Y%m%d%H%M%S%6f").to_string(), sql_time(time));
        let text = |text: &str| (text.to_owned(), text.to_owned());
        match (self, order) {
            (Self::User(user), "NAME") => text(&user.name),
            (Self::Customer(customer), "NAME") => text(&customer.name),
            (Self::Contact(contact), "NAME") => text(&contact.name),
            (Self::Customer(customer), "CREATED_AT") => time(customer.created_at),
            (Self::Customer(customer), "POOL_ENTRY_TIME") => time(customer.pool_entry_time.unwrap()),
            (Self::Contact(contact), "CREATED_AT") => time(contact.created_at),
            (Self::Operation(operation), "AT") => time(operation.at),
            _ => panic!("{order}"),
        }
    }

    pub fn cursor(self, order: &str, way: &str) -> String {
        let text = format!("[\"{order}_{way}\", \"{}\", \"{}\"]", self.key(order).1, self.id());
        URL_SAFE_NO_PAD.encode(text)
    }
}

/// A cursor of a customer, as a client would have it from an earlier page.
pub fn customer_cursor(customer: &Customer, order: &str) -> String {
    let (order, way) = order.rsplit_once('_').unwrap();
    Thing::Customer(customer).cursor(order, way)
}

fn sql_time(time: Time) -> String {
    let text = time.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
    format!("{}+00", text.trim_end_matches('0').trim_end_matches('.'))
}

fn iso(time: Time) -> Json {
    json!(time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

fn gid(kind: &str, id: Option<Uuid>) -> Json {
    json!(id.map(|id| format!("{kind}_{id}")))
}

fn leaf<'a>(json: Json) -> Result<ResolvedValue<'a>, FieldError> {
    match json {
        Json::Array(items) => Ok(ResolvedValue::List(Box::new(items.into_iter().map(leaf)))),
        json => Ok(ResolvedValue::Leaf(json.into())),
    }
}

impl<'r> Object<'_, 'r> {
    fn object<'a>(&'a self, node: Option<Node<'r>>) -> Result<ResolvedValue<'a>, FieldError> {
        match node {
            None => leaf(Json::Null),
            Some(node) => Ok(ResolvedValue::Object(Box::new(Object { look: self.look, node }))),
        }
    }

    fn thing<'a>(&'a self, thing: Option<Thing<'r>>) -> Result<ResolvedValue<'a>, FieldError> {
        self.object(thing.filter(|thing| self.look.sees(*thing)).map(Node::Thing))
    }

    fn user<'a>(&'a self, id: Option<Uuid>) -> Result<ResolvedValue<'a>, FieldError> {
        self.thing(self.look.rows.user(id).map(Thing::User))
    }

    fn objects<'a>(&'a self, nodes: Vec<Node<'r>>) -> Result<ResolvedValue<'a>, FieldError> {
        let look = self.look;
        Ok(ResolvedValue::List(Box::new(
            nodes.into_iter().map(move |node| Ok(ResolvedValue::Object(Box::new(Object { look, node })))),
        )))
    }

    fn connection<'a>(
        &'a self,
        info: &ResolveInfo<'_>,
        name: &'static str,
        default_order: &str,
        things: impl Iterator<Item = Thing<'r>>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let argument =
            |name: &str| info.arguments().get(name).filter(|value| !value.is_null()).map(|value| json!(value));
        let order =
            argument("orderBy").map_or_else(|| default_order.to_owned(), |order| order.as_str().unwrap().to_owned());
        let (order, way) = order.rsplit_once('_').unwrap();
        let filter = argument("filter");
        let mut all: Vec<Thing<'r>> = things
            .filter(|thing| {
                self.look.sees(*thing)
                    && filter.as_ref().is_none_or(|filter| self.look.passes(*thing, filter) == Some(true))
            })
            .collect();
        all.sort_by_key(|thing| (thing.key(order).0, thing.id()));
        if way == "DESC" {
            all.reverse();
        }
        let total = all.len();
        let mut rows: Vec<_> = all.into_iter().map(|thing| (thing, thing.cursor(order, way))).collect();
        let place = |rows: &[(Thing<'r>, String)], cursor: &str| -> usize {
            // A cursor stands where its row would be, also when the row is gone or was never seen.
            let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap();
            let (_, key, id): (String, String, Uuid) = {
                let (tag, key, id): (String, String, String) = serde_json::from_slice(&bytes).unwrap();
                (tag, key, id.parse().unwrap())
            };
            rows.iter()
                .take_while(|(thing, _)| {
                    let own = (thing.key(order).1, thing.id());
                    if way == "ASC" { own <= (key.clone(), id) } else { own >= (key.clone(), id) }
                })
                .count()
        };
        let (after, before) = (argument("after"), argument("before"));
        if let Some(before) = &before {
            let until = place(&rows, before.as_str().unwrap());
            // The row of the cursor itself is out, too.
            let itself = usize::from(until > 0 && rows[until - 1].1 == *before.as_str().unwrap());
            rows.truncate(until - itself);
        }
        if let Some(after) = &after {
            let from = place(&rows, after.as_str().unwrap());
            rows.drain(..from);
        }
        let (first, last) = (argument("first").and_then(|n| n.as_u64()), argument("last").and_then(|n| n.as_u64()));
        let (mut next, mut previous) = (before.is_some(), after.is_some());
        match last {
            Some(last) => {
                previous = rows.len() > last as usize;
                rows.drain(..rows.len().saturating_sub(last as usize));
            }
            None => {
                let first = first.unwrap_or(20) as usize;
                next = rows.len() > first;
                rows.truncate(first);
            }
        }
        self.object(Some(Node::Connection(Page { name, rows, total, next, previous })))
    }

    fn by_id<'a>(&'a self, id: &str) -> Result<ResolvedValue<'a>, FieldError> {
        let thing = self.look.find(id);
        self.thing(thing)
    }
}

impl<'r> Look<'r> {
    fn find(&self, id: &str) -> Option<Thing<'r>> {
        let (kind, id) = id.rsplit_once('_').unwrap();
        let id: Uuid = id.parse().unwrap();
        let rows = self.rows;
        match kind {
            "user" => rows.users.iter().find(|row| row.id == id).map(Thing::User),
            "customer" => rows.customers.iter().find(|row| row.id == id).map(Thing::Customer),
            "contact" => rows.contacts.iter().find(|row| row.id == id).map(Thing::Contact),
            "operation" => rows.operations.iter().find(|row| row.id == id).map(Thing::Operation),
            other => panic!("{other}"),
        }
    }

    /// SQL's three values: true, false, and what can't be told of a null.
    fn passes(&self, thing: Thing<'r>, filter: &Json) -> Option<bool> {
        let all = |items: &[Option<bool>]| match () {
            () if items.contains(&Some(false)) => Some(false),
            () if items.contains(&None) => None,
            () => Some(true),
        };
        let mut results = Vec::new();
        for (name, value) in filter.as_object().unwrap() {
            let each = || -> Vec<Option<bool>> {
                let items = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                items.iter().map(|item| self.passes(thing, item)).collect()
            };
            results.push(match name.as_str() {
                "and" => all(&each()),
                "or" => {
                    let opposite: Vec<_> = each().into_iter().map(|item| item.map(|item| !item)).collect();
                    all(&opposite).map(|item| !item)
                }
                "not" => Some(self.passes(thing, value) != Some(true)),
                name => {
                    let own = match thing {
                        Thing::Customer(customer) => customer_value(customer, name),
                        Thing::User(user) => json!(if name == "status" { &user.status } else { &user.name }),
                        Thing::Operation(operation) if name == "at" => iso(operation.at),
                        Thing::Operation(operation) => {
                            json!(if name == "type" { &operation.r#type } else { &operation.cause })
                        }
                        Thing::Contact(_) => panic!("contacts have no filter"),
                    };
                    let compared: Vec<_> = value
                        .as_object()
                        .unwrap()
                        .iter()
                        .map(|(operator, operand)| compare(&own, operator, operand))
                        .collect();
                    all(&compared)
                }
            });
        }
        all(&results)
    }
}

fn compare(own: &Json, operator: &str, operand: &Json) -> Option<bool> {
    if operator == "isNull" {
        return Some(own.is_null() == operand.as_bool().unwrap());
    }
    // Nothing is in an empty list, not even what can't be told.
    if operand.as_array().is_some_and(Vec::is_empty) {
        return Some(false);
    }
    if own.is_null() {
        return None;
    }
    let (text, other) = (own.to_string(), operand.to_string());
    Some(match operator {
        "eq" => text == other,
        "in" => operand.as_array().unwrap().contains(own),
        "lt" => text < other,
        "lte" => text <= other,
        "gt" => text > other,
        "gte" => text >= other,
        other => panic!("{other}"),
    })
}

fn customer_value(customer: &Customer, name: &str) -> Json {
    match name {
        "id" => gid("customer", Some(customer.id)),
        "name" => json!(customer.name),
        "creditCode" => json!(customer.credit_code),
        "source" => json!(customer.source),
        "sourceDetail" => json!(customer.source_detail),
        "industry" => json!(customer.industry),
        "size" => json!(customer.size),
        "level" => json!(customer.level),
        "region" => json!(customer.region),
        "isPooled" => json!(customer.owner_user_id.is_none()),
        "ownerId" => gid("user", customer.owner_user_id),
        "ownedSince" => json!(customer.owned_since.map(iso)),
        "poolEntryTime" => json!(customer.pool_entry_time.map(iso)),
        "protectedUntil" => json!(customer.protected_until.map(iso)),
        "firstFollowUpTime" => json!(customer.first_followup_time.map(iso)),
        "lastFollowUpTime" => json!(customer.last_followup_time.map(iso)),
        "isBlacklisted" => json!(customer.blacklisted_at.is_some()),
        "blacklistReason" => json!(customer.blacklist_reason),
        "createdAt" => iso(customer.created_at),
        "updatedAt" => iso(customer.updated_at),
        "version" => json!(customer.version),
        other => panic!("{other}"),
    }
}

impl<'r> ObjectValue for Object<'_, 'r> {
    fn type_name(&self) -> &str {
        match &self.node {
            Node::Query => "Query",
            Node::Thing(thing) => thing.type_name(),
            Node::Extra(_) => "Extra",
            Node::Claimability(_) => "Claimability",
            Node::Connection(page) => match page.name {
                "User" => "UserConnection",
                "Customer" => "CustomerConnection",
                "PublicPool" => "PublicPoolConnection",
                "Contact" => "ContactConnection",
                _ => "CustomerOperationConnection",
            },
            Node::Edge(thing, _) => match thing {
                Thing::User(_) => "UserEdge",
                Thing::Customer(_) => "CustomerEdge",
                Thing::Contact(_) => "ContactEdge",
                Thing::Operation(_) => "CustomerOperationEdge",
            },
            Node::PageInfo(_) => "PageInfo",
        }
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let (look, rows, field) = (self.look, self.look.rows, info.field_name());
        let id = || info.arguments().get("id").and_then(|id| id.as_str()).unwrap().to_owned();
        match &self.node {
            Node::Query => match field {
                "customer" | "user" | "node" => self.by_id(&id()),
                "nodes" => {
                    let ids: Vec<String> = info
                        .arguments()
                        .get("ids")
                        .unwrap()
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|id| id.as_str().unwrap().to_owned())
                        .collect();
                    let found: Vec<_> = ids.iter().map(|id| look.find(id).filter(|thing| look.sees(*thing))).collect();
                    Ok(ResolvedValue::List(Box::new(found.into_iter().map(move |thing| match thing {
                        None => leaf(Json::Null),
                        Some(thing) => Ok(ResolvedValue::Object(Box::new(Object { look, node: Node::Thing(thing) }))),
                    }))))
                }
                "customers" => {
                    self.connection(info, "Customer", "CREATED_AT_DESC", rows.customers.iter().map(Thing::Customer))
                }
                "publicPool" => {
                    let pooled = rows
                        .customers
                        .iter()
                        .filter(|customer| customer.owner_user_id.is_none() && customer.blacklisted_at.is_none());
                    self.connection(info, "PublicPool", "POOL_ENTRY_TIME_DESC", pooled.map(Thing::Customer))
                }
                "users" => self.connection(info, "User", "NAME_ASC", rows.users.iter().map(Thing::User)),
                other => panic!("{other}"),
            },
            Node::Thing(Thing::Customer(customer)) => match field {
                "owner" => self.user(customer.owner_user_id),
                "createdBy" => self.user(customer.created_by),
                "claimability" => self.object(Some(Node::Claimability(customer))),
                "contacts" => {
                    let of = rows.contacts.iter().filter(|contact| contact.customer_id == customer.id);
                    self.connection(info, "Contact", "CREATED_AT_ASC", of.map(Thing::Contact))
                }
                "operations" => {
                    let of = rows.operations.iter().filter(|operation| operation.customer_id == customer.id);
                    self.connection(info, "CustomerOperation", "AT_DESC", of.map(Thing::Operation))
                }
                "extras" => {
                    let sees_personal = look.reaches("contact", "read", customer);
                    let mut of: Vec<_> = rows
                        .extras
                        .iter()
                        .filter(|extra| extra.customer_id == customer.id && (sees_personal || !extra.personal))
                        .collect();
                    of.sort_by_key(|extra| (extra.position, extra.key.clone()));
                    self.objects(of.into_iter().map(Node::Extra).collect())
                }
                field => leaf(customer_value(customer, field)),
            },
            Node::Thing(Thing::User(user)) => {
                let more = look.reaches_user(user, true);
                let hidden = |json: Json| leaf(if more { json } else { Json::Null });
                match field {
                    "id" => leaf(gid("user", Some(user.id))),
                    "name" => leaf(json!(user.name)),
                    "status" => leaf(json!(user.status)),
                    "email" => hidden(json!(user.email)),
                    "phone" => hidden(json!(user.phone)),
                    "lastSignInAt" => hidden(json!(user.last_sign_in_at.map(iso))),
                    "createdAt" => hidden(iso(user.created_at)),
                    "roles" => {
                        let mut roles: Vec<_> =
                            rows.roles.iter().filter(|(of, _)| *of == user.id).map(|(_, role)| role).collect();
                        roles.sort();
                        hidden(json!(roles))
                    }
                    "manager" => self.user(user.manager_id.filter(|_| more)),
                    "reports" => {
                        let of = rows.users.iter().filter(|report| report.manager_id == Some(user.id));
                        self.connection(info, "User", "NAME_ASC", of.map(Thing::User))
                    }
                    other => panic!("{other}"),
                }
            }
            Node::Thing(Thing::Contact(contact)) => {
                let customer = rows.customer(contact.customer_id);
                let open = look.reaches("contact_details", "read", customer);
                let stars = |text: &String, shown: String| if open { text.clone() } else { shown };
                let phone = |phone: &String| {
                    let letters: Vec<char> = phone.chars().collect();
                    let masked = if letters.len() < 8 {
                        "****".to_owned()
                    } else {
                        format!(
                            "{}****{}",
                            letters[..3].iter().collect::<String>(),
                            letters[letters.len() - 2..].iter().collect::<String>()
                        )
                    };
                    stars(phone, masked)
                };
                let first = |text: &String| text.chars().take(1).collect::<String>();
                match field {
                    "id" => leaf(gid("contact", Some(contact.id))),
                    "name" => leaf(json!(contact.name)),
                    "title" => leaf(json!(contact.title)),
                    "phones" => leaf(json!(contact.phones.iter().map(phone).collect::<Vec<_>>())),
                    "emails" => {
                        let masked = |email: &String| {
                            stars(email, format!("{}****@{}", first(email), email.split('@').nth(1).unwrap()))
                        };
                        leaf(json!(contact.emails.iter().map(masked).collect::<Vec<_>>()))
                    }
                    "wechat" => leaf(json!(
                        contact.wechat.as_ref().map(|wechat| stars(wechat, format!("{}****", first(wechat))))
                    )),
                    "isMasked" => leaf(json!(!open)),
                    "isPrimary" => leaf(json!(contact.is_primary)),
                    "createdAt" => leaf(iso(contact.created_at)),
                    "updatedAt" => leaf(iso(contact.updated_at)),
                    "version" => leaf(json!(contact.version)),
                    "customer" => self.thing(Some(Thing::Customer(customer))),
                    other => panic!("{other}"),
                }
            }
            Node::Thing(Thing::Operation(operation)) => {
                let customer = rows.customer(operation.customer_id);
                let more = look.reaches_but("operation", "read", customer, &["pool", "pool_all"]);
                match field {
                    "id" => leaf(gid("operation", Some(operation.id))),
                    "type" => leaf(json!(operation.r#type)),
                    "cause" => leaf(json!(operation.cause)),
                    "at" => leaf(iso(operation.at)),
                    "remark" => leaf(json!(operation.remark.as_ref().filter(|_| more))),
                    "operator" => self.user(operation.operator_user_id.filter(|_| more)),
                    "previousOwner" => self.user(operation.previous_owner_user_id.filter(|_| more)),
                    "newOwner" => self.user(operation.new_owner_user_id.filter(|_| more)),
                    "customer" => self.thing(Some(Thing::Customer(customer))),
                    other => panic!("{other}"),
                }
            }
            Node::Extra(extra) => match field {
                "key" => leaf(json!(extra.key)),
                "type" => leaf(json!(extra.r#type)),
                "labelEn" => leaf(json!(extra.label_en)),
                "labelZh" => leaf(json!(extra.label_zh)),
                "value" => leaf(match extra.r#type.as_str() {
                    "NUMBER" => json!(extra.number_text),
                    "BOOLEAN" => json!(extra.boolean_value.map(|value| value.to_string())),
                    "DATE" => json!(extra.date_text),
                    _ => json!(extra.text_value),
                }),
                other => panic!("{other}"),
            },
            Node::Claimability(customer) => {
                let mut reasons = Vec::new();
                if !look.has("customer", "claim", "pool") {
                    reasons.push("NOT_PERMITTED");
                }
                if customer.owner_user_id.is_some() {
                    reasons.push("ALREADY_OWNED");
                }
                if customer.blacklisted_at.is_some() {
                    reasons.push("BLACKLISTED");
                }
                let protected = customer.protected_until.filter(|until| *until > look.now);
                if protected.is_some() {
                    reasons.push("PROTECTED");
                }
                match field {
                    "claimable" => leaf(json!(reasons.is_empty())),
                    "claimableAt" => leaf(json!(protected.filter(|_| reasons == ["PROTECTED"]).map(iso))),
                    "reasons" => leaf(json!(reasons)),
                    other => panic!("{other}"),
                }
            }
            Node::Connection(page) => match field {
                "totalCount" => leaf(json!(page.total)),
                "pageInfo" => self.object(Some(Node::PageInfo(page.clone()))),
                "edges" => {
                    self.objects(page.rows.iter().map(|(thing, cursor)| Node::Edge(*thing, cursor.clone())).collect())
                }
                other => panic!("{other}"),
            },
            Node::Edge(thing, cursor) => match field {
                "cursor" => leaf(json!(cursor)),
                _ => self.object(Some(Node::Thing(*thing))),
            },
            Node::PageInfo(page) => match field {
                "hasNextPage" => leaf(json!(page.next)),
                "hasPreviousPage" => leaf(json!(page.previous)),
                "startCursor" => leaf(json!(page.rows.first().map(|(_, cursor)| cursor))),
                "endCursor" => leaf(json!(page.rows.last().map(|(_, cursor)| cursor))),
                other => panic!("{other}"),
            },
        }
    }
}
