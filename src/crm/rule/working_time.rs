//! Working time: the time without days off, as SQL. The table `day_off` has the days off as instants.

/// SQL for the working time of a moment.
pub fn of_time(at: &str) -> String {
    format!(
        "(select w.at - coalesce((select d.total - greatest(d.ends - w.at, interval '0') from day_off d
                                  where d.starts < w.at order by d.starts desc limit 1), interval '0')
          from (select {at} as at) w)"
    )
}

/// SQL for the first moment that has a working time.
pub fn to_time(working_time: &str) -> String {
    format!(
        "(select w.at + coalesce((select d.total from day_off d where d.stands_at < w.at
                                  order by d.stands_at desc, d.starts desc limit 1), interval '0')
          from (select {working_time} as at) w)"
    )
}
