//! Pages of lists, with their cursors.

use apollo_compiler::resolvers::ResolveInfo;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::rights::{Entity, View};
use super::rows::Time;

/// A part of a list. Rows come with their cursors.
#[derive(Clone)]
pub struct Page<'r> {
    /// The name of the connection without `Connection`.
    pub name: &'static str,
    pub rows: Vec<(Entity<'r>, String)>,
    pub total: usize,
    pub next: bool,
    pub previous: bool,
}

/// Where a row stands in an order.
fn key<'r>(entity: Entity<'r>, order: &str) -> (Option<Time>, &'r str) {
    match order {
        "NAME" => (None, entity.name()),
        order => (Some(entity.time(order)), ""),
    }
}

/// The key as the cursor writes it; sorts as the key does.
fn written((time, name): (Option<Time>, &str)) -> String {
    time.map_or_else(
        || name.to_owned(),
        |time| {
            let text = time.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
            format!("{}+00", text.trim_end_matches('0').trim_end_matches('.'))
        },
    )
}

/// The cursor of a row in an order, as a client would have it from an earlier page.
pub fn cursor(entity: Entity<'_>, order: &str) -> String {
    let (by, _) = order.rsplit_once('_').unwrap_or_else(|| panic!("an order has a direction: {order:?}"));
    URL_SAFE_NO_PAD.encode(format!("[{}, {}, \"{}\"]", json!(order), json!(written(key(entity, by))), entity.id()))
}

/// The number of rows before the place of a cursor: where its row would be, also when the row is gone or was never
/// seen. The row of the cursor itself is among them if `itself`.
fn place(rows: &[(Entity<'_>, String)], order: &str, cursor: &str, itself: bool) -> usize {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap();
    let (_, text, id): (String, String, String) = serde_json::from_slice(&bytes).unwrap();
    let (by, way) = order.rsplit_once('_').unwrap();
    let other = (text, id.parse::<Uuid>().unwrap());
    let is_before = |(entity, _): &&(Entity<'_>, String)| {
        let own = (written(key(*entity, by)), entity.id());
        (itself && own == other) || if way == "ASC" { own < other } else { own > other }
    };
    rows.iter().take_while(is_before).count()
}

impl<'r> View<'r> {
    pub(super) fn page(
        &self,
        info: &ResolveInfo<'_>,
        name: &'static str,
        default_order: &str,
        entities: impl Iterator<Item = Entity<'r>>,
    ) -> Page<'r> {
        let argument =
            |name: &str| info.arguments().get(name).filter(|value| !value.is_null()).map(|value| json!(value));
        let text = |name: &str| argument(name).map(|value| value.as_str().unwrap().to_owned());
        let number = |name: &str| argument(name).map(|value| usize::try_from(value.as_u64().unwrap()).unwrap());
        let order = text("orderBy").unwrap_or_else(|| default_order.to_owned());
        let (filter, search): (Option<Json>, _) = (argument("filter"), text("search"));
        let mut all: Vec<Entity<'r>> = entities
            .filter(|entity| self.sees(*entity))
            .filter(|entity| filter.as_ref().is_none_or(|filter| self.passes(*entity, filter)))
            .filter(|entity| search.as_ref().is_none_or(|search| self.is_found(*entity, search)))
            .collect();
        let (by, way) = order.rsplit_once('_').unwrap();
        all.sort_by_key(|entity| (key(*entity, by), entity.id()));
        if way == "DESC" {
            all.reverse();
        }
        let total = all.len();
        let mut rows: Vec<_> = all.into_iter().map(|entity| (entity, cursor(entity, &order))).collect();
        let (after, before) = (text("after"), text("before"));
        if let Some(before) = &before {
            rows.truncate(place(&rows, &order, before, false));
        }
        if let Some(after) = &after {
            rows.drain(..place(&rows, &order, after, true));
        }
        let (mut next, mut previous) = (before.is_some(), after.is_some());
        match number("last") {
            Some(last) => {
                previous = rows.len() > last;
                rows.drain(..rows.len().saturating_sub(last));
            }
            None => {
                let first = number("first").unwrap_or(20);
                next = rows.len() > first;
                rows.truncate(first);
            }
        }
        Page { name, rows, total, next, previous }
    }
}
