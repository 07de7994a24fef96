//! The words in which a thing is described.
//!
//! SQL in a description is a template: `{t}` is the thing's own row, `{p}` the row it is reached from, `{s}` the row that
//! its scopes look at, `{me}` and `{now}` the viewer and the moment; other names in braces are [facts](super::Facts) of the
//! viewpoint, or, as in `{name of t}`, SQL that it makes about a row.

use std::collections::HashMap;

use serde_json::Value as Json;

pub use super::types::{Enum, Type};
use super::writer::FilterScope;
use crate::kernel::access::{Permission, Scope};
use crate::kernel::error::Error;

/// Everything that can be read.
pub struct Catalog {
    entities: Vec<Entity>,
    by_name: HashMap<&'static str, usize>,
    /// The fields of `Query` that are planned.
    pub roots: Vec<Root>,
    /// The fields of `Subscription`.
    pub feeds: Vec<Feed>,
}

impl Catalog {
    /// Puts the descriptions together.
    ///
    /// # Panics
    /// When an edge or a root leads to a thing that is not described.
    pub fn new(entities: Vec<Entity>, roots: Vec<Root>, feeds: Vec<Feed>) -> Self {
        let by_name: HashMap<_, _> = entities.iter().enumerate().map(|(place, entity)| (entity.name, place)).collect();
        let catalog = Self { entities, by_name, roots, feeds };
        for to in catalog.entities.iter().flat_map(|entity| &entity.edges).map(|edge| edge.to) {
            catalog.entity(to);
        }
        catalog
    }

    /// The things, in the order of the CRM.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// A thing by the name of its type.
    pub fn entity(&self, name: &str) -> &Entity {
        let place = self.by_name.get(name).unwrap_or_else(|| panic!("{name} is not described"));
        &self.entities[*place]
    }

    /// The thing whose ids begin with this word.
    pub fn entity_with_ids(&self, prefix: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.id == Some(prefix))
    }
}

/// A kind of row that clients can read.
pub struct Entity {
    /// The name of its GraphQL type.
    pub name: &'static str,
    /// What it is, for the users of the API.
    pub doc: &'static str,
    /// A template of what comes after `from`.
    pub from: &'static str,
    /// The permission to read it; without one it is seen as the thing that it is reached from.
    pub read: Option<Permission>,
    /// Which row the scopes look at.
    pub seen_as: VisibleThrough,
    /// The word before its ids, if it has ids of its own: then it is a `Node`.
    pub id: Option<&'static str>,
    /// Its values.
    pub fields: Vec<Field>,
    /// What hangs off it.
    pub edges: Vec<Edge>,
    /// Conditions beyond those on filterable fields.
    pub filters: Vec<Filter>,
    /// In which orders it can be listed.
    pub orders: Vec<Order>,
    /// A template of what lists show unless their filter asks about this field: the rest is what most readers are not
    /// looking for.
    pub unless_asked: Option<(&'static str, &'static str)>,
    /// A template of the id to which an id leads, `{id}`: that of another row, where one was made of two.
    pub leads: Option<&'static str>,
}

/// Which row the scopes of a thing look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisibleThrough {
    /// The row itself.
    Itself,
    /// The customer whose id this template gives.
    Customer(&'static str),
}

impl Entity {
    /// A thing that is seen as the row that it is reached from.
    pub fn part(name: &'static str, doc: &'static str, from: &'static str) -> Self {
        Self {
            name,
            doc,
            from,
            read: None,
            seen_as: VisibleThrough::Itself,
            id: None,
            fields: Vec::new(),
            edges: Vec::new(),
            filters: Vec::new(),
            orders: Vec::new(),
            unless_asked: None,
            leads: None,
        }
    }

    /// A thing with ids and a permission of its own.
    pub fn node(
        name: &'static str,
        prefix: &'static str,
        doc: &'static str,
        from: &'static str,
        read: Permission,
        seen_as: VisibleThrough,
    ) -> Self {
        let id = Field::new("id", Type::Id(prefix), "{t}.id", "Unique across all types; opaque.");
        Self { read: Some(read), seen_as, id: Some(prefix), fields: vec![id], ..Self::part(name, doc, from) }
    }

