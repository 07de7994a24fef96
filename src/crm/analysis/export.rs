//! The views of the schema `bi` as files, streamed.

use std::num::NonZeroU32;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::NaiveDate;
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};
use ring::{digest, hmac, pbkdf2};
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::{JoinError, spawn_blocking};

use super::read::READ;
use super::{columnar, store};
use crate::kernel::access::Scope;
use crate::kernel::actor::{Actor, Origin, Viewer};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::UserId;
use crate::kernel::turns::Turn;

/// A view of the schema `bi`.
struct View {
    name: &'static str,
    /// The order of its rows.
    order: &'static str,
    /// The day by which it can be limited.
    day: Option<&'static str>,
    made_of: MadeOf,
}

/// What the rows of a view follow from, and so by what it is known that they are still the same.
enum MadeOf {
    /// Facts alone.
    Facts,
    /// Tables with few rows.
    FewRows,
    /// Tables with a row for each customer or opportunity, which take as long to compare as to read.
    ManyRows,
}

const VIEWS: [View; 14] = [
    view("about", "position", None, MadeOf::Facts),
    view("dim_date", "day", Some("day"), MadeOf::FewRows),
    view("dim_user", "user_id", None, MadeOf::FewRows),
    view("dim_placement", "placement_id", None, MadeOf::FewRows),
    view("bridge_team", "manager_id, placement_id", None, MadeOf::FewRows),
    view("dim_customer", "customer_id", None, MadeOf::ManyRows),
    view("dim_product", "product_id", None, MadeOf::FewRows),
    view("dim_stage", "position, stage", None, MadeOf::FewRows),
    view("dim_pool_rule", "pool_rule_id", None, MadeOf::FewRows),
    view("fact_posting", "position", Some("day"), MadeOf::Facts),
    view("fact_opportunity", "created_at, opportunity_id", Some("created_day"), MadeOf::ManyRows),
    view("fact_opportunity_line", "created_at, opportunity_id, position", Some("created_day"), MadeOf::ManyRows),
    view("metric_win_rate_month", "month, user_id, currency", Some("month"), MadeOf::Facts),
    view("metric_performance_month", "month, user_id, currency", Some("month"), MadeOf::Facts),
];

const fn view(name: &'static str, order: &'static str, day: Option<&'static str>, made_of: MadeOf) -> View {
    View { name, order, day, made_of }
}

/// The names of the views.
pub fn views() -> impl Iterator<Item = &'static str> {
    VIEWS.iter().map(|view| view.name)
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 with a header, in UTF-8 without a byte order mark. An empty cell is null, `""` is empty text. An apostrophe
    /// stands before a text that a spreadsheet program would run as a formula.
    Csv,
    /// One JSON object in each line.
    JsonLines,
    /// Parquet, compressed with zstd: decimals as DECIMAL, moments in microseconds of UTC, ids as text.
    Parquet,
}

