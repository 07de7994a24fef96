//! By what figures can be grouped.

use apollo_compiler::Schema;
use serde_json::json;

use crate::support::World;

/// A new dimension must be known to every figure, or be refused with those that are known.
#[tokio::test]
async fn each_figure_has_each_group_or_says_by_what_it_can_be_grouped() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    ann.create("Acme").await;
    let schema = Schema::parse_and_validate(tidepool::api::sdl(), "schema.graphql").unwrap();
    let dimensions = &schema.get_enum("SalesDimension").unwrap().values;
    let query = schema.get_object("Query").unwrap();
    let has_groups = |ty: &str| ty.trim_end_matches('!') == "SalesDimension";
    let (mut answered, mut refused) = (0, 0);
    for (name, field) in &query.fields {
        if !field.arguments.iter().any(|argument| argument.name == "by" && has_groups(&argument.ty.to_string())) {
            continue;
        }
        let days = [("from", "2026-01-01"), ("to", "2026-03-31"), ("asOf", "2026-03-31")];
        let days = days.iter().filter(|(day, _)| field.arguments.iter().any(|argument| argument.name == *day));
        let days: String = days.map(|(name, day)| format!("{name}: \"{day}\", ")).collect();
        for dimension in dimensions.keys() {
            let asked = format!("{{ {name}({days}by: {dimension}) {{ groups {{ key {{ value }} }} }} }}");
            let answer = admin.ask_with(&asked, json!({})).await;
            match answer["errors"][0]["extensions"]["code"].as_str() {
                None => answered += 1,
                Some(code) => {
                    let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
                    assert!(code == "BAD_USER_INPUT" && message.contains(", only by USER, "), "{asked}: {answer}");
                    refused += 1;
                }
            }
        }
    }
    assert!(answered > 50 && refused > 20, "{answered} answered, {refused} refused");
}
