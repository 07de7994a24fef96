//! How products are read.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::Error;
use crate::kernel::read::describe::{Entity, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough};
use crate::kernel::read::text_of;
use crate::kernel::sql::Arg;

/// To read products.
pub const READ: Permission = Permission::to(Action::Read, Resource::Product);

/// What a product is to readers.
pub fn describe() -> Entity {
    Entity::node("Product", "product", "Something that is sold.", "product {t}", READ, VisibleThrough::Itself)
        .fields([
            Field::new("sku", Type::Text, "{t}.sku", "Its number in stock-keeping; unique.").filterable(),
            Field::new("name", Type::Text, "{t}.name", "What it is called.").filterable(),
            Field::new("category", Type::Text, "{t}.category", "What it is counted among.").nullable().filterable(),
            Field::new("unit", Type::Text, "{t}.unit", "What one of it is: a piece, a licence, a ton."),
            Field::new(
                "unitPrice",
                Type::Money("{t}.currency"),
                "{t}.unit_price",
                "What one costs today; orders keep the price that they were made at.",
            ),
            Field::new("isActive", Type::Boolean, "{t}.active", "Whether it can still be sold.").filterable(),
            Field::new(
                "isArchived",
                Type::Boolean,
                "({t}.archived_at is not null)",
                "Whether it is archived. Lists show archived products only where their filter asks about this.",
            )
            .filterable(),
            Field::new("archivedAt", Type::DateTime, "{t}.archived_at", "Since when it is archived.").nullable(),
            Field::new("createdAt", Type::DateTime, "{t}.created_at", "When it was entered."),
            Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When it was last changed."),
            Field::new("version", Type::Int, "{t}.version", "Counts the edits; an update says which one it saw."),
        ])
        .orders(orders())
        .shown_unless_asked("isArchived", "{t}.archived_at is null")
}

fn orders() -> Vec<Order> {
    vec![Order { name: "NAME", doc: "The name, by code point.", key: "{t}.name", ty: Type::Text, newest_first: false }]
}

/// The products at the top.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "products",
            doc: "What is sold, and what was; archived products only where the filter asks about `isArchived`.",
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
            doc: "One product; null when there is none or you may not see it.",
            kind: RootKind::ById("Product"),
        },
    ]
}

fn search() -> Filter {
    Filter {
        name: "search",
        doc: "A part of the name or the beginning of the SKU, in any case and width.",
        ty: "String",
        sql: |scope, value| {
            let text = value.as_str().unwrap_or_default().trim().to_owned();
            if !(1..=100).contains(&text.chars().count()) {
                return Err(Error::bad_input("`search` takes 1 to 100 characters", "`search` 需要 1 到 100 个字符"));
            }
            let text = scope.bind(Arg::Text(text_of(&text)?));
            let (name, sku) = (scope.render("fold({t}.name)"), scope.render("fold({t}.sku)"));
            Ok(format!("(position(fold({text}) in {name}) > 0 or {sku} ^@ fold({text}))"))
        },
        of_others: false,
    }
}
