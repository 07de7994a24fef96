//! Subscriptions. Subscribers with the same document, values and rights form a group: each range of the log is read once
//! for all of them, and they share its messages.
//!
//! A subscriber has a position in the log. It takes recent messages from its group, and reads older ones for itself until it
//! has caught up. So a subscriber that is slow, or was disconnected, delays nobody and misses nothing, and a message shows
//! the customer as of its delivery.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use lru::LruCache;
use tokio::sync::{OnceCell, watch};
use tracing::Instrument;
use uuid::Uuid;

use super::cache::Cache;
use super::pages::{FRESH, Page, Pages, ReadKind, Step};
use super::plans::Key;
use crate::api::base::catalog::CATALOG;
use crate::api::base::context::Request;
use crate::api::base::document::Prepared;
use crate::kernel::access::{Grants, Rights};
use crate::kernel::app::{App, Revision};
use crate::kernel::error::Error;
use crate::kernel::feed::{Epoch, Topic};
use crate::kernel::id::UserId;
use crate::kernel::read::describe::Feed;
use crate::kernel::read::{EventRange, FeedPlan, Plan, Planner, Variables, Viewpoint, root_field};

/// How many bytes of messages, and how many pages, a group keeps for subscribers that are a little behind; at least one page.
const KEPT_BYTES: usize = 2 << 20;
const KEPT_PAGES: usize = 100;
/// The weight of the plans that are kept, and the longest statement of one of them, in bytes.
const KEPT_PLANS: usize = 4 << 20;
const KEPT_PLAN_BYTES: usize = 50_000;
/// From this number of subscriptions on, those of a user wait in a queue of their own.
const MANY_OF_ONE_USER: usize = 25;
/// How many ranges are kept for subscribers that are further behind.
const KEPT_RANGES: usize = 8;
/// How long to wait before the log is read again after a failure.
pub const RETRY_DELAY: Duration = Duration::from_millis(250);

/// The subscriptions of one server.
pub struct Live {
    pub app: Arc<App>,
    pages: Arc<Pages>,
    plans: Mutex<Cache<Key, Arc<Planned>>>,
    groups: Mutex<HashMap<GroupKey, Weak<Group>>>,
    /// How many subscriptions each user has open.
    open: Mutex<HashMap<UserId, usize>>,
}

/// A subscription that counts for its user until it is dropped.
pub struct Counted {
    live: Arc<Live>,
    user: UserId,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.live.open.lock().expect("no panic while held");
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

/// What identifies a group.
#[derive(Clone, PartialEq, Eq, Hash)]
struct GroupKey {
    plan: Key,
    /// The values that the plan binds.
    given: String,
    /// The viewer, if the messages are personal.
    viewer: Option<UserId>,
    /// The pools of which the viewer is a member, if the messages depend on them.
    pools: Option<Arc<Vec<Uuid>>>,
}

/// A subscription that is planned for all viewers with the same grants.
struct Planned {
    feed: &'static Feed,
    plan: FeedPlan,
    /// Whether the messages are personal: each viewer gets their own.
    is_personal: bool,
    // The key contains the addresses of these two, so their places in memory must be theirs as long as the plan lives. The
    // document itself need not be kept.
    _prepared: Weak<Prepared>,
    _grants: Arc<Grants>,
}

/// What a group has read recently: all messages behind a position, page by page without a gap.
#[derive(Clone)]
pub struct Recent {
    pub after: i64,
    pub pages: VecDeque<Arc<Page>>,
    /// Why the group stopped reading.
    pub ended_because: Option<EndReason>,
}

/// Why a group stopped reading.
#[derive(Clone, Copy, PartialEq)]
pub enum EndReason {
    /// Its rights are no longer current.
    Outdated,
    /// Its statement failed.
    Failed,
}

/// Subscribers with the same document, values and rights.
pub struct Group {
    app: Arc<App>,
    pages: Arc<Pages>,
    key: GroupKey,
    planned: Arc<Planned>,
    rights: Arc<Rights>,
    /// Whether each of its subscribers has many subscriptions.
    is_of_many: AtomicBool,
    variables: Variables,
    /// The revision that its rights and positions belong to.
    revision: Revision,
    recent: watch::Sender<Arc<Recent>>,
    /// The position up to which it has read; set after the page is published.
    pub read_to: AtomicI64,
    /// Pages for subscribers that are further behind, shared because many reconnect at the same position.
    further_back: Mutex<LruCache<EventRange, Arc<OnceCell<Arc<Page>>>>>,
}

/// Why a range was not read.
pub enum Unread {
    /// The rights of the group are no longer current.
    Outdated,
    /// The statement failed.
    Failed(Arc<Error>),
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self::Failed(Arc::new(error))
    }
}

