//! Describes contacts to the API. Phone numbers, e-mail addresses and WeChat ids are masked for users who may not read
//! the details in lists.

use super::model::{READ, READ_DETAILS, REVEAL, WRITE};
use crate::crm::external_id;
use crate::kernel::read::describe::{Actions, Edge, Entity, Enum, Field, Order, RowAction, Type, VisibleThrough};

static ACTIONS: Actions = Actions {
    name: "AllowedOnContact",
    doc: "What you can do with the contact now. The input of the mutation may still be refused.",
    all: &[
        RowAction::new("UPDATE", &[WRITE], ACTIVE, "`updateContact`."),
        RowAction::new("ARCHIVE", &[WRITE], ACTIVE, "`archiveContact`."),
        RowAction::new(
            "RESTORE",
            &[WRITE],
            "{t}.archived_at is not null and {s}.archived_at is null",
            "`restoreContact`.",
        ),
        RowAction::new("REVEAL", &[REVEAL], "true", "`revealContact`, which a mask makes necessary."),
    ],
};

/// Whether neither the contact nor its customer is archived.
const ACTIVE: &str = "{t}.archived_at is null and {s}.archived_at is null";

static DECISION_ROLE: Enum = Enum::of_inputs("DecisionRole");

/// Describes a contact.
pub fn describe() -> Entity {
    Entity::node(
        "Contact",
        "contact",
        "A person who works for a customer.",
        "contact {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::can(&ACTIONS),
        Field::new("name", Type::Text, "{t}.name", "The name of the contact."),
        Field::new("title", Type::Text, "{t}.title", "The job title.").nullable(),
        external_id::field(external_id::Kind::Contact),
        Field::new(
            "decisionRole",
            Type::Enum(&DECISION_ROLE),
            "{t}.decision_role",
            "The role of the contact when the company decides what to buy.",
        )
        .nullable(),
        Field::new(
            "phones",
            Type::Texts,
            "{t}.phones",
            "Phone numbers; call the first one first. They are masked if `isMasked` is true.",
        )
        .masked(READ_DETAILS, "array(select mask_phone(n) from unnest({t}.phones) n)"),
        Field::new("emails", Type::Texts, "{t}.emails", "E-mail addresses. They are masked if `isMasked` is true.")
            .masked(READ_DETAILS, "array(select mask_email(n) from unnest({t}.emails) n)"),
        Field::new("wechat", Type::Text, "{t}.wechat", "WeChat id. It is masked if `isMasked` is true.")
            .nullable()
            .masked(READ_DETAILS, "mask_wechat({t}.wechat)"),
        Field::new(
            "isMasked",
            Type::Boolean,
            "false",
            "Whether phone numbers, e-mail addresses and the WeChat id are masked for you. If your roles allow it, `revealContact` shows them.",
        )
        .masked(READ_DETAILS, "true"),
        Field::new("isPrimary", Type::Boolean, "{t}.is_primary", "Whether this is the primary contact. A customer has at most one."),
        Field::new(
            "isArchived",
            Type::Boolean,
            "({t}.archived_at is not null)",
            "Whether the contact is archived. Lists show archived contacts only if their filter contains `isArchived`.",
        )
        .filterable(),
        Field::new("archivedAt", Type::DateTime, "{t}.archived_at", "Since when the contact is archived; null if it is not.").nullable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the contact was created."),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When the contact was last changed."),
        Field::new("version", Type::Int, "{t}.version", "The version of the contact, raised by each change. An update must give the version that it is based on."),
    ])
    .edges([
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "The customer that the contact works for."),
        Edge::to_one(
            "updatedBy",
            "User",
            "{t}.id = (select e.user_id from edit e where e.contact_id = {p}.id order by e.at desc, e.id desc limit 1)",
            "The user who made the latest edit of the contact; null if there is none, or if the system made it.",
        ),
        Edge::pages(
            "edits",
            "CustomerEdit",
            "{t}.contact_id = {p}.id",
            "The edits of the contact, the latest first. Phone numbers, e-mail addresses and WeChat ids are masked as in the contact.",
        ),
    ])
    .orders([
        Order {
            name: "CREATED_AT",
            doc: "When the contact was created.",
            key: "{t}.created_at",
            ty: Type::DateTime,
            newest_first: false,
        },
        Order { name: "NAME", doc: "The name, compared by code points.", key: "{t}.name", ty: Type::Text, newest_first: false },
    ])
    .shown_unless_asked("isArchived", "{t}.archived_at is null")
}
