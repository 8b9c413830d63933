//! One training's log.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use tch::Tensor;

use super::event_file::{EventFile, claim};
use super::hparams::{self, Setting};
use super::messages::{Summary, Value, What};
use super::values;
use crate::data::files::DIGITS;
use crate::plot::Figure;

/// A folder with an event file that TensorBoard shows as one run.
///
/// [Finishing](Run::finish) it notes in the HPARAMS tab that it ended well; a run that was
/// killed is readable up to its last call.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    events: EventFile,
    /// What each tag holds, such as `scalars`: TensorBoard would show only the first kind it got.
    kinds: HashMap<String, &'static str>,
}

impl Run {
    /// Starts a run in `folder`, which is made; one that holds a run already is left as it is
    /// and `folder-2`, `folder-3` … is taken. Runs started at the same moment, also by several
    /// processes, never share one.
    ///
    /// # Errors
    /// The folder cannot be made or written to, its disk is full, or it is a file.
    pub fn create(folder: impl AsRef<Path>) -> Result<Self> {
        let (folder, events) = claim(folder.as_ref())?;
        Ok(Self { folder, events, kinds: HashMap::new() })
    }

    /// The folder this run is in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Logs a number under a tag, such as `loss/batch`; those of one tag make a curve.
    ///
    /// TensorBoard keeps it as f32. Any step is taken, also one that was there before, and any
    /// number, NaN and infinity too.
    ///
    /// # Errors
    /// As [`Run::scalars`].
    pub fn scalar(&mut self, tag: &str, step: usize, value: f64) -> Result<()> {
        self.scalars(step, &[(tag, value)])
    }

    /// Logs several numbers of one step in one record.
    ///
    /// # Errors
    /// A tag is empty or holds something else; or the run cannot be written to: then it stays
    /// readable, without this record.
    pub fn scalars(&mut self, step: usize, values: &[(&str, f64)]) -> Result<()> {
        let values = values.iter().map(|(tag, value)| values::scalar(tag, *value));
        self.write(step, "scalars", values.collect())
    }

    /// Logs a figure under a tag.
    ///
    /// # Errors
    /// As [`Run::scalars`].
    pub fn image(&mut self, tag: &str, step: usize, figure: &Figure) -> Result<()> {
        self.write(step, "images", vec![values::image(tag, figure)?])
    }

    /// Logs how the numbers of a tensor of any shape are spread, in 30 buckets; NaN and
    /// infinity are left out.
    ///
    /// # Errors
    /// As [`Run::scalars`], or the tensor cannot be read.
    pub fn histogram(&mut self, tag: &str, step: usize, tensor: &Tensor) -> Result<()> {
        self.write(step, "histograms", vec![values::histogram(tag, tensor)?])
    }

    /// Logs a text, which TensorBoard shows as Markdown.
    ///
    /// # Errors
    /// As [`Run::scalars`].
    pub fn text(&mut self, tag: &str, step: usize, markdown: &str) -> Result<()> {
        self.write(step, "text", vec![values::text(tag, markdown)])
    }

    /// Logs precision against recall of a yes-or-no question, at 201 thresholds: what is true
    /// of each example, and how probable the network holds it, 0 to 1.
    ///
    /// # Errors
    /// As [`Run::scalars`]; or not as many labels as probabilities; or one is not from 0 to 1.
    pub fn pr_curve(
        &mut self,
        tag: &str,
        step: usize,
        labels: &[bool],
        probabilities: &[f32],
    ) -> Result<()> {
        self.write(step, "PR curves", vec![values::pr_curve(tag, labels, probabilities)?])
    }

    /// Logs a PR curve for each digit against all others, under `digit/0` … `digit/9`: the
    /// images' digits, and the ten probabilities of each image.
    ///
    /// # Errors
    /// As [`Run::pr_curve`], or a label is no digit.
    pub fn pr_curves_per_digit(
        &mut self,
        step: usize,
        labels: &[u8],
        probabilities: &[[f32; DIGITS]],
    ) -> Result<()> {
        if let Some(index) = labels.iter().position(|label| usize::from(*label) >= DIGITS) {
            bail!("PR curves: label {index} is {}, expected a digit from 0 to 9", labels[index]);
        }
        let curves = (0..DIGITS).map(|digit| {
            let is_digit: Vec<bool> =
                labels.iter().map(|label| usize::from(*label) == digit).collect();
            let probabilities: Vec<f32> = probabilities.iter().map(|ten| ten[digit]).collect();
            values::pr_curve(&format!("digit/{digit}"), &is_digit, &probabilities)
        });
        self.write(step, "PR curves", curves.collect::<Result<_>>()?)
    }

    /// Notes the run's settings for the HPARAMS tab, which compares the runs of a folder.
    ///
    /// `metrics` are the tags of scalars to show beside them. TensorBoard takes the columns of
    /// one run for all of a folder, so give every run the same names; with no metrics it shows
    /// every setting and every scalar it finds.
    ///
    /// # Errors
    /// As [`Run::scalars`]; a setting has no name, is given twice or is not finite; or the run
    /// has settings already.
    pub fn hparams(&mut self, settings: &[(&str, Setting)], metrics: &[&str]) -> Result<()> {
        ensure!(
            !self.kinds.contains_key(hparams::START),
            "hparams: {} has its settings already; give all in one call, or start another run",
            self.folder.display()
        );
        self.write(0, "settings", hparams::start(settings, metrics)?)
    }

    /// Notes that the run has ended well; without this, its status is unknown.
    ///
    /// # Errors
    /// The run cannot be written to.
    pub fn finish(mut self) -> Result<()> {
        if !self.kinds.contains_key(hparams::START) {
            return Ok(());
        }
        self.write(0, "settings", vec![hparams::success()])
    }

    /// Writes values of one step as one record.
    fn write(&mut self, step: usize, kind: &'static str, values: Vec<Value>) -> Result<()> {
        let shown = self.folder.display();
        for value in &values {
            let tag = &value.tag;
            ensure!(!tag.is_empty(), "{shown}: a tag is empty; name what is logged, as in `loss`");
            let held = self.kinds.get(tag).copied().unwrap_or(kind);
            ensure!(
                held == kind,
                "{shown}: `{tag}` holds {held} already; log {kind} under another tag"
            );
        }
        let number = i64::try_from(step).with_context(|| format!("step {step} is too large"))?;
        let tags: Vec<String> = values.iter().map(|value| value.tag.clone()).collect();
        self.events.append(number, What::Summary(Summary { value: values })).with_context(
            || {
                format!(
                    "{shown}: cannot write to this run; check that its folder is still there and \
                 its disk has space left. What was logged before stays readable"
                )
            },
        )?;
        self.kinds.extend(tags.into_iter().map(|tag| (tag, kind)));
        Ok(())
    }
}
