//! Enquiries: passed on to the owner without showing the customer, or a new customer.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, World};

const ANSWER: &str = "outcome customer { id name }";

impl Person {
    async fn enquiry(&self, more: Json) -> Json {
        let mut input = json!({"content": "They need ten pumps.", "source": "EXHIBITION"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.act("recordEnquiry", input, ANSWER).await
    }

    async fn enquiries(&self, customer: &Json) -> Json {
        let query = "query($id: ID!) { customer(id: $id) { enquiries { content source contact { name phones } recordedBy { name } } } }";
        self.data(query, json!({"id": customer})).await["customer"]["enquiries"].clone()
    }

    async fn notices(&self) -> Vec<String> {
        let query = "{ notifications { edges { node { kind customerName actor { name } } } } }";
        let seen = self.data(query, Json::Null).await["notifications"]["edges"].clone();
        let text = |edge: &Json| {
            let node = &edge["node"];
            let text = |json: &Json| json.as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", text(&node["kind"]), text(&node["customerName"]), text(&node["actor"]["name"]))
        };
        seen.as_array().unwrap().iter().map(text).collect()
    }
}

#[tokio::test]
async fn an_enquiry_of_a_customer_of_somebody_reaches_the_owner_and_the_superior() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let mark = world.person("Mark", "marketing", None).await;
    let acme = json!(ann.create("Acme Ltd").await);
    ann.contact(&acme, "Li", "13812345678", "li@acme.example").await;
    let passed_on = json!({"outcome": "PASSED_ON", "customer": null, "userErrors": []});
    // By the name, the phone number or the e-mail address; the answer is the same for everybody who asks.
    let by_name = json!({"companyName": "ACME", "contactName": "Wu", "phone": "13900139000", "idempotencyKey": "k"});
    assert_eq!(mark.enquiry(by_name.clone()).await, passed_on);
    assert_eq!(mark.enquiry(by_name).await, passed_on, "a repetition is the same enquiry");
    assert_eq!(mark.enquiry(json!({"companyName": "Somebody else", "phone": "138 1234 5678"})).await, passed_on);
    assert_eq!(ben.enquiry(json!({"email": "LI@acme.example"})).await, passed_on);
    assert_eq!(boss.enquiry(json!({"companyName": "Acme Ltd"})).await, passed_on, "also who may see the customer");
    assert_eq!(
        ann.notices().await,
        ["ENQUIRY Acme Ltd Boss", "ENQUIRY Acme Ltd Ben", "ENQUIRY Acme Ltd Mark", "ENQUIRY Acme Ltd Mark"]
    );
    assert_eq!(boss.notices().await, ["ENQUIRY Acme Ltd Ben", "ENQUIRY Acme Ltd Mark", "ENQUIRY Acme Ltd Mark"]);
    let seen = ann.enquiries(&acme).await;
    let from = |name: &str, phone: &str, by: &str| json!({"content": "They need ten pumps.", "source": "EXHIBITION", "contact": {"name": name, "phones": [phone]}, "recordedBy": {"name": by}});
    assert_eq!(seen.as_array().unwrap().len(), 4);
    assert_eq!(seen[3], from("Wu", "13900139000", "Mark"), "a new contact");
    assert_eq!(seen[2], from("Li", "13812345678", "Mark"), "the contact that has the number");
    assert_eq!(seen[1], from("Li", "13812345678", "Ben"), "the contact that has the address");
    // Nobody who passed it on sees anything of the customer.
    for person in [&mark, &ben] {
        assert_eq!(person.enquiries(&acme).await, Json::Null);
        assert_eq!(
            person.data("{ customers { totalCount } opportunities { totalCount } }", Json::Null).await["customers"]["totalCount"],
            0
        );
        assert_eq!(person.notices().await, Vec::<String>::new());
    }
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_enquiry_of_a_new_company_creates_the_customer_with_its_contact() {
    let world = World::new().await;
    let (mark, ann) = (world.person("Mark", "marketing", None).await, world.sales("Ann").await);
    let input =
        json!({"companyName": "Boreal", "phone": "13900139000", "sourceDetail": "Hannover", "idempotencyKey": "k"});
    let first = mark.enquiry(input.clone()).await;
    assert_eq!((&first["outcome"], &first["customer"]["name"]), (&json!("CREATED"), &json!("Boreal")), "{first}");
    assert_eq!(mark.enquiry(input).await, first);
    let boreal = first["customer"]["id"].clone();
    // It is in the pool now. Who claims it reads the enquiries; the pool shows none.
    let again = ann.enquiry(json!({"phone": "13900139000"})).await;
    assert_eq!(again, json!({"outcome": "IN_POOL", "customer": {"id": boreal, "name": "Boreal"}, "userErrors": []}));
    assert_eq!(ann.enquiries(&boreal).await, json!([]));
    assert_eq!(ann.claim(&boreal).await, "");
    let seen = ann.enquiries(&boreal).await;
    assert_eq!((seen.as_array().unwrap().len(), &seen[1]["contact"]["phones"]), (2, &json!(["13900139000"])));
    assert_eq!(world.sql::<i64>("select count(*) from contact").await, 1);
    // A rep's own new company is the rep's.
    let own = ann.enquiry(json!({"companyName": "Cobalt"})).await;
    assert_eq!(own["outcome"], "CREATED");
    assert_eq!(world.sql::<i64>("select count(*) from customer where owner_user_id is not null").await, 2);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_enquiry_that_is_wrong_or_of_a_company_without_anybody_is_refused() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let mark = world.person("Mark", "marketing", None).await;
    let acme = json!(ann.create("Acme").await);
    let paths = async |more: Json| {
        let errors = mark.enquiry(more).await["userErrors"].clone();
        let text = |error: &Json| {
            let path: Vec<_> = error["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
            format!("{} {}", error["code"].as_str().unwrap(), path.join("."))
        };
        errors.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(paths(json!({})).await, "INVALID companyName");
    assert_eq!(paths(json!({"contactName": "Wu"})).await, "INVALID companyName");
    assert_eq!(paths(json!({"phone": "13900139000"})).await, "INVALID companyName", "nobody has it");
    let wrong = json!({"companyName": " ", "content": "", "source": "NOWHERE", "phone": "12", "email": "x"});
    assert_eq!(
        paths(wrong).await,
        "INVALID companyName, INVALID content, INVALID source, INVALID phone, INVALID email"
    );
    world.advance(TimeDelta::hours(1));
    assert_eq!(boss.outcome("blacklistCustomer", json!({"customerId": acme, "reason": "never pays"})).await, "");
    assert_eq!(mark.enquiry(json!({"companyName": "Acme"})).await["outcome"], "PASSED_ON", "its owner decides");
    ann.release(&acme).await;
    assert_eq!(paths(json!({"companyName": "Acme"})).await, "DUPLICATE companyName");
    assert_eq!(world.sql::<i64>("select count(*) from enquiry").await, 1);
    let hr = world.person("Hera", "hr", None).await;
    let query = "mutation($i: RecordEnquiryInput!) { recordEnquiry(input: $i) { outcome } }";
    let input = json!({"companyName": "Acme", "content": "x", "source": "WEBSITE"});
    assert!(hr.ask_with(query, json!({"i": input})).await.to_string().contains("FORBIDDEN"));
}

#[tokio::test]
async fn numbers_of_enquiries_count_as_look_ups() {
    let world = World::new().await;
    let mark = world.person("Mark", "marketing", None).await;
    sqlx::query("update setting set max_reveals_per_day = 2").execute(&world.db).await.unwrap();
    world.advance(TimeDelta::seconds(2));
    for (phone, code) in [
        ("13900139000", "INVALID"),
        ("13900139001", "INVALID"),
        ("13900139001", "INVALID"),
        ("13900139002", "REVEAL_LIMIT_REACHED"),
    ] {
        let refused = mark.enquiry(json!({"phone": phone})).await["userErrors"][0]["code"].clone();
        assert_eq!(refused, code, "{phone}");
    }
}

#[tokio::test]
async fn enquiries_move_with_a_merge_and_are_not_changed() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let (acme, other) = (json!(ann.create("Acme").await), json!(ann.create("Boreal").await));
    assert_eq!(boss.enquiry(json!({"companyName": "Boreal", "contactName": "Wu"})).await["outcome"], "PASSED_ON");
    world.advance(TimeDelta::hours(1));
    assert_eq!(boss.outcome("mergeCustomers", json!({"survivorId": acme, "mergedId": other})).await, "");
    assert_eq!(ann.enquiries(&acme).await[0]["contact"]["name"], "Wu");
    for statement in ["update enquiry set content = 'x'", "delete from enquiry"] {
        sqlx::query(statement).execute(&world.db).await.expect_err(statement);
    }
}
