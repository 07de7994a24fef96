//! The two media types of a response.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// A media type of GraphQL over HTTP. They differ in their status: the older one is 200 for every well-formed request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MediaType {
    /// `application/graphql-response+json`.
    GraphqlResponse,
    /// `application/json`.
    Json,
}

impl MediaType {
    /// The best type that the client accepts; `None` when it accepts neither.
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        let mut said = false;
        for range in
            headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
        {
            said = true;
            let mut parts = range.split(';').map(str::trim);
            let of = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::GraphqlResponse,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let mut weight = 1.0;
            for part in parts {
                if let Some(q) = part.strip_prefix("q=") {
                    weight = q.parse().unwrap_or(0.0);
                } else if part
                    .to_ascii_lowercase()
                    .strip_prefix("charset=")
                    .is_some_and(|charset| charset.trim_matches('"') != "utf-8")
                {
                    weight = 0.0;
                }
            }
            if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, of));
            }
        }
        if said { best.map(|(_, of)| of) } else { Some(Self::Json) }
    }

    /// The value of `Content-Type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}
