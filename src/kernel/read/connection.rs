//! Connections: pages of a list by keyset pagination, with cursors and counts.

use super::arguments::argument_or_none;
use super::cursor::cursor_sql;
use super::describe::{Edge, Entity, List, Order, Type};
use super::filter::{asks_about, condition, is_of_one};
use super::json::Json;
use super::order::Page;
use super::planner::Planner;
use super::selection::{Fields, Selected, collect};
use super::values::Reading;
use super::writer::{FilterScope, Row};
use crate::kernel::access::{Scope, scope};
use crate::kernel::error::Error;

/// SQL of the cursor of the last event in the log. It is read in the same snapshot as the rows of the page, so the page
/// has the changes of exactly the events up to it.
const EVENT_CURSOR: &str =
    "'event_' || (select epoch from installation) || '_' || coalesce((select max(position) from event), 0)";

/// The rows of a connection.
struct Source<'a> {
    /// The name of the connection's type.
    type_name: String,
    entity: &'a Entity,
    from: String,
    /// The columns that are read of each row.
    columns: String,
    row: Row,
    /// Disjoint conditions, each of which an index can serve. A row of the connection fulfils one of them.
    branches: Vec<String>,
}

impl<'a> Planner<'a> {
    /// A list at the root of the query.
    pub(super) fn list(&mut self, list: &'a List, selected: &Selected<'a>) -> Result<Json, Error> {
        let entity = self.catalog.entity(list.of);
        let (from, mut row) = self.sql.enter(entity, None);
        let read = entity.read.expect("an entity that is listed at the root has a permission");
        let mut scopes = self.sql.scopes(read);
        if let Some(through) = list.through {
            scopes = scopes.among(through);
        }
        let filter = argument_or_none(selected.field, "filter", self.variables);
        let is_of_one = filter.as_ref().is_some_and(|filter| is_of_one(entity, filter));
        if scopes.contains(Scope::Team) && !scopes.contains(Scope::All) && !is_of_one {
            self.plan_each_time |= self.sql.viewpoint.rights.has_large_team();
        }
        if scopes.contains(Scope::Pool) && scopes.among(&[Scope::PoolAll, Scope::All]).is_empty() {
            self.plan_each_time |= self.sql.viewpoint.rights.has_some_pools();
        }
        let mut conditions = vec![self.sql.render(list.on, &row)];
        conditions.extend(self.filter_conditions(entity, &row, filter.as_ref())?);
        if let Some(search) = &list.search
            && let Some(text) = argument_or_none(selected.field, search.name, self.variables)
        {
            conditions.push((search.sql)(&mut FilterScope::new(&mut self.sql, entity.read, &row), &text)?);
        }
        let common = all_of(&conditions);
        let branches =
            scope::branches(&self.sql.viewpoint.rights, read, scopes, row.place(), &mut self.sql.values.binds);
        let branches = branches.iter().map(|branch| all_of(&[branch.clone(), common.clone()])).collect();
        let type_name = list.live_connection.map_or_else(|| entity.connection(), str::to_owned);
        let columns = columns_with_subject(&mut row);
        let source = Source { type_name, entity, from, columns, row, branches };
        self.connection(source, &list.orders, selected)
    }

    /// A connection along an edge.
    pub(super) fn pages(&mut self, edge: &'a Edge, above: &Row, selected: &Selected<'a>) -> Result<Json, Error> {
        let entity = self.catalog.entity(edge.to);
        let (from, mut row) = self.sql.enter(entity, Some((above, edge)));
        let mut conditions = vec![self.sql.reach(edge, entity, &row)];
        let filter = argument_or_none(selected.field, "filter", self.variables);
        conditions.extend(self.filter_conditions(entity, &row, filter.as_ref())?);
        let branches = vec![all_of(&conditions)];
        let columns = if edge.same_subject { format!("{}.*", row.alias) } else { columns_with_subject(&mut row) };
        let source = Source { type_name: entity.connection(), entity, from, columns, row, branches };
        self.connection(source, &entity.orders, selected)
    }

    /// The condition of the filter, and the condition that applies unless the filter asks about its field.
    fn filter_conditions(
        &mut self,
        entity: &'a Entity,
        row: &Row,
        filter: Option<&serde_json::Value>,
    ) -> Result<Vec<String>, Error> {
        let mut conditions = Vec::new();
        if let Some(filter) = filter {
            conditions.push(condition(&mut self.sql, entity, row, filter, false)?);
        }
        if let Some((field, template)) = entity.unless_asked
            && !filter.is_some_and(|filter| asks_about(filter, field))
        {
            conditions.push(self.sql.render(template, row));
        }
        Ok(conditions)
    }

