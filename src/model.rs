//! The network: its sizes, its layers and PyTorch's way of filling them with numbers.
//!
//! The network's shape, inputs-hidden-outputs, is made here. A second hidden layer goes into
//! [`Sizes`] and [`Network`]; autograd, saving and logging follow from these. Four places besides
//! are made for one hidden layer: `sizes` in `sparse.rs`, which must then say `None`, so that
//! autograd trains and libtorch tests; `step` in `train/run.rs`, for dropout; `hidden` in
//! [`compare::Configuration`](crate::compare::Configuration); and the diagram in `plot/network.rs`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::{fmt, fs};

use anyhow::{Context, Result, bail, ensure};
use tch::nn::{self, Module};
use tch::{Device, Kind, Tensor};

use crate::data::files;

/// Pixels of an image, 28 x 28: the network's inputs.
pub const PIXELS: i64 = files::PIXELS as i64;
/// Neurons of the hidden layer, the number the course's network was published with.
pub const HIDDEN: i64 = 490;
/// Digits 0 to 9: the network's outputs.
pub const DIGITS: i64 = files::DIGITS as i64;

/// How many numbers each layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Numbers that go in: the pixels of one image.
    pub inputs: i64,
    /// Neurons between input and output.
    pub hidden: i64,
    /// Numbers that come out: one log-probability a class.
    pub outputs: i64,
}

impl Default for Sizes {
    /// 784-490-10.
    fn default() -> Self {
        Self { inputs: PIXELS, hidden: HIDDEN, outputs: DIGITS }
    }
}

impl Sizes {
    /// Checks that `copies` of such a network's numbers, 4 bytes each, fit into what memory is
    /// free: Linux grants more than there is, and ends the process when it is used. Where the
    /// system does not tell, they do.
    ///
    /// # Errors
    /// Names `what` needs the memory, how much it is and how much there is.
    pub(crate) fn check_memory(self, what: &str, copies: u128) -> Result<()> {
        let [inputs, hidden, outputs] =
            [self.inputs, self.hidden, self.outputs].map(|size| size.unsigned_abs().into());
        let weights = u128::saturating_mul(hidden, inputs + outputs);
        let bytes = weights.saturating_add(hidden + outputs).saturating_mul(4 * copies);
        let gib = |bytes: u128| bytes as f64 / f64::from(1 << 30);
        if let Some(free) = free_memory().filter(|free| bytes > *free) {
            bail!(
                "{what} of {self} needs {:.1} GiB of memory, and {:.1} GiB are free; take smaller \
                 sizes",
                gib(bytes),
                gib(free)
            );
        }
        Ok(())
    }
}

/// Memory that programs can still have, in bytes: of the machine, or of the container where
/// that is less.
fn free_memory() -> Option<u128> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let number = |path: &str| read(path)?.trim().parse::<u128>().ok();
    // A line such as `MemAvailable:  123456 kB`.
    let text = read("/proc/meminfo")?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let machine = 1024 * line.trim().strip_suffix("kB")?.trim().parse::<u128>().ok()?;
    let used = || number("/sys/fs/cgroup/memory.current").unwrap_or(0);
    let container = number("/sys/fs/cgroup/memory.max").map(|most| most.saturating_sub(used()));
    Some(container.map_or(machine, |container| container.min(machine)))
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.inputs, self.hidden, self.outputs)
    }
}

/// Two linear layers with a LeakyReLU between them and a log-softmax behind.
#[derive(Debug)]
pub struct Network {
    sizes: Sizes,
    variables: nn::VarStore,
    hidden: nn::Linear,
    output: nn::Linear,
    notes: BTreeMap<String, String>,
}

/// libtorch has one random generator for the whole process: whoever seeds it must
/// finish drawing before the next one seeds it again.
static SEEDED: Mutex<()> = Mutex::new(());

impl Network {
    /// A 784-490-10 network, its weights drawn from `seed`.
    ///
    /// # Errors
    /// If libtorch cannot make the tensors.
    pub fn new(seed: u64) -> Result<Self> {
        Self::with_sizes(Sizes::default(), seed)
    }

    /// A network of other sizes, its weights drawn from `seed`.
    ///
    /// Seeds libtorch's global generator, then draws the hidden layer and the output
    /// layer in this order, each its biases and then its weights, as `tch::nn::linear` does.
    ///
    /// # Errors
    /// If a size is below 1, naming it, or if there is no memory for the weights, naming how
    /// much they need.
    pub fn with_sizes(sizes: Sizes, seed: u64) -> Result<Self> {
        for (name, size) in
            [("inputs", sizes.inputs), ("hidden", sizes.hidden), ("outputs", sizes.outputs)]
        {
            ensure!(size >= 1, "Sizes: {name} is {size}, expected 1 or more");
        }
        sizes.check_memory("a network", 1)?;
        let _drawing = SEEDED.lock().unwrap_or_else(PoisonError::into_inner);
        tch::manual_seed(seed.cast_signed());
        let variables = nn::VarStore::new(Device::Cpu);
        // The names are those of `layers`.
        let hidden = linear(&(variables.root() / "0"), sizes.inputs, sizes.hidden)?;
        let output = linear(&(variables.root() / "2"), sizes.hidden, sizes.outputs)?;
        Ok(Self { sizes, variables, hidden, output, notes: BTreeMap::new() })
    }

