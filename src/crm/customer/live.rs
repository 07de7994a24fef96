//! How the public pool is followed: each change of it is an event, told to those who may read the customer in the pool.

use super::read::{POOL_SCOPES, READ};
use crate::kernel::read::describe::{Changes, Edge, Entity, Enum, Feed, Field, Type};

static KIND: Enum = Enum {
    name: "PoolEventKind",
    doc: "What happened in the public pool.",
    values: &[
        ("ENTERED", "A customer came into the pool, or into what the filter asks for."),
        ("BECAME_CLAIMABLE", "The protection of a customer ended: it may be claimed from this instant on."),
        ("LEFT", "A customer left the pool, or what the filter asks for. Carries its id alone."),
        (
            "CHANGED",
            "What a customer shows in the pool has changed, `protectedUntil` and extras included; not its contacts.",
        ),
        ("REFRESH", "So much happened that reading the pool again is quicker: what lies before `cursor` was left out."),
    ],
};

static CAUSE: Enum = Enum {
    name: "PoolEventCause",
    doc: "Why it happened.",
    values: &[
        ("MANUAL", "Its owner released it."),
        ("MANAGER", "A superior or an administrator took it from its owner."),
        ("DEPARTURE", "Its owner left the company."),
        ("RULE", "A pool rule took it from its owner."),
        ("UNDO", "It had been assigned, and that was undone."),
        ("CREATED", "It was entered into the pool."),
        ("UNBLACKLISTED", "It was taken off the blacklist."),
        ("RESTORED", "It was restored from the archive."),
        ("EDITED", "Somebody edited it."),
        ("PROTECTION_PERIOD", "The protection period was changed."),
        ("PROTECTION_ENDED", "Its protection ended."),
        (
            "FILTER",
            "It is in the pool as before, and a change brought it into what the filter asks for, or what you may see.",
        ),
    ],
};

/// What happened in the pool, to those who watch it.
pub fn describe_event() -> Entity {
    Entity::part(
        "PoolEvent",
        "Something that happened in the public pool. `kind`, `cause`, `occurredAt` and `protectedUntil` are as of the event, \
         `customer` is as of now.",
        "(select) {t}",
    )
    .fields([
        Field::new("cursor", Type::Text, "'event_' || {t}.position", "The place of the event in the log: resume `after` it."),
        Field::new("kind", Type::Enum(&KIND), "{t}.kind", "What happened."),
        Field::new("cause", Type::Enum(&CAUSE), "{t}.cause", "Why; null for LEFT and REFRESH.").nullable(),
        Field::new("occurredAt", Type::DateTime, "{t}.occurred_at", "When it happened."),
        Field::new(
            "protectedUntil",
            Type::DateTime,
            "{t}.protected_until",
            "Nobody may claim the customer before this; null when it was not protected, and for LEFT and REFRESH.",
        )
        .nullable(),
        Field::new("customerId", Type::Id("customer"), "{t}.customer_id", "To which customer; null for REFRESH.").nullable(),
        Field::new("count", Type::Int, "{t}.count", "How many events of the whole pool REFRESH stands for, whatever the filter; null for the others.").nullable(),
    ])
    .edges([Edge::to_one(
        "customer",
        "Customer",
        "{t}.id = {p}.customer_id and {p}.kind <> 'LEFT' and {t}.owner_user_id is null and {t}.blacklisted_at is null \
         and {t}.archived_at is null",
        "The customer as it is now, as the pool shows it; null for LEFT, for REFRESH, and when it has left the pool since.",
    )])
}

/// The public pool, live.
pub fn feed() -> Feed {
    Feed {
        name: "poolChanged",
        doc: "What happens in the public pool from now on, or behind a cursor: each event once, in order. `filter` is that of \
              `publicPool`, without `contactPhone`, `contactEmail` and `extras`; what comes into it is ENTERED, what goes out of it LEFT.",
        of: "PoolEvent",
        read: READ,
        events: "select e.position, e.customer_id, e.occurred_at,
                        case when e.kind = 'BECAME_CLAIMABLE' then e.kind when not e.was_in then 'ENTERED'
                             when not e.is_in then 'LEFT' else 'CHANGED' end as kind,
                        case when not e.is_in then null when not e.was_in and e.before is not null then 'FILTER' else e.cause end as cause,
                        case when e.is_in then (e.after ->> 'protected_until')::timestamptz end as protected_until,
                        null::bigint as count
                 from (select e.*, {was_in} as was_in, {is_in} as is_in
                       from event e
                       left join lateral jsonb_populate_record(null::customer, e.before) b on true
                       left join lateral jsonb_populate_record(null::customer, e.after) a on true
                       where e.topic = 'POOL' and e.position > {after} and e.position <= {upto}) e
                 where e.was_in or e.is_in",
        changes: Some(Changes {
            of: "Customer",
            images: ["b", "a"],
            through: POOL_SCOPES,
            refresh: "select {upto}::bigint as position, null::uuid as customer_id, {now}::timestamptz as occurred_at,
                             'REFRESH' as kind, null::text as cause, null::timestamptz as protected_until,
                             (select count(*) from event e
                              where e.topic = 'POOL' and e.position > {after} and e.position <= {upto}) as count",
        }),
    }
}
