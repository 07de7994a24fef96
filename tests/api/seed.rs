//! Demo data: plausible, consistent, and the same for the same seed.

use std::fmt::Write;

use serde_json::{Value as Json, json};
use tidepool::kernel::config::Limits;
use tidepool::seed::{self, Plan};
use uuid::Uuid;

use crate::support::plans::{Plans, with_auto_explain};
use crate::support::{World, monday};

/// Rows that are too rare for random data exist nevertheless.
#[tokio::test]
async fn small_demo_data_has_rows_for_every_screen() {
    let world = World::new().await;
    seed::seed(&world.db, &Plan::demo(monday())).await.unwrap();
    world.app.follow().await.unwrap();
    seed::run_scenario(&world.app).await.unwrap();
    world.assert_sound().await;
    for (what, text) in [
        ("transfers", "select count(*) from customer_operation_log where type = 'TRANSFER'"),
        ("merged customers", "select count(*) from customer where merged_into is not null"),
        ("archived customers", "select count(*) from customer where archived_at is not null and merged_into is null"),
        ("archived contacts", "select count(*) from contact where archived_at is not null"),
        ("archived opportunities", "select count(*) from sales_opportunity where archived_at is not null"),
        ("archived products", "select count(*) from product where archived_at is not null"),
        ("imports", "select count(*) from import where status = 'DONE'"),
        ("rows that were entered", "select count(*) from import_row where outcome = 'CREATE' and done_at is not null"),
        ("rows to correct", "select count(*) from import_row where outcome = 'ERROR'"),
        ("notifications", "select count(*) from notification"),
        ("enquiries of customers of reps", "select count(*) from enquiry where outcome = 'PASSED_ON'"),
        ("opportunities with several products", "select count(*) from opportunity_product where position = 2"),
        ("targets", "select count(*) from sales_target"),
        ("tasks that were done", "select count(*) from task where status = 'DONE'"),
        (
            "edits of customers",
            "select count(*) from edit where customer_id is not null and contact_id is null and user_id is not null",
        ),
        ("edits of contacts", "select count(*) from edit where field = 'phones'"),
        ("edits of products", "select count(*) from edit where product_id is not null"),
        ("tasks that were moved", "select count(*) from task_step where action = 'MOVE'"),
    ] {
        assert!(world.sql::<i64>(text).await > 0, "{what}");
    }
}

#[tokio::test]
async fn demo_data_is_consistent_and_has_rows_for_every_role() {
    let world = World::new().await;
    let report = seed::seed(&world.db, &Plan::demo(monday())).await.unwrap();
    world.app.follow().await.unwrap();
    assert!(report.customers >= 2_000);
    world.assert_sound().await;
    assert_eq!(
        world
            .sql::<i64>("select count(*) from edit where num_nonnulls(customer_id, product_id, about_user_id) > 0")
            .await,
        0,
        "a creation is no edit"
    );
    let nobody = world.nobody();
    let mut summary = String::new();
    for (email, _) in seed::accounts() {
        let signed_in = nobody
            .act("login", json!({"email": email, "password": seed::PASSWORD}), "accessToken viewer { roles }")
            .await;
        let person =
            crate::support::Person { token: signed_in["accessToken"].as_str().unwrap().to_owned(), ..nobody.clone() };
        let now = "2026-03-02T01:00:00Z";
        let read = person
            .data(
                "query($now: DateTime) { customers { totalCount } owned: customers(filter: {isPooled: {eq: false}}) { totalCount } publicPool { totalCount }
                   today: customers(filter: {followUpDue: TODAY}) { totalCount } overdue: customers(filter: {followUpDue: OVERDUE}) { totalCount }
                   followUps { totalCount } opportunities { totalCount } orders { totalCount } feedback { totalCount }
                   operationBatches { totalCount }
                   free: publicPool(filter: {or: [{protectedUntil: {isNull: true}}, {protectedUntil: {lte: $now}}]}) { totalCount } }",
                json!({"now": now}),
            )
            .await;
        let count = |key: &str| read[key]["totalCount"].as_i64().unwrap();
        writeln!(
            summary,
            "{email}: {} customers, {} owned, {} in the pool, {} free, {} due today, {} overdue; {} follow-ups, {} opportunities, {} orders, {} feedback, {} batches",
            count("customers"),
            count("owned"),
            count("publicPool"),
            count("free"),
            count("today"),
            count("overdue"),
            count("followUps"),
            count("opportunities"),
            count("orders"),
            count("feedback"),
            count("operationBatches")
        )
        .unwrap();
        if ["sales@tidepool.example", "sales2@tidepool.example"].contains(&email.as_str()) {
            assert!(count("owned") >= 15 && count("free") >= 500, "{summary}");
            assert!(count("today") > 0 && count("overdue") > 0, "{summary}");
        }
    }
    insta::assert_snapshot!(summary);
    let admin = world.admin().await;
    let batches = admin.ask("{ operationBatches(first: 1) { edges { node { id } } } }").await;
    let input = json!({"operationBatchId": batches["operationBatches"]["edges"][0]["node"]["id"]});
    let undone = admin.act("undoOperationBatch", input, "operationBatch { returned }").await;
    assert!(undone["operationBatch"]["returned"].as_i64().unwrap() > 0, "{undone}");
    world.assert_sound().await;
    assert!(matches!(seed::seed(&world.db, &Plan::demo(monday())).await, Err(seed::SeedError::NotEmpty)));
}

