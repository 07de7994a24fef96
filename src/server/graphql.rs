//! The life of a GraphQL request.
//!
//! A document is [prepared](super::document) once. The planned fields of a query are read in one statement; a query of nothing
//! else never enters async-graphql. Mutations, and fields that are answered from memory, run there.

use std::collections::HashMap;
use std::sync::Arc;

use apollo_compiler::executable::Operation;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};

use super::document::{self, Documents};
use super::live::{Live, Subscriber};
use super::plans::{Key, Plans, QueryPlan};
use super::response::GraphqlResponse;
use crate::api;
use crate::api::base::catalog::CATALOG;
use crate::api::base::context::{Caller, Request};
use crate::api::base::error::TopError;
use crate::api::base::planned::Loaders;
use crate::api::base::upload::Uploaded;
use crate::kernel::app::App;
use crate::kernel::error::{Error, Language, Text};
use crate::kernel::read::{Planner, Variables, Viewpoint, root_fields};
use crate::kernel::sql::json_of;

/// What a client sent.
#[derive(Debug, Default)]
pub struct GraphqlRequest {
    /// The document.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// Their values.
    pub variables: serde_json::Map<String, Json>,
    /// Whether the transport allows changes: a GET does not.
    pub may_change: bool,
    /// The files that came with it.
    pub uploads: Vec<Uploaded>,
}

/// Answers requests on one server.
pub struct Server {
    /// The server.
    pub app: Arc<App>,
    documents: Documents,
    plans: Plans,
    live: Arc<Live>,
}

impl Server {
    /// A surface over a server.
    pub fn new(app: Arc<App>) -> Self {
        let live = Arc::new(Live::new(app.clone()));
        Self { app, documents: Documents::default(), plans: Plans::default(), live }
    }

