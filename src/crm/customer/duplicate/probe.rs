//! How similar names are found by an index of pairs of letters that can only tell which names have *all* of some pairs.
//!
//! A similar name lacks but so many pairs of the one at hand. Deal its pairs into one group more than that: then of some
//! group it lacks none. So whoever has no group whole need not be looked at, and nobody similar is missed. Which pair goes
//! where is free: common ones (有限, 上海) share a group with rarer ones.

/// Groups of pairs, each a text of its pairs with a space between: a name that has `needed` of the pairs has a group whole.
pub fn probes(mut pairs: Vec<String>, needed: usize, frequency: impl Fn(&str) -> f32) -> Vec<String> {
    if pairs.len() < needed {
        return Vec::new();
    }
    pairs.sort_by(|one, other| frequency(one).total_cmp(&frequency(other)));
    let rest = pairs.split_off(pairs.len() - needed + 1);
    let mut groups = pairs;
    // The rarest pairs do best alone: the others are helped first.
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
    fn common_pairs_are_asked_for_together_with_rarer_ones() {
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
    fn whoever_has_enough_pairs_has_a_group_whole() {
        let mut rng = Rng::with_seed(7);
        for _ in 0..2_000 {
            let mut pairs: Vec<String> = (0..rng.usize(1..30)).map(|number| format!("p{number}")).collect();
            let needed = rng.usize(1..=pairs.len());
            let frequencies: Vec<f32> = pairs.iter().map(|_| rng.f32()).collect();
            let groups = probes(pairs.clone(), needed, |pair| frequencies[pair[1..].parse::<usize>().unwrap()]);
            rng.shuffle(&mut pairs);
            let has = &pairs[..needed];
            let has_whole = |group: &String| words(group).iter().all(|pair| has.contains(pair));
            assert!(groups.iter().any(has_whole), "{groups:?} {has:?}");
            assert_eq!(groups.iter().map(|group| words(group).len()).sum::<usize>(), pairs.len());
        }
    }
}
