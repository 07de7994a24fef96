//! Describes a team at a glance: for each user below the viewer, how many customers and tasks they have, and what is late.

use serde_json::{Map, Value as Json};

use crate::crm::customer::model::{READ, TEAM_SCOPES};
use crate::kernel::access::Scope;
use crate::kernel::error::Error;
use crate::kernel::read::describe::{Edge, Entity, Field, Figure, FigureScope, Root, RootKind, Type};

/// How many days ahead the overview looks unless it is asked for others, and at most.
const DAYS: (i64, i64) = (3, 366);

/// Describes the overview and its members.
pub fn describe_all() -> Vec<Entity> {
    vec![
        Entity::part("TeamOverview", "A team at a glance.", "(select) {t}")
            .fields([
                Field::new("asOf", Type::DateTime, "{now}", "The moment of the numbers."),
                Field::new(
                    "until",
                    Type::DateTime,
                    "{now} + (select a.days from asked a) * interval '1 day'",
                    "Until when `fallingCustomers` looks.",
                ),
            ])
            .edges([Edge::few(
                "members",
                "TeamMember",
                "true",
                "{t}.name, {t}.user_id",
                "The users of the team who work here, by name. All numbers are of what you may see.",
            )]),
        Entity::part(
            "TeamMember",
            "What a user has to do, or a direct report together with everybody below.",
            "member_line {t}",
        )
        .fields([
            count(
                "ownedCustomers",
                "coalesce((select o.owned from owned o where o.lead_id = {t}.user_id), 0)",
                "How many customers they own. Archived ones do not count.",
            ),
            count(
                "overdueCustomers",
                "coalesce((select o.overdue from owned o where o.lead_id = {t}.user_id), 0)",
                "How many of these should have been contacted before now, by their `nextContactTime`.",
            ),
            count(
                "fallingCustomers",
                "coalesce((select f.falling from falling f where f.lead_id = {t}.user_id), 0)",
                "How many of these a pool rule takes before `until` if nobody acts: those whose `returnsToPoolAt` is earlier.",
            ),
            count(
                "followUpsToday",
                "coalesce((select f.talks from talk f where f.lead_id = {t}.user_id), 0)",
                "How many follow-ups of today they have recorded, in the business time zone; without those of orders.",
            ),
            count(
                "openTasks",
                "coalesce((select k.open from todo k where k.lead_id = {t}.user_id), 0)",
                "How many open tasks they have.",
            ),
            count(
                "overdueTasks",
                "coalesce((select k.overdue from todo k where k.lead_id = {t}.user_id), 0)",
                "How many of these were due before now.",
            ),
            Field::new(
                "awayUntil",
                Type::Date,
                "(select a.last_day from away a where a.user_id = {t}.user_id)",
                "The last day of the absence that the user has now. Null if the user is here, or if you may read names only.",
            )
            .nullable(),
        ])
        .edges([Edge::to_one("user", "User", "{t}.id = {p}.user_id", "The user. Null if you may not see them.")]),
    ]
}

fn count(name: &'static str, sql: &'static str, doc: &'static str) -> Field {
    Field::new(name, Type::Int, sql, doc)
}

/// The root field of the overview.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "teamOverview",
        doc: "What the users who report to you, directly or through others, have to do: customers, tasks, and what is late. If you \
              may see all customers, it is about everybody. Null if you have no team by your permissions.",
        kind: RootKind::Figure(Figure {
            of: "TeamOverview",
            read: Some(READ),
            through: TEAM_SCOPES,
            facts: None,
            arguments: &[
                ("days", "Int", "How many days ahead `fallingCustomers` looks: 0 to 366. If it is left out, 3."),
                (
                    "byDirectReport",
                    "Boolean",
                    "One entry for each direct report with the sums of everybody below, instead of one for each user.",
                ),
            ],
            tables,
        }),
    }]
}

/// The users of the team, each with the user to whom their numbers are added, and the numbers by these.
fn tables(scope: &mut FigureScope<'_, '_>, arguments: &Map<String, Json>) -> Result<String, Error> {
    let days = arguments.get("days").and_then(Json::as_i64).unwrap_or(DAYS.0);
    if !(0..=DAYS.1).contains(&days) {
        return Err(Error::bad_input(
            format!("`days` must be from 0 to {}", DAYS.1),
            format!("`days` 必须为 0 到 {}", DAYS.1),
        ));
    }
    let by_report = arguments.get("byDirectReport").and_then(Json::as_bool).unwrap_or_default();
    let is_all = scope.scopes().contains(Scope::All);
    let member = match (by_report, is_all) {
        (false, true) => "select u.id as user_id, u.id as lead_id from app_user u".to_owned(),
        (false, false) => {
            format!("select u.id as user_id, u.id as lead_id from app_user u where u.id = any({})", scope.team())
        }
        (true, _) => {
            let top = if is_all { "u.manager_id is null".to_owned() } else { scope.render("u.manager_id = {me}", "u") };
            format!(
                "with recursive below (user_id, lead_id) as (
                     select u.id, u.id from app_user u where {top}
                     union all
                     select u.id, b.lead_id from below b join app_user u on u.manager_id = b.user_id)
                 select user_id, lead_id from below"
            )
        }
    };
    let (customers, customer_seen, c) = scope.seen_beyond("Customer", &[]);
    let (falling, falling_seen, f) = scope.seen_beyond("Customer", &[]);
    let (talks, talk_seen, t) = scope.seen_beyond("FollowUp", &[]);
    let (tasks, task_seen, k) = scope.seen_beyond("Task", &[]);
    let (users, user_seen, u) = scope.seen_beyond("User", &[Scope::Names]);
    let now = scope.render("{now}", &c);
    let returns = scope.render("(select min(r.at) from ({returns of t}) r)", &f);
    let today = scope.render("{t}.at >= {day_start} and {t}.at < {day_end}", &t);
    Ok(format!(
        "asked as (select {days} as days),
         member as ({member}),
         member_line as (
             select u.id as user_id, u.name from app_user u
             where u.id in (select lead_id from member) and u.status = 'ACTIVE' and not u.is_service),
         owned as (
             select m.lead_id, count(*) as owned, count(*) filter (where {c}.next_contact_at < {now}) as overdue
             from {customers} join member m on m.user_id = {c}.owner_user_id
             where {c}.archived_at is null and {customer_seen} group by m.lead_id),
         falling as (
             select m.lead_id, count(*) as falling from {falling} join member m on m.user_id = {f}.owner_user_id
             where {f}.archived_at is null and {falling_seen} and {returns} < {now} + {days} * interval '1 day' group by m.lead_id),
         talk as (
             select m.lead_id, count(*) as talks from {talks} join member m on m.user_id = {t}.author_user_id
             where {t}.channel <> 'ORDER' and {today} and {talk_seen} group by m.lead_id),
         todo as (
             select m.lead_id, count(*) as open, count(*) filter (where {k}.due_at < {now}) as overdue
             from {tasks} join member m on m.user_id = {k}.owner_user_id
             where {k}.status = 'OPEN' and {task_seen} group by m.lead_id),
         away as (
             select a.user_id, max(a.last_day) as last_day from absence a join {users} on {u}.id = a.user_id
             where a.starts <= {now} and {now} < a.ends and {user_seen} group by a.user_id)"
    ))
}
