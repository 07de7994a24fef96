//! How customers are read, and the claimability that each shows its viewer.

use super::team::TEAM_SCOPES;
use crate::crm::{contact, extra, followup, rule, timeline};
use crate::kernel::access::{Action, Permission, Resource, Scope};
use crate::kernel::error::Error;
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough,
};
use crate::kernel::read::{FilterScope, Placeholder, Placeholders, Viewpoint};
use crate::kernel::sql::Arg;

/// To read customers.
pub const READ: Permission = Permission::to(Action::Read, Resource::Customer);
/// The scopes that can reach a customer in the pool.
pub(super) const POOL_SCOPES: &[Scope] =
    &[Scope::Pool, Scope::PoolAll, Scope::Entered, Scope::EnteredPooled, Scope::Ordered, Scope::All];

static REFUSAL: Enum = Enum {
    name: "ClaimRefusal",
    doc: "Why a customer can't be claimed by you now.",
    values: &[
        ("NOT_PERMITTED", "Your roles do not claim customers."),
        ("ALREADY_OWNED", "It has an owner."),
        ("ARCHIVED", "It is archived."),
        ("BLACKLISTED", "It is on the blacklist."),
        ("PROTECTED", "It rests in the pool."),
        ("CLAIM_LIMIT_REACHED", "You have claimed as many as one may in a day."),
        ("HOLDING_LIMIT_REACHED", "You own as many as one may and still claim."),
        ("PREVIOUS_OWNER_COOLDOWN", "You owned it not long ago."),
    ],
};

