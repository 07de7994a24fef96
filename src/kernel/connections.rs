//! The connections of one server, and how its pools share the number of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{PgPool, Postgres, Transaction};

use crate::kernel::connecting::{Settings, Way};
use crate::kernel::feed;
use crate::kernel::id::UserId;
use crate::kernel::limits::{LEAST_CONNECTIONS, Limits};
use crate::kernel::metrics;
use crate::kernel::readers::{Lost, Readers};
use crate::kernel::replica::{Position, Replica, Replicas};
use crate::kernel::schema::{self, CONNECT_FOR, StartError};
use crate::kernel::sql::Statement;
use crate::kernel::transaction;

/// For the server's own work: polling the directory, moving events to the log, waking subscribers, announcing the end of protection,
/// listening to other servers. Requests never delay this work.
const OWN: u32 = 5;

/// `cpu_tuple_cost` for reads, three times PostgreSQL's default. The tables are in memory, where the cost of a row is
/// larger compared with the cost of its page than on a disk. With the default, PostgreSQL would scan a small table for
/// each row of another one, although an index is faster.
const READ_TUPLE_COST: &str = "0.03";

/// How many connections each pool has at most.
#[derive(Debug, PartialEq, Eq)]
struct Shares {
    own: u32,
    live: u32,
    /// For the payloads of mutations.
    payloads: u32,
    readers: u32,
    lists: u32,
    /// For operations and single statements.
    writes: u32,
}

impl Shares {
    /// The shares of a number of connections, which are as many together.
    fn of(all: u32) -> Self {
        let (all, live) = (all.max(LEAST_CONNECTIONS), feed::READS as u32);
        let payloads = all / 12;
        let rest = all - OWN - live - payloads;
        let (readers, lists) = (rest / 3, rest / 3);
        Self { own: OWN, live, payloads, readers, lists, writes: rest - readers - lists }
    }

    /// How many operations run at once: some connections are left for single statements, such as looking up a session. Over a pooler these
    /// have a pool of their own.
    fn operations(&self, is_pooled: bool) -> u32 {
        self.writes - (self.writes / if is_pooled { 3 } else { 5 }).max(1)
    }
}

/// The pools of one server.
pub struct Connections {
    /// For single statements.
    pub statements: PgPool,
    /// For operations: the same as for statements, if there is no pooler.
    operations: PgPool,
    /// How many operations run at once.
    pub most_operations: usize,
    /// How a transaction of an operation begins over a pooler.
    begin: Option<Arc<str>>,
    /// For the server's own work.
    pub own: PgPool,
    /// For planned reads, where PostgreSQL keeps the plans of statements.
    pub readers: Readers,
    /// For planned reads that PostgreSQL must plan for each execution.
    pub lists: Readers,
    /// For the payloads of mutations.
    pub payloads: Readers,
    /// For the reads of subscriptions.
    pub live: Readers,
    /// What takes planned reads from `readers` and `lists`.
    pub replicas: Replicas,
}

