//! Files of a request, by the GraphQL multipart request specification
//! (<https://github.com/jaydenseric/graphql-multipart-request-spec>): first the request as JSON, then which file belongs to
//! which variable, then the files, which go to the disk as they come.

use std::collections::HashMap;
use std::io::{Seek, SeekFrom};

use axum::body::Body;
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde_json::Value as Json;
use tokio::io::AsyncWriteExt;

use crate::api::base::upload::{PLACEHOLDER, Uploaded};

/// Why a request with files is refused.
pub enum Refused {
    /// It does not follow the specification.
    Malformed(String),
    /// The request or the file is too large.
    TooLarge,
    /// The file can't be stored.
    Unstored(std::io::Error),
}

impl From<multer::Error> for Refused {
    fn from(error: multer::Error) -> Self {
        match error {
            multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => Self::TooLarge,
            error => Self::Malformed(format!("The request is not complete, or is not multipart/form-data: {error}.")),
        }
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self::Unstored(error)
    }
}

/// Reads the parts of a request: the JSON, with a placeholder for each file, and the files.
pub async fn receive(
    content_type: &str,
    body: Body,
    most_of_json: usize,
    most_of_file: u64,
) -> Result<(Vec<u8>, Vec<Uploaded>), Refused> {
    let boundary = multer::parse_boundary(content_type)?;
    let json = most_of_json as u64;
    let limits = SizeLimit::new()
        .for_field("operations", json)
        .for_field("map", json)
        .per_field(most_of_file)
        .whole_stream(most_of_file.saturating_add(json.saturating_mul(3)));
    let constraints = Constraints::new().size_limit(limits);
    let mut parts = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let mut operations: Json = json_of(named(parts.next_field().await?, "operations")?).await?;
    let map: HashMap<String, Vec<String>> =
        serde_json::from_value(json_of(named(parts.next_field().await?, "map")?).await?).map_err(|_| {
            Refused::Malformed("`map` names for each file the variables that it belongs to.".to_owned())
        })?;
    if map.len() > 1 {
        return Err(Refused::Malformed("A request brings one file.".to_owned()));
    }
    let mut uploads = Vec::new();
    for (key, paths) in map {
        for path in &paths {
            let place = place_of(&mut operations, path)
                .ok_or_else(|| Refused::Malformed(format!("{path:?} is no variable of the request.")))?;
            *place = Json::from(format!("{PLACEHOLDER}{}", uploads.len()));
        }
        uploads.push(keep(named(parts.next_field().await?, &key)?).await?);
    }
    if parts.next_field().await?.is_some() {
        return Err(Refused::Malformed("The request has more parts than `map` names.".to_owned()));
    }
    Ok((operations.to_string().into_bytes(), uploads))
}

fn named<'p>(field: Option<Field<'p>>, name: &str) -> Result<Field<'p>, Refused> {
    field.filter(|field| field.name() == Some(name)).ok_or_else(|| {
        Refused::Malformed(format!("The part {name:?} is missing: they are `operations`, `map`, the file."))
    })
}

async fn json_of(field: Field<'_>) -> Result<Json, Refused> {
    let bytes = field.bytes().await?;
    serde_json::from_slice(&bytes).map_err(|error| Refused::Malformed(format!("A part is not JSON: {error}.")))
}

/// Where a path like `variables.input.file` leads: to a variable that is null so far.
fn place_of<'j>(operations: &'j mut Json, path: &str) -> Option<&'j mut Json> {
    let rest = path.strip_prefix("variables.")?;
    let pointer = format!("/variables/{}", rest.replace('.', "/"));
    operations.pointer_mut(&pointer).filter(|place| place.is_null())
}

/// Writes a file to the disk as it comes.
async fn keep(mut field: Field<'_>) -> Result<Uploaded, Refused> {
    let name: String =
        field.file_name().unwrap_or_default().chars().filter(|letter| !letter.is_control()).take(255).collect();
    let name = if name.trim().is_empty() { "file".to_owned() } else { name };
    let opened = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(std::io::Error::other)??;
    let mut file = tokio::fs::File::from_std(opened);
    while let Some(chunk) = field.chunk().await? {
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    let mut file = file.into_std().await;
    file.seek(SeekFrom::Start(0))?;
    Ok(Uploaded { name, file })
}
