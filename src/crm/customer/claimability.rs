//! Describes the claimability that each customer shows its viewer.

use super::model::CLAIM;
use crate::kernel::id::DEFAULT_POOL;
use crate::kernel::read::describe::{Entity, Enum, Field, Type};
use crate::kernel::read::{Maker, Placeholder, Viewpoint};
use crate::kernel::sql::Arg;

static REFUSAL: Enum = Enum {
    name: "ClaimRefusal",
    doc: "Why you can't claim a customer now.",
    values: &[
        ("NOT_PERMITTED", "Your roles do not allow you to claim customers."),
        ("ALREADY_OWNED", "The customer has an owner."),
        ("NOT_A_MEMBER", "The customer belongs to a public pool of which you are not a member."),
        ("ARCHIVED", "The customer is archived."),
        ("BLACKLISTED", "The customer is on the blacklist."),
        ("PROTECTED", "The customer is protected until `protectedUntil`."),
        (
            "CLAIM_LIMIT_REACHED",
            "You have reached the limit of claims in a day (`maxClaimsPerDay` of the pool or the settings).",
        ),
        (
            "HOLDING_LIMIT_REACHED",
            "You have reached the limit of owned customers (`maxOwnedCustomers` of the pool or the settings).",
        ),
        ("PREVIOUS_OWNER_COOLDOWN", "You owned the customer recently (`previousOwnerCooldown` of the settings)."),
    ],
};

/// Describes whether the viewer may claim a customer. The SQL gives the same reasons in the same order as
/// [`super::pool::refusals`]; a test compares the two.
pub fn describe() -> Entity {
    Entity::part(
        "Claimability",
        "Whether you may claim a customer now, and if not, why and from when on.",
        "(select r.reasons, case when cardinality(r.reasons) > 0
                     and not r.reasons && array['NOT_PERMITTED', 'ALREADY_OWNED', 'NOT_A_MEMBER', 'ARCHIVED', 'BLACKLISTED', 'HOLDING_LIMIT_REACHED']
                     then greatest(r.protected_until, r.next_day, r.cooled_at) end as claimable_at
          from (select array_remove(array[
                           case when not {may_claim} then 'NOT_PERMITTED' end,
                           case when {p}.owner_user_id is not null then 'ALREADY_OWNED' end,
                           {not_a_member of p}case when {p}.archived_at is not null then 'ARCHIVED' end,
                           case when {p}.blacklisted_at is not null then 'BLACKLISTED' end,
                           case when {p}.protected_until > {now} then 'PROTECTED' end,
                           case when l.claims then 'CLAIM_LIMIT_REACHED' end,
                           case when l.holding then 'HOLDING_LIMIT_REACHED' end,
                           case when l.cooled_at is not null then 'PREVIOUS_OWNER_COOLDOWN' end], null) as reasons,
                       case when {p}.protected_until > {now} then {p}.protected_until end as protected_until,
                       case when l.claims then {day_end} end as next_day,
                       l.cooled_at
                from (select {claims_reached of p} as claims,
                             {owned_reached of p} as holding,
                             (select max(o.at) + {cooldown_seconds}::bigint * interval '1 second' from customer_operation_log o
                                 where o.customer_id = {p}.id and o.merged_from is null and o.previous_owner_user_id = {me}
                                     and o.new_owner_user_id is distinct from {me} and o.at > {cooldown_since}) as cooled_at) l) r) {t}",
    )
    .fields([
        Field::new("claimable", Type::Boolean, "(cardinality({t}.reasons) = 0)", "Whether you may claim the customer now."),
        Field::new(
            "claimableAt",
            Type::DateTime,
            "{t}.claimable_at",
            "From when on you may claim the customer; null if you may claim it now, or if a reason remains that does not end by itself.",
        )
        .nullable(),
        Field::new("reasons", Type::Enums(&REFUSAL), "{t}.reasons", "Why you can't claim the customer now; empty if you can."),
    ])
}

