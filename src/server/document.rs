//! Documents: parsed, checked against the limits and validated once, then cached by their text.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use apollo_compiler::ast::{self, Definition, DirectiveList, FieldDefinition, Selection};
use apollo_compiler::parser::Parser;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Schema, name, ty};
use serde_json::Value as Json;

use super::cache::Cache;
use super::{syntax, validation};
use crate::api;
use crate::api::base::context::Caller;
use crate::api::base::document::{BoundVariables, Prepared};
use crate::api::base::error::TopError;
use crate::kernel::config::Limits;
use crate::kernel::error::{Language, Text};

/// The weight of the documents that are kept. A document takes dozens of times the memory of its text.
const KEPT: usize = 2 << 20;
/// How many errors of one document are reported.
const MOST_ERRORS: usize = 20;
const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";

/// The schema, as the validator knows it.
pub static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| {
    let schema = Schema::parse_and_validate(api::sdl(), "schema.graphql");
    let mut schema = schema.expect("the schema that async-graphql writes is valid").into_inner();
    // The library's own `__Type` is that of 2021.
    if let Some(ExtendedType::Object(ty)) = schema.types.get_mut("__Type") {
        let is_one_of = FieldDefinition {
            description: None,
            name: name!("isOneOf"),
            arguments: Vec::new(),
            ty: ty!(Boolean),
            directives: DirectiveList::new(),
        };
        ty.make_mut().fields.insert(is_one_of.name.clone(), is_one_of.into());
    }
    Valid::assume_valid(schema)
});

/// Documents that users have sent lately.
pub struct Documents(Mutex<Cache<String, Arc<Prepared>>>);

impl Default for Documents {
    fn default() -> Self {
        Self(Mutex::new(Cache::new(KEPT)))
    }
}

impl Documents {
    /// The document, if it was kept.
    pub fn get(&self, text: &str) -> Option<Arc<Prepared>> {
        self.0.lock().expect("no panic while held").get(text).cloned()
    }

    /// Keeps a document for the next time. Those of strangers are not kept, so that they do not push those of users out.
    pub fn keep(&self, text: &str, prepared: &Arc<Prepared>, caller: &Caller) {
        if prepared.is_kept() && caller.viewer.is_some() {
            self.0.lock().expect("no panic while held").keep(text.to_owned(), prepared.clone(), text.len());
        }
    }
}

/// Parses and validates a document; the errors say what is wrong with it.
pub fn prepare(text: &str, limits: &Limits, language: Language) -> Result<Prepared, Vec<TopError>> {
    let text = syntax::check(text, limits.document_tokens, limits.recursion()).map_err(|refusal| match refusal {
        syntax::Refusal::Wrong(error) => {
            let code = if error.is_validation { VALIDATION_FAILED } else { PARSE_FAILED };
            vec![TopError::invalid_document(code, error.message, [(error.line, error.column)])]
        }
        syntax::Refusal::TooManyTokens => {
            vec![too_much("tokens in the document", limits.document_tokens, "文档词法单元数", language)]
        }
        syntax::Refusal::TooDeep => vec![too_much("levels of nesting", limits.recursion(), "嵌套层数", language)],
    })?;
    let document = check(&text, limits, language)?;
    let bound = BoundVariables::of(&document);
    Ok(Prepared { text: text.into_owned(), document, bound })
}

fn check(text: &str, limits: &Limits, language: Language) -> Result<Valid<ExecutableDocument>, Vec<TopError>> {
    let mut parser = Parser::new().token_limit(limits.document_tokens).recursion_limit(limits.recursion());
    let ast = parser.parse_ast(text, "document.graphql").map_err(|invalid| {
        if parser.tokens_reached() >= limits.document_tokens {
            return vec![too_much("tokens in the document", limits.document_tokens, "文档词法单元数", language)];
        }
        told(&invalid.errors, PARSE_FAILED, |_| true)
    })?;
    // The size is checked before validation, because the validator would also expand the fragments.
    let size = Expansion::of(&ast);
    for (asked, limit, en, zh) in [
        (size.selections, limits.expanded_selections, "selections, fragments expanded", "展开后的字段数"),
        (size.depth, limits.depth, "levels of depth", "嵌套层数"),
        (size.aliases, limits.aliases, "aliases", "别名数"),
        (size.root_fields, limits.root_fields, "root fields", "根字段数"),
    ] {
        if asked > limit {
            return Err(vec![too_complex(asked, limit, en, zh, language)]);
        }
    }
    let document = ast.to_executable_validate(&SCHEMA).or_else(|invalid| {
        // apollo-compiler counts a root field each time that it is written, but fields with one key are one field. The fields of a
        // document with other errors are not collected, because its fragments may contain themselves.
        let names = || invalid.errors.iter().map(|diagnostic| diagnostic.error.unstable_error_name());
        let is_valid = names().all(|name| name == Some("SubscriptionUsesMultipleFields"))
            && validation::subscriptions_have_one_field(&invalid.partial);
        if is_valid {
            return Ok(Valid::assume_valid(invalid.partial));
        }
        Err(told(&invalid.errors, VALIDATION_FAILED, |_| true))
    })?;
    if let Some(marked) = validation::with_marked_lists(&ast)
        && let Err(invalid) = marked.to_executable_validate(&SCHEMA)
    {
        let conflicts = told(&invalid.errors, VALIDATION_FAILED, |name| name == Some("ConflictingFieldArgument"));
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
    }
    let misplaced = validation::misplaced_variables(&SCHEMA, &document);
    if misplaced.is_empty() {
        return Ok(document);
    }
    let errors = misplaced.into_iter().take(MOST_ERRORS).map(|misplaced| {
        let place = misplaced.location.and_then(|location| location.line_column(&document.sources));
        let place = place.map(|place| (place.line, place.column));
        TopError::invalid_document(VALIDATION_FAILED, misplaced.message, place)
    });
    Err(errors.collect())
}

