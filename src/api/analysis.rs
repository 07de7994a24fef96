//! What the numbers of figures mean.

use async_graphql::{Object, SimpleObject};

use crate::crm::analysis;

/// A number of a figure.
#[derive(SimpleObject)]
struct Metric {
    /// Where it is: the field of `Query`, and the field of its groups, like `winRate.won`.
    name: String,
    /// What it is.
    definition: String,
    /// How it is computed of facts: of `n`, `amount`, `weighted` and `seconds` of `salesFacts`, for those for which the condition
    /// holds. `is_before` means facts before the first day; without it, only facts of the period count.
    formula: String,
    /// COUNT, MONEY (by currency), DAYS (of 24 hours) or SHARE (from 0 to 1).
    unit: String,
    /// ADDS: over time, users and attributes. LAST: over users and attributes; over time, the last value counts. NEVER: it
    /// must be computed anew for each group. Amounts never add over currencies.
    additivity: String,
    /// The version of Tidepool that has it first.
    since: String,
}

/// The part of `Query` about metrics.
#[derive(Default)]
pub struct AnalysisQuery;

#[Object]
impl AnalysisQuery {
    /// What each number of a figure means, and how it may be added.
    async fn metrics(&self) -> Vec<Metric> {
        let all = analysis::metrics().into_iter();
        all.map(|metric| Metric {
            name: metric.name,
            definition: metric.definition.to_owned(),
            formula: metric.formula,
            unit: metric.unit.to_owned(),
            additivity: metric.additivity.to_owned(),
            since: metric.since.to_owned(),
        })
        .collect()
    }
}
