//! Subscribers: each follows the log at its own pace, with the messages that its group has read.

use std::sync::Arc;
use std::sync::atomic::Ordering::Acquire;

use tokio::sync::watch;

use super::live::{Counted, EndReason, Group, Live, RETRY_DELAY, Recent, Unread};
use super::pages::{Page, Step};
use crate::api::base::context::Request;
use crate::kernel::error::Error;
use crate::kernel::feed::{self, Cursor, Epoch};
use crate::kernel::read::{argument_or_none, root_field};
use crate::kernel::task::spawn_detached;

/// One subscription of one client.
pub struct Subscriber {
    live: Arc<Live>,
    request: Arc<Request>,
    group: Arc<Group>,
    recent: watch::Receiver<Arc<Recent>>,
    /// The page that it has read for itself, because it is behind its group.
    own: Option<Arc<Page>>,
    /// How many positions it reads for itself at once.
    step: Step,
    epoch: Epoch,
    position: i64,
    _counted: Counted,
}

/// One message for a subscriber.
pub struct EventMessage {
    epoch: Epoch,
    page: Arc<Page>,
    place: usize,
}

impl EventMessage {
    /// The cursor of its event.
    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, position: self.page.messages[self.place].position }
    }

    /// The answer, as JSON.
    pub fn json(&self) -> &str {
        &self.page.messages[self.place].json
    }

    /// Whether it is the last message of its page.
    pub fn is_last(&self) -> bool {
        self.place + 1 == self.page.messages.len()
    }
}

impl Subscriber {
    /// Begins behind a cursor, that of the request if none is given, or at the end of the log.
    pub async fn begin(live: Arc<Live>, request: Arc<Request>, after: Option<String>) -> Result<Self, Error> {
        let counted = live.count(request.viewer()?.user)?;
        let (group, recent) = live.join(&request).await?;
        let (_, selected) = root_field(&request.prepared.document, request.operation()?, &request.variables)?;
        let asked = || argument_or_none(selected.field, "after", &request.variables);
        let after = after.or_else(|| asked().map(|cursor| cursor.as_str().unwrap_or_default().to_owned()));
        let Cursor { epoch, position } = match after {
            Some(cursor) => feed::resume(live.app.pool(), &cursor).await?,
            // The end as this server knows it, so that beginning a subscription needs no statement.
            None => live.app.feed().head(),
        };
        let step = group.step();
        Ok(Self { live, request, group, recent, own: None, step, epoch, position, _counted: counted })
    }

    /// The place up to which the subscriber has received everything.
    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, position: self.position }
    }

    /// Waits for the next message, which is read with the rights of that moment. An error ends the subscription, because the
    /// viewer may not receive more.
    pub async fn next(&mut self) -> Result<EventMessage, Error> {
        loop {
            if self.group.epoch() != self.epoch && !self.group.is_outdated() {
                Box::pin(self.begin_anew()).await?;
            }
            // `read_to` is loaded before the pages, so everything up to it is among them.
            let read_to = self.group.read_to.load(Acquire);
            let recent = self.recent.borrow_and_update().clone();
            let seen = recent.pages.partition_point(|page| page.range.upto <= self.position);
            if self.position >= recent.after && seen == recent.pages.len() {
                self.position = self.position.max(read_to);
            }
            match recent.ended_because {
                Some(EndReason::Failed) => return Err(Error::Internal("a subscription can't be read".into())),
                None if !self.group.is_outdated() => {}
                _ => {
                    Box::pin(self.rejoin()).await?;
                    continue;
                }
            }
            let done = self.own.take_if(|own| !own.continues_at(self.position) || !own.is_fresh());
            if done.is_some_and(|own| own.continues_at(self.position)) {
                self.step.was_too_much();
            }
            match self.own.as_ref().or_else(|| recent.pages.get(seen)).cloned() {
                Some(page) if page.continues_at(self.position) && page.is_fresh() => {
                    let place = page.messages.partition_point(|message| message.position <= self.position);
                    match page.messages.get(place) {
                        Some(message) => {
                            self.position = message.position;
                            return Ok(EventMessage { epoch: self.epoch, page, place });
                        }
                        None => self.position = page.range.upto,
                    }
                }
                // Boxed because it is rare: each waiting subscriber would otherwise reserve memory for it.
                Some(page) => Box::pin(self.read_further_back(page.range.upto)).await?,
                None if self.position < recent.after => Box::pin(self.read_further_back(recent.after)).await?,
                None => self.recent.changed().await.expect("its sender is in the group, which is ours"),
            }
        }
    }

    /// Joins the group that matches the rights of this moment.
    async fn rejoin(&mut self) -> Result<(), Error> {
        self.own = None;
        let (live, request) = (self.live.clone(), self.request.clone());
        match spawn_detached(async move { live.join(&request).await }).await {
            Ok((group, recent)) => {
                (self.group, self.recent) = (group, recent);
                Ok(())
            }
            Err(Error::Unavailable(_)) => {
                tokio::time::sleep(RETRY_DELAY).await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Goes on in the log of another epoch, at the end that its group knows, with the event that stands for what is not known.
    /// Without such an event the subscription ends.
    async fn begin_anew(&mut self) -> Result<(), Error> {
        let (group, upto) = (self.group.clone(), self.group.read_to.load(Acquire));
        match spawn_detached(async move { group.read_anew(upto).await }).await {
            Ok(Some(page)) => {
                (self.epoch, self.position) = (self.group.epoch(), page.range.after);
                self.own = Some(page);
            }
            Ok(None) => return Err(Error::CursorExpired),
            Err(unread) => self.try_again(unread).await?,
        }
        Ok(())
    }

    /// Reads the next range on the way to a position for itself.
    async fn read_further_back(&mut self, upto: i64) -> Result<(), Error> {
        let (group, position, step) = (self.group.clone(), self.position, self.step);
        match spawn_detached(async move { group.read_further_back(position, upto, step).await }).await {
            Ok(page) => {
                // There are no events between.
                self.position = self.position.max(page.range.after);
                self.step.read(&page);
                self.own = Some(page);
            }
            Err(unread) => self.try_again(unread).await?,
        }
        Ok(())
    }

    /// Waits until what was not read can be tried again; an error if it can't.
    async fn try_again(&mut self, unread: Unread) -> Result<(), Error> {
        match unread {
            Unread::Outdated => tokio::task::yield_now().await,
            Unread::Failed(error) if matches!(*error, Error::Unavailable(_)) => {
                self.step.was_too_much();
                tokio::time::sleep(RETRY_DELAY).await;
            }
            Unread::Failed(error) => return Err(Error::Internal(error.into())),
        }
        Ok(())
    }
}
