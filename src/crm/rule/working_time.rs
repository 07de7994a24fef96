//! Working time: a clock that stands still on days off, as SQL over the table that has them as instants.

/// What the clock of working time shows at a moment.
pub fn shown(at: &str) -> String {
    format!(
        "(select w.at - coalesce((select d.total - greatest(d.ends - w.at, interval '0') from day_off d
                                  where d.starts < w.at order by d.starts desc limit 1), interval '0')
          from (select {at} as at) w)"
    )
}

/// The first moment at which the clock of working time shows this.
pub fn reached(clock: &str) -> String {
    format!(
        "(select w.at + coalesce((select d.total from day_off d where d.stands_at < w.at
                                  order by d.stands_at desc, d.starts desc limit 1), interval '0')
          from (select {clock} as at) w)"
    )
}
