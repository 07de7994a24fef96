//! What a statement collects while its text is written. Descriptions see no more of planning than this: the planner and
//! filters stand above them.

use super::types::Actions;
use super::values::{Deferred, LookUp, Placeholder, Values};
use super::viewpoint::{Maker, Viewpoint};
use crate::kernel::access::scope::{self, Place};
use crate::kernel::access::{Permission, Scope, Scopes};
use crate::kernel::directory::Directory;
use crate::kernel::sql::Arg;

/// A row that the statement reads.
#[derive(Clone)]
pub struct Row {
    /// Its alias.
    pub alias: String,
    /// The alias of the row that the scopes of a permission test.
    pub subject: String,
    /// The alias of the row that it was reached from.
    pub parent: String,
    /// The column that [`Place::is_owned_by_team`] is about.
    pub is_owned_by_team: Option<String>,
}

impl Row {
    /// A row that is reached from no other row, and that scopes test itself.
    pub fn itself(alias: String) -> Self {
        Self { subject: alias.clone(), parent: alias.clone(), alias, is_owned_by_team: None }
    }

    /// The rows that scopes test.
    pub fn place(&self) -> Place<'_> {
        Place { row: &self.alias, customer: &self.subject, is_owned_by_team: self.is_owned_by_team.as_deref() }
    }
}

/// Writes SQL from templates, and collects the values and aliases of the statement.
pub struct SqlWriter<'a> {
    pub viewpoint: &'a Viewpoint,
    pub values: Values,
    /// The conditions of a feed: whether a row was in the list before the change, and whether it is in it after.
    pub was_and_is_in: [String; 2],
    aliases: usize,
}

impl<'a> SqlWriter<'a> {
    pub fn new(viewpoint: &'a Viewpoint) -> Self {
        Self { viewpoint, values: Values::default(), was_and_is_in: Default::default(), aliases: 0 }
    }

    /// Binds a value.
    pub fn bind(&mut self, arg: Arg) -> String {
        self.values.binds.bind(arg)
    }

    /// An alias that the statement does not use yet.
    pub fn new_alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    /// The scopes that the viewer holds for a permission.
    pub fn scopes(&self, permission: Permission) -> Scopes {
        self.viewpoint.rights.scopes(permission)
    }

    /// SQL: whether the viewer holds a permission on the row.
    pub fn holds(&mut self, permission: Permission, row: &Row) -> String {
        self.reached(permission, self.scopes(permission), row)
    }

    /// SQL: whether the viewer holds a permission on the row through another scope than these.
    pub fn holds_beyond(&mut self, permission: Permission, scopes: &[Scope], row: &Row) -> String {
        self.reached(permission, self.scopes(permission).without(scopes), row)
    }

    /// SQL: whether some scopes of a permission reach the row.
    pub fn reached(&mut self, permission: Permission, scopes: Scopes, row: &Row) -> String {
        scope::predicate(&self.viewpoint.rights, permission, scopes, row.place(), &mut self.values.binds)
    }

    /// SQL: the names of the actions that the viewer can do with the row.
    pub fn actions(&mut self, actions: &Actions, row: &Row) -> String {
        let names: Vec<_> = actions
            .all
            .iter()
            .map(|action| {
                let held: Vec<_> = action.permissions.iter().map(|permission| self.holds(*permission, row)).collect();
                let when = self.render(action.when, row);
                format!("case when {when} and ({}) then '{}' end", held.join(") and ("), action.name)
            })
            .collect();
        format!("array_remove(array[{}], null)", names.join(", "))
    }

    /// Fills in a template.
    pub fn render(&mut self, template: &'static str, row: &Row) -> String {
        let mut sql = String::with_capacity(template.len() + 16);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}').expect("a template closes its braces");
            sql.push_str(before);
            match name {
                "t" => sql.push_str(&row.alias),
                "s" => sql.push_str(&row.subject),
                "p" => sql.push_str(&row.parent),
                "me" => sql.push_str(&self.values.binds.me()),
                "now" => sql.push_str(&self.values.binds.now()),
                "after" => sql.push_str(&self.values.defer_once(Deferred::EventRange(0))),
                "upto" => sql.push_str(&self.values.defer_once(Deferred::EventRange(1))),
                "most" => sql.push_str(&self.values.defer_once(Deferred::EventRange(2))),
                "was_in" => sql.push_str(&self.was_and_is_in[0]),
                "is_in" => sql.push_str(&self.was_and_is_in[1]),
                name => sql.push_str(&self.placeholder(name, row)),
            }
            rest = behind;
        }
        sql.push_str(rest);
        sql
    }

    /// A name alone stands for a value; with ` of ` and the letter of a row it stands for SQL about that row.
    fn placeholder(&mut self, name: &'static str, row: &Row) -> String {
        let Some((name, of)) = name.split_once(" of ") else {
            return self.values.defer_once(Deferred::Placeholder(Placeholder { name, of: None }));
        };
        let alias = if of == "p" { &row.parent } else { &row.alias };
        let sql = self.viewpoint.placeholders.sql;
        sql(&mut self.maker(alias), name)
    }

    fn maker(&mut self, alias: &str) -> Maker<'_, 'a> {
        Maker::new(&self.viewpoint.directory, &mut self.values, alias.to_owned())
    }
}

/// What the condition of a description can use.
pub struct FilterScope<'s, 'a> {
    sql: &'s mut SqlWriter<'a>,
    /// The permission to read the row.
    read: Option<Permission>,
    row: &'s Row,
}

impl<'s, 'a> FilterScope<'s, 'a> {
    pub(super) fn new(sql: &'s mut SqlWriter<'a>, read: Option<Permission>, row: &'s Row) -> Self {
        Self { sql, read, row }
    }

    /// Fills in a template.
    pub fn render(&mut self, template: &'static str) -> String {
        self.sql.render(template, self.row)
    }

    /// Binds a value.
    pub fn bind(&mut self, arg: Arg) -> String {
        self.sql.bind(arg)
    }

    /// Whether the viewer holds a permission on any row.
    pub fn has(&self, permission: Permission) -> bool {
        !self.sql.scopes(permission).is_empty()
    }

    /// SQL: whether the viewer holds a permission on the row.
    pub fn holds(&mut self, permission: Permission) -> String {
        self.sql.holds(permission, self.row)
    }

    /// SQL: whether the viewer sees the row through another scope than these.
    pub fn holds_beyond(&mut self, scopes: &[Scope]) -> String {
        let read = self.read.expect("a condition beyond some scopes is about a row that is read through scopes");
        self.sql.holds_beyond(read, scopes, self.row)
    }

    /// Notes an exact look-up of a masked detail.
    pub fn look_up(&mut self, kind: &'static str, key: &str) {
        self.sql.values.look_ups.push(LookUp { kind, key: key.to_owned() });
    }

    /// Definitions and settings.
    pub fn directory(&self) -> &Directory {
        &self.sql.viewpoint.directory
    }

    /// What a function that writes SQL about the row can use.
    pub fn maker<'m>(&'m mut self) -> Maker<'m, 'a> {
        self.sql.maker(&self.row.alias)
    }
}
