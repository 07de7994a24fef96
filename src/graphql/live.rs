//! Subscriptions. Whoever asks the same with the same rights is in one group: each stretch of the log is read once for all
//! of them, and its messages are shared.
//!
//! A subscriber stands at a position of the log. What its group has read lately it takes from there; what lies further
//! back it reads for itself, until it has caught up. So one that is slow, or was away, holds nobody up and misses nothing.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use lru::LruCache;
use sqlx::Row;
use tokio::sync::{OnceCell, watch};
use tracing::Instrument;

use super::answer::json_of;
use super::context::Request;
use super::planned::CATALOG;
use super::plans::Key;
use crate::access::{Grants, Rights};
use crate::app::App;
use crate::error::Error;
use crate::feed::{self, Topic};
use crate::id::UserId;
use crate::read::describe::Feed;
use crate::read::{FeedPlan, Planner, Stretch, Variables, Viewpoint, argument_or_none, root_field};

/// How many positions of the log one statement reads.
const STRETCH: i64 = 1_000;
/// How many messages a group keeps for those who are a little behind, at least one stretch.
const KEPT_MESSAGES: usize = 2_000;
/// How many plans are kept.
const KEPT_PLANS: usize = 1_000;
/// How many stretches are kept for those who are further behind.
const KEPT_STRETCHES: usize = 8;
/// How long to wait where the log can't be read.
const PAUSE: Duration = Duration::from_millis(250);

/// The subscriptions of one server.
pub struct Live {
    app: Arc<App>,
    plans: Mutex<LruCache<Key, Arc<Planned>>>,
    groups: Mutex<HashMap<GroupKey, Weak<Group>>>,
}

/// What those of one group have in common.
#[derive(Clone, PartialEq, Eq, Hash)]
struct GroupKey {
    plan: Key,
    /// The values that the plan binds.
    given: String,
    /// The viewer, where each is told something of their own.
    viewer: Option<UserId>,
}

/// A subscription, planned for all who hold the same.
struct Planned {
    feed: &'static Feed,
    plan: FeedPlan,
    /// Whether each viewer is told something of their own.
    is_personal: bool,
    // The key stands for their addresses.
    _request: Arc<Request>,
    _grants: Arc<Grants>,
}

/// A message for all of a group.
pub struct Message {
    /// The position of its event.
    pub position: i64,
    /// The answer, as JSON.
    pub json: Box<str>,
}

/// What a stretch of the log tells.
struct Page {
    stretch: Stretch,
    messages: Vec<Message>,
}

/// What a group has read lately: all that it is told behind a position.
struct Recent {
    after: i64,
    pages: VecDeque<Arc<Page>>,
    /// Whether it reads no more: its rights are those of before.
    is_over: bool,
}

/// Those who ask the same with the same rights.
struct Group {
    app: Arc<App>,
    key: GroupKey,
    planned: Arc<Planned>,
    rights: Arc<Rights>,
    variables: Variables,
    /// The directory that its rights are of.
    revision: i64,
    recent: watch::Sender<Arc<Recent>>,
    /// What was read for those who are further behind: many come back to the same place at once.
    further_back: Mutex<LruCache<Stretch, Arc<OnceCell<Arc<Page>>>>>,
}

