//! Absences: if a user is absent for long, the superior is asked to transfer the user's customers.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::socket::Socket;
use crate::support::{Person, World};

const NOTIFICATION: &str = "kind customerName customer { id } aboutUser { name } actor { name } poolRule { id } isRead";

impl Person {
    /// Records an absence of somebody; returns its refusal code.
    pub async fn record_absence(&self, who: &Self, first: &str, last: &str) -> String {
        let input = json!({"userId": who.gid(), "firstDay": first, "lastDay": last});
        self.outcome("recordAbsence", input).await
    }

    async fn remove_absence(&self, who: &Self, first: &str) {
        assert_eq!(self.outcome("cancelAbsence", json!({"userId": who.gid(), "firstDay": first})).await, "");
    }

    /// The absent users whose customers this person is asked to transfer, the latest first.
    async fn asked_to_transfer(&self) -> Vec<String> {
        let query = "{ notifications(filter: {kind: {eq: LONG_ABSENCE}}) { edges { node { aboutUser { name } } } } }";
        let edges = self.ask(query).await["notifications"]["edges"].clone();
        let name = |edge: &Json| edge["node"]["aboutUser"]["name"].as_str().unwrap().to_owned();
        edges.as_array().unwrap().iter().map(name).collect()
    }
}

/// A superior, HR, and a rep of the superior who owns a customer.
async fn company(world: &World) -> [Person; 3] {
    let (boss, hr) = (world.person("Boss", "manager", None).await, world.person("Hana", "hr", None).await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    ann.create("Acme").await;
    [boss, hr, ann]
}

#[tokio::test]
async fn a_superior_is_asked_to_transfer_the_customers_of_a_user_with_a_long_absence() {
    let world = World::new().await;
    let [boss, hr, ann] = company(&world).await;
    let address = world.listen().await;
    let mut notifications = Socket::connect(address, &boss).await;
    notifications
        .begin(
            &format!("subscription {{ notifications {{ unreadCount notification {{ {NOTIFICATION} }} }} }}"),
            json!({}),
        )
        .await;
    notifications.settle().await;
    // An absence of 30 days is not long, one of 31 days is.
    assert_eq!(hr.record_absence(&ann, "2026-03-03", "2026-04-01").await, "");
    hr.remove_absence(&ann, "2026-03-03").await;
    assert_eq!(hr.record_absence(&ann, "2026-03-03", "2026-04-02").await, "");
    let notification = json!({"kind": "LONG_ABSENCE", "customerName": null, "customer": null, "aboutUser": {"name": "Ann"},
        "actor": {"name": "Hana"}, "poolRule": null, "isRead": false});
    assert_eq!(notifications.next().await["notifications"], json!({"unreadCount": 1, "notification": notification}));
    assert_eq!(hr.record_absence(&ann, "2026-03-03", "2026-04-02").await, "", "twice is fine");
    let list = boss.ask(&format!("{{ notifications {{ edges {{ node {{ {NOTIFICATION} }} }} }} }}")).await;
    assert_eq!(list["notifications"]["edges"], json!([{"node": notification}]));
    for other in [&hr, &ann] {
        assert_eq!(other.asked_to_transfer().await, [""; 0]);
    }
    // The notification was sent once: the next message is about what happens now.
    let ben = world.person("Ben", "sales", Some(&boss)).await;
    ben.create("Blue").await;
    assert_eq!(hr.record_absence(&ben, "2026-03-03", "2026-04-02").await, "");
    assert_eq!(notifications.next().await["notifications"]["notification"]["aboutUser"]["name"], "Ben");
}

#[tokio::test]
async fn adjoining_absences_count_as_one_and_the_superior_who_records_them_is_asked_too() {
    let world = World::new().await;
    let [boss, _, ann] = company(&world).await;
    // The second absence would be long if it included the day between, on which nobody is absent.
    for (first, last) in [("2026-03-03", "2026-03-10"), ("2026-03-12", "2026-04-02"), ("2026-04-03", "2026-04-03")] {
        assert_eq!(boss.record_absence(&ann, first, last).await, "");
    }
    assert_eq!(boss.asked_to_transfer().await, [""; 0]);
    assert_eq!(boss.record_absence(&ann, "2026-03-11", "2026-03-11").await, "");
    assert_eq!(boss.asked_to_transfer().await, ["Ann"]);
}

#[tokio::test]
async fn days_off_between_two_absences_do_not_separate_them() {
    let world = World::new().await;
    let ([boss, _, ann], admin) = (company(&world).await, world.admin().await);
    let weekend = json!({"longAbsence": "P10D", "weeklyDaysOff": ["SATURDAY", "SUNDAY"]});
    assert_eq!(admin.outcome("updateSettings", weekend).await, "");
    let holiday = json!({"days": [{"day": "2026-03-16", "isOff": true, "name": "Foundation day"}]});
    assert_eq!(admin.outcome("saveCalendarDays", holiday).await, "");
    // Monday to Friday, the week after next from Wednesday, and the Friday between: the Thursday is a working day.
    for (first, last) in [("2026-03-02", "2026-03-06"), ("2026-03-13", "2026-03-13"), ("2026-03-18", "2026-03-20")] {
        assert_eq!(boss.record_absence(&ann, first, last).await, "");
    }
    assert_eq!(boss.asked_to_transfer().await, [""; 0]);
    // To the weekend and the holiday, and on to Friday: 8 days, then 19 with the week before.
    assert_eq!(boss.record_absence(&ann, "2026-03-17", "2026-03-17").await, "");
    assert_eq!(boss.asked_to_transfer().await, [""; 0]);
    assert_eq!(boss.record_absence(&ann, "2026-03-09", "2026-03-12").await, "");
    assert_eq!(boss.asked_to_transfer().await, ["Ann"]);
}

#[tokio::test]
async fn a_short_or_past_absence_asks_nobody() {
    let world = World::new().await;
    let [boss, hr, ann] = company(&world).await;
    let (admin, head) = (world.admin().await, world.person("Head", "manager", None).await);
    let idle = world.person("Idle", "sales", Some(&boss)).await;
    let archived = idle.create("Blue").await;
    assert_eq!(boss.outcome("archiveCustomer", json!({"customerId": archived})).await, "");
    assert_eq!(hr.record_absence(&idle, "2026-03-03", "2026-05-03").await, "");
    let single = world.sales("Single").await;
    single.create("Grey").await;
    assert_eq!(hr.record_absence(&single, "2026-03-03", "2026-05-03").await, "");
    // The absence has ended.
    assert_eq!(hr.record_absence(&ann, "2026-01-30", "2026-03-01").await, "");
    hr.remove_absence(&ann, "2026-01-30").await;
    assert_eq!(world.sql::<i64>("select count(*) from notification").await, 0);
    // The setting `longAbsence` decides what is long.
    let set = async |long: Json| {
        let set = admin.act("updateSettings", json!({"longAbsence": long}), "settings { longAbsence }").await;
        assert_eq!(set["settings"]["longAbsence"], long, "{set}");
    };
    assert_eq!(admin.ask("{ settings { longAbsence } }").await["settings"]["longAbsence"], "P30D");
    assert_eq!(admin.outcome("updateSettings", json!({"longAbsence": "a month"})).await, "INVALID");
    set(Json::Null).await;
    assert_eq!(hr.record_absence(&ann, "2026-03-03", "2026-05-03").await, "");
    hr.remove_absence(&ann, "2026-03-03").await;
    assert_eq!(boss.asked_to_transfer().await, [""; 0]);
    set(json!("P5D")).await;
    assert_eq!(hr.record_absence(&ann, "2026-03-03", "2026-03-07").await, "");
    assert_eq!(boss.asked_to_transfer().await, [""; 0]);
    world.advance(TimeDelta::seconds(1));
    assert_eq!(hr.record_absence(&ann, "2026-03-10", "2026-03-15").await, "");
    assert_eq!(boss.asked_to_transfer().await, ["Ann"]);
    // If the superior leaves, the next superior above is asked.
    assert_eq!(hr.outcome("changeManager", json!({"userId": boss.gid(), "managerId": head.gid()})).await, "");
    assert_eq!(hr.outcome("departUser", json!({"userId": boss.gid()})).await, "");
    assert_eq!(hr.record_absence(&ann, "2026-03-20", "2026-03-25").await, "");
    assert_eq!(head.asked_to_transfer().await, ["Ann"]);
}
