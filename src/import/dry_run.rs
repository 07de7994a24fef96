//! A file is read and each of its rows judged; nothing is done yet.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::column::{Chosen, Column, columns_of};
use super::file::{self, Row, Unreadable};
use super::judge::{Earlier, Judge, Outcome, Verdict};
use super::store::{self, JudgedRow, New};
use super::wish::{Reader, Wish};
use super::{Problem, WRITE};
use crate::app::App;
use crate::customer::bulk::{self, Known};
use crate::customer::duplicate::{self, Status};
use crate::customer::edit::CREATE;
use crate::directory::ChoiceKind;
use crate::duration;
use crate::error::{Error, UserError};
use crate::id::{CustomerId, ImportId, UserId};
use crate::op::Op;

/// How many rows are judged and kept at once.
const BATCH: usize = 500;
/// How many rows a file may have.
const MAX_ROWS: i32 = 200_000;

/// A file to read, and what is said about it.
#[derive(Debug)]
pub struct Order {
    /// The file.
    pub file: File,
    /// As it is called where it came from.
    pub file_name: String,
    /// What columns mean, where their headers do not tell.
    pub columns: Vec<Chosen>,
    /// The source of rows that give none.
    pub source: Option<String>,
    /// How long companies that come into the pool are protected.
    pub protect_for: Option<String>,
    /// No company is one of the customers with a similar name.
    pub not_duplicate: bool,
}

/// Whether the actor may import, and whether rows that give no source can have this one.
pub fn check(op: &Op<'_>, source: Option<&str>) -> Result<UserId, Error> {
    op.authorize(WRITE)?;
    op.authorize(CREATE)?;
    match source {
        Some(source) if !op.directory().is_choice(ChoiceKind::Source, source) => {
            Err(UserError::invalid(&["source"], "This is none of the choices.", "不在可选值中。").into())
        }
        _ => Ok(op.viewer()?.user),
    }
}

/// Reads a file for somebody who [may](check). What can't be read to its end leaves nothing behind.
pub async fn read(app: Arc<App>, user: UserId, order: Order) -> Result<ImportId, Error> {
    let import = ImportId::from(crate::id::new_uuid(app.clock().now()));
    let read = read_as(&app, user, import, order).await;
    if read.is_err()
        && let Err(error) = store::forget(app.pool(), import).await
    {
        tracing::warn!(import = %import, error = &error as &dyn std::error::Error, "half of a file is left behind for now");
    }
    read.map(|()| import)
}

async fn read_as(app: &App, user: UserId, import: ImportId, order: Order) -> Result<(), Error> {
    let (send, mut batches) = mpsc::channel(2);
    let Order { file, file_name, columns: chosen, source, protect_for, not_duplicate } = order;
    let protect_for = protect_for.map(|protection| duration::wish("protectFor", &protection)).transpose()?;
    let reading = tokio::task::spawn_blocking(move || read_blocking(file, &send));
    let mut columns: Option<Vec<Column>> = None;
    let (mut rows_read, mut sheet) = (0, None);
    while let Some(sent) = batches.recv().await {
        let mut rows = match sent {
            Sent::Sheet(name) => {
                sheet = Some(name);
                continue;
            }
            Sent::Rows(rows) => rows,
        };
        let mut op = app.begin_for(user).await?;
        let columns = match &columns {
            Some(columns) => columns,
            None => {
                let (found, headers) = columns_of(&rows, &chosen, op.directory())?;
                rows.drain(..headers);
                let new = New {
                    id: import,
                    file_name: &file_name,
                    sheet: sheet.as_deref(),
                    columns: &found,
                    default_source: source.as_deref(),
                    protect_for,
                };
                let now = op.now();
                store::insert(op.db(), new, user, now).await?;
                columns.insert(found)
            }
        };
        rows_read += i32::try_from(rows.len()).unwrap_or(i32::MAX);
        if rows_read > MAX_ROWS {
            let en = format!("The file has more than {MAX_ROWS} rows. Split it.");
            return Err(UserError::invalid(&["file"], en, format!("文件超过 {MAX_ROWS} 行，请拆分。")).into());
        }
        judge_and_keep(&mut op, import, columns, source.as_deref(), not_duplicate, &rows).await?;
        op.commit().await?;
    }
    match reading.await {
        Ok(Ok(())) => {}
        Ok(Err(Unreadable::Wrong(text))) => return Err(UserError::invalid(&["file"], text.en, text.zh).into()),
        Ok(Err(Unreadable::NotWanted)) => return Err(Error::Internal("nobody took the rows of a file".into())),
        Ok(Err(Unreadable::Io(error))) => return Err(Error::Internal(error.into())),
        // A reader that panics has met what it should have refused.
        Err(error) => {
            tracing::error!(import = %import, error = &error as &dyn std::error::Error, "a file could not be read");
            return Err(UserError::invalid(&["file"], "The file is damaged.", "文件已损坏。").into());
        }
    }
    if rows_read == 0 {
        return Err(UserError::invalid(&["file"], "The file has no rows below its headers.", "文件没有数据行。").into());
    }
    let mut op = app.begin_for(user).await?;
    store::is_read(op.db(), import, rows_read).await?;
    op.commit().await
}

/// What the reading thread sends.
enum Sent {
    Sheet(String),
    Rows(Vec<Row>),
}

