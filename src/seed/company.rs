//! The customers' own rows: companies with their contacts and extra fields.

use chrono::{DateTime, Utc};
use fastrand::Rng;
use uuid::Uuid;

use super::copy::Table;
use super::firm::Firm;
use super::history::{FollowUpTimes, History};
use super::people::person_name;
use super::random::{id_at, one_of};
use crate::crm::contact::{email_key, phone_key};
use crate::crm::customer::name_key;
use crate::kernel::directory::Country;

/// The table of customers, and its columns.
pub const COLUMNS: &str = "customer (id, name, name_key, credit_code, source, source_detail, industry, size, level, region, owner_user_id, \
    owned_since, pool_entry_time, protected_until, protection_due, first_followup_time, last_followup_time, next_contact_at, blacklisted_at, blacklist_reason, \
    created_by, created_at, updated_at, has_ordered)";
/// The table of contacts, and its columns.
pub const CONTACT_COLUMNS: &str = "contact (id, customer_id, name, title, decision_role, phones, emails, wechat, phone_keys, email_keys, is_primary, created_at, updated_at)";
/// The table of extras, and its columns.
pub const EXTRA_COLUMNS: &str =
    "customer_extra (customer_id, key, type, text_value, number_value, boolean_value, date_value)";

const CITIES: [(&str, &str, &str); 16] = [
    ("上海", "Shanghai", "EAST"),
    ("杭州", "Hangzhou", "EAST"),
    ("南京", "Nanjing", "EAST"),
    ("苏州", "Suzhou", "EAST"),
    ("广州", "Guangzhou", "SOUTH"),
    ("深圳", "Shenzhen", "SOUTH"),
    ("厦门", "Xiamen", "SOUTH"),
    ("北京", "Beijing", "NORTH"),
    ("天津", "Tianjin", "NORTH"),
    ("武汉", "Wuhan", "CENTRAL"),
    ("长沙", "Changsha", "CENTRAL"),
    ("成都", "Chengdu", "SOUTHWEST"),
    ("重庆", "Chongqing", "SOUTHWEST"),
    ("西安", "Xian", "NORTHWEST"),
    ("沈阳", "Shenyang", "NORTHEAST"),
    ("香港", "Hongkong", "ABROAD"),
];
const TRADES: [(&str, &str, &str); 12] = [
    ("科技", "Software", "SOFTWARE"),
    ("机械", "Machinery", "MANUFACTURING"),
    ("电子", "Electronics", "MANUFACTURING"),
    ("贸易", "Trading", "RETAIL"),
    ("物流", "Logistics", "LOGISTICS"),
    ("医药", "Pharma", "HEALTHCARE"),
    ("教育", "Education", "EDUCATION"),
    ("能源", "Energy", "ENERGY"),
    ("建材", "Materials", "CONSTRUCTION"),
    ("金融", "Finance", "FINANCE"),
    ("食品", "Foods", "RETAIL"),
    ("环保", "Environment", "OTHER"),
];
/// A brand is three of these: characters in Chinese names, syllables in Latin ones.
const BRAND: [(&str, &str); 24] = [
    ("海", "hai"),
    ("潮", "tide"),
    ("星", "star"),
    ("云", "cloud"),
    ("金", "gold"),
    ("华", "hua"),
    ("瑞", "rui"),
    ("天", "sky"),
    ("盛", "sheng"),
    ("诚", "cheng"),
    ("博", "bo"),
    ("远", "yuan"),
    ("恒", "heng"),
    ("达", "da"),
    ("新", "neo"),
    ("泰", "tai"),
    ("安", "an"),
    ("宏", "hong"),
    ("丰", "feng"),
    ("嘉", "jia"),
    ("德", "de"),
    ("信", "xin"),
    ("宇", "yu"),
    ("凯", "kai"),
];
const TITLES: [&str; 8] =
    ["采购经理", "总经理", "IT 总监", "财务主管", "Head of Purchasing", "CEO", "运营总监", "Engineer"];

/// How many names there are in each script.
const NAMES: u64 = (CITIES.len() * TRADES.len() * BRAND.len() * BRAND.len() * BRAND.len()) as u64;

/// The name of the company with this number, and the indexes of its city and its trade. Numbers below [`NAMES`] have
/// different names, because the step 1,000,003 and [`NAMES`] have no common divisor.
fn name(number: u32, seed: u64) -> (String, usize, usize) {
    let mut index = (u64::from(number).wrapping_mul(1_000_003) + seed % NAMES) % NAMES;
    let mut pick = |of: usize| {
        let picked = usize::try_from(index % of as u64).unwrap_or_default();
        index /= of as u64;
        picked
    };
    let (city, trade) = (pick(CITIES.len()), pick(TRADES.len()));
    let brand = [pick(BRAND.len()), pick(BRAND.len()), pick(BRAND.len())];
    let name = if number % 10 < 7 {
        let brand: String = brand.iter().map(|&part| BRAND[part].0).collect();
        format!("{}{brand}{}有限公司", CITIES[city].0, TRADES[trade].0)
    } else {
        let brand: String = brand.iter().map(|&part| BRAND[part].1).collect();
        let (first, rest) = brand.split_at(1);
        format!("{} {}{rest} {} Co., Ltd.", CITIES[city].1, first.to_uppercase(), TRADES[trade].1)
    };
    (name, city, trade)
}

