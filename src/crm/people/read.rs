//! The fields, edges and lists of users.

use crate::kernel::access::{Action, Permission, Resource, Rights, Scope};
use crate::kernel::directory::Directory;
use crate::kernel::id::UserId;
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

const READ: Permission = Permission::to(Action::Read, Resource::User);
const NAMES: &[Scope] = &[Scope::Names];

static STATUS: Enum = Enum {
    name: "UserStatus",
    doc: "Whether a user still works here.",
    values: &[
        ("ACTIVE", "The user works here."),
        ("DEPARTED", "The user has left: they own no customers and cannot sign in. Their name stays visible."),
    ],
};

/// Returns the name of a user, if the viewer may read it.
pub fn name_for(rights: &Rights, directory: &Directory, user: UserId) -> Option<String> {
    let held = rights.scopes(READ);
    let may_read = held.contains(Scope::Names)
        || held.contains(Scope::All)
        || held.contains(Scope::Own) && user == rights.viewer
        || held.contains(Scope::Team) && rights.is_above(user);
    directory.people.get(&user).filter(|_| may_read).map(|member| member.name.clone())
}

/// The orders of lists of users.
fn orders() -> Vec<Order> {
    vec![Order {
        name: "NAME",
        doc: "By name, in the order of Unicode code points.",
        key: "{t}.name",
        ty: Type::Text,
        newest_first: false,
    }]
}

/// Describes a user.
pub fn describe() -> Entity {
    let manager = "The user's direct superior. Null if there is none, or if you may read names only.";
    Entity::node(
        "User",
        "user",
        "A user who works here, or did. Everybody may read the names; superiors, HR and \
         administrators may read the rest.",
        "app_user {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("name", Type::Text, "{t}.name", "The name of the user.").filterable(),
        Field::new("status", Type::Enum(&STATUS), "{t}.status", "Whether the user still works here.").filterable(),
        Field::new(
            "email",
            Type::Text,
            "{t}.email",
            "The e-mail address with which the user signs in. Null if you may read names only.",
        )
        .beyond(NAMES),
        Field::new("phone", Type::Text, "{t}.phone", "The phone number of the user. Null if you may read names only.")
            .beyond(NAMES),
        Field::new(
            "roles",
            Type::Texts,
            "array(select r.role from user_role r where r.user_id = {t}.id order by r.role)",
            "The names of the user's roles. Null if you may read names only.",
        )
        .beyond(NAMES),
        Field::new(
            "lastSignInAt",
            Type::DateTime,
            "{t}.last_sign_in_at",
            "When the user last signed in. Null if the user never signed in, or if you may read names only.",
        )
        .beyond(NAMES),
        Field::new(
            "createdAt",
            Type::DateTime,
            "{t}.created_at",
            "When the account was created. Null if you may read names only.",
        )
        .beyond(NAMES),
    ])
    .edges([
        Edge::to_one("manager", "User", "{t}.id = {p}.manager_id", manager).beyond(NAMES),
        Edge::few(
            "absences",
            "Absence",
            "{t}.user_id = {p}.id",
            "{t}.first_day",
            "The past, present and future absences of the user. Empty if you may read names only.",
        )
        .beyond(NAMES),
        Edge::to_one(
            "updatedBy",
            "User",
            "{t}.id = (select e.user_id from edit e where e.about_user_id = {p}.id order by e.at desc, e.id desc limit 1)",
            "The user who made the latest edit of the user. Null if there is none, if the system made it, or if you may read names only.",
        )
        .beyond(NAMES),
        Edge::pages(
            "edits",
            "UserEdit",
            "{t}.about_user_id = {p}.id",
            "The edits of the user, the latest first: of the name, and unless you may read names only of the e-mail address, the phone, the language (`locale`) and the manager.",
        )
        .guarded_beyond("{t}.field <> 'name'", READ, NAMES),
        Edge::pages_of_others(
            "reports",
            "User",
            "{t}.manager_id = {p}.id",
            "The users whose direct superior this user is, except those of whom you may read names only.",
        )
        .guarded_beyond("true", READ, NAMES),
    ])
    .orders(orders())
}

/// The root fields of users, and those that find anything by its id.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "users",
            doc: "All users: those who work here, and those who have left.",
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
            doc: "The user with this id. Null if there is none or you may not see it.",
            kind: RootKind::ById("User"),
        },
        Root {
            name: "node",
            doc: "The object with this id, of whatever type. Null if there is none or you may not see it.",
            kind: RootKind::Node,
        },
        Root {
            name: "nodes",
            doc: "The objects with these ids, in the order of the ids. An object is null if there is none or \
                  you may not see it.",
            kind: RootKind::Nodes,
        },
    ]
}
