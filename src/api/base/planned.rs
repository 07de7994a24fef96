//! Planned reads within async-graphql: values whose selections are planned.
//!
//! async-graphql's values can't carry JSON as it is. A planned value travels as `Value::Binary`, which nothing else in
//! this schema uses, and the server's response writer writes its bytes into the answer.

use std::borrow::Cow;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_graphql::parser::types::Field as DocumentField;
use async_graphql::registry::{MetaTypeId, Registry};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, OutputType, Positioned, QueryPathNode, QueryPathSegment, Response,
    ServerResult, SubscriptionType, Value,
};
use dataloader::BatchFn;
use dataloader::cached::Loader;
use futures_util::Stream;
use sqlx::Row;
use uuid::Uuid;

use super::catalog::CATALOG;
use super::context::Request;
use super::error::ResolverError;
use super::types;
use crate::crm::contact::look_up;
use crate::kernel::error::Error;
use crate::kernel::id::{self, Id, Identified};
use crate::kernel::read::{Planner, at_path};
use crate::kernel::sql::json_of;

/// How long to wait before a payload is read again.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// An id of a type whose rows are planned.
pub trait PlannedId: Identified {
    /// The name of the type.
    const TYPE: &'static str;
}

impl PlannedId for id::User {
    const TYPE: &'static str = "User";
}
impl PlannedId for id::ApiKey {
    const TYPE: &'static str = "ApiKey";
}
impl PlannedId for id::Customer {
    const TYPE: &'static str = "Customer";
}
impl PlannedId for id::Contact {
    const TYPE: &'static str = "Contact";
}
impl PlannedId for id::Product {
    const TYPE: &'static str = "Product";
}
impl PlannedId for id::Opportunity {
    const TYPE: &'static str = "Opportunity";
}
impl PlannedId for id::FollowUp {
    const TYPE: &'static str = "FollowUp";
}
impl PlannedId for id::Task {
    const TYPE: &'static str = "Task";
}
impl PlannedId for id::Order {
    const TYPE: &'static str = "Order";
}
impl PlannedId for id::Feedback {
    const TYPE: &'static str = "Feedback";
}
impl PlannedId for id::Import {
    const TYPE: &'static str = "Import";
}
impl PlannedId for id::Pool {
    const TYPE: &'static str = "Pool";
}
impl PlannedId for id::PoolRule {
    const TYPE: &'static str = "PoolRule";
}
impl PlannedId for id::PoolRuleRun {
    const TYPE: &'static str = "PoolRuleRun";
}
impl PlannedId for id::OperationBatch {
    const TYPE: &'static str = "OperationBatch";
}

/// A record in the payload of a mutation. What is selected of it is planned, and read together with the other records
/// of the same place in the document.
pub struct Planned<T>(pub Id<T>);
/// A user in a payload.
pub type PlannedUser = Planned<id::User>;
/// An API key in a payload.
pub type PlannedApiKey = Planned<id::ApiKey>;
/// A customer in a payload.
pub type PlannedCustomer = Planned<id::Customer>;
/// A contact in a payload.
pub type PlannedContact = Planned<id::Contact>;
/// A product in a payload.
pub type PlannedProduct = Planned<id::Product>;
/// An opportunity in a payload.
pub type PlannedOpportunity = Planned<id::Opportunity>;
/// A follow-up in a payload.
pub type PlannedFollowUp = Planned<id::FollowUp>;
/// A task in a payload.
pub type PlannedTask = Planned<id::Task>;
/// An order in a payload.
pub type PlannedOrder = Planned<id::Order>;
/// A piece of feedback in a payload.
pub type PlannedFeedback = Planned<id::Feedback>;
/// An import in a payload.
pub type PlannedImport = Planned<id::Import>;
/// A public pool in a payload.
pub type PlannedPool = Planned<id::Pool>;
/// A pool rule in a payload.
pub type PlannedPoolRule = Planned<id::PoolRule>;
/// A run of a pool rule in a payload.
pub type PlannedPoolRuleRun = Planned<id::PoolRuleRun>;
/// An operation batch in a payload.
pub type PlannedOperationBatch = Planned<id::OperationBatch>;

impl<T: PlannedId> OutputType for Planned<T> {
    fn type_name() -> Cow<'static, str> {
        T::TYPE.into()
    }

    // The row may be gone, or out of the viewer's sight, by the time it is read.
    fn qualified_type_name() -> String {
        T::TYPE.to_owned()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        types::register(registry);
        Self::qualified_type_name()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<DocumentField>) -> ServerResult<Value> {
        let request = ctx.data_unchecked::<Arc<Request>>();
        let path = ctx.path_node.as_ref().map(keys_of).unwrap_or_default();
        let loaded = ctx.data_unchecked::<Loaders>().load(request, T::TYPE, path, self.0.uuid()).await;
        loaded.map(planned_value).map_err(|error| {
            let error: async_graphql::Error = ResolverError::from(error).into();
            ctx.set_error_path(error.into_server_error(field.pos))
        })
    }
}

/// The response keys from the operation down to a node. The rows of one list have the same path.
fn keys_of(node: &QueryPathNode<'_>) -> Vec<String> {
    let mut keys: Vec<String> = std::iter::once(node)
        .chain(node.parents())
        .filter_map(|node| match node.segment {
            QueryPathSegment::Name(name) => Some(name.to_owned()),
            QueryPathSegment::Index(_) => None,
        })
        .collect();
    keys.reverse();
    keys
}

