//! The life of a GraphQL request.
//!
//! A document is [prepared](super::document) once. What the request costs is [counted](super::cost) and taken out of its
//! [budget](super::budget) before it runs. The planned fields of a query are read in one statement; a query of nothing else
//! never enters async-graphql. Mutations, and fields that are answered from memory, run there.

use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use apollo_compiler::executable::Operation;
use futures_util::FutureExt;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::apart::on_own_thread;
use super::budget::{Budgets, Exhausted, Holder};
use super::cost::Excess;
use super::document::{self, Documents, too_complex};
use super::executor::{self, cut_off};
use super::live::Live;
use super::noted::Noted;
use super::persisted::{self, PersistedQueries};
use super::plans::{Key, Plans, QueryPlan, is_planned, plan_query};
use super::request::{DocumentName, GraphqlRequest};
use super::response::GraphqlResponse;
use super::subscriber::Subscriber;
use super::{cookie, cost, introspection};
use crate::api;
use crate::api::base::committed::Committed;
use crate::api::base::context::{Caller, Request};
use crate::api::base::document::Prepared;
use crate::api::base::error::TopError;
use crate::crm::contact::look_up;
use crate::crm::people::sso::SingleSignOn;
use crate::kernel::app::App;
use crate::kernel::error::{Error, Language, Text};
use crate::kernel::id::UserId;
use crate::kernel::read::{Variables, Viewpoint, root_fields};
use crate::kernel::sql::json_of;
use crate::kernel::turns::Turns;

/// From this length on, in bytes, a document is prepared on a thread of its own: shorter ones take less time than a change of
/// threads is worth.
const LONG_DOCUMENT: usize = 4_000;

/// How many uploads are read at the same time, and how many more of one user may wait.
const UPLOADS: usize = 4;
const UPLOADS_WAITING: usize = 4;

/// The same of exports: each has a connection to the database until it ends. A tool may ask for all views together.
const EXPORTS: usize = 2;
const EXPORTS_WAITING: usize = 16;

/// Answers requests on one server.
pub struct Server {
    /// The server.
    pub app: Arc<App>,
    documents: Documents,
    persisted: PersistedQueries,
    plans: Plans,
    /// What each user and address may still ask for in a minute.
    pub budgets: Budgets,
    live: Arc<Live>,
    /// The uploads that are read at the same time; users take turns.
    pub uploads: Arc<Turns<UserId>>,
    /// The exports at the same time; users take turns.
    pub exports: Arc<Turns<UserId>>,
    /// The identity providers.
    pub single_sign_on: SingleSignOn,
}

impl Server {
    /// A surface over a server.
    pub fn new(app: Arc<App>) -> Self {
        let live = Arc::new(Live::new(app.clone()));
        for (id, document) in app.limits().trusted_documents.iter().flat_map(|trusted| trusted.iter()) {
            if let Err(errors) = document::prepare(document, app.limits(), Language::English) {
                let error = errors.first().map(|error| error.to_json()["message"].to_string()).unwrap_or_default();
                tracing::warn!(document.id = id, error, "a trusted document is not valid and will be refused");
            }
        }
        let (documents, persisted) = (Documents::default(), PersistedQueries::default());
        let (plans, budgets) = (Plans::default(), Budgets::default());
        let uploads = Turns::new(UPLOADS, UPLOADS_WAITING);
        let exports = Turns::new(EXPORTS, EXPORTS_WAITING);
        let single_sign_on = SingleSignOn::of(app.limits());
        Self { app, documents, persisted, plans, budgets, live, uploads, exports, single_sign_on }
    }

    /// Answers one request.
    pub async fn execute(&self, caller: Caller, asked: GraphqlRequest) -> GraphqlResponse {
        self.execute_since(Instant::now(), caller, asked).await
    }

    /// Answers the requests of an array, one after the other. They share the time of one request.
    pub async fn execute_all(
        &self,
        started: Instant,
        caller: Caller,
        all: Vec<GraphqlRequest>,
    ) -> Vec<GraphqlResponse> {
        let mut answers = Vec::with_capacity(all.len());
        for asked in all {
            answers.push(self.execute_since(started, caller.clone(), asked).await);
        }
        answers
    }

