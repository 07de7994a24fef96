//! Notifications: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::context::request;
use super::error::{Resolved, UserErrorView, refusable};
use crate::id::NotificationId;
use crate::notification;

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
        let request = request(ctx);
        let mut op = request.app().begin(request.actor()?).await?;
        let marked = notification::mark_read(&mut op, input.notification_ids.as_deref()).await;
        Ok(match refusable(ctx, marked)? {
            Err(user_errors) => MarkNotificationsReadPayload { unread_count: None, user_errors },
            Ok(unread) => {
                op.commit().await?;
                let unread_count = Some(i32::try_from(unread).unwrap_or(i32::MAX));
                MarkNotificationsReadPayload { unread_count, user_errors: Vec::new() }
            }
        })
    }
}
