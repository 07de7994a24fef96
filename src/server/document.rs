//! Documents: parsed, checked against the limits, validated once, and kept by their text.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock, Mutex};

use apollo_compiler::ast::{self, Definition, Selection};
use apollo_compiler::executable::{self, Operation, SelectionSet};
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Node, Schema};
use lru::LruCache;
use serde_json::Value as Json;

use crate::api;
use crate::api::base::document::{BoundVariables, Prepared};
use crate::api::base::error::TopError;
use crate::kernel::config::Limits;
use crate::kernel::error::{Language, Text};
use crate::kernel::read::Variables;

/// How many documents are kept.
const KEPT: usize = 1_000;

/// The schema, as the validator knows it.
pub static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| {
    Schema::parse_and_validate(api::sdl(), "schema.graphql").expect("the schema that async-graphql writes is valid")
});

/// Documents that were used lately.
pub struct Documents(Mutex<LruCache<String, Arc<Prepared>>>);

impl Default for Documents {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::new(KEPT).expect("more than none"))))
    }
}

impl Documents {
    /// The document, prepared; the errors say what is wrong with it.
    pub fn prepare(&self, text: &str, limits: &Limits, language: Language) -> Result<Arc<Prepared>, Vec<TopError>> {
        if let Some(prepared) = self.0.lock().expect("no panic while held").get(text) {
            return Ok(prepared.clone());
        }
        let document = check(text, limits, language)?;
        let bound = BoundVariables::of(&document);
        let prepared = Arc::new(Prepared { text: text.to_owned(), document, bound });
        if prepared.is_kept() {
            self.0.lock().expect("no panic while held").put(text.to_owned(), prepared.clone());
        }
        Ok(prepared)
    }
}

fn check(text: &str, limits: &Limits, language: Language) -> Result<Valid<ExecutableDocument>, Vec<TopError>> {
    let mut parser = Parser::new().token_limit(limits.document_tokens).recursion_limit(limits.recursion());
    let ast = parser.parse_ast(text, "document.graphql").map_err(|invalid| {
        if parser.tokens_reached() >= limits.document_tokens {
            return vec![too_much("tokens in the document", limits.document_tokens, "文档词法单元", language)];
        }
        told(&invalid.errors, "GRAPHQL_PARSE_FAILED")
    })?;
    // Before validation: what a few hundred bytes of fragments expand to is work for the validator too.
    let size = Expansion::of(&ast);
    for (asked, limit, en, zh) in [
        (size.selections, limits.expanded_selections, "selections, fragments expanded", "展开后的字段"),
        (size.depth, limits.depth, "levels of depth", "嵌套层数"),
        (size.aliases, limits.aliases, "aliases", "别名"),
        (size.root_fields, limits.root_fields, "root fields", "根字段"),
    ] {
        if asked > limit {
            return Err(vec![too_complex(asked, limit, en, zh, language)]);
        }
    }
    ast.to_executable_validate(&SCHEMA).map_err(|invalid| told(&invalid.errors, "GRAPHQL_VALIDATION_FAILED"))
}

fn told(errors: &DiagnosticList, code: &'static str) -> Vec<TopError> {
    let told = errors.iter().take(20).map(|diagnostic| {
        let error = diagnostic.to_json();
        let places = error.locations.iter().map(|place| (place.line, place.column)).collect::<Vec<_>>();
        TopError::invalid_document(code, error.message, places)
    });
    told.collect()
}

fn too_much(en: &str, limit: usize, zh: &str, language: Language) -> TopError {
    let text = Text::new(format!("More than {limit} {en}."), format!("{zh}超过 {limit} 个。"));
    TopError::new("QUERY_TOO_COMPLEX", &text, language)
}

fn too_complex(asked: usize, limit: usize, en: &str, zh: &str, language: Language) -> TopError {
    let text =
        Text::new(format!("{asked} {en}, at most {limit} are allowed."), format!("{zh} {asked} 超过上限 {limit}。"));
    TopError::new("QUERY_TOO_COMPLEX", &text, language)
}

/// What a document comes to when its fragments are written out. Counted with one visit to each fragment.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Expansion {
    selections: usize,
    depth: usize,
    aliases: usize,
    root_fields: usize,
}

impl Expansion {
    /// The largest of the document's operations, in each respect.
    fn of(document: &ast::Document) -> Self {
        let fragments = document
            .definitions
            .iter()
            .filter_map(|definition| match definition {
                Definition::FragmentDefinition(fragment) => {
                    Some((fragment.name.as_str(), fragment.selection_set.as_slice()))
                }
                _ => None,
            })
            .collect();
        let mut counter = Counter { fragments, known: HashMap::new() };
        let mut most = Self::default();
        for definition in &document.definitions {
            let set = match definition {
                Definition::OperationDefinition(operation) => &operation.selection_set,
                Definition::FragmentDefinition(fragment) => &fragment.selection_set,
                _ => continue,
            };
            let size = counter.set(set);
            most.selections = most.selections.max(size.selections);
            most.depth = most.depth.max(size.depth);
            most.aliases = most.aliases.max(size.aliases);
            if matches!(definition, Definition::OperationDefinition(_)) {
                most.root_fields = most.root_fields.max(size.root_fields);
            }
        }
        most
    }
}

