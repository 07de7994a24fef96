//! What figures answer: the same as loops over the facts that a viewer may know, from kept sums or from facts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use tidepool::crm::analysis;
use uuid::Uuid;

use super::history::Company;
use super::naive::Time;
use crate::support::{Person, World};

/// A fact with all that figures ask of it.
pub struct Fact {
    pub subject: String,
    pub detail: String,
    pub day: NaiveDate,
    pub at: Time,
    pub known_at: Option<Time>,
    pub user: Option<Uuid>,
    pub above: Vec<Uuid>,
    pub industry: String,
    pub stage: String,
    pub currency: String,
    pub n: i64,
    pub amount: Decimal,
    seconds: i64,
    /// The customer; of a merged one, the one that stays.
    pub customer: Uuid,
    pub order: Option<Uuid>,
    pub opportunity: Option<Uuid>,
}

pub async fn facts(world: &World) -> Vec<Fact> {
    type Row = (
        String,
        String,
        Time,
        Option<Time>,
        Option<Uuid>,
        String,
        String,
        String,
        Uuid,
        Option<Uuid>,
        Option<Uuid>,
        i64,
        Decimal,
        i64,
    );
    let rows: Vec<Row> = sqlx::query_as(
        "select f.subject, f.detail, f.at, f.known_at, f.user_id, coalesce(s.industry, ''), f.stage, f.currency, s.id, f.order_id, f.opportunity_id,
                f.n::bigint, coalesce(f.amount, 0), coalesce(f.seconds, 0)
         from sales_fact f join customer c on c.id = f.customer_id join customer s on s.id = coalesce(c.merged_into, c.id)",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    type Managed = (Uuid, Option<Uuid>, Option<Time>);
    let tree: Vec<Managed> =
        sqlx::query_as("select user_id, manager_id, valid_to from user_manager_history order by valid_from")
            .fetch_all(&world.db)
            .await
            .unwrap();
    let manager_at = |user: Uuid, at: Time| {
        let row = tree.iter().find(|(of, _, to)| *of == user && to.is_none_or(|to| to > at));
        row.and_then(|row| row.1)
    };
    rows.into_iter()
        .map(|row| {
            let (
                subject,
                detail,
                at,
                known_at,
                user,
                industry,
                stage,
                currency,
                customer,
                order,
                opportunity,
                n,
                amount,
                seconds,
            ) = row;
            let mut above = Vec::new();
            let mut next = user.and_then(|user| manager_at(user, at));
            while let Some(manager) = next {
                above.push(manager);
                next = manager_at(manager, at);
            }
            let day = at.with_timezone(&Tz::Asia__Shanghai).date_naive();
            Fact {
                subject,
                detail,
                day,
                at,
                known_at,
                user,
                above,
                industry,
                stage,
                currency,
                n,
                amount,
                seconds,
                customer,
                order,
                opportunity,
            }
        })
        .collect()
}

/// Which facts somebody may know.
pub enum Reach {
    All,
    /// Their own, those of who is below them today, and what was done below them.
    Team(Uuid, BTreeSet<Uuid>),
}

impl Reach {
    pub fn contains(&self, fact: &Fact) -> bool {
        match self {
            Self::All => true,
            Self::Team(me, team) => {
                fact.user.is_some_and(|user| user == *me || team.contains(&user)) || fact.above.contains(me)
            }
        }
    }
}

pub async fn team_of(world: &World, person: &Person) -> Reach {
    let below: Vec<Uuid> = sqlx::query_scalar(
        "with recursive below as (select id from app_user where manager_id = $1 union select u.id from app_user u join below b on u.manager_id = b.id)
         select id from below",
    )
    .bind(person.id.uuid())
    .fetch_all(&world.db)
    .await
    .unwrap();
    Reach::Team(person.id.uuid(), below.into_iter().collect())
}

/// What is asked of a figure.
#[derive(Clone, Default)]
pub struct Asked {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub by: Option<&'static str>,
    pub per: Option<&'static str>,
    pub team_of: Option<Uuid>,
    /// Asks with a filter that all facts pass, so that the facts themselves are read.
    pub of_rows: bool,
    pub known_at: Option<Time>,
}

impl Asked {
    pub fn arguments(&self) -> String {
        let mut text = format!("(from: \"{}\", to: \"{}\"", self.from, self.to);
        if let Some(by) = self.by {
            let _ = write!(text, ", by: {by}");
        }
        if let Some(per) = self.per {
            let _ = write!(text, ", per: {per}");
        }
        if let Some(manager) = self.team_of {
            let _ = write!(text, ", teamOf: \"user_{manager}\"");
        }
        if self.of_rows {
            text.push_str(", filter: {currency: {isNull: false}}");
        }
        if let Some(at) = self.known_at {
            let _ = write!(text, ", knownAt: \"{}\"", at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true));
        }
        text + ")"
    }

    pub fn period(&self, day: NaiveDate) -> Option<NaiveDate> {
        let monday = day - Days::new(u64::from(day.weekday().num_days_from_monday()));
        match self.per? {
            "DAY" => Some(day),
            "WEEK" => Some(monday),
            "MONTH" => day.with_day(1),
            "QUARTER" => NaiveDate::from_ymd_opt(day.year(), (day.month0() / 3) * 3 + 1, 1),
            _ => NaiveDate::from_ymd_opt(day.year(), 1, 1),
        }
    }

    pub fn key(&self, fact: &Fact, top: Option<Uuid>) -> String {
        let user = |user: Option<Uuid>| user.map(|user| format!("user_{user}")).unwrap_or_default();
        match self.by {
            Some("USER") => user(fact.user),
            Some("TEAM") => match self.team_of.or(top) {
                None => user(fact.above.last().copied().or(fact.user)),
                Some(top) => match fact.above.iter().position(|above| *above == top) {
                    None | Some(0) => user(fact.user),
                    Some(place) => user(Some(fact.above[place - 1])),
                },
            },
            Some("INDUSTRY") => fact.industry.clone(),
            Some("STAGE") => fact.stage.clone(),
            _ => String::new(),
        }
    }

    fn contains(&self, fact: &Fact) -> bool {
        self.is_about(fact) && fact.day <= self.to
    }

    /// Whether a fact is of the team, and was known then.
    pub fn is_about(&self, fact: &Fact) -> bool {
        let of_team = self.team_of.is_none_or(|top| fact.user == Some(top) || fact.above.contains(&top));
        let known = self.known_at.is_none_or(|at| fact.known_at.is_some_and(|known| known <= at));
        of_team && known
    }
}

