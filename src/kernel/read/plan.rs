//! The planner: from a selection to one statement.

use std::sync::Arc;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Field, Operation, SelectionSet};
use serde_json::Value;
use uuid::Uuid;

use super::Variables;
use super::arguments::{argument_or_none, variable};
use super::describe::{self, Catalog, Edge, Entity, Many, RootKind, Shown, Type, VisibleThrough};
use super::json::Json;
use super::order::CursorPart;
use super::selection::{Fields, Selected, collect, root_fields};
use super::viewpoint::{Maker, Placeholder, Viewpoint};
use crate::kernel::access::scope::{self, Place};
use crate::kernel::access::{Permission, Scope, Scopes};
use crate::kernel::error::Error;
use crate::kernel::id;
use crate::kernel::sql::{Arg, Binds, Statement};

/// How to read a selection: one statement, whatever its depth. It serves all viewers of the same rights, and all
/// values of those variables that are only bound.
pub struct Plan {
    text: Arc<str>,
    binds: Binds,
    later: Vec<Later>,
    /// Whether PostgreSQL should plan it anew for each execution.
    pub plan_each_time: bool,
}

/// A stretch of the log of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventRange {
    /// It begins behind this position.
    pub after: i64,
    /// It ends with this one.
    pub upto: i64,
    /// So many events of it are read at most.
    pub most: i64,
}

/// A value that each execution fills in.
#[derive(PartialEq)]
pub(super) enum Later {
    /// What a description names in braces.
    Placeholder(Placeholder),
    /// The stretch of the log that is read: behind the first, up to the second, at most so many events as the third.
    EventRange(usize),
    /// What a variable says, read for the root field of that response key.
    Given { root: String, variable: String, reading: Reading },
}

/// How the text of an argument becomes a value to bind.
#[derive(Clone, PartialEq)]
pub(super) enum Reading {
    /// An id of the things with this prefix.
    Id(&'static str),
    /// One part of a cursor.
    Cursor(CursorPart),
}

impl Reading {
    fn read(&self, given: &Value) -> Result<Arg, Error> {
        match self {
            Self::Id(prefix) => Ok(Arg::Uuid(id::parse_as(&id_text(given)?, prefix)?)),
            Self::Cursor(part) => part.read(given.as_str().unwrap_or_default()),
        }
    }
}

impl Plan {
    /// The statement for one viewer and moment. An error comes with the key of the root field that it is about.
    pub fn fill(&self, viewpoint: &Viewpoint, variables: &Variables) -> Result<Statement, (&str, Error)> {
        self.fill_for(viewpoint, variables, EventRange { after: 0, upto: 0, most: 0 })
    }

    /// The same, for a stretch of the log.
    pub fn fill_for(
        &self,
        viewpoint: &Viewpoint,
        variables: &Variables,
        stretch: EventRange,
    ) -> Result<Statement, (&str, Error)> {
        let mut later = Vec::with_capacity(self.later.len());
        for value in &self.later {
            later.push(match value {
                Later::Placeholder(placeholder) => (viewpoint.placeholders.value)(viewpoint, *placeholder),
                Later::EventRange(place) => Arg::Int(Some([stretch.after, stretch.upto, stretch.most][*place])),
                Later::Given { root, variable, reading } => {
                    reading.read(&variables[variable]).map_err(|error| (root.as_str(), error))?
                }
            });
        }
        Ok(Statement::new(self.text.clone(), &self.binds, &later, &viewpoint.rights, viewpoint.now))
    }

    /// Whether what it reads depends on who reads, not only on what they may.
    pub fn is_personal(&self) -> bool {
        self.binds.has_any(&[Arg::Me, Arg::Team, Arg::TeamAndMe])
    }

    /// The values of the variables that it binds, as text to tell executions apart by.
    pub fn given(&self, variables: &Variables) -> String {
        let given = self.later.iter().filter_map(|later| match later {
            Later::Given { variable, .. } => variables.get(variable).map(|value| format!("{variable}={value};")),
            _ => None,
        });
        given.collect()
    }

    /// How long its statement is, in bytes.
    pub fn size(&self) -> usize {
        self.text.len()
    }
}

/// A row that the planner stands on.
#[derive(Clone)]
pub(super) struct Row {
    /// Its alias.
    pub alias: String,
    /// The alias of the row that its scopes look at.
    pub subject: String,
    /// The alias of the row that it was reached from.
    pub parent: String,
    /// The column that [`Place::is_with_us`] is about.
    pub is_with_us: Option<String>,
}

impl Row {
    /// Where scopes look.
    pub fn place(&self) -> Place<'_> {
        Place { row: &self.alias, customer: &self.subject, is_with_us: self.is_with_us.as_deref() }
    }
}

