//! The files of a request, and the scalar `Upload` that stands for one in an input.

use std::fs::File;
use std::sync::Mutex;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::kernel::error::Error;

/// The variables name a file by this, followed by its index among the files of the request.
pub const PLACEHOLDER: &str = "upload:";

/// A file of a request.
#[derive(Debug)]
pub struct Uploaded {
    /// The name of the file on the client's computer.
    pub name: String,
    /// The content. It is a temporary file without a name, which the operating system deletes when nobody reads it any
    /// more.
    pub file: File,
}

/// The files of one request; each can be taken once.
#[derive(Debug, Default)]
pub struct Uploads(Mutex<Vec<Option<Uploaded>>>);

impl From<Vec<Uploaded>> for Uploads {
    fn from(uploads: Vec<Uploaded>) -> Self {
        Self(Mutex::new(uploads.into_iter().map(Some).collect()))
    }
}

impl Uploads {
    /// Takes the file that a variable stands for.
    pub fn take(&self, upload: &Upload) -> Result<Uploaded, Error> {
        let place = upload.0.strip_prefix(PLACEHOLDER).and_then(|place| place.parse::<usize>().ok());
        let mut uploads = self.0.lock().expect("no panic while held");
        let taken = place.and_then(|place| uploads.get_mut(place)?.take());
        taken.ok_or_else(|| {
            Error::bad_input(
                "an `Upload` must be a variable with a file, in a request of type multipart/form-data",
                "`Upload` 必须是 multipart/form-data 请求中带文件的变量",
            )
        })
    }
}

/// The value that stands for a file in an input.
pub struct Upload(String);

/// A file: a variable of a request by the GraphQL multipart request specification. A request has at most one file.
#[Scalar(name = "Upload", specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec")]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(placeholder) => Ok(Self(placeholder)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
