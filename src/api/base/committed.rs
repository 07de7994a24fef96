//! What a request has committed: whatever happens to its answer afterwards, it must not say that nothing was done.

use std::sync::{Mutex, MutexGuard};

use crate::kernel::error::Error;

/// The root fields of a mutation that are committed. It outlives the request.
#[derive(Default)]
pub struct Committed(Mutex<Fields>);

/// The root fields, by their response keys.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// Those that are committed.
    pub done: Vec<String>,
    /// The one that is being committed, or whose commit got no answer of the database.
    pub in_doubt: Option<String>,
}

impl Committed {
    /// Notes that an operation of a field begins. What was committed before for the same field was a part of its change.
    pub fn start(&self, key: &str) {
        self.fields().done.retain(|done| done != key);
    }

    /// Notes that the commit of a field begins: until it has ended, nobody knows whether the change is made.
    pub fn begin(&self, key: &str) {
        self.fields().in_doubt = Some(key.to_owned());
    }

    /// Notes how the commit has ended.
    pub fn end(&self, outcome: Result<(), Error>) -> Result<(), Error> {
        let outcome = outcome.map_err(Error::of_commit);
        let mut fields = self.fields();
        match outcome {
            Err(Error::InDoubt(_)) => {}
            Err(_) => fields.in_doubt = None,
            Ok(()) => {
                let done = fields.in_doubt.take();
                fields.done.extend(done);
            }
        }
        outcome
    }

    /// Whether a field is committed.
    pub fn has(&self, key: &str) -> bool {
        self.fields().done.iter().any(|done| done == key)
    }

    /// The fields that are or may be committed at this moment.
    pub fn so_far(&self) -> Fields {
        self.fields().clone()
    }

    fn fields(&self) -> MutexGuard<'_, Fields> {
        self.0.lock().expect("no panic while held")
    }
}