    /// Log-probability of each class: `[batch, inputs]` -> `[batch, outputs]`.
    ///
    /// # Errors
    /// If `images` is not a float tensor of shape `[batch, inputs]`, naming both shapes.
    pub fn forward(&self, images: &Tensor) -> Result<Tensor> {
        // [batch, 784] -> [batch, 490] -> [batch, 10]
        self.output(&self.hidden(images)?)
    }

    /// What the hidden layer passes on, after its LeakyReLU: `[batch, inputs]` ->
    /// `[batch, hidden]`.
    ///
    /// # Errors
    /// As [`Network::forward`].
    pub fn hidden(&self, images: &Tensor) -> Result<Tensor> {
        let (shape, inputs) = (images.size(), self.sizes.inputs);
        ensure!(
            shape.len() == 2 && shape[1] == inputs,
            "Network::forward: images of shape {shape:?}, expected [batch, {inputs}]: \
             the hidden layer takes {inputs} numbers an image{}",
            match images.numel() as i64 % inputs {
                0 => format!("; `.view([-1, {inputs}])` puts each image into a row"),
                _ => String::new(),
            },
        );
        ensure!(
            images.kind() == Kind::Float,
            "Network::forward: images of kind {:?}, expected Float: convert with \
             `.to_kind(Kind::Float)`{}",
            images.kind(),
            match images.kind() {
                Kind::Uint8 | Kind::Int64 => ", and divide pixels from 0 to 255 by 255.0",
                _ => "",
            },
        );
        Ok(self.hidden.forward(images).leaky_relu())
    }

    /// Log-probability of each class from the hidden layer's activations:
    /// `[batch, hidden]` -> `[batch, outputs]`.
    ///
    /// # Errors
    /// If `hidden` is not of shape `[batch, hidden]`, naming both shapes.
    pub fn output(&self, hidden: &Tensor) -> Result<Tensor> {
        let shape = hidden.size();
        ensure!(
            shape.len() == 2 && shape[1] == self.sizes.hidden && hidden.kind() == Kind::Float,
            "Network::output: activations of shape {shape:?} and kind {:?}, expected [batch, {}] \
             and Float: the output layer takes one number from each hidden neuron",
            hidden.kind(),
            self.sizes.hidden,
        );
        Ok(self.output.forward(hidden).log_softmax(-1, Kind::Float))
    }

    /// The class each image most likely shows: `[batch, inputs]` -> `[batch]`, int64.
    ///
    /// # Errors
    /// As [`Network::forward`].
    pub fn predict(&self, images: &Tensor) -> Result<Tensor> {
        Ok(tch::no_grad(|| self.forward(images))?.argmax(-1, false))
    }

    /// How many numbers each layer holds.
    pub fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// How many numbers training can change: weights and biases together.
    pub fn parameters(&self) -> usize {
        self.named_tensors().iter().map(|(_, tensor)| tensor.numel()).sum()
    }

    /// Weights and biases under PyTorch's names, in the order of the layers:
    /// `0.weight` `[hidden, inputs]`, `0.bias` `[hidden]`, `2.weight` `[outputs, hidden]`,
    /// `2.bias` `[outputs]`. The tensors share the network's memory.
    pub fn named_tensors(&self) -> Vec<(String, Tensor)> {
        let mut named = Vec::new();
        for (name, layer) in self.layers() {
            named.push((format!("{name}.weight"), layer.ws.shallow_clone()));
            if let Some(bias) = &layer.bs {
                named.push((format!("{name}.bias"), bias.shallow_clone()));
            }
        }
        named
    }

