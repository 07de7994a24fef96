//! Random documents that are valid, with variables, aliases, fragments, directives, filters, cursors.

use apollo_compiler::Schema;
use apollo_compiler::ast::{InputValueDefinition, Type};
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::validation::Valid;
use fastrand::Rng;
use serde_json::{Value as Json, json};

use super::pick;
use crate::support::monday;
use crate::support::oracle::{Entity, Rows, cursor};

/// The number of executions of each document.
const EXECUTIONS: usize = 4;

/// The root fields.
const ROOTS: [&str; 20] = [
    "customers",
    "customers",
    "customers",
    "customers",
    "publicPool",
    "pools",
    "customer",
    "users",
    "node",
    "nodes",
    "products",
    "product",
    "opportunities",
    "opportunity",
    "opportunityStages",
    "followUps",
    "tasks",
    "operationBatches",
    "orders",
    "order",
];

/// The types with ids, and the prefix of their ids.
const KINDS: [(&str, &str); 12] = [
    ("Customer", "customer"),
    ("User", "user"),
    ("Contact", "contact"),
    ("CustomerOperation", "operation"),
    ("OperationBatch", "operationbatch"),
    ("Pool", "pool"),
    ("Product", "product"),
    ("Opportunity", "opportunity"),
    ("FollowUp", "followup"),
    ("Task", "task"),
    ("Order", "order"),
    ("Feedback", "feedback"),
];

/// Writes one document.
pub struct Writer<'a> {
    schema: &'a Valid<Schema>,
    rng: &'a mut Rng,
    rows: &'a Rows,
    text: String,
    fragments: Vec<String>,
    /// The variables: type, and a value for each execution.
    variables: Vec<(String, [Json; EXECUTIONS])>,
    /// The number of fields that may still be written; deep documents are as likely as wide ones.
    budget: usize,
}

impl<'a> Writer<'a> {
    pub fn new(schema: &'a Valid<Schema>, rng: &'a mut Rng, rows: &'a Rows) -> Self {
        Self { schema, rng, rows, text: String::new(), fragments: Vec::new(), variables: Vec::new(), budget: 40 }
    }

