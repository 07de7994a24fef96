//! Errors, grouped by who can correct them: the user, the developer of the client, or the operator of the server.

use std::fmt;
use std::io::ErrorKind;

use chrono::{DateTime, Utc};

use crate::kernel::access::Permission;
use crate::kernel::id::BadId;
use crate::kernel::metrics;

/// The languages that messages exist in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, async_graphql::Enum)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese (simplified).
    Chinese,
}

impl Language {
    /// The tag of the language.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The supported language that an `Accept-Language` header prefers; English if it names none.
    pub fn accepted(header: &str) -> Self {
        let mut ranges: Vec<(f32, Self)> = Vec::new();
        for range in header.split(',').take(20) {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse).unwrap_or(0.0);
            match tag.split('-').next() {
                Some("zh") => ranges.push((weight, Self::Chinese)),
                Some("en") => ranges.push((weight, Self::English)),
                _ => {}
            }
        }
        // The sort is stable: of equal weights, the language that is named first is preferred.
        ranges.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranges.first().filter(|(weight, _)| *weight > 0.0).map_or(Self::English, |(_, language)| *language)
    }
}

/// A sentence in every supported language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl Text {
    /// The sentence in both languages.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// The message for an internal error, whose details are only in the log.
    pub fn fault() -> Self {
        Self::new("An internal error occurred. It was logged.", "服务器内部错误，已记录。")
    }

    /// The sentence in both languages, for stored texts whose readers are not known.
    pub fn in_both(&self) -> String {
        format!("{} {}", self.en, self.zh)
    }

    /// The sentence in one language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Chinese => &self.zh,
        }
    }
}

/// Why the input was refused, as a stable code. Clients must decide by the code and never by the message, which may
/// change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "UserErrorCode")]
pub enum Code {
    /// A value of the input is invalid. `path` names the value, `message` says what is wrong.
    Invalid,
    /// It does not exist, or you may not read it. The server does not say which of the two.
    NotFound,
    /// Another operation has changed or locked the row meanwhile. Read it again, then try again.
    Conflict,
    /// You may read the row, but you do not have the permission to do this with it.
    Forbidden,
    /// The e-mail address or the password is wrong, or the account is closed. The server does not say which.
    InvalidCredentials,
    /// The password is right, and the account has a second factor. Sign in with `code`, too.
    SecondFactorRequired,
    /// The code of the app is wrong, or it was used before.
    InvalidCode,
    /// There were too many failed attempts. Try again after `until`.
    TooManyAttempts,
    /// The refresh token is unknown or expired, or its session has ended. Sign in again.
    InvalidRefreshToken,
    /// The link was used, has expired, or was replaced by a newer one. Ask for another one.
    InvalidLink,
    /// The customer already has an owner. `owner` is the owner's name, if you may see it.
    AlreadyOwned,
    /// The customer is protected in the public pool and can't be claimed before `until`.
    Protected,
    /// The customer belongs to a public pool of which you are not a member, so you can't claim it.
    NotAMember,
    /// Customers belong to the public pool. Move them to another one first.
    PoolNotEmpty,
    /// The customer is on the blacklist. It must be removed from the blacklist first.
    Blacklisted,
    /// It is archived. A user who may archive it can restore it first.
    Archived,
    /// The customer was merged into another one. Reading its id returns that customer: continue with the id that you
    /// read.
    Merged,
    /// You have claimed `limit` customers today, which is the daily limit. You can claim again from `until` on.
    ClaimLimitReached,
    /// You own `limit` customers, which is the limit. Release a customer first.
    HoldingLimitReached,
    /// You owned this customer until recently. You can claim it again from `until` on.
    PreviousOwnerCooldown,
    /// The customer is in the public pool, so it has no owner.
    NotOwned,
    /// The user can't be the owner: the account is closed, the user is not in your team, or has no permission to claim.
    InvalidOwner,
    /// The value must be unique and is already used: the name or the credit code of a customer (the message says where
    /// that customer is), the number of an order, or the SKU of a product.
    Duplicate,
    /// A customer with a similar name already exists (the message says where it is). If yours is a different company,
    /// create it with `notDuplicate: true`; your manager is notified.
    Similar,
    /// You have revealed the details of `limit` contacts today, which is the daily limit. You can reveal more from
    /// `until` on.
    RevealLimitReached,
    /// The opportunity is closed, or its owner no longer owns the customer. In the second case, the owner of the
    /// customer can adopt it if it is open, and it can be ended as lost or void if it is open or won; nothing else can
    /// be changed.
    NotLive,
    /// The task was done or cancelled, so it can't be changed any more.
    TaskEnded,
    /// The period in which it can be changed is over.
    TooLate,
    /// The order is not in a state that allows this step. The message says which state it is in.
    StepNotAllowed,
    /// The lines of the order can't be changed, because something is paid or the order was cancelled.
    OrderFrozen,
    /// This is the last order of a won opportunity. The input must say what happens to the opportunity.
    OpportunityOutcomeRequired,
    /// The operation changes many rows (the message says how many). Repeat it with `confirm: true`.
    ConfirmationRequired,
    /// A user would become their own manager, directly or through others.
    ManagerCycle,
    /// The operation would leave no active administrator.
    LastAdministrator,
}

