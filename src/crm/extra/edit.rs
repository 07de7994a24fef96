//! Extras are saved together with their customer.

use super::store;
use super::value::{ExtraValue, parse};
use crate::crm::contact;
use crate::crm::customer;
use crate::kernel::directory::Directory;
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;

/// A wish for one extra; without a value it is taken away.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtraEdit {
    /// Which field.
    pub key: String,
    /// The value, as text.
    pub value: Option<String>,
}

/// Wishes that can be fulfilled.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// The values by their fields; those without one are taken away.
    pub values: Vec<(String, Option<ExtraValue>)>,
    /// Whether any is personal: what one can't read one does not overwrite.
    pub is_personal: bool,
}

/// Saves the extras of a customer, on which the actor holds the permission to do so.
pub async fn save(op: &mut Op<'_>, customer: CustomerId, edits: &[ExtraEdit]) -> Result<(), Error> {
    let extras = check(op.directory(), edits).map_err(Error::Refused)?;
    if extras.is_personal && !customer::reaches(op, customer, contact::READ).await? {
        return Err(UserError::forbidden(contact::READ).at(&["extras"]).into());
    }
    Ok(store::save(op.db(), &[(customer, &extras)]).await?)
}

/// Saves the extras of several customers, for which the actor's rights were looked at.
pub async fn save_all(op: &mut Op<'_>, extras: &[(CustomerId, &Extras)]) -> Result<(), Error> {
    Ok(store::save(op.db(), extras).await?)
}

/// Checks every wish. All that is wrong is told at once.
pub fn check(directory: &Directory, edits: &[ExtraEdit]) -> Result<Extras, Vec<UserError>> {
    let mut wrong = Vec::new();
    let Extras { mut values, mut is_personal } = Extras::default();
    for (place, edit) in edits.iter().enumerate() {
        let refuse = |field: &str, text: Text| {
            UserError::new(crate::kernel::error::Code::Invalid, text).at(&["extras", &place.to_string(), field])
        };
        let Some(field) = directory.extra_field(&edit.key).filter(|field| field.active) else {
            wrong.push(refuse("key", Text::new("There is no such field.", "没有该扩展字段。")));
            continue;
        };
        if values.iter().any(|(key, _)| *key == edit.key) {
            wrong.push(refuse("key", Text::new("This field is given twice.", "该字段重复。")));
            continue;
        }
        is_personal |= field.personal;
        match edit.value.as_deref().map(|value| parse(field.kind, value)).transpose() {
            Ok(value) => values.push((edit.key.clone(), value)),
            Err(text) => wrong.push(refuse("value", text)),
        }
    }
    if wrong.is_empty() { Ok(Extras { values, is_personal }) } else { Err(wrong) }
}
