//! Statements that read the directory.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::TryStreamExt;
use sqlx::{PgConnection, PgPool};

use super::api_key::{ApiKey, ApiKeys};
use super::{
    Calendar, CalendarDay, Choice, Definitions, Directory, ExtraField, Member, People, Pool, PoolMember, PoolRule,
    Pools, Role, Settings, Stage,
};
use crate::kernel::access::{Policy, PolicyLine};
use crate::kernel::error::Error;
use crate::kernel::feed::Epoch;
use crate::kernel::id::{ApiKeyId, PoolId, PoolRuleId, UserId};
use crate::kernel::metrics;
use crate::kernel::scalar::{Date, named};

/// What a server polls several times a second.
pub struct PollResult {
    /// The revision of the directory.
    pub revision: i64,
    /// Where servers ran last. A revision means something there only.
    pub place: String,
    /// The number of changes that ended sessions.
    pub sessions: i64,
    /// The epoch of the log of events.
    pub epoch: Epoch,
    /// The last position of the log of events.
    pub head: i64,
    /// What the event is that the server knows of, as a number.
    pub image: Option<i64>,
    /// Whether the database is where servers ran last.
    pub is_settled: bool,
    /// Whether webhooks, e-mail and pool rules are held.
    pub is_held: bool,
    /// Whether the database follows another one.
    pub is_replica: bool,
    /// The oldest event of the outbox, if it has any that must be moved to the log.
    pub waiting: Option<i64>,
    /// The database's time.
    pub now: DateTime<Utc>,
}

/// Reads what tells a server whether anything has changed. `known` is the position of the last event that it knows of.
pub async fn poll(db: &PgPool, known: i64) -> sqlx::Result<PollResult> {
    let row = sqlx::query!(
        r#"select d.revision, directory_place(i) as "place!", s.revision as sessions, coalesce((select max(position) from event), 0) as "head!",
                  event_image($1) as image, i.epoch, is_at_place(i) as "is_settled!", i.is_held, pg_is_in_recovery() as "is_replica!",
                  (select min(id) from event_outbox) as waiting, clock_timestamp() as "now!"
           from directory_revision d cross join session_revision s cross join installation i"#,
        known
    )
    .fetch_one(db)
    .await?;
    Ok(PollResult {
        revision: row.revision,
        place: row.place,
        sessions: row.sessions,
        epoch: Epoch::saved(&row.epoch)?,
        head: row.head,
        image: row.image,
        is_settled: row.is_settled,
        is_held: row.is_held,
        is_replica: row.is_replica,
        waiting: row.waiting,
        now: row.now,
    })
}

impl PollResult {
    /// Whether a directory is the one of this moment.
    pub fn is_of(&self, directory: &Directory) -> bool {
        self.revision == directory.revision && self.place == directory.place
    }
}

/// Reads the directory in one snapshot.
pub async fn load(db: &PgPool) -> Result<Directory, Error> {
    let mut snapshot = db.begin_with(SNAPSHOT).await?;
    let directory = read(&mut snapshot).await?;
    snapshot.commit().await?;
    Ok(directory)
}

/// The same, over one connection.
pub async fn read(db: &mut PgConnection) -> Result<Directory, Error> {
    let state = state(db).await?;
    whole(state, db).await
}

/// Reads what was changed since a directory was read, in one snapshot.
pub async fn refresh(known: &Directory, db: &PgPool) -> Result<Directory, Error> {
    let mut snapshot = db.begin_with(SNAPSHOT).await?;
    let directory = since(known, &mut snapshot).await?;
    snapshot.commit().await?;
    Ok(directory)
}

/// Reads what was changed since a directory was read, within a transaction that has a snapshot or has locked the directory. Revisions
/// are given under a lock that is held until the commit, so everybody who sees one sees all that were given before. If the database is not where
/// the directory was read, everything is read: the same revision may be that of another change.
pub async fn since(known: &Directory, db: &mut PgConnection) -> Result<Directory, Error> {
    let state = state(db).await?;
    if !state.is_settled || state.place != known.place || state.revision < known.revision {
        return whole(state, db).await;
    }
    metrics::directory_read("changes");
    let mut people = known.people.clone();
    let changed = read_changed(&mut people, known.revision, db).await?;
    let (definitions, rights) = if state.definitions > known.revision {
        (Arc::new(definitions(state.revision, db).await?), Mutex::default())
    } else {
        (known.definitions.clone(), Mutex::new(known.rights_kept(&people, &changed)))
    };
    let State { revision, place, has_absences, .. } = state;
    Ok(Directory { revision, people, has_absences, place, definitions, rights })
}

