//! What an update changes: each value before and after.

use serde::Serialize;

use super::field::Field;
use super::row_input::RowContact;
use super::row_reader::RowReader;
use crate::crm::customer::bulk::Known;
use crate::crm::customer::edit::Draft;
use crate::crm::extra::{ExtraValue, Extras};

/// A value that an update changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// The header of its column.
    pub column: Option<String>,
    /// The value before; `None`: there was none, or it is a detail of a contact.
    pub before: Option<String>,
    /// The value after.
    pub after: Option<String>,
}

/// The values that an update changes. Of contacts only their names are given, because the importer may not see the details
/// that it has already.
pub fn of_update(
    reader: &RowReader,
    known: &Known,
    draft: &Draft,
    extras: &Extras,
    external_id: Option<&str>,
    contacts: &[RowContact],
) -> Vec<FieldChange> {
    let fields = fields_of(draft).into_iter().zip(fields_of(&known.draft));
    let changed = fields.filter(|((_, after), (_, before))| after != before);
    let fields = changed.map(|((field, after), (_, before))| FieldChange {
        column: reader.header(field).map(str::to_owned),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    });
    let extras = extras.values.iter().map(|(key, value)| FieldChange {
        column: reader.header_of_extra(key).map(str::to_owned),
        before: known.extras.get(key).cloned(),
        after: value.as_ref().map(ExtraValue::text),
    });
    let contacts = contacts.iter().map(|given| FieldChange {
        column: reader.header_of_contact(given.number).map(str::to_owned),
        before: None,
        after: Some(given.draft.name.clone()),
    });
    let external_id = external_id.map(|key| FieldChange {
        column: reader.header(Field::ExternalId).map(str::to_owned),
        before: None,
        after: Some(key.to_owned()),
    });
    external_id.into_iter().chain(fields).chain(extras).chain(contacts).collect()
}

/// The fields of a company with their values.
fn fields_of(draft: &Draft) -> [(Field, Option<&str>); 8] {
    [
        (Field::Name, Some(&draft.name)),
        (Field::CreditCode, draft.credit_code.as_ref()),
        (Field::Source, Some(&draft.source)),
        (Field::SourceDetail, draft.source_detail.as_ref()),
        (Field::Industry, draft.industry.as_ref()),
        (Field::Size, draft.size.as_ref()),
        (Field::Level, draft.level.as_ref()),
        (Field::Region, draft.region.as_ref()),
    ]
    .map(|(field, value)| (field, value.map(String::as_str)))
}