/// Who looks at the figures of demo data sees something: reps and months differ.
#[tokio::test]
async fn figures_of_demo_data_differ_between_reps_and_months() {
    let world = World::new().await;
    seed::seed(&world.db, &Plan::demo(monday())).await.unwrap();
    world.app.follow().await.unwrap();
    let admin = world.existing_user("admin@tidepool.example").await;
    let query = "{ winRate(from: \"2025-03-01\", to: \"2026-02-28\", by: USER) { groups { rate { of value } } }
        salesFunnel(from: \"2025-03-01\", to: \"2025-10-31\", by: USER) { groups { conversion { of value } } }
        conversion(from: \"2025-03-01\", to: \"2025-10-31\", by: USER, stage: \"PROPOSAL\") { groups { rate { of value } } }
        performance(from: \"2025-03-01\", to: \"2026-02-28\", per: MONTH) { groups { key { period } orders booked { amount currency } } }
        lifetimeValue(asOf: \"2026-03-01\") { cohorts { customers cells { perCustomer { amount currency } } } }
        forecast(asOf: \"2026-03-01\", by: USER) { groups { months { open currency } } } }";
    let figures = admin.ask(query).await;
    let groups = |figure: &str| figures[figure]["groups"].as_array().unwrap().clone();
    let decimal = |json: &Json| json.as_str().map_or(0.0, |text| text.parse::<f64>().unwrap());
    // Reps of whom there is enough to tell.
    for (figure, rate) in [("winRate", "rate"), ("salesFunnel", "conversion"), ("conversion", "rate")] {
        let rates: Vec<_> = groups(figure)
            .iter()
            .filter(|group| group[rate]["of"].as_i64() >= Some(15))
            .map(|group| decimal(&group[rate]["value"]))
            .collect();
        let (least, most) = (rates.iter().copied().fold(1.0, f64::min), rates.iter().copied().fold(0.0, f64::max));
        assert!(rates.len() >= 10 && most - least > 0.2, "{figure}: {rates:?}");
    }
    let in_yuan = |amounts: &Json| {
        let amounts = amounts.as_array().unwrap().iter();
        amounts.filter(|amount| amount["currency"] == "CNY").map(|amount| decimal(&amount["amount"])).sum::<f64>()
    };
    let months: Vec<_> = groups("performance").iter().map(|group| in_yuan(&group["booked"])).collect();
    assert_eq!(months.len(), 12);
    let (december, february) = (months[9], months[11]);
    assert!(december > 1.5 * february && february > 0.0, "{months:?}");
    let cohorts = figures["lifetimeValue"]["cohorts"].as_array().unwrap();
    let values: Vec<_> = cohorts.iter().map(|cohort| in_yuan(&cohort["cells"][0]["perCustomer"])).collect();
    let grows = cohorts.iter().filter(|cohort| {
        let cells = cohort["cells"].as_array().unwrap();
        in_yuan(&cells[cells.len() - 1]["perCustomer"]) > in_yuan(&cells[0]["perCustomer"])
    });
    assert!(cohorts.len() >= 8 && grows.count() >= 6, "{values:?}");
    let open: Vec<f64> = groups("forecast")
        .iter()
        .map(|group| {
            let months = group["months"].as_array().unwrap().iter();
            months.filter(|month| month["currency"] == "CNY").map(|month| decimal(&month["open"])).sum()
        })
        .collect();
    let (least, most) = (open.iter().copied().fold(f64::MAX, f64::min), open.iter().copied().fold(0.0, f64::max));
    assert!(open.len() >= 20 && most > 3.0 * least, "{open:?}");
}

/// Statements that count rows which the API would never have written. `{now}` is the present.
const BROKEN: [(&str, &str); 25] = [
    (
        "a customer's talks are those of its present ownership",
        "select count(*) from customer c
         left join lateral (select min(f.at) as first, max(f.at) as last from followup f where f.customer_id = c.id and f.at >= c.owned_since) f on true
         where (c.first_followup_time, c.last_followup_time) is distinct from (f.first, f.last)",
    ),
    (
        "what is to be done is what the last talk of an ownership planned, and is the owner's",
        "select count(*) from customer c
         left join lateral (select f.* from followup f where f.customer_id = c.id and f.at >= c.owned_since and f.channel <> 'ORDER'
                            order by f.at desc, f.created_at desc, f.id desc limit 1) f on true
         full join task t on t.customer_id = c.id
         where (t.followup_id, t.followup_at, t.owner_user_id, t.created_by, t.subject, t.due_at, t.opportunity_id, t.created_at, t.reminder_due)
             is distinct from (f.id, f.at, c.owner_user_id, f.author_user_id, f.next_plan, f.next_contact_at, f.opportunity_id, f.created_at,
                               case when f.next_contact_at > {now} then f.next_contact_at end)
             and (t.id is not null or f.next_contact_at is not null)",
    ),
    (
        "what a superior does is a batch, of all that they did at that moment",
        "select count(*) from (select l.at, l.operator_user_id, l.type, count(*) as moved, count(distinct batch_id) as batches, min(batch_id::text)::uuid as batch
                               from customer_operation_log l where type in ('RECLAIM', 'ASSIGN') group by 1, 2, 3) l
         left join operation_batch b on b.id = l.batch
         where l.batches <> 1 or (b.kind, b.at, b.operator_user_id, b.moved)
             is distinct from (case l.type when 'ASSIGN' then 'ASSIGNMENT' else 'TEAM_RELEASE' end, l.at, l.operator_user_id, l.moved)",
    ),
    (
        "what is in a batch says what the customer was like before, and nothing else does",
        "select count(*) from (select *, lag(at) over w as since, lag(type) over w as before from customer_operation_log window w as (partition by customer_id order by at, id)) l
         left join lateral (select min(f.at) as first, max(f.at) as last
                            from followup f where f.customer_id = l.customer_id and l.type = 'RECLAIM' and f.at >= l.since and f.at < l.at) f on true
         where (l.first_followup_time, l.last_followup_time, l.protected_until) is distinct from
             (f.first, f.last, case when l.type = 'ASSIGN' and l.before in ('RELEASE', 'RECLAIM') then l.since + interval '3 days' end)",
    ),
    (
        "a follow-up is written by who has the customer, when they talk and when it is written",
        "select count(*) from followup f where (f.author_user_id, f.author_user_id) is distinct from (owner_at(f.customer_id, f.at), owner_at(f.customer_id, f.created_at))",
    ),
    ("nothing is ahead of its time", "select count(*) from followup where created_at > {now} or updated_at > {now} or at > {now}"),
    ("a text is corrected within a day", "select count(*) from followup where updated_at - created_at > interval '1 day' or (version = 1) <> (updated_at = created_at)"),
    (
        "a follow-up is for an opportunity of its author that was open then, but for orders",
        "select count(*) from followup f join opportunity_history h on h.opportunity_id = f.opportunity_id
             and h.valid_from <= f.at and f.at < coalesce(h.valid_to, 'infinity')
         where h.owner_user_id <> f.author_user_id or h.stage_kind <> case f.channel when 'ORDER' then 'WON' else 'OPEN' end",
    ),
    (
        "an opportunity is entered by who has the customer",
        "select count(*) from sales_opportunity o join opportunity_history h on h.opportunity_id = o.id and h.valid_from = o.created_at
         where h.owner_user_id is distinct from owner_at(o.customer_id, o.created_at) or h.stage_kind <> 'OPEN' or h.changed_by <> o.created_by",
    ),
    (
        "an opportunity is changed by its owner or those above",
        "select count(*) from opportunity_history h where h.valid_from > {now} or not is_above(h.changed_by, h.owner_user_id)",
    ),
    (
        "one that is not live is only adopted or closed",
        "select count(*) from opportunity_history h join opportunity_history b on b.opportunity_id = h.opportunity_id and b.valid_to = h.valid_from
         where h.owner_user_id is distinct from owner_at(h.customer_id, h.valid_from) and h.stage_kind not in ('LOST', 'VOID')",
    ),
    (
        "who adopts has the customer, and finds it open and another's",
        "select count(*) from opportunity_history h join opportunity_history b on b.opportunity_id = h.opportunity_id and b.valid_to = h.valid_from
         where h.owner_user_id <> b.owner_user_id
             and (h.stage <> b.stage or b.stage_kind <> 'OPEN' or h.owner_user_id is distinct from owner_at(h.customer_id, h.valid_from))",
    ),
    (
        "stages follow one another: on by one, closed, or opened again",
        "select count(*) from opportunity_history h join opportunity_history b on b.opportunity_id = h.opportunity_id and b.valid_to = h.valid_from
         join opportunity_stage n on n.code = h.stage join opportunity_stage o on o.code = b.stage
         where not (n.code = o.code or n.kind in ('LOST', 'VOID') and o.kind = 'OPEN' or n.position = o.position + 1 and o.kind = 'OPEN'
                    or n.kind = 'OPEN' and o.kind in ('LOST', 'WON'))",
    ),
    ("a version of an opportunity is a change", "select count(*) from sales_opportunity o where o.version <> (select count(*) from opportunity_history h where h.opportunity_id = o.id)"),
    (
        "its history is what the triggers write",
        "select count(*) from sales_opportunity o where not exists (
             select from opportunity_history h where h.opportunity_id = o.id and h.valid_to is null
                 and (h.customer_id, h.valid_from, h.stage, h.stage_kind, h.owner_user_id, h.amount, h.currency, h.close_date, h.probability, h.lost_reason, h.lost_remark, h.changed_by)
                     is not distinct from (o.customer_id, o.updated_at, o.stage, o.stage_kind, o.owner_user_id, o.amount, o.currency, o.close_date, o.probability, o.lost_reason, o.lost_remark, o.updated_by))",
    ),
    ("what is closed was closed last", "select count(*) from sales_opportunity where closed_at <> updated_at"),
    ("an order is sold by who has the customer", "select count(*) from sales_order where sold_by_user_id is distinct from owner_at(customer_id, ordered_at)"),
    (
        "an order of an opportunity comes when that is won",
        "select count(*) from sales_order o where o.opportunity_id is not null and not exists (select from opportunity_history h
             where h.opportunity_id = o.opportunity_id and h.stage = 'WON' and h.valid_from <= o.ordered_at and o.ordered_at < coalesce(h.valid_to, 'infinity'))",
    ),
    (
        "what was won is opened again when its order is called off",
        "select count(*) from opportunity_history h where h.stage = 'WON' and h.valid_to is not null and not exists (select from sales_order o
             where o.opportunity_id = h.opportunity_id and o.status in ('CANCELLED', 'REFUNDED') and o.closed_at = h.valid_to)",
    ),
    (
        "the total of an order is the sum of its lines",
        "select count(*) from sales_order o where total_amount <= 0 or total_amount <> (select sum(amount) from order_product l where l.order_id = o.id)",
    ),
    (
        "a line is of a product that was sold for that currency, each once",
        "select count(*) from sales_order o join order_product l on l.order_id = o.id join product p on p.id = l.product_id
         where p.currency <> o.currency or p.created_at > o.ordered_at or not p.active and p.updated_at < o.ordered_at
             or exists (select from order_product t where t.order_id = l.order_id and t.product_id = l.product_id and t.position <> l.position)",
    ),
    (
        "the steps of an order lead to where it is, each from where the last one ended",
        "select count(*) from (select h.*, lag(to_status) over w as before, lag(at) over w as at_before, row_number() over w as place,
                 o.status, o.updated_at, o.version, o.ordered_at, count(*) over (partition by h.order_id) as steps
             from order_history h join sales_order o on o.id = h.order_id window w as (partition by h.order_id order by h.at, h.id)) h
         where case when place = 1 then action <> 'CREATE' or at <> ordered_at else action = 'CREATE' or from_status <> before or at <= at_before end
             or place = steps and (to_status <> status or at <> updated_at) or version <> steps or at > {now}",
    ),
    (
        "the times and payments of an order are those of its steps",
        "select count(*) from sales_order o
         where paid_at is distinct from (select max(at) from order_history h where h.order_id = o.id and to_status = 'PAID' and action = 'PAY')
             or shipped_at is distinct from (select max(at) from order_history h where h.order_id = o.id and action = 'SHIP')
             or delivered_at is distinct from (select max(at) from order_history h where h.order_id = o.id and action = 'DELIVER')
             or closed_at is distinct from (select max(at) from order_history h where h.order_id = o.id and action in ('CANCEL', 'REFUND'))
             or paid_amount <> (select coalesce(sum(amount), 0) from payment p where p.order_id = o.id and kind <> 'REFUND')
             or paid_amount <> (select coalesce(-sum(amount), paid_amount) from payment p where p.order_id = o.id and kind = 'REFUND')
             or exists (select from payment p left join order_history h on h.payment_id = p.id where p.order_id = o.id
                 and (p.order_id, p.recorded_at, p.recorded_by, case kind when 'PAYMENT' then 'PAY' when 'REVERSAL' then 'REVERSE' else kind end)
                     is distinct from (h.order_id, h.at, h.user_id, h.action))
             or exists (select from order_history h where h.order_id = o.id and (h.payment_id is null) = (h.action in ('PAY', 'REVERSE', 'REFUND')))
             or exists (select from instalment i where i.order_id = o.id) <> exists (select from order_history h where h.order_id = o.id and action = 'SCHEDULE')",
    ),
    (
        "each order is told by a follow-up",
        "select (select count(*) from sales_order) - (select count(*) from sales_order o join followup f on f.customer_id = o.customer_id
             and (f.channel, f.at, f.author_user_id) = ('ORDER', o.ordered_at, o.sold_by_user_id) and f.opportunity_id is not distinct from o.opportunity_id)",
    ),
    (
        "feedback is of delivered orders, by service staff, resolved later",
        "select count(*) from order_feedback f join sales_order o on o.id = f.order_id
         where o.delivered_at is null or f.created_at < o.delivered_at or f.created_at > {now} or f.resolved_at < f.created_at or f.resolved_at > {now}
             or f.updated_at <> coalesce(f.resolved_at, f.created_at)
             or not exists (select from user_role r where r.user_id = f.service_user_id and r.role = 'service')",
    ),
];

