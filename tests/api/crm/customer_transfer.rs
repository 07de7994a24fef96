//! Transfers and reclaims: a superior moves customers between reps, or back into the pool by a filter.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, Statements, World, pretty};

impl Person {
    async fn owner_of(&self, customer: &Json) -> Json {
        let query = "query($id: ID!) { customer(id: $id) { owner { name } } }";
        self.data(query, json!({"id": customer})).await["customer"]["owner"]["name"].clone()
    }

    /// The names of the customers of the team that match a filter.
    async fn of_team(&self, filter: Json) -> Vec<String> {
        let query = "query($filter: CustomerFilter) { teamCustomers(filter: $filter, orderBy: NAME_ASC) { edges { node { name } } } }";
        let found = self.data(query, json!({"filter": filter})).await["teamCustomers"]["edges"].clone();
        found.as_array().unwrap().iter().map(|edge| edge["node"]["name"].as_str().unwrap().to_owned()).collect()
    }

    async fn reclaim(&self, filter: Json, expected: usize) -> Json {
        let input = json!({"filter": filter, "expected": expected, "remark": "cold"});
        self.act("releaseTeamCustomers", input, "results { customer { name isPooled } userErrors { code } }").await
    }

    /// The notifications of this person, the oldest first: kind and name of the customer.
    pub async fn notification_lines(&self) -> Vec<String> {
        let edges = self.ask("{ notifications(orderBy: AT_ASC) { edges { node { kind customerName } } } }").await;
        let edges = edges["notifications"]["edges"].as_array().unwrap().clone();
        let text = |edge: &Json, key: &str| edge["node"][key].as_str().unwrap().to_owned();
        edges.iter().map(|edge| format!("{} {}", text(edge, "kind"), text(edge, "customerName"))).collect()
    }
}

impl World {
    /// Every customer with the name of its owner.
    pub async fn owners(&self) -> String {
        self.sql(
            "select string_agg(c.name || ': ' || coalesce(u.name, 'pool'), ', ' order by c.name)
             from customer c left join app_user u on u.id = c.owner_user_id",
        )
        .await
    }
}