    /// The document, and the variables of each execution.
    pub fn document(&mut self) -> (String, Vec<Json>) {
        for _ in 0..self.rng.usize(1..4) {
            let root = if self.rng.u8(..16) == 0 { "feedback" } else { pick(self.rng, &ROOTS) };
            let alias = format!("r{}", self.text.len());
            self.text.push_str(&format!("{alias}: "));
            let field = self.schema.type_field("Query", root).unwrap().clone();
            self.field(&field, 0);
        }
        let (rng, own) = (&mut self.rng, &self.variables);
        let asked = (0..EXECUTIONS).map(|execution| {
            let mut variables = json!({"yes": rng.u8(..4) > 0, "no": rng.u8(..4) == 0, "two": rng.i32(1..4)});
            for (place, (_, values)) in own.iter().enumerate() {
                variables[format!("v{place}")] = values[execution].clone();
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
        if self.is_leaf(&name) {
            self.text.push(' ');
        } else {
            self.text.push_str(" { ");
            self.selections(&name, depth + 1);
            self.text.push_str(" } ");
        }
    }

    fn is_leaf(&self, name: &str) -> bool {
        matches!(self.schema.types[name], ExtendedType::Scalar(_) | ExtendedType::Enum(_))
    }

    /// Whether a field has the same type on every object, because fields with one key on `Node` must have one type.
    fn is_one_type(&self, field: &FieldDefinition) -> bool {
        let others = KINDS.iter().filter_map(|(kind, _)| self.schema.type_field(kind, &field.name).ok());
        others.map(|other| &other.ty).all(|ty| *ty == field.ty)
    }

    fn selections(&mut self, name: &str, depth: usize) {
        if name == "Node" {
            self.text.push_str("id __typename ");
            for (kind, _) in KINDS {
                if self.rng.bool() {
                    self.text.push_str(&format!("... on {kind} {{ "));
                    self.selections(kind, depth);
                    self.text.push_str("} ");
                }
            }
            return;
        }
        let ExtendedType::Object(object) = &self.schema.types[name] else { panic!("{name}") };
        // The end of the log changes by itself; the tests of the live pool check it.
        let fields = object.fields.values().filter(|field| field.name != "eventCursor");
        let fields: Vec<FieldDefinition> = fields.map(|field| (***field).clone()).collect();
        self.text.push_str("__typename ");
        for _ in 0..self.rng.usize(1..6) {
            let field = self.rng.choice(&fields).unwrap();
            let is_leaf = self.is_leaf(field.ty.inner_named_type());
            if !is_leaf && (self.budget == 0 || depth > 9) {
                continue;
            }
            self.budget = self.budget.saturating_sub(usize::from(!is_leaf));
            // Each field gets its own key, because fields with one key must have the same arguments.
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
                2 if is_leaf && self.is_one_type(field) => self.text.push_str(&format!("{} ", field.name)),
                _ => {
                    self.text.push_str(&format!("{alias}: "));
                    self.field(field, depth);
                }
            }
        }
        if let Some(of) = name.strip_suffix("Connection")
            && self.rng.u8(..3) > 0
        {
            let of = if of == "PublicPool" { "Customer" } else { of };
            let first = match of {
                "TimelineEntry" => "kind",
                of if of.ends_with("Edit") => "field",
                _ => "id",
            };
            self.text.push_str(&format!("e{}: edges {{ cursor node {{ {first} ", self.text.len()));
            if self.budget > 0 {
                self.budget -= 1;
                self.selections(of, depth + 2);
            }
            self.text.push_str("} } ");
        }
    }

    fn arguments(&mut self, field: &FieldDefinition) {
        let mut given: Vec<String> = Vec::new();
        let argument = |name: &str| field.arguments.iter().find(|argument| argument.name == name);
        if let Some(id) = argument("id") {
            let name = field.name.as_str();
            given.push(format!("id: {}", self.operand(&id.ty, |writer| json!(writer.id(name)))));
        }
        if argument("ids").is_some() {
            let ids: Vec<_> = (0..self.rng.usize(0..6)).map(|_| format!("{:?}", self.id("node"))).collect();
            given.push(format!("ids: [{}]", ids.join(", ")));
        }
        if let Some(search) = argument("search")
            && self.rng.u8(..3) == 0
        {
            let texts = ["潮", "海潮", "blue", "ＢＬＵＥ1", "ue1", "Z", "%_", "0%_1", "pump", "p-", "V-", "泵"];
            given.push(format!("search: {}", self.operand(&search.ty, |writer| json!(pick(writer.rng, &texts)))));
        }
        if let Some(order) = argument("orderBy") {
            let ExtendedType::Enum(orders) = &self.schema.types[order.ty.inner_named_type()] else { panic!() };
            let orders: Vec<_> = orders.values.keys().map(ToString::to_string).collect();
            // The description names the default.
            let mut words =
                order.description.as_ref().unwrap().split(|letter: char| letter != '_' && !letter.is_alphabetic());
            let default = words.find(|word| orders.iter().any(|order| order == word)).unwrap().to_owned();
            let order = if self.rng.bool() {
                let order = self.rng.choice(orders).unwrap();
                given.push(format!("orderBy: {order}"));
                order
            } else {
                default
            };
            match self.rng.u8(..5) {
                0 => given.push(format!("last: {}", self.rng.u8(1..5))),
                1 | 2 => given.push(format!("first: {}", self.rng.u8(0..5))),
                3 => given.push("first: $two".to_owned()),
                _ => {}
            }
            let connection = field.ty.inner_named_type().as_str();
            for (name, odds) in [("after", 4), ("before", 8)] {
                if self.rng.u8(..odds) == 0
                    && let Some(entities) = self.listed(connection, &order)
                {
                    let cursor = self.operand(&argument(name).unwrap().ty, |writer| {
                        let none = writer.rng.u8(..5) == 0;
                        if none { Json::Null } else { json!(cursor(pick(writer.rng, &entities), &order)) }
                    });
                    given.push(format!("{name}: {cursor}"));
                }
            }
        }
        if let Some(filter) = argument("filter")
            && self.rng.bool()
        {
            given.push(format!("filter: {}", self.filter(filter.ty.inner_named_type(), 0)));
        }
        if !given.is_empty() {
            self.text.push_str(&format!("({})", given.join(", ")));
        }
    }

    /// The rows that a cursor of a list may point to: any row of its type, in this list or not.
    fn listed(&mut self, connection: &str, order: &str) -> Option<Vec<Entity<'a>>> {
        let rows = self.rows;
        let of = connection.strip_suffix("Connection").unwrap();
        let entities: Vec<_> = match of {
            "TimelineEntry" => rows.entries(self.rng.choice(&rows.customers).unwrap().id).collect(),
            "PublicPool" if order.starts_with("POOL") => {
                rows.customers.iter().filter(|row| row.pool_entry_time.is_some()).map(Entity::Customer).collect()
            }
            "PublicPool" => rows.entities("customer").collect(),
            of => rows.entities(KINDS.iter().find(|(kind, _)| *kind == of)?.1).collect(),
        };
        (!entities.is_empty()).then_some(entities)
    }

    /// A literal, or a variable with another value in each execution.
    fn operand(&mut self, ty: &Type, mut some: impl FnMut(&mut Self) -> Json) -> String {
        if self.rng.bool() {
            let value = some(self).to_string();
            let is_enum = matches!(self.schema.types[ty.inner_named_type()], ExtendedType::Enum(_));
            return if is_enum { value.replace('"', "") } else { value };
        }
        let values = std::array::from_fn(|_| some(self));
        self.variables.push((ty.to_string(), values));
        format!("$v{}", self.variables.len() - 1)
    }

    fn filter(&mut self, name: &str, depth: usize) -> String {
        let ExtendedType::InputObject(filter) = &self.schema.types[name] else { panic!("{name}") };
        let fields: Vec<InputValueDefinition> = filter
            .fields
            .values()
            // Conditions of pool rules have their own model.
            .filter(|field| !["and", "or", "not", "condition", "returnsToPoolBefore"].contains(&field.name.as_str()))
            .map(|field| (***field).clone())
            .collect();
        let mut conditions = Vec::new();
        if self.rng.u8(..3) > 0 || depth > 2 {
            let field = self.rng.choice(&fields).unwrap();
            conditions.push(format!("{}: {}", field.name, self.condition(name, field)));
        }
        if depth < 3 && self.rng.u8(..3) == 0 {
            let kind = self.rng.u8(..4);
            let mut below = || self.filter(name, depth + 1);
            conditions.push(match kind {
                0 => format!("and: [{}, {}]", below(), below()),
                1 => format!("or: [{}, {}]", below(), below()),
                2 => "or: []".to_owned(),
                _ => format!("not: {}", below()),
            });
        }
        format!("{{{}}}", conditions.join(", "))
    }

    fn condition(&mut self, filter: &str, field: &InputValueDefinition) -> String {
        let ty = field.ty.inner_named_type();
        let name = field.name.as_str();
        if ty == "ExtraFilter" {
            let extras = [
                "{key: \"wecom_id\", eq: \"wm\"}",
                "{key: \"wecom_id\", exists: false}",
                "{key: \"listed\", exists: false}",
                "{key: \"employees\", gte: \"12.5\", lt: \"13\"}",
                "{key: \"employees\", gt: \"12.5\"}",
                "{key: \"listed\", eq: \"true\"}",
                "{key: \"founded_on\", lte: \"2020-02-29\"}",
                "{key: \"founded_on\"}",
            ];
            let some: Vec<_> = (0..self.rng.usize(..3)).map(|_| pick(self.rng, &extras)).collect();
            return format!("[{}]", some.join(", "));
        }
        let ExtendedType::InputObject(operators) = &self.schema.types[ty] else {
            return self.operand(&field.ty, |writer| writer.some(filter, name, ty));
        };
        let mut operators: Vec<InputValueDefinition> =
            operators.fields.values().map(|operator| (***operator).clone()).collect();
        self.rng.shuffle(&mut operators);
        operators.truncate(1 + usize::from(self.rng.u8(..4) == 0));
        let conditions = operators.iter().map(|operator| {
            let value = self.operand(&operator.ty, |writer| {
                let inner = operator.ty.inner_named_type();
                let some = |writer: &mut Self| writer.some(filter, name, inner);
                if operator.ty.is_list() {
                    (0..writer.rng.usize(..4)).map(|_| some(writer)).collect()
                } else {
                    some(writer)
                }
            });
            format!("{}: {value}", operator.name)
        });
        let conditions: Vec<_> = conditions.collect();
        format!("{{{}}}", conditions.join(", "))
    }

    /// A value that a condition may compare with.
    fn some(&mut self, filter: &str, field: &str, ty: &str) -> Json {
        if let ExtendedType::Enum(members) = &self.schema.types[ty] {
            let members: Vec<_> = members.values.keys().collect();
            return json!(self.rng.choice(members).unwrap().as_str());
        }
        match ty {
            "Boolean" => json!(self.rng.bool()),
            "Int" => json!(self.rng.i32(1..6)),
            // No rule is enabled.
            "ID" if field == "poolRuleId" => json!(format!("poolrule_{}", uuid::Uuid::nil())),
            "ID" if field == "poolId" => json!(self.id("pool")),
            "ID" if matches!(field, "expectedProductId" | "productId") => json!(self.id("product")),
            "ID" => json!(self.id("user")),
            "Date" => json!(pick(self.rng, &["2026-03-01", "2026-04-15", "2026-06-30", "2027-01-01"])),
            "Decimal" => json!(pick(self.rng, &["0", "100", "99.99", "250", "1200.50", "999999.9"])),
            "DateTime" => {
                let time = monday() + chrono::TimeDelta::minutes(30 * self.rng.i64(-26..10));
                let zone = chrono::FixedOffset::east_opt(3_600 * self.rng.i32(-1..2) * 8).unwrap();
                json!(time.with_timezone(&zone).to_rfc3339())
            }
            _ => {
                let rows = self.rows;
                let texts: &[&str] = match (filter, field) {
                    (_, "currency") => &["CNY", "USD", "EUR"],
                    (_, "field") => {
                        &["name", "phones", "level", "expectedAmount", "extras.wecom_id", "unitPrice", "phone"]
                    }
                    ("OpportunityFilter", "lostReason") => &["PRICE", "OTHER", "BUDGET"],
                    ("OpportunityFilter", "competitor") => &["ACME", "NOVA", "NOBODY"],
                    ("OpportunityFilter", "name") => &["Pump 1", "海潮二期", "pump 1"],
                    ("OpportunityFilter", _) => &["PROSPECTING", "QUALIFICATION", "WON", "NOWHERE"],
                    ("OrderFilter", _) => &["SO-1-0", "SO-2-0", "SO-3-0", "SO-3-1"],
                    (_, "category") => &["PARTS", "MACHINES"],
                    (_, "sku") => &["P-0", "P-1", "P-2", "ｖ-3"],
                    ("ProductFilter", "name") => &["Pump", "Valve", "阀门"],
                    ("UserFilter", "name") => &["P1", "P2", "P3", "Gone"],
                    ("CustomerFilter", "name") => return json!(self.rng.choice(&rows.customers).unwrap().name),
                    (_, "contactPhone") => &["13812345678", "0086-138-1234-5678", "555", "86216888"],
                    (_, "contactEmail") => &["ann@example.com", "ANN@example.com", "ben@example.com"],
                    _ => &["SOFTWARE", "RETAIL", "A", "WEBSITE"],
                };
                json!(pick(self.rng, texts))
            }
        }
    }

    /// An id for a field; sometimes of a row that does not exist.
    fn id(&mut self, field: &str) -> String {
        let kind = match field {
            "node" => pick(self.rng, &KINDS).1,
            field => KINDS.iter().find(|(_, kind)| *kind == field).unwrap().1,
        };
        let all: Vec<_> = self.rows.entities(kind).map(Entity::id).collect();
        let none = all.is_empty() || self.rng.u8(..10) == 0;
        format!("{kind}_{}", if none { uuid::Uuid::nil() } else { pick(self.rng, &all) })
    }
}
