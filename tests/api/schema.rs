//! The schema: the checked-in file is current, and everything has a description.

use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::{Node, Schema};

#[test]
fn schema_graphql_is_current() {
    let checked_in = include_str!("../../schema.graphql");
    assert!(checked_in.trim() == tidepool::api::sdl().trim(), "schema.graphql is stale: make schema");
}

#[test]
fn everything_has_a_description() {
    let schema = Schema::parse_and_validate(tidepool::api::sdl(), "schema.graphql").unwrap();
    let mut without = Vec::new();
    let mut check = |description: &Option<Node<str>>, name: String| {
        if description.as_ref().is_none_or(|description| description.trim().is_empty()) {
            without.push(name);
        }
    };
    for (name, ty) in schema.types.iter().filter(|(_, ty)| !ty.is_built_in()) {
        match ty {
            ExtendedType::Object(object) => {
                check(&object.description, name.to_string());
                object.fields.values().for_each(|field| check_field(&mut check, name, field));
            }
            ExtendedType::Interface(interface) => {
                check(&interface.description, name.to_string());
                interface.fields.values().for_each(|field| check_field(&mut check, name, field));
            }
            ExtendedType::InputObject(input) => {
                check(&input.description, name.to_string());
                input.fields.values().for_each(|field| check(&field.description, format!("{name}.{}", field.name)));
            }
            ExtendedType::Enum(set) => {
                check(&set.description, name.to_string());
                set.values.values().for_each(|value| check(&value.description, format!("{name}.{}", value.value)));
            }
            ExtendedType::Scalar(scalar) => check(&scalar.description, name.to_string()),
            ExtendedType::Union(union) => check(&union.description, name.to_string()),
        }
    }
    assert!(without.is_empty(), "without a description: {without:?}");
}

/// Clients with a store keep an object under its id, and read it anew by `node`.
#[test]
fn whatever_has_an_id_and_can_be_looked_up_is_a_node() {
    let schema = Schema::parse_and_validate(tidepool::api::sdl(), "schema.graphql").unwrap();
    let (mut nodes, mut others) = (0, Vec::new());
    for (name, ty) in &schema.types {
        let ExtendedType::Object(object) = ty else { continue };
        if object.implements_interfaces.iter().any(|interface| interface.name == "Node") {
            assert_eq!(object.fields["id"].ty.to_string(), "ID!", "{name}");
            nodes += 1;
        } else if object.fields.contains_key("id") {
            others.push(name.as_str());
        }
    }
    assert!(nodes >= 15, "{nodes}");
    // Sessions and webhooks are listed, payments are read with their order, and their ids are of no other type. `Viewer` has none: it leads to the user.
    assert_eq!(others, ["Payment", "Session", "Webhook"]);
}

fn check_field(check: &mut impl FnMut(&Option<Node<str>>, String), of: &str, field: &FieldDefinition) {
    check(&field.description, format!("{of}.{}", field.name));
    for argument in &field.arguments {
        check(&argument.description, format!("{of}.{}({})", field.name, argument.name));
    }
}
