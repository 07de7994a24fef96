//! The recent positions of the log that are about the pool, in memory. They show how far a subscriber of the pool is
//! behind without counting the notifications of other users.

use std::collections::VecDeque;

/// The positions about the pool in a range of the log.
pub struct Positions {
    /// The known range begins after this position.
    after: i64,
    /// The known range ends with this position.
    upto: i64,
    known: VecDeque<i64>,
    most: usize,
}

impl Positions {
    /// Nothing is known about positions up to `after`. At most `most` + 1 positions are kept.
    pub fn new(after: i64, most: i64) -> Self {
        Self { after, upto: after, known: VecDeque::new(), most: usize::try_from(most).unwrap_or_default() }
    }

    /// Adds the next positions about the pool, up to `upto`.
    pub fn extend(&mut self, positions: &[i64], upto: i64) {
        self.known.extend(positions);
        let too_many = self.known.len().saturating_sub(self.most + 1);
        self.after = self.known.drain(..too_many).next_back().unwrap_or(self.after);
        self.upto = upto;
    }

    /// How many positions about the pool lie after `after`, up to `upto`. An unknown position counts.
    pub fn count(&self, after: i64, upto: i64) -> i64 {
        let earlier = (self.after.min(upto) - after).max(0);
        let later = (upto - self.upto.max(after)).max(0);
        let known = self.up_to(upto).saturating_sub(self.up_to(after));
        earlier + later + i64::try_from(known).unwrap_or(i64::MAX)
    }

    /// The last position, at most `upto`, up to which certainly no position about the pool lies after `after`.
    pub fn quiet_to(&self, after: i64, upto: i64) -> i64 {
        if after < self.after {
            return after;
        }
        let quiet_to = self.known.get(self.up_to(after)).map_or(self.upto, |next| next - 1);
        quiet_to.min(upto).max(after)
    }

    fn up_to(&self, position: i64) -> usize {
        self.known.partition_point(|known| *known <= position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_positions_about_the_pool_and_unknown_positions_are_counted() {
        let mut positions = Positions::new(10, 2);
        assert_eq!([positions.count(10, 900), positions.quiet_to(10, 900)], [890, 10]);
        positions.extend(&[], 500);
        assert_eq!([positions.count(10, 900), positions.quiet_to(10, 900)], [400, 500]);
        positions.extend(&[715, 720, 1_000], 1_010);
        assert_eq!([positions.count(10, 1_000), positions.count(715, 1_000), positions.count(715, 999)], [3, 2, 1]);
        assert_eq!(
            [(10, 1_000), (720, 1_000), (720, 800)].map(|(after, upto)| positions.quiet_to(after, upto)),
            [714, 999, 800]
        );
        assert_eq!(
            [(1_000, 2_000), (1_500, 2_000)].map(|(after, upto)| positions.quiet_to(after, upto)),
            [1_010, 1_500]
        );
        assert_eq!([positions.count(4, 1_000), positions.count(4, 8), positions.quiet_to(4, 1_000)], [9, 4, 4]);
        positions.extend(&[1_011], 1_011);
        assert_eq!(
            [positions.count(715, 1_011), positions.count(700, 1_011)],
            [3, 18],
            "the oldest position is dropped"
        );
    }
}
