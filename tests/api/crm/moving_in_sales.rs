//! Opportunities and orders move in from another system, with the history that they had there.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::crm::analysis::assert_ledger;
use crate::crm::moving_in::moved_in;
use crate::support::Statements;

/// Two products of the other system.
pub const PRODUCTS: &str =
    "SKU,Product id,Name,Unit,Price,Currency\nS-1,77,标准版,套,10000,CNY\nS-2,78,专业版,套,30000,CNY\n";

const ORDERS: &str = "订单编号,客户编号,销售,下单日期,币种,产品编码,产品id,数量,单价,折扣,回款金额,回款日期,发货日期,交付日期,取消日期,备注\n\
    O-1,A-1,,2025-07-01,CNY,S-1,,2,9000,500,,,2025-07-10,2025-07-12,,首单\n\
    O-2,A-1,Ben,2025-05-01,CNY,S-2,,1,,,10000,2025-05-02,,,,以前的订单\n\
    O-1,A-1,,,,,78,1,25000,,12500,2025-07-02,,,,\n\
    O-1,A-1,,,,,,,,,30000,2025-07-08,,,,\n\
    O-3,A-4,Ben,2025-08-01,CNY,S-1,,1,10000,,,,,,2025-08-05,\n\
    O-4,A-2,,2025-10-01,CNY,S-1,,1,10000,,4000,2025-10-02,2025-10-03,,2025-10-20,\n\
    O-5,A-2,,2025-11-01,,S-1,,3,,,,,,,,\n";

/// The orders with their lines and steps.
const WRITTEN: &str = "select string_agg(t, e'\\n' order by t) from (
    select o.order_no || ' ' || c.name || ' ' || s.name || ' ' || w.name || ' ' || o.status || ' ' || o.total_amount || ' ' || o.paid_amount || ' '
        || o.currency || ' ' || to_char(o.ordered_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD') || coalesce(' ' || o.remark, '') || ': '
        || (select string_agg(p.sku || ' ' || trim_scale(l.quantity) || 'x' || l.unit_price || '-' || l.discount, ', ' order by l.position)
            from order_product l join product p on p.id = l.product_id where l.order_id = o.id) || '; '
        || (select string_agg(h.action || coalesce(' ' || (select abs(p.amount) from payment p where p.id = h.payment_id), '') || to_char(h.at at time zone 'Asia/Shanghai', ' MM-DD'), ', ' order by h.at, h.id)
            from order_history h where h.order_id = o.id) as t
    from sales_order o join customer c on c.id = o.customer_id join app_user s on s.id = o.sold_by_user_id join app_user w on w.id = o.owner_user_id) t";

