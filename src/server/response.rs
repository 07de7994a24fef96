//! Responses as bytes: planned JSON as PostgreSQL wrote it, everything else serialised.

use async_graphql::Value;
use axum::http::HeaderValue;
use serde_json::Value as Json;

use super::budget::Left;
use crate::api::base::error::TopError;
use crate::kernel::replica::Position;

/// The response to a request.
#[derive(Debug)]
pub struct GraphqlResponse {
    /// The JSON.
    pub body: Vec<u8>,
    /// Why nothing was executed; `None` when it was.
    pub refusals: Option<Vec<TopError>>,
    /// The code of the first error; `None` when it has none.
    pub code: Option<&'static str>,
    /// What is left of the caller's budget, if the request was charged.
    pub budget: Option<Left>,
    /// The position in the log of the database behind what the caller committed lately, if there are replicas.
    pub position: Option<Position>,
    /// Headers that change the cookies of the browser.
    pub cookies: Vec<HeaderValue>,
}

impl GraphqlResponse {
    /// Planned data, with the errors of what is null in it.
    pub fn planned(data: &str, errors: &[TopError]) -> Self {
        let mut body = Vec::with_capacity(data.len() + 16);
        body.extend_from_slice(br#"{"data":"#);
        body.extend_from_slice(data.as_bytes());
        Self::with_errors(body, errors)
    }

    /// The code of the first reason why nothing was executed.
    pub fn refused(&self) -> Option<&'static str> {
        self.refusals.as_ref().map(|errors| errors.first().map_or("INTERNAL", |error| error.code))
    }

    /// After how many seconds trying again may help, if the request was refused for that reason.
    pub fn retry_after(&self) -> Option<u32> {
        self.refusals.as_ref()?.iter().find_map(|error| error.retry_after)
    }

    /// What was executed, with its errors.
    pub fn executed(data: &Value, errors: &[TopError]) -> Self {
        let mut body = br#"{"data":"#.to_vec();
        write_value(&mut body, data);
        Self::with_errors(body, errors)
    }

    fn with_errors(mut body: Vec<u8>, errors: &[TopError]) -> Self {
        if !errors.is_empty() {
            body.extend_from_slice(br#","errors":"#);
            write_json(&mut body, &errors_json(errors));
        }
        body.push(b'}');
        let code = errors.first().map(|error| error.code);
        Self { body, refusals: None, code, budget: None, position: None, cookies: Vec::new() }
    }

    /// A request that was not executed.
    pub fn of_refusal(errors: Vec<TopError>) -> Self {
        let mut body = br#"{"errors":"#.to_vec();
        write_json(&mut body, &errors_json(&errors));
        body.push(b'}');
        let code = Some(errors.first().map_or("INTERNAL", |error| error.code));
        Self { body, refusals: Some(errors), code, budget: None, position: None, cookies: Vec::new() }
    }
}

fn errors_json(errors: &[TopError]) -> Json {
    errors.iter().map(TopError::to_json).collect()
}

fn write_json(body: &mut Vec<u8>, json: &(impl serde::Serialize + ?Sized)) {
    serde_json::to_writer(body, json).expect("JSON of text, numbers and lists is written to memory");
}

/// Writes a value; planned JSON, which travels as binary, as it is.
pub fn write_value(body: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Binary(json) => body.extend_from_slice(json),
        Value::List(items) => {
            body.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    body.push(b',');
                }
                write_value(body, item);
            }
            body.push(b']');
        }
        Value::Object(fields) => {
            body.push(b'{');
            for (place, (name, field)) in fields.iter().enumerate() {
                if place > 0 {
                    body.push(b',');
                }
                write_json(body, name.as_str());
                body.push(b':');
                write_value(body, field);
            }
            body.push(b'}');
        }
        plain => write_json(body, plain),
    }
}