/// All that occurs somewhere, so that every screen has something to show.
const KINDS: &str = "select string_agg(what || ': ' || kinds, e'\n' order by what) from (
    select 'channels' as what, string_agg(distinct channel, ' ') as kinds from followup
    union all select 'stages', string_agg(distinct stage, ' ') from sales_opportunity
    union all select 'stages reopened', string_agg(distinct b.stage, ' ') from opportunity_history h
        join opportunity_history b on b.opportunity_id = h.opportunity_id and b.valid_to = h.valid_from where b.stage_kind <> 'OPEN'
    union all select 'left behind', string_agg(distinct case when c.owner_user_id is null then 'pooled' else 'owned' end, ' ')
        from sales_opportunity o join customer c on c.id = o.customer_id where stage_kind = 'OPEN' and c.owner_user_id is distinct from o.owner_user_id
    union all select 'orders', string_agg(distinct status, ' ') from sales_order
    union all select 'orders partly paid', string_agg(distinct status, ' ') from sales_order where paid_amount > 0 and paid_amount < total_amount
    union all select 'orders without opportunity', string_agg(distinct status, ' ') from sales_order where opportunity_id is null
    union all select 'payments', string_agg(distinct kind || coalesce(' by ' || method, ''), ' ') from payment
    union all select 'orders by what is paid', string_agg(distinct status || ' ' || payment_status, ', ') from sales_order where closed_at is null
    union all select 'instalments', string_agg(distinct trim_scale(share) || case when is_retention then ' kept back' else '' end, ', ') from instalment
    union all select 'orders due', string_agg(distinct status, ' ') from sales_order where next_due_on is not null
    union all select 'steps', string_agg(distinct action, ' ') from order_history
    union all select 'steps of superiors', string_agg(distinct action, ' ') from order_history h join user_role r on r.user_id = h.user_id where r.role = 'manager'
    union all select 'steps undone', string_agg(distinct from_status || '-' || action, ' ') from order_history where action in ('CANCEL', 'REFUND', 'ADOPT')
    union all select 'currencies', string_agg(distinct currency, ' ') from sales_order
    union all select 'categories', string_agg(distinct category, ' ') from product
    union all select 'products', string_agg(distinct case when active then 'sold' else 'no longer sold' end, ', ') from product
    union all select 'feedback', string_agg(distinct category, ' ') from order_feedback
    union all select 'ratings', string_agg(distinct rating::text, ' ') from order_feedback
    union all select 'feedback resolved', string_agg(distinct (resolved_at is not null)::text, ' ') from order_feedback where rating <= 3
    union all select 'batches', string_agg(distinct kind, ' ') from operation_batch
    union all select 'operations', string_agg(distinct type, ' ') from customer_operation_log) k";

