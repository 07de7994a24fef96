//! A cache of plans: a query that comes again is looked up, filled with its values and run.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use lru::LruCache;

use crate::api::base::document::Prepared;
use crate::kernel::access::Grants;
use crate::kernel::read::{Plan, Variables, Viewpoint};

/// How many plans are kept, and the longest statement of a kept plan, in bytes.
const KEPT: usize = 2_000;
const KEPT_BYTES: usize = 50_000;
/// The longest text of the variables of a kept plan, in bytes, because the plan keeps their values.
const KEPT_VARIABLES_BYTES: usize = 4_000;

/// What identifies a plan. Addresses identify objects that the kept plan holds, so they can't be reused meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    document: usize,
    operation: Option<String>,
    variables: String,
    grants: usize,
    has_large_team: bool,
    directory: i64,
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
            directory: viewpoint.directory.revision,
        }
    }
}

impl Key {
    /// Whether it is short enough to be kept.
    pub fn is_short(&self) -> bool {
        self.variables.len() <= KEPT_VARIABLES_BYTES
    }
}

/// A plan, with what its key stands for.
struct Kept {
    plan: Arc<QueryPlan>,
    _document: Arc<Prepared>,
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
}

/// The plans of one server.
pub struct Plans(Mutex<LruCache<Key, Kept>>);

impl Default for Plans {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::new(KEPT).expect("more than none"))))
    }
}

impl Plans {
    /// The plan that was kept.
    pub fn get(&self, key: &Key) -> Option<Arc<QueryPlan>> {
        self.0.lock().expect("no panic while held").get(key).map(|kept| kept.plan.clone())
    }

    /// Keeps a plan.
    pub fn keep(&self, key: Key, plan: &Arc<QueryPlan>, document: &Arc<Prepared>, viewpoint: &Viewpoint) {
        if document.is_kept() && plan.plan.size() <= KEPT_BYTES && key.is_short() {
            let (document, grants) = (document.clone(), viewpoint.rights.grants.clone());
            let kept = Kept { plan: plan.clone(), _document: document, _grants: grants };
            self.0.lock().expect("no panic while held").put(key, kept);
        }
    }
}
