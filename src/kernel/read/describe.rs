//! Descriptions of entities.
//!
//! SQL in a description is a template: `{t}` is the row of the entity, `{p}` the row from which it is reached, `{s}`
//! the row that its scopes test, `{me}` the viewer, and `{now}` the time. Other names in braces are
//! [placeholders](super::Placeholders): a name such as `{max_claims}` stands for a value, and `{name of t}` for SQL
//! about a row.

use std::collections::HashMap;

use serde_json::Value as Json;

pub use super::figure::{Figure, FigureScope};
pub use super::types::{Actions, Enum, RowAction, Type};
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
    /// A catalog of these descriptions.
    ///
    /// # Panics
    /// If an edge leads to an entity that is not described.
    pub fn new(entities: Vec<Entity>, roots: Vec<Root>, feeds: Vec<Feed>) -> Self {
        let by_name: HashMap<_, _> = entities.iter().enumerate().map(|(place, entity)| (entity.name, place)).collect();
        let catalog = Self { entities, by_name, roots, feeds };
        for to in catalog.entities.iter().flat_map(|entity| &entity.edges).map(|edge| edge.to) {
            catalog.entity(to);
        }
        catalog
    }

    /// All entities, in the order in which they were given.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The entity with the name of a GraphQL type.
    pub fn entity(&self, name: &str) -> &Entity {
        let place = self.by_name.get(name).unwrap_or_else(|| panic!("{name} is not described"));
        &self.entities[*place]
    }

    /// The entity whose ids have a prefix.
    pub fn entity_with_ids(&self, prefix: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.id == Some(prefix))
    }
}

/// An entity: a kind of row that clients can read.
pub struct Entity {
    /// The name of its GraphQL type.
    pub name: &'static str,
    /// What it is, for the users of the API.
    pub doc: &'static str,
    /// A template of the SQL after `from`.
    pub from: &'static str,
    /// The permission to read it. An entity without one is visible if the row from which it is reached is.
    pub read: Option<Permission>,
    /// Which row the scopes of that permission test.
    pub seen_as: VisibleThrough,
    /// The prefix of its ids. An entity with ids is a `Node`.
    pub id: Option<&'static str>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its edges to other entities.
    pub edges: Vec<Edge>,
    /// Filter conditions besides those on filterable fields.
    pub filters: Vec<Filter>,
    /// The orders in which it can be listed.
    pub orders: Vec<Order>,
    /// A field and a template of a condition, which applies to lists whose filter has no condition on that field. It
    /// hides rows that most readers do not look for.
    pub unless_asked: Option<(&'static str, &'static str)>,
    /// A template that gives the present id for an id `{id}`, which differs if the row was merged into another one.
    pub canonical_id: Option<&'static str>,
}

/// Which row the scopes of an entity test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisibleThrough {
    /// The row itself.
    Itself,
    /// The customer whose id this template gives.
    Customer(&'static str),
}

impl Entity {
    /// An entity that is visible if the row from which it is reached is.
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
            canonical_id: None,
        }
    }

    /// An entity with ids and a permission of its own.
    pub fn node(
        name: &'static str,
        prefix: &'static str,
        doc: &'static str,
        from: &'static str,
        read: Permission,
        seen_as: VisibleThrough,
    ) -> Self {
        let id = Field::new(
            "id",
            Type::Id(prefix),
            "{t}.id",
            "The id. It is unique across all types, and clients must not interpret it.",
        );
        Self { read: Some(read), seen_as, id: Some(prefix), fields: vec![id], ..Self::part(name, doc, from) }
    }

    /// Adds fields.
    pub fn fields(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// Adds edges.
    pub fn edges(mut self, edges: impl IntoIterator<Item = Edge>) -> Self {
        self.edges.extend(edges);
        self
    }

    /// Adds filter conditions.
    pub fn filters(mut self, filters: impl IntoIterator<Item = Filter>) -> Self {
        self.filters.extend(filters);
        self
    }

    /// Adds orders. The first order is the default.
    pub fn orders(mut self, orders: impl IntoIterator<Item = Order>) -> Self {
        self.orders.extend(orders);
        self
    }

    /// Applies a condition to lists whose filter has no condition on a field.
    pub fn shown_unless_asked(mut self, field: &'static str, condition: &'static str) -> Self {
        self.unless_asked = Some((field, condition));
        self
    }

    /// Sets the template that gives the present id for an id.
    pub fn canonical_id(mut self, template: &'static str) -> Self {
        self.canonical_id = Some(template);
        self
    }

    /// The name of the GraphQL type of its connections.
    pub fn connection(&self) -> String {
        format!("{}Connection", self.name)
    }

    /// Whether it has any filter condition.
    pub fn is_filterable(&self) -> bool {
        !self.filters.is_empty() || self.fields.iter().any(|field| field.filterable)
    }
}

/// A field of an entity.
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it is, for the users of the API.
    pub doc: &'static str,
    /// The type of its value.
    pub ty: Type,
    /// A template of its value.
    pub sql: &'static str,
    /// Whether it can be null.
    pub nullable: bool,
    /// Whether lists can be filtered by it.
    pub filterable: bool,
    /// Which of the viewers who see the row see the value.
    pub shown: Shown,
}

