//! The operators and functions of conditions.

use cel::common::ast::operators;

/// An operator or function, applied to parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Not,
    And,
    Or,
    Choose,
    Equals,
    Differs,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
    Negate,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Entry,
    StartsWith,
    EndsWith,
    Contains,
    Size,
}

/// For each operator: its name in the parser, the operator, the number of its parts, and whether the first part stands
/// before a dot.
pub(super) const OPS: &[(&str, Op, usize, bool)] = &[
    (operators::LOGICAL_NOT, Op::Not, 1, false),
    (operators::LOGICAL_AND, Op::And, 2, false),
    (operators::LOGICAL_OR, Op::Or, 2, false),
    (operators::CONDITIONAL, Op::Choose, 3, false),
    (operators::EQUALS, Op::Equals, 2, false),
    (operators::NOT_EQUALS, Op::Differs, 2, false),
    (operators::LESS, Op::Less, 2, false),
    (operators::LESS_EQUALS, Op::AtMost, 2, false),
    (operators::GREATER, Op::Greater, 2, false),
    (operators::GREATER_EQUALS, Op::AtLeast, 2, false),
    (operators::IN, Op::In, 2, false),
    (operators::NEGATE, Op::Negate, 1, false),
    (operators::ADD, Op::Add, 2, false),
    (operators::SUBSTRACT, Op::Subtract, 2, false),
    (operators::MULTIPLY, Op::Multiply, 2, false),
    (operators::DIVIDE, Op::Divide, 2, false),
    (operators::MODULO, Op::Modulo, 2, false),
    (operators::INDEX, Op::Entry, 2, false),
    ("startsWith", Op::StartsWith, 2, true),
    ("endsWith", Op::EndsWith, 2, true),
    ("contains", Op::Contains, 2, true),
    ("size", Op::Size, 1, true),
    ("size", Op::Size, 1, false),
];
