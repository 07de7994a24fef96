//! The fields of the columns of a file. They follow from the headers, in Chinese or English, or are given by the
//! importer.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::file::{HEADER_SEARCH_ROWS, Row};
use crate::kernel::directory::Directory;
use crate::kernel::error::UserError;

/// The field that a column of a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, async_graphql::Enum)]
#[graphql(name = "ImportField")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Field {
    /// The company's name. Every file must have this column.
    Name,
    /// The company's unified social credit code.
    CreditCode,
    /// The company's source: the code or the name of a choice of kind SOURCE.
    Source,
    /// Details of the source, as text.
    SourceDetail,
    /// The company's industry: the code or the name of a choice of kind INDUSTRY.
    Industry,
    /// The company's size: the code or the name of a choice of kind SIZE.
    Size,
    /// The customer's level: the code or the name of a choice of kind LEVEL. It needs the permission to write levels.
    Level,
    /// The company's region: the code or the name of a choice of kind REGION.
    Region,
    /// The name of a contact.
    ContactName,
    /// The contact's job title.
    ContactTitle,
    /// The contact's phone numbers. Several numbers in a cell are separated by a semicolon, a comma or a slash. A file
    /// may have several such columns.
    ContactPhone,
    /// The contact's e-mail addresses, separated like phone numbers. A file may have several such columns.
    ContactEmail,
    /// The contact's WeChat id.
    ContactWechat,
    /// The owner of a new customer: the e-mail address or the name of a user. It needs the permission to assign
    /// customers.
    Owner,
    /// The date, or the date and time, since when the owner has owned a new customer. It needs an owner and the
    /// permission to assign customers.
    OwnedSince,
    /// The date, or the date and time, when the owner of a new customer last followed up. It needs an owner,
    /// `OWNED_SINCE` and the permission to assign customers.
    LastFollowUp,
    /// An extra field of the customer.
    Extra,
    /// The column is not imported; it is only kept for the file of failed rows.
    Ignored,
}

impl Field {
    /// The field with this name in the API.
    pub fn named(name: &str) -> Option<Self> {
        crate::kernel::scalar::named(name).ok()
    }
}

/// The headers of each field, in the form in which they are compared: see [`header_key`].
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
    /// Its header in the file.
    pub header: String,
    /// The field that it holds.
    pub field: Field,
    /// The key of the extra field that it holds.
    pub extra: Option<String>,
}

/// The field of a column, as the importer gives it.
#[derive(Debug, Clone)]
pub struct ColumnMapping {
    /// Its header in the file.
    pub header: String,
    /// The field that it holds.
    pub field: Field,
    /// The key of the extra field that it holds.
    pub extra: Option<String>,
}

/// Counts the columns whose field is known, from the first rows of a table; 0 if no column is the company's name.
pub fn count_known_columns(first_rows: &[Row], mappings: &[ColumnMapping], directory: &Directory) -> usize {
    let field_of = |header: &String| meaning_of(header, mappings, directory).0;
    let headers = first_rows.iter().find(|row| row.cells.iter().any(|cell| field_of(cell) == Field::Name));
    headers.map_or(0, |row| row.cells.iter().filter(|cell| field_of(cell) != Field::Ignored).count())
}

/// The columns of a file, and the number of its first rows up to the end of the headers.
pub fn columns_of(
    first_rows: &[Row],
    mappings: &[ColumnMapping],
    directory: &Directory,
) -> Result<(Vec<Column>, usize), UserError> {
    let meaning = |header: &str| meaning_of(header, mappings, directory);
    let is_name = |cell: &String| meaning(cell).0 == Field::Name;
    let index = first_rows.iter().take(HEADER_SEARCH_ROWS).position(|row| row.cells.iter().any(is_name));
    let Some(index) = index else { return Err(name_column_is_missing(first_rows)) };
    let mut headers = first_rows[index].cells.clone();
    let mut rows = index + 1;
    // If headers are merged over several columns, the row below has the headers of these columns.
    if let Some(below) = first_rows.get(index + 1)
        && is_second_header_row(&headers, &below.cells, &meaning)
    {
        headers.resize(headers.len().max(below.cells.len()), String::new());
        for (header, lower) in headers.iter_mut().zip(&below.cells).filter(|(_, lower)| !lower.is_empty()) {
            header.clone_from(lower);
        }
        rows += 1;
    }
    for (index, mapping) in mappings.iter().enumerate() {
        check_mapping(index, mapping, &headers, directory)?;
    }
    let columns: Vec<_> = headers
        .into_iter()
        .map(|header| {
            let (field, extra) = meaning(&header);
            Column { header, field, extra }
        })
        .collect();
    refuse_duplicate_columns(&columns)?;
    Ok((columns, rows))
}