/// Writes whole numbers such as `5.0` as integers where the type of a variable is `Int` or `ID`. Some JSON libraries write
/// every number with a fraction, and GraphQL accepts such a number if the fraction is zero.
pub fn write_integers(value: &mut Json, ty: &str) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(|item| write_integers(item, ty)),
        Json::Object(fields) => {
            let Some(input) = SCHEMA.get_input_object(ty) else { return };
            for (name, value) in fields {
                if let Some(field) = input.fields.get(name.as_str()) {
                    write_integers(value, field.ty.inner_named_type());
                }
            }
        }
        Json::Number(number) if matches!(ty, "Int" | "ID") => {
            // A number whose fraction is zero is written without digits behind the point.
            let whole = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0);
            if let Some(whole) = whole.and_then(|whole| format!("{whole:.0}").parse::<i64>().ok()) {
                *value = whole.into();
            }
        }
        _ => {}
    }
}

/// The errors of those kinds that are wanted.
fn told(
    errors: &DiagnosticList,
    code: &'static str,
    is_wanted: impl Fn(Option<&'static str>) -> bool,
) -> Vec<TopError> {
    let wanted = errors.iter().filter(|diagnostic| is_wanted(diagnostic.error.unstable_error_name()));
    let told = wanted.take(MOST_ERRORS).map(|diagnostic| {
        let error = diagnostic.to_json();
        let places = error.locations.iter().map(|place| (place.line, place.column)).collect::<Vec<_>>();
        TopError::invalid_document(code, error.message, places)
    });
    told.collect()
}

fn too_much(en: &str, limit: usize, zh: &str, language: Language) -> TopError {
    let text = Text::new(format!("More than {limit} {en}."), format!("{zh}超过 {limit}。"));
    TopError::new("QUERY_TOO_COMPLEX", &text, language)
}

pub fn too_complex(asked: usize, limit: usize, en: &str, zh: &str, language: Language) -> TopError {
    let text =
        Text::new(format!("{asked} {en}, at most {limit} are allowed."), format!("{zh} {asked} 超过上限 {limit}。"));
    TopError::new("QUERY_TOO_COMPLEX", &text, language)
}

/// The size of a document with its fragments expanded. Each fragment is visited once.
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::kernel::access::Rights;
    use crate::kernel::actor::{Origin, Viewer};
    use crate::kernel::replica::Position;

    fn caller(viewer: Option<Viewer>) -> Caller {
        Caller {
            viewer,
            language: Language::English,
            origin: Origin::default(),
            read_after: Position::START,
            cookies: None,
        }
    }

    fn user() -> Caller {
        let rights = Arc::new(Rights::of_nobody());
        caller(Some(Viewer { user: Uuid::nil().into(), session: Uuid::nil().into(), key: None, rights }))
    }

    fn keep(documents: &Documents, text: &str, caller: &Caller) {
        let prepared = prepare(text, &Limits::default(), Language::English).ok().unwrap();
        documents.keep(text, &Arc::new(prepared), caller);
    }

    #[test]
    fn documents_of_users_are_kept_and_those_of_strangers_are_not() {
        let (documents, text) = (Documents::default(), "{ viewer { name } }");
        keep(&documents, text, &caller(None));
        assert!(documents.get(text).is_none());
        keep(&documents, text, &user());
        assert!(documents.get(text).is_some());
    }

    #[test]
    fn documents_are_kept_as_far_as_their_budget_goes() {
        let documents = Documents::default();
        let text = |number: usize| format!("{{ viewer {{ name }} }} # {number:015000}");
        let many = KEPT / 15_000 + 10;
        for number in 0..many {
            keep(&documents, &text(number), &user());
        }
        let kept = (0..many).filter(|number| documents.get(&text(*number)).is_some()).count();
        assert!(kept * 15_000 <= KEPT && kept > many / 2, "{kept} of {many}");
        assert!(documents.get(&text(0)).is_none() && documents.get(&text(many - 1)).is_some(), "the latest");
    }
}
