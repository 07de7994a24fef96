//! One request, as resolvers see it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use apollo_compiler::executable::Operation;
use async_graphql::Context;

use super::committed::Committed;
use super::document::Prepared;
use super::upload::Uploads;
use crate::crm::customer;
use crate::kernel::actor::{Actor, Origin, Viewer};
use crate::kernel::app::App;
use crate::kernel::error::{Error, Language};
use crate::kernel::read::{Variables, Viewpoint};
use crate::kernel::replica::Position;

/// Who sends a request, and how the response is to be written.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user, if the request has a valid access token.
    pub viewer: Option<Viewer>,
    /// The language of messages.
    pub language: Language,
    /// Where the request comes from.
    pub origin: Origin,
    /// The position in the log of the database that the request must be read behind.
    pub read_after: Position,
    /// What cookies may do for the request; `None` if they may not be used.
    pub cookies: Option<Cookies>,
}

/// The cookies of a request from a page that is allowed here.
#[derive(Debug, Clone, Default)]
pub struct Cookies {
    /// The refresh token.
    pub refresh: Option<String>,
}

/// What becomes of the cookies of a browser.
#[derive(Debug)]
pub enum CookieChange {
    /// They are set to new tokens.
    Set {
        /// The access token.
        access: String,
        /// The refresh token.
        refresh: String,
    },
    /// They are removed.
    Clear,
}

/// One request.
pub struct Request {
    app: Arc<App>,
    caller: Caller,
    /// The document that is executed.
    pub prepared: Arc<Prepared>,
    /// The name of the operation that is executed.
    pub operation_name: Option<String>,
    /// The values of the variables.
    pub variables: Variables,
    /// The results of the planned fields of the query, by response key: they were read in one statement before.
    pub planned: Mutex<HashMap<String, String>>,
    /// The files of the request.
    pub uploads: Uploads,
    /// What becomes of the cookies of the browser.
    pub cookie_change: Mutex<Option<CookieChange>>,
    /// The fields of its mutation that are committed.
    pub committed: Arc<Committed>,
}

/// The request that a resolver works for.
pub fn request<'ctx>(ctx: &Context<'ctx>) -> &'ctx Arc<Request> {
    ctx.data_unchecked::<Arc<Request>>()
}

impl Request {
    /// A request without planned results.
    pub fn new(
        app: Arc<App>,
        caller: Caller,
        prepared: Arc<Prepared>,
        operation_name: Option<String>,
        variables: Variables,
    ) -> Self {
        let (planned, uploads, cookie_change) = (Mutex::default(), Uploads::default(), Mutex::default());
        let committed = Arc::default();
        Self { app, caller, prepared, operation_name, variables, planned, uploads, cookie_change, committed }
    }

    /// The server.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The user who sends the request.
    pub fn viewer(&self) -> Result<&Viewer, Error> {
        self.caller.viewer.as_ref().ok_or(Error::Unauthenticated)
    }

    /// The user who sends the request, as an actor.
    pub fn actor(&self) -> Result<Actor, Error> {
        self.viewer().cloned().map(Actor::User)
    }

    /// Who sends the request.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The language of messages.
    pub fn language(&self) -> Language {
        self.caller.language
    }

    /// Where the request comes from.
    pub fn origin(&self) -> &Origin {
        &self.caller.origin
    }

    /// The cookies of the request, if they may be used.
    pub fn cookies(&self) -> Option<&Cookies> {
        self.caller.cookies.as_ref()
    }

    /// Changes the cookies of the browser with the response.
    pub fn change_cookies(&self, change: CookieChange) {
        *self.cookie_change.lock().expect("no panic while held") = Some(change);
    }

    /// The operation that is executed.
    pub fn operation(&self) -> Result<&Operation, Error> {
        let operation = self.prepared.document.operations.get(self.operation_name.as_deref());
        operation
            .map(|operation| &**operation)
            .map_err(|_| Error::bad_input("there is no operation with this name in the document", "文档中没有该操作"))
    }

    /// Whether the operation is a mutation.
    pub fn is_mutation(&self) -> bool {
        self.operation().is_ok_and(Operation::is_mutation)
    }

    /// The rights and the time by which the viewer reads now.
    pub async fn viewpoint(&self) -> Result<Viewpoint, Error> {
        let directory = self.app.directory().await?;
        let Viewer { user, key, .. } = *self.viewer()?;
        let rights = directory.rights_by(user, key).map_err(|error| Error::Internal(error.into()))?;
        let rights = rights.ok_or(Error::Unauthenticated)?;
        let now = self.app.clock().now();
        Ok(Viewpoint { rights, now, directory, placeholders: customer::PLACEHOLDERS })
    }
}