/// Whether the row below the headers continues them: it is blank below the company's name, and its other cells are
/// known headers.
fn is_second_header_row(
    headers: &[String],
    below: &[String],
    meaning: &impl Fn(&str) -> (Field, Option<String>),
) -> bool {
    let name = headers.iter().position(|header| meaning(header).0 == Field::Name);
    let has_name = name.and_then(|index| below.get(index)).is_some_and(|cell| !cell.is_empty());
    let mut filled = below.iter().filter(|cell| !cell.is_empty()).peekable();
    !has_name && filled.peek().is_some() && filled.all(|cell| meaning(cell).0 != Field::Ignored)
}

fn meaning_of(header: &str, mappings: &[ColumnMapping], directory: &Directory) -> (Field, Option<String>) {
    let key = header_key(header);
    if key.is_empty() {
        return (Field::Ignored, None);
    }
    if let Some(mapping) = mappings.iter().find(|mapping| header_key(&mapping.header) == key) {
        return (mapping.field, mapping.extra.clone());
    }
    let is_extra = |name: &String| header_key(name) == key;
    let extra = directory.extra_fields.iter().filter(|extra| extra.active);
    if let Some(extra) =
        extra.into_iter().find(|extra| [&extra.key, &extra.label_en, &extra.label_zh].into_iter().any(is_extra))
    {
        return (Field::Extra, Some(extra.key.clone()));
    }
    // `手机/电话` has the field of its first known part.
    let parts = header.split(['/', '／', '、', '或']).map(header_key);
    let known = std::iter::once(key).chain(parts).find_map(|key| {
        let (field, _) = HEADERS.iter().find(|(_, words)| words.contains(&key.as_str()))?;
        Some(*field)
    });
    (known.unwrap_or(Field::Ignored), None)
}

/// The form in which headers are compared: without case, width, punctuation, and text in parentheses.
fn header_key(header: &str) -> String {
    let folded: String = header.nfkc().flat_map(char::to_lowercase).collect();
    let outside = folded.split('(').enumerate().map(|(index, part)| match index {
        0 => part,
        _ => part.split_once(')').map_or("", |(_, behind)| behind),
    });
    outside.flat_map(str::chars).filter(|letter| letter.is_alphanumeric()).collect()
}

fn check_mapping(
    index: usize,
    mapping: &ColumnMapping,
    headers: &[String],
    directory: &Directory,
) -> Result<(), UserError> {
    let index = index.to_string();
    if !headers.iter().any(|header| header_key(header) == header_key(&mapping.header)) {
        let all = list_headers(headers);
        return Err(UserError::invalid(
            &["columns", &index, "header"],
            format!("The file has no column with this header. Its columns are: {all}."),
            format!("文件中没有该列。现有的列：{all}。"),
        ));
    }
    let names_one =
        mapping.extra.as_ref().is_some_and(|key| directory.extra_field(key).is_some_and(|extra| extra.active));
    if (mapping.field == Field::Extra) == mapping.extra.is_some() && (mapping.extra.is_none() || names_one) {
        return Ok(());
    }
    Err(UserError::invalid(
        &["columns", &index, "extra"],
        "With the field EXTRA, `extra` must be the key of an active extra field. With other fields it must be left out.",
        "选择扩展字段时，必须填写一个启用的扩展字段的标识；选择其他字段时不能填写。",
    ))
}

fn refuse_duplicate_columns(columns: &[Column]) -> Result<(), UserError> {
    for (index, column) in columns.iter().enumerate() {
        if matches!(column.field, Field::ContactPhone | Field::ContactEmail | Field::Ignored) {
            continue;
        }
        let same = |other: &&Column| (other.field, &other.extra) == (column.field, &column.extra);
        if let Some(other) = columns[..index].iter().find(same) {
            let (one, two) = (&other.header, &column.header);
            return Err(UserError::invalid(
                &["file"],
                format!(
                    "The columns {one:?} and {two:?} hold the same field. Set one of them to IGNORED in `columns`."
                ),
                format!("列“{one}”与“{two}”对应同一字段，请将其中一列设为忽略。"),
            ));
        }
    }
    Ok(())
}

fn name_column_is_missing(first_rows: &[Row]) -> UserError {
    let all = first_rows.first().map(|row| list_headers(&row.cells)).unwrap_or_default();
    UserError::invalid(
        &["file"],
        format!(
            "No column holds the company's name. The first row has: {all}. Set the field of one column to NAME in `columns`."
        ),
        format!("没有找到客户名称列。首行内容：{all}。请指定哪一列是客户名称。"),
    )
}

fn list_headers(cells: &[String]) -> String {
    let short =
        cells.iter().filter(|cell| !cell.is_empty()).take(20).map(|cell| cell.chars().take(30).collect::<String>());
    short.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_compared_without_case_punctuation_and_parentheses() {
        for header in ["客户名称", " 客户名称* ", "客户名称（必填）", "客户 名称 (full):", "客户名称(a)（b）"]
        {
            assert_eq!(header_key(header), "客户名称", "{header}");
        }
        assert_eq!(header_key("E-Mail"), "email");
        assert_eq!(header_key("＃"), "");
    }
}
