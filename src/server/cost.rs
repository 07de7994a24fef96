//! What a request costs, counted before it is paid.
//!
//! A field costs 1, and what is selected below a list costs as much for each row of its page. A value of an argument costs 1
//! for each of its parts, each time that it is used: an alias or a variable that is named twice counts twice. Long text
//! costs more, and a condition costs 1 for each of its bytes, because it is compiled. A figure costs more than its fields,
//! because it adds up facts.

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Value};
use apollo_compiler::executable::{ExecutableDocument, Field, Operation, Selection, SelectionSet};
use serde_json::Value as Json;

use crate::api::base::catalog::CATALOG;
use crate::kernel::config::Limits;
use crate::kernel::read::Variables;
use crate::kernel::read::describe::RootKind;

/// How many rows a list has for which no page size is given.
const DEFAULT_PAGE: usize = 20;
/// What a figure costs besides its fields.
const FIGURE: usize = 500;
/// The lists of figures, which have no pages, and how many rows each counts as.
const FIGURE_LISTS: ([&str; 3], usize) = (["groups", "members", "hits"], 100);
/// How many bytes of text cost 1.
const TEXT_BYTES: usize = 64;
/// A longer condition is refused without a look at it, in bytes.
const LONGEST_CONDITION: usize = 4_000;
/// The name of arguments and filters that are compiled: see `crm::rule::condition`.
const CONDITION: &str = "condition";
/// The name of arguments, and of fields of an input, that select rows.
const FILTER: &str = "filter";

/// What exceeds a limit, and how much of it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// The cost of the operation.
    Cost(usize),
    /// The conditions of one filter, counted with the objects around them.
    FilterConditions(usize),
    /// The values of one list in a filter.
    ListValues(usize),
}

/// What an operation costs with these variables; refused if that, or one of its filters, is more than the limits allow.
pub fn of_operation(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &Variables,
    limits: &Limits,
) -> Result<usize, Excess> {
    let mut counter = Counter { document, variables, limits, values: 0, excess: None };
    let cost = counter.selections(&operation.selection_set);
    match counter.excess {
        Some(excess) => Err(excess),
        None if cost > limits.complexity => Err(Excess::Cost(cost)),
        None => Ok(cost),
    }
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    limits: &'a Limits,
    /// What the parts of all inputs have cost so far. Beyond the limit no input is looked at any more, so that counting a large
    /// value that is named often costs no more than the limit itself.
    values: usize,
    /// The first excess of a filter.
    excess: Option<Excess>,
}