/// Why an input was refused, in a form that the user can act on: the code, the place in the input, and the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// The stable code.
    pub code: Code,
    /// The sentence for the user.
    pub message: Text,
    /// The path to the field of the input, from the outermost field; empty if it is about the whole input.
    pub path: Vec<String>,
    /// When the reason will no longer apply.
    pub until: Option<DateTime<Utc>>,
    /// The limit that was reached.
    pub limit: Option<i32>,
    /// The name of the present owner.
    pub owner: Option<String>,
}

impl UserError {
    /// An error without further facts.
    pub fn new(code: Code, message: Text) -> Self {
        Self { code, message, path: Vec::new(), until: None, limit: None, owner: None }
    }

    /// An invalid value of the input.
    pub fn invalid(path: &[&str], en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::new(Code::Invalid, Text::new(en, zh)).at(path)
    }

    /// The same error with the path to the field of the input.
    pub fn at(mut self, path: &[&str]) -> Self {
        self.path = path.iter().map(|&part| part.to_owned()).collect();
        self
    }

    /// The same error with the time at which its reason no longer applies.
    pub fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }

    /// The same error with the limit that was reached.
    pub fn limit(mut self, limit: i32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The row does not exist, or the viewer may not read it. The error does not say which.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, Text::new("It does not exist, or you may not see it.", "数据不存在，或你无权查看。"))
    }

    /// The row was changed, or is being changed, by another operation.
    pub fn conflict() -> Self {
        Self::new(
            Code::Conflict,
            Text::new(
                "Somebody else changed it meanwhile. Read it again, then try again.",
                "数据已被他人修改，请刷新后重试。",
            ),
        )
    }

    /// Refuses a change that is based on another version than the present one.
    pub fn check_version(present: i32, seen: i32) -> Result<(), Self> {
        if present == seen { Ok(()) } else { Err(Self::conflict().at(&["version"])) }
    }

    /// The viewer may read the row, but does not have the permission.
    pub fn forbidden(permission: Permission) -> Self {
        let (en, zh) = permission.in_words();
        let text = Text::new(format!("You may not {en} here."), format!("你没有权限在此{zh}。"));
        Self::new(Code::Forbidden, text)
    }
}

/// Why an operation failed. Nothing was written, unless it is in doubt.
#[derive(Debug)]
pub enum Error {
    /// The caller is not signed in, or no longer.
    Unauthenticated,
    /// The actor does not hold the permission in any scope.
    Forbidden(Permission),
    /// The request is wrong in a way that a correct client would prevent.
    BadInput(Text),
    /// The log of events no longer has the events after the cursor.
    CursorExpired,
    /// The input was refused for reasons that the user can act on.
    Refused(Vec<UserError>),
    /// The database can't be reached, or a [disk is full](full_disk). Trying again may help.
    Unavailable(sqlx::Error),
    /// The connection broke during a commit, so nobody knows whether the change was made.
    InDoubt(sqlx::Error),
    /// Too many operations wait for a connection; nothing was begun. Trying again may help.
    Busy,
    /// A defect of the server. Its causes are logged and never shown to clients.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The same error, whose paths begin with a field of the input.
    pub fn below(self, field: &str) -> Self {
        let Self::Refused(mut refusals) = self else { return self };
        for refusal in &mut refusals {
            refusal.path.insert(0, field.to_owned());
        }
        Self::Refused(refusals)
    }

    /// The same error, as that of a commit: if the database did not say that it failed, it may have been made.
    pub fn of_commit(self) -> Self {
        match self {
            Self::Unavailable(error) if !is_answer(&error) => Self::InDoubt(error),
            other => other,
        }
    }

