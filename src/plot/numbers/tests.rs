use super::*;

fn labels(scale: &Scale) -> Vec<String> {
    scale.ticks.iter().map(|tick| scale.label(*tick)).collect()
}

#[test]
fn ticks_are_round_and_inside() {
    assert_eq!(labels(&Scale::new(0.0, 0.5101, 5)), ["0.0", "0.2", "0.4"]);
    assert_eq!(labels(&Scale::new(91.7, 98.3, 6)), ["92", "94", "96", "98"]);
}

#[test]
fn epochs_are_whole_numbers_from_one() {
    assert_eq!(Scale::whole(1, 1, 10).ticks, [1.0]);
    assert_eq!(Scale::whole(1, 4, 10).ticks, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(Scale::whole(1, 30, 10).ticks, [1.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]);
    assert_eq!(Scale::whole(19, 24, 10).ticks, [19.0, 20.0, 21.0, 22.0, 23.0, 24.0]);
}

#[test]
fn labels_say_the_tick_and_no_more() {
    let thousands = labels(&Scale::whole(1, 20_000, 4));
    assert_eq!(thousands, ["1", "5,000", "10,000", "15,000", "20,000"]);
    let tenths = labels(&Scale::new(-0.3, 0.3, 6));
    assert_eq!(tenths, ["-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2", "0.3"]);
    assert_eq!(labels(&Scale::new(0.0, 2e7, 2)), ["0", "1e7", "2e7"]);
}

#[test]
fn a_logarithmic_range_has_equal_room_for_equal_factors() {
    let scale = Scale::logarithmic(0.5, 5000.0);
    assert_eq!(
        [0.5, 5.0, 50.0, 500.0, 5000.0].map(|v| scale.map(&v, (0, 400))),
        [0, 100, 200, 300, 400]
    );
    assert_eq!(labels(&Scale::logarithmic(0.3, 30.0)), ["0.5", "1", "2", "5", "10", "20"]);
    let wide = labels(&Scale::logarithmic(90.0, 2000.0));
    assert_eq!(wide, ["100", "200", "500", "1,000", "2,000"]);
    assert!(Scale::logarithmic(1e-200, 1e200).ticks.len() < 20);
}

#[test]
fn nothing_is_rounded_to_certainty() {
    let texts = [0.0, 1e-9, 0.0005, 0.4567, 0.9994, 0.99951, 1.0].map(sure);
    assert_eq!(texts, ["0.0 %", "<0.1 %", "0.1 %", "45.7 %", "99.9 %", ">99.9 %", "100.0 %"]);
}

#[test]
fn a_step_of_nothing_is_still_a_step() {
    assert_eq!(round_step(0.0), 1.0);
    assert_eq!(round_step(f64::INFINITY), 1.0);
    assert_eq!(round_step(0.03), 0.05);
}
