//! Notifications: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use crate::crm::notification;
use crate::kernel::id::NotificationId;

/// Which notifications have been seen.
#[derive(InputObject)]
struct MarkNotificationsReadInput {
    /// Their ids; left out: all.
    notification_ids: Option<Vec<NotificationId>>,
}

/// What became of it.
#[derive(SimpleObject)]
struct MarkNotificationsReadPayload {
    /// How many notifications you have not read now; null when the wish was refused.
    unread_count: Option<i32>,
    /// Why the wish was refused.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about notifications.
#[derive(Default)]
pub struct NotificationMutation;

#[Object]
impl NotificationMutation {
    /// Marks your notifications as read. What is not yours, or read already, stays as it is.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        input: MarkNotificationsReadInput,
    ) -> Resolved<MarkNotificationsReadPayload> {
        let (unread, user_errors) =
            perform(ctx, async |op| notification::mark_read(op, input.notification_ids.as_deref()).await).await?;
        let unread_count = unread.map(|unread| i32::try_from(unread).unwrap_or(i32::MAX));
        Ok(MarkNotificationsReadPayload { unread_count, user_errors })
    }
}
