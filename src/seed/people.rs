//! The users: the demo accounts, and a tree of reps that grows with the number of customers.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use sqlx::PgConnection;
use uuid::Uuid;

use super::copy::Table;
use super::model::Plan;
use super::random::{id_at, one_of};

/// The number of reps of a manager.
const TEAM_SIZE: usize = 20;
/// The number of teams of a director.
const TEAMS_PER_DIRECTOR: usize = 10;

/// A user, who may have departed.
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub role: &'static str,
    /// The index of their manager among the staff.
    pub manager: Option<usize>,
    pub has_left: bool,
    pub can_sign_in: bool,
    pub since: DateTime<Utc>,
}

#[rustfmt::skip]
const SURNAMES: [(&str, &str); 20] = [
    ("王", "Wang"), ("李", "Li"), ("张", "Zhang"), ("刘", "Liu"), ("陈", "Chen"), ("杨", "Yang"), ("赵", "Zhao"),
    ("黄", "Huang"), ("周", "Zhou"), ("吴", "Wu"), ("徐", "Xu"), ("孙", "Sun"), ("胡", "Hu"), ("朱", "Zhu"),
    ("高", "Gao"), ("林", "Lin"), ("何", "He"), ("郭", "Guo"), ("马", "Ma"), ("罗", "Luo"),
];
const GIVEN: [&str; 20] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "秀英",
    "志强", "晓梅",
];
const ENGLISH: [&str; 10] = ["Alice", "Ben", "Clara", "Daniel", "Emma", "Frank", "Grace", "Henry", "Iris", "Jack"];

/// A random name; three of four are Chinese.
pub fn person_name(rng: &mut Rng) -> String {
    let (chinese, latin) = one_of(rng, &SURNAMES);
    if rng.u8(..4) > 0 {
        format!("{chinese}{}", one_of(rng, &GIVEN))
    } else {
        format!("{} {latin}", one_of(rng, &ENGLISH))
    }
}

/// The demo accounts that can sign in: e-mail address and role.
pub fn accounts() -> impl Iterator<Item = (String, &'static str)> {
    let accounts = [
        ("admin", "admin"),
        ("manager", "manager"),
        ("sales", "sales"),
        ("sales2", "sales"),
        ("hr", "hr"),
        ("service", "service"),
        ("marketing", "marketing"),
        ("finance", "finance"),
        ("analyst", "analyst"),
    ];
    accounts.into_iter().map(|(name, role)| (email_of(name), role))
}

/// The e-mail address of a demo account.
pub fn email_of(name: &str) -> String {
    format!("{name}@tidepool.example")
}

/// Generates all users. `sales` and `sales2` are the first two reps of the team of `manager`; all reps are below
/// `head`.
pub fn staff(plan: &Plan) -> Vec<Person> {
    let mut staff = Staff {
        rng: Rng::with_seed(plan.seed ^ 0x7065_6f70_6c65),
        since: plan.now - TimeDelta::days(800),
        people: Vec::new(),
    };
    let office = [
        ("Ada Admin", "admin"),
        ("He Renshi", "hr"),
        ("Fu Kefu", "service"),
        ("Shi Chang", "marketing"),
        ("Shu Ju", "analyst"),
    ];
    for (name, role) in office {
        let person = staff.add(Some(name), role, role, None);
        staff.people[person].can_sign_in = true;
    }
    let head = staff.add(Some("Zong Jian"), "head", "manager", None);
    let (mut director, mut manager) = (head, head);
    for rep in 0..(plan.customers as usize / 100).clamp(TEAM_SIZE, 2_000) {
        let (team, area) = (rep / TEAM_SIZE, rep / (TEAM_SIZE * TEAMS_PER_DIRECTOR));
        if rep % (TEAM_SIZE * TEAMS_PER_DIRECTOR) == 0 {
            director = staff.add(None, &format!("director{}", area + 1), "manager", Some(head));
        }
        if rep % TEAM_SIZE == 0 {
            manager = staff.add(None, &format!("manager{}", team + 1), "manager", Some(director));
        }
        staff.add(None, &format!("rep{}", rep + 1), "sales", Some(manager));
    }
    for left in 1..=3 {
        let person = staff.add(None, &format!("left{left}"), "sales", Some(manager));
        staff.people[person].has_left = true;
    }
    let finance = staff.add(Some("Qian Duo"), "finance", "finance", None);
    staff.people[finance].can_sign_in = true;
    // Three of them become demo accounts, which can sign in.
    for (generated, account, name) in
        [("manager1", "manager", "Jing Li"), ("rep1", "sales", "Xiao Shou"), ("rep2", "sales2", "Er Hao")]
    {
        if let Some(person) = staff.people.iter_mut().find(|person| person.email == email_of(generated)) {
            (person.email, person.name, person.can_sign_in) = (email_of(account), name.to_owned(), true);
        }
    }
    staff.people
}

