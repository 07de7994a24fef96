//! Imports: a file is validated first and then run, and each row runs once.

use axum::http::StatusCode;
use chrono::TimeDelta;
use encoding_rs::GB18030;
use rust_xlsxwriter::{Format, Formula, Workbook};
use serde_json::json;

use crate::support::{Person, World};

pub async fn marketing(world: &World) -> Person {
    world.person("Mei", "marketing", None).await
}

const EVERY_CUSTOMER: &str = "select coalesce(string_agg(t, e'\\n' order by t), '') from (
    select c.name || coalesce(' ' || c.credit_code, '') || ' ' || c.source || coalesce(' ' || c.source_detail, '')
           || coalesce(' ' || c.industry, '') || coalesce(' ' || c.size, '') || coalesce(' ' || c.region, '')
           || coalesce(' <- ' || (select string_agg(k.name || coalesce(' ' || k.title, '') || ' ' || array_to_string(k.phones, ',') || ' '
                                                    || array_to_string(k.emails, ','), ' & ' order by k.name)
                                  from contact k where k.customer_id = c.id), '')
           || coalesce(' {' || (select string_agg(x.key || '=' || coalesce(x.text_value, trim_scale(x.number_value)::text, x.boolean_value::text,
                                                                          x.date_value::text), ',' order by x.key)
                                from customer_extra x where x.customer_id = c.id) || '}', '') as t
    from customer c) every";

#[tokio::test]
async fn valid_rows_of_a_table_are_imported_and_the_other_rows_are_reported() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let table = "2026年展会客户名单,,,,,,,,\r\n\
        客户名称（必填）,统一社会信用代码,行业,规模,地区,联系人,职务,手机/电话,备注,成立日期\n\
        上海海潮科技有限公司,91310000ma1k35x29p,软件,1-50人,华东,李雷,总监,021-6888 1234；13800138000,\"展位 A1,\n请周一联系\",2019年3月1日\r\
        \"北京\"\"青山\"\"制造\",,MANUFACTURING,,华北,,,,,2020/1/5\r\n\
        上海海潮科技股份有限公司,,,,,韩梅梅,经理,0013800138001,,\n\
        \n\
        上海 海潮科技,,,,,李雷,,,,\n\
        广州云帆,,航天,,,王五,,138,,\n\
        ,,软件,,,,,,,\n\
        =cmd|' /C calc'!A0,,,,,赵六,,+86 139 0013 9000,@SUM(1),\n\
        深圳多列,,,,,,,,,2020-01-01,多出的\n\
        杭州错误,12-34,,,,钱七,,打电话,,昨天\n";
    let (bytes, _, _) = GB18030.encode(table);
    let payload = mei.upload("名单.csv", &bytes, json!({"source": "EXHIBITION"})).await;
    assert_eq!(payload["import"]["status"], "READY", "{payload}");
    let id = payload["import"]["id"].as_str().unwrap();
    insta::assert_snapshot!("dirty_table_validated", mei.rows_of(id).await);
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, 0, "a dry run enters nothing");
    let done = mei.run_import(id).await;
    assert_eq!(
        (&done["status"], &done["rowsDone"], &done["rowCount"]),
        (&json!("DONE"), &json!(9), &json!(9)),
        "{done}"
    );
    insta::assert_snapshot!("dirty_table_done", mei.rows_of(id).await);
    insta::assert_snapshot!("dirty_table_customers", world.sql::<String>(EVERY_CUSTOMER).await);
    let causes: Vec<(String, String, i64)> =
        sqlx::query_as("select type, cause, count(*) from customer_operation_log group by 1, 2")
            .fetch_all(&world.db)
            .await
            .unwrap();
    assert_eq!(causes, [("CREATE".to_owned(), "IMPORT".to_owned(), 3)]);
    world.assert_sound().await;
    let (status, failed) = mei.failed_rows_of(id, "zh-CN").await;
    assert_eq!(status, StatusCode::OK);
    insta::assert_snapshot!("dirty_table_failed", failed);
    // The corrected file is imported again; a cell that looks like a formula stays text.
    let corrected = failed
        .replace("航天", "软件")
        .replace("打电话", "+86 138 0013 8009")
        .replace("昨天", "2020-02-02")
        .replace(",138,", ",138 0013 8008,")
        .replace("12-34", "");
    let again = mei.run_import(&mei.import(corrected.as_bytes()).await).await;
    assert_eq!((&again["creates"], &again["errors"]), (&json!(2), &json!(2)), "{again}");
}