const SNAPSHOT: &str = "begin isolation level repeatable read read only";

/// What the database says of the directory as a whole.
struct State {
    revision: i64,
    /// The revision of the last change of definitions.
    definitions: i64,
    has_absences: bool,
    place: String,
    /// Whether the database is where servers ran last.
    is_settled: bool,
}

async fn state(db: &mut PgConnection) -> sqlx::Result<State> {
    sqlx::query_as!(
        State,
        r#"select d.definitions, d.revision, exists (select from absence) as "has_absences!", directory_place(i) as "place!",
                  is_at_place(i) as "is_settled!"
           from directory_revision d cross join installation i"#
    )
    .fetch_one(db)
    .await
}

async fn whole(state: State, db: &mut PgConnection) -> Result<Directory, Error> {
    metrics::directory_read("everything");
    let people = read_everybody(db).await?;
    let definitions = Arc::new(definitions(state.revision, db).await?);
    let State { revision, place, has_absences, .. } = state;
    Ok(Directory { revision, people, has_absences, place, definitions, rights: Mutex::default() })
}

/// A user, as servers keep them in memory.
struct Row {
    id: UserId,
    name: String,
    email: String,
    manager: Option<UserId>,
    is_active: bool,
    roles: Vec<String>,
    has_second_factor: bool,
}

impl Row {
    fn member(self, roles: Arc<[String]>) -> (UserId, Member) {
        let Self { id, name, email, manager, is_active, has_second_factor, .. } = self;
        (id, Member { name, email: email.into(), manager, is_active, roles, has_second_factor })
    }
}

async fn read_everybody(db: &mut PgConnection) -> sqlx::Result<People> {
    let mut rows = sqlx::query_as!(
        Row,
        r#"select u.id as "id!: UserId", u.name as "name!", u.email as "email!", u.manager_id as "manager?: UserId", u.status = 'ACTIVE' as "is_active!",
                  coalesce(r.roles, '{}') as "roles!", f.user_id is not null as "has_second_factor!"
           from app_user u
           left join (select user_id, array_agg(role order by role) as roles from user_role group by user_id) r on r.user_id = u.id
           left join second_factor f on f.user_id = u.id and f.confirmed_at is not null"#
    )
    .fetch(db);
    let (mut people, mut combinations) = (People::default(), HashSet::<Arc<[String]>>::new());
    while let Some(row) = rows.try_next().await? {
        // Few combinations of roles exist, so users share them.
        let roles = match combinations.get(row.roles.as_slice()) {
            Some(known) => known.clone(),
            None => {
                let roles: Arc<[String]> = row.roles.clone().into();
                combinations.insert(roles.clone());
                roles
            }
        };
        let (user, member) = row.member(roles);
        people.set(user, member);
    }
    Ok(people)
}

/// Reads the users who were changed after a revision, and returns who they are.
async fn read_changed(people: &mut People, after: i64, db: &mut PgConnection) -> sqlx::Result<Vec<UserId>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select u.id as "id!: UserId", u.name as "name!", u.email as "email!", u.manager_id as "manager?: UserId", u.status = 'ACTIVE' as "is_active!",
                  array(select r.role from user_role r where r.user_id = u.id order by r.role) as "roles!",
                  exists (select from second_factor f where f.user_id = u.id and f.confirmed_at is not null) as "has_second_factor!"
           from directory_person c join app_user u on u.id = c.user_id where c.revision > $1"#,
        after
    )
    .fetch_all(db)
    .await?;
    let mut changed = Vec::with_capacity(rows.len());
    for mut row in rows {
        let roles = std::mem::take(&mut row.roles).into();
        let (user, member) = row.member(roles);
        people.set(user, member);
        changed.push(user);
    }
    Ok(changed)
}

