//! The messages in English.

use super::model::{FileKind, Message};
use crate::crm::customer::duplicate;

pub(super) fn words(message: &Message) -> String {
    use Message as M;
    match message {
        M::EmptyFile => "The file is empty.".into(),
        M::OtherKind(kind) => kind_of_file(*kind).into(),
        M::UnknownEncoding { label } => {
            format!("{label:?} is not an encoding. Use a name like UTF-8, UTF-16LE, GB18030, Big5, Shift_JIS or windows-1252.")
        }
        M::UncertainEncoding { possible } => {
            let each = possible.iter().map(|(name, text)| format!("{name} ({text:?})")).collect::<Vec<_>>().join(" or ");
            format!("The encoding of the file is not certain: it may be {each}. Say which one in `encoding`, or save the file as CSV in UTF-8.")
        }
        M::NoEncoding => {
            "The file is neither a workbook (.xlsx, .ods) nor text in an encoding that is known here. Save it as .xlsx, or as CSV in UTF-8.".into()
        }
        M::NotInEncoding { encoding } => {
            format!("The file is not text in {encoding}. Give its encoding, or leave `encoding` out.")
        }
        M::NoWorkbook => "The file is text, which has no sheets. Leave `sheet` out.".into(),
        M::UnknownSheet { name, all } => format!("The workbook has no sheet {name:?}. Its sheets are: {all}."),
        M::NoSheetWithRows => "No sheet of the workbook has rows.".into(),
        M::OnlyHiddenSheets { all } => {
            format!("Only hidden sheets of the workbook have rows. Say in `sheet` which one is meant: {all}.")
        }
        M::DamagedWorkbook => "The workbook is damaged.".into(),
        M::DamagedSheet { name } => format!("The sheet {name:?} is damaged."),
        M::DamagedFile => "The file is damaged.".into(),
        M::TooLargeUnpacked => {
            "The workbook is too large when it is unpacked. Open it in a spreadsheet program and save it again, or save it as CSV.".into()
        }
        M::OwnXmlTypes => {
            "The workbook declares XML types of its own, which no spreadsheet program does. Open it in a spreadsheet program and save it again.".into()
        }
        M::HidesText { name } => {
            format!("The part {name:?} of the workbook has text that spreadsheet programs read differently (CDATA). Open it in a spreadsheet program and save it again.")
        }
        M::AnnouncesTooManyTexts => {
            "The workbook announces more texts (`uniqueCount`) than it can have. Open it in a spreadsheet program and save it again.".into()
        }
        M::TooMuchText { megabytes } => {
            format!("The cells of the workbook have more than {megabytes} MB of text. Split the file, or remove long texts.")
        }
        M::TooManyMergedCells { most } => {
            format!("The sheet has more than {most} merged ranges. Split the file, or undo the merges.")
        }
        M::TooManyFormulas { most } => {
            format!("More than {most} formulas of the sheet have no result. Open the file in a spreadsheet program and save it again.")
        }
        M::UnclosedQuote { row } => {
            format!("In row {row} a quotation mark is opened and never closed, so the rows after it can't be told apart. Remove it, or double it if it belongs to the text.")
        }
        M::UnreadableRow { row } => format!("Row {row} can't be read."),
        M::TooManyRows { most } => format!("The file has more than {most} rows. Split it into several files."),
        M::NoRows => "The file has no rows below its headers.".into(),
        M::UnknownHeader { all } => format!("The file has no column with this header. Its columns are: {all}."),
        M::UnknownPosition { columns } => format!("The file has the columns 1 to {columns}."),
        M::HeaderOrPosition => "Give either the header of the column or its position.".into(),
        M::WrongExtra => {
            "With the field EXTRA, `extra` must be the key of an active extra field. With other fields it must be left out.".into()
        }
        M::SameField { one, two } => format!(
            "The columns {} ({:?}) and {} ({:?}) hold the same field. Set one of them to IGNORED in `columns`, by its position.",
            one.0, one.1, two.0, two.1
        ),
        M::NoNameColumn { first } => format!(
            "No column holds the company's name. The first row has: {first}. Set the field of one column to NAME in `columns`."
        ),
        M::UnknownSource => "The source must be the code of an active choice of kind SOURCE.".into(),
        M::UnknownCountry { code } => format!("{code:?} is not the code of a country, like CN (ISO 3166)."),
        M::TooManyValues { most } => format!("The list must have at most {most} values."),
        M::TooLongCell { length, most } => format!("has {length} characters, and no field takes more than {most}"),
        M::ControlCharacters => "contains control characters".into(),
        M::TooManyCells { most } => format!("has more than {most} cells"),
        M::MoreCellsThanColumns { cells, columns } => {
            format!("has {cells} cells, but the file has {columns} columns: remove surplus separators")
        }
        M::InexactNumber => "is a number of more than 15 digits, and the workbook has lost the last ones: \
                             format the cell as text and enter the number again"
            .into(),
        M::ErrorValue { value } => format!("has the error {value}"),
        M::FormulaWithoutResult => {
            "is a formula without a result: open the file in a spreadsheet program, save it there, and import it again".into()
        }
        M::HiddenRow => "The row is hidden in the sheet, so it is not imported. Show it if it is meant.".into(),
        M::Totals => "This is a row of totals, so it is not imported.".into(),
        M::BlankName => "is blank, but each row must have a company's name".into(),
        M::BlankContactName { given, has_column: true } => {
            format!("is blank, but there is {given:?} of a contact: write the contact's name, or give `contactName` for all rows")
        }
        M::BlankContactName { given, has_column: false } => {
            format!("has {given:?}, but the file has no column for the contact's name: give `contactName` for all rows, or set this column to IGNORED")
        }
        M::NoSource { has_column: true } => {
            "is blank, and the import has no default: write the source of the company, or give `source` for all rows".into()
        }
        M::NoSource { has_column: false } => {
            "The file has no column for the source of companies, and the import has no default: give `source` for all rows.".into()
        }
        M::SeveralUsers { name } => format!("{name:?} is the name of several users: give the e-mail address instead"),
        M::NoSuchUser { name } => {
            format!("{name:?} is not an active user: write the name or the e-mail address of one")
        }
        M::NotADate { value } => format!("{value:?} is not a date like 2026-03-01 or 2026-03-01 15:30"),
        M::TwoDates { value, day_first, month_first } => format!(
            "{value:?} has two readings: {day_first} if the day comes first, {month_first} if the month comes first. Say in `dateOrder` which one is meant."
        ),
        M::NotANumber { value } => format!("{value:?} is not a number like 1234.5"),
        M::TwoNumbers { value, point, comma } => format!(
            "{value:?} has two readings: {point} if a point is the decimal mark, {comma} if a comma is. Say in `decimalMark` which one is meant."
        ),
        M::OtherCurrency { value, currency } => format!("{value:?} has the sign of another currency than {currency}, the currency of the row"),
        M::LeftOut { why } => format!("is left out: {}", why.en),
        M::ColumnForbidden { why } => format!("{} Set the column to IGNORED in `columns`.", why.en),
        M::NeedsOwner => "needs an owner in the same row".into(),
        M::NeedsOwnedSince => "needs, in the same row, an owner and the date since when they have owned the customer, which must not be later than this one".into(),
        M::NoColumn { of, all } => {
            format!("The file has no column for {}: {all}. Name it in `columns`.", of.words().0)
        }
        M::ImportCustomersInstead => "Customers are imported with `importCustomers`.".into(),
        M::WrongContact { most } => format!(
            "`contact` is a number from 1 to {most}. Give it only with fields of contacts, in files of customers."
        ),
        M::WrongField => "Files of this kind have no such field.".into(),
        M::TwoCustomersByKey => "The external id and the name or the credit code belong to two different customers.".into(),
        M::NoSuchPerson { name } => format!("{name:?} is not a user: write the name or the e-mail address of one"),
        M::NotInTeam { name } => format!("{name:?} is not in your team"),
        M::Blank => "is blank, and must be given".into(),
        M::NoCustomer => "The row does not say which customer it belongs to.".into(),
        M::NoSuchCustomer { value } => format!("{value:?} is not a customer that you may edit"),
        M::NeedsAuthor => "is blank, and the customer has no owner: write who talked to the customer".into(),
        M::UnknownChannel { value } => {
            format!("{value:?} is not one of PHONE, WECHAT, EMAIL, VISIT, MEETING, OTHER")
        }
        M::NextContactNotAfter => "must be after the time of the follow-up".into(),
        M::TooFarAhead => "must be within 5 years".into(),
        M::NotABoolean { value } => format!("{value:?} is neither yes nor no"),
        M::SkuTaken { sku } => format!("Another product has the SKU {sku:?} already."),
        M::NeedsOpportunityOwner => "is blank, and the customer has no owner: write who owned the opportunity".into(),
        M::NoSuchStage { value } => format!("{value:?} is not an active stage"),
        M::NotAPercentage { value } => format!("{value:?} is not a whole percentage from 0 to 100"),
        M::NeedsClosedAt => "is blank, but the opportunity is closed: write when it was closed".into(),
        M::ClosedBeforeCreated => "must not be before the opportunity was created".into(),
        M::NoSuchOpportunity { value } => format!("{value:?} is not an opportunity of the customer"),
        M::OpportunityLost { value } => {
            format!("{value:?} is lost or void: correct the opportunity, or leave the cell blank")
        }
        M::NeedsSeller => "is blank, and the customer has no owner: write who sold the order".into(),
        M::NeedsLineOrPayment => "The row has neither a line nor a payment.".into(),
        M::NeedsProduct => "is blank, but the row has a quantity: write the product".into(),
        M::NoSuchProduct { value } => format!("{value:?} is not a product"),
        M::DiffersFromRow { row } => format!("differs from row {row} of the same order"),
        M::OrderHasErrors { row } => format!("The order is not created, because row {row} of it has errors."),
        M::TooManyRowsOfOrder { most } => format!("An order has at most {most} rows."),
        M::TooLongForOrderNo => {
            "is too long for an order number (40 characters): give the number in a column of the field ORDER_NO".into()
        }
        M::OrderNoTaken { order_no } => format!("Another order has the number {order_no:?} already."),
        M::BeforeOrder => "must not be before the order".into(),
        M::AlreadyThere => "This record is there already. Nothing is changed.".into(),
        M::SameRecord { row } => format!("This is the same record as in row {row}."),
        M::TwoCustomers => "The name and the credit code belong to two different customers.".into(),
        M::SameDetail { value, status } => format!(
            "A contact of another customer has {value:?}. {} If yours is another company, confirm that.",
            duplicate::words(*status).0
        ),
        M::SameNameInFile { row } => {
            format!("The company of row {row} has almost the same name. If yours is another company, confirm that.")
        }
        M::SameDetailInFile { value, row } => {
            format!("The contact of another company in row {row} has {value:?}, too. If yours is another company, confirm that.")
        }
        M::SameCompany { row } => format!("This is the same company as in row {row}, and the row has no new contact."),
        M::EarlierRowPrecedes { row } => format!("is not written, because row {row} of the same company takes precedence"),
        M::ContactHasOtherValue => "is not written, because the contact has another value".into(),
        M::HasAllValues => "This customer exists already and has all values of the row.".into(),
        M::OnlyForNewCustomers => "is not written, because it applies to new customers only".into(),
        M::AccountClosed => "The account of the user who started the import is closed.".into(),
        M::ServerStopped => "The server that read the file has stopped. Import the file again.".into(),
        M::Undone => "The import has been undone, or is being undone. Import the file again.".into(),
        M::NotReadToItsEnd => "The file could not be read to its end. Import it again.".into(),
        M::StillReading => "The file is still being read. Wait until the import is READY.".into(),
        M::NothingToUndo => {
            "The import can't be undone, because it is still running or has written nothing. Wait until it is DONE.".into()
        }
    }
}

