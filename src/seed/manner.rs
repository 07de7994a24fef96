//! What makes the figures of reps and months differ: how each rep sells, and when companies buy.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use fastrand::Rng;

use super::people::Person;
use super::random::{one_of, time_between};

/// How a rep sells, as long as they are with the firm.
pub struct Manner {
    /// How many opportunities they find at a customer: one of these.
    pub finds: &'static [usize],
    /// Of 100 changes of an opportunity, how many bring it to the next stage.
    pub advances: u8,
    /// The longest time between two changes, in days.
    pub patience: i64,
    /// The most pieces of a product that they offer.
    pub most_pieces: i64,
    /// Of 100 customers, from how many they bring an order without an opportunity.
    pub quick_orders: u8,
}

/// Three of four do what is usual; others find much and win little, or the other way round.
const FINDS: [&[usize]; 4] =
    [&[0, 0, 1, 1, 1, 1, 2, 2], &[0, 0, 1, 1, 1, 1, 2, 2], &[0, 0, 0, 1, 1, 1], &[0, 1, 1, 2, 2, 3]];
const ADVANCES: [u8; 6] = [56, 62, 66, 68, 72, 78];
const PATIENCE: [i64; 4] = [16, 26, 30, 40];
const PIECES: [i64; 5] = [10, 24, 30, 36, 60];
const QUICK_ORDERS: [u8; 4] = [25, 40, 40, 55];

impl Manner {
    /// The manner of a rep.
    pub fn of(rep: &Person) -> Self {
        let rng = &mut Rng::with_seed(rep.id.as_u64_pair().1);
        Self {
            finds: *one_of::<&[usize]>(rng, &FINDS),
            advances: *one_of(rng, &ADVANCES),
            patience: *one_of(rng, &PATIENCE),
            most_pieces: *one_of(rng, &PIECES),
            quick_orders: *one_of(rng, &QUICK_ORDERS),
        }
    }
}

/// How much companies buy in each month, from January on; 100 is usual. Around the Spring Festival they buy little, and before the
/// end of each quarter they spend their budgets.
const SEASONS: [u8; 12] = [75, 50, 120, 100, 105, 125, 85, 80, 125, 90, 110, 135];
/// Shanghai has no summer time.
const ZONE: TimeDelta = TimeDelta::hours(8);

/// How much companies buy in the month of this moment; 100 is usual.
pub fn season(at: DateTime<Utc>) -> u8 {
    SEASONS[(at + ZONE).month0() as usize]
}

/// A moment from `start` on, before `end`; more likely in a month in which companies buy much.
pub fn busy_time_between(rng: &mut Rng, start: DateTime<Utc>, end: DateTime<Utc>) -> DateTime<Utc> {
    let mut at = time_between(rng, start, end);
    for _ in 0..2 {
        if rng.u8(..SEASONS[11]) < season(at) {
            break;
        }
        at = time_between(rng, start, end);
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Plan;
    use crate::seed::firm::Firm;

    #[test]
    fn reps_differ_and_remain_as_they_are() {
        let firm = Firm::of(Plan::demo(DateTime::from_timestamp(1_772_352_000, 0).unwrap()));
        let reps: Vec<_> = firm.staff.iter().filter(|person| person.role == "sales").collect();
        let mut advances: Vec<_> = reps.iter().map(|rep| Manner::of(rep).advances).collect();
        assert!(reps.iter().zip(&advances).all(|(rep, advances)| Manner::of(rep).advances == *advances));
        advances.sort_unstable();
        advances.dedup();
        assert!(advances.len() > 3, "{advances:?}");
    }

    #[test]
    fn more_is_bought_in_december_than_in_february() {
        let rng = &mut Rng::with_seed(1);
        let (start, end) =
            (DateTime::from_timestamp(1_704_067_200, 0).unwrap(), DateTime::from_timestamp(1_767_225_600, 0).unwrap());
        let mut months = [0; 12];
        for _ in 0..10_000 {
            months[busy_time_between(rng, start, end).month0() as usize] += 1;
        }
        assert!(months[11] > 2 * months[1], "{months:?}");
    }
}
