//! What an import shows before it runs: values before and after, companies that may be the same, and one sentence where
//! all rows have the same problem.

use chrono::TimeDelta;
use serde_json::json;

use crate::crm::import::marketing;
use crate::support::World;

#[tokio::test]
async fn an_update_shows_each_changed_value_before_and_after_and_undo_restores_them() {
    let world = World::new().await;
    let (mei, mo, admin) = (marketing(&world).await, world.person("Mo", "marketing", None).await, world.admin().await);
    let id = mei.import("Name,Industry,Employees,Note\nAcme,Software,5,old\n".as_bytes()).await;
    mei.run_import(&id).await;
    world.advance(TimeDelta::minutes(1));
    let id = mei.import("Name,Industry,Employees,Note,Contact\nAcme,Retail,7,old,Li\n".as_bytes()).await;
    let query =
        "query($id: ID!) { import(id: $id) { rows { edges { node { outcome changes { column before after } } } } } }";
    let row = mei.data(query, json!({"id": id})).await["import"]["rows"]["edges"][0]["node"].clone();
    assert_eq!(row["outcome"], "UPDATE");
    assert_eq!(
        row["changes"],
        json!([
            {"column": "Industry", "before": "SOFTWARE", "after": "RETAIL"},
            {"column": "Employees", "before": "5", "after": "7"},
            {"column": "Contact", "before": null, "after": "Li"},
        ])
    );
    let of_others = admin.data(query, json!({"id": id})).await["import"]["rows"]["edges"][0]["node"].clone();
    assert_eq!(of_others["changes"], json!([]), "only the importer sees values");
    assert!(mo.data(query, json!({"id": id})).await["import"].is_null());
    mei.run_import(&id).await;
    assert_eq!(mei.data(query, json!({"id": id})).await["import"]["rows"]["edges"][0]["node"], row);
    world.advance(TimeDelta::minutes(1));
    mei.undo_import(&id).await;
    let customer: String = world
        .sql("select industry || ' ' || (select trim_scale(number_value)::text from customer_extra where key = 'employees') from customer")
        .await;
    assert_eq!(customer, "SOFTWARE 5");
    world.assert_sound().await;
}

#[tokio::test]
async fn new_companies_are_compared_with_contacts_of_others_and_with_each_other() {
    let world = World::new().await;
    let (mei, ann) = (marketing(&world).await, world.sales("Ann").await);
    let owned = ann.create("温岭大溪水泵厂").await;
    ann.contact(&json!(owned), "林", "13700000001", "lin@pump.example").await;
    let table = "客户名称,联系人,手机,邮箱\n\
        台州泽国机电,林总,+86 137-0000-0001,\n\
        玉环坎门机电,甲,,LIN@pump.example\n\
        玉环楚门机电,乙,13711110000,\n\
        宁波北仑模具,丙,１３７１１１１００００,\n\
        上海市海潮科技有限公司,丁,,\n\
        上海海潮科技,戊,,\n\
        温岭市大溪水泵厂,己,,\n";
    let id = mei.import(table.as_bytes()).await;
    let confirm = "If yours is another company, confirm that.";
    assert_eq!(
        mei.rows_of(&id).await,
        format!(
            "2 DUPLICATE of SIMILAR | 手机: A contact of another customer has \"+86 137-0000-0001\". It has an owner. {confirm}\n\
             3 DUPLICATE of SIMILAR | 邮箱: A contact of another customer has \"LIN@pump.example\". It has an owner. {confirm}\n\
             4 CREATE\n\
             5 DUPLICATE of SIMILAR | 手机: The contact of another company in row 4 has \"13711110000\", too. {confirm}\n\
             6 CREATE\n\
             7 DUPLICATE of SIMILAR | 客户名称: The company of row 6 has almost the same name. {confirm}\n\
             8 DUPLICATE of SIMILAR | 客户名称: A customer with a similar name already exists. It has an owner. {confirm}"
        )
    );
    // Who knows better says so.
    let payload = mei.upload("x.csv", table.as_bytes(), json!({"source": "EXHIBITION", "notDuplicate": true})).await;
    let import = mei.import_of(payload["import"]["id"].as_str().unwrap()).await;
    assert_eq!((&import["creates"], &import["duplicates"]), (&json!(7), &json!(0)), "{import}");
}

#[tokio::test]
async fn a_problem_of_most_rows_is_one_sentence() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let refused = async |table: &str, input: serde_json::Value| {
        let payload = mei.upload("x.csv", table.as_bytes(), input).await;
        payload["userErrors"][0]["message"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
    };
    let with_source = json!({"source": "EXHIBITION"});
    assert_eq!(
        refused("Name,Owner\nAcme,Ann\nBlue,Ben\nCosmos,\n", with_source.clone()).await,
        "Owner: You may not assign customers here. Set the column to IGNORED in `columns`."
    );
    assert_eq!(
        refused("Name\nAcme\nBlue\n", json!({})).await,
        "The file has no column for the source of companies, and the import has no default: give `source` for all rows."
    );
    assert_eq!(world.sql::<i64>("select count(*) from import").await, 0);
    // A single row that has it is an error of this row.
    let id = mei.import("Name,Level\nAcme,KEY\nBlue,\nCosmos,\n".as_bytes()).await;
    let rows = mei.rows_of(&id).await;
    assert!(rows.starts_with("2 ERROR | Level: You may not set the level of customers here."), "{rows}");
    assert!(rows.ends_with("3 CREATE\n4 CREATE"), "{rows}");
}