type Group<'a> = BTreeMap<(Option<NaiveDate>, String), Vec<&'a Fact>>;

/// The facts of a figure by group; of balances with those before.
fn grouped<'a>(
    facts: &'a [Fact],
    reach: &Reach,
    asked: &Asked,
    subjects: &[&str],
    with_before: bool,
    top: Option<Uuid>,
) -> Group<'a> {
    let mut groups = Group::new();
    for fact in facts.iter().filter(|fact| subjects.contains(&fact.subject.as_str())) {
        if reach.contains(fact) && asked.contains(fact) && (with_before || fact.day >= asked.from) {
            groups.entry((asked.period(fact.day), asked.key(fact, top))).or_default().push(fact);
        }
    }
    // What was taken back as a whole leaves no trace.
    for facts in groups.values_mut() {
        let cell = |fact: &Fact| {
            let (subject, detail) = (fact.subject.clone(), fact.detail.clone());
            (subject, detail, fact.stage.clone(), fact.currency.clone(), fact.day < asked.from)
        };
        let mut sums: BTreeMap<_, (i64, Decimal, i64)> = BTreeMap::new();
        for fact in facts.iter() {
            let sum = sums.entry(cell(fact)).or_default();
            *sum = (sum.0 + fact.n, sum.1 + fact.amount, sum.2 + fact.seconds);
        }
        facts.retain(|fact| sums[&cell(fact)] != (0, Decimal::ZERO, 0));
    }
    groups.retain(|_, facts| !facts.is_empty());
    groups
}

fn sum(facts: &[&Fact], is: impl Fn(&Fact) -> bool) -> i64 {
    facts.iter().filter(|fact| is(fact)).map(|fact| fact.n).sum()
}

