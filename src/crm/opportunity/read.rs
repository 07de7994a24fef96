//! How opportunities are read: as they are, the stages that they went through, and every version of them.

use serde_json::Value as Json;

use crate::crm::setting;
use crate::kernel::access::{Action, Permission, Resource, Scope};
use crate::kernel::error::Error;
use crate::kernel::id::{self, Identified};
use crate::kernel::read::FilterScope;
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough,
};
use crate::kernel::sql::Arg;

/// To read opportunities.
pub const READ: Permission = Permission::to(Action::Read, Resource::Opportunity);

/// Whoever sees an opportunity through the pool alone sees what was wanted and how far it came, not on which way.
pub const POOL: &[Scope] = &[Scope::Pool, Scope::PoolAll];

static KIND: Enum = Enum::of_inputs("StageKind");

/// What opportunities and their parts are to readers.
pub fn describe_all() -> Vec<Entity> {
    vec![describe(), describe_stage(), describe_visit(), describe_version()]
}

fn describe() -> Entity {
    Entity::node(
        "Opportunity",
        "opportunity",
        "Something that a customer may buy. It has an owner of its own, and stays when the customer changes hands.",
        "sales_opportunity {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::new("stageCode", Type::Text, "{t}.stage", "The code of its stage.").filterable(),
        Field::new("stageKind", Type::Enum(&KIND), "{t}.stage_kind", "Whether it is open, or how it ended.")
            .filterable(),
        Field::new(
            "isLive",
            Type::Boolean,
            "coalesce({t}.stage_kind = 'OPEN' and {t}.archived_at is null and {s}.archived_at is null and {t}.owner_user_id = {s}.owner_user_id, false)",
            "Whether it is open, its owner owns the customer, and neither it nor the customer is archived. Where the owner no longer has the customer, an open one can be \
             adopted, and an open or won one ended as lost or void.",
        )
        .filterable(),
        Field::new("expectedAmount", Type::Money("{t}.currency"), "{t}.amount", "What it would bring.")
            .nullable()
            .filterable(),
        Field::new(
            "expectedCloseDate",
            Type::Date,
            "{t}.close_date",
            "When it should be decided; null for those who see it through the pool.",
        )
        .beyond(POOL),
        Field::new(
            "probability",
            Type::Int,
            "{t}.probability",
            "How likely it is won, in percent; null for those who see it through the pool.",
        )
        .beyond(POOL),
        Field::new(
            "closedAt",
            Type::DateTime,
            "{t}.closed_at",
            "When it was won, lost or given up; null while it is open.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "lostReason",
            Type::Text,
            "{t}.lost_reason",
            "Why it was lost; null for those who see it through the pool.",
        )
        .beyond(POOL),
        Field::new(
            "isArchived",
            Type::Boolean,
            "({t}.archived_at is not null)",
            "Whether it is archived. Lists show archived opportunities only where their filter asks about this.",
        )
        .filterable(),
        Field::new("archivedAt", Type::DateTime, "{t}.archived_at", "Since when it is archived.").nullable(),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When it was entered.").filterable(),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When it was last changed."),
        Field::new("version", Type::Int, "{t}.version", "Counts the changes; a change says which one it saw."),
    ])
    .edges([
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "Whose."),
        Edge::to_one(
            "owner",
            "User",
            "{t}.id = {p}.owner_user_id",
            "Who pursues it; null for those who see it through the pool.",
        )
        .beyond(POOL),
        Edge::one("stage", "OpportunityStage", "{t}.code = {p}.stage", "How far it is."),
        Edge::to_one("expectedProduct", "Product", "{t}.id = {p}.product_id", "What would be bought."),
        Edge::few(
            "stageVisits",
            "StageVisit",
            "true",
            "{t}.entered_at",
            "The stages that it went through, the first first; none for those who see it through the pool.",
        )
        .beyond(POOL),
        Edge::few(
            "history",
            "OpportunityVersion",
            "{t}.opportunity_id = {p}.id",
            "{t}.valid_from",
            "All its versions, the first first; none for those who see it through the pool.",
        )
        .beyond(POOL),
        Edge::pages("followUps", "FollowUp", "{t}.opportunity_id = {p}.id", "What was said for it, the latest first."),
        Edge::pages("orders", "Order", "{t}.opportunity_id = {p}.id", "What came of it, the latest first."),
    ])
    .filters([Filter {
        name: "ownerId",
        doc: "Those of this owner, as far as you may know whose they are.",
        ty: "ID",
        sql: owned_by,
        of_others: false,
    }])
    .orders(orders())
    .shown_unless_asked("isArchived", "{t}.archived_at is null")
}