    /// Answers one request within the time that a request may take from `started` on. A panic ends this request alone. What was
    /// committed before is never told as failed.
    pub async fn execute_since(&self, started: Instant, caller: Caller, asked: GraphqlRequest) -> GraphqlResponse {
        let (language, limits) = (caller.language, self.app.limits());
        // A file takes its time to be read.
        let time = if asked.uploads.is_empty() { limits.request_time } else { limits.upload_time };
        let (noted, committed) = (Noted::of(&caller), Arc::new(Committed::default()));
        let has_cookies = caller.cookies.is_some();
        let running = AssertUnwindSafe(self.run(caller, asked, &noted, &committed)).catch_unwind();
        let mut response = match timeout(time.saturating_sub(started.elapsed()), running).await {
            Ok(Ok(Ok(answer))) if answer.body.len() <= limits.response_bytes => answer,
            Ok(Ok(Ok(answer))) => {
                let (length, most) = (answer.body.len(), limits.response_bytes);
                let why = too_complex(length, most, "bytes in the response", "响应字节数", language);
                cut_off(&committed, why, language)
            }
            Ok(Ok(Err(errors))) => GraphqlResponse::of_refusal(errors),
            Ok(Err(_)) => cut_off(&committed, panicked(language), language),
            Err(_) => cut_off(&committed, too_late(time, language), language),
        };
        response.budget = noted.left();
        response.position = noted.user.and_then(|user| self.app.connections().replicas.committed_by(user));
        if let Some(position) = response.position.filter(|_| has_cookies) {
            response.cookies.extend(cookie::position(position, limits));
        }
        noted.answered(started, &response, limits.log_one_in);
        response
    }

    /// Begins a subscription, within the time that a request may take.
    pub async fn subscribe(&self, caller: Caller, asked: GraphqlRequest) -> Result<Subscriber, Vec<TopError>> {
        let (language, time) = (caller.language, self.app.limits().request_time);
        let beginning = AssertUnwindSafe(self.begin_subscription(caller, asked)).catch_unwind();
        match timeout(time, beginning).await {
            Ok(begun) => begun.unwrap_or_else(|_| Err(vec![panicked(language)])),
            Err(_) => Err(vec![too_late(time, language)]),
        }
    }

    async fn begin_subscription(&self, caller: Caller, asked: GraphqlRequest) -> Result<Subscriber, Vec<TopError>> {
        let (language, resume_after) = (caller.language, asked.resume_after.clone());
        let request = self.request(caller, asked, &Arc::default()).await?;
        let told = |error: Error| vec![TopError::of(&error, language)];
        let cost = self.check_cost(&request, request.operation().map_err(told)?).map_err(|error| vec![error])?;
        self.charge(&request, cost, &Noted::default()).map_err(|error| vec![error])?;
        let begin = || Subscriber::begin(self.live.clone(), request.clone(), resume_after.clone());
        match begin().await {
            // Another server may have given the permission just now.
            Err(Error::Forbidden(_)) => {
                self.app.directory_for_unknown().await.map_err(told)?;
                begin().await.map_err(told)
            }
            begun => begun.map_err(told),
        }
    }

    /// Whether what is asked is a subscription; `None` when it can't be executed. A panic is left to the execution, which ends
    /// this request alone: here it would end a socket with all its operations.
    pub async fn is_subscription(&self, caller: &Caller, asked: &GraphqlRequest) -> Option<bool> {
        let text = self.text_of(asked, caller).ok()?;
        let preparing = AssertUnwindSafe(self.prepare(&text, caller)).catch_unwind();
        let prepared = timeout(self.app.limits().request_time, preparing).await.ok()?.ok()?.ok()?;
        let operation = prepared.document.operations.get(asked.operation_name.as_deref()).ok()?;
        Some(operation.is_subscription())
    }

    async fn run(
        &self,
        caller: Caller,
        asked: GraphqlRequest,
        noted: &Noted,
        committed: &Arc<Committed>,
    ) -> Result<GraphqlResponse, Vec<TopError>> {
        let (language, may_change) = (caller.language, asked.may_change);
        let refuse = |code, en: &str, zh: &str| Err(vec![TopError::new(code, &Text::new(en, zh), language)]);
        let request = self.request(caller, asked, committed).await?;
        noted.operation(&request);
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
        let is_mutation = operation.is_mutation();
        let mut errors = Vec::new();
        if is_mutation {
            let cost = self.check_cost(&request, operation).map_err(|error| vec![error])?;
            self.charge(&request, cost, noted).map_err(|error| vec![error])?;
        } else {
            match self.read_planned(&request, noted).await.map_err(|error| vec![error])? {
                Read::All(answer) => return Ok(answer),
                Read::Part(of_part) => errors = of_part,
            }
            self.introspect(&request).await.map_err(|error| vec![error])?;
        }
        // Boxed, so that planned reads keep no room for it.
        Ok(Box::pin(executor::execute(&request, errors, language)).await)
    }

