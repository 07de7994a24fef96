//! Orders and pages of connections.

use apollo_compiler::executable::Field;
use serde_json::Value as Json;

use super::Variables;
use super::arguments::argument_or_none;
use super::cursor::CursorPart;
use super::describe::{LAST, Order};
use crate::kernel::error::Error;

/// The number of rows of a page by default.
const DEFAULT_PAGE: i64 = 20;

/// A page of a connection.
#[derive(Debug)]
pub struct Page {
    /// The order.
    pub order: Order,
    /// Whether the order is descending.
    pub descending: bool,
    /// The largest number of rows.
    pub limit: i64,
    /// Whether the page has the last rows (`last`), not the first.
    pub from_the_end: bool,
}

impl Page {
    /// Reads the page from the arguments of a connection.
    pub fn asked(field: &Field, variables: &Variables, orders: &[Order], max: u32) -> Result<Self, Error> {
        let given = |name: &str| argument_or_none(field, name, variables);
        let count = |name: &str| -> Result<Option<i64>, Error> {
            let Some(value) = given(name) else { return Ok(None) };
            match value.as_i64() {
                Some(count) if (0..=i64::from(max)).contains(&count) => Ok(Some(count)),
                _ => Err(Error::bad_input(
                    format!("`{name}` must be from 0 to {max}, not {value}"),
                    format!("`{name}` 必须在 0 到 {max} 之间，不能是 {value}"),
                )),
            }
        };
        let (first, last) = (count("first")?, count("last")?);
        if first.is_some() && last.is_some() {
            return Err(Error::bad_input(
                "`first` and `last` can't be used together",
                "`first` 和 `last` 不能同时使用",
            ));
        }
        let (order, descending) = match given("orderBy").as_ref().and_then(Json::as_str) {
            Some(name) => named(orders, name).ok_or_else(|| {
                Error::bad_input(format!("the order {name} does not exist"), format!("排序 {name} 不存在"))
            })?,
            None => (orders[0], orders[0].newest_first),
        };
        Ok(Self {
            order,
            descending,
            limit: first.or(last).unwrap_or(DEFAULT_PAGE.min(i64::from(max))),
            from_the_end: last.is_some(),
        })
    }

    /// The sort key, which puts rows without a time last in the direction of the order.
    pub fn with_last(&self, key: &str) -> String {
        if self.descending { key.replace(LAST, "'0001-01-01T00:00:00Z'") } else { key.to_owned() }
    }

    /// The name of its order, which is part of its cursors.
    pub fn tag(&self) -> String {
        format!("{}_{}", self.order.name, if self.descending { "DESC" } else { "ASC" })
    }

    /// A part of its cursors: the id, or the sort key.
    pub fn cursor_part(&self, is_id: bool) -> CursorPart {
        CursorPart { tag: self.tag(), ty: self.order.ty, is_id }
    }
}

fn named(orders: &[Order], name: &str) -> Option<(Order, bool)> {
    let order = |name| orders.iter().find(|order| order.name == name).copied();
    match name.strip_suffix("_DESC") {
        Some(name) => Some((order(name)?, true)),
        None => Some((order(name.strip_suffix("_ASC")?)?, false)),
    }
}
