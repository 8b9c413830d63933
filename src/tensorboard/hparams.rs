//! The settings of a run, for TensorBoard's HPARAMS tab: a row a run, a column a setting.

use std::fmt;

use anyhow::{Result, ensure};
use prost::Message;

use super::event_file::seconds_since_1970;
use super::messages::{
    AnyKind, AnyValue, Experiment, HparamInfo, HparamsData, MetricInfo, MetricName, Part,
    SessionEnd, SessionStart, Value,
};
use super::values::{empty_tensor, of_plugin};

/// The value of a setting; numbers, words and `bool` convert with `.into()`.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// A number; TensorBoard keeps all as f64.
    Number(f64),
    /// A word, such as the name of an optimiser.
    Text(String),
    /// On or off.
    Switch(bool),
}

impl Setting {
    /// `DataType` of the plugin's `api.proto`.
    fn kind(&self) -> i32 {
        match self {
            Setting::Text(_) => 1,
            Setting::Switch(_) => 2,
            Setting::Number(_) => 3,
        }
    }

    fn value(&self) -> AnyValue {
        let kind = match self {
            Setting::Number(number) => AnyKind::Number(*number),
            Setting::Text(text) => AnyKind::Text(text.clone()),
            Setting::Switch(on) => AnyKind::Switch(*on),
        };
        AnyValue { kind: Some(kind) }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Number(number) => write!(f, "{number}"),
            Setting::Text(text) => f.write_str(text),
            Setting::Switch(on) => write!(f, "{on}"),
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Status {
    /// Nobody said how it ended.
    Unknown = 0,
    Success = 1,
    Failure = 2,
}

/// The start of a run with its settings, and, where metrics are named, which columns to show.
///
/// # Errors
/// A name is empty or given twice, or a number is not finite: TensorBoard's tab would fail on it.
pub(super) fn start(settings: &[(&str, Setting)], metrics: &[&str]) -> Result<Vec<Value>> {
    for (index, (name, setting)) in settings.iter().enumerate() {
        ensure!(!name.is_empty(), "hparams: setting {index} has no name");
        let twice = settings[..index].iter().any(|(other, _)| other == name);
        ensure!(!twice, "hparams: `{name}` is given twice");
        if let Setting::Number(number) = setting {
            ensure!(number.is_finite(), "hparams: `{name}` is {number}, expected a finite number");
        }
    }
    let time = seconds_since_1970();
    let hparams =
        settings.iter().map(|(name, setting)| ((*name).to_owned(), setting.value())).collect();
    let begun = Part::Start(SessionStart { hparams, start_time_secs: time });
    let mut values = Vec::new();
    if !metrics.is_empty() {
        values.push(value(
            "_hparams_/experiment",
            Part::Experiment(columns(settings, metrics, time)),
        ));
    }
    values.push(value("_hparams_/session_start_info", begun));
    Ok(values)
}

/// The end of a run.
pub(super) fn end(status: Status) -> Value {
    let end = SessionEnd { status: status as i32, end_time_secs: seconds_since_1970() };
    value("_hparams_/session_end_info", Part::End(end))
}

fn columns(settings: &[(&str, Setting)], metrics: &[&str], time: f64) -> Experiment {
    let hparam_infos = settings
        .iter()
        .map(|(name, setting)| HparamInfo { name: (*name).to_owned(), kind: setting.kind() });
    let metric_infos =
        metrics.iter().map(|tag| MetricInfo { name: Some(MetricName { tag: (*tag).to_owned() }) });
    Experiment {
        time_created_secs: time,
        hparam_infos: hparam_infos.collect(),
        metric_infos: metric_infos.collect(),
    }
}

/// The plugin reads its metadata only; the tensor is an empty one.
fn value(tag: &str, part: Part) -> Value {
    let data = HparamsData { part: Some(part) };
    of_plugin(tag, "hparams", data.encode_to_vec(), empty_tensor())
}

impl From<bool> for Setting {
    fn from(on: bool) -> Self {
        Setting::Switch(on)
    }
}

impl From<&str> for Setting {
    fn from(text: &str) -> Self {
        Setting::Text(text.to_owned())
    }
}

impl From<String> for Setting {
    fn from(text: String) -> Self {
        Setting::Text(text)
    }
}

impl From<f64> for Setting {
    fn from(number: f64) -> Self {
        Setting::Number(number)
    }
}

impl From<i32> for Setting {
    fn from(number: i32) -> Self {
        Setting::Number(number.into())
    }
}

impl From<i64> for Setting {
    fn from(number: i64) -> Self {
        Setting::Number(number as f64)
    }
}

impl From<u64> for Setting {
    fn from(number: u64) -> Self {
        Setting::Number(number as f64)
    }
}

impl From<usize> for Setting {
    fn from(number: usize) -> Self {
        Setting::Number(number as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_the_tab_cannot_show_are_refused() {
        let refusal = |settings: &[(&str, Setting)]| start(settings, &[]).unwrap_err().to_string();
        let nan = refusal(&[("learning_rate", f64::NAN.into())]);
        assert_eq!(nan, "hparams: `learning_rate` is NaN, expected a finite number");
        let twice = refusal(&[("seed", 1.into()), ("seed", 2.into())]);
        assert_eq!(twice, "hparams: `seed` is given twice");
        assert_eq!(refusal(&[("", true.into())]), "hparams: setting 0 has no name");
    }
}