    /// The text of the document: a trusted one that is named, what was sent, or what was kept under its hash.
    fn text_of<'r>(&'r self, asked: &'r GraphqlRequest, caller: &Caller) -> Result<Cow<'r, str>, TopError> {
        let limits = self.app.limits();
        let trusted = limits.trusted_documents.as_deref();
        if let (Some(DocumentName::Hash(id) | DocumentName::Id(id)), Some(trusted)) = (&asked.named, trusted)
            && let Some(document) = trusted.get(id)
        {
            return Ok(Cow::Borrowed(document));
        }
        // The English message is part of what clients look for.
        let refuse = |code, message: &str| Err(TopError::new(code, &Text::new(message, message), caller.language));
        if asked.query.is_empty() {
            return match &asked.named {
                Some(DocumentName::Id(_)) if trusted.is_none() => {
                    refuse("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
                }
                Some(DocumentName::Hash(hash)) if !limits.trusted_documents_only => match self.persisted.get(hash) {
                    Some(document) => Ok(Cow::Owned(document)),
                    None => refuse("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"),
                },
                _ => refuse("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"),
            };
        }
        if limits.trusted_documents_only {
            let text = Text::new(
                "This server runs only documents that it knows; name one by `documentId`.",
                "本服务器只执行已登记的文档，请用 `documentId` 指定。",
            );
            return Err(TopError::new("DOCUMENT_NOT_TRUSTED", &text, caller.language));
        }
        if let Some(DocumentName::Hash(hash)) = &asked.named {
            if !persisted::is_hash_of(hash, &asked.query) {
                return refuse("BAD_USER_INPUT", "provided sha does not match query");
            }
            if caller.viewer.is_some() {
                self.persisted.keep(hash, &asked.query);
            }
        }
        Ok(Cow::Borrowed(&asked.query))
    }

    /// The document: kept from before, or parsed and validated now.
    async fn prepare(&self, text: &str, caller: &Caller) -> Result<Arc<Prepared>, Vec<TopError>> {
        let language = caller.language;
        if let Some(prepared) = self.documents.get(text) {
            return Ok(prepared);
        }
        let prepared = if text.len() < LONG_DOCUMENT {
            document::prepare(text, self.app.limits(), language)
        } else {
            let (app, text) = (self.app.clone(), text.to_owned());
            on_own_thread(Holder::of(caller), move || document::prepare(&text, app.limits(), language)).await
        }?;
        let prepared = Arc::new(prepared);
        self.documents.keep(text, &prepared, caller);
        Ok(prepared)
    }

    /// What is asked, parsed, validated and with its variables checked.
    async fn request(
        &self,
        caller: Caller,
        asked: GraphqlRequest,
        committed: &Arc<Committed>,
    ) -> Result<Arc<Request>, Vec<TopError>> {
        let (language, limits) = (caller.language, self.app.limits());
        let refuse = |en: String, zh: &str| vec![TopError::new("BAD_USER_INPUT", &Text::new(en, zh), language)];
        let text = self.text_of(&asked, &caller).map_err(|error| vec![error])?;
        let prepared = self.prepare(&text, &caller).await?;
        let document = &prepared.document;
        let operation = document.operations.get(asked.operation_name.as_deref()).map_err(|_| {
            if asked.operation_name.is_none() && document.operations.iter().count() > 1 {
                return refuse(
                    "The document has several operations: `operationName` must name one of them.".to_owned(),
                    "文档包含多个操作，请用 `operationName` 指定其中一个。",
                );
            }
            refuse(
                "`operationName` names no operation of the document.".to_owned(),
                "`operationName` 与文档中的操作不符。",
            )
        })?;
        let mut given = asked.variables;
        for definition in &operation.variables {
            if let Some(value) = given.get_mut(definition.name.as_str()) {
                document::write_integers(value, definition.ty.inner_named_type());
            }
        }
        let given = given.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let variables = apollo_compiler::request::coerce_variable_values(&document::SCHEMA, operation, &given)
            .map_err(|error| refuse(error.message().to_string(), "变量的类型不正确。"))?;
        let variables: Variables =
            variables.iter().map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
        let fields = root_fields(document, operation, &variables);
        let asks_for_schema = fields.values().any(|field| introspection::is_introspection(&field.field.name));
        if asks_for_schema && limits.no_introspection {
            return Err(refuse("Introspection is switched off here.".to_owned(), "内省已关闭。"));
        }
        let is_open = |name: &str| {
            name == "__typename"
                || api::WITHOUT_USER.contains(&name)
                || limits.public_introspection && introspection::is_introspection(name)
        };
        if caller.viewer.is_none() && !fields.values().all(|field| is_open(&field.field.name)) {
            return Err(vec![TopError::of(&Error::Unauthenticated, language)]);
        }
        let mut request = Request::new(self.app.clone(), caller, prepared.clone(), asked.operation_name, variables);
        request.uploads = asked.uploads.into();
        request.committed = committed.clone();
        Ok(Arc::new(request))
    }

    /// What an operation costs; refused if it is more than a request may cost.
    fn check_cost(&self, request: &Request, operation: &Operation) -> Result<usize, TopError> {
        let limits = self.app.limits();
        let counted = cost::of_operation(&request.prepared.document, operation, &request.variables, limits);
        counted.map_err(|excess| {
            let (asked, limit, en, zh) = match excess {
                Excess::Cost(asked) => (
                    asked,
                    limits.complexity,
                    "units of cost (fields, times the rows of their lists, and the parts of their inputs)",
                    "查询复杂度",
                ),
                Excess::FilterConditions(asked) => {
                    (asked, limits.filter_conditions, "conditions in a filter", "一个筛选的条件数")
                }
                Excess::ListValues(asked) => {
                    (asked, limits.list_values, "values in a list of a filter", "筛选列表中值的个数")
                }
            };
            too_complex(asked, limit, en, zh, request.language())
        })
    }

    /// Takes a cost out of the budget of who asks, and notes what is left of it.
    fn charge(&self, request: &Request, cost: usize, noted: &Noted) -> Result<(), TopError> {
        let (holder, limit) = self.budget_of(request);
        match self.budgets.take(holder, cost.max(1), limit, self.app.clock().now()) {
            Ok(left) => {
                noted.charged(cost, left);
                Ok(())
            }
            Err(Exhausted { retry_after, left }) => {
                noted.charged(cost, left);
                let text = Text::new(
                    format!(
                        "Your requests of the last minute cost more than {limit}. Try again in {retry_after} seconds."
                    ),
                    format!("最近一分钟的请求超过上限（{limit}），请在 {retry_after} 秒后重试。"),
                );
                Err(TopError::new("RATE_LIMITED", &text, request.language()).retry_after(retry_after))
            }
        }
    }

    /// Whose budget a request uses, and how much it allows in a minute.
    fn budget_of(&self, request: &Request) -> (Holder, usize) {
        let (limits, holder) = (self.app.limits(), Holder::of(request.caller()));
        match holder {
            Holder::User(_) => (holder, limits.cost_per_minute),
            Holder::Address(_) => (holder, limits.anonymous_cost_per_minute),
        }
    }

    /// Reads the planned fields of a query in one statement.
    async fn read_planned(&self, request: &Arc<Request>, noted: &Noted) -> Result<Read, TopError> {
        let Some((mut query, viewpoint)) = self.plan(request, noted).await? else { return Ok(Read::Part(Vec::new())) };
        let misfits = query.plan.misfits(&request.variables);
        if !misfits.is_empty() {
            // The other fields are read without those whose values don't fit.
            query = Arc::new(plan_query(request, &viewpoint, query.cost, misfits).await?);
        }
        let told = |(key, error): (&str, Error)| TopError::of(&error, request.language()).at_key(key);
        let failed = |error: Error| told((&query.first_key, error));
        let statement = query.plan.fill(&viewpoint, &request.variables).map_err(told)?;
        let app = request.app();
        if !query.plan.look_ups.is_empty() {
            // Boxed, because it is rare.
            let counting = look_up::count(app.pool(), &query.plan.look_ups, &viewpoint, request.origin());
            Box::pin(counting).await.map_err(failed)?;
        }
        let user = request.viewer().ok().map(|viewer| viewer.user);
        let (after, connections) = (request.caller().read_after, app.connections());
        let reading = connections.read_one(user, after, query.plan.plan_each_time, statement);
        let row = reading.await.map_err(|error| failed(error.into()))?;
        let json = json_of(&row, 0).map_err(|error| failed(error.into()))?;
        if query.is_whole {
            return Ok(Read::All(GraphqlResponse::planned(json, &query.errors)));
        }
        // Each part as it was written: the order of its fields is the client's.
        let parts: HashMap<String, &RawValue> =
            serde_json::from_str(json).map_err(|error| failed(Error::Internal(error.into())))?;
        let mut kept = request.planned.lock().expect("no panic while held");
        kept.extend(parts.into_iter().map(|(key, part)| (key, part.get().to_owned())));
        Ok(Read::Part(query.errors.clone()))
    }

    /// The plan of the planned fields of a query, if it has any: kept from before, or made now.
    async fn plan(
        &self,
        request: &Arc<Request>,
        noted: &Noted,
    ) -> Result<Option<(Arc<QueryPlan>, Viewpoint)>, TopError> {
        let viewpoint = request.viewpoint().await;
        let (prepared, variables) = (&request.prepared, &request.variables);
        let key = |viewpoint: &Viewpoint| Key::of(prepared, request.operation_name.as_deref(), variables, viewpoint);
        let plan = viewpoint.as_ref().ok().and_then(|viewpoint| self.plans.get(&key(viewpoint)));
        if let (Some(plan), Ok(viewpoint)) = (plan, &viewpoint) {
            self.charge(request, plan.cost, noted)?;
            return Ok(Some((plan, viewpoint.clone())));
        }
        let failed = |error: Error| TopError::of(&error, request.language());
        let operation = request.operation().map_err(failed)?;
        let cost = self.check_cost(request, operation)?;
        self.charge(request, cost, noted)?;
        let fields = root_fields(&prepared.document, operation, variables);
        let Some(first) = fields.iter().find(|(_, selected)| is_planned(&selected.field.name)) else { return Ok(None) };
        let viewpoint = viewpoint.map_err(|error| failed(error).at_key(first.0))?;
        let plan = Arc::new(plan_query(request, &viewpoint, cost, Vec::new()).await?);
        self.plans.keep(key(&viewpoint), &plan, prepared, &viewpoint);
        Ok(Some((plan, viewpoint)))
    }

    /// Answers introspection for the executor to put in its place, apart from the threads that serve everybody. Its cost is
    /// known only afterwards, so it is taken out of the budget even if the budget then is below zero: the next request has
    /// to wait for it.
    async fn introspect(&self, request: &Arc<Request>) -> Result<(), TopError> {
        let operation = request.operation().map_err(|error| TopError::of(&error, request.language()))?;
        let fields = root_fields(&request.prepared.document, operation, &request.variables);
        if !fields.values().any(|field| introspection::is_introspection(&field.field.name)) {
            return Ok(());
        }
        let asked = request.clone();
        let answers = on_own_thread(Holder::of(request.caller()), move || {
            let operation = asked.operation()?;
            Ok(introspection::answers(&asked.prepared.document, operation, &asked.variables))
        });
        let answers = answers.await.map_err(|error: Error| TopError::of(&error, request.language()))?;
        let (holder, limit) = self.budget_of(request);
        let cost = answers.as_ref().map_or_else(|refused| refused.cost, |(_, cost)| *cost);
        self.budgets.spend(holder, cost, limit, self.app.clock().now());
        let (answers, _) = answers.map_err(|_| too_much_introspection(request.language()))?;
        request.planned.lock().expect("no panic while held").extend(answers);
        Ok(())
    }
}

/// What was read of a query in one statement.
enum Read {
    /// All of it.
    All(GraphqlResponse),
    /// The planned fields, which are kept for the executor; and why some of them are null.
    Part(Vec<TopError>),
}

/// What is said of a request that took too long.
pub fn too_late(time: Duration, language: Language) -> TopError {
    let seconds = time.as_secs();
    let text = Text::new(
        format!("The request took longer than {seconds} seconds."),
        format!("请求超过 {seconds} 秒，已中止。"),
    );
    TopError::new("UNAVAILABLE", &text, language)
}

fn panicked(language: Language) -> TopError {
    TopError::of(&Error::Internal("a request panicked".into()), language)
}

fn too_much_introspection(language: Language) -> TopError {
    let most = introspection::MOST_VALUES;
    let text = Text::new(
        format!(
            "Introspection answers at most {most} values, and lists of types or fields nested less than three deep."
        ),
        format!("内省最多返回 {most} 个值，类型和字段列表的嵌套不能达到三层。"),
    );
    TopError::new("QUERY_TOO_COMPLEX", &text, language)
}
