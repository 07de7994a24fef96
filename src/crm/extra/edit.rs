//! Validates extras and saves them together with their customer.

use super::store;
use super::value::parse;
use super::{ExtraEdit, Extras};
use crate::crm::contact;
use crate::crm::customer;
use crate::kernel::directory::Directory;
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;

/// Saves extras of a customer. The caller has checked that the actor may edit the customer.
pub async fn save(op: &mut Op<'_>, customer: CustomerId, edits: &[ExtraEdit]) -> Result<(), Error> {
    let extras = check(op.directory(), edits).map_err(Error::Refused)?;
    if extras.is_personal && !customer::reaches(op, customer, contact::READ).await? {
        return Err(UserError::forbidden(contact::READ).at(&["extras"]).into());
    }
    Ok(store::save(op.db(), &[(customer, &extras)]).await?)
}

/// Saves extras of several customers. The caller has checked the rights of the actor.
pub async fn save_all(op: &mut Op<'_>, extras: &[(CustomerId, &Extras)]) -> Result<(), Error> {
    Ok(store::save(op.db(), extras).await?)
}

/// Validates every value. The error lists all values that are refused.
pub fn check(directory: &Directory, edits: &[ExtraEdit]) -> Result<Extras, Vec<UserError>> {
    let mut refusals = Vec::new();
    let Extras { mut values, mut is_personal } = Extras::default();
    for (place, edit) in edits.iter().enumerate() {
        let refuse = |field: &str, text: Text| {
            UserError::new(crate::kernel::error::Code::Invalid, text).at(&["extras", &place.to_string(), field])
        };
        let Some(field) = directory.extra_field(&edit.key).filter(|field| field.active) else {
            refusals.push(refuse(
                "key",
                Text::new("There is no active extra field with this key.", "没有该自定义字段，或该字段已停用。"),
            ));
            continue;
        };
        if values.iter().any(|(key, _)| *key == edit.key) {
            refusals.push(refuse("key", Text::new("This extra field is given twice.", "该自定义字段重复。")));
            continue;
        }
        is_personal |= field.personal;
        match edit.value.as_deref().map(|value| parse(field.kind, value)).transpose() {
            Ok(value) => values.push((edit.key.clone(), value)),
            Err(text) => refusals.push(refuse("value", text)),
        }
    }
    if refusals.is_empty() { Ok(Extras { values, is_personal }) } else { Err(refusals) }
}