/// One of the reasons, with the comma behind it, where there are several pools: the viewer is not a member of that of the customer.
pub fn not_a_member(maker: &mut Maker<'_, '_>) -> String {
    if !maker.directory().pools.are_several() {
        return String::new();
    }
    let (customer, pools) = (maker.row().to_owned(), maker.bind(Arg::Pools));
    format!("case when not ({customer}.pool_id = any({pools})) then 'NOT_A_MEMBER' end, ")
}

/// SQL: whether the viewer has reached the limit of claims in a day that the pool of the customer has. That of the settings counts the
/// claims from all pools without a limit of their own.
pub fn claims_reached(maker: &mut Maker<'_, '_>) -> String {
    let [me, max, day_start] = [maker.bind(Arg::Me), value_of(maker, "max_claims"), value_of(maker, "day_start")];
    let claims = format!("o.operator_user_id = {me} and o.type = 'CLAIM' and o.at >= {day_start}");
    if !maker.directory().pools.have_limits() {
        return format!(
            "{max}::bigint is not null and (select count(*) from customer_operation_log o
                                 where {claims}) >= {max}"
        );
    }
    let (customer, default) = (maker.row().to_owned(), maker.bind(Arg::Uuid(DEFAULT_POOL.uuid())));
    format!(
        "exists (select from pool w where w.id = {customer}.pool_id and coalesce(w.max_claims_per_day, {max}) <= (
             select count(*) from customer_operation_log o join pool k on k.id = coalesce(o.pool_id, {default})
             where {claims} and case when w.max_claims_per_day is null then k.max_claims_per_day is null else k.id = w.id end))"
    )
}

/// SQL: whether the viewer has reached the limit of owned customers that the pool of the customer has. That of the settings counts the
/// customers of all pools without a limit of their own.
pub fn owned_reached(maker: &mut Maker<'_, '_>) -> String {
    let [me, max] = [maker.bind(Arg::Me), value_of(maker, "max_owned")];
    let owned = format!("h.owner_user_id = {me} and h.archived_at is null");
    if !maker.directory().pools.have_limits() {
        return format!(
            "{max}::bigint is not null and (select count(*) from customer h
                                 where {owned}) >= {max}"
        );
    }
    let customer = maker.row().to_owned();
    format!(
        "exists (select from pool w where w.id = {customer}.pool_id and coalesce(w.max_owned_customers, {max}) <= (
             select count(*) from customer h join pool k on k.id = h.pool_id
             where {owned} and case when w.max_owned_customers is null then k.max_owned_customers is null else k.id = w.id end))"
    )
}

fn value_of(maker: &mut Maker<'_, '_>, name: &'static str) -> String {
    maker.placeholder(Placeholder { name, of: None })
}

/// The values for claimability, and for filters by the present business day.
pub fn value(viewpoint: &Viewpoint, name: &str) -> Arg {
    let settings = &viewpoint.directory.settings;
    let (day_start, day_end) = settings.day_around(viewpoint.now);
    let cooldown = settings.previous_owner_cooldown;
    match name {
        "may_claim" => Arg::Bool(!viewpoint.rights.scopes(CLAIM).is_empty()),
        "sellers_record_payments" => Arg::Bool(settings.sellers_record_payments),
        "today" => Arg::Date(settings.day_of(viewpoint.now)),
        "day_start" => Arg::Time(Some(day_start)),
        "day_end" => Arg::Time(Some(day_end)),
        "max_claims" => Arg::Int(settings.max_claims_per_day.map(i64::from)),
        "max_owned" => Arg::Int(settings.max_owned_customers.map(i64::from)),
        "cooldown_seconds" => Arg::Int(cooldown.map(|cooldown| cooldown.num_seconds())),
        "cooldown_since" => Arg::Time(cooldown.map(|cooldown| viewpoint.now - cooldown)),
        _ => unreachable!("no description names {name}"),
    }
}
