//! The values of arguments as JSON, for which literals and variables are treated alike.

use apollo_compiler::ast::Value;
use apollo_compiler::executable::Field;
use serde_json::{Map, Value as Json};

/// The variables of a request, coerced to the types that the operation declares.
pub type Variables = Map<String, Json>;

/// The value of an argument or its default; `None` if neither is given.
pub fn argument(field: &Field, name: &str, variables: &Variables) -> Option<Json> {
    let given = field.specified_argument_by_name(name);
    match given.and_then(|value| to_json(value, variables)) {
        Some(value) => Some(value),
        None => {
            let definition = field.definition.arguments.iter().find(|argument| argument.name == name)?;
            to_json(definition.default_value.as_ref()?, variables)
        }
    }
}

/// The value of an argument or its default; `None` if it is null or not given.
pub fn argument_or_none(field: &Field, name: &str, variables: &Variables) -> Option<Json> {
    argument(field, name, variables).filter(|value| !value.is_null())
}

/// The name of the variable, if the whole argument is one variable.
pub fn variable<'d>(field: &'d Field, name: &str) -> Option<&'d str> {
    match field.specified_argument_by_name(name)?.as_ref() {
        Value::Variable(variable) => Some(variable.as_str()),
        _ => None,
    }
}

fn to_json(value: &Value, variables: &Variables) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Enum(name) => Json::String(name.to_string()),
        Value::Variable(name) => variables.get(name.as_str())?.clone(),
        Value::String(text) => Json::String(text.clone()),
        Value::Float(number) => number.try_to_f64().ok().map_or(Json::Null, Json::from),
        Value::Int(number) => match number.as_str().parse::<i64>() {
            Ok(number) => Json::from(number),
            Err(_) => Json::String(number.as_str().to_owned()),
        },
        Value::Boolean(value) => Json::Bool(*value),
        // A variable that is not given is null in a list, and leaves out its field in an object.
        Value::List(items) => {
            Json::Array(items.iter().map(|item| to_json(item, variables).unwrap_or(Json::Null)).collect())
        }
        Value::Object(fields) => Json::Object(
            fields.iter().filter_map(|(name, value)| Some((name.to_string(), to_json(value, variables)?))).collect(),
        ),
    })
}
