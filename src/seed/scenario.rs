//! What is too rare to be generated, done through the operations that users call: customers are transferred, merged and
//! archived, a contact, an opportunity and a product are archived, fields are edited, tasks are given, moved and done,
//! targets are set, an order is shipped before its payment, finance corrects a payment, enquiries are passed on, and a file is imported.

use std::io::{Seek, Write};
use std::sync::Arc;

use chrono::{Months, TimeDelta};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::people::email_of;
use crate::crm::order::advance::{self, StepInput};
use crate::crm::order::payment::{self, NewPayment};
use crate::crm::order::{Method, Step, instalment};
use crate::crm::target::Measure;
use crate::crm::{contact, customer, enquiry, import, opportunity, product, target, task};
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::id::{ContactId, OpportunityId, OrderId, PaymentId, ProductId, UserId};

/// The file to import: new companies, one of them twice, and a row with an error.
const FILE: &str = "公司名称,来源,行业,联系人,电话,邮箱
上海潮汐精密仪器有限公司,EXHIBITION,MANUFACTURING,陈静,138 1000 2001,chenjing@tidal-instruments.example
宁波远帆供应链有限公司,EXHIBITION,LOGISTICS,周明,138 1000 2002,zhouming@yuanfan.example
合肥量星软件有限公司,EXHIBITION,SOFTWARE,吴倩,138 1000 2003,wuqian@liangxing.example
青岛蓝鲸冷链有限公司,EXHIBITION,LOGISTICS,孙浩,138 1000 2004,sunhao@lanjing.example
上海潮汐精密仪器有限公司,EXHIBITION,MANUFACTURING,陈静,138 1000 2001,chenjing@tidal-instruments.example
郑州麦田食品有限公司,EXHIBITION,RETAIL,王芳,no phone,
";

/// Runs the scenario on generated data; steps for which there is not enough data are left out.
pub async fn run_scenario(app: &Arc<App>) -> Result<(), Error> {
    let directory = app.directory().await?;
    let user = |name| directory.user_with_email(&email_of(name)).ok_or_else(|| missing(name));
    let (sales, colleague, manager) = (user("sales")?, user("sales2")?, user("manager")?);

    let mut op = app.begin_for(manager).await?;
    let of_sales = "select id from customer where owner_user_id = $1 order by owned_since, id limit 20";
    let of_sales: Vec<Uuid> = sqlx::query_scalar(of_sales).bind(sales.uuid()).fetch_all(op.db()).await?;
    if let [kept, merged, closed, transferred @ ..] = of_sales.as_slice()
        && transferred.len() > 5
    {
        let transferred: Vec<_> = transferred[..5].iter().map(|id| (*id).into()).collect();
        let remark = Some("Sales moves on to larger accounts".to_owned());
        customer::transfer::transfer(&mut op, &transferred, colleague, remark).await?;
        op.commit().await?;
        op = app.begin_for(manager).await?;
        let remark = Some("The same company".to_owned());
        customer::merge::merge(&mut op, (*kept).into(), (*merged).into(), remark).await?;
        customer::archive::archive(&mut op, (*closed).into(), Some("Closed its business".to_owned())).await?;
    }
    op.commit().await?;

    let mut op = app.begin_for(sales).await?;
    let contact = "select k.id from contact k join customer c on c.id = k.customer_id
                where c.owner_user_id = $1 and c.archived_at is null and not k.is_primary order by k.created_at, k.id limit 1";
    if let Some(contact) = sqlx::query_scalar::<_, Uuid>(contact).bind(sales.uuid()).fetch_optional(op.db()).await? {
        contact::archive::archive(&mut op, ContactId::from(contact)).await?;
    }
    let mistake = "select o.id from sales_opportunity o join customer c on c.id = o.customer_id
                   where o.owner_user_id = $1 and c.owner_user_id = $1 and c.archived_at is null and o.stage_kind = 'OPEN' order by o.created_at, o.id limit 1";
    if let Some(mistake) = sqlx::query_scalar::<_, Uuid>(mistake).bind(sales.uuid()).fetch_optional(op.db()).await? {
        opportunity::archive::archive(&mut op, OpportunityId::from(mistake)).await?;
    }
    op.commit().await?;

    edit_fields(app, sales, user("admin")?).await?;
    give_tasks(app, manager, sales).await?;
    set_targets(app, manager, &[sales, colleague]).await?;

    sell_on_credit(app, manager, user("finance")?).await?;

    let mut op = app.begin_for(user("admin")?).await?;
    let old = "select id from product order by active, sku desc limit 1";
    if let Some(old) = sqlx::query_scalar::<_, Uuid>(old).fetch_optional(op.db()).await? {
        product::archive::archive(&mut op, ProductId::from(old)).await?;
    }
    op.commit().await?;
    pass_on_enquiries(app, user("marketing")?, sales).await?;
    import_file(app, user("marketing")?).await
}

