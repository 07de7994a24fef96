//! What users can do with a customer.

use super::model::{ARCHIVE, ASSIGN, BLACKLIST, MERGE, MOVE, RELEASE, TRANSFER, UPDATE};
use crate::crm::{contact, followup, opportunity, order, product, task};
use crate::kernel::read::describe::{Actions, RowAction};

const NOT_ARCHIVED: &str = "{t}.archived_at is null";
const OWNED: &str = "{t}.owner_user_id is not null and {t}.archived_at is null";

/// The actions. A claim is not among them, because limits decide about it, too: see `Claimability`.
pub static ACTIONS: Actions = Actions {
    name: "AllowedOnCustomer",
    doc: "What you can do with the customer now. The input of the mutation may still be refused. Whether you can claim it is in `claimability`.",
    all: &[
        RowAction::new("UPDATE", &[UPDATE], NOT_ARCHIVED, "`updateCustomer`."),
        RowAction::new("RELEASE", &[RELEASE], OWNED, "`releaseCustomer`, `releaseCustomers`."),
        RowAction::new(
            "ASSIGN",
            &[ASSIGN],
            "{t}.owner_user_id is null and {t}.blacklisted_at is null and {t}.archived_at is null",
            "`assignCustomers`.",
        ),
        RowAction::new("TRANSFER", &[TRANSFER], OWNED, "`transferCustomers`."),
        RowAction::new("MOVE_TO_POOL", &[MOVE], "{t}.merged_into is null", "`moveToPool`."),
        RowAction::new(
            "BLACKLIST",
            &[BLACKLIST],
            "{t}.blacklisted_at is null and {t}.archived_at is null",
            "`blacklistCustomer`.",
        ),
        RowAction::new(
            "UNBLACKLIST",
            &[BLACKLIST],
            "{t}.blacklisted_at is not null and {t}.archived_at is null",
            "`unblacklistCustomer`.",
        ),
        RowAction::new("ARCHIVE", &[ARCHIVE], NOT_ARCHIVED, "`archiveCustomer`."),
        RowAction::new(
            "RESTORE",
            &[ARCHIVE],
            "{t}.archived_at is not null and {t}.merged_into is null",
            "`restoreCustomer`.",
        ),
        RowAction::new("MERGE", &[MERGE], NOT_ARCHIVED, "`mergeCustomers`, with this customer as the one that stays."),
        RowAction::new("CREATE_CONTACT", &[contact::WRITE], NOT_ARCHIVED, "`createContact`."),
        RowAction::new("RECORD_FOLLOW_UP", &[followup::CREATE], NOT_ARCHIVED, "`recordFollowUp`."),
        RowAction::new("CREATE_TASK", &[task::WRITE], NOT_ARCHIVED, "`createTask`."),
        RowAction::new("CREATE_OPPORTUNITY", &[opportunity::WRITE], OWNED, "`createOpportunity`."),
        RowAction::new("CREATE_ORDER", &[order::CREATE, product::READ], OWNED, "`createOrder`."),
    ],
};