async fn definitions(as_of: i64, db: &mut PgConnection) -> Result<Definitions, Error> {
    let policy_lines = policy_lines(db).await?;
    Ok(Definitions {
        as_of,
        policy: Policy::load(policy_lines.clone()).await.map_err(|error| Error::Internal(error.into()))?,
        policy_lines,
        settings: settings(db).await?,
        choices: choices(db).await?,
        extra_fields: extra_fields(db).await?,
        stages: stages(db).await?,
        roles: sqlx::query_as!(
            Role,
            "select name, title_en, title_zh, grantable_by_hr, requires_second_factor from role order by name"
        )
        .fetch_all(&mut *db)
        .await?,
        pools: pools(db).await?,
        pool_rules: pool_rules(db).await?,
        api_keys: api_keys(db).await?,
    })
}

async fn api_keys(db: &mut PgConnection) -> Result<ApiKeys, Error> {
    let rows = sqlx::query!(
        r#"select id as "id: ApiKeyId", user_id as "user: UserId", hash, roles, networks, expires_at
           from api_key where revoked_at is null"#
    )
    .fetch_all(db)
    .await?;
    let mut keys = ApiKeys::default();
    for row in rows {
        let hash =
            row.hash.try_into().map_err(|_| Error::Internal("the hash of an API key has another length".into()))?;
        let networks: Result<_, _> = row.networks.iter().map(|text| text.parse()).collect();
        let networks = networks.map_err(|_| unknown("network", &row.networks.join(", ")))?;
        let key = ApiKey { id: row.id, user: row.user, roles: row.roles, networks, expires_at: row.expires_at };
        keys.insert(hash, key);
    }
    Ok(keys)
}

async fn policy_lines(db: &mut PgConnection) -> Result<Vec<PolicyLine>, Error> {
    let permits = sqlx::query!("select role, resource, action, scope from permission").fetch_all(&mut *db).await?;
    let inherits = sqlx::query!("select role, inherits from role_inheritance").fetch_all(&mut *db).await?;
    let permits = permits.into_iter().map(|line| PolicyLine::Permits {
        role: line.role,
        resource: line.resource,
        action: line.action,
        scope: line.scope,
    });
    Ok(permits
        .chain(inherits.into_iter().map(|line| PolicyLine::Inherits { role: line.role, inherits: line.inherits }))
        .collect())
}

async fn settings(db: &mut PgConnection) -> Result<Settings, Error> {
    let row = sqlx::query!(
        "select protection_period_seconds, max_owned_customers, max_claims_per_day, previous_owner_cooldown_seconds,
                long_absence_seconds, max_reveals_per_day, business_time_zone, weekly_days_off, claim_opens, notice_seconds,
                quick_release_seconds, quick_release_alert, audit_days, currencies, phone_country, nameless_contact,
                decimal_mark, date_order, session_idle_seconds, import_grace_seconds, sellers_record_payments, notification_days, version
         from setting"
    )
    .fetch_one(&mut *db)
    .await?;
    let weekly = row.weekly_days_off.iter().map(|day| named(day)).collect::<Result<_, _>>()?;
    Ok(Settings {
        protection_period: TimeDelta::seconds(row.protection_period_seconds),
        max_owned_customers: row.max_owned_customers,
        max_claims_per_day: row.max_claims_per_day,
        previous_owner_cooldown: row.previous_owner_cooldown_seconds.map(TimeDelta::seconds),
        long_absence: row.long_absence_seconds.map(TimeDelta::seconds),
        max_reveals_per_day: row.max_reveals_per_day,
        business_time_zone: row
            .business_time_zone
            .parse()
            .map_err(|_| unknown("time zone", &row.business_time_zone))?,
        calendar: Calendar { weekly, dated: calendar_days(db).await? },
        claim_opens: row.claim_opens,
        notice: TimeDelta::seconds(row.notice_seconds),
        currencies: row.currencies,
        quick_release: row.quick_release_seconds.map(TimeDelta::seconds),
        quick_release_alert: row.quick_release_alert,
        audit_days: row.audit_days,
        notification_days: row.notification_days,
        session_idle: row.session_idle_seconds.map(TimeDelta::seconds),
        phone_country: row.phone_country.parse().map_err(|_| unknown("country", &row.phone_country))?,
        nameless_contact: row.nameless_contact,
        decimal_mark: row.decimal_mark.as_deref().map(named).transpose()?,
        date_order: row.date_order.as_deref().map(named).transpose()?,
        import_grace: TimeDelta::seconds(row.import_grace_seconds),
        sellers_record_payments: row.sellers_record_payments,
        version: row.version,
    })
}

