//! The schema: the checked-in file is current, and everything has a description.

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;

#[test]
fn schema_graphql_is_current() {
    let checked_in = include_str!("../../schema.graphql");
    assert!(checked_in.trim() == tidepool::api::sdl().trim(), "schema.graphql is stale: make schema");
}

#[test]
fn everything_has_a_description() {
    let schema = Schema::parse_and_validate(tidepool::api::sdl(), "schema.graphql").unwrap();
    let mut without = Vec::new();
    for (name, ty) in schema.types.iter().filter(|(_, ty)| !ty.is_built_in()) {
        if ty.description().is_none() && !["Query", "Mutation", "Subscription"].contains(&name.as_str()) {
            without.push(name.to_string());
        }
        match ty {
            ExtendedType::Object(object) => {
                for field in object.fields.values() {
                    if field.description.is_none() {
                        without.push(format!("{name}.{}", field.name));
                    }
                    without.extend(
                        field
                            .arguments
                            .iter()
                            .filter(|argument| argument.description.is_none() && argument.name != "input")
                            .map(|argument| format!("{name}.{}({})", field.name, argument.name)),
                    );
                }
            }
            ExtendedType::InputObject(input) => {
                without.extend(
                    input
                        .fields
                        .values()
                        .filter(|field| field.description.is_none())
                        .map(|field| format!("{name}.{}", field.name)),
                );
            }
            ExtendedType::Enum(set) => {
                without.extend(
                    set.values
                        .values()
                        .filter(|value| value.description.is_none())
                        .map(|value| format!("{name}.{}", value.value)),
                );
            }
            _ => {}
        }
    }
    assert!(without.is_empty(), "without a description: {without:?}");
}
