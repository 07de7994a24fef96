//! Cursors of the log of events: a position, and the epoch in which it means something.

use std::fmt;
use std::str::FromStr;

use crate::kernel::error::Error;

/// The prefix of a cursor. Descriptions write the same text in SQL, with the epoch in the snapshot of the position.
const PREFIX: &str = "event_";
/// How many hexadecimal digits an epoch has.
const DIGITS: usize = 8;

/// What a log is told from others by: from those of other installations, and from those that it was before a restore or a failover
/// that lost commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(u32);

impl Epoch {
    /// A new epoch. It is random, because the numbers of a log that was lost are not known.
    pub fn random() -> Self {
        Self(fastrand::u32(..))
    }

    /// The epoch in a row of the database, which checks its form.
    pub fn saved(text: &str) -> sqlx::Result<Self> {
        text.parse().map_err(|error: NoEpoch| sqlx::Error::Decode(Box::new(error)))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$x}", self.0)
    }
}

/// Text that is no epoch.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an epoch")]
pub struct NoEpoch(String);

impl FromStr for Epoch {
    type Err = NoEpoch;

    fn from_str(text: &str) -> Result<Self, NoEpoch> {
        let is_epoch = text.len() == DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let epoch = u32::from_str_radix(text, 16).ok().filter(|_| is_epoch);
        epoch.map(Self).ok_or_else(|| NoEpoch(text.to_owned()))
    }
}

/// A place in the log, behind which a client resumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The epoch of the log.
    pub epoch: Epoch,
    /// The position of the event.
    pub position: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}_{}", self.epoch, self.position)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    /// Reads a cursor. One without an epoch is of an earlier version, so it has expired.
    fn from_str(cursor: &str) -> Result<Self, Error> {
        let malformed = || Error::bad_input("this is not a cursor", "游标无效");
        let rest = cursor.strip_prefix(PREFIX).ok_or_else(malformed)?;
        let (epoch, position) = rest.split_once('_').map_or((None, rest), |(epoch, position)| (Some(epoch), position));
        let digits = Some(position).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let position = digits.and_then(|digits| digits.parse().ok()).ok_or_else(malformed)?;
        let epoch = epoch.map(str::parse).transpose().map_err(|_| malformed())?;
        Ok(Self { epoch: epoch.ok_or(Error::CursorExpired)?, position })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cursor_is_read_as_one() {
        let cursor = Cursor { epoch: Epoch(0x00c0_ffee), position: 42 };
        assert_eq!(cursor.to_string(), "event_00c0ffee_42");
        assert_eq!("event_00c0ffee_42".parse::<Cursor>().unwrap(), cursor);
        for other in [
            "",
            "event_",
            "42",
            "event_00c0ffee_",
            "event_00c0ffee_-1",
            "event_00c0ffee_+1",
            "event_00c0ffee_1 ",
            "event_00C0FFEE_1",
            "event_c0ffee_1",
            "event_+0c0ffee_1",
            "event_00c0ffee_1_1",
            "event_00c0ffee_99999999999999999999",
        ] {
            assert!(matches!(other.parse::<Cursor>(), Err(Error::BadInput(_))), "{other:?}");
        }
        assert!(matches!("event_42".parse::<Cursor>(), Err(Error::CursorExpired)), "it has no epoch");
    }
}
