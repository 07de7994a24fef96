//! A naive model of conditions: expressions as text, and an interpreter of CEL over plain rows. It shares
//! only the language with the compiler.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use rust_decimal::Decimal;
use sqlx::PgPool;
use uuid::Uuid;

/// A value; `None` where CEL has an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Bool(bool),
    Number(Decimal),
    Text(String),
}

/// The type of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Bool,
    Int,
    Number,
    Text,
}

#[derive(Debug, Clone)]
pub enum Expression {
    Literal(Value),
    Variable(&'static str),
    /// `extra["key"]`, `orders_total["CNY"]`
    Entry(&'static str, &'static str),
    HasExtra(&'static str),
    /// `field == null`, or `field != null`
    IsNull(bool, Box<Expression>),
    Not(Box<Expression>),
    Negate(Box<Expression>),
    /// An operator between two expressions of whole numbers.
    Sign(&'static str, bool, Box<Expression>, Box<Expression>),
    In(Box<Expression>, Vec<Value>),
    Choose(Box<Expression>, Box<Expression>, Box<Expression>),
    Call(&'static str, Box<Expression>, Box<Expression>),
    Size(Box<Expression>),
}

/// The values of one customer by the names of the variables; a missing variable has no value.
pub type Row = HashMap<String, Value>;

impl Value {
    fn to_text(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(text) => format!("{text:?}"),
        }
    }
}

impl Expression {
    /// The text of the expression.
    pub fn to_text(&self) -> String {
        match self {
            Self::Literal(value) => value.to_text(),
            Self::Variable(name) => (*name).to_owned(),
            Self::Entry(map, key) => format!("{map}[\"{key}\"]"),
            Self::HasExtra(key) => format!("\"{key}\" in extra"),
            Self::IsNull(true, field) => format!("{} == null", field.to_text()),
            Self::IsNull(false, field) => format!("null != {}", field.to_text()),
            Self::Not(part) => format!("!({})", part.to_text()),
            Self::Negate(part) => format!("-({})", part.to_text()),
            Self::Sign(sign, _, left, right) => format!("({}) {sign} ({})", left.to_text(), right.to_text()),
            Self::In(part, list) => {
                let list: Vec<_> = list.iter().map(Value::to_text).collect();
                format!("({}) in [{}]", part.to_text(), list.join(", "))
            }
            Self::Choose(asked, yes, no) => format!("({}) ? ({}) : ({})", asked.to_text(), yes.to_text(), no.to_text()),
            Self::Call(name, text, part) => format!("({}).{name}({})", text.to_text(), part.to_text()),
            Self::Size(text) => format!("size({})", text.to_text()),
        }
    }

    /// Whether the expression contains a variable.
    pub fn has_variable(&self) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Variable(_) | Self::Entry(..) | Self::HasExtra(_) | Self::IsNull(..) => true,
            Self::Not(part) | Self::Negate(part) | Self::In(part, _) | Self::Size(part) => part.has_variable(),
            Self::Sign(_, _, left, right) | Self::Call(_, left, right) => left.has_variable() || right.has_variable(),
            Self::Choose(asked, yes, no) => asked.has_variable() || yes.has_variable() || no.has_variable(),
        }
    }

    /// The value for a customer.
    pub fn evaluate(&self, row: &Row) -> Option<Value> {
        Some(match self {
            Self::Literal(value) => value.clone(),
            Self::Variable(name) => row.get(*name)?.clone(),
            Self::Entry("extra", key) => row.get(&format!("extra.{key}"))?.clone(),
            Self::Entry(map, key) => row.get(&format!("{map}.{key}")).cloned().unwrap_or(Value::Number(Decimal::ZERO)),
            Self::HasExtra(key) => Value::Bool(row.contains_key(&format!("extra.{key}"))),
            Self::IsNull(is, field) => Value::Bool(field.evaluate(row).is_none() == *is),
            Self::Not(part) => Value::Bool(!part.truth(row)?),
            Self::Negate(part) => Value::Number(-part.number(row)?),
            // An error on one side is ignored if the other side decides.
            Self::Sign("&&", _, left, right) => match (left.truth(row), right.truth(row)) {
                (Some(false), _) | (_, Some(false)) => Value::Bool(false),
                (Some(true), Some(true)) => Value::Bool(true),
                _ => return None,
            },
            Self::Sign("||", _, left, right) => match (left.truth(row), right.truth(row)) {
                (Some(true), _) | (_, Some(true)) => Value::Bool(true),
                (Some(false), Some(false)) => Value::Bool(false),
                _ => return None,
            },
            Self::Sign(sign @ ("+" | "-" | "*" | "/" | "%"), whole, left, right) => {
                let (a, b) = (left.number(row)?, right.number(row)?);
                Value::Number(match *sign {
                    "+" => a + b,
                    "-" => a - b,
                    "*" => a * b,
                    "%" => a.checked_rem(b)?,
                    _ if *whole => a.checked_div(b)?.trunc(),
                    _ => a.checked_div(b)?,
                })
            }
            Self::Sign(sign, _, left, right) => {
                let (a, b) = (left.evaluate(row), right.evaluate(row));
                if left.is_plain() && right.is_plain() && (a.is_none() || b.is_none()) {
                    let is_same = a.is_none() && b.is_none();
                    return Some(Value::Bool(match *sign {
                        "==" => is_same,
                        "!=" => !is_same,
                        _ => false,
                    }));
                }
                let (a, b) = (a?, b?);
                let order = match (&a, &b) {
                    (Value::Number(a), Value::Number(b)) => a.cmp(b),
                    (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
                    (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
                    _ => panic!("{a:?} {sign} {b:?}"),
                };
                Value::Bool(match *sign {
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
            Self::In(part, list) => match part.evaluate(row) {
                None if part.is_plain() => Value::Bool(false),
                value => Value::Bool(list.contains(&value?)),
            },
            Self::Choose(asked, yes, no) => if asked.truth(row)? { yes.evaluate(row) } else { no.evaluate(row) }?,
            Self::Call(name, text, part) => {
                let (a, b) = (text.text(row), part.text(row));
                if text.is_plain() && part.is_plain() && (a.is_none() || b.is_none()) {
                    return Some(Value::Bool(false));
                }
                let (text, part) = (a?, b?);
                Value::Bool(match *name {
                    "startsWith" => text.starts_with(&part),
                    "endsWith" => text.ends_with(&part),
                    _ => text.contains(&part),
                })
            }
            Self::Size(text) => Value::Number(text.text(row)?.chars().count().into()),
        })
    }

    /// Whether it is a field or a constant, so that a missing value is a value like others.
    fn is_plain(&self) -> bool {
        match self {
            Self::Literal(_) | Self::Variable(_) | Self::Entry(..) => true,
            Self::Negate(part) => matches!(**part, Self::Literal(_)),
            _ => false,
        }
    }

    /// What is true or false. A field that nobody filled in is not true.
    pub fn truth(&self, row: &Row) -> Option<bool> {
        if self.is_plain() && self.evaluate(row).is_none() {
            return Some(false);
        }
        self.evaluate(row).map(|value| if let Value::Bool(value) = value { value } else { panic!("{value:?}") })
    }

    fn number(&self, row: &Row) -> Option<Decimal> {
        self.evaluate(row).map(|value| if let Value::Number(value) = value { value } else { panic!("{value:?}") })
    }

    fn text(&self, row: &Row) -> Option<String> {
        self.evaluate(row).map(|value| if let Value::Text(value) = value { value } else { panic!("{value:?}") })
    }
}

const CHOICES: [(&str, &[&str]); 3] =
    [("industry", &["SOFTWARE", "RETAIL"]), ("level", &["KEY", "A"]), ("region", &["EAST", "ABROAD"])];
const TEXTS: [&str; 6] = ["", "A", "AA", "海", "海潮", "a\"'\\%_"];
const KEYS: [&str; 4] = ["credit_rating", "employees", "listed", "founded_on"];

fn one_of<T: Copy>(rng: &mut Rng, all: &[T]) -> T {
    all[rng.usize(..all.len())]
}

/// A random expression of a type.
pub fn random_expression(rng: &mut Rng, kind: Kind, depth: usize) -> Expression {
    let part = |rng: &mut Rng, kind| Box::new(random_expression(rng, kind, depth - 1));
    if depth == 0 || rng.u8(..6) == 0 {
        return random_leaf(rng, kind);
    }
    let number = |rng: &mut Rng| one_of(rng, &[Kind::Int, Kind::Number]);
    match kind {
        Kind::Bool => match rng.u8(..12) {
            0..3 => Expression::Sign("&&", false, part(rng, kind), part(rng, kind)),
            3..6 => Expression::Sign("||", false, part(rng, kind), part(rng, kind)),
            6 => Expression::Not(part(rng, kind)),
            7 => {
                let sign = one_of(rng, &["<", "<=", ">", ">=", "==", "!="]);
                Expression::Sign(sign, false, part(rng, Kind::Text), part(rng, Kind::Text))
            }
            8 => {
                let name = one_of(rng, &["startsWith", "endsWith", "contains"]);
                Expression::Call(name, part(rng, Kind::Text), part(rng, Kind::Text))
            }
            9 => Expression::Choose(part(rng, kind), part(rng, kind), part(rng, kind)),
            _ => {
                let sign = one_of(rng, &["<", "<=", ">", ">=", "==", "!="]);
                let (left, right) = (number(rng), number(rng));
                Expression::Sign(sign, false, part(rng, left), part(rng, right))
            }
        },
        Kind::Int => match rng.u8(..8) {
            0 => Expression::Size(part(rng, Kind::Text)),
            1 => Expression::Negate(part(rng, kind)),
            2 => Expression::Choose(part(rng, Kind::Bool), part(rng, kind), part(rng, kind)),
            _ => Expression::Sign(one_of(rng, &["+", "-", "*", "/", "%"]), true, part(rng, kind), part(rng, kind)),
        },
        Kind::Number => match rng.u8(..8) {
            0 => Expression::Negate(part(rng, kind)),
            1 => Expression::Choose(part(rng, Kind::Bool), part(rng, kind), part(rng, kind)),
            // Only divisions without a remainder, so that both results are exact.
            2 => {
                let by = Decimal::new(one_of(rng, &[20, 40, 5, 0]), 1);
                Expression::Sign("/", false, part(rng, kind), Box::new(Expression::Literal(Value::Number(by))))
            }
            _ => {
                let other = number(rng);
                Expression::Sign(one_of(rng, &["+", "-", "*"]), false, part(rng, kind), part(rng, other))
            }
        },
        Kind::Text => Expression::Choose(part(rng, Kind::Bool), part(rng, kind), part(rng, kind)),
    }
}

fn random_leaf(rng: &mut Rng, kind: Kind) -> Expression {
    match kind {
        Kind::Bool => match rng.u8(..8) {
            0 => Expression::Literal(Value::Bool(rng.bool())),
            1 => Expression::Entry("extra", "listed"),
            2 if rng.bool() => Expression::HasExtra(one_of(rng, &KEYS)),
            2 => {
                let field = match rng.u8(..3) {
                    0 => {
                        Expression::Variable(one_of(rng, &["level", "industry", "days_since_last_order", "owned_days"]))
                    }
                    _ => Expression::Entry("extra", one_of(rng, &KEYS)),
                };
                Expression::IsNull(rng.bool(), Box::new(field))
            }
            3 => {
                let list = (0..rng.usize(1..4)).map(|_| Value::Number(rng.i64(-1..4).into())).collect();
                Expression::In(Box::new(random_leaf(rng, Kind::Int)), list)
            }
            4 => {
                let list = (0..rng.usize(1..4)).map(|_| Value::Text(one_of(rng, &TEXTS).to_owned())).collect();
                Expression::In(Box::new(random_leaf(rng, Kind::Text)), list)
            }
            _ => {
                let (name, codes) = one_of(rng, &CHOICES);
                let (choice, code) = (Box::new(Expression::Variable(name)), Value::Text(one_of(rng, codes).to_owned()));
                match rng.u8(..3) {
                    0 => Expression::In(choice, vec![code, Value::Text(codes[0].to_owned())]),
                    1 => Expression::Sign("==", false, Box::new(Expression::Literal(code)), choice),
                    _ => Expression::Sign("!=", false, choice, Box::new(Expression::Literal(code))),
                }
            }
        },
        Kind::Int => match rng.u8(..4) {
            0 => Expression::Literal(Value::Number(rng.i64(0..5).into())),
            _ => Expression::Variable(one_of(rng, &["orders_in_ownership", "open_orders", "open_opportunities"])),
        },
        Kind::Number => match rng.u8(..5) {
            0 => Expression::Literal(Value::Number(Decimal::new(rng.i64(1..90) * 10 + 5, 1))),
            1 => Expression::Entry(one_of(rng, &["orders_total", "expected_amount"]), one_of(rng, &["CNY", "USD"])),
            2 => Expression::Entry("extra", "employees"),
            _ => Expression::Variable(one_of(
                rng,
                &["followup_days", "first_followup_days", "owned_days", "days_since_last_order"],
            )),
        },
        Kind::Text => match rng.u8(..3) {
            0 => Expression::Literal(Value::Text(one_of(rng, &TEXTS).to_owned())),
            _ => Expression::Entry("extra", one_of(rng, &["credit_rating", "founded_on"])),
        },
    }
}

type Time = DateTime<Utc>;
type Customer = (Uuid, String, Uuid, Time, Option<Time>, Option<Time>, Option<String>, Option<String>, Option<String>);
type Opportunity = (Uuid, Uuid, String, Option<Decimal>, Option<String>);
type Extra = (Uuid, String, Option<String>, Option<Decimal>, Option<bool>, Option<chrono::NaiveDate>);
type Order = (Uuid, String, String, Decimal, Decimal, Time, Option<Time>, Option<Time>);

/// The days since a moment, computed from the hours that count.
fn days(from: Time, now: Time, counts: impl Fn(Time) -> bool) -> Value {
    let hours = (0..).map(|hour| from + TimeDelta::hours(hour)).take_while(|hour| *hour < now);
    Value::Number(Decimal::from(hours.filter(|hour| counts(*hour)).count()) / Decimal::from(24))
}

/// Every owned customer by its name, read row by row.
pub async fn rows(db: &PgPool, now: Time, is_off: fn(Time) -> bool) -> HashMap<String, Row> {
    let customers: Vec<Customer> = sqlx::query_as(
        "select id, name, owner_user_id, owned_since, first_followup_time, last_followup_time, industry, level, region
         from customer where owner_user_id is not null",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let absences: Vec<(Uuid, Time, Time)> =
        sqlx::query_as("select user_id, starts, ends from absence").fetch_all(db).await.unwrap();
    let orders: Vec<Order> = sqlx::query_as(
        "select customer_id, status, currency, total_amount, paid_amount, ordered_at, shipped_at, delivered_at from sales_order",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let opportunities: Vec<Opportunity> =
        sqlx::query_as("select customer_id, owner_user_id, stage_kind, amount, currency from sales_opportunity where archived_at is null")
            .fetch_all(db)
            .await
            .unwrap();
    let extras: Vec<Extra> = sqlx::query_as(
        "select customer_id, key, text_value, number_value, boolean_value, date_value from customer_extra",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let mut rows = HashMap::new();
    for (id, name, owner, since, first, last, industry, level, region) in customers {
        let mut row = Row::new();
        let is_away = |at| absences.iter().any(|(who, starts, ends)| *who == owner && *starts <= at && at < *ends);
        let days = |from| days(from, now, |at| !is_off(at) && !is_away(at));
        row.insert("owned_days".to_owned(), days(since));
        row.insert("first_followup_days".to_owned(), days(first.unwrap_or(since)));
        row.insert("followup_days".to_owned(), days(last.unwrap_or(since)));
        for (key, choice) in [("industry", industry), ("level", level), ("region", region)] {
            row.extend(choice.map(|code| (key.to_owned(), Value::Text(code))));
        }
        let mut add = |key: String, more: Decimal| {
            let value = row.entry(key).or_insert(Value::Number(Decimal::ZERO));
            let Value::Number(sum) = value else { panic!() };
            *sum += more;
        };
        for key in ["orders_in_ownership", "open_orders", "open_opportunities"] {
            add(key.to_owned(), Decimal::ZERO);
        }
        let mut last_order = None;
        for (of, status, currency, total, paid, at, shipped, delivered) in &orders {
            if *of != id || status == "CANCELLED" || status == "REFUNDED" {
                continue;
            }
            last_order = last_order.max(Some(*at));
            add(format!("orders_total.{currency}"), *total);
            add("orders_in_ownership".to_owned(), i64::from(*at >= since).into());
            add(
                "open_orders".to_owned(),
                i64::from((!paid.is_zero() || shipped.is_some()) && delivered.is_none()).into(),
            );
        }
        for (of, pursuer, kind, amount, currency) in &opportunities {
            if *of != id || *pursuer != owner || kind != "OPEN" {
                continue;
            }
            add("open_opportunities".to_owned(), Decimal::ONE);
            if let (Some(amount), Some(currency)) = (amount, currency) {
                add(format!("expected_amount.{currency}"), *amount);
            }
        }
        row.extend(last_order.map(|at| ("days_since_last_order".to_owned(), days(at))));
        for (of, key, text, number, truth, date) in &extras {
            if *of == id {
                let value = text.clone().map(Value::Text).or(number.map(Value::Number)).or(truth.map(Value::Bool));
                row.insert(format!("extra.{key}"), value.or(date.map(|date| Value::Text(date.to_string()))).unwrap());
            }
        }
        rows.insert(name, row);
    }
    rows
}
