//! Groups of letter pairs by which an index finds similar names. The index can only find the names that have *all* of
//! some pairs.
//!
//! A similar name lacks at most a certain number of the pairs of the given name. If the pairs are distributed over one
//! group more than that number, a similar name has at least one group completely. So names without a complete group
//! need not be compared, and no similar name is missed. How the pairs are distributed is free: frequent ones (有限, 上海)
//! share a group with rarer ones, so that each group finds few names.

/// Distributes pairs over groups so that a name with `needed` of the pairs has at least one group completely. A group
/// is a text of its pairs, separated by spaces.
pub fn probes(mut pairs: Vec<String>, needed: usize, frequency: impl Fn(&str) -> f32) -> Vec<String> {
    if pairs.len() < needed {
        return Vec::new();
    }
    pairs.sort_by(|one, other| frequency(one).total_cmp(&frequency(other)));
    let rest = pairs.split_off(pairs.len() - needed + 1);
    let mut groups = pairs;
    // The groups with the rarest pairs are selective enough already, so the other groups get a second pair first.
    let (count, mut place) = (groups.len(), 0);
    for pair in rest {
        let group = &mut groups[count - 1 - place % count];
        group.push(' ');
        group.push_str(&pair);
        place += 1;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn frequent_pairs_share_a_group_with_rarer_ones() {
        let frequency = |pair: &str| match pair {
            "上海" => 0.1,
            "科技" => 0.05,
            _ => 0.0,
        };
        let groups = probes(words("上海 海海 海潮 潮科 科技"), 3, frequency);
        assert_eq!(groups, ["海海", "海潮 上海", "潮科 科技"]);
        assert_eq!(probes(words("海潮"), 1, frequency), ["海潮"]);
        assert_eq!(probes(Vec::new(), 1, frequency), Vec::<String>::new());
    }

    #[test]
    fn a_name_with_enough_pairs_has_a_complete_group() {
        let mut rng = Rng::with_seed(7);
        for _ in 0..2_000 {
            let mut pairs: Vec<String> = (0..rng.usize(1..30)).map(|number| format!("p{number}")).collect();
            let needed = rng.usize(1..=pairs.len());
            let frequencies: Vec<f32> = pairs.iter().map(|_| rng.f32()).collect();
            let groups = probes(pairs.clone(), needed, |pair| frequencies[pair[1..].parse::<usize>().unwrap()]);
            rng.shuffle(&mut pairs);
            let has = &pairs[..needed];
            let is_complete = |group: &String| words(group).iter().all(|pair| has.contains(pair));
            assert!(groups.iter().any(is_complete), "{groups:?} {has:?}");
            assert_eq!(groups.iter().map(|group| words(group).len()).sum::<usize>(), pairs.len());
        }
    }
}