impl From<Arc<Error>> for Unread {
    fn from(error: Arc<Error>) -> Self {
        Self::Failed(error)
    }
}

impl Live {
    /// There are no subscriptions yet.
    pub fn new(app: Arc<App>) -> Self {
        let (pages, plans) = (Pages::new(app.clone()), Cache::new(KEPT_PLANS));
        Self { app, pages, plans: Mutex::new(plans), groups: Mutex::default(), open: Mutex::default() }
    }

    /// Counts a subscription for its user; refused if the user has as many open as one may.
    pub fn count(self: &Arc<Self>, user: UserId) -> Result<Counted, Error> {
        let most = self.app.limits().subscriptions_per_user;
        let mut open = self.open.lock().expect("no panic while held");
        let count = open.entry(user).or_default();
        if *count >= most {
            return Err(Error::bad_input(
                format!("you have {most} subscriptions open, which is the limit; close some of them first"),
                format!("你已打开 {most} 个实时订阅，达到上限，请先关闭一些"),
            ));
        }
        *count += 1;
        Ok(Counted { live: self.clone(), user })
    }

    fn has_many(&self, user: UserId) -> bool {
        let open = self.open.lock().expect("no panic while held");
        open.get(&user).is_some_and(|count| *count >= MANY_OF_ONE_USER)
    }

    /// The group of a request, with the rights of this moment.
    pub async fn join(
        self: &Arc<Self>,
        request: &Arc<Request>,
    ) -> Result<(Arc<Group>, watch::Receiver<Arc<Recent>>), Error> {
        let viewpoint = request.viewpoint().await?;
        let feed = feed_of(request)?;
        let key = Key::of(&request.prepared, request.operation_name.as_deref(), &request.variables, &viewpoint);
        let grants = viewpoint.rights.grants.clone();
        let viewpoint = Viewpoint { rights: feed.rights(&viewpoint.rights)?, ..viewpoint };
        let planned = self.planned(&key, feed, request, &viewpoint, grants)?;
        // Invalid values are refused now, not with each event.
        let nowhere = EventRange { after: 0, upto: 0, most: 0 };
        planned.plan.events.fill_for(&viewpoint, &request.variables, nowhere).map_err(|(_, error)| error)?;
        let has_many = self.has_many(viewpoint.rights.viewer);
        let viewer = planned.is_personal.then_some(viewpoint.rights.viewer);
        let pools = viewpoint.rights.pools.clone().filter(|_| planned.plan.events.asks_for_pools());
        let key = GroupKey { plan: key, given: planned.plan.events.given(&request.variables), viewer, pools };
        let mut groups = self.groups.lock().expect("no panic while held");
        if let Some(group) = groups.get(&key).and_then(Weak::upgrade) {
            let recent = group.recent.subscribe();
            group.is_of_many.fetch_and(has_many, Relaxed);
            return Ok((group, recent));
        }
        let head = self.app.feed().head();
        let (told, recent) =
            watch::channel(Arc::new(Recent { after: head.position, pages: VecDeque::new(), ended_because: None }));
        let group = Arc::new(Group {
            app: self.app.clone(),
            pages: self.pages.clone(),
            key: key.clone(),
            planned,
            revision: Revision { directory: viewpoint.directory.revision, epoch: head.epoch },
            rights: viewpoint.rights,
            is_of_many: AtomicBool::new(has_many),
            variables: request.variables.clone(),
            recent: told,
            read_to: AtomicI64::new(head.position),
            further_back: Mutex::new(LruCache::new(NonZeroUsize::new(KEPT_RANGES).expect("more than none"))),
        });
        groups.insert(key, Arc::downgrade(&group));
        let reading = AssertUnwindSafe(keep_reading(self.clone(), group.clone(), head.position)).catch_unwind();
        let (live, read) = (self.clone(), group.clone());
        let reading = async move {
            // Its subscribers would wait for ever.
            if reading.await.is_err() {
                read.end(EndReason::Failed);
                live.remove_if_unused(&read);
            }
        };
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
        let is_kept = request.prepared.is_kept() && plan.events.size() <= KEPT_PLAN_BYTES && key.is_short();
        let bytes = plan.events.size() + key.size();
        let prepared = Arc::downgrade(&request.prepared);
        let planned = Arc::new(Planned { feed, plan, is_personal, _prepared: prepared, _grants: grants });
        if is_kept {
            self.plans.lock().expect("no panic while held").keep(key.clone(), planned.clone(), bytes);
        }
        Ok(planned)
    }

