//! Extras are saved together with their customer.

use super::store;
use super::value::{ExtraValue, parse};
use crate::contact;
use crate::customer;
use crate::error::{Error, Text, UserError};
use crate::id::CustomerId;
use crate::op::Op;

/// A wish for one extra; without a value it is taken away.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtraEdit {
    /// Which field.
    pub key: String,
    /// The value, as text.
    pub value: Option<String>,
}

/// Saves the extras of a customer, on which the actor holds the permission to do so. All that is wrong is told at once.
pub async fn save(op: &mut Op<'_>, customer: CustomerId, edits: &[ExtraEdit]) -> Result<(), Error> {
    let (mut wrong, mut personal) = (Vec::new(), false);
    let mut values: Vec<(String, Option<ExtraValue>)> = Vec::new();
    for (place, edit) in edits.iter().enumerate() {
        let refuse = |field: &str, text: Text| {
            UserError::new(crate::error::Code::Invalid, text).at(&["extras", &place.to_string(), field])
        };
        let Some(field) = op.directory().extra_field(&edit.key).filter(|field| field.active) else {
            wrong.push(refuse("key", Text::new("There is no such field.", "没有该扩展字段。")));
            continue;
        };
        if values.iter().any(|(key, _)| *key == edit.key) {
            wrong.push(refuse("key", Text::new("This field is given twice.", "该字段重复。")));
            continue;
        }
        personal |= field.personal;
        match edit.value.as_deref().map(|value| parse(field.kind, value)).transpose() {
            Ok(value) => values.push((edit.key.clone(), value)),
            Err(text) => wrong.push(refuse("value", text)),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Refused(wrong));
    }
    // What they can't read they don't overwrite.
    if personal && !customer::reaches(op, customer, contact::READ).await? {
        return Err(UserError::forbidden(contact::READ).at(&["extras"]).into());
    }
    store::save(op.db(), customer, &values).await?;
    Ok(())
}