impl Connections {
    /// Connects to the database directly, and through a pooler if there is one: operations and reads go through it. What is left of a
    /// session is needed for listening, and single statements are prepared in one.
    pub async fn open(
        database: PgConnectOptions,
        pooler: Option<PgConnectOptions>,
        (replicas, lag): (Vec<PgConnectOptions>, Duration),
        most: u32,
        limits: &Limits,
        lost: &Lost,
    ) -> Result<Self, StartError> {
        let direct = Way::direct(database);
        let way = pooler.map_or_else(|| direct.clone(), Way::pooled);
        // No request waits for longer than this, so PostgreSQL may cancel the statement.
        let longest = limits.request_time.as_millis() + 1_000;
        let settings = Settings::standard().and("statement_timeout", longest.to_string());
        let options = direct.options(&settings);
        // Whatever is wrong with the connection is said at once, and in words.
        schema::check_session(&options, longest).await?;
        let begin = way.begin(&settings);
        if let Some(begin) = &begin {
            schema::check_pooler(&way.options(&settings), begin, &options).await?;
        }
        let shares = Shares::of(most);
        let most_operations = shares.operations(begin.is_some());
        let most_statements = if begin.is_some() { shares.writes - most_operations } else { shares.writes };
        let statements = pool(most_statements, lost).connect_with(options.clone()).await?;
        let operations = match begin {
            Some(_) => pool(most_operations, lost).connect_with(way.options(&settings)).await?,
            None => statements.clone(),
        };
        let own = pool(shares.own, lost).connect_with(options).await?;
        let reading = settings.clone().and("cpu_tuple_cost", READ_TUPLE_COST);
        let bytes = limits.prepared_bytes;
        // For lists over a large team, the best plan depends on the size of the team, which a generic plan does not
        // know.
        let each_time = reading.clone().and("plan_cache_mode", "force_custom_plan");
        let readers_of = |way: &Way, lost: &Lost| {
            let readers = Readers::shared(shares.readers as usize, bytes, way, reading.clone(), lost.clone());
            let lists = Readers::shared(shares.lists as usize, bytes, way, each_time.clone(), lost.clone());
            (readers, lists)
        };
        let replica = |place: PgConnectOptions| {
            let name = format!("{}:{}", place.get_host(), place.get_port());
            let way = Way::direct(place);
            let (readers, lists) = readers_of(&way, &Lost::default());
            let look = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_FOR);
            Replica::new(name, look.connect_lazy_with(way.options(&settings)), readers, lists)
        };
        let replicas = Replicas::new(replicas.into_iter().map(replica).collect(), lag);
        let (readers, lists) = readers_of(&way, lost);
        let connections = Self {
            most_operations: most_operations as usize,
            begin,
            readers,
            lists,
            payloads: Readers::shared(shares.payloads as usize, bytes, &way, reading.clone(), lost.clone()),
            live: Readers::new(shares.live as usize, bytes, &way, reading, lost.clone()),
            statements,
            operations,
            own,
            replicas,
        };
        let needed = if connections.is_pooled() { shares.own + most_statements } else { most.max(LEAST_CONNECTIONS) };
        schema::check(&connections.own).await?;
        schema::check_connections(&connections.own, needed).await?;
        Ok(connections)
    }

    /// Whether a pooler is in between.
    fn is_pooled(&self) -> bool {
        self.begin.is_some()
    }

    /// Begins a transaction of an operation.
    pub async fn begin_operation(&self) -> sqlx::Result<Transaction<'static, Postgres>> {
        transaction::begin_with(&self.operations, self.begin.clone()).await
    }

    /// Reads the only row of a planned statement for a user: at a replica that has everything up to a position and what the user committed,
    /// otherwise at the primary.
    pub async fn read_one(
        &self,
        user: Option<UserId>,
        after: Position,
        plan_each_time: bool,
        statement: Statement,
    ) -> sqlx::Result<PgRow> {
        let readers = if plan_each_time { &self.lists } else { &self.readers };
        if self.replicas.is_empty() {
            return readers.fetch_one(user, statement).await;
        }
        if let Some(replica) = self.replicas.for_reading(user, after) {
            // Boxed, so that reads without replicas keep no room for it.
            let reading = Box::pin(replica.readers(plan_each_time).fetch_one(user, statement.clone()));
            match reading.await {
                Err(error) if replica.can_be_replaced(&error) => {}
                answer => {
                    metrics::planned_read("replica");
                    return answer;
                }
            }
        }
        metrics::planned_read("primary");
        readers.fetch_one(user, statement).await
    }

    /// The pools by their names, each with its number of connections and how many of them are idle.
    pub fn counts(&self) -> Vec<(&'static str, usize, usize)> {
        let pools = [("statements", &self.statements), ("operations", &self.operations), ("own", &self.own)];
        let readers =
            [("readers", &self.readers), ("lists", &self.lists), ("payloads", &self.payloads), ("live", &self.live)];
        let is_apart = |name: &str| name != "operations" || self.is_pooled();
        let of_pools = pools.into_iter().filter(|(name, _)| is_apart(name));
        let of_pools = of_pools.map(|(name, pool)| (name, pool.size() as usize, pool.num_idle()));
        of_pools
            .chain(readers.into_iter().map(|(name, readers)| {
                let (size, idle) = readers.count();
                (name, size, idle)
            }))
            .collect()
    }

    /// Makes new connections to another place. A pooler finds the primary by itself.
    pub fn move_to(&self, place: &PgConnectOptions) {
        for pool in [&self.statements, &self.own] {
            pool.set_connect_options(schema::at(place, &pool.connect_options()));
        }
        if !self.is_pooled() {
            for readers in [&self.readers, &self.lists, &self.payloads, &self.live] {
                readers.move_to(place);
            }
        }
    }

    /// Closes idle connections that would not be used again.
    pub fn sweep(&self) {
        self.all_readers().for_each(Readers::sweep);
    }

    fn all_readers(&self) -> impl Iterator<Item = &Readers> {
        [&self.readers, &self.lists, &self.payloads, &self.live].into_iter().chain(self.replicas.pools())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.all_readers().for_each(Readers::close);
        self.replicas.close().await;
        self.operations.close().await;
        self.statements.close().await;
        self.own.close().await;
    }
}

fn pool(connections: u32, lost: &Lost) -> PgPoolOptions {
    let lost = lost.clone();
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECT_FOR)
        // A ping for every request would cost a third of a small read. Instead, connections that were made before the
        // database was last lost are discarded.
        .test_before_acquire(false)
        .before_acquire(move |_, about| {
            let usable = Instant::now().checked_sub(about.age).is_none_or(|made| !lost.since(made));
            Box::pin(async move { Ok(usable) })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_all_pools_are_the_number_that_is_given() {
        for all in LEAST_CONNECTIONS..300 {
            let shares = Shares::of(all);
            let Shares { own, live, payloads, readers, lists, writes } = shares;
            assert_eq!(own + live + payloads + readers + lists + writes, all);
            assert!(payloads > 0, "{shares:?}");
            assert!(
                [true, false]
                    .map(|is_pooled| shares.operations(is_pooled))
                    .iter()
                    .all(|most| (1..writes).contains(most))
            );
        }
        let usual = Shares { own: 5, live: 5, payloads: 4, readers: 12, lists: 12, writes: 12 };
        assert_eq!((Shares::of(50), Shares::of(50).operations(false)), (usual, 10));
    }
}
