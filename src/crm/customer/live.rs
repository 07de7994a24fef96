//! The live feed of the public pool: each change of the pool is an event, delivered to those who may read the customer
//! there.

use super::model::{POOL_SCOPES, READ};
use crate::kernel::read::describe::{Changes, Edge, Entity, Enum, Feed, Field, Type};

static KIND: Enum = Enum {
    name: "PoolEventKind",
    doc: "What happened in the public pool.",
    values: &[
        ("ENTERED", "A customer came into the pool, or matches the filter now."),
        ("BECAME_CLAIMABLE", "The protection of a customer ended. It may be claimed from this instant on."),
        (
            "LEFT",
            "A customer left the pool, or does not match the filter any more. The event carries only `customerId`.",
        ),
        (
            "CHANGED",
            "A customer changed in a way that the pool shows, including `protectedUntil` and extras. Changes of its contacts are no event.",
        ),
        (
            "REFRESH",
            "Too many events have happened, or the database was restored: all events up to `cursor` were left out. Read the pool again.",
        ),
    ],
};

static CAUSE: Enum = Enum {
    name: "PoolEventCause",
    doc: "Why an event of the public pool happened.",
    values: &[
        ("MANUAL", "The owner released the customer."),
        ("MANAGER", "A superior or an administrator took the customer from its owner."),
        ("DEPARTURE", "The owner left the company."),
        ("RULE", "A pool rule took the customer from its owner."),
        ("UNDO", "The customer had been assigned to a rep, and this was undone."),
        ("CREATED", "The customer was created in the pool."),
        ("UNBLACKLISTED", "The customer was taken off the blacklist."),
        ("RESTORED", "The customer was restored from the archive."),
        ("EDITED", "Somebody edited the customer."),
        ("MOVED", "The customer was moved to another pool."),
        ("PROTECTION_PERIOD", "The protection period of the settings or of the pool, or the calendar, was changed."),
        ("PROTECTION_ENDED", "The protection of the customer ended."),
        ("FILTER", "The customer was in the pool before. After a change it matches the filter, or you may see it."),
    ],
};

/// Describes the events of the pool to the API.
pub fn describe_event() -> Entity {
    Entity::part(
        "PoolEvent",
        "Something that happened in the public pools that you see. `kind`, `cause`, `occurredAt` and `protectedUntil` show the state \
         at the time of the event; `customer` shows the present state.",
        "(select) {t}",
    )
    .fields([
        Field::new("cursor", Type::Text, "'event_' || (select epoch from installation) || '_' || {t}.position", "The position of the event in the log. Pass it as `after` to resume behind this event."),
        Field::new("kind", Type::Enum(&KIND), "{t}.kind", "What happened."),
        Field::new("cause", Type::Enum(&CAUSE), "{t}.cause", "Why it happened; null for LEFT and REFRESH.").nullable(),
        Field::new("occurredAt", Type::DateTime, "{t}.occurred_at", "When it happened."),
        Field::new(
            "protectedUntil",
            Type::DateTime,
            "{t}.protected_until",
            "Nobody may claim the customer before this time; null if the customer was not protected, and for LEFT and REFRESH.",
        )
        .nullable(),
        Field::new("customerId", Type::Id("customer"), "{t}.customer_id", "The id of the customer; null for REFRESH.").nullable(),
        Field::new("count", Type::Int, "{t}.count", "The number of events of the whole pool, regardless of the filter, that REFRESH stands for, 0 after a restore of the database; null for other kinds.").nullable(),
    ])
    .edges([Edge::to_one(
        "customer",
        "Customer",
        "{t}.id = {p}.customer_id and {p}.kind <> 'LEFT' and {t}.owner_user_id is null and {t}.blacklisted_at is null \
         and {t}.archived_at is null",
        "The customer as the pool shows it now; null for LEFT and REFRESH, and if the customer has left the pool since the event.",
    )])
}

/// Describes the subscription to the public pool.
pub fn feed() -> Feed {
    Feed {
        name: "poolChanged",
        doc: "Delivers the events of the public pools that you see, from now on or behind a cursor. Each event comes once, in order. `filter` has the \
              fields of the filter of `publicPool` except `contactPhone`, `contactEmail` and `extras`. A customer that matches the \
              filter from now on is ENTERED, one that does not match any more is LEFT.",
        of: "PoolEvent",
        read: READ,
        events: "select e.position, e.customer_id, e.occurred_at,
                        case when e.kind = 'BECAME_CLAIMABLE' then e.kind when not e.was_in then 'ENTERED'
                             when not e.is_in then 'LEFT' else 'CHANGED' end as kind,
                        case when not e.is_in then null when e.cause <> 'MOVED' and not e.was_in and e.before is not null then 'FILTER' else e.cause end as cause,
                        case when e.is_in then (e.after ->> 'protected_until')::timestamptz end as protected_until,
                        null::bigint as count
                 from (select e.*, {was_in} as was_in, {is_in} as is_in
                       from event e
                       left join lateral jsonb_populate_record(null::customer, pool_of_image() || e.before) b on true
                       left join lateral jsonb_populate_record(null::customer, pool_of_image() || e.after) a on true
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
