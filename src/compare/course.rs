//! The table that the course compares.

use super::Configuration;
use crate::train::{Optimizer, Schedule, TrainConfig};

/// Epochs of each training where `cargo run --example compare` is told no others.
pub const COURSE_EPOCHS: usize = 6;

/// The course's table: its own settings first, then one thing changed at a time, and in the
/// end the settings made for speed, which bring their own number of epochs.
///
/// Where a change asks for another learning rate, it has one: without momentum 0.03, which
/// moves as far as 0.003 with momentum 0.9; for batches of other sizes one that grows with the
/// size; for the others the rate their inventors name.
pub fn course_table(epochs: usize) -> Vec<Configuration> {
    let usual = TrainConfig { epochs, ..TrainConfig::default() };
    let with = |name: &str, change: &dyn Fn(&mut TrainConfig)| {
        let mut settings = usual.clone();
        change(&mut settings);
        Configuration::new(name, settings)
    };
    let other = |name: &str, optimizer: Optimizer, learning_rate: f64| {
        with(name, &|settings| {
            (settings.optimizer, settings.learning_rate) = (optimizer, learning_rate);
        })
    };
    let rate = |name: &str, learning_rate: f64, schedule: Schedule| {
        with(name, &|settings| {
            (settings.learning_rate, settings.schedule) = (learning_rate, schedule);
        })
    };
    let batch = |size: usize| {
        let learning_rate = size as f64 / 10_000.0;
        with(&format!("batches of {size}, {learning_rate}"), &|settings| {
            (settings.batch_size, settings.learning_rate) = (size, learning_rate);
        })
    };
    let hidden = |hidden: i64| Configuration {
        hidden,
        ..Configuration::new(&format!("{hidden} hidden neurons"), usual.clone())
    };
    vec![
        with("the course: SGD, 0.003", &|_| ()),
        with("no momentum, 0.03", &|settings| {
            (settings.momentum, settings.learning_rate) = (0.0, 0.03);
        }),
        other("Nesterov, 0.003", Optimizer::Nesterov, 0.003),
        other("Adam, 0.001", Optimizer::Adam, 0.001),
        with("AdamW, 0.001, weight decay 0.01", &|settings| {
            settings.optimizer = Optimizer::AdamW;
            (settings.learning_rate, settings.weight_decay) = (0.001, 0.01);
        }),
        other("RMSprop, 0.001", Optimizer::RmsProp, 0.001),
        rate("SGD, 0.01", 0.01, Schedule::Constant),
        rate("SGD, 0.01, halved every 2 epochs", 0.01, Schedule::Step { every: 2, factor: 0.5 }),
        rate("SGD, 0.01, cosine", 0.01, Schedule::Cosine),
        rate("SGD, 0.03, one cycle", 0.03, Schedule::OneCycle),
        batch(10),
        batch(100),
        batch(300),
        hidden(100),
        hidden(1000),
        with("weight decay 0.0001", &|settings| settings.weight_decay = 0.0001),
        with("dropout 0.2", &|settings| settings.dropout = 0.2),
        Configuration::new("fast: 5 epochs, batches of 50", TrainConfig::fast()),
    ]
}
