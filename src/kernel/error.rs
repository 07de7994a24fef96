//! What can go wrong, told apart by who can put it right: the user, the programmer who calls us, or us.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::kernel::access::Permission;
use crate::kernel::id::BadId;

/// The languages that messages exist in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese (simplified).
    Chinese,
}

impl Language {
    /// The first language of an `Accept-Language` header that we speak; English when there is none.
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
        // Stable: of equal weights, the first one named.
        ranges.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranges.first().filter(|(weight, _)| *weight > 0.0).map_or(Self::English, |(_, language)| *language)
    }
}

/// One sentence in every language.
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

    /// What people are told of a fault on our side: what it is stands in the log alone.
    pub fn fault() -> Self {
        Self::new("Something is wrong on our side. It was logged.", "服务器内部错误，已记录。")
    }

    /// The sentence in both languages, one behind the other: for what is kept, and read by anybody.
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

/// Why a user's wish was refused, as a stable code. Clients decide by it, never by the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "UserErrorCode")]
pub enum Code {
    /// A value is not acceptable; `path` says which, `message` why.
    Invalid,
    /// There is no such thing, or you may not see it.
    NotFound,
    /// It was changed meanwhile, or is busy. Read it again, then try again.
    Conflict,
    /// You may see it, but not do this with it.
    Forbidden,
    /// The e-mail address or the password is wrong, or the account is closed.
    InvalidCredentials,
    /// Too many failed attempts. Wait until `until`.
    TooManyAttempts,
    /// The refresh token is unknown, expired, or of a session that has ended. Sign in again.
    InvalidRefreshToken,
    /// The customer has an owner already (`owner`, when you may know).
    AlreadyOwned,
    /// The customer rests in the pool until `until`.
    Protected,
    /// The customer is blacklisted.
    Blacklisted,
    /// It is archived. Whoever may archive it can restore it.
    Archived,
    /// The customer was merged into another one. Its id leads there: read it, and go on with the id that it has.
    Merged,
    /// You have claimed `limit` customers today; more from `until` on.
    ClaimLimitReached,
    /// You own `limit` customers already; release one first.
    HoldingLimitReached,
    /// You owned this customer not long ago, and may claim it again from `until` on.
    PreviousOwnerCooldown,
    /// The customer is in the pool: there is no owner.
    NotOwned,
    /// The user can't own customers: departed, outside your team, or without the right to claim.
    InvalidOwner,
    /// Another one has this already, which only one can have: a customer's name or credit code (the message says where it is),
    /// an order's number, a product's SKU.
    Duplicate,
    /// A customer with a similar name exists already (the message says where it is). If yours is another one, enter it with
    /// `notDuplicate`; your superior is told.
    Similar,
    /// You have looked at `limit` contacts today; more from `until` on.
    RevealLimitReached,
    /// The opportunity is closed, or its owner no longer has the customer. Then an open one can be adopted by who has the
    /// customer, and an open or won one ended as lost or void; nothing else.
    NotLive,
    /// The time in which it could be changed is over.
    TooLate,
    /// The order is not so far, or too far already, for this step; the message says how far it is.
    StepNotAllowed,
    /// Something of the order is paid, or it was called off: its lines stay as they are.
    OrderFrozen,
    /// This was the last order of a won opportunity: say what becomes of the opportunity.
    OpportunityOutcomeRequired,
    /// It does so much (the message says how much) that you have to say `confirm: true`.
    ConfirmationRequired,
    /// It would put somebody below themselves in the tree.
    ManagerCycle,
    /// The last administrator can't go.
    LastAdministrator,
}

/// A refusal that a user can put right: what, where in the input, and the facts that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// What it is.
    pub code: Code,
    /// One sentence for the user.
    pub message: Text,
    /// The field of the input, from the outside in; empty when it is about the whole.
    pub path: Vec<String>,
    /// When it will be over.
    pub until: Option<DateTime<Utc>>,
    /// The limit that was reached.
    pub limit: Option<i32>,
    /// The name of the present owner.
    pub owner: Option<String>,
}

impl UserError {
    /// A refusal without further facts.
    pub fn new(code: Code, message: Text) -> Self {
        Self { code, message, path: Vec::new(), until: None, limit: None, owner: None }
    }

    /// A value of the input that is not acceptable.
    pub fn invalid(path: &[&str], en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::new(Code::Invalid, Text::new(en, zh)).at(path)
    }

    /// The same, about one field of the input.
    pub fn at(mut self, path: &[&str]) -> Self {
        self.path = path.iter().map(|&part| part.to_owned()).collect();
        self
    }

    /// The same, with the instant at which it is over.
    pub fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }

    /// The same, with the limit that was reached.
    pub fn limit(mut self, limit: i32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// There is no such thing, or the viewer may not see it: nobody learns which.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, Text::new("There is no such thing, or you may not see it.", "不存在，或您无权查看。"))
    }

    /// It was changed or is being changed by somebody else.
    pub fn conflict() -> Self {
        Self::new(
            Code::Conflict,
            Text::new(
                "Somebody else changed it meanwhile. Read it again, then try again.",
                "数据已被他人修改，请刷新后重试。",
            ),
        )
    }

    /// Refuses whoever saw another version than the present one.
    pub fn check_version(present: i32, seen: i32) -> Result<(), Self> {
        if present == seen { Ok(()) } else { Err(Self::conflict().at(&["version"])) }
    }

    /// Seen, but not permitted.
    pub fn forbidden(permission: Permission) -> Self {
        let (en, zh) = permission.in_words();
        let text = Text::new(format!("You may not {en} here."), format!("您没有在此{zh}的权限。"));
        Self::new(Code::Forbidden, text)
    }
}

/// Why an operation did not happen. Nothing was written.
#[derive(Debug)]
pub enum Error {
    /// Who is asking is not known, or no longer.
    Unauthenticated,
    /// The roles of the actor do not hold the permission at all.
    Forbidden(Permission),
    /// The caller's program sent what no user could have meant.
    BadInput(Text),
    /// The log of events does not reach back to where a client wants to go on.
    CursorExpired,
    /// The user asked for what is refused, and can do something about it.
    Refused(Vec<UserError>),
    /// The database can't be reached. Trying again may help.
    Unavailable(sqlx::Error),
    /// A defect on our side. The chain is logged, never shown.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The same, with refusals that are about what lies below a field of the input.
    pub fn below(self, field: &str) -> Self {
        let Self::Refused(mut refusals) = self else { return self };
        for refusal in &mut refusals {
            refusal.path.insert(0, field.to_owned());
        }
        Self::Refused(refusals)
    }

    /// The caller's program sent what no user could have meant.
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
        if is_passing(&error) { Self::Unavailable(error) } else { Self::Internal(error.into()) }
    }
}

/// Whether an error of the database is about the connection or the moment, not about the statement.
pub fn is_passing(error: &sqlx::Error) -> bool {
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

/// The constraint that a write ran against, if that is why it failed.
pub fn violated(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.constraint()
}

// For logs alone: what a client sees is made from the variants.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => f.write_str("not signed in"),
            Self::Forbidden(permission) => write!(f, "not permitted: {permission}"),
            Self::BadInput(text) => write!(f, "bad input: {}", text.en),
            Self::CursorExpired => f.write_str("the cursor has expired"),
            Self::Refused(_) => f.write_str("refused"),
            Self::Unavailable(_) => f.write_str("the database can't be reached"),
            Self::Internal(_) => f.write_str("internal error"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unavailable(error) => Some(error),
            Self::Internal(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_language_that_we_speak_is_taken() {
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
