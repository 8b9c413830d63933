//! A random number generator whose numbers are the same on every machine, and disturb nobody else's.

/// SplitMix64: one 64-bit state, three shifts and two multiplications a number, whole-number arithmetic only
/// (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator for a seed; seeds that differ by one give unrelated numbers.
    pub fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number from 0 up to, not including, `limit` (which is at least 1).
    pub fn below(&mut self, limit: u64) -> u64 {
        // The high half of a 128-bit product; its bias is under limit / 2^64.
        ((u128::from(self.bits()) * u128::from(limit)) >> 64) as u64
    }

    /// The numbers 0 to `count` - 1 in random order (Fisher and Yates's shuffle).
    pub fn permutation(&mut self, count: usize) -> Vec<i64> {
        let mut order: Vec<i64> = (0..count as i64).collect();
        for place in (1..count).rev() {
            order.swap(place, self.below(place as u64 + 1) as usize);
        }
        order
    }

    /// `count` different numbers below `limit` (at least `count`), in random order: the front
    /// of a Fisher and Yates shuffle.
    pub fn some_of(&mut self, limit: usize, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..limit).collect();
        for place in 0..count.min(limit) {
            order.swap(place, place + self.below((limit - place) as u64) as usize);
        }
        order.truncate(count);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_algorithm() {
        // The first outputs for seed 1234567, as in Rosetta Code's task "Pseudo-random numbers/Splitmix64".
        let mut random = Random::new(1_234_567);
        let expected =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([random.bits(), random.bits(), random.bits()], expected);
    }

    #[test]
    fn numbers_below_a_limit_are_spread_evenly() {
        let mut random = Random::new(1);
        let mut counts = [0; 10];
        for _ in 0..100_000 {
            counts[random.below(10) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}