    /// The layers under the names that `torch.nn.Sequential` gives them ("1" is the LeakyReLU,
    /// which holds no weights).
    fn layers(&self) -> [(&'static str, &nn::Linear); 2] {
        [("0", &self.hidden), ("2", &self.output)]
    }

    /// A network of the sizes that these weights have.
    ///
    /// # Errors
    /// If they are not those of such a network, naming the tensor.
    pub(crate) fn from_tensors(tensors: &[(String, Tensor)]) -> Result<Self> {
        let (hidden, inputs) = matrix(tensors, "0.weight")?;
        let (outputs, hidden_again) = matrix(tensors, "2.weight")?;
        ensure!(
            hidden_again == hidden,
            "tensor `2.weight` has {hidden_again} columns, expected {hidden}, as many as \
             `0.weight` has rows"
        );
        let mut network = Self::with_sizes(Sizes { inputs, hidden, outputs }, 0)?;
        network.copy_from(tensors)?;
        Ok(network)
    }

    /// Copies weights and biases from `tensors`, which must hold exactly the names,
    /// shapes and kind of [`Network::named_tensors`], in any order.
    ///
    /// # Errors
    /// Names the tensor that is missing, unknown, given twice, or of another shape or
    /// kind; the network is then as it was.
    pub fn copy_from(&mut self, tensors: &[(String, Tensor)]) -> Result<()> {
        let pairs = pair_up(self.named_tensors(), tensors)?;
        tch::no_grad(|| {
            for (mut target, source) in pairs {
                target.copy_(source);
            }
        });
        self.notes.clear();
        Ok(())
    }

    /// Notes on these weights, name and text: [`train`](crate::train::train) notes its settings,
    /// epoch, loss, accuracy and data; [`Network::save`] writes all to the file.
    pub fn notes(&self) -> &BTreeMap<String, String> {
        &self.notes
    }

    /// Adds a note on these weights, in place of an older note of that name; `None`
    /// removes it.
    pub fn note(&mut self, name: &str, value: Option<String>) {
        match value {
            Some(value) => self.notes.insert(name.to_owned(), value),
            None => self.notes.remove(name),
        };
    }

    /// The same network on the same memory, detached from autograd.
    pub(crate) fn without_gradients(&self) -> Self {
        let fixed = |layer: &nn::Linear| nn::Linear {
            ws: layer.ws.detach(),
            bs: layer.bs.as_ref().map(Tensor::detach),
        };
        Self {
            sizes: self.sizes,
            variables: nn::VarStore::new(Device::Cpu),
            hidden: fixed(&self.hidden),
            output: fixed(&self.output),
            notes: BTreeMap::new(),
        }
    }

    /// The variables an optimiser works on.
    pub fn variables(&self) -> &nn::VarStore {
        &self.variables
    }
}

/// Finds for each of a set of tensors the one of that name among `given`, which must hold
/// exactly these names, shapes and kinds, in any order: `(own, given)`.
pub(crate) fn pair_up(
    own: Vec<(String, Tensor)>,
    given: &[(String, Tensor)],
) -> Result<Vec<(Tensor, &Tensor)>> {
    for (name, _) in given {
        ensure!(
            own.iter().any(|(known, _)| known == name),
            "unknown tensor `{name}`, expected {:?}",
            own.iter().map(|(known, _)| known).collect::<Vec<_>>(),
        );
        let times = given.iter().filter(|(other, _)| other == name).count();
        ensure!(times == 1, "tensor `{name}` is there {times} times, expected once");
    }
    let pair = |(name, target): (String, Tensor)| {
        let source = find(given, &name)?;
        ensure!(
            source.size() == target.size() && source.kind() == target.kind(),
            "tensor `{name}` is {:?} {:?}, expected {:?} {:?}",
            source.kind(),
            source.size(),
            target.kind(),
            target.size(),
        );
        Ok((target, source))
    };
    own.into_iter().map(pair).collect()
}

fn find<'a>(tensors: &'a [(String, Tensor)], name: &str) -> Result<&'a Tensor> {
    let found = tensors.iter().find(|(known, _)| known == name);
    found.map(|(_, tensor)| tensor).with_context(|| format!("tensor `{name}` is missing"))
}

/// Rows and columns of a tensor that must be a matrix.
fn matrix(tensors: &[(String, Tensor)], name: &str) -> Result<(i64, i64)> {
    match find(tensors, name)?.size()[..] {
        [rows, columns] if rows > 0 && columns > 0 => Ok((rows, columns)),
        ref shape => bail!("tensor `{name}` has shape {shape:?}, expected a matrix"),
    }
}

/// A linear layer filled as `torch.nn.Linear` fills it: weights and biases drawn
/// evenly from -1/√inputs to 1/√inputs.
///
/// Source: PyTorch's documentation of `torch.nn.Linear`. (`tch::nn::linear` left to
/// itself draws the weights from a range √6 times as wide.)
fn linear(path: &nn::Path, inputs: i64, outputs: i64) -> Result<nn::Linear> {
    let bound = 1.0 / (inputs as f64).sqrt();
    let even = nn::Init::Uniform { lo: -bound, up: bound };
    let make = |name, shape: &[i64]| {
        path.f_var(name, shape, even)
            .with_context(|| format!("cannot make a layer's {name} of shape {shape:?}"))
    };
    let biases = make("bias", &[outputs])?;
    let weights = make("weight", &[outputs, inputs])?;
    Ok(nn::Linear { ws: weights, bs: Some(biases) })
}