/// Whether a customer is with the viewer or the team: what asks it, and the column of the answer.
pub(super) struct WithUs(Option<(String, String)>);

impl WithUs {
    /// What is selected for it besides, if it is looked at.
    pub fn used_in(&self, texts: &[&str]) -> Option<String> {
        let (asked, column) = self.0.as_ref()?;
        texts.iter().any(|text| text.contains(column)).then(|| format!(", {asked} as is_with_us"))
    }
}

/// Plans one request.
pub struct Planner<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) document: &'a ExecutableDocument,
    pub(super) variables: &'a Variables,
    pub(super) viewpoint: &'a Viewpoint,
    pub(super) max_page: u32,
    pub(super) binds: Binds,
    pub(super) plan_each_time: bool,
    /// Conditions of a feed: whether a row was in the list that it tells of, and is.
    pub(super) was_and_is_in: [String; 2],
    later: Vec<Later>,
    /// The root field that is being planned, by its response key.
    pub(super) root: &'a str,
    aliases: usize,
}

impl<'a> Planner<'a> {
    /// A planner for one document, its variables and one viewer.
    pub fn new(
        catalog: &'a Catalog,
        document: &'a ExecutableDocument,
        variables: &'a Variables,
        viewpoint: &'a Viewpoint,
        max_page: u32,
    ) -> Self {
        Self {
            catalog,
            document,
            variables,
            viewpoint,
            max_page,
            binds: Binds::default(),
            plan_each_time: false,
            was_and_is_in: Default::default(),
            later: Vec::new(),
            root: "",
            aliases: 0,
        }
    }

    /// Plans those fields of a query that are planned; the statement answers one object with them. An error comes with
    /// the key of the field that it is about.
    pub fn query(mut self, operation: &'a Operation) -> Result<Plan, (&'a str, Error)> {
        let mut pairs = Vec::new();
        for (key, selected) in root_fields(self.document, operation, self.variables) {
            self.root = key;
            if selected.field.name == "__typename" {
                pairs.push((key, Json::word(&operation.selection_set.ty)));
            } else if let Some(root) = self.catalog.roots.iter().find(|root| selected.field.name == root.name) {
                pairs.push((key, self.root(&root.kind, &selected).map_err(|error| (key, error))?));
            }
        }
        let answer = Json::object(pairs).render();
        Ok(self.finish(format!("select {answer}")))
    }

