//! Filters: comparisons of fields and conditions of descriptions, joined by `and`, `or` and `not`.

use serde_json::{Map, Value as Json};

use super::Variables;
use super::describe::{Entity, Type};
use super::plan::Plan;
use super::values::LookUp;
use super::viewpoint::Viewpoint;
use super::writer::{FilterScope, Row, SqlWriter};
use crate::kernel::access::{Permission, Scope};
use crate::kernel::error::Error;
use crate::kernel::id;
use crate::kernel::scalar::{date_of, decimal_of, time_of};
use crate::kernel::sql::{Arg, Binds, Statement};

/// A filter on rows of one entity.
struct Filtering<'s, 'a> {
    scope: FilterScope<'s, 'a>,
    entity: &'s Entity,
    /// Whether the row is an image from the log of events, so that the database can be asked nothing else about it.
    is_image: bool,
}

impl Filtering<'_, '_> {
    fn condition(&mut self, json: &Json) -> Result<String, Error> {
        let empty = Map::new();
        let fields = json.as_object().unwrap_or(&empty);
        let mut all = Vec::new();
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            all.push(match name.as_str() {
                "and" => joined(" and ", "true", self.each(items)?),
                "or" => joined(" or ", "false", self.each(items)?),
                // A comparison with null is neither true nor false in SQL; here it is false, so its negation is true.
                "not" => format!("({}) is not true", self.condition(value)?),
                name => self.named(name, value)?,
            });
        }
        Ok(joined(" and ", "true", all))
    }

    fn each(&mut self, items: &[Json]) -> Result<Vec<String>, Error> {
        items.iter().map(|item| self.condition(item)).collect()
    }

    fn named(&mut self, name: &str, value: &Json) -> Result<String, Error> {
        let entity = self.entity;
        if let Some(filter) = entity.filters.iter().find(|filter| filter.name == name) {
            if self.is_image && filter.of_others {
                return Err(Error::bad_input(
                    format!(
                        "`{name}` can't be used in a subscription, because it depends on other rows than the row itself"
                    ),
                    format!("`{name}` 不能用于实时订阅，因为它还取决于其他数据"),
                ));
            }
            return (filter.sql)(&mut self.scope, value);
        }
        let field = entity.fields.iter().find(|field| field.name == name && field.filterable);
        let field = field.expect("the filter was validated against the schema of the catalog");
        let sql = self.scope.render(field.sql);
        self.scope.compared(field.ty, name, &sql, value)
    }
}

impl FilterScope<'_, '_> {
    /// SQL: whether a value of a type fulfils all conditions of a filter input such as `DateFilter`.
    pub fn compared(&mut self, ty: Type, name: &str, sql: &str, value: &Json) -> Result<String, Error> {
        let mut all = Vec::new();
        for (operator, operand) in value.as_object().into_iter().flatten() {
            if operand.is_null() {
                return Err(Error::bad_input(
                    format!("`{name}: {{{operator}: null}}` is not a condition; use `isNull`"),
                    format!("`{name}: {{{operator}: null}}` 不是有效的条件，请使用 `isNull`"),
                ));
            }
            all.push(self.compare(ty, sql, operator, operand)?);
        }
        Ok(joined(" and ", "true", all))
    }

    fn compare(&mut self, ty: Type, sql: &str, operator: &str, operand: &Json) -> Result<String, Error> {
        let sign = match operator {
            // The value is in the text and not bound, because PostgreSQL uses partial indexes only if the text has
            // their condition.
            "eq" if ty == Type::Boolean && operand.as_bool() == Some(true) => return Ok(sql.to_owned()),
            "eq" if ty == Type::Boolean => return Ok(format!("not {sql}")),
            "isNull" if operand.as_bool() == Some(true) => return Ok(format!("{sql} is null")),
            "isNull" => return Ok(format!("{sql} is not null")),
            "in" => {
                let items = operand.as_array().map_or(std::slice::from_ref(operand), Vec::as_slice);
                let items = list_of(items.iter().map(|item| value_of(ty, item)).collect::<Result<_, _>>()?);
                return Ok(
                    items.map_or_else(|| "false".to_owned(), |items| format!("{sql} = any({})", self.bind(items)))
                );
            }
            "eq" => "=",
            "lt" => "<",
            "lte" => "<=",
            "gt" => ">",
            "gte" => ">=",
            other => unreachable!("no filter has an operator {other}"),
        };
        let operand = value_of(ty, operand)?;
        Ok(format!("{sql} {sign} {}", self.bind(operand)))
    }
}

/// The condition that the filter of a list asks for.
pub fn condition(
    sql: &mut SqlWriter<'_>,
    entity: &Entity,
    row: &Row,
    filter: &Json,
    is_image: bool,
) -> Result<String, Error> {
    Filtering { scope: FilterScope::new(sql, entity.read, row), entity, is_image }.condition(filter)
}

