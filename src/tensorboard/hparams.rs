//! The settings of a run, for TensorBoard's HPARAMS tab: a row a run, a column a setting.

use anyhow::{Result, bail, ensure};
use prost::Message;

use super::event_file::seconds_since_1970;
use super::messages::{
    AnyKind, AnyValue, Experiment, FLOAT, HparamInfo, HparamsData, MetricInfo, MetricName, Part,
    SUCCESS, SessionEnd, SessionStart, Value,
};
use super::values::{empty, of_plugin};

/// The value of a setting: a number, a text such as the name of an optimiser, or a `bool`; each
/// converts with `.into()`. TensorBoard keeps numbers as f64.
pub type Setting = serde_json::Value;

/// The tag of a run's start with its settings.
pub(super) const START: &str = "_hparams_/session_start_info";

/// The start of a run with its settings, and, where metrics are named, which columns to show.
///
/// # Errors
/// A name is empty or given twice, or a setting is none, such as NaN: TensorBoard's tab would
/// fail on it.
pub(super) fn start(settings: &[(&str, Setting)], metrics: &[&str]) -> Result<Vec<Value>> {
    let mut start = SessionStart { start_time_secs: seconds_since_1970(), ..Default::default() };
    let mut columns = Experiment { time_created_secs: start.start_time_secs, ..Default::default() };
    for (index, (name, setting)) in settings.iter().enumerate() {
        ensure!(!name.is_empty(), "hparams: setting {index} has no name");
        let (kind, value) = kind_and_value(name, setting)?;
        let twice = start.hparams.insert((*name).to_owned(), AnyValue { kind: Some(value) });
        ensure!(twice.is_none(), "hparams: `{name}` is given twice");
        columns.hparam_infos.push(HparamInfo { name: (*name).to_owned(), kind });
    }
    let metric = |tag: &&str| MetricInfo { name: Some(MetricName { tag: (*tag).to_owned() }) };
    columns.metric_infos = metrics.iter().map(metric).collect();
    let mut values = Vec::new();
    if !metrics.is_empty() {
        values.push(value("_hparams_/experiment", Part::Experiment(columns)));
    }
    values.push(value(START, Part::Start(start)));
    Ok(values)
}

/// The `DataType` of the plugin's `api.proto`, and the value.
fn kind_and_value(name: &str, setting: &Setting) -> Result<(i32, AnyKind)> {
    Ok(match setting {
        Setting::String(text) => (1, AnyKind::Text(text.clone())),
        Setting::Bool(on) => (2, AnyKind::Switch(*on)),
        Setting::Number(number) => (3, AnyKind::Number(number.as_f64().unwrap_or_default())),
        // NaN and infinity become `null`, too.
        _ => bail!("hparams: `{name}` is {setting}, expected a finite number, a text or a bool"),
    })
}

/// The end of a run that went well.
pub(super) fn success() -> Value {
    let end = SessionEnd { status: SUCCESS, end_time_secs: seconds_since_1970() };
    value("_hparams_/session_end_info", Part::End(end))
}

/// The plugin reads its metadata only; the tensor is an empty one.
fn value(tag: &str, part: Part) -> Value {
    let data = HparamsData { part: Some(part) };
    of_plugin(tag, "hparams", data.encode_to_vec(), empty(FLOAT, &[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_the_tab_cannot_show_are_refused() {
        let refusal = |settings: &[(&str, Setting)]| start(settings, &[]).unwrap_err().to_string();
        let nan = refusal(&[("learning_rate", f64::NAN.into())]);
        let expected = "expected a finite number, a text or a bool";
        assert_eq!(nan, format!("hparams: `learning_rate` is null, {expected}"));
        let twice = refusal(&[("seed", 1.into()), ("seed", 2.into())]);
        assert_eq!(twice, "hparams: `seed` is given twice");
        assert_eq!(refusal(&[("", true.into())]), "hparams: setting 0 has no name");
    }
}