/// Why a stretch was not read.
enum Unread {
    /// The rights that it would have been read with are those of before.
    Outdated,
    /// The database can't be reached, or worse.
    Failed(Error),
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<sqlx::Error> for Unread {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Live {
    /// No subscriptions yet.
    pub fn new(app: Arc<App>) -> Self {
        let plans = LruCache::new(NonZeroUsize::new(KEPT_PLANS).expect("more than none"));
        Self { app, plans: Mutex::new(plans), groups: Mutex::default() }
    }

    /// The group of a request, with the rights of this moment.
    async fn join(
        self: &Arc<Self>,
        request: &Arc<Request>,
    ) -> Result<(Arc<Group>, watch::Receiver<Arc<Recent>>), Error> {
        let viewpoint = request.viewpoint().await?;
        let feed = feed_of(request)?;
        let key = Key::of(&request.prepared, request.operation_name.as_deref(), &request.variables, &viewpoint);
        let grants = viewpoint.rights.grants.clone();
        let viewpoint = Viewpoint { rights: feed.rights(&viewpoint.rights)?, ..viewpoint };
        let planned = self.planned(&key, feed, request, &viewpoint, grants)?;
        let viewer = planned.is_personal.then_some(viewpoint.rights.viewer);
        let key = GroupKey { plan: key, given: planned.plan.events.given(&request.variables), viewer };
        let mut groups = self.groups.lock().expect("no panic while held");
        if let Some(group) = groups.get(&key).and_then(Weak::upgrade) {
            let recent = group.recent.subscribe();
            return Ok((group, recent));
        }
        let head = self.app.feed().head();
        let (told, recent) = watch::channel(Arc::new(Recent { after: head, pages: VecDeque::new(), is_over: false }));
        let group = Arc::new(Group {
            app: self.app.clone(),
            key: key.clone(),
            planned,
            revision: viewpoint.directory.revision,
            rights: viewpoint.rights,
            variables: request.variables.clone(),
            recent: told,
            further_back: Mutex::new(LruCache::new(NonZeroUsize::new(KEPT_STRETCHES).expect("more than none"))),
        });
        groups.insert(key, Arc::downgrade(&group));
        let reading = keep_reading(self.clone(), group.clone(), head);
        tokio::spawn(reading.instrument(tracing::info_span!("subscription")));
        Ok((group, recent))
    }

    fn planned(
        &self,
        key: &Key,
        feed: &'static Feed,
        request: &Arc<Request>,
        viewpoint: &Viewpoint,
        grants: Arc<Grants>,
    ) -> Result<Arc<Planned>, Error> {
        if let Some(planned) = self.plans.lock().expect("no panic while held").get(key) {
            return Ok(planned.clone());
        }
        let (document, max_page) = (&request.prepared.document, self.app.limits().page_size);
        let planner = || Planner::new(&CATALOG, document, &request.variables, viewpoint, max_page);
        let plan = Planner::feed(planner, feed, request.operation()?)?;
        let is_personal = plan.events.is_personal();
        let planned = Arc::new(Planned { feed, plan, is_personal, _request: request.clone(), _grants: grants });
        if request.prepared.is_kept() {
            self.plans.lock().expect("no panic while held").put(key.clone(), planned.clone());
        }
        Ok(planned)
    }

    /// Gives a group up that nobody is in, or whose rights are those of before.
    fn leave(&self, group: &Group) -> bool {
        let mut groups = self.groups.lock().expect("no panic while held");
        let is_over = group.recent.receiver_count() == 0 || group.is_outdated();
        if is_over && groups.get(&group.key).is_some_and(|known| std::ptr::eq(known.as_ptr(), group)) {
            groups.remove(&group.key);
        }
        is_over
    }
}

/// The feed that a request subscribes to.
fn feed_of(request: &Request) -> Result<&'static Feed, Error> {
    let (_, selected) = root_field(&request.prepared.document, request.operation()?, &request.variables)?;
    let feed = CATALOG.feeds.iter().find(|feed| selected.field.name == feed.name);
    feed.ok_or_else(|| Error::bad_input("there is no such subscription", "没有该订阅"))
}

impl Group {
    /// What its events are about.
    fn topic(&self) -> Topic {
        match self.planned.feed.changes {
            Some(_) => Topic::Pool,
            None => Topic::Notifications(self.rights.viewer),
        }
    }

    /// The next stretch to read on the way from one position to another: many at once, where they are told as one.
    fn stretch(&self, after: i64, upto: i64) -> Stretch {
        let is_read_whole = self.planned.plan.refresh.is_none() || self.is_too_much(after, upto);
        Stretch { after, upto: if is_read_whole { upto } else { upto.min(after + STRETCH) } }
    }

    fn is_too_much(&self, after: i64, upto: i64) -> bool {
        upto - after > self.app.limits().event_backlog
    }

    fn is_outdated(&self) -> bool {
        *self.app.revisions().borrow() != self.revision
    }

    async fn read(&self, stretch: Stretch) -> Result<Arc<Page>, Unread> {
        let _turn = self.app.feed().turn().await;
        let plan = match &self.planned.plan.refresh {
            Some(refresh) if self.is_too_much(stretch.after, stretch.upto) => refresh,
            _ => &self.planned.plan.events,
        };
        let directory = self.app.directory().await?;
        if directory.revision != self.revision {
            return Err(Unread::Outdated);
        }
        let viewpoint = Viewpoint {
            rights: self.rights.clone(),
            now: self.app.clock().now(),
            directory,
            fact: crate::customer::fact,
        };
        let statement = plan.fill_for(&viewpoint, &self.variables, stretch).map_err(|(_, error)| error)?;
        let rows = statement.fetch_all(self.app.pool()).await?;
        let message = |row| -> sqlx::Result<Message> {
            Ok(Message { position: Row::try_get(row, 0)?, json: json_of(row, 1)?.into() })
        };
        let messages = rows.iter().map(message).collect::<sqlx::Result<Vec<_>>>()?;
        // What was read is told only as long as the rights stand that it was read with.
        if self.app.directory().await?.revision != self.revision {
            return Err(Unread::Outdated);
        }
        Ok(Arc::new(Page { stretch, messages }))
    }