#[tokio::test]
async fn demo_data_contains_only_rows_that_the_api_could_have_written() {
    let world = World::new().await;
    let before = world.sql::<String>(SCHEMA).await;
    seed::seed(&world.db, &Plan::demo(monday())).await.unwrap();
    assert_eq!(world.sql::<String>(SCHEMA).await, before, "what the load put aside is back");
    world.app.follow().await.unwrap();
    sqlx::raw_sql(
        "create function owner_at(of uuid, moment timestamptz) returns uuid language sql stable as $$
             select new_owner_user_id from customer_operation_log where customer_id = of and at <= moment order by at desc, id desc limit 1 $$;
         create function is_above(one uuid, other uuid) returns boolean language sql stable as $$
             with recursive above (id) as (select other union select u.manager_id from app_user u join above a on u.id = a.id)
             select exists (select from above where id = one) $$",
    )
    .execute(&world.db)
    .await
    .unwrap();
    for (rule, broken) in BROKEN {
        let broken = broken.replace("{now}", &format!("'{}'::timestamptz", monday()));
        assert_eq!(world.sql::<i64>(&broken).await, 0, "{rule}");
    }
    insta::assert_snapshot!(world.sql::<String>(KINDS).await);
    let admin = world.admin().await;
    let order = admin.ask("{ orders(first: 1) { edges { node { orderNo } } } }").await;
    assert!(order["orders"]["edges"][0]["node"]["orderNo"].as_str().unwrap().starts_with("SO2026"), "{order}");
    let [used, next] =
        ["select max(substring(order_no from '[0-9]+$')::bigint) from sales_order", "select nextval('order_number')"];
    assert!(world.sql::<i64>(used).await < world.sql::<i64>(next).await, "numbers go on behind those that are used");
}

