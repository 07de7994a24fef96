//! Positions in the log of PostgreSQL.

use std::fmt;
use std::str::FromStr;

/// A position in the log of PostgreSQL, which grows with each change (a log sequence number).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position(pub(super) i64);

impl Position {
    /// Before everything.
    pub const START: Self = Self(0);
    /// Where no replica has been yet: only the primary is behind it.
    pub const UNKNOWN: Self = Self(i64::MAX);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

/// Text that is no position.
#[derive(Debug, PartialEq, Eq)]
pub struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let part = |part| u32::from_str_radix(part, 16).map_err(|_| NoPosition);
        let (high, low) = text.split_once('/').ok_or(NoPosition)?;
        let position = i64::from(part(high)?) << 32 | i64::from(part(low)?);
        if position < 0 { Err(NoPosition) } else { Ok(Self(position)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_written_as_postgresql_writes_it() {
        for (position, text) in [(Position(0), "0/0"), (Position(0x1_6B37_4D40), "1/6B374D40")] {
            assert_eq!((position.to_string().as_str(), text.parse()), (text, Ok(position)));
        }
        for wrong in ["", "1", "/", "G/0", "0/123456789", "FFFFFFFF/0", "-1/0"] {
            assert_eq!(wrong.parse::<Position>(), Err(NoPosition), "{wrong}");
        }
    }
}
