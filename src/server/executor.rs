//! What runs in async-graphql: mutations, and fields that are answered from memory.

use std::sync::Arc;

use serde_json::Value as Json;

use super::cookie;
use super::response::GraphqlResponse;
use crate::api;
use crate::api::base::committed::{Committed, Fields};
use crate::api::base::context::Request;
use crate::api::base::error::TopError;
use crate::api::base::planned::Loaders;
use crate::kernel::error::{Error, Language};
use crate::kernel::read::root_fields;

/// Executes an operation. What was read before is put in its place; `errors` say why some of it is null.
pub async fn execute(request: &Arc<Request>, mut errors: Vec<TopError>, language: Language) -> GraphqlResponse {
    let variables = async_graphql::Variables::from_json(Json::Object(request.variables.clone()));
    let mut asked = async_graphql::Request::new(request.prepared.text.as_str())
        .variables(variables)
        // It was answered before, and counted: see `introspection`.
        .disable_introspection()
        .data(request.clone())
        .data(Loaders::default());
    if let Some(name) = &request.operation_name {
        asked = asked.operation_name(name);
    }
    let response = api::SCHEMA.execute(asked).await;
    errors.extend(response.errors.iter().map(|error| {
        let error = TopError::of_server_error(error, language);
        let is_made = error.root_key().is_some_and(|key| request.committed.has(key));
        if is_made { error.after_commit(language) } else { error }
    }));
    if response.data == async_graphql::Value::Null && response.errors.iter().all(is_busy) && has_one_field(request) {
        return GraphqlResponse::of_refusal(errors);
    }
    let mut answer = GraphqlResponse::executed(&response.data, &errors);
    if let Some(change) = request.cookie_change.lock().expect("no panic while held").take() {
        answer.cookies = cookie::headers(&change, request.app().limits());
    }
    answer
}

/// Whether an operation was not begun because the server has too much to do.
fn is_busy(error: &async_graphql::ServerError) -> bool {
    let source = error.source.as_ref().and_then(|source| source.downcast_ref::<Error>());
    matches!(source, Some(Error::Busy))
}

fn has_one_field(request: &Request) -> bool {
    let fields = |operation| root_fields(&request.prepared.document, operation, &request.variables).len();
    request.operation().is_ok_and(|operation| fields(operation) == 1)
}

/// The answer to a request that did not come to its end. It says what was committed; why the rest was not, is said of the
/// request as a whole.
pub fn cut_off(committed: &Committed, why: TopError, language: Language) -> GraphqlResponse {
    let Fields { done, in_doubt } = committed.so_far();
    let done = done.iter().map(|key| TopError::unread(language).at_key(key));
    let in_doubt = in_doubt.iter().map(|key| TopError::in_doubt(language).at_key(key));
    let mut errors: Vec<_> = done.chain(in_doubt).collect();
    if errors.is_empty() {
        return GraphqlResponse::of_refusal(vec![why]);
    }
    errors.push(why);
    GraphqlResponse::executed(&async_graphql::Value::Null, &errors)
}