/// A part of an argument, as the document or as a variable has it.
#[derive(Clone, Copy)]
enum Part<'a> {
    Literal(&'a Value),
    Given(&'a Json),
}

impl<'a> Counter<'a> {
    fn selections(&mut self, set: &'a SelectionSet) -> usize {
        let mut total = 0_usize;
        for selection in &set.selections {
            total = total.saturating_add(match selection {
                // Its arguments do not say how many objects there are: it is one.
                Selection::Field(field) if set.ty == "Query" && is_figure(&field.name) => {
                    self.field(field, 1).saturating_add(FIGURE)
                }
                Selection::Field(field) => self.field(field, self.rows(field)).saturating_add(1),
                Selection::InlineFragment(fragment) => self.selections(&fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    let fragment = document.fragments.get(&spread.fragment_name);
                    fragment.map_or(0, |fragment| self.selections(&fragment.selection_set))
                }
            });
        }
        total
    }

    fn field(&mut self, field: &'a Node<Field>, rows: usize) -> usize {
        // Introspection is counted while it is answered: see `introspection`.
        if field.name.starts_with("__") {
            return 0;
        }
        let mut cost = self.selections(&field.selection_set).saturating_mul(rows);
        for argument in &field.arguments {
            if self.values > self.limits.complexity {
                break;
            }
            let value = self.part(&argument.value);
            let of_value = self.value(&argument.name, value);
            self.values = self.values.saturating_add(of_value);
            cost = cost.saturating_add(of_value);
            let filter = match argument.name == FILTER {
                true => Some(value),
                // A mutation has it in its input.
                false => self.parts(value).into_iter().find_map(|(name, part)| (name == Some(FILTER)).then_some(part)),
            };
            if let Some(filter) = filter {
                self.check_filter(filter);
            }
        }
        cost
    }

    /// How many rows a field can answer with.
    fn rows(&self, field: &'a Node<Field>) -> usize {
        // Each item of a batch is answered.
        if let Some(input) = field.specified_argument_by_name("input") {
            return self.longest_list(self.part(input)).max(1);
        }
        if FIGURE_LISTS.0.contains(&field.name.as_str()) {
            return FIGURE_LISTS.1;
        }
        let number = |name: &str| match self.part(field.specified_argument_by_name(name)?) {
            Part::Literal(Value::Int(number)) => number.as_str().parse().ok(),
            Part::Given(json) => json.as_u64(),
            Part::Literal(_) => None,
        };
        let is_list = field.definition.arguments.iter().any(|argument| argument.name == "first");
        let page = ["first", "last"].iter().find_map(|name| number(name));
        let page =
            page.map_or(if is_list { DEFAULT_PAGE } else { 1 }, |rows| usize::try_from(rows).unwrap_or(usize::MAX));
        let items = |argument: &'a Node<Argument>| self.length(self.part(&argument.value)).unwrap_or(1);
        let asked = field.arguments.iter().map(items).max().unwrap_or(1);
        page.saturating_mul(asked).max(1)
    }

    /// A value, with the value of the variable in its place.
    fn part(&self, value: &'a Value) -> Part<'a> {
        match value {
            Value::Variable(name) => self.variables.get(name.as_str()).map_or(Part::Literal(value), Part::Given),
            literal => Part::Literal(literal),
        }
    }

    /// The parts of a value: the items of a list, which have no name of their own, or the fields of an object.
    fn parts(&self, part: Part<'a>) -> Vec<(Option<&'a str>, Part<'a>)> {
        match part {
            Part::Literal(Value::List(items)) => items.iter().map(|item| (None, self.part(item))).collect(),
            Part::Literal(Value::Object(fields)) => {
                fields.iter().map(|(name, value)| (Some(name.as_str()), self.part(value))).collect()
            }
            Part::Given(Json::Array(items)) => items.iter().map(|item| (None, Part::Given(item))).collect(),
            Part::Given(Json::Object(fields)) => {
                fields.iter().map(|(name, value)| (Some(name.as_str()), Part::Given(value))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// How many items a list has.
    fn length(&self, part: Part<'_>) -> Option<usize> {
        match part {
            Part::Literal(Value::List(items)) => Some(items.len()),
            Part::Given(Json::Array(items)) => Some(items.len()),
            _ => None,
        }
    }

    fn value(&self, name: &str, part: Part<'a>) -> usize {
        match part {
            Part::Literal(Value::String(text)) => of_text(name, text),
            Part::Given(Json::String(text)) => of_text(name, text),
            _ => {
                let parts = self.parts(part).into_iter();
                parts.map(|(field, part)| self.value(field.unwrap_or(name), part)).fold(1, usize::saturating_add)
            }
        }
    }

    /// How many items the longest list in an input has.
    fn longest_list(&self, input: Part<'a>) -> usize {
        match self.length(input) {
            Some(items) => items,
            None => self.parts(input).into_iter().map(|(_, part)| self.longest_list(part)).max().unwrap_or_default(),
        }
    }

    /// Notes what a filter has too much of.
    fn check_filter(&mut self, filter: Part<'a>) {
        let conditions = self.conditions(filter);
        if conditions > self.limits.filter_conditions {
            self.excess.get_or_insert(Excess::FilterConditions(conditions));
        }
    }

    /// How many conditions a filter has, counted with the objects around them.
    fn conditions(&mut self, filter: Part<'a>) -> usize {
        let mut total = 0;
        for (name, part) in self.parts(filter) {
            let values = self.length(part).filter(|_| !matches!(name, Some("and" | "or")));
            if let Some(values) = values.filter(|values| *values > self.limits.list_values) {
                self.excess.get_or_insert(Excess::ListValues(values));
            }
            // The values of a list are no conditions.
            total += 1 + if name == Some("in") { 0 } else { self.conditions(part) };
        }
        total
    }
}

/// Whether a field of `Query` is a figure.
fn is_figure(name: &str) -> bool {
    CATALOG.roots.iter().any(|root| root.name == name && matches!(root.kind, RootKind::Figure(_)))
}

fn of_text(name: &str, text: &str) -> usize {
    if name == CONDITION { text.len().clamp(1, LONGEST_CONDITION) } else { 1 + text.len() / TEXT_BYTES }
}
