//! The page of figures that Prometheus reads.

use crate::kernel::app::App;
use crate::kernel::metrics;

/// All figures of one server, in the text format of Prometheus.
pub fn page(app: &App) -> String {
    for (pool, size, idle) in app.connections().counts() {
        metrics::connections(pool, size, idle);
    }
    metrics::held(app.is_held());
    metrics::state(&app.state());
    metrics::render()
}