/// Whether a filter asks for the rows of one id, such as those of one owner: an index finds these, however large the
/// team is that the viewer may see.
pub fn is_of_one(entity: &Entity, filter: &Json) -> bool {
    let mut ids = entity.fields.iter().filter(|field| matches!(field.ty, Type::Id(_)) && field.filterable);
    ids.any(|id| filter[id.name]["eq"].is_string())
}

/// A statement that reads the rows that match a filter and that a permission reaches through some scopes. `more` gets
/// the alias of the row, and returns a further condition and what follows it, such as an order. Also returns the
/// look-ups of the filter, which the caller must count.
pub fn filtered(
    entity: &Entity,
    columns: &'static str,
    filter: &Json,
    (permission, through): (Permission, &[Scope]),
    viewpoint: &Viewpoint,
    more: impl FnOnce(&str, &mut Binds) -> String,
) -> Result<(Statement, Vec<LookUp>), Error> {
    let mut sql = SqlWriter::new(viewpoint);
    let (from, row) = sql.enter(entity, None);
    let asked = condition(&mut sql, entity, &row, filter, false)?;
    let reached = sql.reached(permission, sql.scopes(permission).among(through), &row);
    let columns = sql.render(columns, &row);
    let more = more(&row.alias, &mut sql.values.binds);
    let text = format!("select {columns} from {from} where {asked} and {reached} and {more}");
    let plan = Plan::new(&text, sql.values, false);
    let statement = plan.fill(viewpoint, &Variables::new()).map_err(|(_, error)| error)?;
    Ok((statement, plan.look_ups))
}

/// Whether a filter has a condition on a field, at any depth.
pub fn asks_about(filter: &Json, field: &str) -> bool {
    match filter {
        Json::Array(items) => items.iter().any(|item| asks_about(item, field)),
        Json::Object(conditions) => conditions.iter().any(|(name, value)| match name.as_str() {
            "and" | "or" | "not" => asks_about(value, field),
            name => name == field && !value.is_null(),
        }),
        _ => false,
    }
}

fn joined(by: &str, of_none: &str, conditions: Vec<String>) -> String {
    match conditions.as_slice() {
        [] => of_none.to_owned(),
        [one] => one.clone(),
        several => format!("({})", several.join(by)),
    }
}

fn value_of(ty: Type, json: &Json) -> Result<Arg, Error> {
    let text = json.as_str().unwrap_or_default();
    match ty {
        Type::Id(prefix) => {
            let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
            Ok(Arg::Uuid(id::parse_as(&text, prefix)?))
        }
        Type::DateTime => Ok(Arg::Time(Some(time_of(text)?))),
        Type::Date => {
            let date = date_of(text)
                .ok_or_else(|| Error::bad_input("not a date like 2026-03-01", "不是有效的日期，应如 2026-03-01"))?;
            Ok(Arg::Date(date))
        }
        Type::Decimal | Type::Money(_) => {
            let number = decimal_of(text).ok_or_else(|| {
                Error::bad_input("not a decimal number like \"1234.50\"", "不是有效的数字，应如 \"1234.50\"")
            })?;
            Ok(Arg::Decimal(number))
        }
        Type::Int => Ok(Arg::Int(json.as_i64())),
        Type::Boolean => Ok(Arg::Bool(json.as_bool() == Some(true))),
        Type::Text | Type::Texts | Type::Enum(_) | Type::Enums(_) => text_of(text).map(Arg::Text),
        Type::Actions(_) => unreachable!("the schema has no filter by what a viewer can do"),
    }
}

/// Values of one type as one array; `None` if there are no values.
fn list_of(items: Vec<Arg>) -> Option<Arg> {
    let first = items.first()?.clone();
    let mut list = match first {
        Arg::Uuid(_) => Arg::Uuids(Vec::new()),
        Arg::Time(_) => Arg::Times(Vec::new()),
        Arg::Int(_) => Arg::Ints(Vec::new()),
        _ => Arg::Texts(Vec::new()),
    };
    for item in items {
        match (&mut list, item) {
            (Arg::Uuids(list), Arg::Uuid(item)) => list.push(item),
            (Arg::Times(list), Arg::Time(Some(item))) => list.push(item),
            (Arg::Ints(list), Arg::Int(Some(item))) => list.push(item),
            (Arg::Texts(list), Arg::Text(item)) => list.push(item),
            _ => unreachable!("the values of one field have one type"),
        }
    }
    Some(list)
}

/// Validates a text: PostgreSQL can't store U+0000.
pub fn text_of(text: &str) -> Result<String, Error> {
    if text.contains('\0') {
        return Err(Error::bad_input("text can't contain the character U+0000", "文本不能包含字符 U+0000"));
    }
    Ok(text.to_owned())
}
