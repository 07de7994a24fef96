//! Errors as clients see them: a stable code, a sentence in their language, and never anything internal.

use std::sync::Arc;

use async_graphql::{Context, QueryPathNode, QueryPathSegment, ServerError, SimpleObject};
use chrono::SecondsFormat;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::context::request;
use crate::kernel::error::{Code, Disk, Error, Language, Text, UserError, full_disk};
use crate::kernel::op::{Changes, Op};
use crate::kernel::scalar::DateTime;

/// After how many seconds to try again when the server has too much to do.
const RETRY_BUSY: u32 = 2;

/// Why an input was refused: something that the user can correct.
#[derive(SimpleObject)]
#[graphql(name = "UserError")]
pub struct UserErrorView {
    /// What is wrong, as a code that does not change between versions. Decide by the code, never by the message.
    pub code: Code,
    /// One sentence for the user, in English or Chinese (header `Accept-Language`).
    pub message: String,
    /// The field of the input that is wrong, from the outermost field to the innermost; empty if it is about the input
    /// as a whole.
    pub path: Vec<String>,
    /// When the operation will be possible, if it is only a matter of time.
    pub until: Option<DateTime>,
    /// The limit that was reached.
    pub limit: Option<i32>,
    /// The name of the present owner, if you may know it.
    pub owner: Option<String>,
}

impl UserErrorView {
    /// The refusal in one language.
    pub fn new(error: UserError, language: Language) -> Self {
        Self {
            code: error.code,
            message: error.message.in_language(language).to_owned(),
            path: error.path,
            until: error.until.map(DateTime),
            limit: error.limit,
            owner: error.owner,
        }
    }
}

/// What a resolver returns. The error has no `Display`, because async-graphql would show it to the client. A field that may be null
/// returns `Option<Resolved<T>>`: its error then makes this field null, and not the object around it.
pub type Resolved<T> = Result<T, ResolverError>;

/// An error on its way to the client; it is put into words where the response is written.
#[derive(Debug, Clone)]
pub struct ResolverError(Arc<Error>);

impl From<Error> for ResolverError {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<Arc<Error>> for ResolverError {
    fn from(error: Arc<Error>) -> Self {
        Self(error)
    }
}

impl From<ResolverError> for async_graphql::Error {
    fn from(error: ResolverError) -> Self {
        Self { message: String::new(), source: Some(error.0), extensions: None }
    }
}

/// The parts of a payload: what was done, or why it was refused.
pub type PayloadParts<T> = (Option<T>, Vec<UserErrorView>);

/// Separates refusals, which belong into the payload, from all other errors, which belong to the top of the response.
pub fn refusable<T>(ctx: &Context<'_>, result: Result<T, Error>) -> Resolved<PayloadParts<T>> {
    match result {
        Ok(done) => Ok((Some(done), Vec::new())),
        Err(Error::Refused(refusals)) => Ok((None, views(ctx, refusals))),
        Err(error) => Err(error.into()),
    }
}

/// Runs an operation and commits it, if it was not refused. Refusals belong into the payload.
pub async fn perform<T>(
    ctx: &Context<'_>,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<T, Error>,
) -> Resolved<PayloadParts<T>> {
    perform_to_change(Changes::Rows, ctx, run).await
}

/// The same, for an operation that changes what other operations lock first. It is boxed: otherwise the future of each
/// mutation would have room for the operations of all of them, and a program without optimisation would overflow its stack.
pub async fn perform_to_change<T>(
    changes: Changes,
    ctx: &Context<'_>,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<T, Error>,
) -> Resolved<PayloadParts<T>> {
    Box::pin(operate(changes, ctx, run)).await
}

async fn operate<T>(
    changes: Changes,
    ctx: &Context<'_>,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<T, Error>,
) -> Resolved<PayloadParts<T>> {
    let (request, key) = (request(ctx), root_key(ctx));
    request.committed.start(&key);
    // Boxed, because each mutation would otherwise keep room for all of it, and the executor for all mutations.
    let beginning = Box::pin(request.app().begin_to_change(changes, request.actor()?));
    let mut op = beginning.await?.coming_from(request.origin());
    let parts = refusable(ctx, Box::pin(run(&mut op)).await)?;
    if parts.0.is_some() {
        request.committed.begin(&key);
        request.committed.end(Box::pin(op.commit()).await)?;
    }
    Ok(parts)
}

/// The response key of the root field that a resolver works for.
fn root_key(ctx: &Context<'_>) -> String {
    let names = |node: &QueryPathNode<'_>| match node.segment {
        QueryPathSegment::Name(name) => Some(name.to_owned()),
        QueryPathSegment::Index(_) => None,
    };
    let root = ctx.path_node.as_ref().and_then(|node| node.parents().last().or(Some(node)).and_then(names));
    root.unwrap_or_default()
}

