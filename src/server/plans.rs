//! Plans of queries, and a cache of them: a query that comes again is looked up, filled with its values and run.

use std::sync::{Arc, Mutex, Weak};

use super::apart::on_own_thread;
use super::budget::Holder;
use super::cache::Cache;
use crate::api::base::catalog::CATALOG;
use crate::api::base::context::Request;
use crate::api::base::document::Prepared;
use crate::api::base::error::TopError;
use crate::kernel::access::Grants;
use crate::kernel::read::{Plan, Planner, RootError, Variables, Viewpoint, root_fields};

/// The weight of the plans that are kept, and the longest statement of one of them, in bytes.
const KEPT: usize = 8 << 20;
const KEPT_BYTES: usize = 50_000;
/// The longest text of the variables of a kept plan, in bytes, because the plan keeps their values.
const KEPT_VARIABLES_BYTES: usize = 4_000;

/// From this cost on a query is planned on a thread of its own: others take less time than a change of threads is worth.
const COSTLY_QUERY: usize = 5_000;

/// What identifies a plan. Addresses identify objects whose place in memory the kept plan holds, so they can't be reused
/// meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    document: usize,
    operation: Option<String>,
    variables: String,
    grants: usize,
    has_large_team: bool,
    directory: (i64, bool),
}

impl Key {
    /// The key of a read.
    pub fn of(prepared: &Arc<Prepared>, operation: Option<&str>, variables: &Variables, viewpoint: &Viewpoint) -> Self {
        Self {
            document: Arc::as_ptr(prepared).addr(),
            operation: operation.map(str::to_owned),
            variables: prepared.bound.shape(variables),
            grants: Arc::as_ptr(&viewpoint.rights.grants).addr(),
            has_large_team: viewpoint.rights.has_large_team(),
            directory: viewpoint.directory.planned_by(),
        }
    }
}

impl Key {
    /// The length of its text, in bytes.
    pub fn size(&self) -> usize {
        self.variables.len()
    }

    /// Whether it is short enough to be kept.
    pub fn is_short(&self) -> bool {
        self.size() <= KEPT_VARIABLES_BYTES
    }
}

/// A plan, with what its key stands for.
struct Kept {
    plan: Arc<QueryPlan>,
    /// The place of the document, but not the document: how many of those are kept is decided elsewhere.
    _document: Weak<Prepared>,
    _grants: Arc<Grants>,
}

/// How a query is read.
pub struct QueryPlan {
    /// The statement.
    pub plan: Plan,
    /// Whether it answers all of the query.
    pub is_whole: bool,
    /// The response key of the first field that it answers.
    pub first_key: String,
    /// What the query costs.
    pub cost: usize,
    /// Why some of the fields are null, if they can't be read.
    pub errors: Vec<TopError>,
}

/// The plans of one server.
pub struct Plans(Mutex<Cache<Key, Kept>>);

impl Default for Plans {
    fn default() -> Self {
        Self(Mutex::new(Cache::new(KEPT)))
    }
}

impl Plans {
    /// The plan that was kept.
    pub fn get(&self, key: &Key) -> Option<Arc<QueryPlan>> {
        self.0.lock().expect("no panic while held").get(key).map(|kept| kept.plan.clone())
    }

    /// Keeps a plan.
    pub fn keep(&self, key: Key, plan: &Arc<QueryPlan>, document: &Arc<Prepared>, viewpoint: &Viewpoint) {
        if document.is_kept() && plan.errors.is_empty() && plan.plan.size() <= KEPT_BYTES && key.is_short() {
            let (document, grants) = (Arc::downgrade(document), viewpoint.rights.grants.clone());
            let bytes = plan.plan.size() + key.size();
            let kept = Kept { plan: plan.clone(), _document: document, _grants: grants };
            self.0.lock().expect("no panic while held").keep(key, kept, bytes);
        }
    }
}

/// Whether a root field is read in the statement of a query.
pub fn is_planned(field: &str) -> bool {
    CATALOG.roots.iter().any(|root| root.name == field)
}

/// Plans the planned fields of a query, without those that failed before.
pub async fn plan_query(
    request: &Arc<Request>,
    viewpoint: &Viewpoint,
    cost: usize,
    failed: Vec<RootError>,
) -> Result<QueryPlan, TopError> {
    if cost < COSTLY_QUERY {
        return plan_now(request, viewpoint, cost, failed);
    }
    let (whose, request, viewpoint) = (Holder::of(request.caller()), request.clone(), viewpoint.clone());
    on_own_thread(whose, move || plan_now(&request, &viewpoint, cost, failed)).await
}

fn plan_now(
    request: &Request,
    viewpoint: &Viewpoint,
    cost: usize,
    mut failed: Vec<RootError>,
) -> Result<QueryPlan, TopError> {
    let told = |(key, error): &RootError| TopError::of(error, request.language()).at_key(key);
    let operation = request.operation().map_err(|error| TopError::of(&error, request.language()))?;
    let (document, variables) = (&request.prepared.document, &request.variables);
    let fields = root_fields(document, operation, variables);
    let mut planned = fields.iter().filter(|(_, selected)| is_planned(&selected.field.name));
    let first_key = planned.next().map(|(key, _)| (*key).to_owned()).unwrap_or_default();
    let is_whole =
        fields.values().all(|selected| is_planned(&selected.field.name) || selected.field.name == "__typename");
    let planner = Planner::new(&CATALOG, document, variables, viewpoint, request.app().limits().page_size);
    let (plan, errors) = planner.query(operation, &failed).map_err(|error| told(&error))?;
    failed.extend(errors);
    Ok(QueryPlan { plan, is_whole, first_key, cost, errors: failed.iter().map(told).collect() })
}
