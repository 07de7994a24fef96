//! How clients read API keys: everything but the key.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// The permission to create, revoke and read API keys.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::ApiKey);

/// Describes a key.
pub fn describe() -> Entity {
    Entity::node(
        "ApiKey",
        "apikey",
        "A key with which a machine uses the API as a service user. The key itself is shown only when it is created.",
        "api_key {t}",
        WRITE,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("name", Type::Text, "{t}.name", "What the key is for."),
        Field::new("prefix", Type::Text, "{t}.prefix", "The first characters of the key, to recognise it by."),
        Field::new("userId", Type::Id("user"), "{t}.user_id", "The id of the service user.").filterable(),
        Field::new("roles", Type::Texts, "{t}.roles", "The roles of the user that the key has; null: all of them.")
            .nullable(),
        Field::new("networks", Type::Texts, "{t}.networks", "The networks that the key may be used from; empty: any."),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the key was created."),
        Field::new("expiresAt", Type::DateTime, "{t}.expires_at", "When the key expires; null: never.").nullable(),
        Field::new(
            "lastUsedAt",
            Type::DateTime,
            "{t}.last_used_at",
            "When the key was last used, up to an hour too early; null if it was not used yet.",
        )
        .nullable(),
        Field::new("revokedAt", Type::DateTime, "{t}.revoked_at", "When the key was revoked; null if it is not.")
            .nullable()
            .filterable(),
    ])
    .edges([
        Edge::to_one("user", "User", "{t}.id = {p}.user_id", "The service user."),
        Edge::to_one("createdBy", "User", "{t}.id = {p}.created_by", "The user who created the key."),
        Edge::to_one(
            "revokedBy",
            "User",
            "{t}.id = {p}.revoked_by",
            "The user who revoked the key; null if it is not revoked.",
        ),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "CREATED_AT",
        doc: "When the key was created.",
        key: "{t}.created_at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

/// The field of `Query` for keys.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "apiKeys",
        doc: "The API keys of service users, the latest first, revoked ones too; empty for users who may not manage them.",
        kind: RootKind::List(List {
            of: "ApiKey",
            on: "true",
            through: None,
            order_type: "ApiKeyOrder",
            orders: orders(),
            search: None,
            live_connection: None,
        }),
    }]
}
