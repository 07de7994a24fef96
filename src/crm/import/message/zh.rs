//! The messages in Chinese.

use super::model::{FileKind, Message};
use crate::crm::customer::duplicate;

pub(super) fn words(message: &Message) -> String {
    use Message as M;
    match message {
        M::EmptyFile => "文件为空。".into(),
        M::OtherKind(kind) => kind_of_file(*kind).into(),
        M::UnknownEncoding { label } => {
            format!("“{label}”不是可识别的编码，可填写 UTF-8、UTF-16LE、GB18030、Big5、Shift_JIS、windows-1252 等。")
        }
        M::UncertainEncoding { possible } => {
            let each =
                possible.iter().map(|(name, text)| format!("{name}（“{text}”）")).collect::<Vec<_>>().join("或 ");
            format!("无法确定文件的编码，可能是 {each}。请用 encoding 指定编码，或另存为 UTF-8 编码的 CSV。")
        }
        M::NoEncoding => {
            "文件既不是工作簿（.xlsx、.ods），也不是可识别编码的文本，请另存为 .xlsx 或 UTF-8 编码的 CSV。".into()
        }
        M::NotInEncoding { encoding } => format!("文件不是 {encoding} 编码的文本，请填写正确的编码，或不填 encoding。"),
        M::NoWorkbook => "文件是文本，没有工作表，请不要填写 sheet。".into(),
        M::UnknownSheet { name, all } => format!("工作簿中没有工作表“{name}”，现有的工作表：{all}。"),
        M::NoSheetWithRows => "工作簿中没有任何数据行。".into(),
        M::OnlyHiddenSheets { all } => format!("工作簿中只有隐藏的工作表有数据，请用 sheet 指定要导入哪一个：{all}。"),
        M::DamagedWorkbook => "工作簿已损坏。".into(),
        M::DamagedSheet { name } => format!("工作表“{name}”已损坏。"),
        M::DamagedFile => "文件已损坏。".into(),
        M::TooLargeUnpacked => "工作簿解压后过大，请用表格软件打开后重新保存，或另存为 CSV。".into(),
        M::OwnXmlTypes => "工作簿中含有自定义的 XML 类型声明，请用表格软件打开后重新保存。".into(),
        M::HidesText { name } => format!("工作簿的“{name}”部分含有特殊文本（CDATA），请用表格软件打开后重新保存。"),
        M::AnnouncesTooManyTexts => {
            "工作簿声明的文本数量（uniqueCount）超过实际可能的数量，请用表格软件打开后重新保存。".into()
        }
        M::TooMuchText { megabytes } => format!("工作簿单元格文本超过 {megabytes} MB，请拆分文件或删除过长的文本。"),
        M::TooManyMergedCells { most } => format!("工作表中的合并单元格超过 {most} 处，请拆分文件或取消合并。"),
        M::TooManyFormulas { most } => {
            format!("工作表中有超过 {most} 个公式没有计算结果，请用表格软件打开并保存后重新导入。")
        }
        M::UnclosedQuote { row } => {
            format!(
                "第 {row} 行的引号没有成对，无法区分之后的各行。请删除该引号；如果它是内容的一部分，请写成两个引号。"
            )
        }
        M::UnreadableRow { row } => format!("无法读取第 {row} 行。"),
        M::TooManyRows { most } => format!("文件超过 {most} 行，请拆分成多个文件。"),
        M::NoRows => "表头下方没有数据行。".into(),
        M::UnknownHeader { all } => format!("文件中没有该列。现有的列：{all}。"),
        M::UnknownPosition { columns } => format!("文件中只有第 1 到第 {columns} 列。"),
        M::HeaderOrPosition => "请填写列的表头或列的序号，二者只填一项。".into(),
        M::WrongExtra => "选择自定义字段时，必须填写一个启用的自定义字段的标识；选择其他字段时不能填写。".into(),
        M::SameField { one, two } => format!(
            "第 {} 列“{}”与第 {} 列“{}”对应同一字段，请按列的序号将其中一列设为忽略。",
            one.0, one.1, two.0, two.1
        ),
        M::NoNameColumn { first } => format!("没有找到客户名称列。首行内容：{first}。请指定哪一列是客户名称。"),
        M::UnknownSource => "来源不在可选值中。".into(),
        M::UnknownCountry { code } => format!("“{code}”不是国家或地区代码，例如 CN（ISO 3166）。"),
        M::TooManyValues { most } => format!("最多填写 {most} 个值。"),
        M::TooLongCell { length, most } => format!("有 {length} 个字符，超过上限 {most} 个"),
        M::ControlCharacters => "包含控制字符".into(),
        M::TooManyCells { most } => format!("单元格超过 {most} 个"),
        M::MoreCellsThanColumns { cells, columns } => {
            format!("有 {cells} 个单元格，多于列数（{columns} 列），请检查是否多了分隔符")
        }
        M::InexactNumber => "是超过 15 位的数字，末尾几位已丢失，请将单元格设为文本格式后重新填写".into(),
        M::ErrorValue { value } => format!("含有错误值 {value}"),
        M::FormulaWithoutResult => "是没有计算结果的公式，请用表格软件打开并保存后重新导入".into(),
        M::HiddenRow => "该行在表格中被隐藏，因此不导入；如需导入，请先取消隐藏。".into(),
        M::Totals => "这是合计行，不会导入。".into(),
        M::BlankName => "为空，每一行都必须填写客户名称".into(),
        M::BlankContactName { given, has_column: false } => {
            format!(
                "有“{given}”，但文件中没有联系人姓名列。请为所有行指定默认的联系人名称（contactName），或将该列设为忽略"
            )
        }
        M::BlankContactName { given, has_column: true } => {
            format!("为空，但填写了联系人的“{given}”。请填写联系人姓名，或为所有行指定默认的联系人名称（contactName）")
        }
        M::NoSource { has_column: true } => {
            "为空，且导入时未指定默认来源。请填写来源，或为所有行指定默认来源（source）".into()
        }
        M::NoSource { has_column: false } => {
            "文件中没有来源列，导入时也未指定默认来源，请为所有行指定默认来源（source）。".into()
        }
        M::SeveralUsers { name } => format!("“{name}”有多人同名，请改填邮箱"),
        M::NoSuchUser { name } => format!("没有名为“{name}”的在职用户，请填写用户的姓名或邮箱"),
        M::NotADate { value } => format!("“{value}”不是有效日期，格式如 2026-03-01 或 2026-03-01 15:30"),
        M::TwoDates { value, day_first, month_first } => {
            format!("“{value}”有两种读法：日在前为 {day_first}，月在前为 {month_first}。请用 dateOrder 指定。")
        }
        M::NotANumber { value } => format!("“{value}”不是数字，格式如 1234.5"),
        M::TwoNumbers { value, point, comma } => {
            format!("“{value}”有两种读法：小数点为点号时是 {point}，小数点为逗号时是 {comma}。请用 decimalMark 指定。")
        }
        M::OtherCurrency { value, currency } => format!("“{value}”的货币符号与该行币种 {currency} 不一致"),
        M::LeftOut { why } => format!("未写入：{}", why.zh),
        M::ColumnForbidden { why } => format!("{}请将该列设为忽略。", why.zh),
        M::NeedsOwner => "需要在同一行填写负责人".into(),
        M::NeedsOwnedSince => "需要在同一行填写负责人和归属时间，且归属时间不能晚于此时间".into(),
        M::NoColumn { of, all } => {
            format!("文件中没有“{}”列。现有的列：{all}。请用 columns 指定。", of.words().1)
        }
        M::ImportCustomersInstead => "客户请用 importCustomers 导入。".into(),
        M::WrongContact { most } => format!("联系人序号是 1 到 {most} 的数字，只用于客户文件中的联系人字段。"),
        M::WrongField => "这类文件没有该字段。".into(),
        M::TwoCustomersByKey => "外部编号与名称或信用代码分别属于两个不同的客户。".into(),
        M::NoSuchPerson { name } => format!("没有名为“{name}”的用户，请填写用户的姓名或邮箱"),
        M::NotInTeam { name } => format!("“{name}”不在你的团队中"),
        M::Blank => "为空，必须填写".into(),
        M::NoCustomer => "该行没有填写客户。".into(),
        M::NoSuchCustomer { value } => format!("没有你可以修改的客户“{value}”"),
        M::NeedsAuthor => "为空，且该客户没有负责人，请填写跟进人".into(),
        M::UnknownChannel { value } => format!("“{value}”不是跟进方式，可填写电话、微信、邮件、拜访、会议、其他"),
        M::NextContactNotAfter => "必须晚于跟进时间".into(),
        M::TooFarAhead => "必须在 5 年之内".into(),
        M::NotABoolean { value } => format!("“{value}”应为“是”或“否”"),
        M::SkuTaken { sku } => format!("产品编码“{sku}”已被其他产品使用。"),
        M::NeedsOpportunityOwner => "为空，且该客户没有负责人，请填写商机的负责人".into(),
        M::NoSuchStage { value } => format!("“{value}”不是启用的阶段"),
        M::NotAPercentage { value } => format!("“{value}”不是 0 到 100 的整数百分比"),
        M::NeedsClosedAt => "为空，但该商机已关闭，请填写关闭时间".into(),
        M::ClosedBeforeCreated => "不能早于商机的创建时间".into(),
        M::NoSuchOpportunity { value } => format!("该客户没有商机“{value}”"),
        M::OpportunityLost { value } => format!("商机“{value}”已输单或无效，请更正该商机，或将此格留空"),
        M::NeedsSeller => "为空，且该客户没有负责人，请填写销售人员".into(),
        M::NeedsLineOrPayment => "该行既没有产品明细，也没有回款。".into(),
        M::NeedsProduct => "为空，但该行有数量，请填写产品".into(),
        M::NoSuchProduct { value } => format!("没有产品“{value}”"),
        M::DiffersFromRow { row } => format!("与同一订单的第 {row} 行不一致"),
        M::OrderHasErrors { row } => format!("该订单的第 {row} 行有错误，因此整个订单未导入。"),
        M::TooManyRowsOfOrder { most } => format!("一个订单最多 {most} 行。"),
        M::TooLongForOrderNo => "超过订单号的长度上限（40 个字符），请用 ORDER_NO 列填写订单号".into(),
        M::OrderNoTaken { order_no } => format!("订单号“{order_no}”已被其他订单使用。"),
        M::BeforeOrder => "不能早于下单时间".into(),
        M::AlreadyThere => "该记录已导入，未作任何修改。".into(),
        M::SameRecord { row } => format!("与第 {row} 行是同一条记录。"),
        M::TwoCustomers => "名称与信用代码分别属于两个不同的客户。".into(),
        M::SameDetail { value, status } => {
            format!("另一客户的联系人已使用“{value}”。{}如确为不同客户，请确认后再提交。", duplicate::words(*status).1)
        }
        M::SameNameInFile { row } => format!("与第 {row} 行的客户名称几乎相同，如确为不同客户，请确认后再提交。"),
        M::SameDetailInFile { value, row } => {
            format!("第 {row} 行另一家公司的联系人也使用“{value}”，如确为不同客户，请确认后再提交。")
        }
        M::SameCompany { row } => format!("与第 {row} 行是同一家公司，且没有新的联系人。"),
        M::EarlierRowPrecedes { row } => format!("未写入：以同一家公司的第 {row} 行为准"),
        M::ContactHasOtherValue => "未写入：该联系人已有不同的值".into(),
        M::HasAllValues => "该客户已存在，且已有该行的全部内容。".into(),
        M::OnlyForNewCustomers => "未写入：仅适用于新客户".into(),
        M::AccountClosed => "启动导入的用户账号已停用。".into(),
        M::ServerStopped => "读取文件的服务器已停止，请重新导入文件。".into(),
        M::Undone => "该导入已撤销或正在撤销，请重新导入文件。".into(),
        M::NotReadToItsEnd => "文件未能读完，请重新导入。".into(),
        M::StillReading => "文件仍在读取中，请稍后再试。".into(),
        M::NothingToUndo => "无法撤销：导入仍在进行，或尚未写入任何内容。请等导入完成后再试。".into(),
    }
}

