//! A transaction that stays open for a minute while changes go on.

use std::time::{Duration, Instant};

use super::clients::{Told, Watcher};
use super::support::median;
use super::{Server, insert};

const HELD_FOR: Duration = Duration::from_secs(60);
const BESIDE_FOR: Duration = Duration::from_secs(20);
/// How long to wait between two changes.
const PAUSE: Duration = Duration::from_millis(50);

/// Somebody who watches, and what they have to hear.
struct Listener {
    watcher: Watcher,
    /// Each change that was committed, in order: its customer.
    committed: Vec<String>,
    told: Vec<Told>,
}

impl Listener {
    /// Waits for what was committed last.
    async fn hear(&mut self) {
        loop {
            let told = self.watcher.next().await;
            // Protections of the demo's customers end all the time.
            if self.committed.contains(&told.customer) {
                return self.told.push(told);
            }
        }
    }
}

/// Panics if an event is missing, is told twice, or comes out of order.
pub async fn measure(server: &Server) {
    let watcher = Watcher::of(server.address, &server.token, None).await;
    let mut listener = Listener { watcher, committed: Vec::new(), told: Vec::new() };
    let held = insert(&server.db, "held open").await;
    listener.committed.push(format!("customer_{held}"));
    server.app.feed().ring();
    listener.hear().await;
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
    listener.hear().await;
    let told: Vec<_> = listener.told.iter().map(|told| told.customer.as_str()).collect();
    assert_eq!(told, listener.committed, "each once, in the order of the commits, the one held open last");
    assert!(listener.told.is_sorted_by(|one, next| one.position < next.position), "in the order of the log");
    assert_eq!(listener.told.last().map(|told| told.kind.as_str()), Some("CHANGED"));
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

/// Changes for so long; how long each took from its commit until it was told, in ms.
async fn changes(server: &Server, listener: &mut Listener, called: &str, time: Duration) -> Vec<f64> {
    let (started, mut took) = (Instant::now(), Vec::new());
    while started.elapsed() < time {
        let customer = insert(&server.db, &format!("{called} {}", took.len())).await;
        let committed = Instant::now();
        listener.committed.push(format!("customer_{customer}"));
        server.app.feed().ring();
        listener.hear().await;
        took.push(committed.elapsed().as_secs_f64() * 1e3);
        tokio::time::sleep(PAUSE).await;
    }
    took
}