fn amounts(facts: &[&Fact], of: impl Fn(&Fact) -> Decimal, is: impl Fn(&Fact) -> bool) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| is(fact) && !fact.currency.is_empty()) {
        *sums.entry(fact.currency.clone()).or_default() += of(fact);
    }
    let money = |sum: Decimal| {
        let sum = sum.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        format!("{sum:.2}")
    };
    sums.into_iter().filter(|(_, sum)| !sum.is_zero()).map(|(currency, sum)| (currency, money(sum))).collect()
}

pub fn amounts_of(json: &Json) -> BTreeMap<String, String> {
    let each = json.as_array().unwrap().iter();
    each.map(|money| (money["currency"].as_str().unwrap().to_owned(), money["amount"].as_str().unwrap().to_owned()))
        .collect()
}

/// The groups of an answer by period and key.
pub fn groups_of(answer: &Json) -> BTreeMap<(Option<NaiveDate>, String), Json> {
    let mut groups = BTreeMap::new();
    for group in answer["groups"].as_array().unwrap() {
        let key = &group["key"];
        let period = key["period"].as_str().map(|day| day.parse().unwrap());
        let value = key["user"]["id"].as_str().or(key["value"].as_str()).unwrap_or_default().to_owned();
        assert!(groups.insert((period, value), group.clone()).is_none(), "a group is there once: {answer}");
    }
    groups
}

pub const KEY: &str = "key { period value user { id } }";
const BASIS: &str = "basis { source isExact timeZone position }";

async fn ask(person: &Person, figure: &str, asked: &Asked, selection: &str) -> Json {
    let query = format!(
        "{{ {figure}{} {{ {BASIS} groupCount groups {{ {KEY} {selection} }} total {{ {selection} }} }} }}",
        asked.arguments()
    );
    person.ask(&query).await[figure].clone()
}

pub fn int(json: &Json, name: &str) -> i64 {
    json[name].as_i64().unwrap_or_else(|| panic!("{name} of {json}"))
}

/// Asserts that the ends of opportunities are those of loops.
fn check_win_rates(answer: &Json, groups: &Group<'_>, what: &str) {
    let all: Vec<&Fact> = groups.values().flatten().copied().collect();
    let there = groups_of(answer);
    for (key, facts) in groups.iter().map(|(key, facts)| (Some(key), facts)).chain([(None, &all)]) {
        let group = key.map_or(&answer["total"], |key| {
            there.get(key).unwrap_or_else(|| panic!("{what}: {key:?} is missing in {answer}"))
        });
        let is = |end: &'static str| move |fact: &Fact| fact.detail == end;
        let (won, lost) = (sum(facts, is("WON")), sum(facts, is("LOST")));
        let numbers = [int(group, "won"), int(group, "lost"), int(group, "void")];
        assert_eq!(numbers, [won, lost, sum(facts, is("VOID"))], "{what} {key:?}");
        assert_eq!(amounts_of(&group["wonAmounts"]), amounts(facts, |fact| fact.amount, is("WON")), "{what} {key:?}");
        let rate = (won + lost > 0).then(|| {
            let share = Decimal::from(won) / Decimal::from(won + lost);
            format!("{:.4}", share.round_dp_with_strategy(4, rust_decimal::RoundingStrategy::MidpointAwayFromZero))
        });
        assert_eq!(group["rate"]["value"].as_str(), rate.as_deref(), "{what} {key:?}");
        if let (Some(low), Some(high)) = (group["rate"]["low"].as_str(), group["rate"]["high"].as_str()) {
            let [low, high] = [low, high].map(|end| end.parse::<f64>().unwrap());
            let share = won as f64 / (won + lost) as f64;
            assert!(low <= share + 1e-4 && share - 1e-4 <= high && low >= -1e-4 && high <= 1.0001, "{group}");
        }
        let seconds: i64 = facts.iter().filter(|fact| fact.detail == "WON").map(|fact| fact.seconds).sum();
        if won > 0 {
            let days: f64 = group["daysToWin"].as_str().unwrap().parse().unwrap();
            assert!((days - seconds as f64 / won as f64 / 86_400.0).abs() < 0.006, "{what} {key:?}");
        }
    }
}

const ENDS: &str = "won lost void unpriced wonAmounts { amount currency } lostAmounts { amount currency } daysToWin rate { hits of value low high isFew }";
const WORK: &str =
    "followUps newCustomers claims assigned transferredIn transferredOut releases reclaims won lost orders owned
    booked { amount currency } calledOff { amount currency } received { amount currency }";

