//! What a server knows by heart of the log: which positions of late are about the pool. So those who watch it are not behind for what
//! others were told.

use std::collections::VecDeque;

/// Positions about the pool, of a stretch of the log.
pub struct Positions {
    /// The stretch that is known lies behind this.
    after: i64,
    /// It ends with this.
    upto: i64,
    known: VecDeque<i64>,
    most: usize,
}

impl Positions {
    /// Nothing is known of what lies up to `after`. One more than `most` positions are kept.
    pub fn new(after: i64, most: i64) -> Self {
        Self { after, upto: after, known: VecDeque::new(), most: usize::try_from(most).unwrap_or_default() }
    }

    /// Up to `upto`, these come next.
    pub fn extend(&mut self, positions: &[i64], upto: i64) {
        self.known.extend(positions);
        let too_many = self.known.len().saturating_sub(self.most + 1);
        self.after = self.known.drain(..too_many).next_back().unwrap_or(self.after);
        self.upto = upto;
    }

    /// How many there are behind `after`, up to `upto`. Where it is not known, each counts.
    pub fn count(&self, after: i64, upto: i64) -> i64 {
        let earlier = (self.after.min(upto) - after).max(0);
        let later = (upto - self.upto.max(after)).max(0);
        let known = self.up_to(upto).saturating_sub(self.up_to(after));
        earlier + later + i64::try_from(known).unwrap_or(i64::MAX)
    }

    /// The last position, at most `upto`, up to which it is known that there is none behind `after`.
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
    fn positions_are_counted_and_what_is_not_known_counts() {
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
        assert_eq!([positions.count(715, 1_011), positions.count(700, 1_011)], [3, 18], "the first is forgotten");
    }
}
