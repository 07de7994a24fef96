//! The headers by which the fields of columns are known, in Chinese and English.

use super::field::{Field, MOST_CONTACTS};
use super::kind::Kind;
use super::record_header::{CONTACTS, CUSTOMER_KEYS, FOLLOW_UPS, OPPORTUNITIES, ORDERS, PRODUCTS};
use crate::crm::customer::fold;

/// The headers of each field, in the form in which they are compared: see [`header_key`].
const HEADERS: &[(Field, &[&str])] = &[
    (Field::ExternalId, CUSTOMER_KEYS),
    (
        Field::Name,
        &[
            "客户名称",
            "名称",
            "公司名称",
            "企业名称",
            "单位名称",
            "客户",
            "公司",
            "企业",
            "单位",
            "name",
            "company",
            "companyname",
            "customer",
            "customername",
            "account",
            "accountname",
        ],
    ),
    (
        Field::CreditCode,
        &["信用代码", "统一社会信用代码", "社会信用代码", "税号", "creditcode", "unifiedsocialcreditcode"],
    ),
    (Field::Source, &["来源", "客户来源", "线索来源", "source", "leadsource"]),
    (
        Field::SourceDetail,
        &[
            "来源说明",
            "来源详情",
            "备注",
            "说明",
            "sourcedetail",
            "remark",
            "remarks",
            "note",
            "notes",
            "comment",
            "comments",
        ],
    ),
    (Field::Industry, &["行业", "所属行业", "客户行业", "industry"]),
    (Field::Size, &["规模", "公司规模", "企业规模", "人员规模", "size", "companysize"]),
    (Field::Level, &["级别", "客户级别", "等级", "客户等级", "level", "customerlevel"]),
    (Field::Region, &["地区", "区域", "所在地区", "大区", "region", "area"]),
    (Field::ContactName, &["联系人", "联络人", "联系人姓名", "姓名", "contact", "contactname", "contactperson"]),
    (
        Field::ContactTitle,
        &["职务", "职称", "职位", "岗位", "联系人职务", "联系人职位", "title", "jobtitle", "position", "contacttitle"],
    ),
    (
        Field::ContactPhone,
        &[
            "电话",
            "联络电话",
            "手机",
            "手机号",
            "手机号码",
            "电话号码",
            "联系电话",
            "行动电话",
            "联系方式",
            "联系人电话",
            "联系人手机",
            "座机",
            "固定电话",
            "phone",
            "mobile",
            "tel",
            "telephone",
            "phonenumber",
            "mobilephone",
            "cell",
            "contactphone",
            "contactmobile",
        ],
    ),
    (
        Field::ContactEmail,
        &["邮箱", "电子邮箱", "电子邮件", "邮件", "联系人邮箱", "email", "mail", "emailaddress", "contactemail"],
    ),
    (Field::ContactWechat, &["微信", "微信号", "联系人微信", "wechat", "weixin", "wechatid", "contactwechat"]),
    (Field::Owner, &["负责人", "客户负责人", "归属人", "销售", "跟进人", "owner", "salesrep", "salesperson"]),
    (Field::OwnedSince, &["领取时间", "分配时间", "归属时间", "ownedsince"]),
    (
        Field::LastFollowUp,
        &[
            "最后跟进时间",
            "最近跟进时间",
            "上次跟进时间",
            "最后跟进",
            "上次跟进",
            "lastfollowup",
            "lastfollowuptime",
            "lastcontact",
        ],
    ),
];

/// The headers of files of a kind.
fn headers_of(kind: Kind) -> &'static [(Field, &'static [&'static str])] {
    match kind {
        Kind::Customers => HEADERS,
        Kind::Contacts => CONTACTS,
        Kind::Products => PRODUCTS,
        Kind::Opportunities => OPPORTUNITIES,
        Kind::Orders => ORDERS,
        Kind::FollowUps => FOLLOW_UPS,
    }
}

/// The field that a header names in a file of a kind; and the number of a contact if it has one, such as 2 in `联系人2电话`.
pub fn field_named(kind: Kind, header: &str) -> Option<(Field, Option<u8>)> {
    if let Some(field) = field_of(kind, header) {
        return Some((field, None));
    }
    let (unnumbered, number) = without_number(&header_key(header))?;
    field_of(kind, &unnumbered).filter(|field| field.is_of_contact()).map(|field| (field, Some(number)))
}

