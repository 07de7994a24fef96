//! Feeds: subscriptions, as one statement for each range of the log of events.

use std::sync::Arc;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::Operation;

use super::Variables;
use super::arguments::argument_or_none;
use super::describe::{Changes, Feed};
use super::filter::condition;
use super::json::Json;
use super::plan::Plan;
use super::planner::Planner;
use super::selection::{Selected, root_fields};
use super::writer::Row;
use crate::kernel::access::{Grant, Permission, Resource, Rights, Scope, Scopes};
use crate::kernel::error::Error;

/// The plans of a subscription. Their rows have a position and the JSON of a whole response.
pub struct FeedPlan {
    /// Reads the events of a range.
    pub events: Plan,
    /// Reads the single event that replaces a backlog of too many events.
    pub refresh: Option<Plan>,
}

impl Feed {
    /// The part of the viewer's rights that matters for this feed; an error if the viewer may not subscribe.
    pub fn rights(&self, rights: &Arc<Rights>) -> Result<Arc<Rights>, Error> {
        let forbidden = || Error::Forbidden(self.read);
        let held = Grant::of(rights, self.read).ok_or_else(forbidden)?.scopes();
        let Some(changes) = &self.changes else { return Ok(rights.clone()) };
        if held.among(changes.through).is_empty() {
            return Err(forbidden());
        }
        // The feed does not report customers because of their owner. Without the scopes of owners, all subscribers with
        // the same grants can share what is read.
        let of_owners = [Scope::Own, Scope::Held, Scope::Team];
        let narrowed = |(permission, scopes): (&Permission, &Scopes)| match permission.resource {
            Resource::User => (*permission, *scopes),
            _ => (*permission, scopes.without(&of_owners)),
        };
        let grants = rights.grants.iter().map(narrowed).collect();
        let (team, pools) = (rights.team.clone(), rights.pools.clone());
        Ok(Arc::new(Rights { viewer: rights.viewer, team, grants: Arc::new(grants), pools }))
    }
}

/// The root field of a subscription.
pub fn root_field<'d>(
    document: &'d ExecutableDocument,
    operation: &'d Operation,
    variables: &Variables,
) -> Result<(&'d str, Selected<'d>), Error> {
    let field = root_fields(document, operation, variables).into_iter().next();
    field.ok_or_else(|| Error::bad_input("the subscription must select a field", "订阅必须选择一个字段"))
}

impl<'a> Planner<'a> {
    /// Plans a subscription. `make` must make planners whose rights are [narrowed](Feed::rights) to the feed.
    pub fn feed(make: impl Fn() -> Self, feed: &'a Feed, operation: &'a Operation) -> Result<FeedPlan, Error> {
        let events = make().events(feed, feed.events, operation)?;
        let refresh = match &feed.changes {
            Some(changes) => Some(make().events(feed, changes.refresh, operation)?),
            None => None,
        };
        Ok(FeedPlan { events, refresh })
    }

    fn events(mut self, feed: &'a Feed, from: &'static str, operation: &'a Operation) -> Result<Plan, Error> {
        let (key, selected) = root_field(self.document, operation, self.variables)?;
        self.root = key;
        if let Some(changes) = &feed.changes {
            self.sql.was_and_is_in = self.was_and_is_in(changes, &selected)?;
        }
        let entity = self.catalog.entity(feed.of);
        let row = Row::itself(self.sql.new_alias());
        let events = self.sql.render(from, &row);
        let event = self.object(entity, &row, &selected.below)?;
        if !self.sql.values.look_ups.is_empty() {
            let (en, zh) = ("contact details can't be looked up in a subscription", "实时订阅不能按联系方式查找");
            return Err(Error::bad_input(en, zh));
        }
        let answer = Json::object([("data", Json::object([(key, event)]))]).render();
        let alias = &row.alias;
        Ok(self.finish(&format!("select {alias}.position, {answer} from ({events}) {alias} order by {alias}.position")))
    }

    fn was_and_is_in(&mut self, changes: &Changes, selected: &Selected<'a>) -> Result<[String; 2], Error> {
        let entity = self.catalog.entity(changes.of);
        let filter = argument_or_none(selected.field, "filter", self.variables);
        let mut conditions = [String::new(), String::new()];
        for (was_or_is_in, image) in conditions.iter_mut().zip(changes.images) {
            let row = Row::itself(image.to_owned());
            let seen = self.sql.seen(entity, &row);
            let asked = match &filter {
                Some(filter) => condition(&mut self.sql, entity, &row, filter, true)?,
                None => "true".to_owned(),
            };
            *was_or_is_in = format!("coalesce({image}.id is not null and {seen} and {asked}, false)");
        }
        Ok(conditions)
    }
}
