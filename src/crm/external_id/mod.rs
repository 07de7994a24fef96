//! The keys that records had in another system. Imports keep them, so that rows of later files can refer to the records,
//! and so that a record is imported once.

mod model;
mod store;

use crate::kernel::error::{Error, UserError, violated};
use crate::kernel::id::ImportId;
use crate::kernel::op::Op;
use crate::kernel::read::describe::{Field, Type};
pub use model::{Key, Kind};
pub use store::{forget, move_to, records};

/// SQL for the keys of a row of a table.
macro_rules! keys_of {
    ($kind:literal) => {
        concat!(
            "array(select x.key from external_id x where x.kind = '",
            $kind,
            "' and x.record_id = {t}.id order by x.key)"
        )
    };
}

/// The most characters of a key.
pub const MOST_CHARACTERS: usize = 100;

/// Keeps keys that no record has. If another operation has just kept one of them, this is a `CONFLICT`.
pub async fn keep(op: &mut Op<'_>, kind: Kind, import: ImportId, keys: &[Key]) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    store::insert(op.db(), kind, import, keys).await.map_err(|error| match violated(&error) {
        Some("external_id_pkey") => UserError::conflict().into(),
        _ => error.into(),
    })
}

/// The keys of a record, as a field of it.
pub fn field(kind: Kind) -> Field {
    let sql = match kind {
        Kind::Customer => keys_of!("CUSTOMER"),
        Kind::Contact => keys_of!("CONTACT"),
        Kind::Product => keys_of!("PRODUCT"),
        Kind::Opportunity => keys_of!("OPPORTUNITY"),
        Kind::Order => keys_of!("ORDER"),
        Kind::FollowUp => keys_of!("FOLLOW_UP"),
    };
    Field::new("externalIds", Type::Texts, sql, "The keys that it had in another system, from which it was imported.")
}