    /// The same with these values.
    pub fn fields(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// The same with these edges.
    pub fn edges(mut self, edges: impl IntoIterator<Item = Edge>) -> Self {
        self.edges.extend(edges);
        self
    }

    /// The same with these conditions.
    pub fn filters(mut self, filters: impl IntoIterator<Item = Filter>) -> Self {
        self.filters.extend(filters);
        self
    }

    /// The same with these orders; the first is the one taken when none is asked for.
    pub fn orders(mut self, orders: impl IntoIterator<Item = Order>) -> Self {
        self.orders.extend(orders);
        self
    }

    /// The same, of which lists show what a template says unless their filter asks about a field.
    pub fn shown_unless_asked(mut self, field: &'static str, condition: &'static str) -> Self {
        self.unless_asked = Some((field, condition));
        self
    }

    /// The same, with ids that may lead to other rows.
    pub fn canonical_id(mut self, template: &'static str) -> Self {
        self.leads = Some(template);
        self
    }

    /// The name of the type of its connections.
    pub fn connection(&self) -> String {
        format!("{}Connection", self.name)
    }

    /// Whether it has conditions to filter by.
    pub fn is_filterable(&self) -> bool {
        !self.filters.is_empty() || self.fields.iter().any(|field| field.filterable)
    }
}

/// A value of a thing.
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it is, for the users of the API.
    pub doc: &'static str,
    /// Its type.
    pub ty: Type,
    /// A template of its value.
    pub sql: &'static str,
    /// Whether it can be null.
    pub nullable: bool,
    /// Whether lists can be filtered by it.
    pub filterable: bool,
    /// To whom it is shown.
    pub shown: Shown,
}

