//! What the columns of a file mean: told by their headers, in Chinese or English, or by the one who imports.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::file::Row;
use crate::kernel::directory::Directory;
use crate::kernel::error::UserError;

/// In how many of the first rows the headers are looked for: titles and remarks may stand above them.
pub const LOOKED_AT: usize = 20;

/// What a column of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, async_graphql::Enum)]
#[graphql(name = "ImportField")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Field {
    /// The company's name. Every file has it.
    Name,
    /// Unified social credit code.
    CreditCode,
    /// Where it came from: a choice, by code or name.
    Source,
    /// More about where it came from.
    SourceDetail,
    /// What it does: a choice, by code or name.
    Industry,
    /// How many people it has: a choice, by code or name.
    Size,
    /// How important it is: a choice, by code or name. For superiors alone.
    Level,
    /// Where it is: a choice, by code or name.
    Region,
    /// The name of a contact.
    ContactName,
    /// The contact's position.
    ContactTitle,
    /// Phone numbers of the contact; several are separated by a semicolon, a comma or a slash. There may be several such columns.
    ContactPhone,
    /// E-mail addresses of the contact. There may be several such columns.
    ContactEmail,
    /// The contact's WeChat id.
    ContactWechat,
    /// The rep who gets a new customer, by e-mail address or name. For those who may assign.
    Owner,
    /// Since when the owner has it. For those who may assign.
    OwnedSince,
    /// When the owner last followed up. For those who may assign.
    LastFollowUp,
    /// An extra field.
    Extra,
    /// Nothing: the column is only kept for the file of failed rows.
    Ignored,
}

impl Field {
    /// The one that the API calls so.
    pub fn named(name: &str) -> Option<Self> {
        crate::kernel::scalar::named(name).ok()
    }
}

/// What headers mean, as they are compared: without case, width, signs, and what stands in brackets.
const HEADERS: &[(Field, &[&str])] = &[
    (
        Field::Name,
        &[
            "客户名称",
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
    (Field::ContactName, &["联系人", "联系人姓名", "姓名", "contact", "contactname", "contactperson"]),
    (Field::ContactTitle, &["职务", "职位", "岗位", "title", "jobtitle", "position"]),
    (
        Field::ContactPhone,
        &[
            "电话",
            "手机",
            "手机号",
            "手机号码",
            "电话号码",
            "联系电话",
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
        ],
    ),
    (Field::ContactEmail, &["邮箱", "电子邮箱", "电子邮件", "邮件", "email", "mail", "emailaddress", "contactemail"]),
    (Field::ContactWechat, &["微信", "微信号", "wechat", "weixin", "wechatid"]),
    (Field::Owner, &["负责人", "客户负责人", "归属人", "销售", "跟进人", "owner", "salesrep", "salesperson"]),
    (Field::OwnedSince, &["领取时间", "分配时间", "归属时间", "ownedsince"]),
    (
        Field::LastFollowUp,
        &["最后跟进时间", "最近跟进时间", "最后跟进", "lastfollowup", "lastfollowuptime", "lastcontact"],
    ),
];

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// As it is called in the file.
    pub header: String,
    /// What it is.
    pub field: Field,
    /// Which extra field.
    pub extra: Option<String>,
}

/// What the one who imports says of a column.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Its header in the file.
    pub header: String,
    /// What it is.
    pub field: Field,
    /// Which extra field.
    pub extra: Option<String>,
}

/// How many columns of a table mean something, by its first rows; none, where no column is the company's name.
pub fn known_in(first_rows: &[Row], chosen: &[Chosen], directory: &Directory) -> usize {
    let field_of = |header: &String| meaning_of(header, chosen, directory).0;
    let headers = first_rows.iter().find(|row| row.cells.iter().any(|cell| field_of(cell) == Field::Name));
    headers.map_or(0, |row| row.cells.iter().filter(|cell| field_of(cell) != Field::Ignored).count())
}

/// The columns of a file, and how many of its first rows tell them.
pub fn columns_of(
    first_rows: &[Row],
    chosen: &[Chosen],
    directory: &Directory,
) -> Result<(Vec<Column>, usize), UserError> {
    let meaning = |header: &str| meaning_of(header, chosen, directory);
    let is_name = |cell: &String| meaning(cell).0 == Field::Name;
    let place = first_rows.iter().take(LOOKED_AT).position(|row| row.cells.iter().any(is_name));
    let Some(place) = place else { return Err(no_name(first_rows)) };
    let mut headers = first_rows[place].cells.clone();
    let mut rows = place + 1;
    // Where cells above were merged over several columns, the row below tells these apart.
    if let Some(below) = first_rows.get(place + 1)
        && is_second_row(&headers, &below.cells, &meaning)
    {
        headers.resize(headers.len().max(below.cells.len()), String::new());
        for (header, lower) in headers.iter_mut().zip(&below.cells).filter(|(_, lower)| !lower.is_empty()) {
            header.clone_from(lower);
        }
        rows += 1;
    }
    for (place, said) in chosen.iter().enumerate() {
        check_chosen(place, said, &headers, directory)?;
    }
    let columns: Vec<_> = headers
        .into_iter()
        .map(|header| {
            let (field, extra) = meaning(&header);
            Column { header, field, extra }
        })
        .collect();
    refuse_two_of_one(&columns)?;
    Ok((columns, rows))
}