#[tokio::test]
async fn rows_of_an_order_are_joined_and_its_steps_are_dated_as_they_were() {
    let (world, admin, ann, _) = moved_in().await;
    admin.run_import(&admin.import_records("PRODUCTS", PRODUCTS).await).await;
    let id = admin.import_records("ORDERS", ORDERS).await;
    insta::assert_snapshot!("orders_validated", admin.rows_of(&id).await);
    let done = admin.run_import(&id).await;
    assert_eq!((&done["creates"], &done["updates"], &done["rowsDone"]), (&json!(5), &json!(2), &json!(7)), "{done}");
    insta::assert_snapshot!("orders_validated", admin.rows_of(&id).await);
    insta::assert_snapshot!("orders_written", world.sql::<String>(WRITTEN).await);
    // As an order that is recorded here, each leaves a follow-up.
    let talks = "select string_agg(content, ', ' order by at) from followup where channel = 'ORDER'";
    let said: String = world.sql(talks).await;
    assert!(said.starts_with("O-2: 30000.00 CNY, O-1: 42500.00 CNY"), "{said}");
    let told = "select string_agg(u.name || ' ' || n.import_kind || ' ' || n.records, ', ' order by u.name, n.at, n.import_kind)
                from notification n join app_user u on u.id = n.user_id";
    assert_eq!(world.sql::<String>(told).await, "Ann CUSTOMERS 2, Ann ORDERS 4, Ben CUSTOMERS 1, Ben ORDERS 1");
    assert_ledger(&world).await;
    world.assert_sound().await;
    // Twice.
    let again = admin.import_records("ORDERS", ORDERS).await;
    assert_eq!(admin.run_import(&again).await["duplicates"], 7, "{}", admin.rows_of(&again).await);
    // Somebody goes on with an order, so an undo keeps it.
    let order: String = world.sql("select 'order_' || id from sales_order where order_no = 'O-5'").await;
    let paid = json!({"orderId": order, "version": 1, "action": "PAY", "amount": "5000"});
    assert_eq!(ann.outcome("advanceOrder", paid).await, "");
    world.advance(TimeDelta::minutes(1));
    let undone = admin.undo_import(&id).await;
    assert_eq!(undone["status"], "UNDONE", "{undone}");
    insta::assert_snapshot!("orders_undone", admin.rows_of(&id).await);
    let left = "select string_agg(order_no, ', ') from sales_order";
    assert_eq!(world.sql::<String>(left).await, "O-5");
    assert_eq!(world.sql::<String>(talks).await, "O-5: 30000.00 CNY");
    assert_eq!(
        world.sql::<String>("select string_agg(name, ', ') from customer where has_ordered").await,
        "北京青山制造有限公司"
    );
    assert_ledger(&world).await;
    world.assert_sound().await;
    let once_more = admin.import_records("ORDERS", ORDERS).await;
    let done = admin.run_import(&once_more).await;
    assert_eq!((&done["creates"], &done["duplicates"]), (&json!(4), &json!(1)), "{done}");
    assert_ledger(&world).await;
}

#[tokio::test]
async fn an_order_is_imported_whole_or_not_at_all() {
    let (world, admin, _, _) = moved_in().await;
    admin.run_import(&admin.import_records("PRODUCTS", PRODUCTS).await).await;
    let table = "Order id,Customer id,Company,Sold by,Order date,Currency,SKU,Quantity,Unit price,Discount,Payment,Payment date,Ship date,Cancellation date\n\
        E-1,A-1,,,2025-07-01,CNY,S-1,2,9000,,,,,\n\
        E-1,A-2,,Ben,2025-07-02,USD,S-9,1,1,,,,,\n\
        E-1,,,,,,,,,,500,2025-06-01,,\n\
        E-2,A-1,,,2025-07-01,CNY,S-1,2,100,500,,,,\n\
        E-3,A-1,,,2025-07-01,CNY,S-1,1,100,,60,,,\n\
        E-3,A-1,,,,,,,,,60,,,\n\
        E-4,A-4,,,,,S-1,x,100,,,,,\n\
        E-5,A-9,,,2025-07-01,RMB,S-1,1,100.005,,,,,\n\
        E-6,A-1,,,2025-07-01,CNY,,1,100,,,,,\n\
        E-7,A-1,,,2025-07-01,CNY,S-1,,100,,,,,\n\
        E-8,A-1,,,2025-07-01,CNY,,,,,,,,\n\
        ,A-1,,,2025-07-01,CNY,S-1,1,1,,,,,\n\
        E-9,A-1,,,2025-07-01,CNY,S-1,1,100,,50,2025-07-02,2025-07-03,\n\
        E-10,A-1,,,2025-07-01,CNY,S-1,1,100,,100,2025-07-02,2025-06-03,2025-06-01\n\
        E-11,A-1,,,2025-07-01,CNY,S-1,1,100,,100,2025-07-09,2025-07-03,\n\
        E-12,A-1,,,2025-07-01,CNY,S-1,1,100,,,,,\n\
        E-12,,,,,,S-1,two,100,,,,,\n";
    let id = admin.import_records("ORDERS", table).await;
    insta::assert_snapshot!("orders_with_errors", admin.rows_of(&id).await);
    let done = admin.run_import(&id).await;
    assert_eq!((&done["creates"], &done["errors"], &done["rowsDone"]), (&json!(2), &json!(15), &json!(17)), "{done}");
    insta::assert_snapshot!("orders_of_those", world.sql::<String>(WRITTEN).await);
    world.assert_sound().await;
    assert_ledger(&world).await;
    // The file of failed rows has the whole orders, to correct and import again.
    let (_, failed) = admin.failed_rows_of(&id, "en").await;
    let wrong = failed.lines().filter(|line| line.starts_with("E-3")).collect::<Vec<_>>().join("\n");
    let wanted = "E-3,A-1,,,2025-07-01,CNY,S-1,1,100,,60,,,,\"The order is not created, because row 7 of it has errors.\"\n\
        E-3,A-1,,,,,,,,,60,,,,\"Payment: The amount must be more than 0 and at most 40, which is left to pay.\"";
    assert_eq!(wrong, wanted);
}

