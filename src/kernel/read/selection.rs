//! What a document selects, with fragments, `@skip` and `@include` resolved and equal fields merged.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::ast::{DirectiveList, Value};
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use indexmap::IndexMap;
use serde_json::Value as Json;

use super::Variables;

/// A field of the response, with everything that is selected below it.
#[derive(Debug, Clone)]
pub struct Selected<'d> {
    /// The first of the fields with this response key. The others have the same name and arguments.
    pub field: &'d Field,
    /// The selection sets of all of them.
    pub below: Vec<&'d SelectionSet>,
}

/// The fields of the response by their response keys, in the order of the response.
pub type Fields<'d> = IndexMap<&'d str, Selected<'d>>;

/// Collects the fields that are selected on a type.
pub fn collect<'d>(
    document: &'d ExecutableDocument,
    variables: &Variables,
    sets: &[&'d SelectionSet],
    is_type: &dyn Fn(&str) -> bool,
) -> Fields<'d> {
    let mut fields = Fields::new();
    for set in sets {
        collect_into(&mut fields, document, variables, set, is_type);
    }
    fields
}

fn collect_into<'d>(
    fields: &mut Fields<'d>,
    document: &'d ExecutableDocument,
    variables: &Variables,
    set: &'d SelectionSet,
    is_type: &dyn Fn(&str) -> bool,
) {
    for selection in &set.selections {
        if !is_included(selection.directives(), variables) {
            continue;
        }
        let below = match selection {
            Selection::Field(field) => {
                let selected = fields
                    .entry(field.response_key().as_str())
                    .or_insert_with(|| Selected { field, below: Vec::new() });
                selected.below.push(&field.selection_set);
                continue;
            }
            Selection::InlineFragment(fragment) => {
                let applies = fragment.type_condition.as_ref().is_none_or(|condition| is_type(condition));
                applies.then_some(&fragment.selection_set)
            }
            Selection::FragmentSpread(spread) => document
                .fragments
                .get(&spread.fragment_name)
                .map(|fragment| &fragment.selection_set)
                .filter(|set| is_type(&set.ty)),
        };
        if let Some(below) = below {
            collect_into(fields, document, variables, below, is_type);
        }
    }
}

fn is_included(directives: &DirectiveList, variables: &Variables) -> bool {
    let condition = |name: &str| -> Option<bool> {
        match directives.get(name)?.specified_argument_by_name("if")?.as_ref() {
            Value::Boolean(value) => Some(*value),
            Value::Variable(variable) => variables.get(variable.as_str()).and_then(Json::as_bool),
            _ => None,
        }
    };
    condition("skip") != Some(true) && condition("include") != Some(false)
}

/// The root fields of the operation.
pub fn root_fields<'d>(
    document: &'d ExecutableDocument,
    operation: &'d Operation,
    variables: &Variables,
) -> Fields<'d> {
    let root = operation.selection_set.ty.clone();
    collect(document, variables, &[&operation.selection_set], &|name| name == root.as_str())
}

/// The selections at a path of response keys below the operation, on fields of any type.
pub fn at_path<'d>(
    document: &'d ExecutableDocument,
    operation: &'d Operation,
    variables: &Variables,
    path: &[&str],
) -> Vec<&'d SelectionSet> {
    let mut sets = vec![&operation.selection_set];
    for key in path {
        // Payloads are concrete types, so every type condition that is valid there holds.
        sets = collect(document, variables, &sets, &|_| true)
            .swap_remove(key)
            .map(|selected| selected.below)
            .unwrap_or_default();
    }
    sets
}