fn owned_by(scope: &mut FilterScope<'_, '_>, value: &Json) -> Result<String, Error> {
    let owner = id::parse_as(value.as_str().unwrap_or_default(), id::User::PREFIX)?;
    let (owner, known) = (scope.bind(Arg::Uuid(owner)), scope.holds_beyond(POOL));
    let column = scope.render("{t}.owner_user_id");
    Ok(format!("({column} = {owner} and {known})"))
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "CREATED_AT",
        doc: "When it was entered.",
        key: "{t}.created_at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

fn describe_stage() -> Entity {
    Entity::part("OpportunityStage", "A step of the pipeline, kept by administrators.", "opportunity_stage {t}").fields(
        [
            Field::new("code", Type::Text, "{t}.code", "What opportunities carry."),
            Field::new("nameEn", Type::Text, "{t}.name_en", "What people call it, in English."),
            Field::new("nameZh", Type::Text, "{t}.name_zh", "What people call it, in Chinese."),
            Field::new("position", Type::Int, "{t}.position", "Its place in the pipeline, from 1."),
            Field::new(
                "kind",
                Type::Enum(&KIND),
                "{t}.kind",
                "Whether opportunities in it are open, or how they ended.",
            ),
            Field::new(
                "probability",
                Type::Int,
                "{t}.probability",
                "How likely such opportunities are won, in percent, where nobody says otherwise.",
            ),
            Field::new("isActive", Type::Boolean, "{t}.active", "Whether opportunities can be moved there."),
        ],
    )
}

/// A stay in a stage is a run of versions with the same stage.
fn describe_visit() -> Entity {
    Entity::part(
        "StageVisit",
        "The stay of an opportunity in a stage. One that came back has several.",
        "(select v.stage, min(v.valid_from) as entered_at, nullif(max(coalesce(v.valid_to, 'infinity')), 'infinity') as left_at,
                 (array_agg(v.changed_by order by v.valid_from))[1] as moved_by,
                 (array_agg(v.lost_reason order by v.valid_from desc))[1] as lost_reason
          from (select h.*, row_number() over (order by h.valid_from) - row_number() over (partition by h.stage order by h.valid_from) as run
                from opportunity_history h where h.opportunity_id = {p}.id) v
          group by v.stage, v.run) {t}",
    )
    .fields([
        Field::new("enteredAt", Type::DateTime, "{t}.entered_at", "When it came there."),
        Field::new("leftAt", Type::DateTime, "{t}.left_at", "When it went on; null where it still is.").nullable(),
        lost_reason(),
    ])
    .edges([
        Edge::one("stage", "OpportunityStage", "{t}.code = {p}.stage", "Which stage."),
        Edge::to_one("movedBy", "User", "{t}.id = {p}.moved_by", "Who moved it there; null for the system."),
    ])
}

fn describe_version() -> Entity {
    Entity::part("OpportunityVersion", "An opportunity as it was for a time.", "opportunity_history {t}")
        .fields([
            Field::new("validFrom", Type::DateTime, "{t}.valid_from", "From when on it was so."),
            Field::new("validTo", Type::DateTime, "{t}.valid_to", "Until when; null: it still is.").nullable(),
            Field::new("expectedAmount", Type::Money("{t}.currency"), "{t}.amount", "What it would bring.").nullable(),
            Field::new("expectedCloseDate", Type::Date, "{t}.close_date", "When it should be decided.").nullable(),
            Field::new("probability", Type::Int, "{t}.probability", "How likely it would be won, in percent."),
            lost_reason(),
        ])
        .edges([
            Edge::one("stage", "OpportunityStage", "{t}.code = {p}.stage", "How far it was."),
            Edge::to_one("owner", "User", "{t}.id = {p}.owner_user_id", "Who pursued it."),
            Edge::to_one("changedBy", "User", "{t}.id = {p}.changed_by", "Who made it so; null for the system."),
        ])
}

fn lost_reason() -> Field {
    Field::new("lostReason", Type::Text, "{t}.lost_reason", "Why it was lost, or void, also after it was opened again.")
        .nullable()
}

/// The opportunities at the top.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "opportunities",
            doc: "The opportunities that you may see: your own, those of your customers, your team's, and what pooled customers once wanted; archived ones only where the filter asks about `isArchived`.",
            kind: RootKind::List(List {
                of: "Opportunity",
                on: "true",
                through: None,
                order_type: "OpportunityOrder",
                orders: orders(),
                search: None,
                live_connection: None,
            }),
        },
        Root {
            name: "opportunity",
            doc: "One opportunity; null when there is none or you may not see it.",
            kind: RootKind::ById("Opportunity"),
        },
        Root {
            name: "opportunityStages",
            doc: "The steps of the pipeline, in their order.",
            kind: RootKind::Few("OpportunityStage", "{t}.position, {t}.code", setting::READ),
        },
    ]
}
