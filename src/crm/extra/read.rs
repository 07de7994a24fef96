//! Describes extras to the API, and the filter by them. Only users who may read the customer's contacts see personal
//! extras.

use serde_json::Value as Json;

use super::value::{ExtraValue, parse};
use crate::crm::contact;
use crate::kernel::error::Error;
use crate::kernel::read::FilterScope;
use crate::kernel::read::describe::{Entity, Enum, Field, Filter, Type};
use crate::kernel::sql::Arg;

static TYPE: Enum = Enum::of_inputs("ExtraType");

/// Describes an extra.
pub fn describe() -> Entity {
    Entity::part(
        "Extra",
        "The value of an extra field of a customer. Extra fields are defined in the settings of this installation.",
        "customer_extra {t} join extra_field f on f.key = {t}.key",
    )
    .fields([
        Field::new("key", Type::Text, "{t}.key", "The key of the extra field."),
        Field::new("type", Type::Enum(&TYPE), "{t}.type", "The type of the value."),
        Field::new("labelEn", Type::Text, "f.label_en", "The English name of the extra field."),
        Field::new("labelZh", Type::Text, "f.label_zh", "The Chinese name of the extra field."),
        Field::new(
            "value",
            Type::Text,
            "case {t}.type when 'NUMBER' then trim_scale({t}.number_value)::text when 'BOOLEAN' then {t}.boolean_value::text \
             when 'DATE' then to_char({t}.date_value, 'YYYY-MM-DD') else {t}.text_value end",
            "The value as text: a number such as `42.5`, `true` or `false`, a date such as `2026-03-01`, or the text itself.",
        ),
    ])
}

/// The filter of customers by extras.
pub fn filter() -> Filter {
    Filter {
        name: "extras",
        doc: "Customers that match all of these conditions on extras. A condition on a personal extra matches only customers whose contacts you may read.",
        ty: "[ExtraFilter!]",
        of_others: true,
        sql: |scope, value| {
            let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let conditions = items.iter().map(|item| condition(scope, item)).collect::<Result<Vec<_>, _>>()?;
            Ok(if conditions.is_empty() { "true".to_owned() } else { format!("({})", conditions.join(" and ")) })
        },
    }
}

fn condition(scope: &mut FilterScope<'_, '_>, item: &Json) -> Result<String, Error> {
    let key = item.get("key").and_then(Json::as_str).unwrap_or_default();
    let Some(field) = scope.directory().extra_field(key).cloned() else {
        return Err(Error::bad_input(format!("there is no extra field {key:?}"), format!("没有自定义字段“{key}”")));
    };
    let mut conditions =
        vec![scope.render("x.customer_id = {t}.id"), format!("x.key = {}", scope.bind(Arg::Text(key.to_owned())))];
    for (operator, sign) in [("eq", "="), ("lt", "<"), ("lte", "<="), ("gt", ">"), ("gte", ">=")] {
        let Some(operand) = item.get(operator).and_then(Json::as_str) else { continue };
        let value = parse(field.kind, operand).map_err(Error::BadInput)?;
        conditions.push(match value {
            // The index contains only the first 100 characters, because texts may be longer than PostgreSQL can index.
            ExtraValue::Text(text) if operator == "eq" => {
                let text = scope.bind(Arg::Text(text));
                format!("left(x.text_value, 100) = left({text}, 100) and x.text_value = {text}")
            }
            ExtraValue::Text(text) => format!("x.text_value {sign} {}", scope.bind(Arg::Text(text))),
            ExtraValue::Number(number) => format!("x.number_value {sign} {}::numeric", scope.bind(Arg::Text(number))),
            ExtraValue::Boolean(value) => format!("x.boolean_value {sign} {}", scope.bind(Arg::Bool(value))),
            ExtraValue::Date(date) => format!("x.date_value {sign} {}", scope.bind(Arg::Date(date))),
        });
    }
    let mut exists = format!("exists (select from customer_extra x where {})", conditions.join(" and "));
    if item.get("exists").and_then(Json::as_bool) == Some(false) {
        exists = format!("not {exists}");
    }
    if field.personal {
        exists = format!("({} and {exists})", scope.holds(contact::READ));
    }
    Ok(exists)
}