    fn connection(&mut self, mut source: Source<'a>, orders: &[Order], selected: &Selected<'a>) -> Result<Json, Error> {
        let team_column = self.sql.compute_team_column_once(source.entity, &mut source.row);
        let page = Page::asked(selected.field, self.variables, orders, self.max_page)?;
        let fields = collect(self.document, self.variables, &selected.below, &|_| true);
        let wanted = Wanted::of(self, &fields, &page);
        let key = page.with_last(&self.sql.render(page.order.key, &source.row));
        let after = self.beyond(&page, selected, "after", &key, &source.row.alias)?;
        let before = self.beyond(&page, selected, "before", &key, &source.row.alias)?;
        let cursor = cursor_sql(&page.tag(), &key, &format!("{}.id", source.row.alias));
        // The limit is a literal and not a placeholder, because PostgreSQL uses a generic plan only if it knows how few
        // rows are needed.
        let limit = page.limit.to_string();
        let mut pairs = Vec::new();
        for (key, field) in &fields {
            let value = match field.field.name.as_str() {
                "__typename" => Json::word(&source.type_name),
                "totalCount" => Json::value(Type::Int, &count(&source)),
                "eventCursor" => Json::quoted(EVENT_CURSOR),
                "pageInfo" => self.page_info(field, &page, [&after, &before], &cursor, &limit),
                "edges" => {
                    let edge = self.edge_of_page(&source, field, &cursor)?;
                    let alias = &source.row.alias;
                    // An aggregate over nothing but columns of an outer query would belong to that query, so the filter
                    // always uses a column of the page.
                    let row = match wanted.one_more {
                        true => format!("{alias}.place <= {limit}"),
                        false => format!("{alias}.id is not null"),
                    };
                    let order = if page.from_the_end { format!(" order by {alias}.place desc") } else { String::new() };
                    Json::list(&edge, &order, &format!(" filter (where {row})"))
                }
                other => unreachable!("a connection has no field {other}"),
            };
            pairs.push((*key, value));
        }
        let connection = Json::object(pairs);
        if !wanted.rows {
            return Ok(connection);
        }
        let connection = connection.render();
        let team_column = team_column.used_in(&[&connection]).unwrap_or_default();
        let rows = rows(&source, &page, &format!("{after}{before}"), &key, &wanted, &team_column);
        // `having` makes it one row even if no selected expression is an aggregate.
        Ok(Json::sql(format!("(select {connection} from {rows} having true)")))
    }

    fn edge_of_page(&mut self, source: &Source<'a>, edges: &Selected<'a>, cursor: &str) -> Result<Json, Error> {
        let fields = collect(self.document, self.variables, &edges.below, &|_| true);
        let mut pairs = Vec::new();
        for (key, field) in fields {
            let value = match field.field.name.as_str() {
                "__typename" => Json::word(&format!("{}Edge", source.entity.name)),
                "cursor" => Json::quoted(cursor),
                _ => self.object(source.entity, &source.row, &field.below)?,
            };
            pairs.push((key, value));
        }
        Ok(Json::object(pairs))
    }

    fn page_info(
        &mut self,
        selected: &Selected<'a>,
        page: &Page,
        [after, before]: [&str; 2],
        cursor: &str,
        limit: &str,
    ) -> Json {
        let one_more = format!("count(*) > {limit}");
        let (next, previous) = if page.from_the_end {
            ((!before.is_empty()).to_string(), one_more)
        } else {
            (one_more, (!after.is_empty()).to_string())
        };
        // An empty page has no cursors, although one row more than its limit is read.
        let nearest = format!("(array_agg({cursor} order by place))[{}]", page.limit.min(1));
        let farthest = format!("(array_agg({cursor} order by place))[least(count(*), {limit})::integer]");
        let (start, end) = if page.from_the_end { (farthest, nearest) } else { (nearest, farthest) };
        let fields = collect(self.document, self.variables, &selected.below, &|_| true);
        let pairs = fields.into_iter().map(|(key, field)| {
            let value = match field.field.name.as_str() {
                "hasNextPage" => Json::value(Type::Boolean, &next),
                "hasPreviousPage" => Json::value(Type::Boolean, &previous),
                "startCursor" => Json::quoted(&start).or_null(true),
                "endCursor" => Json::quoted(&end).or_null(true),
                _ => Json::word("PageInfo"),
            };
            (key, value)
        });
        Json::object(pairs)
    }