#[tokio::test]
async fn cells_of_a_workbook_are_read_as_they_are_displayed() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("空").unwrap();
    workbook.add_worksheet().set_name("说明").unwrap().write_row(0, 0, ["填写说明", "每行一家公司"]).unwrap();
    let sheet = workbook.add_worksheet().set_name("名单").unwrap();
    let (day, bold) = (Format::new().set_num_format("yyyy-mm-dd"), Format::new().set_bold());
    // A header of two rows, as merged cells produce it.
    sheet.merge_range(1, 0, 2, 0, "公司名称", &bold).unwrap();
    sheet.merge_range(1, 1, 2, 1, "来源", &bold).unwrap();
    sheet.merge_range(1, 2, 1, 4, "联系人", &bold).unwrap();
    sheet.write_row(2, 2, ["姓名", "电话", "邮箱"]).unwrap();
    sheet.merge_range(1, 5, 2, 5, "Founded on", &bold).unwrap();
    sheet.merge_range(1, 6, 2, 6, "员工人数", &bold).unwrap();
    sheet.merge_range(1, 7, 2, 7, "信用代码", &bold).unwrap();
    sheet.merge_range(1, 8, 2, 8, "上市公司", &bold).unwrap();
    sheet.write_row(3, 0, ["蓝海", "官网", "Li", "013800138000", "li@example.com"]).unwrap();
    sheet.write_number_with_format(3, 5, 43_525, &day).unwrap();
    sheet.write_number(3, 6, 120.0).unwrap();
    sheet.write_formula(5, 0, Formula::new("=\"绿\"&\"洲\"").set_result("绿洲")).unwrap();
    sheet.write_row(5, 1, ["转介绍", "Han"]).unwrap();
    sheet.write_number(5, 3, 13_800_138_001_f64).unwrap();
    sheet.write_boolean(5, 8, true).unwrap();
    sheet.write_row(6, 0, ["红山", "官网"]).unwrap();
    sheet.write_number(6, 7, 913_100_001_234_567_890_f64).unwrap();
    sheet.write_formula(7, 0, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    let file = workbook.save_to_buffer().unwrap();
    let payload = mei.upload("名单.xlsx", &file, json!({})).await;
    let id = payload["import"]["id"].as_str().unwrap_or_else(|| panic!("{payload}"));
    let done = mei.run_import(id).await;
    assert_eq!((&done["sheet"], &done["status"]), (&json!("名单"), &json!("DONE")));
    insta::assert_snapshot!("workbook_rows", mei.rows_of(id).await);
    insta::assert_snapshot!("workbook_customers", world.sql::<String>(EVERY_CUSTOMER).await);
}