/// Writes the customer with this number.
pub fn write(
    table: &mut Table,
    rng: &mut Rng,
    (number, id): (u32, Uuid),
    firm: &Firm,
    history: &History<'_>,
    times: Option<FollowUpTimes>,
    has_ordered: bool,
) {
    let (name, city, trade) = name(number, firm.plan.seed);
    let source = *one_of(rng, &["EXHIBITION", "WEBSITE", "REFERRAL", "COLD_CALL", "ADVERTISING", "PARTNER"]);
    let detail = (source == "EXHIBITION").then_some("2025 广交会");
    let level = (rng.u8(..3) > 0).then(|| *one_of(rng, &["KEY", "A", "B", "B", "C", "C", "C"]));
    let credit_code = rng.bool().then(|| format!("91{:06}MA{:08}", rng.u32(..1_000_000), number));
    table.value(id).value(&name).value(name_key(&name)).optional(credit_code).value(source).optional(detail);
    table.value(TRADES[trade].2).value(one_of(rng, &["UP_TO_50", "UP_TO_200", "UP_TO_1000", "OVER_1000"]));
    table.optional(level).value(CITIES[city].2).optional(history.owner);
    table.time(history.owner.map(|_| history.since)).time(history.owner.is_none().then_some(history.since));
    let is_protected = |until: &DateTime<Utc>| *until > firm.plan.now;
    table.time(history.protected_until).time(history.protected_until.filter(is_protected));
    table
        .time(times.map(|times| times.first))
        .time(times.map(|times| times.last))
        .time(times.and_then(|times| times.next_contact));
    table.time(history.blacklisted_at).optional(history.blacklisted_at.map(|_| "Does not pay"));
    table.value(history.created_by).time(Some(history.created_at)).time(Some(history.updated_at));
    table.value(has_ordered).end_row();
}

/// Writes one to three contacts.
pub fn write_contacts(table: &mut Table, rng: &mut Rng, customer: Uuid, number: u32, at: DateTime<Utc>) {
    for index in 0..rng.u32(1..=3) {
        let phones =
            vec![format!("+86 1{}{} {:04} {:04}", rng.u8(3..=9), rng.u8(10..99), rng.u16(..10_000), rng.u16(..10_000))];
        let emails =
            if rng.u8(..5) > 0 { vec![format!("Contact{}@company{number}.example", index + 1)] } else { Vec::new() };
        let phone_keys: Vec<_> = phones.iter().map(|phone| phone_key(phone, Country::CN)).collect();
        let email_keys: Vec<_> = emails.iter().map(|email| email_key(email)).collect();
        let wechat = rng.bool().then(|| format!("wx_{number}_{index}"));
        table.value(id_at(rng, at)).value(customer).value(person_name(rng)).value(one_of(rng, &TITLES));
        table.optional(
            rng.bool().then(|| *one_of(rng, &["DECISION_MAKER", "INFLUENCER", "BUYER", "USER", "GATEKEEPER"])),
        );
        table.texts(&phones).texts(&emails).optional(wechat).texts(&phone_keys).texts(&email_keys);
        table.value(index == 0).time(Some(at)).time(Some(at)).end_row();
    }
}

/// Writes some extra fields.
pub fn write_extras(table: &mut Table, rng: &mut Rng, customer: Uuid) {
    let none = None::<&str>;
    if rng.u8(..3) == 0 {
        let wecom = format!("wm_{:08x}", rng.u32(..));
        table
            .value(customer)
            .value("wecom_id")
            .value("TEXT")
            .value(wecom)
            .optional(none)
            .optional(none)
            .optional(none)
            .end_row();
    }
    if rng.bool() {
        let rating = one_of(rng, &["AAA", "AA", "A", "B"]);
        table
            .value(customer)
            .value("credit_rating")
            .value("TEXT")
            .value(rating)
            .optional(none)
            .optional(none)
            .optional(none)
            .end_row();
    }
    if rng.bool() {
        let employees = rng.u32(5..5_000);
        table
            .value(customer)
            .value("employees")
            .value("NUMBER")
            .optional(none)
            .value(employees)
            .optional(none)
            .optional(none)
            .end_row();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn two_companies_never_have_the_same_name() {
        let keys: HashSet<String> = (0..200_000).map(|number| name_key(&name(number, 7).0)).collect();
        assert_eq!(keys.len(), 200_000);
    }
}