fn check_performance(answer: &Json, groups: &Group<'_>, from: NaiveDate, with_owned: bool, what: &str) {
    let there = groups_of(answer);
    for (key, facts) in groups {
        let Some(group) = there.get(key) else { panic!("{what}: {key:?} is missing in {answer}") };
        let in_period: Vec<&Fact> = facts.iter().filter(|fact| fact.day >= from).copied().collect();
        let moves = |subjects: &'static [&'static str], kind: &'static str, causes: &'static [&'static str]| {
            let is = move |fact: &Fact| {
                let (of, cause) = fact.detail.split_once(':').unwrap_or_default();
                subjects.contains(&fact.subject.as_str())
                    && of == kind
                    && (causes.is_empty() || causes.contains(&cause))
            };
            sum(&in_period, is)
        };
        let hand: &[&str] = &["HAND", "UNDONE"];
        let expected = [
            ("followUps", sum(&in_period, |fact| fact.subject == "FOLLOW_UP" && fact.detail != "ORDER")),
            ("newCustomers", moves(&["HAND", "POOL", "UNDONE"], "CREATE", &[])),
            ("claims", moves(hand, "CLAIM", &[])),
            ("assigned", moves(hand, "ASSIGN", &["MANAGER"])),
            ("transferredIn", moves(hand, "TRANSFER_IN", &["MANAGER", "DEPARTURE"])),
            ("transferredOut", -moves(hand, "TRANSFER_OUT", &["MANAGER", "DEPARTURE"])),
            ("releases", -moves(hand, "RELEASE", &[])),
            ("reclaims", -moves(hand, "RECLAIM", &["MANAGER", "RULE", "DEPARTURE"])),
            ("won", sum(&in_period, |fact| fact.subject == "OUTCOME" && fact.detail == "WON")),
            ("orders", sum(&in_period, |fact| fact.subject == "BOOK")),
        ];
        for (name, value) in expected {
            assert_eq!(int(group, name), value, "{what}: {name} of {key:?}");
        }
        if with_owned {
            assert_eq!(int(group, "owned"), sum(facts, |fact| fact.subject == "HAND"), "{what}: owned of {key:?}");
        }
        let of = |subject: &'static str| move |fact: &Fact| fact.subject == subject;
        assert_eq!(amounts_of(&group["booked"]), amounts(&in_period, |fact| fact.amount, of("BOOK")), "{what} {key:?}");
        assert_eq!(
            amounts_of(&group["received"]),
            amounts(&in_period, |fact| fact.amount, of("CASH")),
            "{what} {key:?}"
        );
    }
}

