//! The types of the catalog, in async-graphql's registry.

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaEnumValue, MetaField, MetaInputValue, MetaType, Registry};
use async_graphql::{InputType, OutputType};

use super::catalog::CATALOG;
use super::inputs::{
    BooleanFilter, DateFilter, DateTimeFilter, DecimalFilter, ExtraFilter, IDFilter, IntFilter, StringFilter,
};
use crate::kernel::read::describe::{Entity, Enum, Feed, Many, Order, Root, RootKind, Type};
use crate::kernel::scalar::{Date, DateTime, Decimal};

/// Puts the types of the catalog into the registry.
pub fn register(registry: &mut Registry) {
    if registry.types.contains_key("Node") {
        return;
    }
    <DateTime as OutputType>::create_type_info(registry);
    <Date as OutputType>::create_type_info(registry);
    <Decimal as OutputType>::create_type_info(registry);
    // The enums that inputs have, too.
    <crate::kernel::directory::ExtraType as OutputType>::create_type_info(registry);
    <crate::kernel::directory::StageKind as OutputType>::create_type_info(registry);
    <crate::crm::contact::DecisionRole as OutputType>::create_type_info(registry);
    <crate::crm::followup::Channel as OutputType>::create_type_info(registry);
    <crate::crm::followup::Due as InputType>::create_type_info(registry);
    <crate::crm::target::Measure as OutputType>::create_type_info(registry);
    <crate::crm::task::Status as OutputType>::create_type_info(registry);
    <crate::crm::task::Due as InputType>::create_type_info(registry);
    <crate::crm::order::Status as OutputType>::create_type_info(registry);
    <crate::crm::order::Step as OutputType>::create_type_info(registry);
    <crate::crm::order::Due as InputType>::create_type_info(registry);
    <crate::crm::order::Method as OutputType>::create_type_info(registry);
    <crate::crm::feedback::Category as OutputType>::create_type_info(registry);
    <crate::crm::import::kind::Kind as OutputType>::create_type_info(registry);
    <crate::crm::import::column::Field as OutputType>::create_type_info(registry);
    <crate::crm::rule::Action as OutputType>::create_type_info(registry);
    <crate::crm::analysis::Dimension as InputType>::create_type_info(registry);
    <crate::crm::analysis::FunnelMode as InputType>::create_type_info(registry);
    <crate::crm::analysis::RankBy as InputType>::create_type_info(registry);
    <crate::crm::analysis::Period as InputType>::create_type_info(registry);
    <async_graphql::ID as OutputType>::create_type_info(registry);
    <String as OutputType>::create_type_info(registry);
    <i32 as OutputType>::create_type_info(registry);
    <bool as OutputType>::create_type_info(registry);
    <IDFilter as InputType>::create_type_info(registry);
    <StringFilter as InputType>::create_type_info(registry);
    <BooleanFilter as InputType>::create_type_info(registry);
    <DateTimeFilter as InputType>::create_type_info(registry);
    <DateFilter as InputType>::create_type_info(registry);
    <DecimalFilter as InputType>::create_type_info(registry);
    <IntFilter as InputType>::create_type_info(registry);
    <ExtraFilter as InputType>::create_type_info(registry);
    add(registry, page_info());
    add(
        registry,
        object(
            "Money",
            "An amount of money.",
            [
                described("amount", "Decimal!", "The amount, with two decimals."),
                described("currency", "String!", "The currency: three letters of ISO 4217."),
            ],
        ),
    );
    let id = described("id", "ID!", "The id of the record. It is opaque, and unique across all types.");
    add(
        registry,
        MetaType::Interface {
            name: "Node".to_owned(),
            description: Some("A record with an id of its own. `node` and `nodes` read it by this id.".to_owned()),
            fields: IndexMap::from([("id".to_owned(), id)]),
            possible_types: CATALOG
                .entities()
                .iter()
                .filter(|entity| entity.id.is_some())
                .map(|entity| entity.name.to_owned())
                .collect(),
            extends: false,
            inaccessible: false,
            tags: Vec::new(),
            keys: None,
            visible: None,
            rust_typename: None,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
    );
    for entity in CATALOG.entities() {
        register_entity(registry, entity);
    }
}

fn register_entity(registry: &mut Registry, entity: &Entity) {
    if entity.id.is_some() {
        registry.add_implements(entity.name, "Node");
    }
    let mut fields = Vec::new();
    for field in &entity.fields {
        let nullable = if field.nullable { "" } else { "!" };
        fields.push(described(field.name, &format!("{}{nullable}", output_type(registry, field.ty)), field.doc));
    }
    for edge in &entity.edges {
        let to = edge.to;
        fields.push(match edge.many {
            Many::One => described(edge.name, &format!("{to}!"), edge.doc),
            Many::AtMostOne => described(edge.name, to, edge.doc),
            Many::Few(_) => described(edge.name, &format!("[{to}!]!"), edge.doc),
            Many::Pages => {
                let other = CATALOG.entity(to);
                let mut field = described(edge.name, &format!("{to}Connection!"), edge.doc);
                field.args = page_arguments(registry, other, &format!("{to}Order"), &other.orders);
                field
            }
        });
    }
    add(registry, object(entity.name, entity.doc, fields));
    if entity.orders.is_empty() && entity.id.is_none() {
        return;
    }
    let name = entity.name;
    add(
        registry,
        object(
            &format!("{name}Edge"),
            "One record of a page.",
            [
                described("cursor", "String!", "The position of the record in this order, for `after` and `before`."),
                described("node", &format!("{name}!"), "The record."),
            ],
        ),
    );
    add(registry, object(&entity.connection(), "A page of a list.", connection_fields(entity)));
    register_filter(registry, entity);
}

fn connection_fields(entity: &Entity) -> Vec<MetaField> {
    vec![
        described("edges", &format!("[{}Edge!]!", entity.name), "The records of the page, in the requested order."),
        described(
            "pageInfo",
            "PageInfo!",
            "Whether there are records before and after the page, and its first and last cursor.",
        ),
        described(
            "totalCount",
            "Int!",
            "How many records the whole list has. They are counted only if this field is selected.",
        ),
    ]
}

fn register_filter(registry: &mut Registry, entity: &Entity) {
    if !entity.is_filterable() {
        return;
    }
    let name = format!("{}Filter", entity.name);
    let list = format!("[{name}!]");
    let mut fields = vec![
        input("and", &list, "All of these filters must hold."),
        input("or", &list, "At least one of these filters must hold."),
        input(
            "not",
            &name,
            "This filter must not hold. A condition on a missing value does not hold, so its `not` does.",
        ),
    ];
    for field in entity.fields.iter().filter(|field| field.filterable) {
        let ty = match field.ty {
            Type::Id(_) => "IDFilter".to_owned(),
            Type::Text | Type::Texts => "StringFilter".to_owned(),
            Type::Int => "IntFilter".to_owned(),
            Type::Decimal | Type::Money(_) => "DecimalFilter".to_owned(),
            Type::Date => "DateFilter".to_owned(),
            Type::Boolean => "BooleanFilter".to_owned(),
            Type::DateTime => "DateTimeFilter".to_owned(),
            Type::Enum(set) | Type::Enums(set) => enum_filter(registry, set),
            Type::Actions(_) => {
                unreachable!("what a viewer can do is no property of the row, so nothing is filtered by it")
            }
        };
        fields.push(input(field.name, &ty, field.doc));
    }
    fields.extend(entity.filters.iter().map(|filter| input(filter.name, filter.ty, filter.doc)));
    add(registry, input_object(&name, "A filter. All given conditions must hold.", fields));
}

fn enum_filter(registry: &mut Registry, set: &'static Enum) -> String {
    let (name, ty) = (format!("{}Filter", set.name), output_type(registry, Type::Enum(set)));
    add(
        registry,
        input_object(
            &name,
            "A condition on a value of an enum. All given fields must hold.",
            vec![
                input("eq", &ty, "The value is equal to this one."),
                input("in", &format!("[{ty}!]"), "The value is one of these."),
            ],
        ),
    );
    name
}

/// The name of a type without its `!`. An enum is put into the registry.
fn output_type(registry: &mut Registry, ty: Type) -> String {
    match ty {
        Type::Id(_) => "ID".to_owned(),
        Type::Text => "String".to_owned(),
        Type::Texts => "[String!]".to_owned(),
        Type::Int => "Int".to_owned(),
        Type::Boolean => "Boolean".to_owned(),
        Type::Decimal => "Decimal".to_owned(),
        Type::Money(_) => "Money".to_owned(),
        Type::Date => "Date".to_owned(),
        Type::DateTime => "DateTime".to_owned(),
        Type::Enum(set) => add_enum(registry, set.name, set.doc, set.values.iter().copied()),
        Type::Enums(set) => format!("[{}!]", output_type(registry, Type::Enum(set))),
        Type::Actions(set) => {
            let values = set.all.iter().map(|action| (action.name, action.doc));
            format!("[{}!]", add_enum(registry, set.name, set.doc, values))
        }
    }
}

/// Puts an enum into the registry; returns its name.
fn add_enum(
    registry: &mut Registry,
    name: &str,
    doc: &str,
    values: impl Iterator<Item = (&'static str, &'static str)>,
) -> String {
    add(registry, enumeration(name, doc, values.map(|(name, doc)| (name.to_owned(), doc.to_owned()))));
    name.to_owned()
}

fn page_arguments(
    registry: &mut Registry,
    entity: &Entity,
    order_type: &str,
    orders: &[Order],
) -> IndexMap<String, MetaInputValue> {
    let mut arguments = vec![
        input(
            "first",
            "Int",
            "How many records to return from the start of the list: from 0 to the server's limit for pages, which is \
                100 unless configured otherwise. If neither `first` nor `last` is given, it is 20.",
        ),
        input("after", "String", "Only records behind this cursor, which must be of the same order."),
        input(
            "last",
            "Int",
            "How many records to return from the end of the list, with the same limit as `first`. Give either \
                `first` or `last`.",
        ),
        input("before", "String", "Only records before this cursor, which must be of the same order."),
    ];
    if entity.is_filterable() {
        arguments.push(input("filter", &format!("{}Filter", entity.name), "Only records for which this filter holds."));
    }
    let taken = |order: &Order| if order.newest_first { "DESC" } else { "ASC" };
    let values = orders.iter().flat_map(|order| {
        [("ASC", "Ascending."), ("DESC", "Descending.")]
            .map(|(way, words)| (format!("{}_{way}", order.name), format!("{} {words}", order.doc)))
    });
    add(
        registry,
        enumeration(
            order_type,
            "The orders of the list. Records with equal values are ordered by id, which is the order of their \
                creation.",
            values,
        ),
    );
    let default = format!("The order of the list. If it is not given, it is {}_{}.", orders[0].name, taken(&orders[0]));
    arguments.push(input("orderBy", order_type, &default));
    arguments.into_iter().map(|argument| (argument.name.clone(), argument)).collect()
}

/// A planned field of `Query`.
pub fn root_field(registry: &mut Registry, root: &Root) -> MetaField {
    match &root.kind {
        RootKind::List(list) => {
            let entity = CATALOG.entity(list.of);
            let connection = list.live_connection.map_or_else(|| entity.connection(), str::to_owned);
            if list.live_connection.is_some() {
                let mut fields = connection_fields(entity);
                let cursor = "The cursor for the subscription that follows the list: events up to it are in the \
                    page, and events behind it are not.";
                fields.push(described("eventCursor", "String!", cursor));
                add(registry, object(&connection, "A page of a list whose changes a subscription reports.", fields));
            }
            let mut field = described(root.name, &format!("{connection}!"), root.doc);
            field.args = page_arguments(registry, CATALOG.entity(list.of), list.order_type, &list.orders);
            if let Some(search) = &list.search {
                field.args.insert(search.name.to_owned(), input(search.name, search.ty, search.doc));
            }
            field
        }
        RootKind::Figure(figure) => {
            let mut field = described(root.name, figure.of, root.doc);
            for (name, ty, doc) in figure.arguments {
                field.args.insert((*name).to_owned(), input(name, ty, doc));
            }
            if let Some(facts) = figure.facts {
                let is_list = |root: &&Root| matches!(&root.kind, RootKind::List(list) if list.of == facts);
                let list = CATALOG.roots.iter().find(is_list).expect("facts are listed").name;
                let doc = format!(
                    "Only records for which this filter holds: the same as that of `{list}`, which lists them."
                );
                field.args.insert("filter".to_owned(), input("filter", &format!("{facts}Filter"), &doc));
            }
            field
        }
        RootKind::Few(name, ..) => described(root.name, &format!("[{name}!]!"), root.doc),
        RootKind::ById(name) => with_argument(
            described(root.name, name, root.doc),
            input("id", "ID!", "The id of the record. The id of another type is an error (`BAD_USER_INPUT`)."),
        ),
        RootKind::Node => {
            with_argument(described(root.name, "Node", root.doc), input("id", "ID!", "The id of a record of any type."))
        }
        RootKind::Nodes => with_argument(
            described(root.name, "[Node]!", root.doc),
            input(
                "ids",
                "[ID!]!",
                "The ids of records of any types: at most as many as a page may have, which is 100 unless configured \
                    otherwise.",
            ),
        ),
    }
}

/// A field of `Subscription`.
pub fn feed_field(feed: &Feed) -> MetaField {
    let mut field = described(feed.name, &format!("{}!", feed.of), feed.doc);
    let after = "The stream begins behind this cursor. If it is left out, it begins with the events from now on. A \
        cursor whose following events are no longer kept is an error (`CURSOR_EXPIRED`): read the list again, and \
        begin behind its `eventCursor`.";
    field.args.insert("after".to_owned(), input("after", "String", after));
    if let Some(changes) = &feed.changes {
        let filter = "Only changes of records for which this filter holds. A record that begins or ceases to match \
            counts as one that comes or leaves.";
        field.args.insert("filter".to_owned(), input("filter", &format!("{}Filter", changes.of), filter));
    }
    field
}

fn with_argument(mut field: MetaField, argument: MetaInputValue) -> MetaField {
    field.args.insert(argument.name.clone(), argument);
    field
}

fn page_info() -> MetaType {
    object(
        "PageInfo",
        "The position of a page in its list.",
        [
            described(
                "hasNextPage",
                "Boolean!",
                "Whether there are records behind the page. With `last`, it only says whether `before` was given.",
            ),
            described(
                "hasPreviousPage",
                "Boolean!",
                "Whether there are records before the page. With `first`, it only says whether `after` was given.",
            ),
            described("startCursor", "String", "The cursor of the first record; null if the page is empty."),
            described("endCursor", "String", "The cursor of the last record; null if the page is empty."),
        ],
    )
}

fn add(registry: &mut Registry, ty: MetaType) {
    let name = ty.name().to_owned();
    registry.types.entry(name).or_insert(ty);
}

fn described(name: &str, ty: &str, doc: &str) -> MetaField {
    MetaField { description: Some(doc.to_owned()), ..MetaField::new(name, ty) }
}

fn input(name: &str, ty: &str, doc: &str) -> MetaInputValue {
    MetaInputValue { description: Some(doc.to_owned()), ..MetaInputValue::new(name, ty) }
}

/// An object type.
pub fn object(name: &str, doc: &str, fields: impl IntoIterator<Item = MetaField>) -> MetaType {
    object_type(name, doc, fields, false)
}

/// The type of subscriptions.
pub fn subscription(name: &str, doc: &str, fields: impl IntoIterator<Item = MetaField>) -> MetaType {
    object_type(name, doc, fields, true)
}

fn object_type(name: &str, doc: &str, fields: impl IntoIterator<Item = MetaField>, is_subscription: bool) -> MetaType {
    MetaType::Object {
        name: name.to_owned(),
        description: Some(doc.to_owned()),
        fields: fields.into_iter().map(|field| (field.name.clone(), field)).collect(),
        cache_control: Default::default(),
        extends: false,
        shareable: false,
        resolvable: true,
        inaccessible: false,
        interface_object: false,
        tags: Vec::new(),
        keys: None,
        visible: None,
        is_subscription,
        rust_typename: Some("planned"),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

fn input_object(name: &str, doc: &str, fields: Vec<MetaInputValue>) -> MetaType {
    MetaType::InputObject {
        name: name.to_owned(),
        description: Some(doc.to_owned()),
        input_fields: fields.into_iter().map(|field| (field.name.clone(), field)).collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        oneof: false,
        directive_invocations: Vec::new(),
    }
}

fn enumeration(name: &str, doc: &str, values: impl IntoIterator<Item = (String, String)>) -> MetaType {
    MetaType::Enum {
        name: name.to_owned(),
        description: Some(doc.to_owned()),
        enum_values: values
            .into_iter()
            .map(|(name, doc)| (name.clone(), MetaEnumValue { description: Some(doc), ..MetaEnumValue::new(name) }))
            .collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}
