//! Describes the timeline to the API. A user sees the entries about things that they may read.

use crate::crm::{contact, customer, feedback, followup, operation, opportunity, order};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, Order, Type};

static KIND: Enum = Enum {
    name: "TimelineKind",
    doc: "What an entry of a timeline is about.",
    values: &[
        ("FOLLOW_UP", "A follow-up was recorded; see `followUp`."),
        (
            "STAGE",
            "An opportunity moved to a stage; see `opportunity` and `stage`. Users who see the customer only through the pool do not get this entry.",
        ),
        (
            "ADOPTION",
            "The next owner of the customer took over an opportunity; see `opportunity`. Users who see the customer only through the pool do not get this entry.",
        ),
        ("ORDER", "Something happened to an order; see `order` and `orderAction`."),
        (
            "OPERATION",
            "The customer was created, got another owner, or was blacklisted, archived, restored or merged; see `operation`.",
        ),
        ("FEEDBACK", "The customer gave feedback on an order; see `feedback`."),
        (
            "EDIT",
            "A field of the customer, of a contact or of an opportunity was edited; see `edit`. Users who see the customer only through the pool get those of contacts only, if they may read these.",
        ),
    ],
};

/// Describes an entry. Each kind is read through an index on the customer and the time.
pub fn describe() -> Entity {
    Entity::part(
        "TimelineEntry",
        "Something that happened with a customer.",
        // `guarded` looks at the columns that name whose fact an entry is.
        "(select f.id, f.at, 'FOLLOW_UP' as kind, null::uuid as owner_user_id, f.id as followup_id, null::uuid as opportunity_id,
                 null as stage, null::uuid as order_id, null as action, null::uuid as operation_id, null::uuid as feedback_id,
                 f.author_user_id, null::uuid as operator_user_id, null::uuid as previous_owner_user_id, null::uuid as new_owner_user_id,
                 null::uuid as edit_id, null::uuid as contact_id, false as is_personal
          from followup f where f.customer_id = {p}.id
          union all
          select h.opportunity_id, h.valid_from, 'STAGE', o.owner_user_id, null, h.opportunity_id, h.stage, null, null, null, null,
                 null, null, null, null, null, null, false
          from opportunity_history h join sales_opportunity o on o.id = h.opportunity_id
          where h.customer_id = {p}.id and not exists (
              select from opportunity_history b where b.opportunity_id = h.opportunity_id and b.valid_to = h.valid_from and b.stage = h.stage)
          union all
          select h.opportunity_id, h.valid_from, 'ADOPTION', o.owner_user_id, null, h.opportunity_id, null, null, null, null, null,
                 null, null, null, null, null, null, false
          from opportunity_history h join sales_opportunity o on o.id = h.opportunity_id
          join opportunity_history b on b.opportunity_id = h.opportunity_id and b.valid_to = h.valid_from
          where h.customer_id = {p}.id and b.stage = h.stage and b.owner_user_id <> h.owner_user_id
          union all
          select h.id, h.at, 'ORDER', o.owner_user_id, null, null, null, h.order_id, h.action, null, null, null, null, null, null, null, null, false
          from order_history h join sales_order o on o.id = h.order_id where h.customer_id = {p}.id
          union all
          select l.id, l.at, 'OPERATION', null, null, null, null, null, null, l.id, null,
                 null, l.operator_user_id, l.previous_owner_user_id, l.new_owner_user_id, null, null, false
          from customer_operation_log l where l.customer_id = {p}.id
          union all
          select f.id, f.created_at, 'FEEDBACK', o.owner_user_id, null, null, null, null, null, null, f.id, null, null, null, null, null, null, false
          from order_feedback f join sales_order o on o.id = f.order_id where f.customer_id = {p}.id
          union all
          select e.id, e.at, 'EDIT', o.owner_user_id, null, e.opportunity_id, null, null, null, null, null, null, null, null, null,
                 e.id, e.contact_id, e.field in (select 'extras.' || x.key from extra_field x where x.personal)
          from edit e left join sales_opportunity o on o.id = e.opportunity_id where e.customer_id = {p}.id) {t}",
    )
    .fields([
        Field::new("kind", Type::Enum(&KIND), "{t}.kind", "What the entry is about.").filterable(),
        Field::new("at", Type::DateTime, "{t}.at", "When it happened.").filterable(),
        Field::new("orderAction", Type::Enum(&order::ACTION), "{t}.action", "What happened to the order; null for other kinds.").nullable(),
    ])
    .edges([
        Edge::beside("followUp", "FollowUp", "{t}.id = {p}.followup_id", "The follow-up; null for other kinds."),
        Edge::beside("opportunity", "Opportunity", "{t}.id = {p}.opportunity_id", "The opportunity that moved, was taken over or was edited; null for other entries."),
        Edge::beside("stage", "OpportunityStage", "{t}.code = {p}.stage", "The stage that the opportunity moved to; null for other kinds."),
        Edge::beside("order", "Order", "{t}.id = {p}.order_id", "The order; null for other kinds."),
        Edge::beside("operation", "CustomerOperation", "{t}.id = {p}.operation_id", "The entry of the operation log; null for other kinds."),
        Edge::beside("feedback", "Feedback", "{t}.id = {p}.feedback_id", "The feedback; null for other kinds."),
        Edge::beside("edit", "CustomerEdit", "{t}.id = {p}.edit_id and {t}.at = {p}.at", "The edit; null for other kinds."),
    ])
    .orders([Order { name: "AT", doc: "When it happened.", key: "{t}.at", ty: Type::DateTime, newest_first: true }])
}

/// The timeline as a field of a customer.
pub fn edge() -> Edge {
    Edge::pages(
        "timeline",
        "TimelineEntry",
        "true",
        "Everything that happened with the customer and that you may read, the latest first.",
    )
    .guarded("{t}.kind = 'FOLLOW_UP'", followup::READ)
    .guarded_beyond(
        "({t}.kind in ('STAGE', 'ADOPTION') or {t}.kind = 'EDIT' and {t}.opportunity_id is not null)",
        opportunity::READ,
        opportunity::POOL,
    )
    .guarded("{t}.kind = 'ORDER'", order::READ)
    .guarded("{t}.kind = 'OPERATION'", operation::READ)
    .guarded("{t}.kind = 'FEEDBACK'", feedback::READ)
    .guarded_beyond(
        "{t}.kind = 'EDIT' and {t}.contact_id is null and {t}.opportunity_id is null",
        customer::READ,
        customer::POOL,
    )
    .guarded("{t}.kind = 'EDIT' and ({t}.contact_id is not null or {t}.is_personal)", contact::READ)
}
