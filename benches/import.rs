//! Imports of customer files: rows per second, and the growth of the server's memory, which does not
//! depend on the length of the file.
//!
//! Client, server and PostgreSQL share the machine, so times depend on it; compare the ratio of long file to short
//! one. `TIDEPOOL_BENCH_CUSTOMERS` (default 100000) is the number of existing customers. `cargo bench --bench import --
//! compared` measures only what has that in its name.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

#[path = "support/memory.rs"]
mod memory;
#[expect(dead_code, reason = "the others serve and sign in, this one does not")]
mod support;

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::sync::Arc;
use std::time::Instant;

use tidepool::crm::import::kind::Kind;
use tidepool::crm::import::options::Options;
use tidepool::crm::import::{dry_run, run};
use tidepool::kernel::app::App;
use tidepool::kernel::id::UserId;

use memory::memory;
use support::is_wanted;

const SHORT: usize = 10_000;
const LONG: usize = 100_000;

#[tokio::main]
async fn main() {
    let customers = std::env::var("TIDEPOOL_BENCH_CUSTOMERS").ok().and_then(|text| text.parse().ok());
    let started = Instant::now();
    let (_postgres, app, report) = support::start(12, customers.unwrap_or(100_000)).await;
    println!("demo data: {report}, in {:.1} s", started.elapsed().as_secs_f64());
    let user = app.directory().await.expect("the database is there").user_with_email("marketing@tidepool.example");
    let user = user.expect("demo data");
    println!("\nrows/s to read and to run, and by how much the server's memory grows, MB");
    // The first file grows the memory that later ones use again.
    measure(&app, user, "first", "to begin with", SHORT, true).await;
    for (word, called, rows, not_duplicate) in [
        ("short", "10,000 rows", SHORT, true),
        ("long", "100,000 rows", LONG, true),
        ("alike", "10,000 rows, names compared", SHORT, false),
    ] {
        if is_wanted(called) {
            measure(&app, user, word, called, rows, not_duplicate).await;
        }
    }
}

/// A file on disk: companies with one contact each; every tenth has two.
fn table(word: &str, rows: usize) -> File {
    let file = tempfile::tempfile().expect("a disk");
    let mut table = BufWriter::new(file);
    writeln!(table, "客户名称,来源,行业,地区,联系人,职务,电话,邮箱").expect("a disk");
    for row in 0..rows {
        let company = if row % 10 == 9 { row - 1 } else { row };
        writeln!(
            table,
            "{word} {company:x} 贸易有限公司,官网,软件,华东,联系人 {row},经理,138{row:08},{word}{row}@example.com"
        )
        .expect("a disk");
    }
    let mut file = table.into_inner().expect("a disk");
    file.rewind().expect("a file");
    file
}

async fn measure(app: &Arc<App>, user: UserId, word: &str, called: &str, rows: usize, not_duplicate: bool) {
    let request = dry_run::ImportRequest {
        kind: Kind::Customers,
        file: table(word, rows),
        file_name: format!("{word}.csv"),
        columns: Vec::new(),
        sheet: None,
        encoding: None,
        options: Options::default(),
        protect_for: None,
        not_duplicate,
        run: false,
    };
    let (before, started) = (beginning(), Instant::now());
    let reading = dry_run::start(app, user, request).await.expect("somebody who may import");
    let import = reading.import;
    reading.wait(app).await.expect("a file that can be read");
    let (read, read_growth) = (rate(rows, started), growth(before));
    let (before, started) = (beginning(), Instant::now());
    let mut op = app.begin_for(user).await.expect("the database is there");
    run::start(&mut op, import).await.expect("somebody who may import");
    op.commit().await.expect("the database is there");
    let outcome = run::run_to_end(app, import).await.expect("an import that can be run");
    println!(
        "  {called:<30} read {read:>7.0} +{read_growth:.1}   run {:>7.0} +{:.1}   ({outcome})",
        rate(rows, started),
        growth(before)
    );
}

/// The memory in use; the peak is measured from here on.
fn beginning() -> f64 {
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux");
    memory("VmRSS")
}

fn growth(before: f64) -> f64 {
    (memory("VmHWM") - before) / 1024.0
}

fn rate(rows: usize, started: Instant) -> f64 {
    rows as f64 / started.elapsed().as_secs_f64()
}
