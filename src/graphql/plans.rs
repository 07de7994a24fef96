//! Plans that were used lately. What comes again is looked up, filled in and run.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use apollo_compiler::Name;
use apollo_compiler::ast::{DirectiveList, Value};
use apollo_compiler::executable::{ExecutableDocument, Selection, SelectionSet};
use lru::LruCache;
use serde_json::Value as Json;

use super::document::Prepared;
use crate::access::Grants;
use crate::read::{Plan, Variables, Viewpoint};

/// How many plans are kept, and how long the statement of one may be to be kept, in bytes.
const KEPT: usize = 2_000;
const KEPT_BYTES: usize = 50_000;
/// How long the variables of one may be, as text: a plan holds on to their values, too.
const KEPT_VARIABLES_BYTES: usize = 4_000;

/// What a plan was made for. Addresses stand for what a kept plan holds on to, so they can't be given away meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    document: usize,
    operation: Option<String>,
    variables: String,
    grants: usize,
    has_large_team: bool,
    directory: i64,
}

impl Key {
    /// The key of a read.
    pub fn of(prepared: &Arc<Prepared>, operation: Option<&str>, variables: &Variables, viewpoint: &Viewpoint) -> Self {
        Self {
            document: Arc::as_ptr(prepared).addr(),
            operation: operation.map(str::to_owned),
            variables: prepared.bound.shape(variables),
            grants: Arc::as_ptr(&viewpoint.rights.grants).addr(),
            has_large_team: viewpoint.rights.has_large_team(),
            directory: viewpoint.directory.revision,
        }
    }
}

impl Key {
    /// Whether it is short enough to be kept.
    pub fn is_short(&self) -> bool {
        self.variables.len() <= KEPT_VARIABLES_BYTES
    }
}

/// A plan, with what its key stands for.
struct Kept {
    plan: Arc<QueryPlan>,
    _document: Arc<Prepared>,
    _grants: Arc<Grants>,
}

/// How a query is read.
pub struct QueryPlan {
    /// The statement.
    pub plan: Plan,
    /// Whether it answers all of the query.
    pub is_whole: bool,
    /// The response key of the first field that it answers.
    pub first_key: String,
}

/// The plans of one server.
pub struct Plans(Mutex<LruCache<Key, Kept>>);

impl Default for Plans {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::new(KEPT).expect("more than none"))))
    }
}

impl Plans {
    /// The plan that was kept.
    pub fn get(&self, key: &Key) -> Option<Arc<QueryPlan>> {
        self.0.lock().expect("no panic while held").get(key).map(|kept| kept.plan.clone())
    }

    /// Keeps a plan.
    pub fn keep(&self, key: Key, plan: &Arc<QueryPlan>, document: &Arc<Prepared>, viewpoint: &Viewpoint) {
        if document.is_kept() && plan.plan.size() <= KEPT_BYTES && key.is_short() {
            let (document, grants) = (document.clone(), viewpoint.rights.grants.clone());
            let kept = Kept { plan: plan.clone(), _document: document, _grants: grants };
            self.0.lock().expect("no panic while held").put(key, kept);
        }
    }
}

/// What a plan depends on in a variable that is only bound.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    /// An id: the kind of thing that it names.
    Id,
    /// A cursor: whether there is one.
    Cursor,
}

/// The variables whose values are bound and do not change the plan.
#[derive(Debug, Default)]
pub struct BoundVariables(HashMap<Name, Shape>);

impl BoundVariables {
    /// Finds them: those that are nothing but ids of root fields, or cursors.
    pub fn of(document: &ExecutableDocument) -> Self {
        let (mut bound, mut others) = (HashMap::new(), HashSet::new());
        let mut sets: Vec<&SelectionSet> = Vec::new();
        for operation in document.operations.iter() {
            note_directives(&operation.directives, &mut others);
            sets.push(&operation.selection_set);
        }
        for fragment in document.fragments.values() {
            note_directives(&fragment.directives, &mut others);
            sets.push(&fragment.selection_set);
        }
        while let Some(set) = sets.pop() {
            for selection in &set.selections {
                note_directives(selection.directives(), &mut others);
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
                                (_, value) => note_variables(value, &mut others),
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

    /// As much of the variables as a plan depends on.
    fn shape(&self, variables: &Variables) -> String {
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

fn note_directives(directives: &DirectiveList, found: &mut HashSet<Name>) {
    for directive in directives {
        directive.arguments.iter().for_each(|argument| note_variables(&argument.value, found));
    }
}

fn note_variables(value: &Value, found: &mut HashSet<Name>) {
    match value {
        Value::Variable(name) => {
            found.insert(name.clone());
        }
        Value::List(items) => items.iter().for_each(|item| note_variables(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(_, value)| note_variables(value, found)),
        _ => {}
    }
}
