//! Trusted documents: the documents of the operator's own clients, which a build writes to a file.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

/// The documents of a file, by their ids.
#[derive(Debug)]
pub struct TrustedDocuments(HashMap<String, String>);

/// The formats of such files: a map from id to document, as GraphQL Code Generator and the Relay compiler write it, or the
/// manifest of Apollo.
#[derive(Deserialize)]
#[serde(untagged)]
enum Format {
    Manifest { operations: Vec<Operation> },
    Map(HashMap<String, String>),
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

impl TrustedDocuments {
    /// Reads a file; the error says what is wrong with it.
    pub fn read(path: &str) -> Result<Arc<Self>, String> {
        let text = std::fs::read_to_string(Path::new(path)).map_err(|error| format!("it can't be read: {error}"))?;
        Self::parse(&text).map(Arc::new)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let format = serde_json::from_str(text).map_err(|_| {
            "it must be a JSON object of documents by their ids, or an Apollo manifest with `operations`".to_owned()
        })?;
        Ok(Self(match format {
            Format::Map(documents) => documents,
            Format::Manifest { operations } => {
                operations.into_iter().map(|operation| (operation.id, operation.body)).collect()
            }
        }))
    }

    /// The document of an id. The prefix `sha256:`, which GraphQL over HTTP writes before a hash, may be left out or added.
    pub fn get(&self, id: &str) -> Option<&str> {
        let known = self.0.get(id).or_else(|| match id.strip_prefix("sha256:") {
            Some(hash) => self.0.get(hash),
            None => self.0.get(&format!("sha256:{id}")),
        });
        known.map(String::as_str)
    }

    /// The ids and documents.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(id, document)| (id.as_str(), document.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_code_generators_are_understood() {
        let map = TrustedDocuments::parse(r#"{"abc": "{ viewer { name } }", "sha256:def": "{ a }"}"#).unwrap();
        assert_eq!(map.get("abc"), Some("{ viewer { name } }"));
        assert_eq!(map.get("sha256:abc"), Some("{ viewer { name } }"));
        assert_eq!(map.get("def"), Some("{ a }"));
        assert_eq!(map.get("other"), None);
        let manifest = r#"{"format": "apollo-persisted-query-manifest", "version": 1,
            "operations": [{"id": "1", "name": "A", "type": "query", "body": "{ a }"}]}"#;
        assert_eq!(TrustedDocuments::parse(manifest).unwrap().get("1"), Some("{ a }"));
        assert!(TrustedDocuments::parse("[]").is_err());
    }
}
