//! Steps from one row to the rows of another entity: aliases, joins, and what the viewer may see of them.

use super::describe::{Edge, Entity, VisibleThrough};
use super::writer::{Row, SqlWriter};
use crate::kernel::access::scope;
use crate::kernel::access::{Scope, Scopes};

/// Whether a customer is with the viewer or the team: what asks it, and the column of the answer.
pub struct WithUs(Option<(String, String)>);

impl WithUs {
    /// What is selected for it besides, if it is looked at.
    pub fn used_in(&self, texts: &[&str]) -> Option<String> {
        let (asked, column) = self.0.as_ref()?;
        texts.iter().any(|text| text.contains(column)).then(|| format!(", {asked} as is_with_us"))
    }
}

impl SqlWriter<'_> {
    /// Steps onto rows of a thing: what comes after `from`, and the aliases.
    pub fn enter(&mut self, entity: &Entity, from: Option<(&Row, &Edge)>) -> (String, Row) {
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
    pub fn ask_once(&mut self, entity: &Entity, row: &mut Row) -> WithUs {
        let scopes = entity.read.map_or(Scopes::NONE, |read| self.scopes(read));
        if entity.name != "Customer" || !scopes.contains(Scope::Team) || scopes.contains(Scope::All) {
            return WithUs(None);
        }
        let (asked, column) =
            (scope::is_with_us(&row.subject, &mut self.values.binds), format!("{}.is_with_us", row.alias));
        row.is_with_us = Some(column.clone());
        WithUs(Some((asked, column)))
    }

    /// Whether the viewer may read the row.
    pub fn seen(&mut self, entity: &Entity, row: &Row) -> String {
        entity.read.map_or_else(|| "true".to_owned(), |read| self.holds(read, row))
    }

    /// Which rows an edge leads to, among those that the viewer may see.
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

/// The id to which an id of a thing leads.
pub fn canonical_id(entity: &Entity, id: &str) -> String {
    entity.leads.map_or_else(|| id.to_owned(), |template| template.replace("{id}", id))
}