#[tokio::test]
async fn rows_of_an_order_may_be_far_apart() {
    let (world, admin, _, _) = moved_in().await;
    admin.run_import(&admin.import_records("PRODUCTS", PRODUCTS).await).await;
    let mut table = "Order id,Customer id,Order date,SKU,Quantity,Unit price,Payment,Payment date\n".to_owned();
    for order in 0..700 {
        table.push_str(&format!("M-{order},A-{},2025-07-01,S-1,1,{},,\n", order % 3 + 1, order + 1));
    }
    for order in 0..700 {
        table.push_str(&format!("M-{order},A-{},,,,,{},2025-08-{:02}\n", order % 3 + 1, order + 1, order % 28 + 1));
    }
    let id = admin.import_records("ORDERS", &table).await;
    let counts = |import: &Json| (import["creates"].clone(), import["updates"].clone(), import["errors"].clone());
    assert_eq!(counts(&admin.import_of(&id).await), (json!(700), json!(700), json!(0)));
    let done = admin.run_import(&id).await;
    assert_eq!((counts(&done), &done["rowsDone"]), ((json!(700), json!(700), json!(0)), &json!(1400)), "{done}");
    let paid: i64 =
        world.sql("select count(*) from sales_order where status = 'PAID' and paid_amount = total_amount").await;
    assert_eq!(paid, 700);
    admin.undo_import(&id).await;
    assert_eq!(world.sql::<i64>("select count(*) from sales_order").await, 0);
    assert_eq!(world.sql::<i64>("select count(*) from order_history").await, 0);
    assert_ledger(&world).await;
}

const OPPORTUNITIES: &str = "商机编号,客户编号,负责人,创建时间,阶段,产品编码,金额,币种,预计成交日期,赢单率,关闭时间,输单原因,输单说明,商机名称,备注\n\
    D-1,A-1,,2025-06-05,方案报价,S-1,50000,CNY,2026-04-01,60%,,,,二期泵站,五月上会\n\
    D-2,A-1,Ben,2024-03-01,WON,,80000,CNY,2024-05-01,,2024-05-20 10:00,,,,\n\
    D-3,A-2,,2025-09-02,输单,,20000,CNY,2025-10-01,,,价格太高,比对手贵三成,,\n\
    D-4,A-2,,2025-09-02,Lost,,,,2025-11-01,,,对方改主意了,,,\n\
    D-5,A-4,Ben,2025-10-01,无效,,10,USD,,,2025-10-01,重复,,,\n";

