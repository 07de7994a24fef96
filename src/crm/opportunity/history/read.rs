//! The fields and edges of visits to stages and of versions.

use crate::kernel::read::describe::{Edge, Entity, Field, Type};

/// Describes the history of opportunities.
pub fn describe_all() -> Vec<Entity> {
    vec![describe_visit(), describe_version()]
}

/// Describes a visit: consecutive versions with the same stage.
fn describe_visit() -> Entity {
    Entity::part(
        "StageVisit",
        "The time that an opportunity was in a stage without interruption. If it came back to the \
         stage, there are several visits.",
        "(select v.stage, min(v.valid_from) as entered_at, nullif(max(coalesce(v.valid_to, 'infinity')), 'infinity') as left_at,
                 (array_agg(v.changed_by order by v.valid_from))[1] as moved_by,
                 (array_agg(v.lost_reason order by v.valid_from desc))[1] as lost_reason,
                 (array_agg(v.lost_remark order by v.valid_from desc))[1] as lost_remark
          from (select h.*, row_number() over (order by h.valid_from) - row_number() over (partition by h.stage order by h.valid_from) as run
                from opportunity_history h where h.opportunity_id = {p}.id) v
          group by v.stage, v.run) {t}",
    )
    .fields([
        Field::new("enteredAt", Type::DateTime, "{t}.entered_at", "When the opportunity came to the stage."),
        Field::new(
            "leftAt",
            Type::DateTime,
            "{t}.left_at",
            "When the opportunity left the stage. Null while it is there.",
        )
        .nullable(),
        lost_reason(),
        lost_remark(),
    ])
    .edges([
        Edge::one("stage", "OpportunityStage", "{t}.code = {p}.stage", "The stage."),
        Edge::to_one(
            "movedBy",
            "User",
            "{t}.id = {p}.moved_by",
            "The user who moved the opportunity to the stage. Null if the system did.",
        ),
    ])
}

fn describe_version() -> Entity {
    Entity::part("OpportunityVersion", "The data of an opportunity during a period.", "opportunity_history {t}")
        .fields([
            Field::new("validFrom", Type::DateTime, "{t}.valid_from", "When the version begins."),
            Field::new(
                "validTo",
                Type::DateTime,
                "{t}.valid_to",
                "When the version ends. Null for the present version.",
            )
            .nullable(),
            Field::new(
                "expectedAmount",
                Type::Money("{t}.currency"),
                "{t}.amount",
                "The amount that the opportunity was expected to bring.",
            )
            .nullable(),
            Field::new("expectedCloseDate", Type::Date, "{t}.close_date", "When the customer was expected to decide.")
                .nullable(),
            Field::new(
                "probability",
                Type::Int,
                "{t}.probability",
                "The probability of winning the opportunity, in percent.",
            ),
            lost_reason(),
            lost_remark(),
        ])
        .edges([
            Edge::one("stage", "OpportunityStage", "{t}.code = {p}.stage", "The stage that the opportunity was in."),
            Edge::to_one("owner", "User", "{t}.id = {p}.owner_user_id", "The user who worked on the opportunity."),
            Edge::to_one(
                "changedBy",
                "User",
                "{t}.id = {p}.changed_by",
                "The user whose change made this version. Null if the system did.",
            ),
        ])
}

fn lost_reason() -> Field {
    Field::new(
        "lostReason",
        Type::Text,
        "{t}.lost_reason",
        "Why the opportunity was lost: the code of a choice of kind LOST_REASON. Null if it was not lost. The reason stays when \
         the opportunity is opened again.",
    )
    .nullable()
}

fn lost_remark() -> Field {
    Field::new(
        "lostRemark",
        Type::Text,
        "{t}.lost_remark",
        "More about why the opportunity was lost or void. It stays when the opportunity is opened again.",
    )
    .nullable()
}
