//! The page of figures that Prometheus reads.

use crate::kernel::app::App;
use crate::kernel::metrics;

/// All figures of one server, in the text format of Prometheus.
pub fn page(app: &App) -> String {
    metrics::connections("statements", app.pool().size() as usize, app.pool().num_idle());
    let readers = [app.readers(), app.lists(), app.payload_readers(), app.live_readers()];
    for (pool, readers) in ["readers", "lists", "payloads", "live"].into_iter().zip(readers) {
        let (size, idle) = readers.count();
        metrics::connections(pool, size, idle);
    }
    metrics::held(app.is_held());
    metrics::render()
}
