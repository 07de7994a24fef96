//! Figures: numbers that are computed of facts, and answered as objects like any row.

use serde_json::{Map, Value};

use super::arguments::argument_or_none;
use super::describe::{Catalog, Entity};
use super::filter::condition;
use super::json::Json;
use super::planner::Planner;
use super::selection::Selected;
use super::writer::{Row, SqlWriter};
use crate::kernel::access::{Permission, Scope, Scopes};
use crate::kernel::directory::Directory;
use crate::kernel::error::Error;
use crate::kernel::sql::Arg;

/// A figure.
pub struct Figure {
    /// The name of the entity that it answers with.
    pub of: &'static str,
    /// The permission that its facts are read with. Without it, the answer is null. `None`: each kind of row has its own.
    pub read: Option<Permission>,
    /// The scopes without any of which the answer is null, too; empty if every scope will do.
    pub through: &'static [Scope],
    /// The name of the entity of its facts, by whose filter they can be chosen; `None` if they can't be chosen.
    pub facts: Option<&'static str>,
    /// The arguments besides `filter`: the name, the GraphQL type, and what it is for the users of the API.
    pub arguments: &'static [(&'static str, &'static str, &'static str)],
    /// Writes the tables (`name as (select …)`) from which the templates of the entity read.
    pub tables: fn(&mut FigureScope<'_, '_>, &Map<String, Value>) -> Result<String, Error>,
}

/// What a function that writes the tables of a figure can use.
pub struct FigureScope<'s, 'a> {
    sql: &'s mut SqlWriter<'a>,
    catalog: &'a Catalog,
    facts: Option<&'a Entity>,
    read: Option<Permission>,
    filter: Option<Value>,
}

impl FigureScope<'_, '_> {
    /// The facts that the viewer may know and that the filter matches: the SQL after `from`, the condition, and the aliases
    /// of the fact and of its customer.
    pub fn facts(&mut self) -> Result<(String, String, String, String), Error> {
        let facts = self.facts.expect("the figure says what its facts are");
        let (from, row) = self.sql.enter(facts, None);
        let read = self.read.expect("facts are read with a permission");
        let mut on = self.sql.holds(read, &row);
        if let Some(filter) = &self.filter {
            let asked = condition(self.sql, facts, &row, filter, false)?;
            on = format!("{on} and {asked}");
        }
        Ok((from, on, row.alias, row.subject))
    }

    /// The rows of an entity that the viewer may see through another scope than these: the SQL after `from`, the condition, and
    /// the alias of the row.
    pub fn seen_beyond(&mut self, name: &str, scopes: &[Scope]) -> (String, String, String) {
        let entity = self.catalog.entity(name);
        let (from, row) = self.sql.enter(entity, None);
        let read = entity.read.expect("rows that a figure counts have a permission");
        (from, self.sql.holds_beyond(read, scopes, &row), row.alias)
    }

    /// Fills in a template about a row.
    pub fn render(&mut self, template: &'static str, alias: &str) -> String {
        self.sql.render(template, &Row::itself(alias.to_owned()))
    }

    /// Everyone below the viewer.
    pub fn team(&mut self) -> String {
        self.sql.values.binds.team()
    }

    /// Whether a filter chooses among the facts.
    pub fn is_filtered(&self) -> bool {
        self.filter.is_some()
    }

    /// The scopes in which the viewer may know facts.
    pub fn scopes(&self) -> Scopes {
        self.read.map(|read| self.sql.scopes(read)).unwrap_or_default()
    }

    /// Binds a value.
    pub fn bind(&mut self, arg: Arg) -> String {
        self.sql.bind(arg)
    }

    /// Definitions and settings.
    pub fn directory(&self) -> &Directory {
        &self.sql.viewpoint.directory
    }
}

impl<'a> Planner<'a> {
    /// The object of a figure.
    pub(super) fn figure(&mut self, figure: &'a Figure, selected: &Selected<'a>) -> Result<Json, Error> {
        if let Some(read) = figure.read {
            let scopes = self.sql.scopes(read);
            if scopes.is_empty() || (!figure.through.is_empty() && scopes.among(figure.through).is_empty()) {
                return Ok(Json::null());
            }
        }
        let given = |name: &str| argument_or_none(selected.field, name, self.variables);
        let names = figure.arguments.iter().map(|(name, ..)| *name);
        let arguments = names.filter_map(|name| Some((name.to_owned(), given(name)?))).collect();
        let catalog: &'a Catalog = self.catalog;
        let (filter, facts) = (given("filter"), figure.facts.map(|facts| catalog.entity(facts)));
        let mut scope = FigureScope { sql: &mut self.sql, catalog, facts, read: figure.read, filter };
        let tables = (figure.tables)(&mut scope, &arguments)?;
        let entity = self.catalog.entity(figure.of);
        let (from, row) = self.sql.enter(entity, None);
        let object = self.object(entity, &row, &selected.below)?.render();
        Ok(Json::sql(format!("(with {tables} select {object} from {from})")).or_null(true))
    }
}
