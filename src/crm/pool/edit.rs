//! Creates, updates and archives pools. Administrators of the installation change everything; the administrator of a pool changes
//! what is its own, but not which customers come into it.

use super::model::{Draft, Locked, reaches};
pub use super::model::{Edit, READ, WRITE};
use super::store;
use crate::crm::customer::protection;
use crate::crm::rule::condition::{Condition, Refusal};
use crate::kernel::access::Scope;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::directory::PoolMember;
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::id::{DEFAULT_POOL, PoolId, UserId};
use crate::kernel::op::Op;
use crate::kernel::{duration, text};

/// The most members of a pool. Each may stand for a team.
const MOST_MEMBERS: usize = 1_000;
/// The most pools that are not archived: all are in the memory of servers, and a customer that comes into the pool is tested
/// against the condition of each.
const MOST_POOLS: usize = 200;
/// The range of priorities.
const PRIORITIES: std::ops::RangeInclusive<i32> = -1_000..=1_000;

/// Creates a pool. If the idempotency key was used before, it returns the pool that was created then.
pub async fn create(op: &mut Op<'_>, edit: Edit, idempotency_key: Option<String>) -> Result<PoolId, Error> {
    let grant = op.authorize(WRITE)?;
    if !grant.scopes().contains(Scope::All) {
        return Err(Error::Forbidden(WRITE));
    }
    let id: PoolId = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createPool", id).await? {
        return Ok(first);
    }
    if op.present_directory().await?.pools.iter().count() >= MOST_POOLS {
        let text = Text::new(
            format!("There are {MOST_POOLS} pools, which is the limit. Archive one first."),
            format!("公海数量已达上限（{MOST_POOLS} 个），请先归档不用的公海。"),
        );
        return Err(UserError::new(Code::Invalid, text).into());
    }
    let draft = checked(op, Draft::default(), edit)?;
    let now = op.now();
    store::insert(op.db(), id, &draft, now).await.map_err(explain)?;
    let details = draft.shown().map(|(name, value)| format!("{name}: {value}")).into();
    op.audit(Entry { details, ..Entry::of(Kind::PoolSaved) }.detail(format!("pool: {id}"))).await?;
    Ok(id)
}

/// Updates a pool. `version` is the version that the user saw; if it is not the present one, this is a `CONFLICT`. If its
/// protection period changes, the ends of protection are computed anew in the same transaction.
pub async fn update(op: &mut Op<'_>, id: PoolId, version: i32, edit: Edit) -> Result<(), Error> {
    let grant = op.authorize(WRITE)?;
    let Locked { draft: before, version: present, is_archived } = require(op, id).await?;
    UserError::check_version(present, version)?;
    if is_archived {
        let text = Text::new("The pool is archived.", "该公海已归档。");
        return Err(UserError::new(Code::Archived, text).into());
    }
    let mut refusals = Vec::new();
    if !grant.scopes().contains(Scope::All) {
        refusals.extend(beyond_its_own(&edit).map(|path| UserError::forbidden(WRITE).at(&[path])));
    }
    if id == DEFAULT_POOL {
        refusals.extend(of_others_only(&edit));
    }
    if !refusals.is_empty() {
        return Err(Error::Refused(refusals));
    }
    let draft = checked(op, before.clone(), edit)?;
    let now = op.now();
    store::update(op.db(), id, &draft, now).await.map_err(explain)?;
    if draft.members != before.members {
        store::set_members(op.db(), id, &draft.members).await?;
    }
    if draft.protection_period != before.protection_period {
        protection::recompute(op).await?;
    }
    let entry = Entry::of(Kind::PoolSaved).detail(format!("pool: {id}"));
    op.audit(entry.changes(before.shown(), draft.shown())).await
}

/// Archives a pool, which must have no customers, neither in the pool nor owned ones that would fall into it. It is no error if it is
/// archived.
pub async fn archive(op: &mut Op<'_>, id: PoolId) -> Result<(), Error> {
    let grant = op.authorize(WRITE)?;
    if !grant.scopes().contains(Scope::All) {
        return Err(Error::Forbidden(WRITE));
    }
    if id == DEFAULT_POOL {
        let text = Text::new("The default pool can't be archived.", "默认公海不能归档。");
        return Err(UserError::new(Code::Invalid, text).at(&["poolId"]).into());
    }
    if require(op, id).await?.is_archived {
        return Ok(());
    }
    let customers = store::count_customers(op.db(), id).await?;
    if customers > 0 {
        let text = Text::new(
            format!("{customers} customers belong to the pool. Move them to another pool first."),
            format!("该公海还有 {customers} 家客户，请先将它们移到其他公海。"),
        );
        return Err(UserError::new(Code::PoolNotEmpty, text).into());
    }
    let now = op.now();
    store::archive(op.db(), id, now).await?;
    op.audit(Entry::of(Kind::PoolSaved).detail(format!("pool: {id}")).detail("isArchived: false → true")).await
}

/// Locks a pool that the actor may change; one that they may not even read is not found.
async fn require(op: &mut Op<'_>, id: PoolId) -> Result<Locked, Error> {
    let pool = store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    let (rights, administrator) = (op.rights()?, pool.draft.administrator);
    if reaches(&rights, WRITE, id, administrator) {
        return Ok(pool);
    }
    match reaches(&rights, READ, id, administrator) {
        true => Err(UserError::forbidden(WRITE).into()),
        false => Err(UserError::not_found().into()),
    }
}