/// Marketing brings enquiries of an exhibition: of a customer of a rep, and of a new company.
async fn pass_on_enquiries(app: &Arc<App>, marketing: UserId, sales: UserId) -> Result<(), Error> {
    let mut op = app.begin_for(marketing).await?;
    let known = "select name from customer where owner_user_id = $1 and archived_at is null order by owned_since desc, id offset 1 limit 1";
    let known = sqlx::query_scalar::<_, String>(known).bind(sales.uuid()).fetch_optional(op.db()).await?;
    for (company, contact, content) in [
        (known, "赵磊", "展会上询问流量计的报价和交期"),
        (Some("苏州云帆自动化有限公司".to_owned()), "何敏", "Asks for a demo of the energy dashboard"),
    ] {
        let new = enquiry::New {
            company_name: company,
            contact_name: Some(contact.to_owned()),
            content: content.to_owned(),
            not_duplicate: true,
            source: "EXHIBITION".to_owned(),
            ..enquiry::New::default()
        };
        if new.company_name.is_some() {
            enquiry::record::record(&mut op, new, None).await?;
        }
    }
    op.commit().await
}

/// A rep corrects what is known of a customer and its contact, and an administrator raises a price.
async fn edit_fields(app: &Arc<App>, sales: UserId, admin: UserId) -> Result<(), Error> {
    let mut op = app.begin_for(sales).await?;
    let known = "select c.id, c.version, k.id, k.version from customer c join contact k on k.customer_id = c.id
                 where c.owner_user_id = $1 and c.archived_at is null and k.is_primary order by c.owned_since desc, c.id limit 1";
    let known = sqlx::query_as::<_, (Uuid, i32, Uuid, i32)>(known).bind(sales.uuid()).fetch_optional(op.db()).await?;
    if let Some((customer, version, contact, contact_version)) = known {
        let edit = customer::edit::Edit {
            source_detail: Some(Some("老客户介绍".to_owned())),
            region: Some(Some("SOUTH".to_owned())),
            ..customer::edit::Edit::default()
        };
        customer::edit::update(&mut op, customer.into(), version, edit).await?;
        let edit = contact::edit::Edit {
            title: Some(Some("采购总监".to_owned())),
            phones: Some(vec!["138 1000 3009".to_owned()]),
            ..contact::edit::Edit::default()
        };
        contact::edit::update(&mut op, contact.into(), contact_version, edit).await?;
    }
    op.commit().await?;
    let mut op = app.begin_for(admin).await?;
    let sold = "select id, version, unit_price from product where active and archived_at is null order by sku limit 1";
    if let Some((sold, version, price)) =
        sqlx::query_as::<_, (Uuid, i32, Decimal)>(sold).fetch_optional(op.db()).await?
    {
        let edit =
            product::edit::Edit { unit_price: Some(price + Decimal::from(10)), ..product::edit::Edit::default() };
        product::edit::update(&mut op, sold.into(), version, edit).await?;
    }
    op.commit().await
}

/// A superior gives a rep tasks about orders. The rep moves one and completes another.
async fn give_tasks(app: &Arc<App>, manager: UserId, sales: UserId) -> Result<(), Error> {
    let mut op = app.begin_for(manager).await?;
    let orders = "select o.customer_id, o.id from sales_order o join customer c on c.id = o.customer_id
                  where o.owner_user_id = $1 and c.owner_user_id = $1 and c.archived_at is null order by o.ordered_at desc, o.id limit 3";
    let orders: Vec<(Uuid, Uuid)> = sqlx::query_as(orders).bind(sales.uuid()).fetch_all(op.db()).await?;
    let mut given = Vec::new();
    for ((customer, order), (subject, days)) in
        orders.into_iter().zip([("确认收货地址", 1), ("跟进尾款", 3), ("Ask for a reference", 7)])
    {
        let draft = task::Draft {
            customer: customer.into(),
            opportunity: None,
            order: Some(order.into()),
            owner: Some(sales),
            subject: subject.to_owned(),
            due_at: op.now() + TimeDelta::days(days),
        };
        given.push(task::create::create(&mut op, draft, None).await?);
    }
    op.commit().await?;
    let mut op = app.begin_for(sales).await?;
    if let [first, second, ..] = given.as_slice() {
        let later = op.now() + TimeDelta::days(2);
        task::change::move_to(&mut op, *first, 1, later).await?;
        task::change::complete(&mut op, *second).await?;
    }
    op.commit().await
}

