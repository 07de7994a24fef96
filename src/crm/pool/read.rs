//! Describes public pools to the API.

use super::model::READ;
use crate::kernel::read::describe::{Edge, Entity, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// Describes pools and their members.
pub fn describe_all() -> Vec<Entity> {
    vec![pool(), member()]
}

fn pool() -> Entity {
    let limit = |name, sql, doc| Field::new(name, Type::Int, sql, doc).nullable();
    Entity::node(
        "Pool",
        "pool",
        "A public pool (公海). Each customer belongs to one: while it has an owner, this is the pool into which it falls. Of the pools, users \
         with the scope `POOL` see those of which they are members. Every installation has the default pool, of which everybody is a \
         member; there may be no others.",
        "pool {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("name", Type::Text, "{t}.name", "The name."),
        Field::new("isDefault", Type::Boolean, "{t}.is_default", "Whether it is the default pool, which is everybody's and has what the settings say."),
        Field::new(
            "condition",
            Type::Text,
            "{t}.condition",
            "Which customers come into it when they come into the public pool: an expression in CEL, as pool rules have it. Null: those that are moved to it.",
        )
        .nullable(),
        Field::new("priority", Type::Int, "{t}.priority", "Of several pools whose condition matches a customer, the one with the larger priority takes it."),
        Field::new(
            "protectionPeriod",
            Type::Text,
            "(duration_value({t}.protection_period_seconds))[1]",
            "For how long nobody may claim what is released into it (ISO 8601); null: what the settings say.",
        )
        .nullable(),
        limit("maxOwnedCustomers", "{t}.max_owned_customers", "A rep who owns this many customers of this pool can't claim another one from it; null: the limit of the settings, which counts the customers of all pools without a limit of their own."),
        limit("maxClaimsPerDay", "{t}.max_claims_per_day", "How many customers a rep may claim from this pool in a day; null: the limit of the settings, which counts the claims from all pools without a limit of their own."),
        Field::new("isArchived", Type::Boolean, "({t}.archived_at is not null)", "Whether it is archived. Lists show archived pools only if their filter contains `isArchived`.").filterable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When it was created."),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When it was last changed."),
        Field::new("version", Type::Int, "{t}.version", "The version, raised by each edit. An update must give the version that it is based on."),
    ])
    .edges([
        Edge::to_one("administrator", "User", "{t}.id = {p}.administrator_user_id", "The user who administers it, and is a member; null if there is none, or if you may not see the user."),
        Edge::few("members", "PoolMember", "{t}.pool_id = {p}.id", "{t}.user_id", "Its members besides the administrator. The default pool names none, because everybody is one."),
    ])
    .orders(orders())
    .shown_unless_asked("isArchived", "{t}.archived_at is null")
}

fn member() -> Entity {
    Entity::part("PoolMember", "A member of a public pool: a user, or a user with everybody below.", "pool_member {t}")
        .fields([
            Field::new("userId", Type::Id("user"), "{t}.user_id", "The id of the user."),
            Field::new(
                "withTeam",
                Type::Boolean,
                "{t}.with_team",
                "Whether everybody below the user is a member, too.",
            ),
        ])
        .edges([Edge::to_one("user", "User", "{t}.id = {p}.user_id", "The user; null if you may not see them.")])
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "NAME",
        doc: "The name, compared by code points.",
        key: "{t}.name",
        ty: Type::Text,
        newest_first: false,
    }]
}

/// The root fields of pools.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "pools",
            doc: "The public pools that you may see, the default one included.",
            kind: RootKind::List(List {
                of: "Pool",
                on: "true",
                through: None,
                order_type: "PoolOrder",
                orders: orders(),
                search: None,
                live_connection: None,
            }),
        },
        Root {
            name: "pool",
            doc: "The public pool with this id; null if there is none, or you may not see it.",
            kind: RootKind::ById("Pool"),
        },
    ]
}
