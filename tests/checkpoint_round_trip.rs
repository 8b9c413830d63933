//! A network comes back from its file bit by bit, and Python reads and writes the same file.
#![allow(clippy::unwrap_used, missing_docs)]

mod python_support;
mod train_support;

use std::fs;
use std::path::Path;
use std::process::Command;

use mnist_tutorial::model::{Network, Sizes};
use mnist_tutorial::train::{TrainConfig, train};
use proptest::prelude::*;
use python_support::python;
use tch::{Kind, Tensor};
use train_support::{distance, numbers, weight_bits};

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_courses_network_comes_back_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.safetensors");
    let network = Network::new(5).unwrap();
    network.save(&file).unwrap();
    let loaded = Network::load(&file).unwrap();
    assert_eq!(loaded.sizes(), network.sizes());
    assert!(weight_bits(&loaded) == weight_bits(&network));
    let images = numbers(3, &[20, 784], 11);
    let outputs = [&network, &loaded].map(|network| network.forward(&images).unwrap());
    assert_eq!(distance(&outputs[0], &outputs[1]), 0.0);
    assert_eq!(names(folder.path()), ["network.safetensors"]);
}

#[test]
fn a_loaded_network_can_be_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.safetensors");
    Network::with_sizes(train_support::NARROW, 5).unwrap().save(&file).unwrap();
    let mut loaded = Network::load(&file).unwrap();
    let before = weight_bits(&loaded);
    let config = mnist_tutorial::train::TrainConfig { epochs: 1, ..Default::default() };
    let data = train_support::data(60, 10);
    mnist_tutorial::train::train(&mut loaded, &data, &config, &mut ()).unwrap();
    assert!(weight_bits(&loaded) != before);
    assert!(weight_bits(&Network::load(&file).unwrap()) == before, "the file must stay");
}

#[test]
fn weights_that_are_no_ordinary_numbers_come_back_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.safetensors");
    let mut network = Network::with_sizes(Sizes { inputs: 2, hidden: 3, outputs: 2 }, 1).unwrap();
    let odd = [f32::MIN, 1.0, f32::EPSILON, -0.0, f32::MIN_POSITIVE / 4.0, f32::MAX];
    let mut tensors = train_support::weights(&network);
    tensors[0].1 = Tensor::from_slice(&odd).view([3, 2]);
    network.copy_from(&tensors).unwrap();
    network.save(&file).unwrap();
    let loaded = weight_bits(&Network::load(&file).unwrap());
    assert_eq!(loaded, weight_bits(&network));
    assert_eq!(loaded[..6], odd.map(f32::to_bits));
}

#[test]
fn what_is_known_of_the_weights_goes_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.safetensors");
    let mut network = Network::with_sizes(train_support::NARROW, 5).unwrap();
    assert!(network.notes().is_empty());
    let config = TrainConfig {
        epochs: 2,
        test_every_epoch: true,
        checkpoint: Some(folder.path().join("not to be told")),
        ..TrainConfig::default()
    };
    let data = train_support::data(60, 10);
    let history = train(&mut network, &data, &config, &mut ()).unwrap();
    network.note("teacher", Some("größer \"als\" 1".to_owned()));
    network.save(&file).unwrap();
    let loaded = Network::load(&file).unwrap();
    let notes = loaded.notes();
    assert_eq!(notes["epoch"], "2");
    assert_eq!(notes["step"], "4");
    assert_eq!(notes["loss"].parse::<f64>().unwrap(), history.losses()[1]);
    assert_eq!(notes["accuracy"].parse::<f64>().ok(), history.epochs[1].accuracy);
    assert_eq!(notes["data"], "files in MNIST's format");
    assert!(notes["training images"].starts_with("60 images, CRC-32C "), "{notes:?}");
    assert_eq!(notes["teacher"], "größer \"als\" 1");
    assert_eq!(notes["writer"], concat!("mnist_tutorial ", env!("CARGO_PKG_VERSION")));
    let settings: TrainConfig = serde_json::from_str(&notes["settings"]).unwrap();
    assert_eq!(settings, TrainConfig { checkpoint: None, ..config });
    assert!(!format!("{notes:?}").contains("not to be told"));
}

