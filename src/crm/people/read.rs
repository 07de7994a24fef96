//! How users are read.

use crate::kernel::access::{Action, Permission, Resource, Rights, Scope};
use crate::kernel::directory::Directory;
use crate::kernel::id::UserId;
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

const READ: Permission = Permission::to(Action::Read, Resource::User);
const NAMES: &[Scope] = &[Scope::Names];

static STATUS: Enum = Enum {
    name: "UserStatus",
    doc: "Whether somebody still works here.",
    values: &[("ACTIVE", "Works here."), ("DEPARTED", "Has left; owns nothing, can't sign in, stays in the tree.")],
};

/// Somebody's name, for those who may know it.
pub fn name_for(rights: &Rights, directory: &Directory, user: UserId) -> Option<String> {
    let held = rights.scopes(READ);
    let may_know = held.contains(Scope::Names)
        || held.contains(Scope::All)
        || held.contains(Scope::Own) && user == rights.viewer
        || held.contains(Scope::Team) && rights.is_above(user);
    directory.people.get(&user).filter(|_| may_know).map(|member| member.name.clone())
}

/// The orders in which users can be listed.
pub fn orders() -> Vec<Order> {
    vec![Order { name: "NAME", doc: "The name, by code point.", key: "{t}.name", ty: Type::Text, newest_first: false }]
}

/// What a user is to readers.
pub fn describe() -> Entity {
    Entity::node(
        "User",
        "user",
        "Somebody who works here, or did. Everybody may know the names; the rest is for superiors, HR and administrators.",
        "app_user {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("name", Type::Text, "{t}.name", "What others call them.").filterable(),
        Field::new("status", Type::Enum(&STATUS), "{t}.status", "Whether they still work here.").filterable(),
        Field::new("email", Type::Text, "{t}.email", "The address by which they sign in. Null for those who may know names alone.")
            .beyond(NAMES),
        Field::new("phone", Type::Text, "{t}.phone", "Their phone number. Null for those who may know names alone.").beyond(NAMES),
        Field::new(
            "roles",
            Type::Texts,
            "array(select r.role from user_role r where r.user_id = {t}.id order by r.role)",
            "The names of their roles. Null for those who may know names alone.",
        )
        .beyond(NAMES),
        Field::new("lastSignInAt", Type::DateTime, "{t}.last_sign_in_at", "When they last signed in. Null: never, or not for you to know.")
            .beyond(NAMES),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the account was opened.").beyond(NAMES),
    ])
    .edges([
        Edge::to_one("manager", "User", "{t}.id = {p}.manager_id", "Whom they answer to.").beyond(NAMES),
        Edge::few("absences", "Absence", "{t}.user_id = {p}.id", "{t}.first_day", "When they are away, and were. Empty for those who may know names alone.")
            .beyond(NAMES),
        Edge::pages_of_others("reports", "User", "{t}.manager_id = {p}.id", "Who answers to them directly."),
    ])
    .orders(orders())
}

/// Users at the top, and what has an id of its own.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "users",
            doc: "The people who work here, and those who did.",
            kind: RootKind::List(List {
                of: "User",
                on: "true",
                through: None,
                order_type: "UserOrder",
                orders: orders(),
                search: None,
                live_connection: None,
            }),
        },
        Root {
            name: "user",
            doc: "One user; null when there is none or you may not see them.",
            kind: RootKind::ById("User"),
        },
        Root {
            name: "node",
            doc: "Anything by its id; null when there is none or you may not see it.",
            kind: RootKind::Node,
        },
        Root {
            name: "nodes",
            doc: "Anything by its id, in the order given; null for each that you may not see.",
            kind: RootKind::Nodes,
        },
    ]
}