fn check_funnel(answer: &Json, groups: &Group<'_>, is_strict: bool, what: &str) {
    let stages = ["PROSPECTING", "QUALIFICATION", "PROPOSAL", "NEGOTIATION"];
    let there = groups_of(answer);
    for (key, facts) in groups {
        let cohort: Vec<&Fact> = facts.iter().filter(|fact| fact.subject == "COHORT").copied().collect();
        let group = &there[key];
        assert_eq!(int(group, "entered"), sum(&cohort, |_| true), "{what} {key:?}");
        for (place, stage) in stages.iter().enumerate() {
            let passed = |fact: &Fact| {
                let (way, end) = fact.detail.split_once('=').unwrap_or((&fact.detail, ""));
                let way: Vec<&str> = way.split('>').collect();
                if is_strict {
                    way.len() > place && way[..=place] == stages[..=place]
                } else {
                    end == "WON" || way.iter().any(|stage| stages.iter().position(|of| of == stage) >= Some(place))
                }
            };
            let step = &group["steps"][place];
            assert_eq!(step["stage"]["code"], json!(stage));
            assert_eq!(int(step, "count"), sum(&cohort, passed), "{what} {key:?} {stage}");
            let moved = |is: &dyn Fn(&Fact) -> bool| sum(facts, |fact| fact.subject == "MOVE" && is(fact));
            assert_eq!(int(step, "arrivals"), moved(&|fact| fact.stage == *stage), "{what} {key:?} {stage}");
            assert_eq!(
                int(step, "won"),
                moved(&|fact| fact.detail == *stage && fact.stage == "WON"),
                "{what} {key:?} {stage}"
            );
            let later = |fact: &Fact| stages.iter().position(|of| *of == fact.stage) > Some(place);
            assert_eq!(
                int(step, "forward"),
                moved(&|fact| fact.detail == *stage && later(fact)),
                "{what} {key:?} {stage}"
            );
        }
        let counts: Vec<i64> = (0..4).map(|place| int(&group["steps"][place], "count")).collect();
        assert!(counts.is_sorted_by(|one, next| one >= next), "a funnel never grows: {counts:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_what_loops_over_the_facts_say_for_every_viewer() {
    let mut company = Company::found(11).await;
    for step in 0..420 {
        company.act().await;
        if step % 3 == 0 {
            company.pass().await;
        }
    }
    analysis::keep(&company.world.app).await.unwrap();
    // Some facts are not in the sums yet, and a customer is not yet where it belongs.
    for _ in 0..25 {
        company.act().await;
    }
    let (world, admin) = (&company.world, company.admin.clone());
    let facts = facts(world).await;
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let (first, months, last) = (day("2026-03-02"), day("2026-03-01"), day("2026-12-31"));
    let east = company.managers[1].clone();
    let mut viewers = vec![(admin.clone(), Reach::All, None)];
    for person in [company.managers[0].clone(), east.clone(), company.reps[0].clone()] {
        let reach = team_of(world, &person).await;
        let top = Some(person.id.uuid());
        viewers.push((person, reach, top));
    }
    for (person, reach, top) in &viewers {
        for (from, to, by, per, team) in [
            (months, last, None, None, None),
            (months, last, None, Some("MONTH"), None),
            (first, day("2026-03-20"), None, Some("DAY"), None),
            (months, last, None, Some("WEEK"), None),
            (months, last, Some("USER"), None, None),
            (months, last, Some("USER"), Some("QUARTER"), None),
            (months, last, Some("TEAM"), None, None),
            (months, last, Some("INDUSTRY"), Some("MONTH"), None),
            (day("2026-03-10"), day("2026-04-03"), Some("INDUSTRY"), None, None),
            (months, last, None, Some("MONTH"), Some(east.id.uuid())),
            (months, last, Some("TEAM"), None, Some(company.managers[0].id.uuid())),
        ] {
            for of_rows in [false, true] {
                let asked = Asked { from, to, by, per, team_of: team, of_rows, known_at: None };
                let what = format!("{} {}", person.name, asked.arguments());
                let answer = ask(person, "winRate", &asked, ENDS).await;
                check_win_rates(&answer, &grouped(&facts, reach, &asked, &["OUTCOME"], false, *top), &what);
                assert_eq!(answer["basis"]["isExact"], json!(true));
                assert!(!of_rows || answer["basis"]["source"] == "ROWS", "{answer}");
                let answer = ask(person, "performance", &asked, WORK).await;
                let subjects = ["FOLLOW_UP", "HAND", "POOL", "UNDONE", "OUTCOME", "BOOK", "CASH"];
                let groups = grouped(&facts, reach, &asked, &subjects, per.is_none(), *top);
                check_performance(&answer, &groups, from, per.is_none(), &what);
                let steps = "steps { stage { code } count arrivals forward back won lost void daysInStage next { value } cumulative { value } }";
                let selection = format!("entered won lost void conversion {{ value }} {steps}");
                let answer = ask(person, "salesFunnel", &asked, &selection).await;
                let groups = grouped(&facts, reach, &asked, &["COHORT", "MOVE"], false, *top);
                check_funnel(&answer, &groups, false, &what);
                let strict = asked.arguments().replace(')', ", mode: STRICT)");
                let query = format!("{{ salesFunnel{strict} {{ groups {{ {KEY} {selection} }} }} }}");
                check_funnel(&person.ask(&query).await["salesFunnel"], &groups, true, &what);
            }
        }
    }
    let basis = |answer: &Json| answer["basis"]["source"].as_str().unwrap().to_owned();
    let by_month = Asked { from: months, to: last, per: Some("MONTH"), ..Asked::default() };
    assert_eq!(basis(&ask(&admin, "winRate", &by_month, "won").await), "KEPT");
    assert_eq!(basis(&ask(&east, "winRate", &by_month, "won").await), "ROWS");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waterfall_proves_itself_and_its_ends_are_the_pipelines_of_these_days() {
    let mut company = Company::found(12).await;
    for step in 0..300 {
        company.act().await;
        if step % 30 == 0 {
            company.world.pooled(&format!("Pooled {step}")).await;
        }
        if step % 3 == 0 {
            company.pass().await;
        }
    }
    let admin = company.admin.clone();
    let money = "{ amount currency }";
    let pipeline = async |day: &str, by: &str, filter: &str| {
        let query = format!(
            "{{ pipeline(asOf: \"{day}\"{by}{filter}) {{ groups {{ {KEY} count amounts {money} }} total {{ count unpriced amounts {money} weighted {money} }} }} }}"
        );
        admin.ask(&query).await["pipeline"].clone()
    };
    let now = admin.ask("{ opportunities(first: 100, filter: {isLive: {eq: true}}) { totalCount } }").await;
    let today = pipeline("2026-12-31", "", "").await;
    assert_eq!(today["total"]["count"], now["opportunities"]["totalCount"], "the pipeline of today is the list");
    assert!(int(&today["total"], "count") > 5, "{today}");
    assert_eq!(today, pipeline("2026-12-31", "", ", filter: {currency: {isNull: false}}").await, "kept and facts");
    for (from, before, to) in [("2026-03-10", "2026-03-09", "2026-03-31"), ("2026-04-01", "2026-03-31", "2026-04-30")] {
        let columns: String = [
            "opening",
            "created",
            "reopened",
            "resumed",
            "increased",
            "decreased",
            "won",
            "lost",
            "void",
            "left",
            "moved",
            "closing",
        ]
        .iter()
        .map(|column| format!("{column} {column}Amounts {money} "))
        .collect();
        for (by, filter) in
            [("", ""), (", by: STAGE", ""), (", by: USER", ""), ("", ", filter: {currency: {isNull: false}}")]
        {
            let query = format!(
                "{{ pipelineWaterfall(from: \"{from}\", to: \"{to}\"{by}{filter}) {{ groups {{ {KEY} {columns} residual residualAmounts {money} }} total {{ {columns} residual residualAmounts {money} }} }} }}"
            );
            let waterfall = admin.ask(&query).await["pipelineWaterfall"].clone();
            let groups = waterfall["groups"].as_array().unwrap();
            for group in groups.iter().chain([&waterfall["total"]]) {
                assert_eq!(group["residual"], 0, "{group}");
                assert!(amounts_of(&group["residualAmounts"]).values().all(|amount| amount == "0.00"), "{group}");
            }
            let [opening, closing] = [pipeline(before, by, "").await, pipeline(to, by, "").await];
            for (name, there) in [("opening", &opening), ("closing", &closing)] {
                assert_eq!(waterfall["total"][name], there["total"]["count"]);
                let without_nothing = |json: &Json| -> BTreeMap<String, String> {
                    amounts_of(json).into_iter().filter(|(_, amount)| amount != "0.00").collect()
                };
                let amounts = &waterfall["total"][format!("{name}Amounts")];
                assert_eq!(without_nothing(amounts), without_nothing(&there["total"]["amounts"]));
            }
        }
    }
    let mut parts = 0;
    let query = "{ poolTurnover(from: \"2026-03-05\", to: \"2026-04-25\") { total { opening entered released reclaimed reclaimedByRule claimed assigned undone restored closing residual daysInPool } } }";
    let turnover = admin.ask(query).await["poolTurnover"]["total"].clone();
    assert_eq!(turnover["residual"], 0, "{turnover}");
    for name in ["entered", "released", "reclaimed", "claimed", "undone", "restored"] {
        parts += i64::from(int(&turnover, name) != 0);
    }
    assert!(parts >= 3, "{turnover}");
    let pooled: i64 =
        company.world.sql("select count(*) from customer where owner_user_id is null and archived_at is null").await;
    let query = "{ poolTurnover(from: \"2026-03-05\", to: \"2026-12-31\") { total { closing } } }";
    assert_eq!(admin.ask(query).await["poolTurnover"]["total"]["closing"], pooled);
}

#[tokio::test]
async fn a_stage_that_is_switched_off_divides_no_strict_way() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let acme = json!(ann.create("Acme").await);
    let (before, after) = (ann.opportunity(&acme, "100").await, ann.opportunity(&acme, "200").await);
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.move_to(&before, 1, "QUALIFICATION").await, "");
    assert_eq!(ann.move_to(&before, 2, "LOST").await, "");
    let stage = json!({"code": "QUALIFICATION", "nameEn": "Qualification", "nameZh": "需求确认", "kind": "OPEN", "probability": 30, "isActive": false});
    assert_eq!(admin.outcome("saveOpportunityStage", stage).await, "");
    assert_eq!(ann.move_to(&after, 1, "PROPOSAL").await, "");
    assert_eq!(ann.move_to(&after, 2, "NEGOTIATION").await, "");
    let query = "{ salesFunnel(from: \"2026-03-01\", to: \"2026-03-31\", mode: STRICT) { total { steps { stage { code } count } } } }";
    let steps = ann.ask(query).await["salesFunnel"]["total"]["steps"].clone();
    let count = |code: &str| {
        let step = steps.as_array().unwrap().iter().find(|step| step["stage"]["code"] == code);
        step.map(|step| int(step, "count"))
    };
    assert_eq!(["PROSPECTING", "PROPOSAL", "NEGOTIATION"].map(count), [Some(2), Some(1), Some(1)], "{steps}");
}

#[tokio::test]
async fn what_was_reported_can_be_asked_again_after_a_correction() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    let deal = ann.opportunity(&acme, "100").await;
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.move_to(&deal, 1, "LOST").await, "");
    analysis::keep(&world.app).await.unwrap();
    let reported = world.clock.now();
    world.advance(TimeDelta::days(40));
    assert_eq!(ann.move_to(&deal, 2, "PROPOSAL").await, "");
    analysis::keep(&world.app).await.unwrap();
    world.advance(TimeDelta::days(1));
    assert_eq!(ann.move_to(&deal, 3, "WON").await, "");
    analysis::keep(&world.app).await.unwrap();
    let march = Asked { from: "2026-03-01".parse().unwrap(), to: "2026-03-31".parse().unwrap(), ..Asked::default() };
    let counts = async |asked: &Asked| {
        let total = ask(&boss, "winRate", asked, "won lost").await["total"].clone();
        (int(&total, "won"), int(&total, "lost"))
    };
    assert_eq!(counts(&march).await, (0, 0), "it was opened again: its loss stands no more");
    let as_reported = Asked { known_at: Some(reported), ..march.clone() };
    assert_eq!(counts(&as_reported).await, (0, 1), "but it was reported");
    let april = Asked { from: "2026-04-01".parse().unwrap(), to: "2026-04-30".parse().unwrap(), ..Asked::default() };
    assert_eq!(counts(&april).await, (1, 0));

    // A number leads to its facts, by the same filter and the bounds of its days.
    let query = "{ salesFacts(filter: {subject: {eq: OUTCOME}}, orderBy: AT_ASC) { totalCount edges { node { subject detail n at amount currency
        user { name } customer { name } opportunity { stageCode } } } } }";
    let listed = boss.ask(query).await["salesFacts"].clone();
    let ends: Vec<_> = listed["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]).collect();
    let end = |end: &Json| (end["detail"].as_str().unwrap().to_owned(), end["n"].as_i64().unwrap());
    let mut lines: Vec<_> = ends.iter().map(|node| end(node)).collect();
    lines.sort();
    assert_eq!(lines, [("LOST".into(), -1), ("LOST".into(), 1), ("WON".into(), 1)]);
    assert_eq!(ends[2]["opportunity"], json!({"stageCode": "WON"}));
}