/// What a customer is to readers.
pub fn describe() -> Entity {
    let choice = |name, sql, doc| Field::new(name, Type::Text, sql, doc).nullable().filterable();
    Entity::node(
        "Customer",
        "customer",
        "A company that we sell to, or want to. It has one owner, or is in the public pool.",
        "customer {t}",
        READ,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new("name", Type::Text, "{t}.name", "The company's name.").filterable(),
        Field::new("creditCode", Type::Text, "{t}.credit_code", "Unified social credit code (统一社会信用代码).")
            .nullable()
            .filterable(),
        Field::new("source", Type::Text, "{t}.source", "Where it came from: the code of a `choice` of kind SOURCE.")
            .filterable(),
        Field::new("sourceDetail", Type::Text, "{t}.source_detail", "More about where it came from.").nullable(),
        choice("industry", "{t}.industry", "What it does: the code of a `choice` of kind INDUSTRY."),
        choice("size", "{t}.size", "How many people it has: the code of a `choice` of kind SIZE."),
        choice("level", "{t}.level", "How important it is: the code of a `choice` of kind LEVEL."),
        choice("region", "{t}.region", "Where it is: the code of a `choice` of kind REGION."),
        Field::new("isPooled", Type::Boolean, "({t}.owner_user_id is null)", "Whether it is in the public pool.")
            .filterable(),
        Field::new("ownerId", Type::Id("user"), "{t}.owner_user_id", "The id of its owner; null in the pool.")
            .nullable()
            .filterable(),
        Field::new("ownedSince", Type::DateTime, "{t}.owned_since", "Since when the owner has it; null in the pool.")
            .nullable()
            .filterable(),
        Field::new(
            "poolEntryTime",
            Type::DateTime,
            "{t}.pool_entry_time",
            "When it came into the pool; null when owned.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "protectedUntil",
            Type::DateTime,
            "{t}.protected_until",
            "Nobody may claim it before this; null when owned, or never protected in this stay in the pool.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "firstFollowUpTime",
            Type::DateTime,
            "{t}.first_followup_time",
            "The first follow-up of the present ownership.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "lastFollowUpTime",
            Type::DateTime,
            "{t}.last_followup_time",
            "The last follow-up of the present ownership.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "nextContactTime",
            Type::DateTime,
            "{t}.next_contact_at",
            "When the owner means to talk to it next, by the latest follow-up of the present ownership.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "isBlacklisted",
            Type::Boolean,
            "({t}.blacklisted_at is not null)",
            "Whether it is on the blacklist.",
        )
        .filterable(),
        rule::returns::field(),
        Field::new("blacklistReason", Type::Text, "{t}.blacklist_reason", "Why it is on the blacklist.").nullable(),
        Field::new(
            "isArchived",
            Type::Boolean,
            "({t}.archived_at is not null)",
            "Whether it is archived. Lists show archived customers only where their filter asks about this.",
        )
        .filterable(),
        Field::new("archivedAt", Type::DateTime, "{t}.archived_at", "Since when it is archived.").nullable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When it was entered.").filterable(),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When it last changed, the owner included.")
            .filterable(),
        Field::new(
            "version",
            Type::Int,
            "{t}.version",
            "Counts the edits (not changes of owner); an update says which one it saw.",
        ),
    ])
    .edges([
        Edge::to_one("owner", "User", "{t}.id = {p}.owner_user_id", "The rep who has it; null in the pool."),
        Edge::to_one("createdBy", "User", "{t}.id = {p}.created_by", "Who entered it."),
        Edge::part("claimability", "Claimability", "Whether you may claim it, now or when."),
        Edge::pages(
            "contacts",
            "Contact",
            "{t}.customer_id = {p}.id",
            "The people there; archived ones only where the filter asks about `isArchived`; none for those who may not read contacts.",
        ),
        Edge::pages(
            "operations",
            "CustomerOperation",
            "{t}.customer_id = {p}.id",
            "Who had it and when, the latest first; those that were merged into it, too.",
        ),
        Edge::pages(
            "opportunities",
            "Opportunity",
            "{t}.customer_id = {p}.id",
            "What it may buy, and what it once wanted, the latest first; archived ones only where the filter asks about `isArchived`.",
        ),
        Edge::pages("followUps", "FollowUp", "{t}.customer_id = {p}.id", "What was said with it, the latest first."),
        Edge::pages("orders", "Order", "{t}.customer_id = {p}.id", "What it bought, the latest first."),
        Edge::pages("feedback", "Feedback", "{t}.customer_id = {p}.id", "What it said of orders, the latest first."),
        timeline::edge(),
        rule::returns::edge(),
        Edge::few(
            "extras",
            "Extra",
            "{t}.customer_id = {p}.id",
            "f.position, {t}.key",
            "The fields that this installation adds.",
        )
        .guarded("f.personal", contact::READ),
    ])
    .filters([
        Filter {
            name: "contactPhone",
            doc: "Customers with a contact of exactly this phone number, where you may read or reveal the details.",
            ty: "String",
            sql: |scope, value| {
                of_contact(scope, "k.phone_keys", contact::phone_key(value.as_str().unwrap_or_default()))
            },
            of_others: true,
        },
        Filter {
            name: "contactEmail",
            doc: "Customers with a contact of exactly this e-mail address, where you may read or reveal the details.",
            ty: "String",
            sql: |scope, value| {
                of_contact(scope, "k.email_keys", contact::email_key(value.as_str().unwrap_or_default()))
            },
            of_others: true,
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

/// Whoever does not see a contact does not reveal it either: its details find nothing.
fn of_contact(scope: &mut FilterScope<'_, '_>, keys: &str, key: String) -> Result<String, Error> {
    let sees = scope.holds(contact::READ);
    let (may_read, may_reveal) = (scope.holds(contact::READ_DETAILS), scope.holds(contact::reveal::REVEAL));
    let key = scope.bind(Arg::Texts(vec![crate::kernel::read::text_of(&key)?]));
    let of = scope.render("k.customer_id = {t}.id");
    Ok(format!(
        "({sees} and ({may_read} or {may_reveal}) and exists (select from contact k where {of} and k.archived_at is null and {keys} @> {key}))"
    ))
}

fn orders() -> Vec<Order> {
    vec![
        Order {
            name: "CREATED_AT",
            doc: "When it was entered.",
            key: "{t}.created_at",
            ty: Type::DateTime,
            newest_first: true,
        },
        Order { name: "NAME", doc: "The name, by code point.", key: "{t}.name", ty: Type::Text, newest_first: false },
    ]
}

fn owned_orders() -> Vec<Order> {
    [orders(), vec![rule::returns::order()]].concat()
}

fn search() -> Filter {
    Filter {
        name: "search",
        doc: "A part of the name, in any case and width; one character is taken as its beginning.",
        ty: "String",
        sql: |scope, value| {
            let text = value.as_str().unwrap_or_default().trim().to_owned();
            let length = text.chars().count();
            if !(1..=100).contains(&length) {
                return Err(Error::bad_input("`search` takes 1 to 100 characters", "`search` 需要 1 到 100 个字符"));
            }
            let text = scope.bind(Arg::Text(crate::kernel::read::text_of(&text)?));
            if length == 1 {
                return Ok(format!("{} ^@ fold({text})", scope.render("{t}.name_fold")));
            }
            let (bigrams, name) = (scope.render("{t}.name_bigrams"), scope.render("{t}.name_fold"));
            Ok(format!("({bigrams} @> bigrams(fold({text})) and position(fold({text}) in {name}) > 0)"))
        },
        of_others: false,
    }
}

/// The lists of customers at the top.
pub fn roots() -> Vec<Root> {
    let mut pool_orders = vec![Order {
        name: "POOL_ENTRY_TIME",
        doc: "When it came into the pool.",
        key: "{t}.pool_entry_time",
        ty: Type::DateTime,
        newest_first: true,
    }];
    pool_orders.extend(orders());
    vec![
        Root {
            name: "customers",
            doc: "The customers that you may see: your own, your team's, and the pool's; archived ones only where the filter asks about `isArchived`.",
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
            doc: "The public pool: customers without an owner that are neither blacklisted nor archived, protected ones included.",
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
            doc: "The customers of those who answer to you, at any depth; of everybody for those who see all. Filter by rep, level, industry, or by a `condition` on idle days, orders and all else that pool rules ask; `releaseTeamCustomers` takes back what a filter shows.",
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
            doc: "One customer; null when there is none or you may not see it.",
            kind: RootKind::ById("Customer"),
        },
    ]
}

/// Whether the viewer may claim a customer: the same ordered list of conditions as [`super::pool::refusals`], as SQL.
/// The two are held equal by a test.
pub fn describe_claimability() -> Entity {
    Entity::part(
        "Claimability",
        "Whether you may claim a customer, and if not, why and from when on.",
        "(select r.reasons, case when cardinality(r.reasons) > 0
                     and not r.reasons && array['NOT_PERMITTED', 'ALREADY_OWNED', 'ARCHIVED', 'BLACKLISTED', 'HOLDING_LIMIT_REACHED']
                     then greatest(r.protected_until, r.next_day, r.cooled_at) end as claimable_at
          from (select array_remove(array[
                           case when not {may_claim} then 'NOT_PERMITTED' end,
                           case when {p}.owner_user_id is not null then 'ALREADY_OWNED' end,
                           case when {p}.archived_at is not null then 'ARCHIVED' end,
                           case when {p}.blacklisted_at is not null then 'BLACKLISTED' end,
                           case when {p}.protected_until > {now} then 'PROTECTED' end,
                           case when l.claims then 'CLAIM_LIMIT_REACHED' end,
                           case when l.holding then 'HOLDING_LIMIT_REACHED' end,
                           case when l.cooled_at is not null then 'PREVIOUS_OWNER_COOLDOWN' end], null) as reasons,
                       case when {p}.protected_until > {now} then {p}.protected_until end as protected_until,
                       case when l.claims then {day_end} end as next_day,
                       l.cooled_at
                from (select {max_claims}::bigint is not null and (select count(*) from customer_operation_log o
                                 where o.operator_user_id = {me} and o.type = 'CLAIM' and o.at >= {day_start}) >= {max_claims} as claims,
                             {max_owned}::bigint is not null and (select count(*) from customer h
                                 where h.owner_user_id = {me} and h.archived_at is null) >= {max_owned} as holding,
                             (select max(o.at) + {cooldown_seconds}::bigint * interval '1 second' from customer_operation_log o
                                 where o.customer_id = {p}.id and o.merged_from is null and o.previous_owner_user_id = {me}
                                     and o.new_owner_user_id is distinct from {me} and o.at > {cooldown_since}) as cooled_at) l) r) {t}",
    )
    .fields([
        Field::new("claimable", Type::Boolean, "(cardinality({t}.reasons) = 0)", "Whether you may claim it now."),
        Field::new(
            "claimableAt",
            Type::DateTime,
            "{t}.claimable_at",
            "From when on you may, where that can be told; null when you may now, or when more than time stands in the way.",
        )
        .nullable(),
        Field::new("reasons", Type::Enums(&REFUSAL), "{t}.reasons", "Why not now; empty when you may."),
    ])
}

/// What descriptions name in braces.
pub const PLACEHOLDERS: Placeholders = Placeholders {
    value: |viewpoint, placeholder| match placeholder {
        Placeholder { name: "runs", of: Some(rule) } => rule::returns::runs(viewpoint, rule),
        Placeholder { name, .. } => claim_placeholder(viewpoint, name),
    },
    sql: |maker, name| match name {
        "returns" => rule::returns::sql(maker),
        _ => unreachable!("no description names {name}"),
    },
};

/// The values that claimability names, and filters by the day.
fn claim_placeholder(viewpoint: &Viewpoint, name: &str) -> Arg {
    let settings = &viewpoint.directory.settings;
    let (day_start, day_end) = settings.day_around(viewpoint.now);
    let cooldown = settings.previous_owner_cooldown;
    match name {
        "may_claim" => Arg::Bool(!viewpoint.rights.scopes(super::pool::CLAIM).is_empty()),
        "day_start" => Arg::Time(Some(day_start)),
        "day_end" => Arg::Time(Some(day_end)),
        "max_claims" => Arg::Int(settings.max_claims_per_day.map(i64::from)),
        "max_owned" => Arg::Int(settings.max_owned_customers.map(i64::from)),
        "cooldown_seconds" => Arg::Int(cooldown.map(|cooldown| cooldown.num_seconds())),
        "cooldown_since" => Arg::Time(cooldown.map(|cooldown| viewpoint.now - cooldown)),
        _ => unreachable!("no description names {name}"),
    }
}
