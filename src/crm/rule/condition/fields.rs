//! Fields: the parts of a condition that are a value as it stands, and whether a customer may have none.

use super::ops::Op;
use super::syntax::{Form, Node};
use super::variables::{EXTRA, VARIABLES, Variable};

/// The variable that a part is.
pub(super) fn variable(node: &Node) -> Option<&'static Variable> {
    let Form::Variable(name) = &node.form else { return None };
    VARIABLES.iter().find(|variable| variable.name == name)
}

/// The key of the extra field that a part is.
pub(super) fn extra_key(node: &Node) -> Option<&str> {
    let Form::Apply(Op::Entry, parts) = &node.form else { return None };
    match parts.as_slice() {
        [Node { form: Form::Variable(map), .. }, Node { form: Form::Text(key), .. }] if map == EXTRA => Some(key),
        _ => None,
    }
}

/// Whether a part is a variable, an extra field or a sum of money.
pub(super) fn is_field(node: &Node) -> bool {
    matches!(&node.form, Form::Variable(_) | Form::Apply(Op::Entry, _))
}

/// Whether a part is a field that a customer may have no value for.
pub(super) fn may_miss(node: &Node) -> bool {
    extra_key(node).is_some() || variable(node).is_some_and(|variable| variable.is_optional)
}

/// Whether a part is a constant.
pub(super) fn is_constant(node: &Node) -> bool {
    match &node.form {
        Form::Bool(_) | Form::Int(_) | Form::Number(_) | Form::Text(_) => true,
        Form::Apply(Op::Negate, parts) => parts.iter().all(|part| matches!(part.form, Form::Int(_) | Form::Number(_))),
        _ => false,
    }
}

/// Whether two parts are fields or constants, and one of them may be missing. Then the comparison has an answer for every
/// customer. Of a computation with a missing value nobody knows the result.
pub(super) fn compares_fields(left: &Node, right: &Node) -> bool {
    let is_plain = |node| is_field(node) || is_constant(node);
    is_plain(left) && is_plain(right) && (may_miss(left) || may_miss(right))
}
