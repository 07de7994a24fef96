//! Ownership as of a day: what was so at its end, by the tree of then.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use serde_json::{Value as Json, json};
use tidepool::crm::analysis;
use uuid::Uuid;

use super::figures::{Reach, int, team_of};
use super::history::Company;
use crate::support::{Person, World};

/// What was so at the end of a day: who had which customers, and who was above each user, the nearest first.
struct Evening {
    day: NaiveDate,
    owned: BTreeMap<Uuid, BTreeSet<Uuid>>,
    above: BTreeMap<Uuid, Vec<Uuid>>,
}

/// Notes what is so, and lets the day end.
async fn evening(world: &World) -> Evening {
    let day = world.clock.now().with_timezone(&Tz::Asia__Shanghai).date_naive();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select owner_user_id, id from customer where owner_user_id is not null and archived_at is null",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    let mut owned: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    for (owner, customer) in rows {
        owned.entry(owner).or_default().insert(customer);
    }
    let managers: BTreeMap<Uuid, Option<Uuid>> =
        sqlx::query_as("select id, manager_id from app_user").fetch_all(&world.db).await.unwrap().into_iter().collect();
    let above = |user: &Uuid| std::iter::successors(managers[user], |above| managers[above]).collect();
    let above = managers.keys().map(|user| (*user, above(user))).collect();
    world.advance(TimeDelta::hours(25));
    Evening { day, owned, above }
}

/// The counts that an answer has by user.
fn by_user(answer: &Json) -> BTreeMap<Uuid, i64> {
    let groups = answer["groups"].as_array().unwrap().iter();
    let user = |group: &Json| group["key"]["user"]["id"].as_str().unwrap().trim_start_matches("user_").parse().unwrap();
    groups.map(|group| (user(group), int(group, "owned"))).collect()
}

