//! What users can do with an opportunity.

use super::{ADOPT, WRITE};
use crate::kernel::read::describe::{Actions, RowAction};

/// Whether neither the opportunity nor its customer is archived.
const ACTIVE: &str = "{t}.archived_at is null and {s}.archived_at is null";

/// The actions.
pub static ACTIONS: Actions = Actions {
    name: "AllowedOnOpportunity",
    doc: "What you can do with the opportunity now. The input of the mutation may still be refused.",
    all: &[
        RowAction {
            name: "UPDATE",
            doc: "`updateOpportunity`.",
            permissions: &[WRITE],
            when: "{t}.stage_kind = 'OPEN' and {t}.owner_user_id = {s}.owner_user_id and {t}.archived_at is null and {s}.archived_at is null",
        },
        RowAction {
            name: "MOVE",
            doc: "`moveOpportunity`. If the owner does not own the customer any more, only to a lost or void stage.",
            permissions: &[WRITE],
            when: "({t}.owner_user_id = {s}.owner_user_id or {t}.stage_kind in ('OPEN', 'WON')) and {t}.archived_at is null and {s}.archived_at is null",
        },
        RowAction {
            name: "ADOPT",
            doc: "`adoptOpportunity`: the present owner of the customer takes it over.",
            permissions: &[ADOPT],
            when: "{t}.stage_kind = 'OPEN' and {t}.owner_user_id <> {s}.owner_user_id and {t}.archived_at is null and {s}.archived_at is null",
        },
        RowAction { name: "ARCHIVE", doc: "`archiveOpportunity`.", permissions: &[WRITE], when: ACTIVE },
        RowAction {
            name: "RESTORE",
            doc: "`restoreOpportunity`.",
            permissions: &[WRITE],
            when: "{t}.archived_at is not null and {s}.archived_at is null",
        },
    ],
};
