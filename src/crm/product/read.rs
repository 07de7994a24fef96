//! The fields and lists of products.

use crate::crm::external_id;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough};
use crate::kernel::read::search_text;
use crate::kernel::sql::Arg;

/// The permission to read products.
pub const READ: Permission = Permission::to(Action::Read, Resource::Product);

/// Describes a product.
pub fn describe() -> Entity {
    Entity::node(
        "Product",
        "product",
        "A product that the company sells, or sold.",
        "product {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("sku", Type::Text, "{t}.sku", "The stock-keeping unit: the unique number of the product.")
            .filterable(),
        Field::new("name", Type::Text, "{t}.name", "The name of the product.").filterable(),
        external_id::field(external_id::Kind::Product),
        Field::new("category", Type::Text, "{t}.category", "The category of the product.").nullable().filterable(),
        Field::new(
            "unit",
            Type::Text,
            "{t}.unit",
            "The unit in which quantities are given, such as piece, licence or ton.",
        ),
        Field::new(
            "unitPrice",
            Type::Money("{t}.currency"),
            "{t}.unit_price",
            "The present price of one unit. Existing orders keep the price at which they were created.",
        ),
        Field::new("isActive", Type::Boolean, "{t}.active", "Whether new orders may contain the product.").filterable(),
        Field::new(
            "isArchived",
            Type::Boolean,
            "({t}.archived_at is not null)",
            "Whether the product is archived. Lists contain archived products only if their filter uses \
                 this field.",
        )
        .filterable(),
        Field::new(
            "archivedAt",
            Type::DateTime,
            "{t}.archived_at",
            "When the product was archived; null if it is not archived.",
        )
        .nullable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the product was created."),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When the product was last changed."),
        Field::new(
            "version",
            Type::Int,
            "{t}.version",
            "The number of the present version, which counts the changes. An update must send the version \
                 that you saw.",
        ),
    ])
    .edges([
        Edge::to_one(
            "updatedBy",
            "User",
            "{t}.id = (select e.user_id from edit e where e.product_id = {p}.id order by e.at desc, e.id desc limit 1)",
            "The user who made the latest edit of the product. Null if there is none, or if the system made it.",
        ),
        Edge::pages("edits", "ProductEdit", "{t}.product_id = {p}.id", "The edits of the product, the latest first."),
    ])
    .orders(orders())
    .shown_unless_asked("isArchived", "{t}.archived_at is null")
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "NAME",
        doc: "By name, in the order of Unicode code points.",
        key: "{t}.name",
        ty: Type::Text,
        newest_first: false,
    }]
}

/// The root fields of products.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "products",
            doc: "All products. The list contains archived products only if the filter uses `isArchived`.",
            kind: RootKind::List(List {
                of: "Product",
                on: "true",
                through: None,
                order_type: "ProductOrder",
                orders: orders(),
                search: Some(search()),
                live_connection: None,
            }),
        },
        Root {
            name: "product",
            doc: "The product with this id. Null if there is none or you may not see it.",
            kind: RootKind::ById("Product"),
        },
    ]
}

fn search() -> Filter {
    Filter {
        name: "search",
        doc: "Finds products whose name contains this text, or whose SKU begins with it: 1 to 100 \
              characters. Upper and lower case, and full and half width, are equal.",
        ty: "String",
        sql: |scope, value| {
            let text = scope.bind(Arg::Text(search_text("search", value)?.0));
            let (name, sku) = (scope.render("fold({t}.name)"), scope.render("fold({t}.sku)"));
            Ok(format!("(position(fold({text}) in {name}) > 0 or {sku} ^@ fold({text}))"))
        },
        of_others: false,
    }
}
