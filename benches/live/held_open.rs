//! A transaction that stays open for a minute while changes go on.

use std::time::{Duration, Instant};

use super::clients::{PoolEvent, Watcher};
use super::support::median;
use super::{Server, insert};

const HELD_FOR: Duration = Duration::from_secs(60);
const BESIDE_FOR: Duration = Duration::from_secs(20);
/// How long to wait between two changes.
const DELAY_BETWEEN_CHANGES: Duration = Duration::from_millis(50);

/// A subscriber and the events that it must get.
struct Listener {
    watcher: Watcher,
    /// The customer of each committed change, in order.
    committed: Vec<String>,
    received: Vec<PoolEvent>,
}

impl Listener {
    /// Waits for the event of the last commit.
    async fn wait_for_last(&mut self) {
        loop {
            let event = self.watcher.next().await;
            // Protections of the demo's customers end all the time.
            if self.committed.contains(&event.customer) {
                return self.received.push(event);
            }
        }
    }
}

/// Panics if an event is missing, comes twice, or comes out of order.
pub async fn measure(server: &Server) {
    let watcher = Watcher::of(server.address, &server.token, None).await;
    let mut listener = Listener { watcher, committed: Vec::new(), received: Vec::new() };
    let held = insert(&server.db, "held open").await;
    listener.committed.push(format!("customer_{held}"));
    server.app.feed().ring();
    listener.wait_for_last().await;
    let without = changes(server, &mut listener, "beside", BESIDE_FOR).await;
    // Its event is in the outbox from now on, where nobody else can see it.
    let mut open = server.db.begin().await.expect("PostgreSQL runs");
    sqlx::query(
        "update customer set region = 'EAST', version = version + 1, updated_at = clock_timestamp() where id = $1",
    )
    .bind(held)
    .execute(&mut *open)
    .await
    .expect("it is there");
    let with = changes(server, &mut listener, "meanwhile", HELD_FOR).await;
    open.commit().await.expect("it was open all the time");
    listener.committed.push(format!("customer_{held}"));
    server.app.feed().ring();
    listener.wait_for_last().await;
    let customers: Vec<_> = listener.received.iter().map(|event| event.customer.as_str()).collect();
    assert_eq!(customers, listener.committed, "each once, in the order of the commits, the one held open last");
    assert!(listener.received.is_sorted_by(|one, next| one.position < next.position), "in the order of the log");
    assert_eq!(listener.received.last().map(|event| event.kind.as_str()), Some("CHANGED"));
    println!(
        "\na transaction held open for {} s: {} changes meanwhile, until a subscriber has one, ms (median): {:.1}; {} beside it: {:.1}; \
         each was told once, in order, and the one held open after its commit",
        HELD_FOR.as_secs(),
        with.len(),
        median(with),
        without.len(),
        median(without)
    );
}

/// Makes changes for the given time; returns the delay of each from its commit to its delivery, in ms.
async fn changes(server: &Server, listener: &mut Listener, called: &str, time: Duration) -> Vec<f64> {
    let (started, mut took) = (Instant::now(), Vec::new());
    while started.elapsed() < time {
        let customer = insert(&server.db, &format!("{called} {}", took.len())).await;
        let committed = Instant::now();
        listener.committed.push(format!("customer_{customer}"));
        server.app.feed().ring();
        listener.wait_for_last().await;
        took.push(committed.elapsed().as_secs_f64() * 1e3);
        tokio::time::sleep(DELAY_BETWEEN_CHANGES).await;
    }
    took
}
