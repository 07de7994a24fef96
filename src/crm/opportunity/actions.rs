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
        RowAction::new(
            "UPDATE",
            &[WRITE],
            "{t}.stage_kind = 'OPEN' and {t}.owner_user_id = {s}.owner_user_id and {t}.archived_at is null and {s}.archived_at is null",
            "`updateOpportunity`.",
        ),
        RowAction::new(
            "MOVE",
            &[WRITE],
            "({t}.owner_user_id = {s}.owner_user_id or {t}.stage_kind in ('OPEN', 'WON')) and {t}.archived_at is null and {s}.archived_at is null",
            "`moveOpportunity`. If the owner does not own the customer any more, only to a lost or void stage.",
        ),
        RowAction::new(
            "ADOPT",
            &[ADOPT],
            "{t}.stage_kind = 'OPEN' and {t}.owner_user_id <> {s}.owner_user_id and {t}.archived_at is null and {s}.archived_at is null",
            "`adoptOpportunity`: the present owner of the customer takes it over.",
        ),
        RowAction::new("ARCHIVE", &[WRITE], ACTIVE, "`archiveOpportunity`."),
        RowAction::new(
            "RESTORE",
            &[WRITE],
            "{t}.archived_at is not null and {s}.archived_at is null",
            "`restoreOpportunity`.",
        ),
    ],
};