async fn calendar_days(db: &mut PgConnection) -> sqlx::Result<BTreeMap<NaiveDate, CalendarDay>> {
    let rows = sqlx::query!("select day, is_off, name from calendar_day").fetch_all(db).await?;
    let days = rows.into_iter().map(|row| CalendarDay { day: Date(row.day), is_off: row.is_off, name: row.name });
    Ok(days.map(|dated| (dated.day.0, dated)).collect())
}

async fn choices(db: &mut PgConnection) -> Result<Vec<Choice>, Error> {
    let rows = sqlx::query!("select kind, code, name_en, name_zh, active from choice order by kind, position, code")
        .fetch_all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let kind = named(&row.kind)?;
            Ok(Choice { kind, code: row.code, name_en: row.name_en, name_zh: row.name_zh, active: row.active })
        })
        .collect()
}

async fn extra_fields(db: &mut PgConnection) -> Result<Vec<ExtraField>, Error> {
    let rows =
        sqlx::query!("select key, type, label_en, label_zh, personal, active from extra_field order by position, key")
            .fetch_all(db)
            .await?;
    rows.into_iter()
        .map(|row| {
            let kind = named(&row.r#type)?;
            Ok(ExtraField {
                key: row.key,
                kind,
                label_en: row.label_en,
                label_zh: row.label_zh,
                personal: row.personal,
                active: row.active,
            })
        })
        .collect()
}

async fn stages(db: &mut PgConnection) -> Result<Vec<Stage>, Error> {
    let rows = sqlx::query!(
        "select code, kind, probability, active, name_en, name_zh from opportunity_stage order by position, code"
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Stage {
                code: row.code,
                kind: named(&row.kind)?,
                probability: row.probability,
                active: row.active,
                names: [row.name_en, row.name_zh],
            })
        })
        .collect()
}

async fn pools(db: &mut PgConnection) -> sqlx::Result<Pools> {
    let rows = sqlx::query!(
        r#"select p.id as "id: PoolId", p.name, p.administrator_user_id as "administrator: UserId", p.condition, p.protection_period_seconds,
                  p.max_owned_customers, p.max_claims_per_day,
                  array(select m.user_id from pool_member m where m.pool_id = p.id order by m.user_id) as "users!: Vec<UserId>",
                  array(select m.with_team from pool_member m where m.pool_id = p.id order by m.user_id) as "with_team!"
           from pool p where p.archived_at is null order by p.priority desc, p.id"#
    )
    .fetch_all(db)
    .await?;
    let pools = rows.into_iter().map(|row| Pool {
        id: row.id,
        name: row.name,
        administrator: row.administrator,
        condition: row.condition,
        protection_period: row.protection_period_seconds.map(TimeDelta::seconds),
        max_owned_customers: row.max_owned_customers,
        max_claims_per_day: row.max_claims_per_day,
        members: row
            .users
            .into_iter()
            .zip(row.with_team)
            .map(|(user, with_team)| PoolMember { user, with_team })
            .collect(),
    });
    Ok(Pools::of(pools.collect()))
}

async fn pool_rules(db: &mut PgConnection) -> Result<Vec<PoolRule>, Error> {
    let rows = sqlx::query!(
        r#"select id as "id: PoolRuleId", condition, action, priority, schedule, workdays
           from customer_pool_rule where enabled order by priority desc, id"#
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let action = named(&row.action)?;
            Ok(PoolRule {
                id: row.id,
                condition: row.condition,
                action,
                priority: row.priority,
                schedule: row.schedule,
                workdays: row.workdays,
            })
        })
        .collect()
}

fn unknown(what: &str, value: &str) -> Error {
    Error::Internal(format!("unknown {what} in the database: {value:?}").into())
}
