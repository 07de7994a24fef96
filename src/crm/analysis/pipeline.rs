//! Describes the pipeline as of a day, and what changed it between two days.

use super::asked::{AS_OF, Asked, BETWEEN};
use super::cells::{figure, tables};
use super::measure::{Adds, Measure, Metric, count, frame, group, metrics as of, money};
use crate::kernel::read::describe::{Edge, Entity, Field, Root, RootKind, Type};

static PIPELINE: [Measure; 4] = [
    count(
        "count",
        "Opportunities in the pipeline at the end of the day: open, with an owner who had the customer, not archived.",
        "subject = 'PIPELINE' and (is_before or not is_before)",
    ),
    money("amounts", "Their amounts then.", "subject = 'PIPELINE' and (is_before or not is_before)"),
    money(
        "weighted",
        "Their amounts times their probabilities then; summed with four decimals, and rounded once.",
        "subject = 'PIPELINE' and (is_before or not is_before)",
    )
    .adding(Adds::Weighted),
    count(
        "unpriced",
        "Those without an amount.",
        "subject = 'PIPELINE' and currency = '' and (is_before or not is_before)",
    ),
];

/// The columns of a waterfall: name, doc of the count, doc of the amounts, condition.
macro_rules! column {
    ($count:literal, $amounts:literal, $doc:literal, $of:literal) => {
        [
            count($count, concat!($doc, " How many."), concat!("subject = 'PIPELINE' and ", $of)),
            money($amounts, concat!($doc, " Their amounts."), concat!("subject = 'PIPELINE' and ", $of)),
        ]
    };
}

static WATERFALL: [[Measure; 2]; 12] = [
    column!("opening", "openingAmounts", "What was in the pipeline before the first day.", "is_before"),
    column!("created", "createdAmounts", "New opportunities.", "detail = 'CREATED'"),
    column!(
        "reopened",
        "reopenedAmounts",
        "Opportunities that had ended and were opened again.",
        "detail = 'REOPENED'"
    ),
    column!(
        "resumed",
        "resumedAmounts",
        "Opportunities whose customers came back to their owners, that were adopted or restored.",
        "detail = 'RESUMED'"
    ),
    column!(
        "increased",
        "increasedAmounts",
        "Larger amounts; a change of currency counts what comes into the new one.",
        "detail = 'INCREASED'"
    ),
    column!(
        "decreased",
        "decreasedAmounts",
        "Smaller amounts, negative; a change of currency counts what goes out of the old one.",
        "detail = 'DECREASED'"
    ),
    column!("won", "wonAmounts", "Won, negative.", "detail = 'WON'"),
    column!("lost", "lostAmounts", "Lost, negative.", "detail = 'LOST'"),
    column!("void", "voidAmounts", "Void, negative.", "detail = 'VOID'"),
    column!(
        "left",
        "leftAmounts",
        "Their owners lost the customers or archived something, negative.",
        "detail in ('LEFT', 'ARCHIVED')"
    ),
    column!(
        "moved",
        "movedAmounts",
        "Moved from one group into another; zero in the total.",
        "detail in ('MOVED', 'REASSIGNED', 'RESCHEDULED', 'REWEIGHTED')"
    ),
    column!(
        "closing",
        "closingAmounts",
        "What is in the pipeline after the last day: the sum of all others.",
        "(is_before or not is_before)"
    ),
];

fn waterfall() -> Vec<Measure> {
    WATERFALL.concat()
}

/// Describes both figures.
pub fn describe_all() -> Vec<Entity> {
    let parts = "{t}.\"opening\" + {t}.\"created\" + {t}.\"reopened\" + {t}.\"resumed\" + {t}.\"increased\" + {t}.\"decreased\" \
                 + {t}.\"won\" + {t}.\"lost\" + {t}.\"void\" + {t}.\"left\" + {t}.\"moved\" - {t}.\"closing\"";
    vec![
        frame("Pipeline", "The pipeline as of the end of a day (在跟商机): by the owners, amounts, stages and probabilities of then.", "PipelineGroup"),
        group("PipelineGroup", "The pipeline of a group.", &PIPELINE),
        frame("PipelineWaterfall", "What changed the pipeline between two days. Each change counts on its own day: what was lost and reopened in between is in both columns.", "WaterfallGroup"),
        group("WaterfallGroup", "The changes of a group.", &waterfall())
            .fields([Field::new("residual", Type::Int, parts, "The columns less `closing`: always 0.")])
            .edges([Edge::few("residualAmounts", "FigureAmount", "true", "{t}.currency", "The columns less `closingAmounts`, by currency: always 0.").out_of(
                "(select u.currency, sum(u.amount) as amount from (\
                    select * from unnest({p}.\"openingAmounts_currency\", {p}.\"openingAmounts\") a (currency, amount) \
                    union all select * from unnest({p}.\"createdAmounts_currency\", {p}.\"createdAmounts\") a \
                    union all select * from unnest({p}.\"reopenedAmounts_currency\", {p}.\"reopenedAmounts\") a \
                    union all select * from unnest({p}.\"resumedAmounts_currency\", {p}.\"resumedAmounts\") a \
                    union all select * from unnest({p}.\"increasedAmounts_currency\", {p}.\"increasedAmounts\") a \
                    union all select * from unnest({p}.\"decreasedAmounts_currency\", {p}.\"decreasedAmounts\") a \
                    union all select * from unnest({p}.\"wonAmounts_currency\", {p}.\"wonAmounts\") a \
                    union all select * from unnest({p}.\"lostAmounts_currency\", {p}.\"lostAmounts\") a \
                    union all select * from unnest({p}.\"voidAmounts_currency\", {p}.\"voidAmounts\") a \
                    union all select * from unnest({p}.\"leftAmounts_currency\", {p}.\"leftAmounts\") a \
                    union all select * from unnest({p}.\"movedAmounts_currency\", {p}.\"movedAmounts\") a \
                    union all select a.currency, -a.amount from unnest({p}.\"closingAmounts_currency\", {p}.\"closingAmounts\") a (currency, amount)) u \
                  group by u.currency) {t}")]),
    ]
}

/// The root fields.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "pipeline",
            doc: "The pipeline as of the end of a day, by the rows of then. With `by: CLOSE_MONTH` it is the simplest forecast. Null if you may not view figures.",
            kind: RootKind::Figure(figure("Pipeline", AS_OF, |scope, arguments| {
                tables(scope, &Asked::read(arguments)?, &["PIPELINE"], &["PIPELINE"], &PIPELINE)
            })),
        },
        Root {
            name: "pipelineWaterfall",
            doc: "What changed the pipeline between two days. Null if you may not view figures.",
            kind: RootKind::Figure(figure("PipelineWaterfall", BETWEEN, |scope, arguments| {
                tables(scope, &Asked::read(arguments)?, &["PIPELINE"], &["PIPELINE"], &waterfall())
            })),
        },
    ]
}

/// Their metrics.
pub fn metrics() -> Vec<Metric> {
    [of("pipeline", &PIPELINE, &[]), of("pipelineWaterfall", &waterfall(), &[])].concat()
}
