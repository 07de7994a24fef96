//! How contacts are read: phones, e-mail addresses and WeChat ids are masked for all but those who call them every day.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, Order, Type, VisibleThrough};

/// To read contacts at all.
pub const READ: Permission = Permission::to(Action::Read, Resource::Contact);
/// To read their details in every list.
pub const READ_DETAILS: Permission = Permission::to(Action::Read, Resource::ContactDetails);

static DECISION_ROLE: Enum = Enum::of_inputs("DecisionRole");

/// What a contact is to readers.
pub fn describe() -> Entity {
    Entity::node(
        "Contact",
        "contact",
        "Somebody at a customer.",
        "contact {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::new("name", Type::Text, "{t}.name", "Their name."),
        Field::new("title", Type::Text, "{t}.title", "Their position.").nullable(),
        Field::new(
            "decisionRole",
            Type::Enum(&DECISION_ROLE),
            "{t}.decision_role",
            "What they have to say when their company buys.",
        )
        .nullable(),
        Field::new(
            "phones",
            Type::Texts,
            "{t}.phones",
            "Phone numbers, the first one first to call; masked when `isMasked`.",
        )
        .masked(READ_DETAILS, "array(select mask_phone(n) from unnest({t}.phones) n)"),
        Field::new("emails", Type::Texts, "{t}.emails", "E-mail addresses; masked when `isMasked`.")
            .masked(READ_DETAILS, "array(select mask_email(n) from unnest({t}.emails) n)"),
        Field::new("wechat", Type::Text, "{t}.wechat", "WeChat id; masked when `isMasked`.")
            .nullable()
            .masked(READ_DETAILS, "mask_wechat({t}.wechat)"),
        Field::new(
            "isMasked",
            Type::Boolean,
            "false",
            "Whether the details are masked for you; `revealContact` may show them.",
        )
        .masked(READ_DETAILS, "true"),
        Field::new("isPrimary", Type::Boolean, "{t}.is_primary", "The one to ask first; at most one of a customer."),
        Field::new(
            "isArchived",
            Type::Boolean,
            "({t}.archived_at is not null)",
            "Whether it is archived. Lists show archived contacts only where their filter asks about this.",
        )
        .filterable(),
        Field::new("archivedAt", Type::DateTime, "{t}.archived_at", "Since when it is archived.").nullable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When it was entered."),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When it was last changed."),
        Field::new("version", Type::Int, "{t}.version", "Counts the edits; an update says which one it saw."),
    ])
    .edges([Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "Where they work.")])
    .orders([
        Order {
            name: "CREATED_AT",
            doc: "When it was entered.",
            key: "{t}.created_at",
            ty: Type::DateTime,
            newest_first: false,
        },
        Order { name: "NAME", doc: "The name, by code point.", key: "{t}.name", ty: Type::Text, newest_first: false },
    ])
    .shown_unless_asked("isArchived", "{t}.archived_at is null")
}