#[tokio::test]
async fn an_import_updates_existing_customers_only_where_its_user_may_edit_them() {
    let world = World::new().await;
    let (mei, boss, admin) =
        (marketing(&world).await, world.person("Boss", "manager", None).await, world.admin().await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let mine = mei.create("Mine Ltd.").await;
    mei.contact(&json!(mine), "Li", "13812345678", "li@example.com").await;
    let (other, blocked, _taken) =
        (world.pooled("Pooled").await, world.pooled("Blocked").await, ann.create("Taken").await);
    admin.act("blacklistCustomer", json!({"customerId": blocked, "reason": "x"}), "__typename").await;
    let table = "Company,Industry,Level,Contact,Phone\n\
        mine inc.,Software,,Li,111111\n\
        MINE,,,Han,222222\n\
        Pooled,Retail,,,\n\
        Taken,Retail,,,\n\
        Blocked,Retail,,,\n\
        New One,Retail,KEY,,\n";
    world.advance(TimeDelta::minutes(1));
    let id = mei.import(table.as_bytes()).await;
    let version = async || world.sql::<i32>("select version from customer where name_key = 'mine'").await;
    assert_eq!(version().await, 1, "a dry run changes nothing");
    let done = mei.run_import(&id).await;
    assert_eq!(done["updates"], 2, "{done}");
    insta::assert_snapshot!("existing_for_marketing", mei.rows_of(&id).await);
    assert_eq!(version().await, 2);
    let contacts: String = world.sql("select string_agg(name || phones[1], ',' order by name) from contact").await;
    assert_eq!(contacts, "Han222222,Li13812345678", "a contact is added, never written over");
    // Importing the same file again changes nothing.
    let again = mei.run_import(&mei.import(table.as_bytes()).await).await;
    assert_eq!((&again["updates"], &again["duplicates"]), (&json!(0), &json!(5)), "{again}");
    // An administrator may change all of them except the blacklisted one, and may set levels.
    let id = admin.import(table.as_bytes()).await;
    let done = admin.run_import(&id).await;
    assert_eq!(done["status"], "DONE");
    insta::assert_snapshot!("existing_for_admin", admin.rows_of(&id).await);
    let industry = admin.data("query($id: ID!) { customer(id: $id) { industry } }", json!({"id": other})).await;
    assert_eq!(industry["customer"]["industry"], "RETAIL");
    world.assert_sound().await;
}

#[tokio::test]
async fn users_who_may_assign_set_owner_and_date_in_the_file() {
    let world = World::new().await;
    let (admin, mei) = (world.admin().await, marketing(&world).await);
    let ann = world.sales("Ann").await;
    world.person("Hugh", "hr", None).await;
    let table = "Name,Owner,Owned since,Last follow up\n\
        One,ann@example.com,2026-02-01,2026-02-20 09:30\n\
        Two,Ann,,\n\
        Three,Nobody,,\n\
        Four,Hugh,,\n\
        Five,,2026-02-01,\n\
        Six,Ann,2030-01-01,\n\
        Seven,Ann,2026-02-01,2026-01-01\n\
        Eight,,,\n\
        Soon,Ann,2026-03-02T01:01:00Z,2026-03-02T01:00:30Z\n\
        Sooner,Ann,2026-03-02T01:01:01Z,\n";
    let id = admin.import(table.as_bytes()).await;
    let done = admin.run_import(&id).await;
    assert_eq!(done["creates"], 4, "{done}");
    insta::assert_snapshot!("owners_for_admin", admin.rows_of(&id).await);
    let owned = ann
        .ask("{ customers(orderBy: NAME_ASC) { edges { node { name ownedSince lastFollowUpTime operations { edges { node { type cause } } } } } } }")
        .await;
    let one = &owned["customers"]["edges"][1]["node"];
    assert_eq!(one["ownedSince"], "2026-01-31T16:00:00.000000Z", "{owned}");
    assert_eq!(one["lastFollowUpTime"], "2026-02-20T01:30:00.000000Z");
    assert_eq!(one["operations"]["edges"][0]["node"], json!({"type": "CREATE", "cause": "IMPORT"}));
    let id = mei.import(b"Name,Owner\nNine,ann@example.com\nTen,\n").await;
    assert_eq!(
        mei.rows_of(&id).await,
        "2 ERROR | Owner: You may not assign customers here. Set the column to IGNORED in `columns`.\n3 CREATE"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn times_of_existing_customers_are_not_written_and_differences_are_reported() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let table = "Name,Owner,Owned since,Last follow up\n\
        One,Ann,2026-02-01,2026-02-20T09:30Z\n\
        One,Ann,2026-02-01,2026-02-21\n";
    let validated = "Last follow up: is not written, because row 2 of the same company takes precedence";
    let id = admin.import(table.as_bytes()).await;
    assert!(
        admin.rows_of(&id).await.ends_with(&format!("the row has no new contact. | {validated}")),
        "{}",
        admin.rows_of(&id).await
    );
    assert_eq!(admin.run_import(&id).await["creates"], 1);
    let owned = ann.ask("{ customers { edges { node { lastFollowUpTime } } } }").await;
    let last = &owned["customers"]["edges"][0]["node"]["lastFollowUpTime"];
    assert_eq!(last, "2026-02-20T09:30:00.000000Z", "Z is UTC");
    world.advance(TimeDelta::minutes(1));
    let again = admin.import(b"Name,Owner,Owned since,Last follow up\nOne,Ann,2026-02-01,2026-02-20 17:30\n").await;
    let same = "2 DUPLICATE of SAME [One] | This customer exists already and has all values of the row.";
    assert_eq!(admin.rows_of(&again).await, same);
    let other = admin.import(b"Name,Owner,Owned since,Last follow up\nOne,Ann,2026-02-02,2026-02-21\n").await;
    let not_written = "is not written, because it applies to new customers only";
    let notes = format!("Owned since: {not_written} | Last follow up: {not_written}");
    assert_eq!(admin.rows_of(&other).await, format!("2 DUPLICATE of SAME [One] | {notes}"));
}

#[tokio::test]
async fn a_disabled_choice_stays_on_existing_customers_and_cannot_be_given_to_others() {
    let world = World::new().await;
    let (admin, mei) = (world.admin().await, marketing(&world).await);
    let choice = |kind: &str, active: bool| json!({"kind": kind, "code": "OLD", "nameEn": "Old one", "nameZh": "旧", "active": active});
    for kind in ["SOURCE", "INDUSTRY"] {
        assert_eq!(admin.outcome("saveChoice", choice(kind, true)).await, "");
    }
    let input = json!({"name": "Acme", "source": "OLD", "industry": "OLD"});
    let acme = mei.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone();
    mei.create("Blue").await;
    for kind in ["SOURCE", "INDUSTRY"] {
        assert_eq!(admin.outcome("saveChoice", choice(kind, false)).await, "");
    }
    let input = json!({"customerId": acme, "version": 1, "source": "OLD", "industry": "OLD", "region": "EAST"});
    assert_eq!(mei.outcome("updateCustomer", input).await, "");
    let input = json!({"customerId": acme, "version": 2, "source": ""});
    assert_eq!(mei.outcome("updateCustomer", input).await, "INVALID");
    for source in ["OLD", ""] {
        assert_eq!(mei.outcome("createCustomer", json!({"name": "New", "source": source})).await, "INVALID");
    }
    world.advance(TimeDelta::minutes(1));
    let table = "Name,Source,Industry,Region\n\
        Acme,OLD,Old one,North\n\
        Blue,,OLD,\n\
        New,OLD,old one,\n\
        Acme,OLD,OLD,\n";
    let id = mei.import(table.as_bytes()).await;
    let validated = mei.rows_of(&id).await;
    let industry = "\"OLD\" is not one of the choices: MANUFACTURING, SOFTWARE, RETAIL, LOGISTICS, FINANCE, HEALTHCARE, \
                    EDUCATION, ENERGY, CONSTRUCTION, OTHER.";
    let source =
        "\"OLD\" is not one of the choices: EXHIBITION, WEBSITE, REFERRAL, COLD_CALL, ADVERTISING, PARTNER, OTHER.";
    assert_eq!(
        validated,
        format!(
            "2 UPDATE [Acme]\n3 ERROR | Industry: {industry}\n4 ERROR | Source: {source} | Industry: {industry}\n\
             5 DUPLICATE of ROW (row 2) [Acme] | This is the same company as in row 2, and the row has no new contact."
        )
    );
    mei.run_import(&id).await;
    assert_eq!(mei.rows_of(&id).await, validated);
    let acme: String =
        world.sql("select source || ' ' || industry || ' ' || region from customer where name = 'Acme'").await;
    assert_eq!(acme, "OLD OLD NORTH");
}

#[tokio::test]
async fn rows_are_validated_again_when_the_import_runs() {
    let world = World::new().await;
    let (mei, ann) = (marketing(&world).await, world.sales("Ann").await);
    let id = mei.import("Name,Contact,Phone\nAcme,Li,111111\nBlue,,\nAcme,Han,222222\n".as_bytes()).await;
    assert_eq!(mei.rows_of(&id).await, "2 CREATE\n3 CREATE\n4 UPDATE (row 2)");
    ann.create("Acme").await;
    mei.run_import(&id).await;
    let text = "A customer with this name already exists. It has an owner.";
    assert_eq!(
        mei.rows_of(&id).await,
        format!("2 DUPLICATE of TAKEN | Name: {text}\n3 CREATE [Blue]\n4 DUPLICATE of TAKEN | Name: {text}")
    );
    assert_eq!(world.sql::<i64>("select count(*) from contact").await, 0);
    // A finished import does not run again.
    let before = mei.import_of(&id).await;
    assert_eq!(mei.run_import(&id).await, before);
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log").await, 2);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_importer_maps_the_columns() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let table = "Firma,Name,Was,Quelle\nAcme,Li,Software,Website\n";
    let columns = json!([{"header": "Firma", "field": "NAME"}, {"header": "name", "field": "CONTACT_NAME"},
                         {"header": "Was", "field": "EXTRA", "extra": "credit_rating"}, {"header": "Quelle", "field": "SOURCE"}]);
    let payload = mei.upload("x.csv", table.as_bytes(), json!({"columns": columns, "dryRun": false})).await;
    let id = payload["import"]["id"].as_str().unwrap();
    mei.wait_for_import(id).await;
    assert_eq!(world.sql::<String>(EVERY_CUSTOMER).await, "Acme WEBSITE <- Li   {credit_rating=Software}");
    let said =
        mei.data("query($id: ID!) { import(id: $id) { columns { header field extra } } }", json!({"id": id})).await;
    assert_eq!(said["import"]["columns"][2], json!({"header": "Was", "field": "EXTRA", "extra": "credit_rating"}));
    for (columns, path) in [
        (json!([{"header": "Nothing", "field": "NAME"}]), json!(["columns", "0", "header"])),
        (json!([{"header": "Was", "field": "EXTRA", "extra": "unheard"}]), json!(["columns", "0", "extra"])),
        (json!([{"header": "Was", "field": "INDUSTRY", "extra": "listed"}]), json!(["columns", "0", "extra"])),
        (json!([{"header": "Firma", "field": "NAME"}]), json!(["file"])),
        (json!([{"header": "Name", "field": "IGNORED"}]), json!(["file"])),
    ] {
        let payload = mei.upload("x.csv", table.as_bytes(), json!({"columns": columns})).await;
        assert_eq!(payload["userErrors"][0]["path"], path, "{payload}");
        assert_eq!(payload["userErrors"][0]["code"], "INVALID");
    }
    let payload = mei.upload("x.csv", table.as_bytes(), json!({"source": "MOON"})).await;
    assert_eq!(payload["userErrors"][0]["path"], json!(["source"]));
    assert_eq!(world.sql::<i64>("select count(*) from import").await, 1, "what is refused leaves nothing behind");
}

#[tokio::test]
async fn a_row_similar_to_a_customer_waits_for_the_decision_of_the_importer() {
    let world = World::new().await;
    let (mei, ann) = (marketing(&world).await, world.sales("Ann").await);
    for name in ["上海海潮科技有限公司", "Green Mountain Ltd."] {
        mei.create(name).await;
    }
    let input = json!({"name": "Blue Wave Trading", "source": "WEBSITE", "creditCode": "12345678"});
    ann.act("createCustomer", input, "__typename").await;
    let table = "Name,Credit code,Contact\n\
        海潮科技,,Li\n\
        海潮科技有限公司,,Han\n\
        Blue Wave Tradings,,\n\
        Blue Wave Trade,12345678,\n\
        Green Mountain,,Wang\n\
        Red Valley,,\n\
        Red Valleys,,\n";
    let id = mei.import(table.as_bytes()).await;
    insta::assert_snapshot!("similar_validated", mei.rows_of(&id).await);
    let done = mei.run_import(&id).await;
    assert_eq!([&done["creates"], &done["updates"], &done["duplicates"]], [2, 1, 4], "{done}");
    let (_, failed) = mei.failed_rows_of(&id, "en").await;
    insta::assert_snapshot!("similar_failed", failed);
    // After the decision they are imported again; a row with the same name stays refused.
    let payload =
        mei.upload("failed.csv", failed.as_bytes(), json!({"source": "EXHIBITION", "notDuplicate": true})).await;
    let again = payload["import"]["id"].as_str().unwrap();
    mei.run_import(again).await;
    insta::assert_snapshot!("similar_again", mei.rows_of(again).await);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_file_of_failed_rows_has_no_formula_for_spreadsheet_programs() {
    let world = World::new().await;
    let mei = marketing(&world).await;
    let table = "Name,Phone\nAcme,\nBlue;=1+1,call me\nGreen；＋1,call me\n＝2+2,call me\n=3+3,call me\n";
    let id = mei.import(table.as_bytes()).await;
    mei.run_import(&id).await;
    let (_, failed) = mei.failed_rows_of(&id, "en").await;
    for cell in ["Blue;'=1+1", "Green；'＋1", "'＝2+2", "'=3+3"] {
        assert!(failed.lines().any(|line| line.starts_with(&format!("{cell},call me,"))), "{cell}: {failed}");
    }
}