#[tokio::test]
async fn figures_show_nobody_more_than_the_facts_that_they_may_know() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let ben = world.person("Ben", "sales", None).await;
    let (analyst, hr) = (world.person("Ona", "analyst", None).await, world.person("Hana", "hr", None).await);
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ben.create("Blue Wave").await));
    ann.opportunity(&acme, "100").await;
    ben.opportunity(&blue, "200").await;
    let query = "{ pipeline(asOf: \"2026-03-31\", by: USER) { groups { key { user { name } } count amounts { amount } } total { count } }
        salesFacts { totalCount } lifetimeValue(asOf: \"2026-03-31\") { total { customers } } poolTurnover(from: \"2026-03-01\", to: \"2026-03-31\") { total { closing } } }";
    let seen = async |person: &Person| {
        let seen = person.ask(query).await;
        let facts = seen["salesFacts"]["totalCount"].as_i64().unwrap();
        (seen["pipeline"]["total"]["count"].as_i64(), facts, !seen["poolTurnover"].is_null())
    };
    // Each customer and opportunity: HAND, COHORT, MOVE, PIPELINE.
    assert_eq!(seen(&ann).await, (Some(1), 4, false));
    assert_eq!(seen(&boss).await, (Some(1), 4, false));
    assert_eq!(seen(&analyst).await, (Some(2), 8, true));
    assert_eq!(seen(&hr).await, (None, 0, false));
    // The analyst sees numbers, and of their facts no customer.
    let facts =
        analyst.ask("{ salesFacts { edges { node { customer { name } opportunity { id } user { name } } } } }").await;
    for edge in facts["salesFacts"]["edges"].as_array().unwrap() {
        assert_eq!(edge["node"]["customer"], Json::Null, "{edge}");
        assert_eq!(edge["node"]["opportunity"], Json::Null, "{edge}");
        assert!(["Ann", "Ben"].contains(&edge["node"]["user"]["name"].as_str().unwrap()), "{edge}");
    }
    // What Ann did below her superior stays theirs when she moves; what she does afterwards is not.
    let admin = world.admin().await;
    world.advance(TimeDelta::hours(1));
    assert_eq!(admin.outcome("changeManager", json!({"userId": ann.gid(), "managerId": null})).await, "");
    world.advance(TimeDelta::hours(1));
    ann.opportunity(&acme, "300").await;
    assert_eq!(seen(&boss).await, (Some(1), 4, false));
    analysis::keep(&world.app).await.unwrap();
    assert_eq!(seen(&boss).await, (Some(1), 4, false));
    assert_eq!(seen(&ann).await, (Some(2), 7, false));
    // The facts of a team are those of then, in figures and in the list.
    let query = "query($of: ID!) { in: pipeline(asOf: \"2026-03-31\", filter: {teamOf: $of}) { total { count } }
        not: pipeline(asOf: \"2026-03-31\", filter: {not: {teamOf: $of}}) { total { count } }
        team: pipeline(asOf: \"2026-03-31\", teamOf: $of) { total { count } } salesFacts(filter: {teamOf: $of}) { totalCount } }";
    let counts = analyst.data(query, json!({"of": boss.gid()})).await;
    let count = |of: &str| counts[of]["total"]["count"].as_i64();
    assert_eq!((count("in"), count("not"), count("team")), (Some(1), Some(2), Some(1)));
    assert_eq!(counts["salesFacts"]["totalCount"], 4);
}

#[tokio::test]
async fn a_figure_refuses_what_it_cannot_answer() {
    let world = World::new().await;
    let admin = world.admin().await;
    for (query, code) in [
        ("{ winRate(from: \"2026-03-02\", to: \"2026-03-01\") { groupCount } }", "BAD_USER_INPUT"),
        ("{ winRate(from: \"2000-03-02\", to: \"2026-03-01\") { groupCount } }", "BAD_USER_INPUT"),
        ("{ winRate(from: \"2024-03-02\", to: \"2026-03-01\", per: DAY) { groupCount } }", "BAD_USER_INPUT"),
        (
            "{ winRate(from: \"2026-03-02\", to: \"2026-03-01\", teamOf: \"customer_1\") { groupCount } }",
            "BAD_USER_INPUT",
        ),
        ("{ salesFunnel(from: \"2026-03-01\", to: \"2026-03-02\", by: STAGE) { groupCount } }", "BAD_USER_INPUT"),
        ("{ lifetimeValue(asOf: \"2026-03-02\", by: POOL_RULE) { groupCount } }", "BAD_USER_INPUT"),
    ] {
        assert_eq!(admin.refused(query, json!({})).await, code, "{query}");
    }
    // A line chart skips no month.
    let query = "{ winRate(from: \"2026-01-01\", to: \"2026-06-30\", per: MONTH) { groups { key { period } won rate { value isFew } } } }";
    let months = admin.ask(query).await["winRate"]["groups"].clone();
    assert_eq!(months.as_array().unwrap().len(), 6, "{months}");
    assert_eq!(months[0], json!({"key": {"period": "2026-01-01"}, "won": 0, "rate": {"value": null, "isFew": true}}));
}