async fn ask(person: &Person, arguments: &str) -> Json {
    let query = format!(
        "{{ ownership({arguments}) {{ groupCount total {{ owned }} groups {{ key {{ value user {{ id }} }} owned }}
            customers {{ since by user {{ id }} customer {{ id }} }} }} }}"
    );
    person.ask(&query).await["ownership"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ownership_is_what_was_so_at_the_end_of_each_day() {
    let mut company = Company::found(41).await;
    let mut evenings = Vec::new();
    for step in 0..360 {
        company.act().await;
        if step % 4 == 0 {
            company.pass().await;
        }
        if step % 30 == 29 {
            evenings.push(evening(&company.world).await);
        }
        if step == 200 {
            analysis::keep(&company.world.app).await.unwrap();
        }
    }
    let (world, admin) = (&company.world, company.admin.clone());
    let (east, west, ann) = (company.managers[1].clone(), company.managers[2].clone(), company.reps[0].clone());
    let merged: BTreeMap<Uuid, Uuid> = sqlx::query_as("select id, coalesce(merged_into, id) from customer")
        .fetch_all(&world.db)
        .await
        .unwrap()
        .into_iter()
        .collect();
    assert!(company.done["move in the tree"] > 2 && company.done["archive"] > 2, "{:?}", company.done);
    let mut moved = 0;
    for evening in &evenings {
        for (person, reach) in [
            (&admin, Reach::All),
            (&east, team_of(world, &east).await),
            (&west, team_of(world, &west).await),
            (&ann, team_of(world, &ann).await),
        ] {
            let me = person.id.uuid();
            let was_below = |user: &Uuid, top: Uuid| *user == top || evening.above[user].contains(&top);
            let may_know = |user: &Uuid| match &reach {
                Reach::All => true,
                Reach::Team(me, team) => team.contains(user) || was_below(user, *me),
            };
            let owned = |is: &dyn Fn(&Uuid) -> bool| -> BTreeMap<Uuid, i64> {
                let seen = evening.owned.iter().filter(|(user, _)| may_know(user) && is(user));
                seen.map(|(user, customers)| (*user, customers.len() as i64)).collect()
            };
            let what = format!("{} {}", person.name, evening.day);
            let answer = ask(person, &format!("asOf: \"{}\", by: USER", evening.day)).await;
            let expected = owned(&|_| true);
            assert_eq!(by_user(&answer), expected, "{what}");
            assert_eq!(int(&answer["total"], "owned"), expected.values().sum::<i64>(), "{what}");
            // Which: each of them once; those that the viewer may see today by name.
            let listed = answer["customers"].as_array().unwrap();
            assert_eq!(listed.len() as i64, expected.values().sum::<i64>(), "{what}");
            let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for one in listed {
                let customer = one["customer"]["id"].as_str().map(str::to_owned);
                found.entry(one["user"]["id"].as_str().unwrap().to_owned()).or_default().extend(customer);
            }
            if matches!(reach, Reach::All) {
                for (user, customers) in &evening.owned {
                    let mut expected: Vec<_> =
                        customers.iter().map(|customer| format!("customer_{}", merged[customer])).collect();
                    expected.sort();
                    let found = found.get_mut(&format!("user_{user}")).unwrap();
                    found.sort();
                    assert_eq!(*found, expected, "{what}");
                }
            }
            // A team is that of the evening.
            let team = ask(person, &format!("asOf: \"{}\", by: USER, teamOf: \"{}\"", evening.day, east.gid())).await;
            let of_east = owned(&|user| was_below(user, east.id.uuid()));
            assert_eq!(by_user(&team), of_east, "{what}");
            let is_today = |user: &Uuid| {
                *user == east.id.uuid() || evenings[evenings.len() - 1].above[user].contains(&east.id.uuid())
            };
            moved += usize::from(owned(&is_today) != of_east);
            // The teams of the direct reports on that evening.
            let top = if matches!(reach, Reach::All) { None } else { Some(me) };
            let mut by_team: BTreeMap<Uuid, i64> = BTreeMap::new();
            for (user, count) in &expected {
                let above = &evening.above[user];
                let key = match top {
                    None => above.last().unwrap_or(user),
                    Some(top) => match above.iter().position(|above| *above == top) {
                        None | Some(0) => user,
                        Some(place) => &above[place - 1],
                    },
                };
                *by_team.entry(*key).or_default() += count;
            }
            let answer = ask(person, &format!("asOf: \"{}\", by: TEAM", evening.day)).await;
            assert_eq!(by_user(&answer), by_team, "{what}");
        }
        let answer = ask(&admin, &format!("asOf: \"{}\", by: INDUSTRY", evening.day)).await;
        let sum: i64 = answer["groups"].as_array().unwrap().iter().map(|group| int(group, "owned")).sum();
        assert_eq!(sum, int(&answer["total"], "owned"));
    }
    assert!(moved > 0, "who was in the team on the evening is not who is in it today");
    let all = |evening: &Evening| evening.owned.values().map(BTreeSet::len).sum::<usize>();
    assert!(all(&evenings[2]) != all(&evenings[11]) && all(&evenings[11]) > 5, "there is something to tell apart");
}

#[tokio::test]
async fn who_had_a_customer_is_for_those_who_could_see_it_then_or_can_now() {
    let world = World::new().await;
    let (admin, analyst) = (world.admin().await, world.person("Ona", "analyst", None).await);
    let (east, west) = (world.person("East", "manager", None).await, world.person("West", "manager", None).await);
    let ann = world.person("Ann", "sales", Some(&east)).await;
    let ben = world.person("Ben", "sales", Some(&west)).await;
    ann.create("Acme").await;
    let blue = ben.create("Blue Wave").await;
    let first = world.clock.now().with_timezone(&Tz::Asia__Shanghai).date_naive();
    world.advance(TimeDelta::days(2));
    // Ann moves to the other team and gets another customer there.
    assert_eq!(admin.outcome("changeManager", json!({"userId": ann.gid(), "managerId": west.gid()})).await, "");
    world.advance(TimeDelta::hours(1));
    ann.create("Acme Two").await;
    let then = world.clock.now();
    analysis::keep(&world.app).await.unwrap();
    world.advance(TimeDelta::days(2));
    assert_eq!(ben.outcome("releaseCustomer", json!({"customerId": blue})).await, "");
    let second = first + Days::new(2);
    let owned =
        async |person: &Person, day: NaiveDate| int(&ask(person, &format!("asOf: \"{day}\"")).await["total"], "owned");
    // East could see on the first day what Ann had, and never what she has now; West sees all of Ann, who is below West today.
    assert_eq!([owned(&east, first).await, owned(&east, second).await], [1, 0]);
    assert_eq!([owned(&west, first).await, owned(&west, second).await], [2, 3]);
    assert_eq!([owned(&ben, first).await, owned(&ben, second).await], [1, 1]);
    assert_eq!([owned(&analyst, first).await, owned(&analyst, second).await], [2, 3]);
    assert_eq!(owned(&ben, first + Days::new(4)).await, 0);
    // As it was known before.
    let known = then.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let as_known = ask(&ben, &format!("asOf: \"{}\", knownAt: \"{known}\"", first + Days::new(4))).await;
    assert_eq!(int(&as_known["total"], "owned"), 1);
    // Whose customer is in the pool today: West and Ben see who had it, and the analyst sees no customer.
    let customers = ask(&analyst, &format!("asOf: \"{second}\"")).await["customers"].clone();
    assert!(
        customers.as_array().unwrap().iter().all(|one| one["customer"].is_null() && one["by"] == "CREATE:MANUAL"),
        "{customers}"
    );
    let hana = world.person("Hana", "hr", None).await;
    let query = format!("{{ ownership(asOf: \"{second}\") {{ groupCount }} }}");
    assert_eq!(hana.ask(&query).await["ownership"], Json::Null);
    let query = format!("{{ ownership(asOf: \"{second}\", by: STAGE) {{ groupCount }} }}");
    assert_eq!(admin.refused(&query, json!({})).await, "BAD_USER_INPUT");
}