    /// Answers one request.
    pub async fn execute(&self, caller: Caller, asked: GraphqlRequest) -> GraphqlResponse {
        let language = caller.language;
        let limits = self.app.limits();
        // A file takes its time to be read.
        let time = if asked.uploads.is_empty() { limits.request_time } else { limits.upload_time };
        match tokio::time::timeout(time, self.run(caller, asked)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(errors)) => GraphqlResponse::of_refusal(errors),
            Err(_) => GraphqlResponse::of_refusal(vec![TopError::new(
                "UNAVAILABLE",
                &Text::new(
                    format!("This took longer than {} seconds.", time.as_secs()),
                    format!("请求超过 {} 秒，已中止。", time.as_secs()),
                ),
                language,
            )]),
        }
    }

    /// Begins a subscription.
    pub async fn subscribe(&self, caller: Caller, asked: GraphqlRequest) -> Result<Subscriber, Vec<TopError>> {
        let language = caller.language;
        let request = self.request(caller, asked)?;
        let told = |error: Error| vec![TopError::of(&error, language)];
        check_cost(&request, request.operation().map_err(told)?).map_err(|error| vec![error])?;
        Subscriber::begin(self.live.clone(), request).await.map_err(told)
    }

    /// Whether what is asked is a subscription; `None` when it can't be executed.
    pub fn is_subscription(&self, asked: &GraphqlRequest) -> Option<bool> {
        let prepared = self.documents.prepare(&asked.query, self.app.limits(), Language::default()).ok()?;
        let operation = prepared.document.operations.get(asked.operation_name.as_deref()).ok()?;
        Some(operation.is_subscription())
    }

    async fn run(&self, caller: Caller, asked: GraphqlRequest) -> Result<GraphqlResponse, Vec<TopError>> {
        let (language, may_change) = (caller.language, asked.may_change);
        let refuse = |code, en: &str, zh: &str| Err(vec![TopError::new(code, &Text::new(en, zh), language)]);
        let request = self.request(caller, asked)?;
        let operation = request.operation().map_err(|error| vec![TopError::of(&error, language)])?;
        if operation.is_subscription() {
            return refuse(
                "BAD_USER_INPUT",
                "Subscriptions run over a WebSocket, or with `Accept: text/event-stream`.",
                "订阅请使用 WebSocket 或 `Accept: text/event-stream`。",
            );
        }
        if operation.is_mutation() && !may_change {
            return refuse(
                "METHOD_NOT_ALLOWED",
                "A GET request only reads; send mutations by POST.",
                "GET 请求只能查询，变更请使用 POST。",
            );
        }
        if operation.is_query()
            && let Some(answer) = self.read_planned(&request, operation).await.map_err(|error| vec![error])?
        {
            return Ok(answer);
        }
        check_cost(&request, operation).map_err(|error| vec![error])?;
        // Boxed, so that planned reads keep no room for it.
        Ok(Box::pin(execute_rest(&request, language)).await)
    }

    /// What is asked, parsed, validated and with its variables checked.
    fn request(&self, caller: Caller, asked: GraphqlRequest) -> Result<Arc<Request>, Vec<TopError>> {
        let (language, limits) = (caller.language, self.app.limits());
        let refuse = |en: String, zh: &str| vec![TopError::new("BAD_USER_INPUT", &Text::new(en, zh), language)];
        let prepared = self.documents.prepare(&asked.query, limits, language)?;
        let document = &prepared.document;
        let operation = document.operations.get(asked.operation_name.as_deref()).map_err(|_| {
            refuse(
                "`operationName` names no operation of the document.".to_owned(),
                "`operationName` 与文档中的操作不符。",
            )
        })?;
        let given = asked.variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let variables = apollo_compiler::request::coerce_variable_values(&document::SCHEMA, operation, &given)
            .map_err(|error| refuse(error.message().to_string(), "变量的类型不正确。"))?;
        let variables: Variables =
            variables.iter().map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
        if limits.no_introspection && document::asks_for_schema(document, operation, &variables) {
            return Err(refuse("Introspection is switched off here.".to_owned(), "内省已关闭。"));
        }
        let mut request = Request::new(self.app.clone(), caller, prepared.clone(), asked.operation_name, variables);
        request.uploads = asked.uploads.into();
        Ok(Arc::new(request))
    }

    /// Reads the planned fields of a query in one statement. The whole answer, if there are no others; otherwise they
    /// are kept for the executor.
    async fn read_planned(
        &self,
        request: &Arc<Request>,
        operation: &Operation,
    ) -> Result<Option<GraphqlResponse>, TopError> {
        let Some((query, viewpoint)) = self.plan(request, operation).await? else { return Ok(None) };
        let told = |(key, error): (&str, Error)| TopError::of(&error, request.language()).at_key(key);
        let failed = |error: Error| told((&query.first_key, error));
        let statement = query.plan.fill(&viewpoint, &request.variables).map_err(told)?;
        let app = request.app();
        let readers = if query.plan.plan_each_time { app.lists() } else { app.readers() };
        let row = readers.fetch_one(statement).await.map_err(|error| failed(error.into()))?;
        let json = json_of(&row, 0).map_err(|error| failed(error.into()))?;
        if query.is_whole {
            return Ok(Some(GraphqlResponse::planned(json)));
        }
        // Each part as it was written: the order of its fields is the client's.
        let parts: HashMap<String, &RawValue> =
            serde_json::from_str(json).map_err(|error| failed(Error::Internal(error.into())))?;
        let mut kept = request.planned.lock().expect("no panic while held");
        kept.extend(parts.into_iter().map(|(key, part)| (key, part.get().to_owned())));
        Ok(None)
    }

    /// The plan of the planned fields of a query, if it has any: kept from before, or made now.
    async fn plan(
        &self,
        request: &Arc<Request>,
        operation: &Operation,
    ) -> Result<Option<(Arc<QueryPlan>, Viewpoint)>, TopError> {
        let viewpoint = request.viewpoint().await;
        let (prepared, variables) = (&request.prepared, &request.variables);
        let key = |viewpoint: &Viewpoint| Key::of(prepared, request.operation_name.as_deref(), variables, viewpoint);
        let plan = viewpoint.as_ref().ok().and_then(|viewpoint| self.plans.get(&key(viewpoint)));
        if let (Some(plan), Ok(viewpoint)) = (plan, &viewpoint) {
            return Ok(Some((plan, viewpoint.clone())));
        }
        check_cost(request, operation)?;
        let is_planned = |name: &str| CATALOG.roots.iter().any(|root| root.name == name);
        let fields = root_fields(&prepared.document, operation, variables);
        let first = fields.iter().find(|(_, selected)| is_planned(&selected.field.name));
        let Some((first_key, _)) = first else { return Ok(None) };
        let told = |(key, error): (&str, Error)| TopError::of(&error, request.language()).at_key(key);
        let viewpoint = viewpoint.map_err(|error| told((first_key, error)))?;
        let is_whole =
            fields.values().all(|selected| is_planned(&selected.field.name) || selected.field.name == "__typename");
        let max_page = request.app().limits().page_size;
        let planner = Planner::new(&CATALOG, &prepared.document, variables, &viewpoint, max_page);
        let plan = planner.query(operation).map_err(told)?;
        let plan = Arc::new(QueryPlan { plan, is_whole, first_key: (*first_key).to_owned() });
        self.plans.keep(key(&viewpoint), &plan, prepared, &viewpoint);
        Ok(Some((plan, viewpoint)))
    }
}

fn check_cost(request: &Request, operation: &Operation) -> Result<(), TopError> {
    let document = &request.prepared.document;
    document::check_cost(document, operation, &request.variables, request.app().limits(), request.language())
}

async fn execute_rest(request: &Arc<Request>, language: Language) -> GraphqlResponse {
    let variables = async_graphql::Variables::from_json(Json::Object(request.variables.clone()));
    let mut asked = async_graphql::Request::new(request.prepared.text.as_str())
        .variables(variables)
        .data(request.clone())
        .data(Loaders::default());
    if let Some(name) = &request.operation_name {
        asked = asked.operation_name(name);
    }
    let response = api::SCHEMA.execute(asked).await;
    let errors: Vec<_> = response.errors.iter().map(|error| TopError::of_server_error(error, language)).collect();
    GraphqlResponse::executed(&response.data, &errors)
}
