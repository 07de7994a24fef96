//! The JSON object of a row: its values, and what its edges lead to.

use apollo_compiler::executable::SelectionSet;

use super::describe::{Edge, Entity, Field, Many, Shown, Type};
use super::json::Json;
use super::planner::Planner;
use super::selection::{Fields, Selected, collect};
use super::writer::Row;
use crate::kernel::error::Error;

impl<'a> Planner<'a> {
    /// The fields that are selected on an entity.
    pub(super) fn collect(&self, sets: &[&'a SelectionSet], entity: &Entity) -> Fields<'a> {
        collect(self.document, self.variables, sets, &|name| {
            name == entity.name || (name == "Node" && entity.id.is_some())
        })
    }

    /// The JSON object of a row.
    pub(super) fn object(&mut self, entity: &'a Entity, row: &Row, sets: &[&'a SelectionSet]) -> Result<Json, Error> {
        let mut pairs = Vec::new();
        for (key, selected) in self.collect(sets, entity) {
            let name = selected.field.name.as_str();
            let value = if name == "__typename" {
                Json::word(entity.name)
            } else if let Some(field) = entity.fields.iter().find(|field| field.name == name) {
                self.value(entity, field, row, &selected)
            } else {
                let edge = entity.edges.iter().find(|edge| edge.name == name);
                let edge = edge.expect("the document was validated against the schema of the catalog");
                let value = self.edge(edge, row, &selected)?;
                let hidden = if matches!(edge.many, Many::Few(_)) { Json::empty_list() } else { Json::null() };
                self.shown(entity, row, edge.shown, value, |_| hidden)
            };
            pairs.push((key, value));
        }
        Ok(Json::object(pairs))
    }

    /// The value of a field.
    fn value(&mut self, entity: &Entity, field: &Field, row: &Row, selected: &Selected<'a>) -> Json {
        let sql = match field.ty {
            Type::Actions(actions) => self.sql.actions(actions, row),
            _ => self.sql.render(field.sql, row),
        };
        let value = match field.ty {
            Type::Money(currency) => self.money(&sql, field.nullable, currency, row, selected),
            ty => Json::value(ty, &sql).or_null(field.nullable),
        };
        let masked = |masked: Option<String>| {
            masked.map_or_else(Json::null, |masked| Json::value(field.ty, &masked).or_null(field.nullable))
        };
        self.shown(entity, row, field.shown, value, masked)
    }

    fn money(
        &mut self,
        amount: &str,
        nullable: bool,
        currency: &'static str,
        row: &Row,
        selected: &Selected<'a>,
    ) -> Json {
        let currency = self.sql.render(currency, row);
        let fields = collect(self.document, self.variables, &selected.below, &|_| true);
        let pairs = fields.into_iter().map(|(key, field)| {
            let value = match field.field.name.as_str() {
                "amount" => Json::value(Type::Decimal, amount),
                "currency" => Json::quoted(&currency),
                _ => Json::word("Money"),
            };
            (key, value)
        });
        let money = Json::object(pairs);
        if nullable { money.when(&format!("{amount} is not null"), &Json::null()) } else { money }
    }

    /// A value for the viewers who may see it, and another one for the others.
    fn shown(
        &mut self,
        entity: &Entity,
        row: &Row,
        shown: Shown,
        value: Json,
        otherwise: impl FnOnce(Option<String>) -> Json,
    ) -> Json {
        match shown {
            Shown::ToAll => value,
            Shown::Beyond(scopes) => {
                let read = entity.read.expect("a value beyond some scopes is of a row that is read through scopes");
                value.when(&self.sql.holds_beyond(read, scopes, row), &otherwise(None))
            }
            Shown::Holding(permission, masked) => {
                value.when(&self.sql.holds(permission, row), &otherwise(Some(self.sql.render(masked, row))))
            }
        }
    }

    fn edge(&mut self, edge: &'a Edge, row: &Row, selected: &Selected<'a>) -> Result<Json, Error> {
        if edge.many == Many::Pages {
            return self.pages(edge, row, selected);
        }
        let entity = self.catalog.entity(edge.to);
        let (from, other) = self.sql.enter(entity, Some((row, edge)));
        let on = self.sql.reach(edge, entity, &other);
        let object = self.object(entity, &other, &selected.below)?;
        Ok(match edge.many {
            Many::Few(order) => {
                let order = format!(" order by {}", self.sql.render(order, &other));
                let list = Json::list(&object, &order, "").render();
                Json::sql(format!("(select {list} from {from} where {on})"))
            }
            _ => Json::sql(format!("(select {} from {from} where {on})", object.render())).or_null(true),
        })
    }
}