/// What of an edit says more than what is a pool's own: which customers come into it, and who administers it.
fn beyond_its_own(edit: &Edit) -> impl Iterator<Item = &'static str> {
    let given = [
        ("administratorId", edit.administrator.is_some()),
        ("condition", edit.condition.is_some()),
        ("priority", edit.priority.is_some()),
    ];
    given.into_iter().filter(|(_, is_given)| *is_given).map(|(path, _)| path)
}

/// Refusals of what the default pool can't have.
fn of_others_only(edit: &Edit) -> impl Iterator<Item = UserError> {
    let given = [
        ("members", edit.members.as_ref().is_some_and(|members| !members.is_empty())),
        ("condition", edit.condition.as_ref().is_some_and(Option::is_some)),
        ("priority", edit.priority.is_some_and(|priority| priority != 0)),
        ("protectionPeriod", edit.protection_period.as_ref().is_some_and(Option::is_some)),
        ("maxOwnedCustomers", edit.max_owned_customers.as_ref().is_some_and(Option::is_some)),
        ("maxClaimsPerDay", edit.max_claims_per_day.as_ref().is_some_and(Option::is_some)),
    ];
    given.into_iter().filter(|(_, is_given)| *is_given).map(|(path, _)| {
        let en = "The default pool is everybody's, and has what the settings say.";
        UserError::invalid(&[path], en, "默认公海对所有人开放，并使用系统设置。")
    })
}

/// A pool after an edit. The error lists all values that are refused.
fn checked(op: &Op<'_>, before: Draft, edit: Edit) -> Result<Draft, Error> {
    let (directory, mut refusals) = (op.directory(), Vec::new());
    let mut draft = before.clone();
    let mut check = |result: Result<(), UserError>| refusals.extend(result.err());
    let name = edit.name.unwrap_or_else(|| before.name.clone());
    check(text::line(&["name"], &name, 1, 100).map(|name| draft.name = name));
    if let Some(administrator) = edit.administrator {
        let is_active = |user| directory.people.get(&user).is_some_and(|member| member.is_active);
        check(match administrator.filter(|user| !is_active(*user)) {
            None => Ok(()),
            Some(user) => Err(no_user("administratorId", user)),
        });
        draft.administrator = administrator;
    }
    if let Some(mut members) = edit.members {
        members.sort_by_key(|member| member.user);
        let twice = members.windows(2).find(|pair| pair[0].user == pair[1].user);
        let unknown = members.iter().find(|member| !directory.people.contains_key(&member.user));
        check(match (unknown, twice) {
            _ if members.len() > MOST_MEMBERS => Err(UserError::invalid(
                &["members"],
                format!("A pool has at most {MOST_MEMBERS} members. A member may stand for a team."),
                format!("一个公海最多 {MOST_MEMBERS} 个成员，可以按团队添加。"),
            )),
            (Some(PoolMember { user, .. }), _) => Err(no_user("members", *user)),
            (None, Some(_)) => {
                Err(UserError::invalid(&["members"], "Each user may be named once.", "同一用户只能添加一次。"))
            }
            (None, None) => Ok(()),
        });
        draft.members = members;
    }
    if let Some(condition) = edit.condition {
        let condition =
            condition.map(|condition| condition.trim().to_owned()).filter(|condition| !condition.is_empty());
        let valid = condition.as_ref().map(|condition| Condition::parse(condition, false, directory)).transpose();
        check(valid.map(|_| ()).map_err(Refusal::into));
        draft.condition = condition;
    }
    if let Some(priority) = edit.priority {
        let (en, zh) = ("The priority must be from -1000 to 1000.", "优先级必须在 -1000 到 1000 之间。");
        check(PRIORITIES.contains(&priority).then_some(()).ok_or_else(|| UserError::invalid(&["priority"], en, zh)));
        draft.priority = priority;
    }
    if let Some(period) = edit.protection_period {
        let period = period.map(|period| duration::parse_field("protectionPeriod", &period)).transpose();
        check(period.map(|period| draft.protection_period = period));
    }
    for (path, edited, value) in [
        ("maxOwnedCustomers", edit.max_owned_customers, &mut draft.max_owned_customers),
        ("maxClaimsPerDay", edit.max_claims_per_day, &mut draft.max_claims_per_day),
    ] {
        match edited {
            Some(Some(limit)) if limit < 0 => check(Err(UserError::invalid(
                &[path],
                "The limit must be 0 or more, or null for that of the settings.",
                "上限必须大于或等于 0；使用系统设置时请留空。",
            ))),
            Some(limit) => *value = limit,
            None => {}
        }
    }
    if refusals.is_empty() { Ok(draft) } else { Err(Error::Refused(refusals)) }
}

fn no_user(path: &str, user: UserId) -> UserError {
    UserError::invalid(&[path], format!("There is no active user {user}."), format!("没有在职用户 {user}。"))
}

/// Turns the violation of the unique name into a refusal.
fn explain(error: sqlx::Error) -> Error {
    match violated(&error) {
        Some("pool_name_unique") => {
            let text = Text::new("Another pool has this name already.", "已有同名公海。");
            UserError::new(Code::Duplicate, text).at(&["name"]).into()
        }
        _ => error.into(),
    }
}