/// A row that goes on with the headers has none below the company's name, and headers alone.
fn is_second_row(headers: &[String], below: &[String], meaning: &impl Fn(&str) -> (Field, Option<String>)) -> bool {
    let name = headers.iter().position(|header| meaning(header).0 == Field::Name);
    let has_name = name.and_then(|place| below.get(place)).is_some_and(|cell| !cell.is_empty());
    let mut filled = below.iter().filter(|cell| !cell.is_empty()).peekable();
    !has_name && filled.peek().is_some() && filled.all(|cell| meaning(cell).0 != Field::Ignored)
}

fn meaning_of(header: &str, chosen: &[Chosen], directory: &Directory) -> (Field, Option<String>) {
    let key = header_key(header);
    if key.is_empty() {
        return (Field::Ignored, None);
    }
    if let Some(said) = chosen.iter().find(|said| header_key(&said.header) == key) {
        return (said.field, said.extra.clone());
    }
    let is_extra = |name: &String| header_key(name) == key;
    let extra = directory.extra_fields.iter().filter(|extra| extra.active);
    if let Some(extra) =
        extra.into_iter().find(|extra| [&extra.key, &extra.label_en, &extra.label_zh].into_iter().any(is_extra))
    {
        return (Field::Extra, Some(extra.key.clone()));
    }
    // `手机/电话` is what its first part is.
    let parts = header.split(['/', '／', '、', '或']).map(header_key);
    let known = std::iter::once(key).chain(parts).find_map(|key| {
        let (field, _) = HEADERS.iter().find(|(_, words)| words.contains(&key.as_str()))?;
        Some(*field)
    });
    (known.unwrap_or(Field::Ignored), None)
}

/// A header as it is compared.
fn header_key(header: &str) -> String {
    let folded: String = header.nfkc().flat_map(char::to_lowercase).collect();
    let outside = folded.split('(').enumerate().map(|(place, part)| match place {
        0 => part,
        _ => part.split_once(')').map_or("", |(_, behind)| behind),
    });
    outside.flat_map(str::chars).filter(|letter| letter.is_alphanumeric()).collect()
}

fn check_chosen(place: usize, said: &Chosen, headers: &[String], directory: &Directory) -> Result<(), UserError> {
    let place = place.to_string();
    if !headers.iter().any(|header| header_key(header) == header_key(&said.header)) {
        let all = shown(headers);
        return Err(UserError::invalid(
            &["columns", &place, "header"],
            format!("The file has no such column. It has: {all}."),
            format!("文件中没有该列。现有列：{all}。"),
        ));
    }
    let names_one = said.extra.as_ref().is_some_and(|key| directory.extra_field(key).is_some_and(|extra| extra.active));
    if (said.field == Field::Extra) == said.extra.is_some() && (said.extra.is_none() || names_one) {
        return Ok(());
    }
    Err(UserError::invalid(
        &["columns", &place, "extra"],
        "With EXTRA, and only then, `extra` is the key of an extra field.",
        "仅当 field 为 EXTRA 时，`extra` 填写扩展字段的 key。",
    ))
}

fn refuse_two_of_one(columns: &[Column]) -> Result<(), UserError> {
    for (place, column) in columns.iter().enumerate() {
        if matches!(column.field, Field::ContactPhone | Field::ContactEmail | Field::Ignored) {
            continue;
        }
        let same = |other: &&Column| (other.field, &other.extra) == (column.field, &column.extra);
        if let Some(other) = columns[..place].iter().find(same) {
            let (one, two) = (&other.header, &column.header);
            return Err(UserError::invalid(
                &["file"],
                format!("The columns {one:?} and {two:?} seem to be the same. Say in `columns` which is IGNORED."),
                format!("列 {one:?} 与 {two:?} 含义相同，请在 `columns` 中将其一设为 IGNORED。"),
            ));
        }
    }
    Ok(())
}

fn no_name(first_rows: &[Row]) -> UserError {
    let all = first_rows.first().map(|row| shown(&row.cells)).unwrap_or_default();
    UserError::invalid(
        &["file"],
        format!("No column is the company's name. The first row has: {all}. Say in `columns` which one it is."),
        format!("没有客户名称列。首行内容：{all}。请在 `columns` 中指定。"),
    )
}

fn shown(cells: &[String]) -> String {
    let short =
        cells.iter().filter(|cell| !cell.is_empty()).take(20).map(|cell| cell.chars().take(30).collect::<String>());
    short.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_compared_without_what_people_add_to_them() {
        for header in ["客户名称", " 客户名称* ", "客户名称（必填）", "客户 名称 (full):", "客户名称(a)（b）"]
        {
            assert_eq!(header_key(header), "客户名称", "{header}");
        }
        assert_eq!(header_key("E-Mail"), "email");
        assert_eq!(header_key("＃"), "");
    }
}
