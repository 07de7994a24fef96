//! Describes customers to the API.

use super::actions::ACTIONS;
use super::claimability;
use super::model::{POOL, POOL_SCOPES, READ, TEAM_SCOPES};
use crate::crm::{contact, edit, enquiry, external_id, extra, followup, rule, timeline};
use crate::kernel::access::Scope;
use crate::kernel::error::Error;
use crate::kernel::id::{self, Identified};
use crate::kernel::read::describe::{Edge, Entity, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough};
use crate::kernel::read::{FilterScope, Placeholder, Placeholders, name_contains};
use crate::kernel::sql::Arg;

/// Describes a customer.
pub fn describe() -> Entity {
    let choice = |name, sql, doc| Field::new(name, Type::Text, sql, doc).nullable().filterable();
    Entity::node(
        "Customer",
        "customer",
        "A company that we sell to or want to sell to. It has one owner, or is in the public pool.",
        "customer {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("name", Type::Text, "{t}.name", "The company's name.").filterable(),
        Field::new("creditCode", Type::Text, "{t}.credit_code", "Unified social credit code (统一社会信用代码).")
            .nullable()
            .filterable(),
        Field::new("source", Type::Text, "{t}.source", "Where the customer came from: the code of a choice of kind SOURCE.")
            .filterable(),
        Field::new("sourceDetail", Type::Text, "{t}.source_detail", "Details about where the customer came from.").nullable(),
        choice("industry", "{t}.industry", "The industry: the code of a choice of kind INDUSTRY."),
        choice("size", "{t}.size", "The number of employees: the code of a choice of kind SIZE."),
        choice("level", "{t}.level", "The importance: the code of a choice of kind LEVEL."),
        choice("region", "{t}.region", "The region: the code of a choice of kind REGION."),
        Field::new("isPooled", Type::Boolean, "({t}.owner_user_id is null)", "Whether the customer is in the public pool, that is, has no owner.")
            .filterable(),
        Field::new(
            "poolId",
            Type::Id("pool"),
            "{t}.pool_id",
            "The id of the public pool that the customer is in, or into which it falls from its owner unless the condition of a pool says otherwise.",
        ),
        Field::new("ownerId", Type::Id("user"), "{t}.owner_user_id", "The id of the owner; null in the pool.")
            .nullable()
            .filterable(),
        Field::new("ownedSince", Type::DateTime, "{t}.owned_since", "Since when the owner has the customer; null in the pool.")
            .nullable()
            .filterable(),
        Field::new(
            "poolEntryTime",
            Type::DateTime,
            "{t}.pool_entry_time",
            "When the customer came into the pool; null if it has an owner.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "protectedUntil",
            Type::DateTime,
            "{t}.protected_until",
            "Nobody may claim the customer before this time; null if it has an owner, or was not protected since it came into the pool.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "firstFollowUpTime",
            Type::DateTime,
            "{t}.first_followup_time",
            "The time of the first follow-up of the present owner since `ownedSince`; null if there is none.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "lastFollowUpTime",
            Type::DateTime,
            "{t}.last_followup_time",
            "The time of the last follow-up of the present owner since `ownedSince`; null if there is none.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "nextContactTime",
            Type::DateTime,
            "{t}.next_contact_at",
            "When the owner plans to contact the customer next: when the earliest open task of the owner about it is due; null if nothing is planned.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "isBlacklisted",
            Type::Boolean,
            "({t}.blacklisted_at is not null)",
            "Whether the customer is on the blacklist.",
        )
        .filterable(),
        rule::returns::field(),
        external_id::field(external_id::Kind::Customer),
        Field::new("blacklistReason", Type::Text, "{t}.blacklist_reason", "Why the customer is on the blacklist; null if it is not.").nullable(),
        Field::new(
            "isArchived",
            Type::Boolean,
            "({t}.archived_at is not null)",
            "Whether the customer is archived. Lists show archived customers only if their filter contains `isArchived`.",
        )
        .filterable(),
        Field::new("archivedAt", Type::DateTime, "{t}.archived_at", "Since when the customer is archived; null if it is not.").nullable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the customer was created.").filterable(),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When the customer last changed, including changes of the owner.")
            .filterable(),
        Field::new(
            "version",
            Type::Int,
            "{t}.version",
            "The version of the customer, raised by each edit (not by a change of owner). An update must give the version that it is based on.",
        ),
        Field::can(&ACTIONS),
    ])
    .edges([
        Edge::to_one("owner", "User", "{t}.id = {p}.owner_user_id", "The rep who owns the customer; null in the pool."),
        Edge::to_one(
            "createdBy",
            "User",
            "{t}.id = {p}.created_by",
            "The user who created the customer; null if you see the customer only through the pool.",
        )
        .beyond(POOL),
        Edge::to_one(
            "updatedBy",
            "User",
            "{t}.id = (select e.user_id from edit e where e.customer_id = {p}.id and e.contact_id is null and e.opportunity_id is null
                           and e.merged_from is null order by e.at desc, e.id desc limit 1)",
            "The user who made the latest edit of the customer; null if there is none, if the system made it, or if you see the customer only through the pool.",
        )
        .beyond(POOL),
        Edge::to_one("pool", "Pool", "{t}.id = {p}.pool_id", "The public pool of `poolId`; null if you may not see it."),
        Edge::part("claimability", "Claimability", "Whether you may claim the customer now, and if not, why and from when on."),
        Edge::pages(
            "contacts",
            "Contact",
            "{t}.customer_id = {p}.id",
            "The contacts at the customer. Archived contacts are shown only if the filter contains `isArchived`. The list is empty if you may not read contacts.",
        ),
        Edge::pages(
            "operations",
            "CustomerOperation",
            "{t}.customer_id = {p}.id",
            "The operation log of the customer, the latest entry first. It includes the entries of customers that were merged into this one.",
        ),
        Edge::pages(
            "opportunities",
            "Opportunity",
            "{t}.customer_id = {p}.id",
            "The opportunities of the customer, the latest first. Archived ones are shown only if the filter contains `isArchived`.",
        ),
        Edge::pages("followUps", "FollowUp", "{t}.customer_id = {p}.id", "The follow-ups of the customer, the latest first."),
        Edge::pages(
            "tasks",
            "Task",
            "{t}.customer_id = {p}.id",
            "The open tasks about the customer, its opportunities and its orders, the earliest due first. Tasks that ended are shown only if the filter contains `status`.",
        ),
        Edge::pages("orders", "Order", "{t}.customer_id = {p}.id", "The orders of the customer, the latest first."),
        Edge::pages("feedback", "Feedback", "{t}.customer_id = {p}.id", "The feedback of the customer on its orders, the latest first."),
        Edge::pages(
            "edits",
            "CustomerEdit",
            "{t}.customer_id = {p}.id and {t}.contact_id is null and {t}.opportunity_id is null",
            "The edits of the customer and its extras, the latest first. It includes those of customers that were merged into this one, and is empty if you see the customer only through the pool.",
        )
        .guarded_beyond("true", READ, POOL)
        .guarded(edit::OF_PERSONAL_EXTRA, contact::READ),
        enquiry::edge(),
        timeline::edge(),
        rule::returns::edge(),
        Edge::few(
            "extras",
            "Extra",
            "{t}.customer_id = {p}.id",
            "f.position, {t}.key",
            "The values of the extra fields that this installation defines.",
        )
        .guarded("f.personal", contact::READ),
    ])
    .filters([
        Filter {
            name: "contactPhone",
            doc: "Customers with a contact that has exactly this phone number. Only customers match whose contact details you may read or reveal. A number that you may only reveal counts against `maxRevealsPerDay` (`REVEAL_LIMIT_REACHED`), once a day.",
            ty: "String",
            sql: |scope, value| {
                let country = scope.directory().settings.phone_country;
                let key = contact::phone_key(value.as_str().unwrap_or_default(), country);
                of_contact(scope, contact::look_up::PHONE, "k.phone_keys", key)
            },
            of_others: true,
        },
        Filter {
            name: "contactEmail",
            doc: "Customers with a contact that has exactly this e-mail address. Only customers match whose contact details you may read or reveal. An address that you may only reveal counts against `maxRevealsPerDay` (`REVEAL_LIMIT_REACHED`), once a day.",
            ty: "String",
            sql: |scope, value| {
                of_contact(scope, contact::look_up::EMAIL, "k.email_keys", contact::email_key(value.as_str().unwrap_or_default()))
            },
            of_others: true,
        },
        Filter {
            name: "poolId",
            doc: "Customers of the public pool with this id: in it, or owned and going to fall into it.",
            ty: "IDFilter",
            sql: |scope, value| {
                let column = scope.render("{t}.pool_id");
                scope.compared(Type::Id(id::Pool::PREFIX), "poolId", &column, value)
            },
            of_others: false,
        },
        extra::filter(),
        followup::due(),
        rule::filter(),
        rule::returns::filter(),
    ])
    .orders(orders())
    .canonical_id("coalesce((select m.merged_into from customer m where m.id = {id}), {id})")
    .shown_unless_asked("isArchived", "{t}.archived_at is null")
}