#[tokio::test]
async fn opportunities_have_the_history_that_they_had_and_what_is_about_them_refers_to_them() {
    let (world, admin, ann, _) = moved_in().await;
    admin.run_import(&admin.import_records("PRODUCTS", PRODUCTS).await).await;
    let id = admin.import_records("OPPORTUNITIES", OPPORTUNITIES).await;
    let done = admin.run_import(&id).await;
    assert_eq!(done["creates"], 5, "{}", admin.rows_of(&id).await);
    let written = "select string_agg(t, e'\\n' order by t) from (
        select x.key || ' ' || c.name || ' ' || u.name || ' ' || o.stage || coalesce(' ' || o.amount || ' ' || o.currency, '') || ' ' || o.probability
               || coalesce(' ' || o.close_date, '') || coalesce(' ' || p.sku, '') || coalesce(' ' || o.lost_reason, '') || coalesce(' “' || o.lost_remark || '”', '') || coalesce(' ' || o.name || ' (' || o.note || ')', '') || ': '
               || (select string_agg(h.stage || to_char(h.valid_from at time zone 'Asia/Shanghai', ' YYYY-MM-DD HH24:MI'), ', ' order by h.valid_from)
                   from opportunity_history h where h.opportunity_id = o.id) as t
        from sales_opportunity o join customer c on c.id = o.customer_id join app_user u on u.id = o.owner_user_id
        join external_id x on x.record_id = o.id left join product p on p.id = o.product_id) t";
    insta::assert_snapshot!("opportunities", world.sql::<String>(written).await);
    let told = "select string_agg(u.name || ' ' || n.import_kind || ' ' || n.records, ', ' order by u.name, n.at, n.import_kind)
                from notification n join app_user u on u.id = n.user_id";
    assert_eq!(
        world.sql::<String>(told).await,
        "Ann CUSTOMERS 2, Ann OPPORTUNITIES 1, Ben CUSTOMERS 1",
        "what is still open"
    );
    assert_ledger(&world).await;
    // Follow-ups and orders refer to them.
    let talks = "客户编号,商机编号,跟进时间,跟进内容\nA-1,D-1,2025-06-06,谈方案\nA-2,D-1,2025-10-06,别人的机会\n";
    let talks = admin.import_records("FOLLOW_UPS", talks).await;
    let wanted = "2 CREATE [上海海潮科技有限公司]\n3 ERROR [北京青山制造有限公司] | 商机编号: \"D-1\" is not an opportunity of the customer";
    assert_eq!(admin.rows_of(&talks).await, wanted);
    admin.run_import(&talks).await;
    let orders = "订单编号,客户编号,商机编号,销售,下单日期,产品编码,数量\nO-9,A-1,D-2,Ben,2024-05-20,S-2,1\nO-10,A-1,D-3,,2025-07-01,S-2,1\n";
    let orders = admin.import_records("ORDERS", orders).await;
    let wanted = "2 CREATE [上海海潮科技有限公司]\n3 ERROR [上海海潮科技有限公司] | 商机编号: \"D-3\" is not an opportunity of the customer";
    assert_eq!(admin.rows_of(&orders).await, wanted);
    admin.run_import(&orders).await;
    let about = "select count(*) from (select opportunity_id from followup union all select opportunity_id from sales_order) a where opportunity_id is not null";
    assert_eq!(world.sql::<i64>(about).await, 3, "a follow-up, an order, and the follow-up of the order");
    assert_ledger(&world).await;
    world.assert_sound().await;
    let again = admin.import_records("OPPORTUNITIES", OPPORTUNITIES).await;
    assert_eq!(admin.run_import(&again).await["duplicates"], 5);
    world.advance(TimeDelta::minutes(1));
    admin.undo_import(&id).await;
    let rows = admin.rows_of(&id).await;
    let undone: Vec<_> = rows.lines().map(|line| line.split(' ').nth(2).unwrap()).collect();
    assert_eq!(undone, ["KEPT", "KEPT", "REMOVED", "REMOVED", "REMOVED"], "{rows}");
    assert_eq!(world.sql::<i64>("select count(*) from sales_opportunity").await, 2);
    assert_ledger(&world).await;
    // The owner goes on with an open one.
    let deal: String = world.sql("select 'opportunity_' || id from sales_opportunity where stage_kind = 'OPEN'").await;
    assert_eq!(ann.move_to(&json!(deal), 1, "WON").await, "");
    world.assert_sound().await;
    assert_ledger(&world).await;
}