    /// Plans one selection of several things of a kind: rows of an id and its JSON, without those that the viewer may
    /// not see.
    pub fn entities(mut self, name: &str, ids: Vec<Uuid>, sets: &[&'a SelectionSet]) -> Result<Plan, Error> {
        let entity = self.catalog.entity(name);
        let (from, row) = self.enter(entity, None);
        let seen = self.seen(entity, &row);
        let object = self.object(entity, &row, sets)?.render();
        let ids = self.binds.bind(Arg::Uuids(ids));
        let led = led(entity, "w.id");
        Ok(self.finish(format!(
            "select w.id, {object} from unnest({ids}::uuid[]) w (id) join {from} on {}.id = {led} where {seen}",
            row.alias
        )))
    }

    pub(super) fn finish(self, text: String) -> Plan {
        let (text, binds) = self.binds.used_by(&text);
        Plan { text: text.into(), binds, later: self.later, plan_each_time: self.plan_each_time }
    }

    /// Binds what an argument says, if it is given. Where it is a variable, the plan serves its later values too.
    pub(super) fn bind_given(&mut self, field: &Field, name: &str, reading: Reading) -> Result<Option<String>, Error> {
        let Some(given) = argument_or_none(field, name, self.variables) else { return Ok(None) };
        let value = reading.read(&given)?;
        let Some(variable) = variable(field, name) else { return Ok(Some(self.binds.bind(value))) };
        let later = Later::Given { root: self.root.to_owned(), variable: variable.to_owned(), reading };
        Ok(Some(self.bind_later(later)))
    }

    fn bind_later(&mut self, later: Later) -> String {
        self.later.push(later);
        self.binds.bind(Arg::Later(self.later.len() - 1))
    }

    fn root(&mut self, kind: &'a RootKind, selected: &Selected<'a>) -> Result<Json, Error> {
        let argument = |name| argument_or_none(selected.field, name, self.variables);
        match kind {
            RootKind::List(list) => self.list(list, selected),
            RootKind::Few(name, order, read) => self.few(self.catalog.entity(name), order, *read, selected),
            RootKind::ById(name) => self.by_id(self.catalog.entity(name), selected),
            RootKind::Node => {
                let text = id_text(&argument("id").unwrap_or_default())?;
                let (entity, _) = self.entity_with_id(&text)?;
                self.by_id(entity, selected)
            }
            RootKind::Nodes => {
                // One value where a list is wanted is a list of one.
                let ids = match argument("ids").unwrap_or_default() {
                    Value::Array(ids) => ids,
                    one => vec![one],
                };
                self.nodes(ids, selected)
            }
        }
    }

    fn few(
        &mut self,
        entity: &'a Entity,
        order: &'static str,
        read: Permission,
        selected: &Selected<'a>,
    ) -> Result<Json, Error> {
        if self.viewpoint.rights.scopes(read).is_empty() {
            return Ok(Json::empty_list());
        }
        let (from, row) = self.enter(entity, None);
        let (object, order) = (self.object(entity, &row, &selected.below)?, self.render(order, &row));
        let list = Json::list(&object, &format!(" order by {order}"), "").render();
        Ok(Json::sql(format!("(select {list} from {from})")))
    }

    fn entity_with_id(&self, text: &str) -> Result<(&'a Entity, Uuid), Error> {
        let (prefix, id) = id::parse(text)?;
        let entity = self.catalog.entity_with_ids(prefix).ok_or_else(|| id::BadId::Malformed(text.to_owned()))?;
        Ok((entity, id))
    }

    fn by_id(&mut self, entity: &'a Entity, selected: &Selected<'a>) -> Result<Json, Error> {
        let prefix = entity.id.expect("what is asked for by its id has one");
        let id = self.bind_given(selected.field, "id", Reading::Id(prefix))?;
        let id = id.expect("`id` is required");
        let (mut from, mut row) = self.enter(entity, None);
        let with_us = self.ask_once(entity, &mut row);
        let seen = self.seen(entity, &row);
        let object = self.object(entity, &row, &selected.below)?.render();
        let (led, alias) = (led(entity, &id), &row.alias);
        let mut on = format!("{alias}.id = {led} and {seen}");
        if let Some(with_us) = with_us.used_in(&[&object, &seen]) {
            from = format!("(select {alias}.*{with_us} from {from} where {alias}.id = {led} limit 1) {alias}");
            on = seen;
        }
        Ok(Json::sql(format!("(select {object} from {from} where {on})")).or_null(true))
    }

    /// One subselect for each kind of thing among the ids, put back into the order asked for.
    fn nodes(&mut self, ids: Vec<Value>, selected: &Selected<'a>) -> Result<Json, Error> {
        if ids.len() > self.max_page as usize {
            return Err(Error::bad_input(
                format!("at most {} ids at once, not {}", self.max_page, ids.len()),
                format!("一次最多 {} 个 id，不能是 {} 个", self.max_page, ids.len()),
            ));
        }
        let mut kinds: Vec<(&'a Entity, Vec<Uuid>, Vec<i64>)> = Vec::new();
        for (place, id) in ids.into_iter().enumerate() {
            let (entity, id) = self.entity_with_id(&id_text(&id)?)?;
            let place = i64::try_from(place).expect("fewer than a page");
            match kinds.iter_mut().find(|(known, ..)| known.name == entity.name) {
                Some((_, ids, places)) => {
                    ids.push(id);
                    places.push(place);
                }
                None => kinds.push((entity, vec![id], vec![place])),
            }
        }
        let mut branches = Vec::new();
        for (entity, ids, places) in kinds {
            let (from, row) = self.enter(entity, None);
            let seen = self.seen(entity, &row);
            let object = self.object(entity, &row, &selected.below)?.render();
            let led = led(entity, "w.id");
            let (ids, places) = (self.binds.bind(Arg::Uuids(ids)), self.binds.bind(Arg::Ints(places)));
            branches.push(format!(
                "select w.place, (select {object} from {from} where {}.id = {led} and {seen}) as node \
                 from unnest({ids}::uuid[], {places}::bigint[]) w (id, place)",
                row.alias
            ));
        }
        if branches.is_empty() {
            return Ok(Json::empty_list());
        }
        let node = Json::sql("coalesce(n.node, 'null')".to_owned());
        let nodes = Json::list(&node, " order by n.place", "").render();
        Ok(Json::sql(format!("(select {nodes} from ({}) n)", branches.join(" union all "))))
    }

    pub(super) fn collect(&self, sets: &[&'a SelectionSet], entity: &Entity) -> Fields<'a> {
        collect(self.document, self.variables, sets, &|name| {
            name == entity.name || (name == "Node" && entity.id.is_some())
        })
    }

    pub(super) fn new_alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    /// Steps onto rows of a thing: what comes after `from`, and the aliases.
    pub(super) fn enter(&mut self, entity: &Entity, from: Option<(&Row, &Edge)>) -> (String, Row) {
        let alias = self.new_alias();
        let parent = from.map_or_else(|| alias.clone(), |(row, _)| row.alias.clone());
        let mut row = Row { subject: alias.clone(), alias, parent, is_with_us: None };
        if let Some((above, edge)) = from
            && edge.same_subject
        {
            row.subject.clone_from(&above.subject);
            row.is_with_us.clone_from(&above.is_with_us);
            return (self.render(entity.from, &row), row);
        }
        let mut table = self.render(entity.from, &row);
        if let VisibleThrough::Customer(id) = entity.seen_as {
            let id = self.render(id, &row);
            row.subject = self.new_alias();
            table = format!("{table} join customer {0} on {0}.id = {id}", row.subject);
        }
        (table, row)
    }

    /// Lets all that hangs off a customer look at one column for whether it is with the viewer or the team: with a large team
    /// it would be most of the work to ask it again and again.
    pub(super) fn ask_once(&mut self, entity: &Entity, row: &mut Row) -> WithUs {
        let scopes = entity.read.map_or(Scopes::NONE, |read| self.viewpoint.rights.scopes(read));
        if entity.name != "Customer" || !scopes.contains(Scope::Team) || scopes.contains(Scope::All) {
            return WithUs(None);
        }
        let (asked, column) = (scope::is_with_us(&row.subject, &mut self.binds), format!("{}.is_with_us", row.alias));
        row.is_with_us = Some(column.clone());
        WithUs(Some((asked, column)))
    }

    /// Whether the viewer may read the row.
    pub(super) fn seen(&mut self, entity: &Entity, row: &Row) -> String {
        entity.read.map_or_else(|| "true".to_owned(), |read| self.holds(read, row))
    }

    /// Whether the viewer holds a permission on the row.
    pub(super) fn holds(&mut self, permission: Permission, row: &Row) -> String {
        self.reached(permission, self.viewpoint.rights.scopes(permission), row)
    }

    pub(super) fn reached(&mut self, permission: Permission, scopes: Scopes, row: &Row) -> String {
        scope::predicate(permission, scopes, row.place(), &mut self.binds)
    }

    /// The JSON object of a row.
    pub(super) fn object(&mut self, entity: &'a Entity, row: &Row, sets: &[&'a SelectionSet]) -> Result<Json, Error> {
        let mut pairs = Vec::new();
        for (key, selected) in self.collect(sets, entity) {
            let name = selected.field.name.as_str();
            let value = if name == "__typename" {
                Json::word(entity.name)
            } else if let Some(field) = entity.fields.iter().find(|field| field.name == name) {
                self.value(entity, field, row, &selected)
            } else {
                let edge = entity.edges.iter().find(|edge| edge.name == name);
                let edge = edge.expect("the document was validated against the schema of the catalog");
                let value = self.edge(edge, row, &selected)?;
                let hidden = if matches!(edge.many, Many::Few(_)) { Json::empty_list() } else { Json::null() };
                self.shown(entity, row, edge.shown, value, |_| hidden)
            };
            pairs.push((key, value));
        }
        Ok(Json::object(pairs))
    }

    /// A value as it goes into JSON.
    fn value(&mut self, entity: &Entity, field: &describe::Field, row: &Row, selected: &Selected<'a>) -> Json {
        let sql = self.render(field.sql, row);
        let value = match field.ty {
            Type::Money(currency) => self.money(&sql, field.nullable, currency, row, selected),
            ty => Json::value(ty, &sql).or_null(field.nullable),
        };
        let masked = |masked: Option<String>| {
            masked.map_or_else(Json::null, |masked| Json::value(field.ty, &masked).or_null(field.nullable))
        };
        self.shown(entity, row, field.shown, value, masked)
    }

    fn money(
        &mut self,
        amount: &str,
        nullable: bool,
        currency: &'static str,
        row: &Row,
        selected: &Selected<'a>,
    ) -> Json {
        let currency = self.render(currency, row);
        let fields = collect(self.document, self.variables, &selected.below, &|_| true);
        let pairs = fields.into_iter().map(|(key, field)| {
            let value = match field.field.name.as_str() {
                "amount" => Json::value(Type::Decimal, amount),
                "currency" => Json::quoted(&currency),
                _ => Json::word("Money"),
            };
            (key, value)
        });
        let money = Json::object(pairs);
        if nullable { money.when(&format!("{amount} is not null"), &Json::null()) } else { money }
    }

    /// A value, or what those get who may not see it.
    fn shown(
        &mut self,
        entity: &Entity,
        row: &Row,
        shown: Shown,
        value: Json,
        otherwise: impl FnOnce(Option<String>) -> Json,
    ) -> Json {
        match shown {
            Shown::ToAll => value,
            Shown::Beyond(scopes) => value.when(&self.holds_beyond(entity, scopes, row), &otherwise(None)),
            Shown::Holding(permission, masked) => {
                value.when(&self.holds(permission, row), &otherwise(Some(self.render(masked, row))))
            }
        }
    }

    /// Whether the viewer sees a row through another scope than some.
    pub(super) fn holds_beyond(&mut self, entity: &Entity, scopes: &[Scope], row: &Row) -> String {
        let read = entity.read.expect("what is shown beyond some scopes is read through scopes");
        self.reached(read, self.viewpoint.rights.scopes(read).without(scopes), row)
    }

    fn edge(&mut self, edge: &'a Edge, row: &Row, selected: &Selected<'a>) -> Result<Json, Error> {
        if edge.many == Many::Pages {
            return self.pages(edge, row, selected);
        }
        let entity = self.catalog.entity(edge.to);
        let (from, other) = self.enter(entity, Some((row, edge)));
        let on = self.reach(edge, entity, &other);
        let object = self.object(entity, &other, &selected.below)?;
        Ok(match edge.many {
            Many::Few(order) => {
                let order = format!(" order by {}", self.render(order, &other));
                let list = Json::list(&object, &order, "").render();
                Json::sql(format!("(select {list} from {from} where {on})"))
            }
            _ => Json::sql(format!("(select {} from {from} where {on})", object.render())).or_null(true),
        })
    }

    /// Which rows an edge leads to, among those that the viewer may see.
    pub(super) fn reach(&mut self, edge: &Edge, entity: &Entity, other: &Row) -> String {
        let mut on = self.render(edge.on, other);
        let seen = self.seen(entity, other);
        if seen != "true" {
            on = format!("{on} and {seen}");
        }
        for (condition, permission, but) in &edge.guards {
            let scopes = self.viewpoint.rights.scopes(*permission).without(but);
            let holds = self.reached(*permission, scopes, other);
            let condition = self.render(condition, other);
            on = format!("{on} and (not ({condition}) or {holds})");
        }
        on
    }

    /// Fills a template in.
    pub(super) fn render(&mut self, template: &'static str, row: &Row) -> String {
        let mut sql = String::with_capacity(template.len() + 16);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}').expect("a template closes its braces");
            sql.push_str(before);
            match name {
                "t" => sql.push_str(&row.alias),
                "s" => sql.push_str(&row.subject),
                "p" => sql.push_str(&row.parent),
                "me" => sql.push_str(&self.binds.me()),
                "now" => sql.push_str(&self.binds.now()),
                "after" => sql.push_str(&self.once_later(Later::EventRange(0))),
                "upto" => sql.push_str(&self.once_later(Later::EventRange(1))),
                "most" => sql.push_str(&self.once_later(Later::EventRange(2))),
                "was_in" => sql.push_str(&self.was_and_is_in[0]),
                "is_in" => sql.push_str(&self.was_and_is_in[1]),
                name => sql.push_str(&self.placeholder(name, row)),
            }
            rest = behind;
        }
        sql.push_str(rest);
        sql
    }

    /// A value, or, with ` of ` and the letter of a row, SQL about that.
    fn placeholder(&mut self, name: &'static str, row: &Row) -> String {
        let Some((name, of)) = name.split_once(" of ") else {
            return self.once_later(Later::Placeholder(Placeholder { name, of: None }));
        };
        let row = if of == "p" { row.parent.clone() } else { row.alias.clone() };
        (self.viewpoint.placeholders.sql)(&mut Maker::new(self, row), name)
    }

    /// Binds a value of each execution that a statement needs in many places.
    pub(super) fn once_later(&mut self, later: Later) -> String {
        match self.later.iter().position(|known| *known == later) {
            Some(place) => self.binds.once(Arg::Later(place)),
            None => self.bind_later(later),
        }
    }
}

/// The id to which an id of a thing leads.
fn led(entity: &Entity, id: &str) -> String {
    entity.leads.map_or_else(|| id.to_owned(), |template| template.replace("{id}", id))
}

fn id_text(id: &Value) -> Result<String, Error> {
    match id {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(id::BadId::Malformed(other.to_string()).into()),
    }
}
