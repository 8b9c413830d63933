//! A random number generator whose numbers are the same on every machine, and disturb nobody else's.

/// SplitMix64: one 64-bit state, three shifts and two multiplications a number, whole-number arithmetic only
/// (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// A generator for a seed; seeds that differ by one give unrelated numbers.
    pub fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    /// 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number from 0 up to, not including, `limit` (which is at least 1).
    pub fn below(&mut self, limit: u64) -> u64 {
        // The high half of a 128-bit product; its bias is under limit / 2^64.
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    #[cfg(feature = "torch")]
    /// The numbers 0 to `count` - 1 in random order (Fisher and Yates's shuffle).
    pub fn permutation(&mut self, count: usize) -> Vec<i64> {
        let mut order: Vec<i64> = (0..count as i64).collect();
        for place in (1..count).rev() {
            order.swap(place, self.below(place as u64 + 1) as usize);
        }
        order
    }
}
