//! The directory in memory: a change of it costs what it changes, and what servers know is what the database says.

use std::collections::BTreeMap;

use serde_json::json;
use tidepool::kernel::directory::{self, Directory, Member};
use tidepool::kernel::id::UserId;
use uuid::Uuid;

use crate::support::{Person, Statements, World};

// Parts of statements: of the one that reads the users who were changed, of the one that reads everybody, and of one that reads definitions.
const PEOPLE: &str = "from directory_person c";
const EVERYBODY: &str = "array_agg(role";
const DEFINITIONS: &str = "from role_inheritance";

/// Enters users below a manager, without roles.
async fn enter(world: &World, count: usize, manager: Option<&Person>) {
    sqlx::query(
        "insert into app_user (id, email, name, manager_id, created_at, updated_at)
         select gen_random_uuid(), 'user' || n || '@example.com', 'User ' || n, $2, now(), now() from generate_series(1, $1::int) n",
    )
    .bind(count as i32)
    .bind(manager.map(|manager| manager.id.uuid()))
    .execute(&world.db)
    .await
    .unwrap();
    world.app.follow().await.unwrap();
}

#[tokio::test]
async fn a_change_reads_what_it_changed_whatever_the_number_of_users() {
    let mut read = Vec::new();
    for users in [10, 2_000] {
        let world = World::new().await;
        let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
        enter(&world, users, Some(&boss)).await;
        let ann = world.sales("Ann").await;
        let mut costs = Vec::new();
        for (act, input) in [
            ("createUser", json!({"name": "New", "email": "new@example.com", "roles": ["sales"]})),
            ("setRoles", json!({"userId": ann.gid(), "roles": ["manager"]})),
            ("changeManager", json!({"userId": ann.gid(), "managerId": boss.gid()})),
            ("departUser", json!({"userId": ann.gid()})),
            ("reactivateUser", json!({"userId": ann.gid()})),
            ("updateSettings", json!({"maxRevealsPerDay": 7})),
        ] {
            let statements = Statements::listen();
            admin.outcome(act, input).await;
            assert_eq!(statements.with(EVERYBODY).0, 0, "{act} reads everybody");
            let (statements_of_people, rows) = statements.with(PEOPLE);
            costs.push((act, statements_of_people, rows, statements.with(DEFINITIONS).0));
        }
        read.push(costs);
    }
    assert_eq!(read[0], read[1]);
    let definitions: Vec<_> =
        read[0].iter().filter(|(.., definitions)| *definitions > 0).map(|(act, ..)| *act).collect();
    assert_eq!(definitions, ["updateSettings"], "only a change of definitions reads definitions");
    assert!(read[0].iter().all(|(.., rows, _)| *rows <= 6), "{:?}", read[0]);
}

/// What a directory says of users: who they are, and what each may do.
fn told(directory: &Directory) -> BTreeMap<UserId, (Member, String)> {
    let rights = |user: &UserId| {
        format!("{:?}", directory.rights(*user).unwrap().map(|rights| (rights.team.clone(), rights.grants.len())))
    };
    directory.people.iter().map(|(user, member)| (*user, (member.clone(), rights(user)))).collect()
}

/// A random change of the directory.
async fn change(rng: &mut fastrand::Rng, db: &mut sqlx::PgConnection, people: &[Uuid]) {
    let (one, other) = (people[rng.usize(..people.len())], people[rng.usize(..people.len())]);
    let text = match rng.u32(..9) {
        0 => "update app_user set name = name || '!' where id = $1 and $2 is not null",
        // Nobody comes below themselves: managers are older.
        1 => "update app_user set manager_id = least($1, $2) where id = greatest($1, $2) and $1 <> $2",
        2 => "update app_user set manager_id = null where id in ($1, $2)",
        3 => "update app_user set status = case status when 'ACTIVE' then 'DEPARTED' else 'ACTIVE' end where id in ($1, $2)",
        4 => "delete from user_role where user_id in ($1, $2)",
        5 => "insert into user_role (user_id, role) select unnest(array[$1, $2]), 'manager' on conflict do nothing",
        6 => "update app_user set email = 'x' || gen_random_uuid() || '@example.com' where id in ($1, $2)",
        7 => "update user_role set role = 'hr' where user_id = $1 and $2 is not null and role = 'manager'
              and not exists (select from user_role r where r.user_id = $1 and r.role = 'hr')",
        _ => "with made as (insert into second_factor (user_id, secret, created_at) values ($1, decode(repeat('00', 20), 'hex'), now())
                            on conflict do nothing)
              update second_factor set confirmed_at = now(), last_step = 1 where user_id = $2",
    };
    sqlx::query(text).bind(one).bind(other).execute(db).await.unwrap();
}

#[tokio::test]
async fn what_a_server_knows_after_any_changes_is_what_it_would_read_anew() {
    let world = World::new().await;
    let mut rng = fastrand::Rng::with_seed(7);
    enter(&world, 40, None).await;
    let people: Vec<Uuid> = sqlx::query_scalar("select id from app_user").fetch_all(&world.db).await.unwrap();
    for round in 0..60 {
        // What is known of rights is asked for now, so that a directory which keeps too much of it is wrong.
        told(&world.app.directory_now().await.unwrap());
        let mut transaction = world.db.begin().await.unwrap();
        for _ in 0..rng.usize(1..4) {
            change(&mut rng, &mut transaction, &people).await;
        }
        if rng.u32(..4) == 0 {
            let requires = rng.bool();
            sqlx::query("update role set requires_second_factor = $1 where name = 'manager'")
                .bind(requires)
                .execute(&mut *transaction)
                .await
                .unwrap();
        }
        match rng.u32(..5) {
            0 => transaction.rollback().await.unwrap(),
            _ => transaction.commit().await.unwrap(),
        }
        let (known, anew) = (world.app.directory_now().await.unwrap(), directory::load(&world.db).await.unwrap());
        assert_eq!(told(&known), told(&anew), "round {round}");
        assert_eq!((known.revision, known.roles.len()), (anew.revision, anew.roles.len()));
        for (user, member) in anew.people.iter() {
            assert_eq!(known.people.with_email(&member.email), Some(*user));
            assert_eq!(known.lacks_second_factor(member), anew.lacks_second_factor(member));
        }
    }
}

#[tokio::test]
async fn at_another_place_everything_is_read_because_revisions_may_be_those_of_other_changes() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let name = async || world.app.directory_now().await.unwrap().people.get(&ann.id).unwrap().name.clone();
    assert_eq!(name().await, "Ann");
    // The database fails over to a replica that had another change with the same revision.
    let mut transaction = world.db.begin().await.unwrap();
    for statement in [
        "alter table app_user disable trigger directory_changed",
        "update app_user set name = 'Anna' where name = 'Ann'",
        "alter table app_user enable trigger directory_changed",
        "create or replace function present_place(out system_identifier bigint, out database_oid bigint, out timeline text)
         language sql stable as $$ select (pg_control_system()).system_identifier,
             (select d.oid::bigint from pg_database d where d.datname = current_database()), '0000000A' $$",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    assert_eq!(name().await, "Anna");
}

#[tokio::test]
async fn a_sign_in_is_no_change_of_the_directory() {
    let (world, _, ann) = crate::support::sign_in::with_ann().await;
    let before = world.app.directory_now().await.unwrap().revision;
    world.nobody().login("ann.new@example.com", "correct horse").await;
    assert_eq!(world.app.directory_now().await.unwrap().revision, before, "{ann}");
}
