//! How clients read the audit log.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// The permission to read the audit log.
pub const READ: Permission = Permission::to(Action::Read, Resource::Audit);

static KIND: Enum = Enum {
    name: "AuditKind",
    doc: "What an entry of the audit log is about.",
    values: &[
        ("SIGNED_IN", "The actor signed in."),
        (
            "SIGN_IN_FAILED",
            "Somebody tried to sign in with a wrong password (`aboutUser` is the owner of the account), or for an account that does not exist or is closed.",
        ),
        ("SIGNED_OUT", "The actor signed out."),
        ("SESSION_REVOKED", "The actor ended a session of `aboutUser`, which may be their own."),
        ("SESSIONS_REVOKED", "The actor ended all sessions of `aboutUser`, or their own other ones."),
        (
            "REFRESH_TOKEN_REUSED",
            "A session of `aboutUser` was ended, because its refresh token was used again: somebody else may have copied it.",
        ),
        ("PASSWORD_CHANGED", "The actor changed their password, which ended their sessions."),
        (
            "PASSWORD_CHECK_FAILED",
            "The actor gave a wrong password or code, where a change of their account asks for it.",
        ),
        ("PASSWORD_LINK_CREATED", "A link was made by which `aboutUser` can set a password."),
        ("PASSWORD_SET_BY_LINK", "Somebody set the password of `aboutUser` by a link, which ended their sessions."),
        ("SECOND_FACTOR_ADDED", "The actor confirmed a second factor of their sign-in."),
        ("SECOND_FACTOR_REMOVED", "The actor removed the second factor of `aboutUser`, who may be the actor."),
        ("IDENTITY_CONNECTED", "An account of an identity provider was connected with `aboutUser`, or disconnected."),
        ("USER_CREATED", "The actor created an account."),
        ("USER_CHANGED", "The actor changed the name, e-mail address, phone or language of `aboutUser`."),
        ("MANAGER_CHANGED", "The actor placed a user below another manager."),
        ("ROLES_CHANGED", "The actor replaced the roles of a user."),
        ("USER_DEPARTED", "The actor closed an account, which ended its sessions."),
        ("USER_REACTIVATED", "The actor opened a closed account again."),
        ("ABSENCE_RECORDED", "The actor recorded an absence."),
        ("ABSENCE_CANCELLED", "The actor cancelled an absence."),
        ("API_KEY_CREATED", "The actor created an API key of a service user."),
        ("API_KEY_REVOKED", "The actor revoked an API key."),
        ("ROLE_SAVED", "The actor created or changed a role."),
        ("PERMISSION_GRANTED", "The actor gave a permission to a role."),
        ("PERMISSION_REVOKED", "The actor took a permission from a role."),
        ("SETTINGS_CHANGED", "The actor changed the settings; `details` has each with its old and new value."),
        ("CALENDAR_CHANGED", "The actor changed days of the calendar."),
        ("CHOICE_SAVED", "The actor created or changed a choice."),
        ("EXTRA_FIELD_SAVED", "The actor created or changed an extra field."),
        ("STAGE_SAVED", "The actor created or changed a stage of the pipeline."),
        (
            "WEBHOOK_CHANGED",
            "The actor created, changed, tested, replayed or deleted a webhook, or gave it another secret.",
        ),
        ("POOL_SAVED", "The actor created, changed or archived a public pool."),
        ("POOL_RULE_SAVED", "The actor created or changed a pool rule."),
        ("POOL_RULE_RUN_APPROVED", "The actor approved a run of a pool rule."),
        ("POOL_RULE_RUN_UNDONE", "The actor undid a run of a pool rule."),
        ("CONTACT_REVEALED", "The actor saw the details of a contact of `customer`."),
        (
            "DETAILS_LOOKED_UP",
            "The actor looked for customers by phone numbers or e-mail addresses that are masked for them; `details` has how many.",
        ),
        (
            "QUICK_RELEASES",
            "The actor has released many customers shortly after claiming them (`quickReleaseAlert`), and could see their contacts.",
        ),
        ("DOWNLOADED", "The actor downloaded a file; `details` has its path."),
    ],
};

/// Describes an entry.
pub fn describe() -> Entity {
    Entity::node(
        "AuditEntry",
        "auditentry",
        "An entry of the audit log: somebody did something that matters for security. It contains no secrets and no personal data of customers, and is never changed.",
        "audit_entry {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("at", Type::DateTime, "{t}.at", "When it happened.").filterable(),
        Field::new("kind", Type::Enum(&KIND), "{t}.kind", "What happened.").filterable(),
        Field::new(
            "actorId",
            Type::Id("user"),
            "{t}.actor_user_id",
            "The id of the user who did it; null for somebody who was not signed in, and for the system.",
        )
        .nullable()
        .filterable(),
        Field::new("aboutUserId", Type::Id("user"), "{t}.about_user_id", "The id of the user whom it is about; null if it is about no user.")
            .nullable()
            .filterable(),
        Field::new(
            "address",
            Type::Text,
            "{t}.address",
            "The network address that the request came from; null for the system and the command line.",
        )
        .nullable()
        .filterable(),
        Field::new("userAgent", Type::Text, "{t}.user_agent", "What the client called itself (`User-Agent`): its first 200 characters.").nullable(),
        Field::new("details", Type::Texts, "{t}.details", "What exactly happened, in names of the API, such as `maxRevealsPerDay: 50 → 40`."),
    ])
    .edges([
        Edge::to_one("actor", "User", "{t}.id = {p}.actor_user_id", "The user who did it; null for somebody who was not signed in, and for the system."),
        Edge::to_one("aboutUser", "User", "{t}.id = {p}.about_user_id", "The user whom it is about; null if it is about no user."),
        Edge::to_one(
            "customer",
            "Customer",
            "{t}.id = (select coalesce(m.merged_into, m.id) from customer m where m.id = {p}.customer_id)",
            "The customer whose contact details were seen, or the one that it was merged into; null for other kinds, and if you may not see it.",
        ),
    ])
    .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order { name: "AT", doc: "When it happened.", key: "{t}.at", ty: Type::DateTime, newest_first: true }]
}

/// The field of `Query` for the log.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "auditEntries",
        doc: "The audit log, the latest entries first; empty for users who may not see it. `GET /audit-entries.csv` downloads it.",
        kind: RootKind::List(List {
            of: "AuditEntry",
            on: "true",
            through: None,
            order_type: "AuditEntryOrder",
            orders: orders(),
            search: None,
            live_connection: None,
        }),
    }]
}

#[cfg(test)]
mod tests {
    use async_graphql::resolver_utils::EnumType;

    use super::KIND;
    use crate::kernel::audit::Kind;

    #[test]
    fn every_kind_is_described() {
        let kinds: Vec<_> = Kind::items().iter().map(|item| item.name).collect();
        assert_eq!(KIND.values.iter().map(|(name, _)| *name).collect::<Vec<_>>(), kinds);
    }
}
