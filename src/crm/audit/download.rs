//! The audit log as a CSV file.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::{Stream, StreamExt, stream};
use uuid::Uuid;

use super::READ;
use super::store::{self, Line};
use crate::kernel::access::Grant;
use crate::kernel::actor::{Actor, Origin, Viewer};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::Error;
use crate::kernel::id::CustomerId;
use crate::kernel::table;

/// The path of the file.
pub const PATH: &str = "/audit-entries.csv";
/// How many entries one statement reads.
const PAGE: i64 = 500;

/// The entries from a time on and before another one, as a stream of parts of the file, the earliest entry first. The
/// download is an entry by itself.
pub async fn file(
    app: Arc<App>,
    viewer: &Viewer,
    origin: &Origin,
    [from, before]: [Option<DateTime<Utc>>; 2],
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    Grant::of(&viewer.rights, READ).ok_or(Error::Forbidden(READ))?;
    let limits = [("from", from), ("before", before)];
    let limits = limits.into_iter().filter_map(|(name, time)| Some(format!("{name}: {}", written(time?)))).collect();
    let entry = Entry { details: limits, ..Entry::of(Kind::Downloaded) }.detail(PATH);
    app.audit(Actor::User(viewer.clone()), origin, entry).await?;
    let headers = ["at", "kind", "actor", "address", "userAgent", "aboutUser", "customer", "details"];
    let first = [table::BYTE_ORDER_MARK.to_vec(), table::line(headers.into_iter())?].concat();
    let pages = stream::try_unfold(Some((DateTime::UNIX_EPOCH, Uuid::nil())), move |after| {
        let app = app.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let lines = store::lines(app.pool(), [from, before], after, PAGE).await?;
            let next = lines.last().map(|line| (line.at, line.id));
            let text = lines.iter().map(cells).collect::<Result<Vec<_>, _>>()?.concat();
            Ok(Some((text, next)))
        }
    });
    Ok(stream::iter([Ok(first)]).chain(pages))
}

fn cells(line: &Line) -> Result<Vec<u8>, Error> {
    let (at, details) = (written(line.at), line.details.join("\n"));
    let customer = line.customer.map(|customer| CustomerId::from(customer).to_string());
    let [actor, address, agent, about, customer] =
        [&line.actor, &line.address, &line.user_agent, &line.about, &customer]
            .map(|cell| cell.as_deref().unwrap_or_default());
    table::line([&at, &line.kind, actor, address, agent, about, customer, &details].into_iter())
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