/// Which of the viewers who see a row see a value or an edge of it.
#[derive(Debug, Clone, Copy)]
pub enum Shown {
    /// All of them.
    ToAll,
    /// Those who see the row through another scope than these. The others get null, or an empty list.
    Beyond(&'static [Scope]),
    /// Those who hold a permission on the row. The others get the value of a template.
    Holding(Permission, &'static str),
}

impl Field {
    /// A field that is never null and shown to all who see the row.
    pub fn new(name: &'static str, ty: Type, sql: &'static str, doc: &'static str) -> Self {
        Self { name, doc, ty, sql, nullable: false, filterable: false, shown: Shown::ToAll }
    }

    /// The field `can`: the actions that the viewer can do with the row. They are not in a template, because they depend on rights.
    pub fn can(actions: &'static Actions) -> Self {
        Self::new("can", Type::Actions(actions), "", actions.doc)
    }

    /// Makes the field nullable.
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Lets lists be filtered by the field.
    ///
    /// # Panics
    /// If the field is masked, because a filter would reveal what the mask hides.
    pub fn filterable(mut self) -> Self {
        assert!(matches!(self.shown, Shown::ToAll), "{} is masked: it can't be filtered by", self.name);
        self.filterable = true;
        self
    }

    /// Makes the field null for viewers who see the row only through these scopes.
    ///
    /// # Panics
    /// If lists can be filtered by the field.
    pub fn beyond(mut self, scopes: &'static [Scope]) -> Self {
        assert!(!self.filterable, "{} can be filtered by: it can't be masked", self.name);
        self.shown = Shown::Beyond(scopes);
        self.nullable = true;
        self
    }

    /// Replaces the value for viewers who do not hold a permission on the row by the value of a template.
    ///
    /// # Panics
    /// If lists can be filtered by the field.
    pub fn masked(mut self, unless: Permission, otherwise: &'static str) -> Self {
        assert!(!self.filterable, "{} can be filtered by: it can't be masked", self.name);
        self.shown = Shown::Holding(unless, otherwise);
        self
    }
}

/// An edge from one entity to another.
pub struct Edge {
    /// Its name.
    pub name: &'static str,
    /// What it leads to, for the users of the API.
    pub doc: &'static str,
    /// The name of the other entity.
    pub to: &'static str,
    /// A template of the SQL after `from`, if it is not that of the other entity.
    pub from: Option<&'static str>,
    /// How many rows it leads to.
    pub many: Many,
    /// A template of the condition on the rows of the other entity.
    pub on: &'static str,
    /// Whether the scopes test the same row for both entities, as for a customer and the rows that belong to it.
    pub same_subject: bool,
    /// Templates of conditions on rows. For a row that fulfils one, the viewer must hold its permission through another
    /// scope than the listed ones.
    pub guards: Vec<(&'static str, Permission, &'static [Scope])>,
    /// Which of the viewers who see the row see the edge.
    pub shown: Shown,
}

/// How many rows an edge leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Many {
    /// One, which always exists.
    One,
    /// One or none. A row that the viewer may not see counts as none.
    AtMostOne,
    /// A short list, in the order of a template.
    Few(&'static str),
    /// A connection.
    Pages,
}

impl Edge {
    /// To one row, which may not exist or not be visible.
    pub fn to_one(name: &'static str, to: &'static str, on: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            to,
            from: None,
            many: Many::AtMostOne,
            on,
            same_subject: false,
            guards: Vec::new(),
            shown: Shown::ToAll,
        }
    }

    /// To a part of the same row.
    pub fn part(name: &'static str, to: &'static str, doc: &'static str) -> Self {
        Self::one(name, to, "true", doc)
    }

    /// To one row that always exists and is visible with this row.
    pub fn one(name: &'static str, to: &'static str, on: &'static str, doc: &'static str) -> Self {
        Self { many: Many::One, same_subject: true, ..Self::to_one(name, to, on, doc) }
    }

    /// To one row of the same customer, which may not exist or not be visible.
    pub fn beside(name: &'static str, to: &'static str, on: &'static str, doc: &'static str) -> Self {
        Self { same_subject: true, ..Self::to_one(name, to, on, doc) }
    }

    /// To a short list of rows of the same customer.
    pub fn few(name: &'static str, to: &'static str, on: &'static str, order: &'static str, doc: &'static str) -> Self {
        Self { many: Many::Few(order), same_subject: true, ..Self::to_one(name, to, on, doc) }
    }

    /// To a connection of rows of the same customer.
    pub fn pages(name: &'static str, to: &'static str, on: &'static str, doc: &'static str) -> Self {
        Self { many: Many::Pages, same_subject: true, ..Self::to_one(name, to, on, doc) }
    }

    /// To a connection of rows that have a visibility of their own.
    pub fn pages_of_others(name: &'static str, to: &'static str, on: &'static str, doc: &'static str) -> Self {
        Self { same_subject: false, ..Self::pages(name, to, on, doc) }
    }

    /// Reads the rows from another place than the entity says.
    pub fn out_of(self, from: &'static str) -> Self {
        Self { from: Some(from), ..self }
    }

    /// Hides rows that fulfil `condition`, unless the viewer holds a permission on them.
    pub fn guarded(self, condition: &'static str, permission: Permission) -> Self {
        self.guarded_beyond(condition, permission, &[])
    }

    /// Hides rows that fulfil `condition`, unless the viewer holds a permission on them through another scope than
    /// these.
    pub fn guarded_beyond(mut self, condition: &'static str, permission: Permission, scopes: &'static [Scope]) -> Self {
        self.guards.push((condition, permission, scopes));
        self
    }

    /// Makes the edge null or empty for viewers who see the row from which it leads only through these scopes.
    ///
    /// # Panics
    /// If it is a connection.
    pub fn beyond(mut self, scopes: &'static [Scope]) -> Self {
        assert!(self.many != Many::Pages, "{} is a connection, whose rows have a visibility of their own", self.name);
        self.shown = Shown::Beyond(scopes);
        self
    }
}

/// A filter condition that is not simply a comparison of a field.
pub struct Filter {
    /// Its name in the filter.
    pub name: &'static str,
    /// What it matches, for the users of the API.
    pub doc: &'static str,
    /// The GraphQL type of its value.
    pub ty: &'static str,
    /// Writes the SQL of the condition.
    pub sql: fn(&mut FilterScope<'_, '_>, &Json) -> Result<String, Error>,
    /// Whether it depends on other rows. If so, it can't be evaluated for the image of a row in the log of events.
    pub of_others: bool,
}

/// The time that a sort key has for rows without a time, as SQL.
pub const LAST: &str = "'9999-12-31T00:00:00Z'";

/// An order of lists, ascending and descending.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// The name before `_ASC` and `_DESC`.
    pub name: &'static str,
    /// What it orders by, for the users of the API.
    pub doc: &'static str,
    /// A template of the sort key. It has an index, and is never null in the lists that offer the order. A row
    /// with the time [`LAST`] comes last in both directions.
    pub key: &'static str,
    /// The type of the key.
    pub ty: Type,
    /// Whether the order is descending when it is used as the default.
    pub newest_first: bool,
}