fn planned_value(json: Option<String>) -> Value {
    json.map_or(Value::Null, |json| if json == "null" { Value::Null } else { Value::Binary(json.into()) })
}

/// The loaders of one request. There is one for each place in the document, and it reads all rows of this place in one
/// statement.
#[derive(Default)]
pub struct Loaders(Mutex<HashMap<Vec<String>, Loader<Uuid, Loaded, Batch>>>);

type Loaded = Result<Option<String>, Arc<Error>>;

impl Loaders {
    async fn load(&self, request: &Arc<Request>, name: &'static str, path: Vec<String>, id: Uuid) -> Loaded {
        let loader = {
            let mut loaders = self.0.lock().expect("no panic while held");
            let new = || {
                let batch = Batch { request: Arc::downgrade(request), name, path: path.clone() };
                // All rows of one place are asked for in one go, so one yield sees them all.
                Loader::new(batch).with_yield_count(1)
            };
            loaders.entry(path.clone()).or_insert_with(new).clone()
        };
        loader.load(id).await
    }
}

/// What a loader reads: one selection of records of one type.
pub struct Batch {
    request: std::sync::Weak<Request>,
    name: &'static str,
    path: Vec<String>,
}

impl BatchFn<Uuid, Loaded> for Batch {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Loaded> {
        match self.read_in_time(ids.to_vec()).await {
            Ok(mut read) => ids.iter().map(|id| (*id, Ok(read.remove(id)))).collect(),
            Err(error) => {
                let error = Arc::new(error);
                ids.iter().map(|id| (*id, Err(error.clone()))).collect()
            }
        }
    }
}

impl Batch {
    /// Reads, of a mutation again and again while the database can't be reached: the change is made, so refusing to read it
    /// helps nobody. The time of the request ends this.
    async fn read_in_time(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>, Error> {
        loop {
            match self.read(ids.clone()).await {
                Err(Error::Unavailable(error))
                    if self.request.upgrade().is_some_and(|request| request.is_mutation()) =>
                {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a payload can't be read; trying again");
                    tokio::time::sleep(RETRY_DELAY).await;
                }
                done => return done,
            }
        }
    }

    async fn read(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>, Error> {
        let Some(request) = self.request.upgrade() else { return Ok(HashMap::new()) };
        let viewpoint = request.viewpoint().await?;
        let (statement, look_ups) = {
            let document = &request.prepared.document;
            let operation = request.operation()?;
            let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
            let sets = at_path(document, operation, &request.variables, &path);
            let max_page = request.app().limits().page_size;
            let planner = Planner::new(&CATALOG, document, &request.variables, &viewpoint, max_page);
            let plan = planner.entities(self.name, ids, &sets)?;
            let statement = plan.fill(&viewpoint, &request.variables).map_err(|(_, error)| error)?;
            (statement, plan.look_ups)
        };
        Box::pin(look_up::count(request.app().pool(), &look_ups, &viewpoint, request.origin())).await?;
        // Payloads have connections of their own: other reads can't keep a change that is made from being answered.
        let app = request.app();
        let readers = if request.is_mutation() { app.payload_readers() } else { app.readers() };
        let rows = readers.fetch_all(Some(viewpoint.rights.viewer), statement).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, json_of(row, 1)?.to_owned()))).collect()
    }
}

/// The planned fields of `Query`. They are read before the executor begins, and the executor only puts them in their
/// places.
#[derive(Default)]
pub struct PlannedQuery;

impl OutputType for PlannedQuery {
    fn type_name() -> Cow<'static, str> {
        "PlannedQuery".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        types::register(registry);
        registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            let roots: Vec<_> = CATALOG.roots.iter().map(|root| types::root_field(registry, root)).collect();
            types::object("PlannedQuery", "The planned part of `Query`.", roots)
        })
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<DocumentField>) -> ServerResult<Value> {
        unreachable!("it is merged into `Query`")
    }
}

impl ContainerType for PlannedQuery {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let request = ctx.data_unchecked::<Arc<Request>>();
        let key = ctx.item.node.response_key().node.as_str();
        let planned = request.planned.lock().expect("no panic while held").remove(key);
        Ok(planned.map(|json| planned_value(Some(json))))
    }
}

/// The fields of `Subscription`. The server reads them from the feed, and the executor never resolves them: this type
/// only puts them into the schema.
#[derive(Default)]
pub struct PlannedSubscription;

/// The description of `Subscription`.
const SUBSCRIPTION_DOC: &str = "\
    The fields of this type are streams of events. Every event has a `cursor`. After a disconnect, subscribe \
    again with `after:` the last cursor that you received: no event is missed, and none is sent twice. Events \
    are kept for 30 days. Rights are checked for each event, and a stream ends when the session ends or when you \
    lose the permission.";

impl SubscriptionType for PlannedSubscription {
    fn type_name() -> Cow<'static, str> {
        "Subscription".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        types::register(registry);
        registry.create_subscription_type::<Self, _>(|_| {
            types::subscription("Subscription", SUBSCRIPTION_DOC, CATALOG.feeds.iter().map(types::feed_field))
        })
    }

    fn create_field_stream<'a>(
        &'a self,
        _: &'a Context<'_>,
    ) -> Option<Pin<Box<dyn Stream<Item = Response> + Send + 'a>>> {
        None
    }
}
