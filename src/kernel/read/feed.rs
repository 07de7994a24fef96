//! Feeds: what the log tells, as one statement for each stretch of it.

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

/// How to read a subscription: rows of a position and the JSON of a whole answer.
pub struct FeedPlan {
    /// What the log tells.
    pub events: Plan,
    /// The one event that stands for too many.
    pub refresh: Option<Plan>,
}

impl Feed {
    /// What of the viewer's rights counts here; an error when there is nothing that they may be told.
    pub fn rights(&self, rights: &Arc<Rights>) -> Result<Arc<Rights>, Error> {
        let forbidden = || Error::Forbidden(self.read);
        let held = Grant::of(rights, self.read).ok_or_else(forbidden)?.scopes();
        let Some(changes) = &self.changes else { return Ok(rights.clone()) };
        if held.among(changes.through).is_empty() {
            return Err(forbidden());
        }
        // What one owns, one's team owns, is not told here: so all who hold the same are told the same.
        let of_owners = [Scope::Own, Scope::Held, Scope::Team];
        let narrowed = |(permission, scopes): (&Permission, &Scopes)| match permission.resource {
            Resource::User => (*permission, *scopes),
            _ => (*permission, scopes.without(&of_owners)),
        };
        let grants = rights.grants.iter().map(narrowed).collect();
        Ok(Arc::new(Rights { viewer: rights.viewer, team: rights.team.clone(), grants: Arc::new(grants) }))
    }
}

/// The one field of a subscription.
pub fn root_field<'d>(
    document: &'d ExecutableDocument,
    operation: &'d Operation,
    variables: &Variables,
) -> Result<(&'d str, Selected<'d>), Error> {
    let field = root_fields(document, operation, variables).into_iter().next();
    field.ok_or_else(|| Error::bad_input("the subscription selects nothing", "订阅没有选择任何字段"))
}

impl<'a> Planner<'a> {
    /// Plans a subscription, of rights that are [narrowed](Feed::rights) to it.
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
        let told = self.object(entity, &row, &selected.below)?;
        let answer = Json::object([("data", Json::object([(key, told)]))]).render();
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