/// A planned field of `Query`.
pub struct Root {
    /// Its name.
    pub name: &'static str,
    /// What it returns, for the users of the API.
    pub doc: &'static str,
    /// What it returns.
    pub kind: RootKind,
}

/// What a planned field of `Query` returns.
pub enum RootKind {
    /// A connection.
    List(List),
    /// A short list of an entity that everybody who is signed in may see, in the order of a template.
    Few(&'static str, &'static str),
    /// One row of an entity, by its id.
    ById(&'static str),
    /// Numbers that are computed of facts.
    Figure(Figure),
    /// One row of any entity, by its id.
    Node,
    /// Several rows of any entities, by their ids.
    Nodes,
}

impl RootKind {
    /// Whether the field is null where there is nothing.
    pub fn may_be_null(&self) -> bool {
        matches!(self, Self::ById(_) | Self::Node | Self::Figure(_))
    }
}

/// A list at the root of a query.
pub struct List {
    /// The name of the entity.
    pub of: &'static str,
    /// A template of the condition on its rows.
    pub on: &'static str,
    /// The scopes that can reach such rows; `None`: all scopes.
    pub through: Option<&'static [Scope]>,
    /// The name of the GraphQL type of its orders.
    pub order_type: &'static str,
    /// Its orders. The first order is the default.
    pub orders: Vec<Order>,
    /// The argument for a text search, if it has one.
    pub search: Option<Filter>,
    /// The name of the type of its connection, if a subscription reports its changes: that type has `eventCursor`, from
    /// which clients follow the list.
    pub live_connection: Option<&'static str>,
}

/// A field of `Subscription`, which reads the log of events from a position on.
///
/// Its templates use `{after}` and `{upto}`, the range of the log that is read, and `{most}`, the largest number of
/// events.
pub struct Feed {
    /// Its name.
    pub name: &'static str,
    /// What it reports, for the users of the API.
    pub doc: &'static str,
    /// The name of the entity that each event is.
    pub of: &'static str,
    /// The permission to subscribe.
    pub read: Permission,
    /// A template of the events: rows with a `position`.
    pub events: &'static str,
    /// The list whose changes it reports, if many subscribers share it.
    pub changes: Option<Changes>,
}

/// How a feed reports changes of a list that many subscribers share. The template of its events uses `{was_in}` and
/// `{is_in}`: whether the row was in the list before the change and is in it after the change, given the rights and the
/// filter of the subscriber.
pub struct Changes {
    /// The name of the listed entity.
    pub of: &'static str,
    /// The aliases of the row before and after the change in the template of the events.
    pub images: [&'static str; 2],
    /// The scopes that can reach such rows at all.
    pub through: &'static [Scope],
    /// A template of the single event that replaces a backlog of too many events.
    pub refresh: &'static str,
}
