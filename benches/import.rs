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
/// How many customers with names much alike there are before a file of such names comes.
const CROWD: usize = 300_000;
/// Their names: a place, two letters, and a trade, of all of which there are few.
const PLACES: [&str; 8] = ["上海", "北京", "广州", "深圳", "苏州", "杭州", "武汉", "成都"];
const LETTERS: &str = "华东方正大成金鑫宏盛达通远航天海信诚泰安康宁瑞祥福源丰润泽恒久长永兴隆昌茂荣发利民新创智慧联合众科力博雅文思奥美佳嘉德明光辉亚欧环球中星月云龙凤虎飞翔腾跃汇聚邦国基石山水木林森城江河湖青";
const TRADES: [&str; 10] = ["贸易", "科技", "机电", "电子", "机械", "实业", "化工", "材料", "物流", "自动化"];

#[tokio::main]
async fn main() {
    let customers = std::env::var("TIDEPOOL_BENCH_CUSTOMERS").ok().and_then(|text| text.parse().ok());
    let started = Instant::now();
    let (_postgres, app, report) = support::start(50, customers.unwrap_or(100_000)).await;
    println!("demo data: {report}, in {:.1} s", started.elapsed().as_secs_f64());
    let user = app.directory().await.expect("the database is there").user_with_email("marketing@tidepool.example");
    let user = user.expect("demo data");
    println!("\nrows/s to read and to run, and by how much the server's memory grows, MB");
    // The first file grows the memory that later ones use again.
    measure(&app, user, table("first", SHORT), "to begin with", SHORT, true).await;
    for (word, called, rows, not_duplicate) in [
        ("short", "10,000 rows", SHORT, true),
        ("long", "100,000 rows", LONG, true),
        ("alike", "10,000 rows, names compared", SHORT, false),
    ] {
        if is_wanted(called) {
            measure(&app, user, table(word, rows), called, rows, not_duplicate).await;
        }
    }
    let called = "100,000 rows, 300,000 alike";
    if is_wanted(called) {
        for half in [0..CROWD / 2, CROWD / 2..CROWD] {
            measure(&app, user, table_of_names(half.clone()), "to be alike", half.len(), true).await;
        }
        let rows = CROWD..CROWD + LONG;
        measure(&app, user, table_of_names(rows), called, LONG, false).await;
    }
}

/// A file on disk: companies whose names differ by a letter or two, each name once.
fn table_of_names(rows: std::ops::Range<usize>) -> File {
    let mut table = BufWriter::new(tempfile::tempfile().expect("a disk"));
    let letters: Vec<_> = LETTERS.chars().collect();
    let names = PLACES.len() * letters.len() * letters.len() * TRADES.len();
    writeln!(table, "客户名称,来源,行业,地区,联系人,职务,电话,邮箱").expect("a disk");
    for row in rows {
        // A prime that divides no number of names reaches each of them once.
        let name = row * 7_919 % names;
        let (name, place) = (name / PLACES.len(), PLACES[name % PLACES.len()]);
        let (name, trade) = (name / TRADES.len(), TRADES[name % TRADES.len()]);
        let (one, two) = (letters[name / letters.len()], letters[name % letters.len()]);
        writeln!(
            table,
            "{place}{one}{two}{trade}有限公司,官网,软件,华东,联系人 {row},经理,139{row:08},alike{row}@example.com"
        )
        .expect("a disk");
    }
    rewound(table)
}

fn rewound(table: BufWriter<File>) -> File {
    let mut file = table.into_inner().expect("a disk");
    file.rewind().expect("a file");
    file
}

/// A file on disk: companies with one contact each; every tenth has two.
fn table(word: &str, rows: usize) -> File {
    let mut table = BufWriter::new(tempfile::tempfile().expect("a disk"));
    writeln!(table, "客户名称,来源,行业,地区,联系人,职务,电话,邮箱").expect("a disk");
    for row in 0..rows {
        let company = if row % 10 == 9 { row - 1 } else { row };
        writeln!(
            table,
            "{word} {company:x} 贸易有限公司,官网,软件,华东,联系人 {row},经理,138{row:08},{word}{row}@example.com"
        )
        .expect("a disk");
    }
    rewound(table)
}

async fn measure(app: &Arc<App>, user: UserId, file: File, called: &str, rows: usize, not_duplicate: bool) {
    let request = dry_run::ImportRequest {
        kind: Kind::Customers,
        file,
        file_name: format!("{called}.csv"),
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
