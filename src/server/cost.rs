//! What a request costs, counted before it is paid.
//!
//! A field costs 1, and what is selected below a list costs as much for each row of its page. A value of an argument costs 1
//! for each of its parts, each time that it is used: an alias or a variable that is named twice counts twice. Long text
//! costs more, and a condition costs 1 for each of its bytes, because it is compiled.

use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use apollo_compiler::executable::{ExecutableDocument, Field, Operation, Selection, SelectionSet};
use serde_json::Value as Json;

use crate::kernel::read::Variables;

/// How many rows a list has for which no page size is given.
const DEFAULT_PAGE: usize = 20;
/// How many bytes of text cost 1.
const TEXT_BYTES: usize = 64;
/// A longer condition is refused without a look at it, in bytes.
const LONGEST_CONDITION: usize = 4_000;
/// The name of arguments and filters that are compiled: see `crm::rule::condition`.
const CONDITION: &str = "condition";

/// What an operation costs with these variables.
pub fn of_operation(document: &ExecutableDocument, operation: &Operation, variables: &Variables) -> usize {
    Counter { document, variables }.selections(&operation.selection_set)
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
}

impl Counter<'_> {
    fn selections(&self, set: &SelectionSet) -> usize {
        let cost = |selection: &Selection| match selection {
            Selection::Field(field) => self.field(field),
            Selection::InlineFragment(fragment) => self.selections(&fragment.selection_set),
            Selection::FragmentSpread(spread) => self
                .document
                .fragments
                .get(&spread.fragment_name)
                .map_or(0, |fragment| self.selections(&fragment.selection_set)),
        };
        set.selections.iter().map(cost).fold(0, usize::saturating_add)
    }

    fn field(&self, field: &Node<Field>) -> usize {
        // Introspection is counted while it is answered: see `introspection`.
        if field.name.starts_with("__") {
            return 1;
        }
        let below = self.selections(&field.selection_set).saturating_mul(self.rows(field));
        let values = field.arguments.iter().map(|argument| self.value(&argument.name, &argument.value));
        values.fold(below.saturating_add(1), usize::saturating_add)
    }

    /// How many rows a field can answer with.
    fn rows(&self, field: &Node<Field>) -> usize {
        // Each item of a batch is answered.
        if let Some(input) = field.specified_argument_by_name("input") {
            return self.longest_list(input).max(1);
        }
        let given = |name: &str| match field.specified_argument_by_name(name)?.as_ref() {
            Value::Variable(variable) => self.variables.get(variable.as_str())?.as_u64(),
            Value::Int(number) => number.as_str().parse().ok(),
            _ => None,
        };
        let items = |value: &Value| match value {
            Value::Variable(name) => self.variables.get(name.as_str()).and_then(Json::as_array).map_or(1, Vec::len),
            Value::List(items) => items.len(),
            _ => 1,
        };
        let is_list = field.definition.arguments.iter().any(|argument| argument.name == "first");
        let page = ["first", "last"].iter().find_map(|name| given(name));
        let page =
            page.map_or(if is_list { DEFAULT_PAGE } else { 1 }, |rows| usize::try_from(rows).unwrap_or(usize::MAX));
        let asked = field.arguments.iter().map(|argument| items(&argument.value)).max().unwrap_or(1);
        page.saturating_mul(asked).max(1)
    }

    fn value(&self, name: &str, value: &Value) -> usize {
        match value {
            Value::Variable(variable) => self.variables.get(variable.as_str()).map_or(1, |value| of_json(name, value)),
            Value::List(items) => items.iter().map(|item| self.value(name, item)).fold(1, usize::saturating_add),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| self.value(name, value)).fold(1, usize::saturating_add)
            }
            Value::String(text) => of_text(name, text),
            _ => 1,
        }
    }

    /// How many items the longest list in an input has.
    fn longest_list(&self, input: &Value) -> usize {
        match input {
            Value::Variable(name) => self.variables.get(name.as_str()).map(longest_list).unwrap_or_default(),
            Value::List(items) => items.len(),
            Value::Object(fields) => fields.iter().map(|(_, value)| self.longest_list(value)).max().unwrap_or_default(),
            _ => 0,
        }
    }
}

fn longest_list(json: &Json) -> usize {
    match json {
        Json::Array(items) => items.len(),
        Json::Object(fields) => fields.values().map(longest_list).max().unwrap_or_default(),
        _ => 0,
    }
}

fn of_json(name: &str, json: &Json) -> usize {
    match json {
        Json::Array(items) => items.iter().map(|item| of_json(name, item)).fold(1, usize::saturating_add),
        Json::Object(fields) => fields.iter().map(|(name, value)| of_json(name, value)).fold(1, usize::saturating_add),
        Json::String(text) => of_text(name, text),
        _ => 1,
    }
}

fn of_text(name: &str, text: &str) -> usize {
    if name == CONDITION { text.len().clamp(1, LONGEST_CONDITION) } else { 1 + text.len() / TEXT_BYTES }
}
