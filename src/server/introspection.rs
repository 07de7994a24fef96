//! Introspection: `__schema` and `__type`, answered from one description of the schema that is made once.
//!
//! The executor's own introspection follows any number of types without counting them, so a short document can ask for more
//! than a machine has. Here lists nest three deep at most, every value of the answer is counted, and the answer ends where the
//! count does.

use std::collections::HashMap;
use std::sync::LazyLock;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::Operation;
use apollo_compiler::validation::Valid;
use futures_util::FutureExt;
use serde_json::{Value as Json, json};

use crate::api;
use crate::kernel::read::{Selected, Variables, argument_or_none, collect, root_fields};

/// The most values that all introspection of one request may answer with. The usual query of tools has about a fifth of them.
pub const MOST_VALUES: usize = 200_000;
/// How many values cost as much as one field of other queries: nothing has to be read for them.
const VALUES_OF_ONE_COST: usize = 10;

const EVERYTHING: &str = "{ __schema { description queryType { name } mutationType { name } subscriptionType { name }
    types { kind name description specifiedByURL isOneOf interfaces { kind name } possibleTypes { kind name }
        fields(includeDeprecated: true) { name description isDeprecated deprecationReason
            args(includeDeprecated: true) { ...value } type { ...ref } }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
        inputFields(includeDeprecated: true) { ...value } }
    directives { name description locations isRepeatable args(includeDeprecated: true) { ...value } } } }
  fragment value on __InputValue { name description defaultValue isDeprecated deprecationReason type { ...ref } }
  fragment ref on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

/// The schema as introspection tells it, and its types by their names.
struct Description {
    schema: Json,
    types: HashMap<String, Json>,
}

static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| {
    let response = api::SCHEMA.execute(EVERYTHING).now_or_never().expect("the schema is in memory");
    assert!(response.errors.is_empty(), "the schema describes itself: {:?}", response.errors);
    let mut data = response.data.into_json().expect("introspection is JSON");
    let schema = data["__schema"].take();
    let types = schema["types"].as_array().into_iter().flatten();
    let types = types.filter_map(|ty| Some((ty["name"].as_str()?.to_owned(), ty.clone()))).collect();
    Description { schema, types }
});

/// Whether a field at the root asks for the schema.
pub fn is_introspection(name: &str) -> bool {
    matches!(name, "__schema" | "__type")
}

/// The answer is larger than an answer may be, or its lists nest too deep.
#[derive(Debug)]
pub struct TooLarge {
    /// What it has cost to find that out.
    pub cost: usize,
}

/// Answers the fields at the root that ask for the schema: their JSON by their response keys, and what they cost together.
pub fn answers(
    document: &Valid<ExecutableDocument>,
    operation: &Operation,
    variables: &Variables,
) -> Result<(Vec<(String, String)>, usize), TooLarge> {
    let (mut answers, mut values) = (Vec::new(), 0);
    for (key, selected) in root_fields(document, operation, variables) {
        if is_introspection(&selected.field.name) {
            apollo_compiler::introspection::check_max_depth(document, operation).map_err(|_| TooLarge { cost: 0 })?;
            let mut answer = Answer { document, variables, values, text: String::new() };
            answer.root(&selected)?;
            values = answer.values;
            answers.push((key.to_owned(), answer.text));
        }
    }
    Ok((answers, values / VALUES_OF_ONE_COST))
}

struct Answer<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    values: usize,
    text: String,
}

impl Answer<'_> {
    fn root(&mut self, selected: &Selected<'_>) -> Result<(), TooLarge> {
        if selected.field.name == "__schema" {
            return self.object("__Schema", &DESCRIPTION.schema, selected);
        }
        let name = argument_or_none(selected.field, "name", self.variables).unwrap_or_default();
        match name.as_str().and_then(|name| DESCRIPTION.types.get(name)) {
            Some(ty) => self.object("__Type", ty, selected),
            None => {
                self.text.push_str("null");
                Ok(())
            }
        }
    }

    fn count(&mut self) -> Result<(), TooLarge> {
        self.values += 1;
        if self.values > MOST_VALUES { Err(TooLarge { cost: MOST_VALUES / VALUES_OF_ONE_COST }) } else { Ok(()) }
    }

    fn object(&mut self, ty: &str, value: &Json, selected: &Selected<'_>) -> Result<(), TooLarge> {
        // A type that is referred to has only its name there.
        let whole = match (ty, value["name"].as_str()) {
            ("__Type", Some(name)) => DESCRIPTION.types.get(name).unwrap_or(value),
            _ => value,
        };
        let mut separator = '{';
        for (key, below) in collect(self.document, self.variables, &selected.below, &|name| name == ty) {
            self.count()?;
            self.text.push(separator);
            separator = ',';
            self.text.push_str(&json!(key).to_string());
            self.text.push(':');
            let name = below.field.name.as_str();
            if name == "__typename" {
                self.text.push_str(&json!(ty).to_string());
            } else {
                let of = below.field.definition.ty.inner_named_type().as_str();
                self.value(of, &whole[name], &below)?;
            }
        }
        self.text.push_str(if separator == '{' { "{}" } else { "}" });
        Ok(())
    }

    fn value(&mut self, ty: &str, value: &Json, selected: &Selected<'_>) -> Result<(), TooLarge> {
        match value {
            Json::Array(items) => {
                let has_argument = selected.field.definition.argument_by_name("includeDeprecated").is_some();
                let all =
                    argument_or_none(selected.field, "includeDeprecated", self.variables) == Some(Json::Bool(true));
                let mut separator = "[";
                for item in items.iter().filter(|item| !has_argument || all || item["isDeprecated"] != true) {
                    self.count()?;
                    self.text.push_str(separator);
                    separator = ",";
                    self.value(ty, item, selected)?;
                }
                self.text.push_str(if separator == "[" { "[]" } else { "]" });
                Ok(())
            }
            Json::Object(_) => self.object(ty, value, selected),
            leaf => {
                self.text.push_str(&leaf.to_string());
                Ok(())
            }
        }
    }
}
