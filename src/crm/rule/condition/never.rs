//! Tells which customers a condition can never match, as far as that follows from the condition alone: customers without
//! the value of a field, or all customers.
//!
//! Each part gets the set of results that it can have. A set that is too large only hides a warning.

use std::collections::BTreeSet;
use std::ops::BitOr;

use super::fields::{compares_fields, extra_key, is_constant, may_miss, variable};
use super::ops::Op;
use super::syntax::{Form, Node};
use crate::kernel::error::Text;

/// Which results a part that is true or false can have.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Results {
    yes: bool,
    no: bool,
    /// Nobody knows the result.
    unknown: bool,
}

const YES: Results = Results { yes: true, no: false, unknown: false };
const NO: Results = Results { yes: false, no: true, unknown: false };
const UNKNOWN: Results = Results { yes: false, no: false, unknown: true };
const NONE: Results = Results { yes: false, no: false, unknown: false };
const EITHER: Results = Results { yes: true, no: true, unknown: false };
const ANY: Results = Results { yes: true, no: true, unknown: true };

impl BitOr for Results {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self { yes: self.yes | other.yes, no: self.no | other.no, unknown: self.unknown | other.unknown }
    }
}

impl Results {
    fn not(self) -> Self {
        Self { yes: self.no, no: self.yes, ..self }
    }

    fn and(self, other: Self) -> Self {
        Self {
            yes: self.yes && other.yes,
            no: self.no || other.no,
            unknown: (self.unknown && (other.unknown || other.yes)) || (self.yes && other.unknown),
        }
    }
}

/// The customers that a condition never matches, each kind as a sentence.
pub(super) fn never_matched(node: &Node) -> Vec<Text> {
    if !results(node, None).yes {
        return vec![Text::new("This condition can never match a customer.", "该条件永远不会匹配任何客户。")];
    }
    let mut fields = BTreeSet::new();
    collect_fields(node, &mut fields);
    let is_never = |field: &&String| !results(node, Some(field)).yes;
    let sentence = |field: &String| {
        Text::new(
            format!("This condition never matches a customer without `{field}`."),
            format!("没有 `{field}` 的客户永远不会匹配该条件。"),
        )
    };
    fields.iter().filter(is_never).map(sentence).collect()
}

/// How a field that may be missing is written in a condition.
fn written(node: &Node) -> Option<String> {
    let name = variable(node).filter(|variable| variable.is_optional).map(|variable| variable.name.to_owned());
    name.or_else(|| extra_key(node).map(written_extra))
}

fn written_extra(key: &str) -> String {
    format!("extra[\"{key}\"]")
}

fn collect_fields(node: &Node, fields: &mut BTreeSet<String>) {
    fields.extend(written(node));
    if let Form::Apply(_, parts) = &node.form {
        parts.iter().for_each(|part| collect_fields(part, fields));
    }
}

/// Whether a part is, or computes with, the field that is missing, so that it has no value.
fn is_missing(node: &Node, missing: Option<&String>) -> bool {
    if missing.is_some() && written(node).as_ref() == missing {
        return true;
    }
    match &node.form {
        Form::Apply(Op::Choose | Op::Entry, _) => false,
        Form::Apply(_, parts) => parts.iter().any(|part| is_missing(part, missing)),
        _ => false,
    }
}

/// The results of a part that is true or false, for customers without a field.
fn results(node: &Node, missing: Option<&String>) -> Results {
    let of = |node| results(node, missing);
    match &node.form {
        Form::Bool(true) => YES,
        Form::Bool(false) => NO,
        Form::Apply(op, parts) => match (op, parts.as_slice()) {
            (Op::Not, [part]) => of(part).not(),
            (Op::And, [left, right]) => of(left).and(of(right)),
            (Op::Or, [left, right]) => of(left).not().and(of(right).not()).not(),
            (Op::Choose, [asked, yes, no]) => {
                let asked = of(asked);
                let part = |may: bool, node| if may { of(node) } else { NONE };
                part(asked.yes, yes) | part(asked.no, no) | if asked.unknown { UNKNOWN } else { NONE }
            }
            (Op::Equals, [left, right]) => equal(left, right, missing),
            (Op::Differs, [left, right]) => equal(left, right, missing).not(),
            (Op::In, [Node { form: Form::Text(key), .. }, Node { form: Form::Variable(_), .. }]) => {
                if missing == Some(&written_extra(key)) { NO } else { EITHER }
            }
            (Op::In, [wanted, _]) => compared(wanted, wanted, missing),
            (Op::Entry, _) if is_missing(node, missing) => NO,
            (Op::Entry, _) => EITHER,
            (_, [left, right]) => compared(left, right, missing),
            _ => ANY,
        },
        _ => ANY,
    }
}

/// The results of `left == right`.
fn equal(left: &Node, right: &Node, missing: Option<&String>) -> Results {
    let beside_null = match (&left.form, &right.form) {
        (_, Form::Null) => Some(left),
        (Form::Null, _) => Some(right),
        _ => None,
    };
    match beside_null {
        Some(field) if is_missing(field, missing) => YES,
        Some(field) if may_miss(field) => EITHER,
        Some(_) => NO,
        // Two values that are both missing are equal.
        None if compares_fields(left, right) && !is_constant(left) && !is_constant(right) => EITHER,
        None => compared(left, right, missing),
    }
}

/// The results of another comparison.
fn compared(left: &Node, right: &Node, missing: Option<&String>) -> Results {
    let is_plain = compares_fields(left, right);
    match is_missing(left, missing) || is_missing(right, missing) {
        true if is_plain => NO,
        true => UNKNOWN,
        false if is_plain => EITHER,
        false => ANY,
    }
}