fn kind_of_file(kind: FileKind) -> &'static str {
    match kind {
        FileKind::OldWorkbook => "文件是旧版 Excel 工作簿（.xls），请另存为 .xlsx 或 UTF-8 编码的 CSV。",
        FileKind::BinaryWorkbook => "文件是二进制 Excel 工作簿（.xlsb），请另存为 .xlsx 或 UTF-8 编码的 CSV。",
        FileKind::LockedWorkbook => "工作簿设有密码，请另存为不带密码的 .xlsx。",
        FileKind::Numbers => "文件是苹果 Numbers、Pages 或 Keynote 文稿，请将表格导出为 .xlsx 或 UTF-8 编码的 CSV。",
        FileKind::Document => "文件是文字文档（Word、Writer），请将表格复制到表格软件中并另存为 .xlsx。",
        FileKind::Presentation => "文件是演示文稿，请将表格复制到表格软件中并另存为 .xlsx。",
        FileKind::Pdf => "文件是 PDF 文档，请导入原始表格（.xlsx 或 UTF-8 编码的 CSV）。",
        FileKind::Picture => "文件是图片，请导入表格本身（.xlsx 或 UTF-8 编码的 CSV）。",
        FileKind::Html => "文件实际上是网页（HTML），请用表格软件打开后另存为 .xlsx。",
        FileKind::Xml => "文件实际上是 XML，请用表格软件打开后另存为 .xlsx。",
        FileKind::Json => "文件是 JSON，请将表格另存为 .xlsx 或 UTF-8 编码的 CSV。",
        FileKind::RichText => "文件是文字文档（RTF），请将表格复制到表格软件中并另存为 .xlsx。",
        FileKind::Mail => "文件是邮件或保存的网页，请打开后将表格另存为 .xlsx。",
        FileKind::ContactCard => "文件是名片（vCard），请将联系人另存为 UTF-8 编码的 CSV。",
        FileKind::Archive => "文件是压缩包（.zip、.rar、.7z、.gz），请解压后导入其中的表格。",
        FileKind::Database => "文件是数据库，请将表格导出为 .xlsx 或 UTF-8 编码的 CSV。",
    }
}
