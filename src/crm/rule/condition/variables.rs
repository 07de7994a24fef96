//! The values of a customer that a condition can use. In templates `{c}` is the row of the customer, and `{now}` the
//! moment of the evaluation.

use crate::kernel::directory::ChoiceKind;

/// The type of a part of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    /// A whole number.
    Int,
    /// A decimal number.
    Number,
    Text,
    /// The code of a choice.
    Choice(ChoiceKind),
    /// A user.
    User,
    /// A public pool.
    Pool,
}

impl Type {
    /// The name of the type in English and Chinese.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Bool => ("true or false", "真假值"),
            Self::Int => ("a whole number", "整数"),
            Self::Number => ("a number", "数字"),
            Self::Text => ("text", "文本"),
            Self::Choice(_) => ("a choice", "选项"),
            Self::User => ("a user", "用户"),
            Self::Pool => ("a public pool", "公海"),
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Number)
    }
}

/// A variable: a value that every customer has.
pub(super) struct Variable {
    pub name: &'static str,
    pub ty: Type,
    pub value: Value,
    /// Whether a customer may have no value.
    pub is_optional: bool,
}

/// How the value of a variable is computed.
#[derive(Clone, Copy)]
pub(super) enum Value {
    /// The value of a template.
    Sql(&'static str),
    /// The number of days since the moment of a template, without the owner's absences.
    DaysSince(&'static str),
}

/// Aggregates the orders of a customer, except cancelled and refunded ones.
macro_rules! orders {
    ($what:literal, $which:literal) => {
        concat!(
            "(select ",
            $what,
            " from sales_order o where o.customer_id = {c}.id",
            " and o.status not in ('CANCELLED', 'REFUNDED')",
            $which,
            ")"
        )
    };
}

/// Aggregates the open opportunities that the owner of the customer also owns, except archived ones.
macro_rules! live_opportunities {
    ($what:literal, $which:literal) => {
        concat!(
            "(select ",
            $what,
            " from sales_opportunity o where o.customer_id = {c}.id",
            " and o.stage_kind = 'OPEN' and o.archived_at is null and o.owner_user_id = {c}.owner_user_id",
            $which,
            ")"
        )
    };
}

/// The variables.
pub(super) const VARIABLES: &[Variable] = &[
    // Days count from `owned_since` at the earliest. The follow-up times are those of this ownership, but an undo of an
    // earlier version began the ownership anew and kept them.
    days("followup_days", "greatest({c}.last_followup_time, {c}.owned_since)"),
    days("first_followup_days", "greatest({c}.first_followup_time, {c}.owned_since)"),
    days("owned_days", "{c}.owned_since"),
    optional(days(
        "days_since_last_order",
        "(select max(o.ordered_at) from sales_order o where o.customer_id = {c}.id and o.status not in ('CANCELLED', 'REFUNDED'))",
    )),
    count("orders_in_ownership", orders!("count(*)::numeric", " and o.ordered_at >= {c}.owned_since")),
    count(
        "open_orders",
        orders!("count(*)::numeric", " and (o.paid_amount > 0 or o.shipped_at is not null) and o.delivered_at is null"),
    ),
    count("open_opportunities", live_opportunities!("count(*)::numeric", "")),
    optional(choice("industry", ChoiceKind::Industry, "{c}.industry")),
    choice("source", ChoiceKind::Source, "{c}.source"),
    optional(choice("level", ChoiceKind::Level, "{c}.level")),
    optional(choice("size", ChoiceKind::Size, "{c}.size")),
    optional(choice("region", ChoiceKind::Region, "{c}.region")),
    Variable { name: "owner", ty: Type::User, value: Value::Sql("{c}.owner_user_id"), is_optional: false },
    Variable { name: "pool", ty: Type::Pool, value: Value::Sql("{c}.pool_id"), is_optional: false },
];

/// Sums of money in a currency, `{key}`; 0 if there is none. The name and the template of each.
pub(super) const SUMS: [(&str, &str); 2] = [
    ("orders_total", orders!("coalesce(sum(o.total_amount), 0)", " and o.currency = {key}")),
    ("expected_amount", live_opportunities!("coalesce(sum(o.amount), 0)", " and o.currency = {key}")),
];

/// The name of the teams to which the owner belongs: that of each user above, and the owner's own. `{key}` is the user who leads it.
pub(super) const TEAMS: &str = "teams";
pub(super) const IS_IN_TEAM: &str =
    "coalesce({c}.owner_user_id = {key} or managers_above({c}.owner_user_id, {now}) @> array[{key}], false)";

/// The name of the map of extra fields.
pub(super) const EXTRA: &str = "extra";

const fn days(name: &'static str, since: &'static str) -> Variable {
    Variable { name, ty: Type::Number, value: Value::DaysSince(since), is_optional: false }
}

const fn count(name: &'static str, sql: &'static str) -> Variable {
    Variable { name, ty: Type::Int, value: Value::Sql(sql), is_optional: false }
}

const fn choice(name: &'static str, kind: ChoiceKind, sql: &'static str) -> Variable {
    Variable { name, ty: Type::Choice(kind), value: Value::Sql(sql), is_optional: false }
}

const fn optional(variable: Variable) -> Variable {
    Variable { is_optional: true, ..variable }
}
