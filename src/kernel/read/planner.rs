//! The planner: from a selection to one statement.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Field, Operation, SelectionSet};
use serde_json::Value;
use uuid::Uuid;

use super::Variables;
use super::arguments::{argument_or_none, variable};
use super::describe::{Catalog, Entity, RootKind};
use super::json::Json;
use super::plan::{Plan, RootError};
use super::rows::canonical_id;
use super::selection::{Selected, root_fields};
use super::values::{Deferred, Reading, id_text};
use super::viewpoint::Viewpoint;
use super::writer::SqlWriter;
use crate::kernel::error::Error;
use crate::kernel::id;
use crate::kernel::sql::Arg;

/// Plans one request.
pub struct Planner<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) document: &'a ExecutableDocument,
    pub(super) variables: &'a Variables,
    pub(super) max_page: u32,
    pub(super) plan_each_time: bool,
    pub(super) sql: SqlWriter<'a>,
    /// The root field that is being planned, by its response key.
    pub(super) root: &'a str,
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
        Self { catalog, document, variables, max_page, plan_each_time: false, sql: SqlWriter::new(viewpoint), root: "" }
    }

    /// Plans the root fields of a query that are described. The statement returns one object with these fields. A field that
    /// may be null is null if it is among those that failed before, or can't be planned; then its error is returned with the
    /// plan. Any other error ends the query.
    pub fn query(
        mut self,
        operation: &'a Operation,
        failed: &[RootError],
    ) -> Result<(Plan, Vec<RootError>), RootError> {
        let (mut pairs, mut errors) = (Vec::new(), Vec::new());
        for (key, selected) in root_fields(self.document, operation, self.variables) {
            self.root = key;
            if selected.field.name == "__typename" {
                pairs.push((key, Json::word(&operation.selection_set.ty)));
            } else if let Some(root) = self.catalog.roots.iter().find(|root| selected.field.name == root.name) {
                let may_be_null = root.kind.may_be_null();
                let json = match may_be_null && failed.iter().any(|(failed, _)| failed == key) {
                    true => Ok(Json::null()),
                    false => self.root(&root.kind, &selected),
                };
                let json = json.or_else(|error| {
                    let error = (key.to_owned(), error);
                    if !may_be_null {
                        return Err(error);
                    }
                    errors.push(error);
                    Ok(Json::null())
                });
                pairs.push((key, json?));
            }
        }
        let answer = Json::object(pairs).render();
        Ok((self.finish(&format!("select {answer}")), errors))
    }

    /// Plans the same selection for several rows of an entity. The statement returns rows of an id and its JSON,
    /// without the rows that the viewer may not see.
    pub fn entities(mut self, name: &str, ids: Vec<Uuid>, sets: &[&'a SelectionSet]) -> Result<Plan, Error> {
        let entity = self.catalog.entity(name);
        let (from, row) = self.sql.enter(entity, None);
        let seen = self.sql.seen(entity, &row);
        let object = self.object(entity, &row, sets)?.render();
        let ids = self.sql.bind(Arg::Uuids(ids));
        let canonical = canonical_id(entity, "w.id");
        Ok(self.finish(&format!(
            "select w.id, {object} from unnest({ids}::uuid[]) w (id) join {from} on {}.id = {canonical} where {seen}",
            row.alias
        )))
    }

    pub(super) fn finish(self, text: &str) -> Plan {
        Plan::new(text, self.sql.values, self.plan_each_time)
    }

    /// Binds the value of an argument, if it is given. If the argument is a variable, the plan serves all values of it.
    pub(super) fn bind_given(&mut self, field: &Field, name: &str, reading: Reading) -> Result<Option<String>, Error> {
        let Some(given) = argument_or_none(field, name, self.variables) else { return Ok(None) };
        let value = reading.read(&given)?;
        let Some(variable) = variable(field, name) else { return Ok(Some(self.sql.bind(value))) };
        let later = Deferred::Given { root: self.root.to_owned(), variable: variable.to_owned(), reading };
        Ok(Some(self.sql.values.defer(later)))
    }

    fn root(&mut self, kind: &'a RootKind, selected: &Selected<'a>) -> Result<Json, Error> {
        let argument = |name| argument_or_none(selected.field, name, self.variables);
        match kind {
            RootKind::List(list) => self.list(list, selected),
            RootKind::Few(name, order) => self.few(self.catalog.entity(name), order, selected),
            RootKind::Figure(figure) => self.figure(figure, selected),
            RootKind::ById(name) => self.by_id(self.catalog.entity(name), selected),
            RootKind::Node => {
                let text = id_text(&argument("id").unwrap_or_default())?;
                let (entity, _) = self.entity_with_id(&text)?;
                self.by_id(entity, selected)
            }
            RootKind::Nodes => {
                // GraphQL treats a single value as a list of one.
                let ids = match argument("ids").unwrap_or_default() {
                    Value::Array(ids) => ids,
                    one => vec![one],
                };
                self.nodes(ids, selected)
            }
        }
    }

    fn few(&mut self, entity: &'a Entity, order: &'static str, selected: &Selected<'a>) -> Result<Json, Error> {
        let (from, row) = self.sql.enter(entity, None);
        let (object, order) = (self.object(entity, &row, &selected.below)?, self.sql.render(order, &row));
        let list = Json::list(&object, &format!(" order by {order}"), "").render();
        Ok(Json::sql(format!("(select {list} from {from})")))
    }

    fn entity_with_id(&self, text: &str) -> Result<(&'a Entity, Uuid), Error> {
        let (prefix, id) = id::parse(text)?;
        let entity = self.catalog.entity_with_ids(prefix).ok_or_else(|| id::BadId::Malformed(text.to_owned()))?;
        Ok((entity, id))
    }

    fn by_id(&mut self, entity: &'a Entity, selected: &Selected<'a>) -> Result<Json, Error> {
        let prefix = entity.id.expect("an entity that is read by its id has ids");
        let id = self.bind_given(selected.field, "id", Reading::Id(prefix))?;
        let id = id.expect("`id` is required by the schema");
        let (mut from, mut row) = self.sql.enter(entity, None);
        let team_column = self.sql.compute_team_column_once(entity, &mut row);
        let seen = self.sql.seen(entity, &row);
        let object = self.object(entity, &row, &selected.below)?.render();
        let (canonical, alias) = (canonical_id(entity, &id), &row.alias);
        let mut on = format!("{alias}.id = {canonical} and {seen}");
        if let Some(team_column) = team_column.used_in(&[&object, &seen]) {
            from =
                format!("(select {alias}.*{team_column} from {from} where {alias}.id = {canonical} limit 1) {alias}");
            on = seen;
        }
        Ok(Json::sql(format!("(select {object} from {from} where {on})")).or_null(true))
    }

    /// Reads several ids with one subselect for each entity among them, and returns the rows in the order of the ids.
    fn nodes(&mut self, ids: Vec<Value>, selected: &Selected<'a>) -> Result<Json, Error> {
        if ids.len() > self.max_page as usize {
            return Err(Error::bad_input(
                format!("`ids` must have at most {} ids, not {}", self.max_page, ids.len()),
                format!("`ids` 最多 {} 个，目前为 {} 个", self.max_page, ids.len()),
            ));
        }
        let mut kinds: Vec<(&'a Entity, Vec<Uuid>, Vec<i64>)> = Vec::new();
        for (place, id) in ids.into_iter().enumerate() {
            let (entity, id) = self.entity_with_id(&id_text(&id)?)?;
            let place = i64::try_from(place).expect("there are at most `max_page` ids");
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
            let (from, row) = self.sql.enter(entity, None);
            let seen = self.sql.seen(entity, &row);
            let object = self.object(entity, &row, &selected.below)?.render();
            let canonical = canonical_id(entity, "w.id");
            let (ids, places) = (self.sql.bind(Arg::Uuids(ids)), self.sql.bind(Arg::Ints(places)));
            branches.push(format!(
                "select w.place, (select {object} from {from} where {}.id = {canonical} and {seen}) as node \
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
}