    /// The condition that rows lie after, or before, the cursor in an argument; empty if the argument is not given.
    fn beyond(
        &mut self,
        page: &Page,
        selected: &Selected<'a>,
        name: &str,
        key: &str,
        alias: &str,
    ) -> Result<String, Error> {
        let mut part = |is_id| self.bind_given(selected.field, name, Reading::Cursor(page.cursor_part(is_id)));
        let (Some(place), Some(id)) = (part(false)?, part(true)?) else { return Ok(String::new()) };
        let comparison = if (name == "after") != page.descending { ">" } else { "<" };
        Ok(format!(" and ({key}, {alias}.id) {comparison} ({place}, {id})"))
    }
}

/// The columns of rows that have a visibility of their own. The customer that a row belongs to is one of them, so that
/// it can be used outside of the page.
fn columns_with_subject(row: &mut Row) -> String {
    let columns = format!("{}.*", row.alias);
    if row.subject == row.alias {
        return columns;
    }
    let columns = format!("{columns}, {} as of_customer", row.subject);
    row.subject = format!("({}.of_customer)", row.alias);
    columns
}

/// The rows of the page, under the alias of the rows that they come from. The additional columns are computed only for
/// rows of the page.
fn rows(source: &Source<'_>, page: &Page, beyond: &str, key: &str, wanted: &Wanted, besides: &str) -> String {
    let (alias, columns) = (&source.row.alias, &source.columns);
    let backwards = page.descending != page.from_the_end;
    let direction = if backwards { "desc" } else { "asc" };
    let order = format!("order by {key} {direction}, {alias}.id {direction}");
    let limit = format!("limit {}", page.limit + i64::from(wanted.one_more));
    let inside = if source.branches.len() == 1 { besides } else { "" };
    let mut branches = source
        .branches
        .iter()
        .map(|branch| format!("select {columns}{inside} from {} where {branch}{beyond} {order} {limit}", source.from));
    let rows = match source.branches.len() {
        // The viewer can see no row, but the columns are still needed.
        0 => format!("select {columns}{besides} from {} where false", source.from),
        1 => branches.next().unwrap_or_default(),
        _ => {
            let union: Vec<_> = branches.map(|branch| format!("({branch})")).collect();
            format!("select {alias}.*{besides} from ({}) {alias} {order} {limit}", union.join(" union all "))
        }
    };
    if wanted.places {
        // The rows are already ordered, so they are numbered in that order.
        format!("(select {alias}.*, row_number() over () as place from ({rows}) {alias}) {alias}")
    } else {
        format!("({rows}) {alias}")
    }
}

/// What must be read for the selected fields of a connection.
struct Wanted {
    /// Rows: a count alone does not need them.
    rows: bool,
    /// The number of each row in the page.
    places: bool,
    /// One row more than the page, to know whether there are further rows.
    one_more: bool,
}

impl Wanted {
    fn of(planner: &Planner<'_>, fields: &Fields<'_>, page: &Page) -> Self {
        let mut wanted = Self { rows: false, places: page.from_the_end, one_more: false };
        for field in fields.values() {
            wanted.rows |= matches!(field.field.name.as_str(), "edges" | "pageInfo");
            if field.field.name == "pageInfo" {
                wanted.places = true;
                let more = if page.from_the_end { "hasPreviousPage" } else { "hasNextPage" };
                let info = collect(planner.document, planner.variables, &field.below, &|_| true);
                wanted.one_more |= info.values().any(|field| field.field.name == more);
            }
        }
        wanted
    }
}

fn count(source: &Source<'_>) -> String {
    let counts = source.branches.iter().map(|branch| format!("(select count(*) from {} where {branch})", source.from));
    let counts: Vec<_> = counts.collect();
    if counts.is_empty() { "0".to_owned() } else { format!("({})", counts.join(" + ")) }
}

fn all_of(conditions: &[String]) -> String {
    let needed: Vec<_> = conditions.iter().map(String::as_str).filter(|condition| *condition != "true").collect();
    if needed.is_empty() { "true".to_owned() } else { needed.join(" and ") }
}