    /// Reads a stretch for those who are further behind, once for all who come to the same place.
    async fn read_further_back(&self, stretch: Stretch) -> Result<Arc<Page>, Unread> {
        let read = {
            let mut kept = self.further_back.lock().expect("no panic while held");
            kept.get_or_insert(stretch, || Arc::new(OnceCell::new())).clone()
        };
        read.get_or_try_init(|| self.read(stretch)).await.cloned()
    }

    /// Tells a page to all who are in the group.
    fn tell(&self, page: Arc<Page>) {
        let before = self.recent.borrow().clone();
        let (mut after, mut pages) = (before.after, before.pages.clone());
        pages.push_back(page);
        let mut kept: usize = pages.iter().map(|page| page.messages.len()).sum();
        while pages.len() > 1 && kept > KEPT_MESSAGES {
            if let Some(oldest) = pages.pop_front() {
                kept -= oldest.messages.len();
                after = oldest.stretch.upto;
            }
        }
        self.recent.send_replace(Arc::new(Recent { after, pages, is_over: false }));
    }

    /// Sends all who are in the group to the one that has the rights of now.
    fn end(&self) {
        let after = self.recent.borrow().after;
        self.recent.send_replace(Arc::new(Recent { after, pages: VecDeque::new(), is_over: true }));
    }
}

/// Reads the log for a group as it grows, for as long as somebody is in it.
async fn keep_reading(live: Arc<Live>, group: Arc<Group>, mut position: i64) {
    let mut news = group.app.feed().watch(group.topic());
    let mut revisions = group.app.revisions();
    loop {
        if *revisions.borrow_and_update() != group.revision {
            live.leave(&group);
            return group.end();
        }
        let upto = *news.borrow_and_update();
        if upto <= position {
            tokio::select! {
                changed = news.changed() => if changed.is_err() { return },
                () = group.recent.closed() => if live.leave(&group) { return },
                _ = revisions.changed() => {}
                () = group.app.feed().closed() => return,
            }
            continue;
        }
        let stretch = group.stretch(position, upto);
        match group.read(stretch).await {
            Ok(page) => {
                position = stretch.upto;
                if !page.messages.is_empty() {
                    group.tell(page);
                }
            }
            // The directory has moved on: so has its revision, or will have in a moment.
            Err(Unread::Outdated) => tokio::task::yield_now().await,
            Err(Unread::Failed(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the log can't be read");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// One subscription of one client.
pub struct Subscriber {
    live: Arc<Live>,
    request: Arc<Request>,
    group: Arc<Group>,
    recent: watch::Receiver<Arc<Recent>>,
    position: i64,
}

/// What comes next for a subscriber: messages in order, all behind what it was told before.
pub struct News {
    pages: Vec<Arc<Page>>,
    after: i64,
}

impl News {
    /// The messages.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.pages.iter().flat_map(|page| &page.messages).filter(|message| message.position > self.after)
    }
}

impl Subscriber {
    /// Begins behind the cursor that is asked for, or with what comes now.
    pub(super) async fn begin(live: Arc<Live>, request: Arc<Request>) -> Result<Self, Error> {
        let (group, recent) = live.join(&request).await?;
        let (_, selected) = root_field(&request.prepared.document, request.operation()?, &request.variables)?;
        let position = {
            let _turn = live.app.feed().turn().await;
            match argument_or_none(selected.field, "after", &request.variables) {
                Some(cursor) => feed::resume(live.app.pool(), cursor.as_str().unwrap_or_default()).await?,
                None => feed::end(live.app.pool()).await?,
            }
        };
        Ok(Self { live, request, group, recent, position })
    }

    /// Waits for what comes next. An error ends the subscription: the viewer may not be told any more.
    pub async fn next(&mut self) -> Result<News, Error> {
        loop {
            let recent = self.recent.borrow_and_update().clone();
            if recent.is_over || self.group.is_outdated() {
                (self.group, self.recent) = Box::pin(self.live.join(&self.request)).await?;
                continue;
            }
            let after = self.position;
            if after < recent.after {
                // Too far behind for the group, or from before it began.
                let stretch = self.group.stretch(after, recent.after);
                // Boxed, for it is seldom: else each subscriber that waits would keep room for it.
                match Box::pin(self.group.read_further_back(stretch)).await {
                    Ok(page) => {
                        self.position = stretch.upto;
                        if !page.messages.is_empty() {
                            return Ok(News { pages: vec![page], after });
                        }
                    }
                    Err(Unread::Outdated) => tokio::task::yield_now().await,
                    Err(Unread::Failed(_)) => tokio::time::sleep(PAUSE).await,
                }
                continue;
            }
            let pages: Vec<_> = recent.pages.iter().filter(|page| page.stretch.upto > after).cloned().collect();
            if let Some(last) = pages.last() {
                self.position = last.stretch.upto;
                return Ok(News { pages, after });
            }
            self.recent.changed().await.expect("its sender is in the group, which is ours");
        }
    }
}
