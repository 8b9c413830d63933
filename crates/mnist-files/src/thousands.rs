//! Numbers with commas between thousands, for messages and figures.

/// `60000` as `60,000`.
pub fn thousands(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted_by_commas() {
        let texts = [0_u64, 999, 1000, 60_000, 47_040_016].map(thousands);
        assert_eq!(texts, ["0", "999", "1,000", "60,000", "47,040,016"]);
        assert_eq!(thousands(10_000_usize), "10,000");
    }
}