impl Format {
    /// The format that the end of a file's name stands for.
    pub fn named(extension: &str) -> Option<Self> {
        match extension {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
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
    /// The tags of the files that the client has.
    pub known: Vec<String>,
}

/// The answer to a request.
pub struct Answer<S> {
    /// Stands for the rows and for how they are written; another file never has the same. `None`: only reading all rows would tell.
    pub tag: Option<String>,
    /// The parts of the file; `None` if the client has it.
    pub parts: Option<S>,
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
) -> Result<Answer<impl Stream<Item = Result<Vec<u8>, Error>> + use<>>, Error> {
    if !viewer.rights.scopes(READ).contains(Scope::All) {
        return Err(Error::Forbidden(READ));
    }
    let view = VIEWS.iter().find(|view| view.name == request.view).ok_or_else(UserError::not_found)?;
    let conditions = conditions(view, &request)?;
    let mut db = store::snapshot(app.pool()).await?;
    let columns = store::columns(&mut db, view.name).await?;
    let selected = match request.format {
        Format::Csv => store::columns_as_cells(&mut db, view.name).await?,
        Format::JsonLines => "*".to_owned(),
        Format::Parquet => as_values(&columns),
    };
    let rows = format!("select {selected} from bi.{} v{conditions} order by {}", view.name, view.order);
    let state = match view.made_of {
        MadeOf::Facts => Some(store::state_of_facts(&mut db).await?),
        MadeOf::FewRows => Some(store::state_of_rows(&mut db, &rows).await?),
        MadeOf::ManyRows => None,
    };
    let tag = state.map(|state| tag(request.format, &rows, &state));
    if tag.as_ref().is_some_and(|tag| request.known.contains(tag)) {
        return Ok(Answer { tag, parts: None });
    }
    let file = match request.format {
        Format::Parquet => Some(columnar::File::new(&columns)?),
        Format::Csv | Format::JsonLines => None,
    };
    let entry = Entry::of(Kind::Downloaded).detail(format!("/bi/{}", request.view));
    app.audit(Actor::User(viewer.clone()), origin, entry).await?;
    let (send, receive) = mpsc::channel(4);
    tokio::spawn(async move {
        let _turn = turn;
        let exported = async {
            match (file, request.format) {
                (Some(file), _) => send_groups(db, &rows, file, &send).await,
                (None, Format::JsonLines) => store::copy_out(db, &as_lines(&rows), &send).await,
                (None, _) => store::copy_out(db, &format!("copy ({rows}) to stdout (format csv, header)"), &send).await,
            }
        };
        let exported = tokio::select! {
            exported = exported => exported,
            // Nobody reads it any more.
            () = send.closed() => Ok(()),
        };
        if let Err(error) = exported {
            let _ = send.send(Err(error)).await;
        }
    });
    // What compresses the answer asks once more behind the end.
    let parts = unfold(receive, async |mut receive| Some((receive.recv().await?, receive))).fuse();
    Ok(Answer { tag, parts: Some(parts) })
}

/// The conditions on the rows. The names are those that the program and the database know, and days and positions are values of
/// their types, so nothing in the statement is text of a user.
fn conditions(view: &View, request: &Request) -> Result<String, Error> {
    let name = view.name;
    let mut conditions = Vec::new();
    for (sign, limit) in [(">=", request.days[0]), ("<=", request.days[1])] {
        let Some(limit) = limit else { continue };
        let day = view.day.ok_or_else(|| {
            Error::bad_input(
                format!("{name} has no days: leave out `from` and `to`"),
                format!("{name} 没有日期，不能使用 `from` 和 `to`"),
            )
        })?;
        conditions.push(format!("{day} {sign} '{limit}'"));
    }
    if let Some(after) = request.after {
        if name != "fact_posting" {
            return Err(Error::bad_input(
                "only fact_posting has positions: leave out `after`",
                "只有 fact_posting 支持 `after`",
            ));
        }
        conditions.push(format!("position > {after}"));
    }
    Ok(if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(" and ")) })
}

/// The columns as the server reads them: ids are text in files.
fn as_values(columns: &[store::Column]) -> String {
    let value = |column: &store::Column| match column.of_type.as_str() {
        "uuid" => format!("{0}::text as {0}", column.name),
        _ => column.name.clone(),
    };
    columns.iter().map(value).collect::<Vec<_>>().join(", ")
}

/// The statement that copies rows as lines of JSON, which has neither of these characters, so each line is as PostgreSQL wrote it.
fn as_lines(rows: &str) -> String {
    format!(
        "copy (select to_jsonb(v)::text from ({rows}) v) to stdout (format csv, quote E'\\x01', delimiter E'\\x02')"
    )
}

/// Stands for the file that a version of the program makes of rows, no matter who asks for it: those who may are those who see all rows. It
/// is weak, because a file has the same tag however it is compressed on its way.
fn tag(format: Format, rows: &str, state: &str) -> String {
    let text = [env!("CARGO_PKG_VERSION"), &format!("{format:?}"), rows, state].join("\n");
    let hash: String = digest::digest(&digest::SHA256, text.as_bytes()).as_ref()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("W/\"{hash}\"")
}

/// Reads rows and sends the file in groups, which are compressed apart from what answers requests.
async fn send_groups(
    mut db: PoolConnection<Postgres>,
    rows: &str,
    mut file: columnar::File,
    parts: &Sender<Result<Vec<u8>, Error>>,
) -> Result<(), Error> {
    let mut rows = store::rows(&mut db, rows);
    while let Some(row) = rows.next().await {
        file.push(&row?)?;
        if file.is_full() {
            let written = spawn_blocking(move || (file.written(), file)).await.map_err(failed)?;
            file = written.1;
            if parts.send(Ok(written.0?)).await.is_err() {
                return Ok(());
            }
        }
    }
    let end = spawn_blocking(move || file.ended()).await.map_err(failed)??;
    let _ = parts.send(Ok(end)).await;
    Ok(())
}

fn failed(error: JoinError) -> Error {
    Error::Internal(error.into())
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