/// Indexes, constraints and triggers, as text.
const SCHEMA: &str = "select string_agg(line, e'\n' order by line) from (
    select indexdef as line from pg_indexes where schemaname = 'public'
    union all select format('%s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated) from pg_constraint where connamespace = 'public'::regnamespace
    union all select format('%s %s %s', tgrelid::regclass, tgname, tgenabled) from pg_trigger where not tgisinternal) l";

#[tokio::test]
async fn the_same_seed_makes_the_same_rows() {
    let mut sums = Vec::new();
    for seed in [7, 7, 8] {
        let world = World::new().await;
        seed::seed(&world.db, &Plan { customers: 200, seed, now: monday() }).await.unwrap();
        sums.push(world.sql::<String>("select md5(string_agg(t, '' order by t)) from (select c::text as t from customer c union all select l::text from customer_operation_log l
             union all select k::text from contact k union all select p::text from product p union all select o::text from sales_opportunity o
             union all select h::text from opportunity_history h union all select f::text from followup f union all select o::text from sales_order o
             union all select l::text from order_product l union all select h::text from order_history h union all select f::text from order_feedback f) t").await);
    }
    assert_eq!(sums[0], sums[1]);
    assert_ne!(sums[0], sums[2]);
}

#[tokio::test]
async fn dashboards_scan_no_table_and_suggestions_no_large_one() {
    let world = World::new().await;
    seed::seed(&world.db, &Plan { customers: 8_000, ..Plan::demo(monday()) }).await.unwrap();
    // Only a superuser may load what explains.
    let (explaining, database) = (with_auto_explain(world.database.clone()), world.database.clone());
    let watched = World::as_role(explaining, database, world.clock.clone(), Limits::default()).await;
    let reps: Vec<Uuid> = sqlx::query_scalar(
        "select u.id from app_user u join app_user m on m.id = u.manager_id where m.email = 'manager@tidepool.example' order by u.email = 'sales@tidepool.example' desc, u.id",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    for who in ["sales", "manager", "head", "admin"] {
        let viewer = watched.existing_user(&format!("{who}@tidepool.example")).await;
        let plans = Plans::listen();
        // PostgreSQL keeps one plan for all values only after some executions on each connection.
        let mut customers = Vec::new();
        for place in 0..30 {
            let rep = if who == "sales" { reps[0] } else { reps[place % reps.len()] };
            let filter = json!({"ownerId": {"eq": format!("user_{rep}")}});
            let page = viewer.data(DASHBOARD, json!({"filter": filter})).await;
            let first = page["customers"]["edges"][0]["node"]["id"].clone();
            assert!(!first.is_null(), "{page}");
            customers.push(first);
        }
        assert_eq!(plans.scans("order_product"), (30, Vec::new()), "{who}");
        for _ in 0..30 {
            let page = viewer.data(DASHBOARD, json!({"filter": null})).await;
            assert_eq!(page["customers"]["edges"].as_array().unwrap().len(), 20, "{page}");
        }
        assert_eq!(plans.scans("order_product"), (30, Vec::new()), "{who}, of all");
        for customer in customers {
            let seen = viewer.data(TIMELINE, json!({"id": customer})).await;
            assert!(!seen["customer"]["timeline"]["edges"][0].is_null(), "{seen}");
        }
        assert_eq!(plans.scans("order_history"), (30, Vec::new()), "{who}, a timeline");
        if who == "manager" {
            let pooled = viewer.ask("{ publicPool(first: 10) { edges { node { id } } } }").await["publicPool"].clone();
            let ids: Vec<_> = pooled["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]["id"]).collect();
            for _ in 0..30 {
                let suggested = viewer.data(SUGGEST, json!({"ids": ids})).await;
                assert_eq!(suggested["suggestOwners"].as_array().unwrap().len(), 10, "{suggested}");
            }
            // A team may have so many customers that a scan of `customer` is right; other tables must be read by index.
            let (asked, mut scanned) = plans.scans("order_product");
            scanned.retain(|table| seed::TABLES.contains(&table.as_str()) && table != "customer");
            assert_eq!((asked, scanned), (30, Vec::new()), "suggestions");
        }
    }
}

const DASHBOARD: &str = "query($filter: CustomerFilter) { customers(first: 20, filter: $filter) { edges { node { id name nextContactTime
    contacts(first: 10) { edges { node { name phones } } }
    opportunities(first: 10) { edges { node { stageCode expectedAmount { amount currency } expectedProduct { name } } } }
    followUps(first: 5) { edges { node { at channel content author { name } } } }
    orders(first: 3) { edges { node { orderNo totalAmount { amount currency } lines { quantity amount { amount } product { name } } } } } } } } }";

const TIMELINE: &str = "query($id: ID!) { customer(id: $id) { timeline(first: 20) { edges { node { kind at orderAction followUp { content author { name } }
    opportunity { expectedProduct { name } } stage { code } order { orderNo } operation { type operator { name } } feedback { rating } } } } } }";

const SUGGEST: &str = "query($ids: [ID!]!) { suggestOwners(customerIds: $ids) { customerId suggestions { score } } }";
