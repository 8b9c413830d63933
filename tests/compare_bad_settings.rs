//! What cannot be compared is one clear error before anything is trained; what can be, survives
//! its way through JSON.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use std::path::PathBuf;

use mnist_tutorial::compare::{
    CompareOptions, Comparison, Configuration, Outcome, compare_with, course_table,
};
use mnist_tutorial::train::{EpochReport, GradientMethod, Optimizer, Schedule, TrainConfig};
use proptest::prelude::*;
use train_support::{alone, data, message};

fn small(name: &str) -> Configuration {
    Configuration {
        hidden: 4,
        held_out: 10,
        ..Configuration::new(name, TrainConfig { epochs: 1, ..TrainConfig::default() })
    }
}

/// The error of a table; nothing may be trained before it.
fn refusal(table: &[Configuration], change: impl Fn(&mut CompareOptions)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut options = CompareOptions {
        seeds: 1,
        workers: Some(2),
        folder: folder.path().join("outcomes"),
        ..CompareOptions::default()
    };
    change(&mut options);
    let error = message(compare_with(table, &data(50, 10), &options, &mut |line| {
        panic!("this was trained: {line}")
    }));
    assert!(!folder.path().join("outcomes").exists());
    error
}

#[test]
fn a_table_that_cannot_be_compared_is_refused_before_any_training() {
    let _alone = alone();
    let with = |change: &dyn Fn(&mut Configuration)| {
        let mut changed = small("second");
        change(&mut changed);
        refusal(&[small("first"), changed], |_| ())
    };
    assert_eq!(refusal(&[], |_| ()), "compare: the table has no configuration");
    assert_eq!(
        with(&|c| c.name = "first".into()),
        "compare: two configurations are called `first`; give each a name of its own"
    );
    assert!(with(&|c| c.name = " ".into()).contains("has no name"));
    assert_eq!(
        with(&|c| c.held_out = 50),
        "configuration `second`: 50 training images were to be held out; expected a number \
         from 1 to 49"
    );
    assert!(with(&|c| c.held_out = 0).starts_with("configuration `second`: 0 training images"));
    assert_eq!(
        with(&|c| c.images = Some(41)),
        "configuration `second`: the first 41 images were asked for; expected a number from 1 \
         to 40"
    );
    assert!(with(&|c| c.images = Some(0)).contains("`second`: images is 0"));
    assert!(with(&|c| c.hidden = 0).contains("`second`: hidden is 0"));
    let error = with(&|c| c.settings.epochs = 0);
    assert_eq!(error, "configuration `second`: TrainConfig: epochs is 0, expected 1 or more");
    assert!(with(&|c| c.settings.threads = Some(2)).contains("asks for 2 threads"));
    let checkpoint = Some(PathBuf::from("network.safetensors"));
    assert!(with(&|c| c.settings.checkpoint.clone_from(&checkpoint)).contains("leave it out"));
}

#[test]
fn no_seeds_and_no_workers_are_refused() {
    let _alone = alone();
    let table = [small("one")];
    let error = refusal(&table, |options| options.seeds = 0);
    assert_eq!(error, "CompareOptions: seeds is 0, expected 1 or more");
    let error = refusal(&table, |options| options.workers = Some(0));
    assert!(error.starts_with("CompareOptions: workers is 0, expected 1 or more"), "{error}");
}