struct Counter<'d> {
    fragments: HashMap<&'d str, &'d [Selection]>,
    known: HashMap<&'d str, Expansion>,
}

impl<'d> Counter<'d> {
    fn set(&mut self, set: &'d [Selection]) -> Expansion {
        let mut total = Expansion::default();
        for selection in set {
            let part = match selection {
                Selection::Field(field) => {
                    let below = self.set(&field.selection_set);
                    Expansion {
                        selections: below.selections.saturating_add(1),
                        depth: below.depth.saturating_add(1),
                        aliases: below.aliases.saturating_add(usize::from(field.alias.is_some())),
                        root_fields: 1,
                    }
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.selection_set),
                Selection::FragmentSpread(spread) => self.fragment(spread.fragment_name.as_str()),
            };
            total.selections = total.selections.saturating_add(part.selections);
            total.depth = total.depth.max(part.depth);
            total.aliases = total.aliases.saturating_add(part.aliases);
            total.root_fields = total.root_fields.saturating_add(part.root_fields);
        }
        total
    }

    fn fragment(&mut self, name: &'d str) -> Expansion {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        // A fragment within itself counts as nothing here; validation refuses it.
        self.known.insert(name, Expansion::default());
        let size = self.fragments.get(name).copied().map(|set| self.set(set)).unwrap_or_default();
        self.known.insert(name, size);
        size
    }
}

/// Whether an operation asks for the schema itself.
pub fn asks_for_schema(document: &ExecutableDocument, operation: &Operation, variables: &Variables) -> bool {
    let fields = crate::kernel::read::root_fields(document, operation, variables);
    fields.values().any(|selected| matches!(selected.field.name.as_str(), "__schema" | "__type"))
}

/// What an operation with these variables costs: a field is 1, what is below a list counts for each row of its page.
pub fn check_cost(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &Variables,
    limits: &Limits,
    language: Language,
) -> Result<(), TopError> {
    let cost = cost(document, &operation.selection_set, variables);
    if cost > limits.complexity {
        return Err(too_complex(
            cost,
            limits.complexity,
            "is what this costs (fields, times the rows of their lists)",
            "查询复杂度",
            language,
        ));
    }
    Ok(())
}

fn cost(document: &ExecutableDocument, set: &SelectionSet, variables: &Variables) -> usize {
    let mut total = 0usize;
    for selection in &set.selections {
        total = total.saturating_add(match selection {
            executable::Selection::Field(field) => {
                let below = cost(document, &field.selection_set, variables);
                below.saturating_mul(rows(field, variables)).saturating_add(1)
            }
            executable::Selection::InlineFragment(fragment) => cost(document, &fragment.selection_set, variables),
            executable::Selection::FragmentSpread(spread) => document
                .fragments
                .get(&spread.fragment_name)
                .map_or(0, |fragment| cost(document, &fragment.selection_set, variables)),
        });
    }
    total
}

/// How many rows a field can answer with.
fn rows(field: &Node<executable::Field>, variables: &Variables) -> usize {
    // What is done for each of a batch is answered for each.
    if let Some(input) = field.specified_argument_by_name("input") {
        return longest_list(input, variables).max(1);
    }
    let given = |name: &str| match field.specified_argument_by_name(name)?.as_ref() {
        ast::Value::Variable(variable) => variables.get(variable.as_str())?.as_u64(),
        ast::Value::Int(number) => number.as_str().parse().ok(),
        _ => None,
    };
    let items = |value: &ast::Value| match value {
        ast::Value::Variable(name) => variables.get(name.as_str()).and_then(Json::as_array).map_or(1, Vec::len),
        ast::Value::List(items) => items.len(),
        _ => 1,
    };
    let is_list = field.definition.arguments.iter().any(|argument| argument.name == "first");
    let page = ["first", "last"].iter().find_map(|name| given(name)).unwrap_or(if is_list { 20 } else { 1 });
    let asked = field.arguments.iter().map(|argument| items(&argument.value)).max().unwrap_or(1);
    usize::try_from(page).unwrap_or(usize::MAX).saturating_mul(asked).max(1)
}

/// How many items the longest list in an input has.
fn longest_list(input: &ast::Value, variables: &Variables) -> usize {
    fn of_json(json: &Json) -> usize {
        match json {
            Json::Array(items) => items.len(),
            Json::Object(fields) => fields.values().map(of_json).max().unwrap_or_default(),
            _ => 0,
        }
    }
    match input {
        ast::Value::Variable(name) => variables.get(name.as_str()).map(of_json).unwrap_or_default(),
        ast::Value::List(items) => items.len(),
        ast::Value::Object(fields) => {
            fields.iter().map(|(_, value)| longest_list(value, variables)).max().unwrap_or_default()
        }
        _ => 0,
    }
}