/// Refusals in the language of the request.
pub fn views(ctx: &Context<'_>, refusals: Vec<UserError>) -> Vec<UserErrorView> {
    let language = request(ctx).language();
    refusals.into_iter().map(|refusal| UserErrorView::new(refusal, language)).collect()
}

/// An error at the top of a response.
#[derive(Debug, Clone)]
pub struct TopError {
    /// The code, which does not change between versions.
    pub code: &'static str,
    message: Box<str>,
    id: Option<Uuid>,
    /// After how many seconds trying again may help.
    pub retry_after: Option<u32>,
    /// The limit that was reached, and when it begins again.
    limit: Option<Box<(i32, DateTime)>>,
    locations: Vec<Json>,
    path: Vec<Json>,
}

impl TopError {
    /// An error about the request as a whole.
    pub fn new(code: &'static str, message: &Text, language: Language) -> Self {
        Self::with_message(code, message.in_language(language).to_owned())
    }

    fn with_message(code: &'static str, message: String) -> Self {
        let message = message.into_boxed_str();
        Self { code, message, id: None, retry_after: None, limit: None, locations: Vec::new(), path: Vec::new() }
    }

    /// Puts an error into words. Errors that are not for the client are logged under an id, and the client gets only
    /// this id.
    pub fn of(error: &Error, language: Language) -> Self {
        let coded = |code, en: &str, zh: &str| Self::new(code, &Text::new(en, zh), language);
        match error {
            Error::Unauthenticated => coded("UNAUTHENTICATED", "Sign in first.", "请先登录。"),
            Error::Forbidden(permission) => {
                let (en, zh) = permission.in_words();
                coded("FORBIDDEN", &format!("You may not {en}."), &format!("你没有{zh}的权限。"))
            }
            Error::BadInput(text) => Self::new("BAD_USER_INPUT", text, language),
            Error::CursorExpired => coded(
                "CURSOR_EXPIRED",
                "The events after this cursor are no longer kept. Read the list again, and subscribe after its \
                    `eventCursor`.",
                "该游标之后的事件已不再保留，请重新读取列表，并从其 `eventCursor` 继续订阅。",
            ),
            Error::Refused(refusals) => {
                let all: Vec<_> = refusals.iter().map(|refusal| refusal.message.in_language(language)).collect();
                let top = Self::with_message("BAD_USER_INPUT", all.join(" "));
                match refusals.as_slice() {
                    [UserError { code: Code::RevealLimitReached, limit, until, .. }] => Self {
                        code: "REVEAL_LIMIT_REACHED",
                        limit: limit.zip(until.map(DateTime)).map(Box::new),
                        ..top
                    },
                    _ => top,
                }
            }
            Error::Unavailable(cause) if full_disk(cause).is_some() => {
                tracing::error!(error = error as &dyn std::error::Error, "a disk is full");
                let (en, zh) = match full_disk(cause) {
                    Some(Disk::OfServer) => (
                        "The disk of the server is full, so it can't take the file. Tell an administrator.",
                        "服务器磁盘已满，暂时无法接收文件，请联系管理员。",
                    ),
                    _ => (
                        "The disk of the database is full, so nothing can be saved. Tell an administrator.",
                        "数据库磁盘已满，暂时无法保存，请联系管理员。",
                    ),
                };
                coded("UNAVAILABLE", en, zh)
            }
            Error::Unavailable(_) => {
                tracing::warn!(error = error as &dyn std::error::Error, "the database can't be reached");
                coded(
                    "UNAVAILABLE",
                    "The database can't be reached at the moment. Try again in a moment.",
                    "数据库暂时不可用，请稍后重试。",
                )
            }
            Error::InDoubt(_) => {
                tracing::warn!(error = error as &dyn std::error::Error, "nobody knows whether a change was made");
                Self::in_doubt(language)
            }
            Error::Busy => coded(
                "UNAVAILABLE",
                "The server has too much to do at the moment. Try again in a moment.",
                "服务器繁忙，请稍后重试。",
            )
            .retry_after(RETRY_BUSY),
            Error::Internal(_) => {
                let id = crate::kernel::id::new_uuid(crate::kernel::clock::Clock::database().now());
                tracing::error!(error = error as &dyn std::error::Error, error.id = %id, "internal error");
                let mut top = Self::new("INTERNAL", &Text::fault(), language);
                top.id = Some(id);
                top
            }
        }
    }

