//! Notifications: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use crate::crm::notification;
use crate::kernel::id::NotificationId;

/// The notifications to mark as read.
#[derive(InputObject)]
struct MarkNotificationsReadInput {
    /// The ids of the notifications. If it is left out, all of yours are marked.
    notification_ids: Option<Vec<NotificationId>>,
}

/// The result of marking notifications as read.
#[derive(SimpleObject)]
struct MarkNotificationsReadPayload {
    /// How many unread notifications you still have; null if the input was refused.
    unread_count: Option<i32>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about notifications.
#[derive(Default)]
pub struct NotificationMutation;

#[Object]
impl NotificationMutation {
    /// Marks notifications of yours as read. Notifications of other users, and those that are read already, stay as
    /// they are.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The notifications to mark as read.")] input: MarkNotificationsReadInput,
    ) -> Resolved<MarkNotificationsReadPayload> {
        let (unread, user_errors) =
            perform(ctx, async |op| notification::mark_read(op, input.notification_ids.as_deref()).await).await?;
        let unread_count = unread.map(|unread| i32::try_from(unread).unwrap_or(i32::MAX));
        Ok(MarkNotificationsReadPayload { unread_count, user_errors })
    }
}