    /// Adds the refusals of a result to a list, so that users learn everything that they must correct at once; `None` if
    /// there were any. Other errors stay errors.
    pub fn collect<T>(refusals: &mut Vec<UserError>, result: Result<T, impl Into<Self>>) -> Result<Option<T>, Self> {
        match result.map_err(Into::into) {
            Ok(value) => Ok(Some(value)),
            Err(Self::Refused(more)) => {
                refusals.extend(more);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// An error of a file on the disk of the server.
    pub fn of_file(error: std::io::Error) -> Self {
        let error = sqlx::Error::Io(error);
        if full_disk(&error).is_some() { Self::Unavailable(error) } else { Self::Internal(error.into()) }
    }

    /// An error of the client, with the message in both languages.
    pub fn bad_input(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::BadInput(Text::new(en, zh))
    }
}

impl From<UserError> for Error {
    fn from(refusal: UserError) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<BadId> for Error {
    fn from(bad: BadId) -> Self {
        let zh = match &bad {
            BadId::Malformed(text) => format!("{text:?} 不是有效的 ID"),
            BadId::OfSomethingElse { given, found, wanted } => {
                format!("{given:?} 是 {found} 的 ID，不是 {wanted} 的 ID")
            }
        };
        Self::bad_input(bad.to_string(), zh)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        metrics::database_error(kind_of(&error));
        if exceeds_a_limit(&error) {
            return Self::bad_input(
                "the request exceeds a limit of the database; ask for less in one request",
                "请求超出数据库的限制，请拆分后重试",
            );
        }
        if is_transient(&error) { Self::Unavailable(error) } else { Self::Internal(error.into()) }
    }
}

/// The SQLSTATE of an error, or what the connection failed with.
fn kind_of(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => database.code().unwrap_or_default().into_owned(),
        sqlx::Error::Io(_) => "io".to_owned(),
        sqlx::Error::PoolTimedOut => "no connection".to_owned(),
        _ => "other".to_owned(),
    }
}

/// Whether a statement was larger than PostgreSQL allows: 54 is the class of such errors. The values of a statement are counted
/// before it is sent.
fn exceeds_a_limit(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Encode(_) => true,
        sqlx::Error::Database(database) => database.code().is_some_and(|code| code.starts_with("54")),
        _ => false,
    }
}

/// A disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// That of PostgreSQL.
    OfDatabase,
    /// That of this server, which takes files that are uploaded.
    OfServer,
}

/// The disk that is full, if this is why something failed. No connection reports a full disk as its own error.
pub fn full_disk(error: &sqlx::Error) -> Option<Disk> {
    match error {
        sqlx::Error::Database(database) => {
            database.code().is_some_and(|code| code == "53100").then_some(Disk::OfDatabase)
        }
        sqlx::Error::Io(error) => {
            matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded).then_some(Disk::OfServer)
        }
        _ => None,
    }
}

/// Whether an error of the database is transient: its cause is the connection or the present load, not the statement.
pub fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Protocol(_) => true,
        // 08 connection, 53 resources, 57P operator intervention (shut down, starting up),
        // 57014 statement time-out, 40 serialisation and deadlock.
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            ["08", "53", "57P", "40"].iter().any(|class| code.starts_with(class)) || code == "57014"
        }),
        _ => false,
    }
}

/// Whether the database itself said that a statement failed, and not only that the connection ends.
fn is_answer(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
    code.is_some_and(|code| !code.starts_with("08") && !code.starts_with("57P"))
}

/// Whether a statement has taken too long.
pub fn is_time_out(error: &Error) -> bool {
    matches!(error, Error::Unavailable(sqlx::Error::Database(database)) if database.code().is_some_and(|code| code == "57014"))
}

/// The constraint that a write violated, if that is why it failed.
pub fn violated(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.constraint()
}

// This text is only for logs. The responses to clients are made from the variants.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => f.write_str("not signed in"),
            Self::Forbidden(permission) => write!(f, "not permitted: {permission}"),
            Self::BadInput(text) => write!(f, "bad input: {}", text.en),
            Self::CursorExpired => f.write_str("the event cursor has expired"),
            Self::Refused(_) => f.write_str("the input was refused"),
            Self::Unavailable(error) => f.write_str(match full_disk(error) {
                Some(Disk::OfDatabase) => "the disk of the database is full",
                Some(Disk::OfServer) => "the disk of this server is full",
                None => "the database can't be reached",
            }),
            Self::InDoubt(_) => f.write_str("the connection broke during a commit"),
            Self::Busy => f.write_str("too many operations wait for a connection"),
            Self::Internal(_) => f.write_str("internal error"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unavailable(error) | Self::InDoubt(error) => Some(error),
            Self::Internal(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_of_the_server_is_no_fault_of_the_program_and_no_lost_database() {
        let full = Error::of_file(ErrorKind::StorageFull.into());
        assert_eq!(full.to_string(), "the disk of this server is full");
        assert!(matches!(Error::of_file(ErrorKind::PermissionDenied.into()), Error::Internal(_)));
        assert_eq!(full_disk(&sqlx::Error::Io(ErrorKind::ConnectionReset.into())), None);
    }

    #[test]
    fn the_supported_language_with_the_largest_weight_is_chosen() {
        for (header, language) in [
            ("", Language::English),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("fr, en;q=0.3, zh;q=0.5", Language::Chinese),
            ("en-GB, zh", Language::English),
            ("zh;q=0, de", Language::English),
            ("zh;q=x", Language::English),
        ] {
            assert_eq!(Language::accepted(header), language, "{header:?}");
        }
    }
}