#[tokio::test]
async fn each_problem_says_what_is_wrong_and_only_once() {
    let world = World::new().await;
    let (admin, _ann) = (world.admin().await, world.sales("Ann").await);
    let table = "客户名称,负责人,领取时间,最后跟进时间\n\
        甲,小明,,\n\
        乙,Ann,03/04/2026,2026-03-01\n\
        丙,小明,2026-02-01,2026-03-01\n";
    let id = admin.import(table.as_bytes()).await;
    assert_eq!(
        admin.rows_of(&id).await,
        "2 ERROR | 负责人: \"小明\" is not an active user: write the name or the e-mail address of one\n\
         3 ERROR | 领取时间: \"03/04/2026\" has two readings: 2026-04-03 if the day comes first, 2026-03-04 if the month comes first. Say in `dateOrder` which one is meant.\n\
         4 ERROR | 负责人: \"小明\" is not an active user: write the name or the e-mail address of one"
    );
}

#[tokio::test]
async fn settings_decide_how_files_are_read_that_do_not_say_it() {
    let world = World::new().await;
    let (mei, admin) = (marketing(&world).await, world.admin().await);
    let input =
        json!({"phoneCountry": "de", "namelessContact": "Zentrale", "decimalMark": "COMMA", "dateOrder": "DAY_MONTH"});
    assert_eq!(admin.outcome("updateSettings", input).await, "");
    for (input, refusal) in
        [(json!({"phoneCountry": "Germany"}), "INVALID"), (json!({"namelessContact": ""}), "INVALID")]
    {
        assert_eq!(admin.outcome("updateSettings", input).await, refusal);
    }
    let table = "Name;Phone;Employees;Founded on\nAcme;030 901820;1.234;03/04/2026\n";
    mei.run_import(&mei.import(table.as_bytes()).await).await;
    let saved: String = world
        .sql("select k.name || ' ' || k.phones[1] || ' ' || k.phone_keys[1] || ' '
                     || (select string_agg(coalesce(trim_scale(x.number_value)::text, x.date_value::text), ' ' order by x.key) from customer_extra x)
              from contact k")
        .await;
    assert_eq!(saved, "Zentrale 030 901820 +4930901820 1234 2026-04-03");
    // Without a name for them, contacts without a name are refused.
    assert_eq!(admin.outcome("updateSettings", json!({"namelessContact": null})).await, "");
    let id = mei.import("Name,Contact,Phone\nBlue,,030 901821\n".as_bytes()).await;
    assert_eq!(
        mei.rows_of(&id).await,
        "2 ERROR | Contact: is blank, but there is \"030 901821\" of a contact: write the contact's name, or give `contactName` for all rows"
    );
}

#[tokio::test]
async fn a_value_is_given_a_meaning_once_and_it_is_remembered_for_its_user() {
    let world = World::new().await;
    let (mei, mo) = (marketing(&world).await, world.person("Mo", "marketing", None).await);
    let table = "客户名称,规模,员工人数\n甲厂,约 500,无\n乙厂,约５００,3\n".as_bytes();
    let values = json!([
        {"field": "SIZE", "value": "约500", "replacement": "UP_TO_1000"},
        {"field": "EXTRA", "extra": "employees", "value": "无"},
    ]);
    let input = json!({"source": "EXHIBITION", "values": values});
    let payload = mei.upload("x.csv", table, input).await;
    let id = payload["import"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned();
    assert_eq!(mei.rows_of(&id).await, "2 CREATE\n3 CREATE");
    mei.run_import(&id).await;
    let saved: String = world
        .sql("select string_agg(c.name || ' ' || c.size || coalesce(' ' || trim_scale(x.number_value)::text, ''), ', ' order by c.name)
              from customer c left join customer_extra x on x.customer_id = c.id")
        .await;
    assert_eq!(saved, "乙厂 UP_TO_1000 3, 甲厂 UP_TO_1000");
    // The next time it need not be said; other users are not affected.
    let again = mei.import_of(&mei.import(table).await).await;
    assert_eq!((&again["duplicates"], &again["errors"]), (&json!(2), &json!(0)), "{again}");
    let of_others = mo.import_of(&mo.import(table).await).await;
    assert_eq!(of_others["errors"], 2, "{of_others}");
    let wrong = json!({"source": "EXHIBITION", "values": [{"field": "EXTRA", "value": "x"}]});
    assert_eq!(mei.upload("x.csv", table, wrong).await["userErrors"][0]["path"], json!(["values", "0", "extra"]));
}

#[tokio::test]
async fn names_of_a_large_file_are_compared_with_all_customers() {
    let world = World::new().await;
    let (mei, ann) = (marketing(&world).await, world.sales("Ann").await);
    ann.create("温岭大溪水泵厂").await;
    let names: String = (0..2_100).map(|number| format!("Company {number:x}\n")).collect();
    let id = mei.import(format!("客户名称\n{names}温岭市大溪水泵厂\n").as_bytes()).await;
    assert_eq!(mei.import_of(&id).await["creates"], 2_100);
    let similar =
        "select string_agg(r.number || ' ' || c.name, ', ') from import_row r join customer c on c.id = r.customer_id
                   where r.duplicate_of = 'SIMILAR'";
    assert_eq!(world.sql::<String>(similar).await, "2102 温岭大溪水泵厂");
}
