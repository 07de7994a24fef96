//! Documents that a request executes.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use apollo_compiler::Name;
use apollo_compiler::ast::{DirectiveList, Value};
use apollo_compiler::executable::{ExecutableDocument, Selection, SelectionSet};
use apollo_compiler::validation::Valid;
use serde_json::Value as Json;

use crate::kernel::read::Variables;

/// The longest document that is cached, in bytes.
const KEPT_BYTES: usize = 20_000;

/// A document that can be executed.
pub struct Prepared {
    /// The text of the document.
    pub text: String,
    /// The document, parsed and validated.
    pub document: Valid<ExecutableDocument>,
    /// The variables that do not change the plan.
    pub bound: BoundVariables,
}

impl Prepared {
    /// Whether the document is short enough to be cached.
    pub fn is_kept(&self) -> bool {
        self.text.len() <= KEPT_BYTES
    }
}

/// As much as a plan depends on a variable that is only bound.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    /// The variable is an id: the plan depends on the type that it names.
    Id,
    /// The variable is a cursor: the plan depends on whether there is one.
    Cursor,
}

/// The variables whose values are bound and do not change the plan.
#[derive(Debug, Default)]
pub struct BoundVariables(HashMap<Name, Shape>);

impl BoundVariables {
    /// Finds these variables: they are used only as ids of root fields, or only as cursors.
    pub fn of(document: &ExecutableDocument) -> Self {
        let (mut bound, mut others) = (HashMap::new(), HashSet::new());
        let mut sets: Vec<&SelectionSet> = Vec::new();
        for operation in document.operations.iter() {
            collect_from_directives(&operation.directives, &mut others);
            sets.push(&operation.selection_set);
        }
        for fragment in document.fragments.values() {
            collect_from_directives(&fragment.directives, &mut others);
            sets.push(&fragment.selection_set);
        }
        while let Some(set) = sets.pop() {
            for selection in &set.selections {
                collect_from_directives(selection.directives(), &mut others);
                match selection {
                    Selection::Field(field) => {
                        for argument in &field.arguments {
                            let shape = match argument.name.as_str() {
                                "id" if set.ty == "Query" => Some(Shape::Id),
                                "after" | "before" => Some(Shape::Cursor),
                                _ => None,
                            };
                            match (shape, argument.value.as_ref()) {
                                (Some(shape), Value::Variable(name)) => {
                                    if bound.insert(name.clone(), shape).is_some_and(|other| other != shape) {
                                        others.insert(name.clone());
                                    }
                                }
                                (_, value) => collect_variables(value, &mut others),
                            }
                        }
                        sets.push(&field.selection_set);
                    }
                    Selection::InlineFragment(fragment) => sets.push(&fragment.selection_set),
                    Selection::FragmentSpread(_) => {}
                }
            }
        }
        bound.retain(|name, _| !others.contains(name));
        Self(bound)
    }

    /// As much of the values of the variables as a plan depends on.
    pub fn shape(&self, variables: &Variables) -> String {
        let mut shape = String::new();
        for (name, value) in variables {
            let written = match (self.0.get(name.as_str()), value) {
                (None, value) => write!(shape, "{name}={value};"),
                (Some(_), Json::Null) => Ok(()),
                (Some(Shape::Cursor), _) => write!(shape, "{name};"),
                (Some(Shape::Id), id) => {
                    let text = id.as_str().unwrap_or_default();
                    write!(shape, "{name}={:?};", text.rsplit_once('_').map(|(prefix, _)| prefix))
                }
            };
            written.expect("text is written to memory");
        }
        shape
    }
}

fn collect_from_directives(directives: &DirectiveList, found: &mut HashSet<Name>) {
    for directive in directives {
        directive.arguments.iter().for_each(|argument| collect_variables(&argument.value, found));
    }
}

fn collect_variables(value: &Value, found: &mut HashSet<Name>) {
    match value {
        Value::Variable(name) => {
            found.insert(name.clone());
        }
        Value::List(items) => items.iter().for_each(|item| collect_variables(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(_, value)| collect_variables(value, found)),
        _ => {}
    }
}
