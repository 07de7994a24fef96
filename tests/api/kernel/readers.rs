//! The connections that planned reads go over.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;
use sqlx::Row;
use tidepool::kernel::access::Rights;
use tidepool::kernel::connecting::{Settings, Way};
use tidepool::kernel::readers::{Lost, Readers};
use tidepool::kernel::sql::{Binds, Statement};

use crate::support::{Person, World, monday};

fn statement(text: &str) -> Statement {
    Statement::new(text.into(), &Binds::default(), &[], &Rights::of_nobody(), monday())
}

fn direct(world: &World) -> Way {
    Way::direct(world.database.clone())
}

/// The id of the PostgreSQL process that executes the statement.
async fn answers(readers: &Readers) -> i32 {
    readers.fetch_one(None, statement("select pg_backend_pid()")).await.unwrap().get(0)
}

#[tokio::test]
async fn a_connection_is_reused_only_after_a_complete_response() {
    let world = World::new().await;
    let lost = Lost::default();
    let readers = Readers::new(1, 1_000, &direct(&world), Settings::default(), lost.clone());
    let first = answers(&readers).await;
    assert_eq!([answers(&readers).await, answers(&readers).await], [first; 2]);
    let (one, other) = tokio::join!(answers(&readers), answers(&readers));
    assert_eq!([one, other], [first; 2], "there is one for both");

    readers.fetch_one(None, statement("select 1 / 0")).await.unwrap_err();
    let second = answers(&readers).await;
    assert_ne!(second, first, "it failed");

    let slow = readers.fetch_one(None, statement("select pg_sleep(60)"));
    tokio::time::timeout(Duration::from_millis(100), slow).await.unwrap_err();
    let third = answers(&readers).await;
    assert_ne!(third, second, "nobody waited for its answer");
    let slow = "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and pid = $1";
    let running: i64 = sqlx::query_scalar(slow).bind(second).fetch_one(&world.db).await.unwrap();
    assert_eq!(running, 0, "its place is free when it has ended, and not before");

    sqlx::query("select pg_terminate_backend($1)").bind(third).execute(&world.db).await.unwrap();
    readers.fetch_one(None, statement("select 1")).await.unwrap_err();
    let fourth = answers(&readers).await;
    lost.now();
    assert_ne!(answers(&readers).await, fourth, "it is from before the database was lost");

    assert_eq!(readers.count(), (1, 1));
    readers.close();
    let closed = readers.fetch_one(None, statement("select 1")).await.unwrap_err();
    assert!(matches!(closed, sqlx::Error::PoolClosed), "{closed:?}");
}

/// The statements that the connection keeps prepared, without those that ask for them.
async fn prepared(readers: &Readers) -> Vec<String> {
    let text =
        "select statement from pg_prepared_statements where statement not like '%pg_prepared%' order by prepare_time";
    let rows = readers.fetch_all(None, statement(text)).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn idle_connections_to_a_database_that_was_lost_are_closed() {
    let world = World::new().await;
    let lost = Lost::default();
    let readers = Readers::new(2, 1_000, &direct(&world), Settings::default(), lost.clone());
    answers(&readers).await;
    readers.sweep();
    assert_eq!(readers.count(), (1, 1));
    lost.now();
    readers.sweep();
    assert_eq!(readers.count(), (0, 0));
}

#[tokio::test]
async fn a_statement_is_prepared_when_it_comes_again_and_kept_within_a_budget() {
    let world = World::new().await;
    let readers = Readers::new(1, 100, &direct(&world), Settings::default(), Lost::default());
    let of_40_bytes = |number: i32| format!("select {number:>33}");
    let run = async |number: i32| readers.fetch_one(None, statement(&of_40_bytes(number))).await.unwrap();

    run(1).await;
    assert_eq!(prepared(&readers).await, [""; 0], "it may never come again");
    run(1).await;
    run(1).await;
    assert_eq!(prepared(&readers).await, [of_40_bytes(1)]);
    for number in [2, 2] {
        run(number).await;
    }
    assert_eq!(prepared(&readers).await, [of_40_bytes(1), of_40_bytes(2)]);
    for number in [3, 3] {
        run(number).await;
    }
    assert_eq!(prepared(&readers).await, [of_40_bytes(3)], "the budget is 100 bytes");

    let long = format!("select {:>200}", 4);
    for _ in 0..3 {
        readers.fetch_one(None, statement(&long)).await.unwrap();
    }
    assert_eq!(prepared(&readers).await, [of_40_bytes(3)], "it is longer than the budget");
}

#[tokio::test]
async fn reads_of_one_user_that_do_not_end_leave_connections_to_others() {
    let world = World::new().await;
    let readers = Readers::shared(4, 1_000, &direct(&world), Settings::default(), Lost::default());
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    let slow = join_all((0..8).map(|_| readers.fetch_one(Some(ann.id), statement("select pg_sleep(60)"))));
    tokio::select! {
        _ = slow => panic!("they end after Bob's"),
        read = readers.fetch_one(Some(bob.id), statement("select 1")) => assert_eq!(read.unwrap().get::<i32, _>(0), 1),
    }
}

#[tokio::test]
async fn the_many_reads_of_one_user_do_not_delay_those_of_another() {
    let world = World::new().await;
    let readers = Readers::new(1, 1_000, &direct(&world), Settings::default(), Lost::default());
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    let order = Mutex::new(Vec::new());
    let read = async |person: &Person, name: &'static str| {
        let user = Some(person.id);
        readers.fetch_one(user, statement("select 1")).await.unwrap();
        order.lock().unwrap().push(name);
    };
    tokio::join!(join_all((0..20).map(|_| read(&ann, "Ann"))), read(&bob, "Bob"));
    let place = order.lock().unwrap().iter().position(|name| *name == "Bob").unwrap();
    assert!(place <= 2, "{place} reads of Ann ended before the one of Bob");
}