#[tokio::test]
async fn an_imported_order_wins_its_opportunity_or_says_why_not() {
    let (world, admin, _, _) = moved_in().await;
    admin.run_import(&admin.import_records("PRODUCTS", PRODUCTS).await).await;
    admin.run_import(&admin.import_records("OPPORTUNITIES", OPPORTUNITIES).await).await;
    let orders = "订单编号,客户编号,商机编号,下单日期,产品编码,数量,取消日期\n\
        O-1,A-1,D-1,2025-08-01,S-2,1,\nO-2,A-1,D-1,2025-07-01,S-2,1,\nO-3,A-2,D-3,2025-10-05,S-2,1,\nO-4,A-2,D-4,2025-10-05,S-2,1,2025-10-06\n\
        O-5,A-1,D-2,2024-05-21,S-2,1,\n";
    let orders = admin.import_records("ORDERS", orders).await;
    admin.run_import(&orders).await;
    let rows = admin.rows_of(&orders).await;
    let refused = "4 ERROR [北京青山制造有限公司] | 商机编号: \"D-3\" is lost or void: correct the opportunity, or leave the cell blank";
    assert!(rows.lines().any(|row| row == refused), "{rows}");
    assert_eq!(rows.matches("CREATE").count(), 4, "{rows}");
    let stages = "select string_agg(x.key || ' ' || o.stage || to_char(o.closed_at at time zone 'Asia/Shanghai', ' YYYY-MM-DD'), ', ' order by x.key)
                  from sales_opportunity o join external_id x on x.record_id = o.id where x.key in ('D-1', 'D-2', 'D-3', 'D-4')";
    let wanted = "D-1 WON 2025-07-01, D-2 WON 2024-05-20, D-3 LOST 2025-10-01, D-4 LOST 2025-11-01";
    assert_eq!(world.sql::<String>(stages).await, wanted, "won with the earliest order");
    assert_ledger(&world).await;
    world.assert_sound().await;
}

#[tokio::test]
async fn each_row_of_opportunities_says_what_is_wrong_with_it() {
    let (_world, admin, _, _) = moved_in().await;
    let table = "Deal id,Customer id,Owner,Created,Stage,SKU,Amount,Currency,Close date,Probability,Closed at\n\
        X-1,A-1,Zoe,2030-01-01,Dreaming,,-5,XXX,soon,150,yesterday\n\
        X-2,A-1,,2025-01-01,Won,,1,CNY,,,\n\
        X-3,A-1,,2025-01-01,Won,,1,CNY,,,2024-01-01\n\
        X-4,A-1,,2025-01-01,Won,,1,CNY,2024-12-31,,\n\
        X-5,A-4,,2025-01-01,Proposal,,1,CNY,,,\n\
        X-6,A-1,,2025-01-01,Proposal,S-9,1,CNY,,,\n\
        X-7,A-1,,2025-01-01,Proposal,,1.5,JPY,,,\n\
        ,A-1,,,,,,,,,\n";
    let id = admin.import_records("OPPORTUNITIES", table).await;
    insta::assert_snapshot!("opportunities_with_errors", admin.rows_of(&id).await);
}

#[tokio::test]
async fn many_records_take_a_bounded_number_of_statements() {
    let (world, admin, _, _) = moved_in().await;
    admin.run_import(&admin.import_records("PRODUCTS", PRODUCTS).await).await;
    let mut talks = "Customer id,Date,Content,Activity id\n".to_owned();
    let mut orders = "Order id,Customer id,Order date,SKU,Quantity,Payment\n".to_owned();
    let mut deals = "Deal id,Customer id,Created,Stage,Closed at\n".to_owned();
    for row in 0..3_000 {
        let (customer, day) = (row % 3 + 1, row % 28 + 1);
        talks.push_str(&format!("A-{customer},2026-02-{day:02},No. {row},F-{row}\n"));
        orders.push_str(&format!("O-{},A-{},2025-06-{:02},S-1,1,100\n", row / 2, row / 2 % 3 + 1, row / 2 % 28 + 1));
        deals.push_str(&format!("D-{row},A-{customer},2025-06-{day:02},Won,2025-07-{day:02}\n"));
    }
    // The imports are read and run in batches of 500 rows.
    for (kind, table, most) in [("FOLLOW_UPS", talks, 25), ("ORDERS", orders, 30), ("OPPORTUNITIES", deals, 25)] {
        let is_progress = |text: &String| text.starts_with("select ('{") || text.contains("session");
        let listening = Statements::listen();
        let id = admin.import_records(kind, &table).await;
        let done = admin.run_import(&id).await;
        let sent: Vec<_> = listening.sent().into_iter().filter(|text| !is_progress(text)).collect();
        drop(listening);
        assert_eq!((&done["rowsDone"], &done["errors"]), (&json!(3_000), &json!(0)), "{kind}: {done}");
        assert!(
            sent.len() <= 2 * 7 * most + 40,
            "{} statements for {kind}: {:#?}",
            sent.len(),
            &sent[sent.len() - 60..]
        );
        println!("{kind}: {} statements", sent.len());
    }
    let counts = "select count(*) from (select id from sales_opportunity union all select id from sales_order) a";
    assert_eq!(world.sql::<i64>(counts).await, 4_500);
    assert_ledger(&world).await;
    world.assert_sound().await;
}

