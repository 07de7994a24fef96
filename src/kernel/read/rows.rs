//! Steps from one row to the rows of another entity: aliases, joins, and what the viewer may see of them.

use super::describe::{Edge, Entity, VisibleThrough};
use super::writer::{Row, SqlWriter};
use crate::kernel::access::scope;
use crate::kernel::access::{Scope, Scopes};

/// A column that says whether the viewer or their team owns a customer: its SQL and its name. `None`: the statement
/// does not compute it.
pub struct TeamColumn(Option<(String, String)>);

impl TeamColumn {
    /// The SQL to select the column, if any of the texts uses it.
    pub fn used_in(&self, texts: &[&str]) -> Option<String> {
        let (sql, column) = self.0.as_ref()?;
        texts.iter().any(|text| text.contains(column)).then(|| format!(", {sql} as is_owned_by_team"))
    }
}

impl SqlWriter<'_> {
    /// Enters the rows of an entity, at the root or along an edge: the SQL after `from`, and the aliases.
    pub fn enter(&mut self, entity: &Entity, from: Option<(&Row, &Edge)>) -> (String, Row) {
        let alias = self.new_alias();
        let parent = from.map_or_else(|| alias.clone(), |(row, _)| row.alias.clone());
        let template = from.and_then(|(_, edge)| edge.from).unwrap_or(entity.from);
        let mut row = Row { subject: alias.clone(), alias, parent, is_owned_by_team: None };
        if let Some((above, edge)) = from
            && edge.same_subject
        {
            row.subject.clone_from(&above.subject);
            row.is_owned_by_team.clone_from(&above.is_owned_by_team);
            return (self.render(template, &row), row);
        }
        let mut table = self.render(template, &row);
        if let VisibleThrough::Customer(id) = entity.seen_as {
            let id = self.render(id, &row);
            row.subject = self.new_alias();
            table = format!("{table} join customer {0} on {0}.id = {id}", row.subject);
        }
        (table, row)
    }

    /// Computes once per customer whether the viewer or their team owns it, for all rows that belong to the customer.
    /// With a large team, repeating that test for each of these rows would be most of the work.
    pub fn compute_team_column_once(&mut self, entity: &Entity, row: &mut Row) -> TeamColumn {
        let scopes = entity.read.map_or(Scopes::NONE, |read| self.scopes(read));
        if entity.name != "Customer" || !scopes.contains(Scope::Team) || scopes.contains(Scope::All) {
            return TeamColumn(None);
        }
        let (asked, column) =
            (scope::is_owned_by_team(&row.subject, &mut self.values.binds), format!("{}.is_owned_by_team", row.alias));
        row.is_owned_by_team = Some(column.clone());
        TeamColumn(Some((asked, column)))
    }

    /// SQL: whether the viewer may read the row.
    pub fn seen(&mut self, entity: &Entity, row: &Row) -> String {
        entity.read.map_or_else(|| "true".to_owned(), |read| self.holds(read, row))
    }

    /// SQL: whether an edge leads to the row and the viewer may see it.
    pub fn reach(&mut self, edge: &Edge, entity: &Entity, other: &Row) -> String {
        let mut on = self.render(edge.on, other);
        let seen = self.seen(entity, other);
        if seen != "true" {
            on = format!("{on} and {seen}");
        }
        for (condition, permission, but) in &edge.guards {
            let scopes = self.scopes(*permission).without(but);
            let holds = self.reached(*permission, scopes, other);
            let condition = self.render(condition, other);
            on = format!("{on} and (not ({condition}) or {holds})");
        }
        on
    }
}

/// SQL of the present id for an id of an entity.
pub fn canonical_id(entity: &Entity, id: &str) -> String {
    entity.canonical_id.map_or_else(|| id.to_owned(), |template| template.replace("{id}", id))
}