struct Staff {
    rng: Rng,
    since: DateTime<Utc>,
    people: Vec<Person>,
}

impl Staff {
    fn add(&mut self, name: Option<&str>, account: &str, role: &'static str, manager: Option<usize>) -> usize {
        let id = id_at(&mut self.rng, self.since);
        let name = name.map_or_else(|| person_name(&mut self.rng), str::to_owned);
        self.people.push(Person {
            id,
            email: email_of(account),
            name,
            role,
            manager,
            has_left: false,
            can_sign_in: false,
            since: self.since,
        });
        self.people.len() - 1
    }
}

/// The indexes of the reps who own customers.
pub fn reps(staff: &[Person]) -> Vec<usize> {
    let is_rep = |&index: &usize| staff[index].role == "sales" && !staff[index].has_left;
    (0..staff.len()).filter(is_rep).collect()
}

/// Copies the users, their roles and their managers into the database.
pub async fn copy(db: &mut PgConnection, staff: &[Person], password: &str, plan: &Plan) -> sqlx::Result<()> {
    let mut users =
        Table::new("app_user (id, email, name, password_hash, phone, manager_id, status, created_at, updated_at)");
    let mut roles = Table::new("user_role (user_id, role)");
    let mut history = Table::new("user_manager_history (user_id, manager_id, valid_from)");
    for (index, person) in staff.iter().enumerate() {
        let manager = person.manager.map(|manager| staff[manager].id);
        let phone = format!("+86 139 {:04} {:04}", plan.seed % 10_000, index);
        users
            .value(person.id)
            .value(&person.email)
            .value(&person.name)
            .optional(person.can_sign_in.then_some(password))
            .value(phone);
        users.optional(manager).value(if person.has_left { "DEPARTED" } else { "ACTIVE" });
        users.time(Some(person.since)).time(Some(person.since)).end_row();
        roles.value(person.id).value(person.role).end_row();
        history.value(person.id).optional(manager).time(Some(person.since)).end_row();
    }
    for table in [users, roles, history] {
        table.copy(db).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_accounts_are_those_who_can_sign_in_and_all_reps_are_below_the_head() {
        let plan = Plan { customers: 100_000, ..Plan::demo(DateTime::from_timestamp(1_772_352_000, 0).unwrap()) };
        let staff = staff(&plan);
        let mut found: Vec<_> =
            staff.iter().filter(|person| person.can_sign_in).map(|person| person.email.clone()).collect();
        let mut expected: Vec<_> = accounts().map(|(email, _)| email).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(reps(&staff).len(), 1_000);
        for rep in reps(&staff) {
            let mut above = staff[rep].manager;
            while let Some(manager) = above.filter(|&manager| staff[manager].email != email_of("head")) {
                above = staff[manager].manager;
            }
            assert!(above.is_some(), "{}", staff[rep].email);
        }
    }
}