fn kind_of_file(kind: FileKind) -> &'static str {
    match kind {
        FileKind::OldWorkbook => "The file is an old Excel workbook (.xls). Save it as .xlsx, or as CSV in UTF-8.",
        FileKind::BinaryWorkbook => {
            "The file is a binary Excel workbook (.xlsb). Save it as .xlsx, or as CSV in UTF-8."
        }
        FileKind::LockedWorkbook => "The workbook has a password. Save it as .xlsx without a password.",
        FileKind::Numbers => {
            "The file is a document of Apple Numbers, Pages or Keynote. Export the table as .xlsx, or as CSV in UTF-8."
        }
        FileKind::Document => {
            "The file is a text document (Word, Writer). Copy the table into a spreadsheet program and save it as .xlsx."
        }
        FileKind::Presentation => {
            "The file is a presentation. Copy the table into a spreadsheet program and save it as .xlsx."
        }
        FileKind::Pdf => {
            "The file is a PDF document. Import the table from which it was made, as .xlsx or as CSV in UTF-8."
        }
        FileKind::Picture => "The file is a picture. Import the table itself, as .xlsx or as CSV in UTF-8.",
        FileKind::Html => {
            "The file is a web page (HTML), whatever its name says. Open it in a spreadsheet program and save it as .xlsx."
        }
        FileKind::Xml => {
            "The file is XML, whatever its name says. Open it in a spreadsheet program and save it as .xlsx."
        }
        FileKind::Json => "The file is JSON. Save the table as .xlsx, or as CSV in UTF-8.",
        FileKind::RichText => {
            "The file is a text document (RTF). Copy the table into a spreadsheet program and save it as .xlsx."
        }
        FileKind::Mail => "The file is an e-mail or a stored web page. Open it, and save the table as .xlsx.",
        FileKind::ContactCard => "The file is a contact card (vCard). Save the contacts as CSV in UTF-8.",
        FileKind::Archive => {
            "The file is an archive of files (.zip, .rar, .7z, .gz). Unpack it and import the table in it."
        }
        FileKind::Database => "The file is a database. Export the table as .xlsx, or as CSV in UTF-8.",
    }
}