    /// What is said where a change was made and the answer can't be given.
    pub fn unread(language: Language) -> Self {
        let text = Text::new(
            "The change was made, but what you asked to read of it can't be read at the moment. Read it again, and do not \
             repeat the change.",
            "更改已完成，但暂时无法读取结果。请重新读取，不要重复提交。",
        );
        Self::new("PAYLOAD_UNAVAILABLE", &text, language)
    }

    /// What is said where nobody knows whether a change was made.
    pub fn in_doubt(language: Language) -> Self {
        let text = Text::new(
            "The connection to the database broke while the change was made, so it may have been made or not. Read it \
             again before you repeat the change.",
            "保存时数据库连接中断，无法确定更改是否完成。请先重新读取，再决定是否重试。",
        );
        Self::new("OUTCOME_UNKNOWN", &text, language)
    }

    /// The same error, about a field whose change was made before.
    pub fn after_commit(self, language: Language) -> Self {
        let Self { code, message, .. } = Self::unread(language);
        Self { code, message, retry_after: None, ..self }
    }

    /// The response key of the root field that it is about.
    pub fn root_key(&self) -> Option<&str> {
        self.path.first()?.as_str()
    }

    /// The same, with the seconds after which trying again may help.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same error, about one planned field of the request.
    pub fn at_key(mut self, key: &str) -> Self {
        self.path = vec![Json::from(key)];
        self
    }

    /// An error at places of the document, which are lines and columns from 1.
    pub fn invalid_document(
        code: &'static str,
        message: String,
        places: impl IntoIterator<Item = (usize, usize)>,
    ) -> Self {
        let locations = places.into_iter().map(|(line, column)| json!({"line": line, "column": column})).collect();
        Self { locations, ..Self::with_message(code, message) }
    }

    /// An error that async-graphql reports: one of ours, or one about the values of arguments.
    pub fn of_server_error(error: &ServerError, language: Language) -> Self {
        let ours = error.source.as_ref().and_then(|source| source.downcast_ref::<Error>());
        let mut top = ours.map_or_else(
            || Self::with_message("BAD_USER_INPUT", error.message.clone()),
            |ours| Self::of(ours, language),
        );
        top.locations =
            error.locations.iter().map(|place| json!({"line": place.line, "column": place.column})).collect();
        top.path = error
            .path
            .iter()
            .map(|segment| match segment {
                async_graphql::PathSegment::Field(name) => Json::from(name.as_str()),
                async_graphql::PathSegment::Index(index) => Json::from(*index),
            })
            .collect();
        top
    }

    /// The error as JSON of the GraphQL specification.
    pub fn to_json(&self) -> Json {
        let mut extensions = json!({"code": self.code});
        if let Some(id) = self.id {
            extensions["id"] = id.to_string().into();
        }
        if let Some((limit, until)) = self.limit.as_deref() {
            extensions["limit"] = (*limit).into();
            extensions["until"] = until.0.to_rfc3339_opts(SecondsFormat::Micros, true).into();
        }
        if let Some(seconds) = self.retry_after {
            extensions["retryAfter"] = seconds.into();
        }
        let mut error = json!({"message": self.message, "extensions": extensions});
        if !self.locations.is_empty() {
            error["locations"] = self.locations.clone().into();
        }
        if !self.path.is_empty() {
            error["path"] = self.path.clone().into();
        }
        error
    }
}