    /// Removes a group that has no subscribers, or that has stopped reading. Returns whether it did.
    fn remove_if_unused(&self, group: &Group) -> bool {
        let mut groups = self.groups.lock().expect("no panic while held");
        let has_ended = group.recent.receiver_count() == 0 || group.has_ended();
        if has_ended && groups.get(&group.key).is_some_and(|known| std::ptr::eq(known.as_ptr(), group)) {
            groups.remove(&group.key);
        }
        has_ended
    }
}

/// The feed that a request subscribes to.
fn feed_of(request: &Request) -> Result<&'static Feed, Error> {
    let (_, selected) = root_field(&request.prepared.document, request.operation()?, &request.variables)?;
    let feed = CATALOG.feeds.iter().find(|feed| selected.field.name == feed.name);
    feed.ok_or_else(|| Error::bad_input("there is no such subscription", "没有该订阅"))
}

impl Group {
    /// The topic of its events.
    fn topic(&self) -> Topic {
        match self.planned.feed.changes {
            Some(_) => Topic::Pool,
            None => Topic::Notifications(self.rights.viewer),
        }
    }

    /// The size of the first read.
    pub fn step(&self) -> Step {
        if self.planned.plan.refresh.is_some() { Step::through() } else { Step::by_index() }
    }

    /// What to read next on the way from one position to another: the next range, or, if more than `event_backlog` events lie
    /// ahead, all of them as a single REFRESH.
    fn next(&self, after: i64, upto: i64, step: Step) -> (&Plan, EventRange) {
        let (FeedPlan { events, refresh }, feed, most) = (&self.planned.plan, self.app.feed(), step.events());
        match refresh {
            None => (events, EventRange { after, upto, most }),
            Some(refresh) if feed.pool_events(after, upto) > self.app.limits().event_backlog => {
                (refresh, EventRange { after, upto, most })
            }
            Some(_) => {
                let after = feed.pool_is_quiet_to(after, upto);
                (events, EventRange { after, upto: step.limit(after, upto), most })
            }
        }
    }

    /// The queue in which its reads wait: that of a user with many subscriptions, or the one of all others.
    fn queue(&self) -> Option<UserId> {
        self.is_of_many.load(Relaxed).then_some(self.rights.viewer)
    }

    fn has_ended(&self) -> bool {
        self.is_outdated() || self.recent.borrow().ended_because.is_some()
    }

    /// The epoch of its positions.
    pub fn epoch(&self) -> Epoch {
        self.revision.epoch
    }

    pub fn is_outdated(&self) -> bool {
        self.app.revision() != self.revision
    }

    /// Returns when the rights of the group are no longer current.
    async fn outdated(&self) {
        let mut revisions = self.app.revisions();
        // The sender lives in the server, which the group holds.
        let _ = revisions.wait_for(|revision| *revision != self.revision).await;
    }

    async fn read(&self, plan: &Plan, range: EventRange, kind: ReadKind) -> Result<Page, Unread> {
        let directory = self.app.directory().await?;
        if directory.revision != self.revision.directory || self.is_outdated() {
            return Err(Unread::Outdated);
        }
        let viewpoint = Viewpoint {
            rights: self.rights.clone(),
            now: self.app.clock().now(),
            directory,
            placeholders: crate::crm::customer::PLACEHOLDERS,
        };
        let statement = plan.fill_for(&viewpoint, &self.variables, range).map_err(|(_, error)| error)?;
        // A lost right takes effect without waiting for a long statement.
        let page = tokio::select! {
            page = self.pages.read(statement, range, kind, self.queue()) => page?,
            () = self.outdated() => return Err(Unread::Outdated),
        };
        // The page is used only if the rights are still those that it was read with.
        if self.app.directory().await?.revision != self.revision.directory || self.is_outdated() {
            return Err(Unread::Outdated);
        }
        Ok(page)
    }

    /// Reads the event that stands for a log of another epoch up to a position; `None` if there is none in the feed.
    pub async fn read_anew(&self, upto: i64) -> Result<Option<Arc<Page>>, Unread> {
        let Some(refresh) = &self.planned.plan.refresh else { return Ok(None) };
        let mut page = self.read(refresh, EventRange { after: upto, upto, most: 1 }, ReadKind::CatchingUp).await?;
        page.range.after = upto - 1;
        Ok(Some(Arc::new(page)))
    }