#[tokio::test]
async fn a_transfer_changes_the_owner_and_restarts_the_follow_up_times() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Ben", "sales", Some(&boss)).await);
    let stranger = world.sales("Stranger").await;
    let acme = json!(ann.create("Acme").await);
    let (bens, strangers, pooled) =
        (json!(ben.create("Bens").await), json!(stranger.create("Far").await), world.pooled("Pooled").await);
    let opportunity = ann.act("createOpportunity", json!({"customerId": acme}), "opportunity { id }").await;
    assert_eq!(
        ann.outcome("recordFollowUp", json!({"customerId": acme, "channel": "PHONE", "content": "hi"})).await,
        ""
    );
    world.advance(TimeDelta::hours(1));

    let input = json!({"customerIds": [acme, bens, strangers, pooled], "ownerId": ben.gid(), "remark": "nearer"});
    assert_eq!(boss.outcomes("transferCustomers", input.clone()).await, ["", "", "NOT_FOUND", "NOT_OWNED"]);
    assert_eq!(boss.outcomes("transferCustomers", input).await[..2], ["", ""], "twice is fine");
    let query = "query($id: ID!) { customer(id: $id) { owner { name } ownedSince lastFollowUpTime
        opportunities { edges { node { owner { name } isLive } } }
        operations(orderBy: AT_ASC) { edges { node { type cause remark operator { name } previousOwner { name } newOwner { name } } } } } }";
    insta::assert_snapshot!(pretty(&boss.data(query, json!({"id": acme})).await));
    assert_eq!(ann.notification_lines().await, ["TRANSFERRED Acme"]);
    assert_eq!(ben.notification_lines().await, ["ASSIGNED Acme"]);

    // The next owner adopts the open opportunity of the former owner.
    let adopt = json!({"opportunityId": opportunity["opportunity"]["id"], "version": 1});
    assert_eq!(ben.outcome("adoptOpportunity", adopt).await, "");
    let to = |owner: &Person| json!({"customerIds": [acme], "ownerId": owner.gid()});
    assert_eq!(boss.outcome("transferCustomers", to(&stranger)).await, "INVALID_OWNER");
    let query =
        "mutation($input: TransferCustomersInput!) { transferCustomers(input: $input) { userErrors { code } } }";
    assert_eq!(ben.refused(query, json!({"input": to(&ann)})).await, "FORBIDDEN");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_superior_reclaims_all_customers_that_match_a_filter() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Ben", "sales", Some(&boss)).await);
    let (own, far) = (json!(boss.create("Own").await), json!(world.sales("Stranger").await.create("Far").await));
    for (rep, name) in [(&ann, "Cold A"), (&ben, "Cold B"), (&ann, "Warm"), (&ben, "Archived")] {
        rep.create(name).await;
    }
    let id = async |name: &str| -> Json {
        let id: uuid::Uuid = world.sql(&format!("select id from customer where name = '{name}'")).await;
        json!(format!("customer_{id}"))
    };
    assert_eq!(admin.outcome("archiveCustomer", json!({"customerId": id("Archived").await})).await, "");
    world.advance(TimeDelta::days(5));
    let talk = json!({"customerId": id("Warm").await, "channel": "PHONE", "content": "hi"});
    assert_eq!(ann.outcome("recordFollowUp", talk).await, "");

    assert_eq!(boss.of_team(json!({})).await, ["Cold A", "Cold B", "Warm"]);
    assert_eq!(boss.of_team(json!({"ownerId": {"eq": ann.gid()}})).await, ["Cold A", "Warm"]);
    let cold = json!({"condition": "followup_days > 3"});
    assert_eq!(boss.of_team(cold.clone()).await, ["Cold A", "Cold B"]);
    assert_eq!(admin.of_team(cold.clone()).await, ["Cold A", "Cold B", "Far", "Own"], "an administrator is above all");
    assert_eq!(ann.of_team(json!({})).await, Vec::<String>::new(), "nobody answers to a rep");
    let query = "{ customers(filter: {condition: \"followup_days > 3\"}) { totalCount } }";
    assert_eq!(ann.refused(query, json!({})).await, "FORBIDDEN", "a condition asks for more than a rep sees of each");
    let query = "{ teamCustomers(filter: {condition: \"followup_days >\"}) { totalCount } }";
    assert_eq!(boss.refused(query, json!({})).await, "BAD_USER_INPUT");
    // A condition matches no pooled customer.
    world.pooled("Pooled").await;
    let query = "{ customers(filter: {condition: \"owned_days > 3 || source == 'WEBSITE'\"}) { totalCount } }";
    assert_eq!(boss.ask(query).await["customers"]["totalCount"], 4);

    let changed = boss.reclaim(cold.clone(), 3).await;
    assert_eq!(changed["userErrors"][0]["code"], "CONFLICT", "somebody saw another number");
    assert_eq!(changed["userErrors"][0]["path"], json!(["expected"]));
    assert_eq!(boss.reclaim(cold.clone(), 5_001).await["userErrors"][0]["code"], "INVALID");
    let taken = boss.reclaim(cold.clone(), 2).await;
    let is_pooled = |name: &str| json!({"customer": {"name": name, "isPooled": true}, "userErrors": []});
    let mut results = taken["results"].as_array().unwrap().clone();
    results.sort_by_key(|result| result["customer"]["name"].to_string());
    assert_eq!(results, [is_pooled("Cold A"), is_pooled("Cold B")]);
    assert_eq!(boss.reclaim(cold, 0).await, json!({"results": [], "userErrors": []}), "there are none left");
    assert_eq!([boss.owner_of(&own).await, admin.owner_of(&far).await], ["Boss", "Stranger"], "not of the team");
    assert_eq!(ann.notification_lines().await, ["TAKEN Cold A"]);
    let logged =
        "select count(*) from customer_operation_log where type = 'RECLAIM' and cause = 'MANAGER' and remark = 'cold'";
    assert_eq!(world.sql::<i64>(logged).await, 2);
    let query = "mutation { releaseTeamCustomers(input: {filter: {}, expected: 0}) { userErrors { code } } }";
    assert_eq!(ann.ask(query).await["releaseTeamCustomers"]["userErrors"], json!([]), "a rep has no team");
    world.assert_sound().await;
}

#[tokio::test]
async fn reclaiming_many_customers_takes_as_many_statements_as_reclaiming_one() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let mut counts = Vec::new();
    // The first call warms up caches.
    for (round, count) in [1, 1, 40].into_iter().enumerate() {
        for number in 0..count {
            ann.create(&format!("Customer {round} {number}")).await;
        }
        // The server looks up a session once a second.
        boss.ask("{ viewer { name } }").await;
        let statements = Statements::listen();
        let taken = boss.reclaim(json!({}), count).await;
        assert_eq!(taken["results"].as_array().unwrap().len(), count);
        counts.push(statements.sent());
    }
    assert_eq!(counts[1].len(), counts[2].len(), "{counts:#?}");
}