/// The key of a header without its number, and the number: digits, or a Chinese numeral, with or without `第` before it.
fn without_number(key: &str) -> Option<(String, u8)> {
    const NUMERALS: [char; 9] = ['一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let start = key.find(|letter: char| letter.is_ascii_digit() || NUMERALS.contains(&letter))?;
    let rest = &key[start..];
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (number, length) = match rest.chars().next().and_then(|first| NUMERALS.iter().position(|it| *it == first)) {
        Some(place) => (u8::try_from(place + 1).ok()?, NUMERALS[place].len_utf8()),
        None => (rest[..digits].parse().ok()?, digits),
    };
    let before = key[..start].strip_suffix('第').unwrap_or(&key[..start]);
    (1..=MOST_CONTACTS).contains(&number).then(|| (format!("{before}{}", &rest[length..]), number))
}

fn field_of(kind: Kind, header: &str) -> Option<Field> {
    // `手机/电话` has the field of its first known part.
    let parts = header.split(['/', '／', '、', '或']).map(header_key);
    let further = HEADERS.iter().filter(|_| kind == Kind::Contacts);
    let all = headers_of(kind).iter().chain(further).filter(|(field, _)| kind.fields().contains(field));
    let known = |key: String| all.clone().find(|(_, words)| words.contains(&key.as_str())).map(|(field, _)| *field);
    std::iter::once(header_key(header)).chain(parts).find_map(known)
}

/// The words of rows that are no companies, but totals of the rows above.
const TOTALS: [&str; 12] =
    ["合计", "小计", "总计", "共计", "累计", "汇总", "total", "totals", "subtotal", "grandtotal", "sum", "本页合计"];

/// Whether a row has totals: a word for them, and beside it numbers at most.
pub fn is_totals(cells: &[String]) -> bool {
    let mut filled = cells.iter().filter(|cell| !cell.is_empty());
    let is_word = |cell: &String| TOTALS.contains(&header_key(cell).as_str());
    let is_number = |cell: &String| {
        let has_digits = cell.contains(|letter: char| letter.is_ascii_digit());
        let letters = cell.chars().filter(|letter| letter.is_alphabetic()).count();
        has_digits && letters <= 2 && !cell.contains('@')
    };
    filled.clone().any(is_word) && filled.all(|cell| is_word(cell) || is_number(cell))
}

/// The form in which headers are compared: in simplified letters, without case, width, punctuation, and text in parentheses.
pub fn header_key(header: &str) -> String {
    let folded = fold(header);
    let outside = folded.split('(').enumerate().map(|(index, part)| match index {
        0 => part,
        _ => part.split_once(')').map_or("", |(_, behind)| behind),
    });
    outside.flat_map(str::chars).filter(|letter| letter.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_totals_are_known_by_a_word_and_numbers() {
        let is = |cells: &[&str]| is_totals(&cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
        assert!(is(&["合计：", "", "120"]) && is(&["", "小计", "3家", "1,200.50"]) && is(&["Grand Total", "7"]));
        assert!(!is(&["合计科技有限公司", "120"]) && !is(&["Total", "Li", "13800138000"]) && !is(&["120", ""]));
    }

    #[test]
    fn a_header_of_a_contact_may_have_a_number() {
        let named = |header| field_named(Kind::Customers, header);
        for header in ["联系人2", "联系人二", "第二联系人", "联系人（二）2", "Contact 2", "Contact 2 name", "contact-2"]
        {
            assert_eq!(named(header), Some((Field::ContactName, Some(2))), "{header}");
        }
        assert_eq!(named("联系人3电话"), Some((Field::ContactPhone, Some(3))));
        assert_eq!(named("第10联系人邮箱"), Some((Field::ContactEmail, Some(10))));
        assert_eq!(named("电话"), Some((Field::ContactPhone, None)));
        for header in ["电话0", "电话21", "电话2024", "电话2和3", "客户名称2", "2", "第"] {
            assert_eq!(named(header), None, "{header}");
        }
    }

    #[test]
    fn headers_are_listed_as_they_are_compared() {
        let lists = [HEADERS, CONTACTS, PRODUCTS, OPPORTUNITIES, ORDERS, FOLLOW_UPS].concat();
        for header in lists.iter().flat_map(|(_, headers)| *headers).chain(&TOTALS) {
            assert_eq!(header_key(header), *header);
        }
    }

    #[test]
    fn traditional_letters_are_the_same_as_simplified_ones() {
        assert_eq!(field_named(Kind::Customers, "聯絡電話"), Some((Field::ContactPhone, None)));
        assert_eq!(field_named(Kind::Orders, "客戶"), Some((Field::Name, None)));
        assert_eq!(field_named(Kind::Orders, "訂單編號"), field_named(Kind::Orders, "订单编号"));
        assert_eq!(field_named(Kind::Products, "產品編碼"), Some((Field::Sku, None)));
    }

    #[test]
    fn headers_are_compared_without_case_punctuation_and_parentheses() {
        for header in ["客户名称", " 客户名称* ", "客户名称（必填）", "客户 名称 (full):", "客户名称(a)（b）"]
        {
            assert_eq!(header_key(header), "客户名称", "{header}");
        }
        assert_eq!(header_key("E-Mail"), "email");
        assert_eq!(header_key("客戶名稱"), "客户名称");
        assert_eq!(header_key("＃"), "");
    }
}
