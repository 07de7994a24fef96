//! Describes edits to the API. They are visible as their row is, with the values masked as in the row, but not to those who see a
//! customer only through the pool.

use crate::crm::contact::READ_DETAILS;
use crate::crm::setting;
use crate::kernel::read::describe::{Edge, Entity, Field, List, Order, Root, RootKind, Type};

/// A template: whether an edit of a customer is one of a personal extra.
pub const OF_PERSONAL_EXTRA: &str = "{t}.field in (select 'extras.' || f.key from extra_field f where f.personal)";

/// Describes the edits of each kind of row.
pub fn describe_all() -> Vec<Entity> {
    let product = Entity::part("ProductEdit", "An edit of a field of a product.", "edit {t}");
    let user = Entity::part("UserEdit", "An edit of a field of a user.", "edit {t}");
    let settings = Entity::part("SettingsEdit", "An edit of a field of the shared settings.", "edit {t}");
    vec![
        describe_of_customer(),
        with_who(product).fields([before(), after()]),
        with_who(user).fields([before(), after()]),
        Entity { read: Some(setting::READ), ..with_who(settings).fields([before(), after()]) },
    ]
}

fn describe_of_customer() -> Entity {
    let what = "An edit of a field of a customer, or of a contact or an opportunity of it.";
    with_who(Entity::part("CustomerEdit", what, "edit {t}"))
        .fields([
            before().masked(READ_DETAILS, MASKED_BEFORE),
            after().masked(READ_DETAILS, MASKED_AFTER),
            Field::new(
                "isMasked",
                Type::Boolean,
                "false",
                "Whether the values are masked for you, as they are in the contact.",
            )
            .masked(READ_DETAILS, "({t}.field in ('phones', 'emails', 'wechat'))"),
            Field::new(
                "mergedFrom",
                Type::Text,
                "(select m.name from customer m where m.id = {t}.merged_from)",
                "The name of the customer that it was an edit of, if that customer was merged into this one since; otherwise null.",
            )
            .nullable(),
        ])
        .edges([
            Edge::beside("contact", "Contact", "{t}.id = {p}.contact_id", "The contact that was edited; null for other edits."),
            Edge::beside(
                "opportunity",
                "Opportunity",
                "{t}.id = {p}.opportunity_id",
                "The opportunity that was edited; null for other edits.",
            ),
        ])
}

/// Values as a contact shows them to users who may not read its details.
const MASKED_BEFORE: &str = "case {t}.field when 'phones' then array(select mask_phone(v) from unnest({t}.before) v)
    when 'emails' then array(select mask_email(v) from unnest({t}.before) v)
    when 'wechat' then array(select mask_wechat(v) from unnest({t}.before) v) else {t}.before end";
const MASKED_AFTER: &str = "case {t}.field when 'phones' then array(select mask_phone(v) from unnest({t}.after) v)
    when 'emails' then array(select mask_email(v) from unnest({t}.after) v)
    when 'wechat' then array(select mask_wechat(v) from unnest({t}.after) v) else {t}.after end";

fn before() -> Field {
    Field::new(
        "before",
        Type::Texts,
        "{t}.before",
        "The value before, as the field has it, each part as text: none if it was empty, several of a list, and of an amount of money the amount and the currency.",
    )
}

fn after() -> Field {
    Field::new("after", Type::Texts, "{t}.after", "The value after, written like `before`.")
}

/// What all edits have.
fn with_who(entity: Entity) -> Entity {
    entity
        .fields([
            Field::new("at", Type::DateTime, "{t}.at", "When the field was edited.").filterable(),
            Field::new(
                "field",
                Type::Text,
                "{t}.field",
                "The name of the field, as the type of the row has it, such as `creditCode`. An extra is `extras.` with its key, such as `extras.credit_rating`.",
            )
            .filterable(),
            Field::new("operatorId", Type::Id("user"), "{t}.user_id", "The id of the user who edited it; null for the system.")
                .nullable()
                .filterable(),
        ])
        .edges([Edge::to_one("operator", "User", "{t}.id = {p}.user_id", "The user who edited it; null for the system.")])
        .orders(orders())
}

fn orders() -> Vec<Order> {
    vec![Order { name: "AT", doc: "When the field was edited.", key: "{t}.at", ty: Type::DateTime, newest_first: true }]
}

/// The edits of the settings, which are no row of a list.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "settingsEdits",
        doc: "The edits of the shared settings, the latest first. The list is empty if you may not see the settings.",
        kind: RootKind::List(List {
            of: "SettingsEdit",
            on: "{t}.customer_id is null and {t}.product_id is null and {t}.about_user_id is null",
            through: None,
            order_type: "SettingsEditOrder",
            orders: orders(),
            search: None,
            live_connection: None,
        }),
    }]
}