/// To whom a value is shown, among those who see the row.
#[derive(Debug, Clone, Copy)]
pub enum Shown {
    /// To all of them.
    ToAll,
    /// To those who see the row through another scope than these; null for the others.
    Beyond(&'static [Scope]),
    /// To those who hold a permission on the row; the others see the result of a template.
    Holding(Permission, &'static str),
}

impl Field {
    /// A value that is never null and shown to all.
    pub fn new(name: &'static str, ty: Type, sql: &'static str, doc: &'static str) -> Self {
        Self { name, doc, ty, sql, nullable: false, filterable: false, shown: Shown::ToAll }
    }

    /// The same, perhaps null.
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The same, and lists can be filtered by it.
    ///
    /// # Panics
    /// When it is masked: a filter would tell what the mask hides.
    pub fn filterable(mut self) -> Self {
        assert!(matches!(self.shown, Shown::ToAll), "{} is masked: it can't be filtered by", self.name);
        self.filterable = true;
        self
    }

    /// The same, null for those who see the row through these scopes alone.
    pub fn beyond(mut self, scopes: &'static [Scope]) -> Self {
        assert!(!self.filterable, "{} can be filtered by: it can't be masked", self.name);
        self.shown = Shown::Beyond(scopes);
        self.nullable = true;
        self
    }

    /// The same, masked for those who do not hold a permission on the row.
    pub fn masked(mut self, unless: Permission, otherwise: &'static str) -> Self {
        assert!(!self.filterable, "{} can be filtered by: it can't be masked", self.name);
        self.shown = Shown::Holding(unless, otherwise);
        self
    }
}

/// A way from one thing to another.
pub struct Edge {
    /// Its name.
    pub name: &'static str,
    /// What it leads to, for the users of the API.
    pub doc: &'static str,
    /// The name of the thing at the other end.
    pub to: &'static str,
    /// How many there can be.
    pub many: Many,
    /// A template: which rows of the other thing.
    pub on: &'static str,
    /// Whether both are seen as the same row: what hangs off a customer, from the customer.
    pub same_subject: bool,
    /// Templates of conditions, and the permission that rows need for which each holds, through another scope than some.
    pub guards: Vec<(&'static str, Permission, &'static [Scope])>,
    /// To whom it is shown.
    pub shown: Shown,
}

/// How many rows an edge leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Many {
    /// One, always there.
    One,
    /// One, or none, or one that the viewer may not see.
    AtMostOne,
    /// A short list, in the order of a template.
    Few(&'static str),
    /// A connection.
    Pages,
}

impl Edge {
    /// To one that may not be there or not be seen.
    pub fn to_one(name: &'static str, to: &'static str, on: &'static str, doc: &'static str) -> Self {
        Self { name, doc, to, many: Many::AtMostOne, on, same_subject: false, guards: Vec::new(), shown: Shown::ToAll }
    }

    /// To a part of the same row.
    pub fn part(name: &'static str, to: &'static str, doc: &'static str) -> Self {
        Self::one(name, to, "true", doc)
    }

    /// To what is always there and seen with the row.
    pub fn one(name: &'static str, to: &'static str, on: &'static str, doc: &'static str) -> Self {
        Self { many: Many::One, same_subject: true, ..Self::to_one(name, to, on, doc) }
    }

    /// To what hangs off the same customer, if it is there and seen.
    pub fn beside(name: &'static str, to: &'static str, on: &'static str, doc: &'static str) -> Self {
        Self { same_subject: true, ..Self::to_one(name, to, on, doc) }
    }

    /// To a short list.
    pub fn few(name: &'static str, to: &'static str, on: &'static str, order: &'static str, doc: &'static str) -> Self {
        Self { many: Many::Few(order), same_subject: true, ..Self::to_one(name, to, on, doc) }
    }

    /// To a connection of what hangs off the same row.
    pub fn pages(name: &'static str, to: &'static str, on: &'static str, doc: &'static str) -> Self {
        Self { many: Many::Pages, same_subject: true, ..Self::to_one(name, to, on, doc) }
    }

    /// To a connection of rows that are seen for themselves.
    pub fn pages_of_others(name: &'static str, to: &'static str, on: &'static str, doc: &'static str) -> Self {
        Self { same_subject: false, ..Self::pages(name, to, on, doc) }
    }

    /// The same without the rows for which `condition` holds, unless the viewer holds a permission on the row.
    pub fn guarded(self, condition: &'static str, permission: Permission) -> Self {
        self.guarded_beyond(condition, permission, &[])
    }

    /// The same, where these scopes alone are not enough.
    pub fn guarded_beyond(mut self, condition: &'static str, permission: Permission, scopes: &'static [Scope]) -> Self {
        self.guards.push((condition, permission, scopes));
        self
    }

    /// The same, null or empty for those who see the row that it leads from through these scopes alone.
    ///
    /// # Panics
    /// When it is a connection.
    pub fn beyond(mut self, scopes: &'static [Scope]) -> Self {
        assert!(self.many != Many::Pages, "{} is always a page, and who sees its rows is asked of them", self.name);
        self.shown = Shown::Beyond(scopes);
        self
    }
}

/// A condition that is not simply one on a field.
pub struct Filter {
    /// Its name in the filter.
    pub name: &'static str,
    /// What it asks, for the users of the API.
    pub doc: &'static str,
    /// The GraphQL type of its value.
    pub ty: &'static str,
    /// Makes the SQL.
    pub sql: fn(&mut FilterScope<'_, '_>, &Json) -> Result<String, Error>,
    /// Whether it asks for other rows, too: then it can't be told of a row as it was.
    pub of_others: bool,
}

/// An order to list a thing in, both ways.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// The word before `_ASC` and `_DESC`.
    pub name: &'static str,
    /// What it orders by, for the users of the API.
    pub doc: &'static str,
    /// A template of the key, never null where the order is offered, with an index.
    pub key: &'static str,
    /// The type of the key.
    pub ty: Type,
    /// Whether the order that is taken when none is asked for runs from the last to the first.
    pub newest_first: bool,
}

/// A planned field of `Query`.
pub struct Root {
    /// Its name.
    pub name: &'static str,
    /// What it answers, for the users of the API.
    pub doc: &'static str,
    /// What it leads to.
    pub kind: RootKind,
}

/// What a planned field of `Query` leads to.
pub enum RootKind {
    /// A connection.
    List(List),
    /// A short list, in the order of a template, for those who hold a permission.
    Few(&'static str, &'static str, Permission),
    /// One thing by its id.
    ById(&'static str),
    /// Any thing by its id.
    Node,
    /// Several things by their ids.
    Nodes,
}

/// A list at the top.
pub struct List {
    /// The name of the thing.
    pub of: &'static str,
    /// A template: which rows.
    pub on: &'static str,
    /// The scopes that can reach such rows at all.
    pub through: Option<&'static [Scope]>,
    /// The name of the type of its orders.
    pub order_type: &'static str,
    /// Its orders; the first is the one taken when none is asked for.
    pub orders: Vec<Order>,
    /// How text is searched for, where it is.
    pub search: Option<Filter>,
    /// The name of its connection's type where a feed tells its changes: it has the cursor to follow it from.
    pub live_connection: Option<&'static str>,
}

/// A field of `Subscription`: what the log tells from a position on.
///
/// Its templates name `{after}` and `{upto}`, the stretch of the log that is read, and `{most}`, how many events of it at most.
pub struct Feed {
    /// Its name.
    pub name: &'static str,
    /// What it tells, for the users of the API.
    pub doc: &'static str,
    /// The name of the thing that each event is.
    pub of: &'static str,
    /// What one has to hold to be told anything.
    pub read: Permission,
    /// A template of the events: rows with a `position`.
    pub events: &'static str,
    /// What it tells changes of, where all who watch are told the same.
    pub changes: Option<Changes>,
}

/// How a feed tells changes of a list that many watch. The template of its events names `{was_in}` and `{is_in}`: whether
/// the row was in the list before, and is after, by what the viewer may read and asks for.
pub struct Changes {
    /// The name of the thing that is listed.
    pub of: &'static str,
    /// The aliases of its rows before and after, in the template of the events.
    pub images: [&'static str; 2],
    /// The scopes that can reach such rows at all.
    pub through: &'static [Scope],
    /// A template of the one event that stands for too many.
    pub refresh: &'static str,
}