    /// Reads a range for subscribers that are further behind, once for all that ask for it at the same time.
    pub async fn read_further_back(&self, after: i64, upto: i64, step: Step) -> Result<Arc<Page>, Unread> {
        let (plan, range) = self.next(after, upto, step);
        let read = {
            let mut kept = self.further_back.lock().expect("no panic while held");
            let is_old = kept.get(&range).and_then(|read| read.get()).is_some_and(|page| !page.is_fresh());
            if is_old {
                kept.pop(&range);
            }
            kept.get_or_insert(range, || Arc::new(OnceCell::new())).clone()
        };
        let reading = async { self.read(plan, range, ReadKind::CatchingUp).await.map(Arc::new) };
        read.get_or_try_init(|| reading).await.cloned()
    }

    /// Publishes a page to the group, and drops the oldest pages beyond the limits.
    fn publish(&self, mut page: Page) {
        let mut recent = Recent::clone(&self.recent.borrow());
        let mut kept: usize = recent.pages.iter().map(|page| page.bytes).sum();
        while let Some(oldest) = recent.pages.front()
            && (kept > KEPT_BYTES || recent.pages.len() >= KEPT_PAGES || !oldest.is_fresh())
        {
            (kept, recent.after) = (kept - oldest.bytes, oldest.range.upto);
            recent.pages.pop_front();
        }
        // The positions between the last page and this one had no events for the group.
        page.range.after = recent.pages.back().map_or(recent.after, |last| last.range.upto);
        recent.pages.push_back(Arc::new(page));
        self.recent.send_replace(Arc::new(recent));
    }

    /// Whether the group keeps pages.
    fn keeps_pages(&self) -> bool {
        !self.recent.borrow().pages.is_empty() || !self.further_back.lock().expect("no panic while held").is_empty()
    }

    /// Drops all pages, because they are too old to be sent. Waiting subscribers are beyond them.
    fn drop_pages(&self) {
        self.recent.send_if_modified(|recent| {
            if let Some(last) = recent.pages.back() {
                let (after, ended_because) = (last.range.upto, recent.ended_because);
                *recent = Arc::new(Recent { after, pages: VecDeque::new(), ended_because });
            }
            false
        });
        self.further_back.lock().expect("no panic while held").clear();
    }

    /// Ends the group: all subscribers learn the reason.
    fn end(&self, why: EndReason) {
        let recent = Recent::clone(&self.recent.borrow());
        self.recent.send_replace(Arc::new(Recent { ended_because: Some(why), ..recent }));
    }
}

/// Reads the log for a group as it grows, as long as the group has subscribers.
async fn keep_reading(live: Arc<Live>, group: Arc<Group>, mut position: i64) {
    let feed = group.app.feed().clone();
    let mut news = feed.watch(group.topic());
    let mut revisions = group.app.revisions();
    let (mut step, mut kind) = (group.step(), ReadKind::Following);
    loop {
        revisions.borrow_and_update();
        if group.is_outdated() {
            live.remove_if_unused(&group);
            return group.end(EndReason::Outdated);
        }
        if feed.is_closed() || group.recent.receiver_count() == 0 && live.remove_if_unused(&group) {
            return;
        }
        let upto = *news.borrow_and_update();
        if upto <= position {
            tokio::select! {
                changed = news.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(FRESH), if group.keeps_pages() => group.drop_pages(),
                () = group.recent.closed() => {}
                _ = revisions.changed() => {}
                () = feed.closed() => return,
            }
            continue;
        }
        let (plan, range) = group.next(position, upto, step);
        match group.read(plan, range, kind).await {
            Ok(page) => {
                position = page.range.upto;
                step.read(&page);
                kind = if page.is_slow { ReadKind::CatchingUp } else { ReadKind::Following };
                if !page.messages.is_empty() {
                    group.publish(page);
                }
                group.read_to.store(position, Release);
            }
            // The directory has changed, and the group notices that in the next turn.
            Err(Unread::Outdated) => tokio::task::yield_now().await,
            Err(Unread::Failed(error)) => {
                tracing::warn!(error = &*error as &dyn std::error::Error, "the log can't be read");
                if !matches!(*error, Error::Unavailable(_)) {
                    group.end(EndReason::Failed);
                    live.remove_if_unused(&group);
                    return;
                }
                // The range may have been too long.
                step.was_too_much();
                kind = ReadKind::CatchingUp;
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}
