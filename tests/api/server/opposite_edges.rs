//! Edges that lead both ways between two entities: what one direction hides, the other must not show.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use tidepool::api::base::catalog::CATALOG;
use tidepool::kernel::config::Limits;
use tidepool::kernel::read::describe::{Edge, Entity, Many};
use tidepool::seed::{self, Plan};

use crate::support::{Person, World, monday};

/// A connection, and the edge from its rows to the row that it belongs to.
struct Opposites {
    from: &'static Entity,
    pages: &'static Edge,
    to: &'static Entity,
    back: &'static Edge,
}

/// All opposite edges: the same column connects their rows.
fn opposites() -> Vec<Opposites> {
    let mut found = Vec::new();
    for from in CATALOG.entities() {
        for pages in from.edges.iter().filter(|edge| edge.many == Many::Pages) {
            let column = pages.on.strip_prefix("{t}.").and_then(|on| on.strip_suffix(" = {p}.id"));
            // Rows without ids, such as edits, are reached along their edges only.
            let to = CATALOG.entity(pages.to);
            if to.id.is_none() {
                continue;
            }
            let on = column.map(|column| format!("{{t}}.id = {{p}}.{column}"));
            let back = to.edges.iter().find(|edge| edge.to == from.name && on.as_deref() == Some(edge.on));
            found.extend(back.map(|back| Opposites { from, pages, to, back }));
        }
    }
    found
}

impl Opposites {
    fn name(&self) -> String {
        format!("{}.{} and {}.{}", self.from.name, self.pages.name, self.to.name, self.back.name)
    }

    /// The pairs of rows that each direction shows a viewer.
    async fn shown(&self, world: &World, viewer: &Person) -> [BTreeSet<[String; 2]>; 2] {
        let all = match self.to.unless_asked {
            Some(("status", _)) => ", filter: {status: {in: [OPEN, DONE, CANCELLED]}}",
            Some(_) => ", filter: {or: [{isArchived: {eq: true}}, {isArchived: {eq: false}}]}",
            None => "",
        };
        let pages = format!("{}(first: 10000{all}) {{ edges {{ node {{ id }} }} }}", self.pages.name);
        let mut shown = [BTreeSet::new(), BTreeSet::new()];
        for node in nodes(world, viewer, self.from, &pages).await {
            for edge in node[self.pages.name]["edges"].as_array().unwrap() {
                shown[0].insert([text(&node["id"]), text(&edge["node"]["id"])]);
            }
        }
        for node in nodes(world, viewer, self.to, &format!("{} {{ id }}", self.back.name)).await {
            let back = &node[self.back.name]["id"];
            if !back.is_null() {
                shown[1].insert([text(back), text(&node["id"])]);
            }
        }
        shown
    }
}

fn text(id: &Json) -> String {
    id.as_str().unwrap().to_owned()
}

/// What a viewer sees of all rows of an entity.
async fn nodes(world: &World, viewer: &Person, entity: &Entity, selection: &str) -> Vec<Json> {
    let (from, prefix) = (entity.from.replace("{t}", "t"), entity.id.unwrap());
    let ids = format!("select coalesce(array_agg('{prefix}_' || t.id), '{{}}') from {from}");
    let ids: Vec<String> = world.sql(&ids).await;
    let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {} {{ id {selection} }} }} }}", entity.name);
    let seen = viewer.data(&query, json!({"ids": ids})).await;
    seen["nodes"].as_array().unwrap().iter().filter(|node| !node.is_null()).cloned().collect()
}

/// Demo data, and a user of each role.
async fn demo() -> (World, Vec<Person>) {
    let limits = Limits { page_size: 10_000, complexity: usize::MAX, cost_per_minute: usize::MAX, ..Limits::default() };
    let world = World::with_limits(limits).await;
    seed::seed(&world.db, &Plan { customers: 200, ..Plan::demo(monday()) }).await.unwrap();
    world.app.follow().await.unwrap();
    seed::run_scenario(&world.app).await.unwrap();
    let mut people = Vec::new();
    for (email, _) in seed::accounts() {
        people.push(world.existing_user(&email).await);
    }
    (world, people)
}

#[tokio::test]
async fn no_edge_shows_what_its_opposite_hides() {
    let (world, people) = demo().await;
    let (mut faults, mut seen) = (Vec::new(), BTreeMap::new());
    for pair in opposites() {
        for viewer in &people {
            let [pages, back] = pair.shown(&world, viewer).await;
            *seen.entry(pair.name()).or_insert(0) += pages.len();
            if let Some([one, other]) = pages.symmetric_difference(&back).next() {
                let (more, less) = (pages.difference(&back).count(), back.difference(&pages).count());
                faults.push(format!("{}: {}: {more} and {less}, like {one} - {other}", viewer.name, pair.name()));
            }
        }
    }
    assert!(faults.is_empty(), "only one direction shows them:\n{}", faults.join("\n"));
    // No rule has run.
    seen.retain(|name, _| name != "PoolRule.runs and PoolRuleRun.poolRule");
    assert!(seen.len() >= 10 && seen.values().all(|&count| count > 0), "{seen:?}");
}

/// The creator of a customer is the operator of the first entry of its operation log.
#[tokio::test]
async fn the_creator_of_a_customer_is_hidden_where_the_operation_log_hides_the_operator() {
    let (world, people) = demo().await;
    let customer = CATALOG.entity("Customer");
    let selection = "createdBy { id } operations(filter: {type: {eq: CREATE}}) { edges { node { operator { id } } } }";
    let (mut shown, mut hidden) = (0, 0);
    for viewer in &people {
        for node in nodes(&world, viewer, customer, selection).await {
            let log = node["operations"]["edges"].as_array().unwrap();
            let hides = !log.is_empty() && log.iter().all(|edge| edge["node"]["operator"].is_null());
            assert!(!hides || node["createdBy"].is_null(), "{}: {node}", viewer.name);
            *(if hides { &mut hidden } else { &mut shown }) += 1;
        }
    }
    assert!(shown > 0 && hidden > 0, "{shown} {hidden}");
}