#[test]
fn json_that_is_no_configuration_says_what_is_wrong() {
    let read = |json: &str| message(Configuration::from_json(json));
    for (json, words) in [
        ("", "not a configuration: EOF"),
        ("[1]", "not a configuration: "),
        ("{}", "a configuration has no name"),
        (r#"{"name":"a","hiden":3}"#, "unknown field `hiden`, expected one of"),
        (r#"{"name":"a","settings":{"rate":3}}"#, "unknown field `rate`"),
        (r#"{"name":"a","settings":{"optimizer":"adagrad"}}"#, "unknown variant `adagrad`"),
        (r#"{"name":"a","settings":{"optimizer":"adagrad"}}"#, "`rmsprop`"),
        (r#"{"name":"a","settings":{"learning_rate":-1}}"#, "`a`: TrainConfig: learning_rate"),
        (r#"{"name":"a","held_out":-1}"#, "not a configuration: invalid value"),
        ("{\"name\":\"a\"}\n{\"name\":\"b\"}", "trailing characters at line 2"),
    ] {
        let error = read(json);
        assert!(error.contains(words), "{json}: {error}");
    }
    let nan = Configuration::new("a", TrainConfig { momentum: f64::NAN, ..Default::default() });
    assert!(message(nan.to_json()).contains("momentum is NaN"));
}

#[test]
fn a_name_alone_is_a_configuration_of_the_course() {
    let read = Configuration::from_json(r#"{"name":"a"}"#).unwrap();
    assert_eq!(read, Configuration::new("a", TrainConfig::default()));
    for configuration in course_table(3) {
        configuration.check().unwrap();
        let json = configuration.to_json().unwrap();
        assert_eq!(Configuration::from_json(&json).unwrap(), configuration);
    }
}

fn outcome(name: &str, seed: u64, accuracy: f64) -> Outcome {
    let mut configuration = small(name);
    configuration.settings.seed = seed;
    let epochs = vec![EpochReport { epoch: 1, loss: 0.5, accuracy: Some(accuracy), seconds: 1.0 }];
    Outcome { configuration, images: "some".into(), epochs, failure: None }
}

#[test]
fn outcomes_that_do_not_belong_together_are_not_averaged() {
    let good = outcome("a", 0, 0.9);
    let refusal = |other: Outcome| message(Comparison::new(&[good.clone(), other], ["a"]));
    assert_eq!(
        refusal(outcome("a", 0, 0.8)),
        "compare: there are two outcomes of `a` with seed 0; leave one out"
    );
    let mut longer = outcome("a", 1, 0.8);
    longer.configuration.settings.epochs = 2;
    assert!(refusal(longer).contains("different settings or images"));
    let other_images = Outcome { images: "others".into(), ..outcome("a", 1, 0.8) };
    assert!(refusal(other_images).contains("different settings or images"));
    let missing = message(Comparison::new(std::slice::from_ref(&good), ["a", "b"]));
    assert_eq!(missing, "compare: there is no outcome of `b`");
    let alone = Comparison::new(&[good], ["a"]).unwrap();
    let (accuracy, _) = alone.rows[0].accuracy_and_seconds.unwrap();
    assert_eq!((accuracy.mean, accuracy.spread), (0.9, None));
}

#[test]
fn an_outcome_with_a_number_that_is_not_finite_is_not_written() {
    for number in [f64::NAN, f64::INFINITY] {
        let error = message(outcome("a", 0, number).to_json());
        assert_eq!(error, "outcome of `a`: epoch 1 has a number that is not finite");
    }
}

fn optimizers() -> impl Strategy<Value = Optimizer> {
    prop::sample::select(Optimizer::ALL.to_vec())
}

fn schedules() -> impl Strategy<Value = Schedule> {
    prop_oneof![
        Just(Schedule::Constant),
        (1_usize..9, 1e-9_f64..=1.0).prop_map(|(every, factor)| Schedule::Step { every, factor }),
        Just(Schedule::Cosine),
        Just(Schedule::OneCycle),
    ]
}

fn settings() -> impl Strategy<Value = TrainConfig> {
    let numbers = (1e-12_f64..1e3, 1e-9_f64..0.999, 0.0_f64..9.0, 0.0_f64..0.999);
    let counts = (1_usize..99, 1_usize..999, any::<u64>(), prop::option::of(1_usize..9));
    (optimizers(), schedules(), numbers, counts, any::<bool>()).prop_map(
        |(optimizer, schedule, numbers, counts, test_every_epoch)| TrainConfig {
            epochs: counts.0,
            batch_size: counts.1,
            optimizer,
            learning_rate: numbers.0,
            schedule,
            momentum: numbers.1,
            weight_decay: numbers.2,
            dropout: numbers.3,
            seed: counts.2,
            gradients: GradientMethod::Auto,
            threads: counts.3,
            test_every_epoch,
            checkpoint: None,
        },
    )
}

fn configurations() -> impl Strategy<Value = Configuration> {
    let name = prop::collection::vec(any::<char>(), 0..20)
        .prop_map(|letters| format!("n{}", String::from_iter(letters)));
    let counts = (1..2000_i64, any::<usize>(), prop::option::of(1_usize..60_000));
    (name, counts, settings()).prop_map(|(name, (hidden, held_out, images), settings)| {
        Configuration { name, hidden, held_out, images, settings }
    })
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let report =
        (1_usize..99, 0.0_f64..9.0, prop::option::of(0.0_f64..=1.0), 0.0_f64..1e6).prop_map(
            |(epoch, loss, accuracy, seconds)| EpochReport { epoch, loss, accuracy, seconds },
        );
    let failure = prop::option::of(any::<char>().prop_map(|letter| format!("\n\"{letter}\\")));
    (configurations(), prop::collection::vec(report, 0..5), failure).prop_map(
        |(configuration, epochs, failure)| Outcome {
            configuration,
            images: "60000 images".into(),
            epochs,
            failure,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_configuration_comes_back_from_json_bit_for_bit(configuration in configurations()) {
        let json = configuration.to_json().unwrap();
        prop_assert!(!json.contains('\n'), "one line");
        prop_assert_eq!(Configuration::from_json(&json).unwrap(), configuration);
    }

    #[test]
    fn an_outcome_comes_back_from_json_bit_for_bit(outcome in outcomes()) {
        let json = outcome.to_json().unwrap();
        prop_assert!(!json.contains('\n'), "one line");
        prop_assert_eq!(Outcome::from_json(&json).unwrap(), outcome);
    }
}