#[tokio::test]
async fn an_undo_keeps_an_imported_opportunity_that_its_owner_has_won() {
    let (world, admin, ann, _) = moved_in().await;
    let table =
        "商机编号,客户编号,创建时间,阶段,关闭时间\nD-1,A-1,2025-06-05,方案报价,\nD-2,A-1,2025-06-05,WON,2025-07-01\n";
    let id = admin.import_records("OPPORTUNITIES", table).await;
    admin.run_import(&id).await;
    let open: String = world.sql("select 'opportunity_' || id from sales_opportunity where stage_kind = 'OPEN'").await;
    assert_eq!(ann.move_to(&json!(open), 1, "WON").await, "");
    world.advance(TimeDelta::minutes(1));
    admin.undo_import(&id).await;
    let wanted = "2 CREATE KEPT [上海海潮科技有限公司]\n3 CREATE REMOVED [上海海潮科技有限公司]";
    assert_eq!(admin.rows_of(&id).await, wanted);
    assert_ledger(&world).await;
    world.assert_sound().await;
}

#[tokio::test]
async fn an_undo_takes_back_the_figures_of_orders_whose_customer_was_merged() {
    let (world, admin, _, _) = moved_in().await;
    admin.run_import(&admin.import_records("PRODUCTS", PRODUCTS).await).await;
    let id = admin.import_records("ORDERS", ORDERS).await;
    admin.run_import(&id).await;
    assert_ledger(&world).await;
    let customer = async |name: &str| -> String {
        world.sql(&format!("select 'customer_' || id from customer where name = '{name}'")).await
    };
    let (survivor, merged) = (customer("广州云帆").await, customer("上海海潮科技有限公司").await);
    let input = json!({"survivorId": survivor, "mergedId": merged});
    assert_eq!(admin.outcome("mergeCustomers", input).await, "");
    world.advance(TimeDelta::minutes(1));
    admin.undo_import(&id).await;
    assert_eq!(world.sql::<i64>("select count(*) from sales_order").await, 0);
    let figures = "select coalesce(sum(n), 0)::bigint from sales_fact where subject in ('BOOK', 'CASH')";
    assert_eq!(world.sql::<i64>(figures).await, 0);
    assert_ledger(&world).await;
    world.assert_sound().await;
}

#[tokio::test]
async fn an_undone_import_of_customers_keeps_those_to_which_records_were_imported() {
    let (world, admin, _, _) = moved_in().await;
    let customers: String = world.sql("select 'import_' || id from import").await;
    admin.run_import(&admin.import_records("PRODUCTS", PRODUCTS).await).await;
    let talk = "客户编号,跟进人,跟进时间,跟进内容\nA-1,Ann,2025-06-06,谈方案\n";
    let deal = "商机编号,客户编号,创建时间,阶段\nD-1,A-2,2025-10-05,方案报价\n";
    let order = "订单编号,客户编号,下单日期,产品编码,数量\nO-1,A-3,2026-01-05,S-1,1\n";
    for (kind, table) in [("FOLLOW_UPS", talk), ("OPPORTUNITIES", deal), ("ORDERS", order)] {
        let id = admin.import_records(kind, table).await;
        assert_eq!(admin.run_import(&id).await["creates"], 1, "{}", admin.rows_of(&id).await);
    }
    world.advance(TimeDelta::minutes(1));
    admin.undo_import(&customers).await;
    let wanted = "2 CREATE KEPT [上海海潮科技有限公司]\n3 CREATE KEPT [北京青山制造有限公司]\n4 CREATE KEPT [广州云帆]\n\
        5 CREATE ARCHIVED [成都蓝天]";
    assert_eq!(admin.rows_of(&customers).await, wanted);
    world.assert_sound().await;
}