/// The filter by a contact detail. It matches only customers whose contacts the viewer may read, and whose contact
/// details the viewer may read or reveal. Who reveals details could guess them by it, so it is counted.
fn of_contact(scope: &mut FilterScope<'_, '_>, kind: &'static str, keys: &str, key: String) -> Result<String, Error> {
    if scope.has(contact::REVEAL) {
        scope.look_up(kind, &key);
    }
    let may_read_contacts = scope.holds(contact::READ);
    let (may_read, may_reveal) = (scope.holds(contact::READ_DETAILS), scope.holds(contact::REVEAL));
    let key = scope.bind(Arg::Texts(vec![crate::kernel::read::text_of(&key)?]));
    let of = scope.render("k.customer_id = {t}.id");
    Ok(format!(
        "({may_read_contacts} and ({may_read} or {may_reveal}) and exists (select from contact k where {of} and k.archived_at is null and {keys} @> {key}))"
    ))
}

fn orders() -> Vec<Order> {
    vec![
        Order {
            name: "CREATED_AT",
            doc: "When the customer was created.",
            key: "{t}.created_at",
            ty: Type::DateTime,
            newest_first: true,
        },
        Order {
            name: "NAME",
            doc: "The name, compared by code points.",
            key: "{t}.name",
            ty: Type::Text,
            newest_first: false,
        },
    ]
}