/// A superior agrees on instalments for an order of a rep and ships it before it is paid. Finance records a payment of the wrong
/// amount, takes it back, and records the right one.
async fn sell_on_credit(app: &Arc<App>, manager: UserId, finance: UserId) -> Result<(), Error> {
    let mut op = app.begin_for(manager).await?;
    let order = "select o.id, o.version, o.total_amount from sales_order o
                 join app_user u on u.id = o.owner_user_id join customer c on c.id = o.customer_id
                 where u.manager_id = $1 and o.status = 'PENDING' and o.paid_amount = 0 and o.total_amount >= 1000 and c.archived_at is null
                 order by o.ordered_at desc, o.id limit 1";
    let order = sqlx::query_as::<_, (Uuid, i32, Decimal)>(order).bind(manager.uuid());
    let Some((order, version, total)) = order.fetch_optional(op.db()).await? else { return op.commit().await };
    let (order, today) = (OrderId::from(order), op.settings().day_of(op.now()));
    let instalment = |(days, share): (i64, i64)| instalment::Draft {
        due_on: today + TimeDelta::days(days),
        share: Some(share.into()),
        amount: None,
        is_retention: days == 365,
    };
    let instalments = [(-40, 30), (20, 60), (365, 10)].map(instalment).to_vec();
    instalment::set(&mut op, order, version, instalments).await?;
    let ship =
        StepInput {
            step: Step::Ship, amount: None, remark: Some("先发货，按合同分期付款".to_owned()), outcome: None
        };
    advance::advance(&mut op, order, version + 1, ship).await?;
    op.commit().await?;

    let mut op = app.begin_for(finance).await?;
    let received = |tenths: i64, reference: &str| NewPayment {
        amount: Some((total * Decimal::new(tenths, 1)).trunc()),
        received_at: None,
        method: Some(Method::BankTransfer),
        reference: Some(reference.to_owned()),
        remark: None,
    };
    payment::record(&mut op, order, version + 2, received(2, "TT000117")).await?;
    let wrong = "select id from payment where order_id = $1 order by recorded_at desc limit 1";
    let wrong: Uuid = sqlx::query_scalar(wrong).bind(order.uuid()).fetch_one(op.db()).await?;
    let reason = "Another customer's transfer".to_owned();
    payment::reverse(&mut op, order, PaymentId::from(wrong), version + 3, reason).await?;
    payment::record(&mut op, order, version + 4, received(1, "TT000118")).await?;
    op.commit().await
}

/// A superior sets targets for reps for this month and the next one.
async fn set_targets(app: &Arc<App>, manager: UserId, reps: &[UserId]) -> Result<(), Error> {
    let mut op = app.begin_for(manager).await?;
    let today = op.settings().day_of(op.now());
    let mut drafts = Vec::new();
    for (user, month) in reps.iter().flat_map(|rep| [today, today + Months::new(1)].map(|month| (*rep, month))) {
        for (measure, value) in [(Measure::Booked, 500_000), (Measure::FollowUps, 60)] {
            let value = Some(value.into());
            drafts.push(target::Draft { user, of_team: false, month, measure, currency: None, value });
        }
    }
    target::set::set(&mut op, drafts).await?;
    op.commit().await
}

fn missing(account: &str) -> Error {
    Error::Internal(format!("the demo data has no account {account}").into())
}

async fn import_file(app: &Arc<App>, user: UserId) -> Result<(), Error> {
    let mut file = tempfile::tempfile().map_err(|error| Error::Internal(error.into()))?;
    let written = file.write_all(FILE.as_bytes()).and_then(|()| file.rewind());
    written.map_err(|error| Error::Internal(error.into()))?;
    let request = import::dry_run::ImportRequest {
        kind: import::kind::Kind::Customers,
        file,
        file_name: "exhibition.csv".to_owned(),
        columns: Vec::new(),
        sheet: None,
        encoding: None,
        options: import::options::Options::default(),
        protect_for: None,
        not_duplicate: false,
        run: true,
    };
    let reading = import::dry_run::start(app, user, request).await?;
    let import = reading.import;
    reading.wait(app).await?;
    import::run::run_to_end(app, import).await?;
    Ok(())
}
