//! One request, as resolvers see it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use apollo_compiler::executable::Operation;
use async_graphql::Context;

use super::document::Prepared;
use super::planned::Loaders;
use super::upload::Uploads;
use crate::actor::{Actor, Viewer};
use crate::app::App;
use crate::customer;
use crate::error::{Error, Language};
use crate::read::{Variables, Viewpoint};

/// Who asks, and how.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The user, when the token is one of a living session.
    pub viewer: Option<Viewer>,
    /// The language of messages.
    pub language: Language,
    /// The address that the request came from.
    pub address: Option<IpAddr>,
}

/// One request.
pub struct Request {
    app: Arc<App>,
    asker: Asker,
    pub(super) prepared: Arc<Prepared>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
    /// The answers of planned fields of the query, by response key: they were read in one statement beforehand.
    pub(super) planned: Mutex<HashMap<String, String>>,
    pub(super) loaders: Loaders,
    pub(super) uploads: Uploads,
}

/// The request that a resolver works for.
pub fn request<'ctx>(ctx: &Context<'ctx>) -> &'ctx Arc<Request> {
    ctx.data_unchecked::<Arc<Request>>()
}

impl Request {
    pub(super) fn new(
        app: Arc<App>,
        asker: Asker,
        prepared: Arc<Prepared>,
        operation_name: Option<String>,
        variables: Variables,
    ) -> Self {
        let (planned, loaders) = (Mutex::default(), Loaders::default());
        let uploads = Uploads::default();
        Self { app, asker, prepared, operation_name, variables, planned, loaders, uploads }
    }

    /// The server.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The user who asks.
    pub fn viewer(&self) -> Result<&Viewer, Error> {
        self.asker.viewer.as_ref().ok_or(Error::Unauthenticated)
    }

    /// The user who asks, to act.
    pub fn actor(&self) -> Result<Actor, Error> {
        self.viewer().cloned().map(Actor::User)
    }

    /// The language of messages.
    pub fn language(&self) -> Language {
        self.asker.language
    }

    /// The address that the request came from.
    pub fn address(&self) -> String {
        self.asker.address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())
    }

    /// The operation that is executed.
    pub(super) fn operation(&self) -> Result<&Operation, Error> {
        let operation = self.prepared.document.operations.get(self.operation_name.as_deref());
        operation.map(|operation| &**operation).map_err(|_| Error::bad_input("no such operation", "没有该操作"))
    }

    /// From where the viewer looks at this moment.
    pub async fn viewpoint(&self) -> Result<Viewpoint, Error> {
        let directory = self.app.directory().await?;
        let user = self.viewer()?.user;
        let rights =
            directory.rights(user).map_err(|error| Error::Internal(error.into()))?.ok_or(Error::Unauthenticated)?;
        let now = self.app.clock().now();
        Ok(Viewpoint { rights, now, directory, facts: customer::FACTS })
    }
}