fn owned_orders() -> Vec<Order> {
    [orders(), vec![rule::returns::order()]].concat()
}

fn search() -> Filter {
    Filter {
        name: "search",
        doc: "Customers whose name contains this text of 1 to 100 characters, regardless of case and width. A single character must be the first one of the name.",
        ty: "String",
        sql: |scope, value| name_contains(scope, "{t}.name_fold", "{t}.name_bigrams", value),
        of_others: false,
    }
}

/// The root fields of customers.
pub fn roots() -> Vec<Root> {
    let mut pool_orders = vec![Order {
        name: "POOL_ENTRY_TIME",
        doc: "When the customer came into the pool.",
        key: "{t}.pool_entry_time",
        ty: Type::DateTime,
        newest_first: true,
    }];
    pool_orders.extend(orders());
    vec![
        Root {
            name: "customers",
            doc: "All customers that you may see: your own, those of your team, and those in the pool. Archived customers are shown only if the filter contains `isArchived`.",
            kind: RootKind::List(List {
                of: "Customer",
                on: "{t}.merged_into is null",
                through: None,
                order_type: "CustomerOrder",
                orders: orders(),
                search: Some(search()),
                live_connection: None,
            }),
        },
        Root {
            name: "publicPool",
            doc: "The public pools of which you are a member, or all of them if your roles permit it: all customers without an owner that are neither blacklisted nor archived. Customers that are still protected are included.",
            kind: RootKind::List(List {
                of: "Customer",
                on: "{t}.owner_user_id is null and {t}.blacklisted_at is null and {t}.archived_at is null",
                through: Some(POOL_SCOPES),
                order_type: "PublicPoolOrder",
                orders: pool_orders,
                search: Some(search()),
                live_connection: Some("PublicPoolConnection"),
            }),
        },
        Root {
            name: "teamCustomers",
            doc: "The customers of the users who report to you, directly or through others; if you may see all customers, those of everybody. You can filter by owner, level or industry, or by a `condition` as pool rules have it, for example on days without a follow-up, or on orders. `releaseTeamCustomers` releases the customers that match a filter.",
            kind: RootKind::List(List {
                of: "Customer",
                on: "{t}.owner_user_id is not null",
                through: Some(TEAM_SCOPES),
                order_type: "OwnedCustomerOrder",
                orders: owned_orders(),
                search: Some(search()),
                live_connection: None,
            }),
        },
        Root {
            name: "myCustomers",
            doc: "The customers that you own (私海).",
            kind: RootKind::List(List {
                of: "Customer",
                on: "true",
                through: Some(&[Scope::Own]),
                order_type: "OwnedCustomerOrder",
                orders: owned_orders(),
                search: Some(search()),
                live_connection: None,
            }),
        },
        Root {
            name: "customer",
            doc: "The customer with this id; null if there is none, or you may not see it. The id of a merged customer leads to the customer that it was merged into.",
            kind: RootKind::ById("Customer"),
        },
    ]
}

/// The values and SQL for the names in braces that the descriptions of customers contain.
pub const PLACEHOLDERS: Placeholders = Placeholders {
    value: |viewpoint, placeholder| match placeholder {
        Placeholder { name: "runs", of: Some(rule) } => rule::returns::runs(viewpoint, rule),
        Placeholder { name, .. } => claimability::value(viewpoint, name),
    },
    sql: |maker, name| match name {
        "returns" => rule::returns::sql(maker),
        "not_a_member" => claimability::not_a_member(maker),
        "claims_reached" => claimability::claims_reached(maker),
        "owned_reached" => claimability::owned_reached(maker),
        _ => unreachable!("no description names {name}"),
    },
};