#[test]
fn torchscript_gives_the_same_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("exported/network.pt");
    let network = Network::new(5).unwrap();
    network.export_torchscript(&file).unwrap();
    let module = tch::CModule::load(&file).unwrap();
    for count in [1, 20] {
        let images = numbers(3, &[count, 784], 11);
        let outputs = module.forward_ts(&[&images]).unwrap();
        assert_eq!(distance(&outputs, &network.forward(&images).unwrap()), 0.0);
    }
    // The network itself can still learn.
    let loss = network.forward(&numbers(3, &[1, 784], 11)).unwrap().sum(Kind::Float);
    loss.backward();
    assert!(network.named_tensors()[0].1.grad().abs().max().double_value(&[]) > 0.0);
}

#[test]
fn folders_that_are_missing_are_made_and_any_name_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stored weights/größte Übung/net 1.bin");
    let network = Network::with_sizes(Sizes { inputs: 2, hidden: 3, outputs: 2 }, 1).unwrap();
    network.save(&file).unwrap();
    assert!(weight_bits(&Network::load(&file).unwrap()) == weight_bits(&network));
    assert_eq!(names(file.parent().unwrap()), ["net 1.bin"]);
}

#[cfg(unix)]
#[test]
fn others_may_read_the_file_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let network = Network::with_sizes(Sizes { inputs: 2, hidden: 3, outputs: 2 }, 1).unwrap();
    network.save(folder.path().join("network.safetensors")).unwrap();
    fs::write(folder.path().join("usual"), "").unwrap();
    let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    assert_eq!(mode("network.safetensors"), mode("usual"));
}

/// Runs a Python program in `folder`; `false` if there is no Python with safetensors.
fn run_python(folder: &Path, program: &str) -> bool {
    let Some(python) = python() else { return false };
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let run = |program: &str| {
        let mut command = Command::new(&python);
        command.args(["-B", "-c", program]).current_dir(folder);
        command.env("PYTHONPATH", &reference).output().unwrap()
    };
    if !run("import safetensors.numpy").status.success() {
        eprintln!("skipped: {} has no numpy or no safetensors", python.display());
        return false;
    }
    let output = run(program);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

#[test]
fn python_reads_the_file_and_numpy_gives_the_same_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::new(6).unwrap();
    network.save(folder.path().join("network.safetensors")).unwrap();
    let images = numbers(3, &[20, 784], 11);
    Tensor::write_safetensors(&[("images", &images)], folder.path().join("images")).unwrap();
    let program = "\
import numpy as np
from make_fixture import forward
from safetensors.numpy import load_file, save_file
weights = load_file('network.safetensors')
assert sorted(weights) == ['0.bias', '0.weight', '2.bias', '2.weight'], list(weights)
assert all(tensor.dtype == np.float32 for tensor in weights.values())
weights = {name: tensor.astype(np.float64) for name, tensor in weights.items()}
images = load_file('images')['images'].astype(np.float64)
save_file({'outputs': forward(weights, images)[2]}, 'outputs')
";
    if run_python(folder.path(), program) {
        let outputs = Tensor::read_safetensors(folder.path().join("outputs")).unwrap();
        let distance = distance(&network.forward(&images).unwrap(), &outputs[0].1);
        assert!(distance < 1e-6, "{distance}");
    }
}

#[test]
fn a_file_that_python_wrote_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let program = "\
import numpy as np
from make_fixture import weights
from safetensors.numpy import save_file
tensors = {name: tensor.astype(np.float32) for name, tensor in weights(12, 7, 10, 12).items()}
save_file(tensors, 'network.safetensors', metadata={'format': 'pt'})
";
    if run_python(folder.path(), program) {
        let loaded = Network::load(folder.path().join("network.safetensors")).unwrap();
        let sizes = Sizes { inputs: 12, hidden: 7, outputs: 10 };
        assert_eq!(loaded.sizes(), sizes);
        let expected = train_support::network_of_numbers(sizes, 12);
        assert_eq!(weight_bits(&loaded), weight_bits(&expected));
        assert!(loaded.named_tensors().iter().all(|(_, tensor)| tensor.kind() == Kind::Float));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn a_network_of_any_sizes_comes_back_bit_by_bit(
        inputs in 1i64..40,
        hidden in 1i64..40,
        outputs in 1i64..12,
        seed in any::<u64>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("network.safetensors");
        let network = Network::with_sizes(Sizes { inputs, hidden, outputs }, seed).unwrap();
        network.save(&file).unwrap();
        let loaded = Network::load(&file).unwrap();
        prop_assert_eq!(loaded.sizes(), network.sizes());
        prop_assert_eq!(weight_bits(&loaded), weight_bits(&network));
    }
}
