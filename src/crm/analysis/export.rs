//! The views of the schema `bi` as files, streamed.

use std::sync::Arc;

use chrono::NaiveDate;
use futures_util::Stream;
use futures_util::stream::unfold;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::mpsc;

use super::read::READ;
use super::store;
use crate::kernel::access::Scope;
use crate::kernel::actor::{Actor, Origin, Viewer};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Error, UserError};

/// The views: name, the order of their rows, and the day by which they can be limited.
const VIEWS: [(&str, &str, Option<&str>); 13] = [
    ("about", "position", None),
    ("dim_date", "day", Some("day")),
    ("dim_user", "user_id", None),
    ("dim_placement", "placement_id", None),
    ("bridge_team", "manager_id, placement_id", None),
    ("dim_customer", "customer_id", None),
    ("dim_product", "product_id", None),
    ("dim_stage", "position, stage", None),
    ("dim_pool_rule", "pool_rule_id", None),
    ("fact_posting", "position", Some("day")),
    ("fact_opportunity", "created_at, opportunity_id", Some("created_day")),
    ("metric_win_rate_month", "month, user_id, currency", Some("month")),
    ("metric_performance_month", "month, user_id, currency", Some("month")),
];

/// The names of the views.
pub fn views() -> impl Iterator<Item = &'static str> {
    VIEWS.iter().map(|(name, ..)| *name)
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 with a header, in UTF-8 without a byte order mark. An empty cell is null, `""` is empty text.
    Csv,
    /// One JSON object in each line.
    JsonLines,
}

/// What is asked for.
pub struct Request {
    /// The name of the view.
    pub view: String,
    /// How it is written.
    pub format: Format,
    /// The first and the last day.
    pub days: [Option<NaiveDate>; 2],
    /// Of facts: only those behind this position.
    pub after: Option<i64>,
}

/// The rows of a view, as a stream of parts of the file, in one snapshot. Its rows are those of everybody, so it is for those
/// who may view all figures. The download is an entry of the audit log. A failure in the middle is an error of the stream, so
/// that the client does not take a part for the whole.
pub async fn file(
    app: &Arc<App>,
    viewer: &Viewer,
    origin: &Origin,
    request: Request,
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    if !viewer.rights.scopes(READ).contains(Scope::All) {
        return Err(Error::Forbidden(READ));
    }
    let view = VIEWS.iter().find(|(name, ..)| *name == request.view).ok_or_else(UserError::not_found)?;
    let copy = statement(view, &request)?;
    let entry = Entry::of(Kind::Downloaded).detail(format!("/bi/{}", request.view));
    app.audit(Actor::User(viewer.clone()), origin, entry).await?;
    let (send, receive) = mpsc::channel(4);
    let pool = app.pool().clone();
    tokio::spawn(async move {
        if let Err(error) = store::copy_out(&pool, copy, send.clone()).await {
            let _ = send.send(Err(error)).await;
        }
    });
    Ok(unfold(receive, async |mut receive| Some((receive.recv().await?, receive))))
}

fn statement((view, order, day): &(&str, &str, Option<&str>), request: &Request) -> Result<String, Error> {
    let mut conditions = Vec::new();
    for (sign, limit) in [(">=", request.days[0]), ("<=", request.days[1])] {
        let Some(limit) = limit else { continue };
        let day = day.ok_or_else(|| {
            Error::bad_input(
                format!("{view} has no days: leave out `from` and `to`"),
                format!("{view} 没有日期，不能使用 `from` 和 `to`"),
            )
        })?;
        conditions.push(format!("{day} {sign} '{limit}'"));
    }
    if let Some(after) = request.after {
        if *view != "fact_posting" {
            return Err(Error::bad_input(
                "only fact_posting has positions: leave out `after`",
                "只有 fact_posting 支持 `after`",
            ));
        }
        conditions.push(format!("position > {after}"));
    }
    let condition = if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(" and ")) };
    Ok(match request.format {
        Format::Csv => {
            format!("copy (select * from bi.{view}{condition} order by {order}) to stdout (format csv, header)")
        }
        // JSON has neither of these characters, so each line is as PostgreSQL wrote it.
        Format::JsonLines => format!(
            "copy (select to_jsonb(v)::text from (select * from bi.{view}{condition} order by {order}) v) \
             to stdout (format csv, quote E'\\x01', delimiter E'\\x02')"
        ),
    })
}

/// Makes a role of the database that reads the views; returns nothing else than that it was made.
pub async fn make_reader(owner: &PgConnectOptions, name: &str, password: &str) -> Result<(), Error> {
    Ok(store::make_reader(owner, name, password).await?)
}
