//! The views of the schema `bi` as files, streamed.

use std::num::NonZeroU32;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::NaiveDate;
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};
use ring::{digest, hmac, pbkdf2};
use sqlx::postgres::PgConnectOptions;
use tokio::sync::mpsc;

use super::read::READ;
use super::store;
use crate::kernel::access::Scope;
use crate::kernel::actor::{Actor, Origin, Viewer};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::UserId;
use crate::kernel::turns::Turn;

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
    /// RFC 4180 with a header, in UTF-8 without a byte order mark. An empty cell is null, `""` is empty text. An apostrophe
    /// stands before a text that a spreadsheet program would run as a formula.
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
/// that the client does not take a part for the whole. The turn ends with the stream.
pub async fn file(
    app: &Arc<App>,
    viewer: &Viewer,
    origin: &Origin,
    request: Request,
    turn: Turn<UserId>,
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    if !viewer.rights.scopes(READ).contains(Scope::All) {
        return Err(Error::Forbidden(READ));
    }
    let view = VIEWS.iter().find(|(name, ..)| *name == request.view).ok_or_else(UserError::not_found)?;
    let columns = match request.format {
        Format::Csv => store::columns_as_cells(app.pool(), &request.view).await?,
        Format::JsonLines => "*".to_owned(),
    };
    let copy = statement(view, &columns, &request)?;
    let entry = Entry::of(Kind::Downloaded).detail(format!("/bi/{}", request.view));
    app.audit(Actor::User(viewer.clone()), origin, entry).await?;
    let (send, receive) = mpsc::channel(4);
    let pool = app.pool().clone();
    tokio::spawn(async move {
        let _turn = turn;
        if let Err(error) = store::copy_out(&pool, copy, send.clone()).await {
            let _ = send.send(Err(error)).await;
        }
    });
    // What compresses the answer asks once more behind the end.
    Ok(unfold(receive, async |mut receive| Some((receive.recv().await?, receive))).fuse())
}

/// The statement that copies the rows. The names are those that the program and the database know, and days and positions are
/// values of their types, so nothing in it is text of a user.
fn statement(
    (view, order, day): &(&str, &str, Option<&str>),
    columns: &str,
    request: &Request,
) -> Result<String, Error> {
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
    let rows = format!("select {columns} from bi.{view} v{condition} order by {order}");
    Ok(match request.format {
        Format::Csv => format!("copy ({rows}) to stdout (format csv, header)"),
        // JSON has neither of these characters, so each line is as PostgreSQL wrote it.
        Format::JsonLines => format!(
            "copy (select to_jsonb(v)::text from ({rows}) v) to stdout (format csv, quote E'\\x01', delimiter E'\\x02')"
        ),
    })
}

/// Makes a role of the database that reads the views, or gives it another password, which is ASCII.
pub async fn make_reader(owner: &PgConnectOptions, name: &str, password: &str) -> Result<(), Error> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| Error::Internal(error.to_string().into()))?;
    Ok(store::make_reader(owner, name, &verifier(password, &salt)).await?)
}

/// What PostgreSQL keeps of a password: the verifier of SCRAM-SHA-256 (RFC 5803). So no log of the database has the password.
fn verifier(password: &str, salt: &[u8]) -> String {
    const ROUNDS: NonZeroU32 = NonZeroU32::new(4096).expect("it is not 0");
    let mut salted = [0; digest::SHA256_OUTPUT_LEN];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt, password.as_bytes(), &mut salted);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &salted);
    let stored = digest::digest(&digest::SHA256, hmac::sign(&key, b"Client Key").as_ref());
    let server = hmac::sign(&key, b"Server Key");
    let [salt, stored, server] = [salt, stored.as_ref(), server.as_ref()].map(|bytes| BASE64_STANDARD.encode(bytes));
    format!("SCRAM-SHA-256${ROUNDS}:{salt}${stored}:{server}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_is_that_of_the_example_of_rfc_7677() {
        let salt = BASE64_STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let keys = "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
        let expected = format!("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==${keys}");
        assert_eq!(verifier("pencil", &salt), expected);
    }
}
