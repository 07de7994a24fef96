//! A plan: the statement that reads a selection, which all viewers with the same grants share.

use std::sync::Arc;

use super::Variables;
use super::values::{Deferred, EventRange, LookUp, Values};
use super::viewpoint::Viewpoint;
use crate::kernel::error::Error;
use crate::kernel::sql::{Arg, Binds, Statement};

/// Why a root field can't be read, with its response key.
pub type RootError = (String, Error);

/// The statement that reads a selection of any depth. It serves all viewers with the same grants, and all values of
/// those variables that are only bound.
pub struct Plan {
    text: Arc<str>,
    binds: Binds,
    deferred: Vec<Deferred>,
    /// The exact look-ups of masked details among its conditions, which are counted at each execution.
    pub look_ups: Vec<LookUp>,
    /// Whether PostgreSQL should plan the statement for each execution.
    pub plan_each_time: bool,
}

impl Plan {
    pub(super) fn new(text: &str, values: Values, plan_each_time: bool) -> Self {
        let (text, binds) = values.binds.used_by(text);
        Self { text: text.into(), binds, deferred: values.deferred, look_ups: values.look_ups, plan_each_time }
    }

    /// The statement with the values of one execution. An error has the response key of the root field that it is
    /// about.
    pub fn fill(&self, viewpoint: &Viewpoint, variables: &Variables) -> Result<Statement, (&str, Error)> {
        self.fill_for(viewpoint, variables, EventRange { after: 0, upto: 0, most: 0 })
    }

    /// The statement with the values of one execution that reads a range of the log of events.
    pub fn fill_for(
        &self,
        viewpoint: &Viewpoint,
        variables: &Variables,
        range: EventRange,
    ) -> Result<Statement, (&str, Error)> {
        let mut deferred = Vec::with_capacity(self.deferred.len());
        for value in &self.deferred {
            deferred.push(match value {
                Deferred::Placeholder(placeholder) => (viewpoint.placeholders.value)(viewpoint, *placeholder),
                Deferred::EventRange(place) => Arg::Int(Some([range.after, range.upto, range.most][*place])),
                Deferred::Given { root, variable, reading } => {
                    reading.read(&variables[variable]).map_err(|error| (root.as_str(), error))?
                }
            });
        }
        Ok(Statement::new(self.text.clone(), &self.binds, &deferred, &viewpoint.rights, viewpoint.now))
    }

    /// What is wrong with the values of the variables.
    pub fn misfits(&self, variables: &Variables) -> Vec<RootError> {
        let misfits = self.deferred.iter().filter_map(|value| match value {
            Deferred::Given { root, variable, reading } => {
                reading.read(&variables[variable]).err().map(|error| (root.clone(), error))
            }
            _ => None,
        });
        misfits.collect()
    }

    /// Whether its result depends on the viewer, and not only on the viewer's grants.
    pub fn is_personal(&self) -> bool {
        self.binds.has_any(&[Arg::Me, Arg::Team, Arg::TeamAndMe])
    }

    /// Whether its result depends on the pools of which the viewer is a member.
    pub fn asks_for_pools(&self) -> bool {
        self.binds.has_any(&[Arg::Pools])
    }

    /// The values of the variables that it binds, as text that differs if they differ.
    pub fn given(&self, variables: &Variables) -> String {
        let given = self.deferred.iter().filter_map(|value| match value {
            Deferred::Given { variable, .. } => variables.get(variable).map(|value| format!("{variable}={value};")),
            _ => None,
        });
        given.collect()
    }

    /// The length of the statement, in bytes.
    pub fn size(&self) -> usize {
        self.text.len()
    }
}