fn read_blocking(file: File, to: &mpsc::Sender<Sent>) -> Result<(), Unreadable> {
    let mut rows = Vec::with_capacity(BATCH);
    let send = |sent| to.blocking_send(sent).is_ok();
    file::read(
        file,
        &mut |sheet| {
            send(Sent::Sheet(sheet.chars().take(255).collect()));
        },
        &mut |row| {
            rows.push(row);
            rows.len() < BATCH || send(Sent::Rows(std::mem::replace(&mut rows, Vec::with_capacity(BATCH))))
        },
    )?;
    if !rows.is_empty() {
        send(Sent::Rows(rows));
    }
    Ok(())
}

async fn judge_and_keep(
    op: &mut Op<'_>,
    import: ImportId,
    columns: &[Column],
    source: Option<&str>,
    not_duplicate: bool,
    rows: &[Row],
) -> Result<(), Error> {
    let Some(first) = rows.first() else { return Ok(()) };
    let reader = Reader::new(op, columns.to_vec(), source.map(str::to_owned))?;
    let wishes: Vec<_> = rows.iter().map(|row| read_row(&reader, columns, row)).collect();
    let (names, codes) = keys_of(wishes.iter().filter_map(|wish| wish.as_ref().ok()));
    let earlier = store::earlier(op.db(), import, first.number, &names, &codes).await?;
    let ids = earlier.iter().filter_map(|row| row.customer).collect();
    let known = bulk::known(op, names, codes, ids).await?;
    let similar = match not_duplicate {
        true => HashMap::new(),
        false => similar(op, wishes.iter().filter_map(|wish| wish.as_ref().ok()), &known, &earlier).await?,
    };
    let is_there: HashSet<_> = known.iter().map(|known| known.id).chain(similar.values().map(|(id, _)| *id)).collect();
    // Nothing is written, so nothing has to be held.
    let mut judge = Judge::new(op, &reader, known, earlier, |_| true)?;
    judge.similar = similar;
    let judged: Vec<_> = rows
        .iter()
        .zip(wishes)
        .map(|(row, wish)| {
            let keys = wish.as_ref().ok().map(|wish| (wish.draft.name_key.clone(), wish.draft.credit_code.clone()));
            let (name_key, credit_code) = keys.map_or((None, None), |(name, code)| (Some(name), code));
            let mut verdict = match wish {
                Ok(wish) => judge.judge(row.number, wish),
                Err(problems) => Verdict::of(Outcome::Error, None, problems),
            };
            // What would be entered is not there yet.
            verdict.customer = verdict.customer.filter(|id| is_there.contains(id));
            JudgedRow { number: row.number, cells: &row.cells, name_key, credit_code, verdict }
        })
        .collect();
    let (now, creator) = (op.now(), op.viewer()?.user);
    Ok(store::insert_rows(op.db(), import, creator, &judged, now).await?)
}

/// Customers with similar names, by the keys of the names of those companies that nobody knows yet.
async fn similar(
    op: &mut Op<'_>,
    wishes: impl Iterator<Item = &Wish>,
    known: &[Known],
    earlier: &[Earlier],
) -> Result<HashMap<String, (CustomerId, Status)>, Error> {
    let known = known.iter().map(|known| &known.draft.name_key).chain(earlier.iter().map(|row| &row.name_key));
    let known: HashSet<_> = known.collect();
    let new = wishes.map(|wish| &wish.draft).filter(|draft| !known.contains(&draft.name_key));
    let (keys, names): (Vec<_>, Vec<_>) =
        new.map(|draft| (&draft.name_key, draft.name.as_str())).collect::<BTreeMap<_, _>>().into_iter().unzip();
    let similar = duplicate::similar_to(op, &names).await?;
    Ok(keys.into_iter().zip(similar).filter_map(|(key, similar)| Some((key.clone(), similar?))).collect())
}

fn read_row(reader: &Reader, columns: &[Column], row: &Row) -> Result<Wish, Vec<Problem>> {
    let header =
        |place: usize| columns.get(place).map(|column| column.header.as_str()).filter(|header| !header.is_empty());
    let mut problems: Vec<_> = row.bad.iter().map(|(place, text)| Problem::new(header(*place), text.clone())).collect();
    if row.cells.iter().skip(columns.len()).any(|cell| !cell.is_empty()) {
        let en = format!("has {} cells, more than there are columns: perhaps a separator too many", row.cells.len());
        let zh = format!("有 {} 个单元格，多于列数，可能多了分隔符", row.cells.len());
        problems.push(Problem::new(None, crate::error::Text::new(en, zh)));
    }
    match reader.read(&row.cells) {
        Ok(wish) if problems.is_empty() => Ok(wish),
        Ok(_) => Err(problems),
        Err(more) => {
            // Of one cell, one thing at a time: what it is cut to is wrong in other ways, too.
            let known: Vec<_> = problems.iter().map(|problem| problem.column.clone()).collect();
            problems.extend(
                more.into_iter().filter(|problem| problem.column.is_none() || !known.contains(&problem.column)),
            );
            Err(problems)
        }
    }
}

/// What the companies of a batch are known by.
pub(super) fn keys_of<'w>(wishes: impl Iterator<Item = &'w Wish>) -> (Vec<String>, Vec<String>) {
    let (mut names, mut codes) = (Vec::new(), Vec::new());
    for wish in wishes {
        names.push(wish.draft.name_key.clone());
        codes.extend(wish.draft.credit_code.clone());
    }
    (names, codes)
}
