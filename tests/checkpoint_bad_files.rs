//! A file that holds no network is an error that names file and tensor; a failed save changes nothing.
#![allow(clippy::unwrap_used, missing_docs)]

mod train_support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use mnist_tutorial::model::{Network, Sizes};
use proptest::prelude::*;
use tch::{Device, Kind, Tensor};
use tempfile::TempDir;
use train_support::{message, weight_bits, weights};

const SIZES: Sizes = Sizes { inputs: 4, hidden: 3, outputs: 2 };

/// A file of its own folder that holds these tensors.
fn file_of(tensors: &[(String, Tensor)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("weights.safetensors");
    Tensor::write_safetensors(tensors, &file).unwrap();
    (folder, file)
}

/// The file's message must name the file and hold all words.
fn assert_refused(file: &Path, words: &[&str]) {
    let message = message(Network::load(file));
    assert!(message.contains(&*file.to_string_lossy()), "{message}");
    for word in words {
        assert!(message.contains(word), "{message} lacks {word}");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_missing_file_is_named_with_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    assert_refused(&folder.path().join("none.safetensors"), &["no such file", "network.save("]);
    assert_refused(folder.path(), &["a folder"]);
}

#[test]
fn a_file_in_another_form_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("weights.safetensors");
    let huge_header = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
    for content in [&b""[..], b"\0", b"<!DOCTYPE html><html></html>", &[0; 1000], &huge_header] {
        fs::write(&file, content).unwrap();
        assert_refused(&file, &["not a whole file in safetensors format"]);
        assert_eq!(fs::read(&file).unwrap(), content);
    }
}

#[test]
fn a_file_cut_anywhere_or_with_bytes_too_many_is_refused() {
    let (_folder, file) = file_of(&weights(&Network::with_sizes(SIZES, 1).unwrap()));
    let whole = fs::read(&file).unwrap();
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        assert_refused(&file, &["not a whole file in safetensors format"]);
    }
    fs::write(&file, [&whole[..], b"\0"].concat()).unwrap();
    assert_refused(&file, &["not a whole file in safetensors format"]);
    fs::write(&file, &whole).unwrap();
    Network::load(&file).unwrap();
}

#[test]
fn a_file_whose_tensors_are_no_network_names_the_tensor() {
    let good = weights(&Network::with_sizes(SIZES, 1).unwrap());
    let zeros = |shape: &[i64], kind| Tensor::zeros(shape, (kind, Device::Cpu));
    let with = |name: &str, tensor: Option<Tensor>| -> Vec<(String, Tensor)> {
        let others = good.iter().filter(|(known, _)| known != name);
        let others = others.map(|(name, tensor)| (name.clone(), tensor.copy()));
        others.chain(tensor.map(|tensor| (name.to_string(), tensor))).collect()
    };
    let float = |shape: &[i64]| Some(zeros(shape, Kind::Float));
    for (tensors, words) in [
        (with("0.weight", None), vec!["`0.weight`", "missing"]),
        (with("0.bias", None), vec!["`0.bias`", "missing"]),
        (with("2.weight", None), vec!["`2.weight`", "missing"]),
        (with("2.bias", None), vec!["`2.bias`", "missing"]),
        (with("1.weight", float(&[3])), vec!["`1.weight`", "unknown"]),
        (with("0.bias", float(&[1])), vec!["`0.bias`", "[1]", "[3]"]),
        (with("2.bias", float(&[2, 1])), vec!["`2.bias`", "[2, 1]", "[2]"]),
        (with("0.weight", float(&[12])), vec!["`0.weight`", "[12]", "matrix"]),
        (with("0.weight", float(&[])), vec!["`0.weight`", "[]", "matrix"]),
        (with("0.weight", float(&[0, 4])), vec!["`0.weight`", "[0, 4]", "matrix"]),
        (with("2.weight", float(&[2, 3, 1])), vec!["`2.weight`", "[2, 3, 1]", "matrix"]),
        (with("2.weight", float(&[2, 1])), vec!["`2.weight`", "1 columns", "expected 3"]),
        (with("2.weight", float(&[2, 5])), vec!["`2.weight`", "5 columns", "expected 3"]),
        (with("0.weight", float(&[5, 4])), vec!["`2.weight`", "3 columns", "expected 5"]),
        (with("2.weight", float(&[4, 3])), vec!["`2.bias`", "[2]", "[4]"]),
        (with("0.weight", Some(zeros(&[3, 4], Kind::Half))), vec!["`0.weight`", "Half", "Float"]),
        (with("2.bias", Some(zeros(&[2], Kind::Double))), vec!["`2.bias`", "Double", "Float"]),
        (with("2.bias", Some(zeros(&[2], Kind::Int64))), vec!["`2.bias`", "Int64", "Float"]),
        (vec![("weights".to_string(), zeros(&[2], Kind::Float))], vec!["`0.weight`", "missing"]),
        (Vec::new(), vec!["`0.weight`", "missing"]),
    ] {
        let (_folder, file) = file_of(&tensors);
        assert_refused(&file, &words);
    }
}

#[test]
fn a_file_of_torch_save_comes_with_the_line_that_converts_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.pt");
    for start in [&b"PK\x03\x04"[..], b"\x80\x02\x8a\nl"] {
        fs::write(&file, [start, &[7; 500]].concat()).unwrap();
        assert_refused(&file, &["torch.save", "save_file(torch.load(", "safetensors"]);
    }
}

#[test]
fn weights_that_are_no_numbers_are_neither_read_nor_written() {
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut tensors = weights(&Network::with_sizes(SIZES, 1).unwrap());
        tensors[0].1 =
            Tensor::from_slice(&[1.0, odd, 3.0, odd, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
                .view([3, 4]);
        let (folder, file) = file_of(&tensors);
        assert_refused(&file, &["`0.weight`", "2 of 12", "NaN or infinite"]);
        let before = fs::read(&file).unwrap();
        let mut network = Network::with_sizes(SIZES, 1).unwrap();
        network.copy_from(&tensors).unwrap();
        let message = message(network.save(&file));
        assert!(message.contains("`0.weight`") && message.contains("not written"), "{message}");
        assert_eq!(fs::read(&file).unwrap(), before);
        assert_eq!(names(folder.path()), ["weights.safetensors"]);
    }
}

#[test]
fn a_small_file_cannot_ask_for_a_network_beyond_all_memory() {
    // Two matrices of 8 MB that would need 16 TB between them.
    let long = 2_000_000;
    let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, Device::Cpu));
    let (_folder, file) = file_of(&[
        ("0.weight".to_string(), zeros(&[long, 1])),
        ("0.bias".to_string(), zeros(&[1])),
        ("2.weight".to_string(), zeros(&[long, 1])),
        ("2.bias".to_string(), zeros(&[1])),
    ]);
    assert_refused(&file, &["`2.weight`", "1 columns", "expected 2000000"]);
}

#[test]
fn saving_puts_the_new_network_in_place_of_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("weights.safetensors");
    let (first, second) =
        (Network::with_sizes(SIZES, 1).unwrap(), Network::with_sizes(SIZES, 2).unwrap());
    first.save(&file).unwrap();
    second.save(&file).unwrap();
    assert_eq!(weight_bits(&Network::load(&file).unwrap()), weight_bits(&second));
    fs::write(&file, "something else").unwrap();
    first.save(&file).unwrap();
    assert_eq!(weight_bits(&Network::load(&file).unwrap()), weight_bits(&first));
    assert_eq!(names(folder.path()), ["weights.safetensors"]);
}

#[test]
fn where_nothing_can_be_saved_the_place_is_named_and_nothing_changed() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::with_sizes(SIZES, 1).unwrap();
    let (file, directory) = (folder.path().join("file"), folder.path().join("directory"));
    fs::write(&file, "mine").unwrap();
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("also mine"), "").unwrap();
    for place in [file.join("weights.safetensors"), directory.clone(), file.join("a/b")] {
        let message = message(network.save(&place));
        assert!(message.contains(&*folder.path().to_string_lossy()), "{message}");
        assert!(message.contains("cannot"), "{message}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        assert_eq!(names(&directory), ["also mine"]);
        assert_eq!(names(folder.path()).len(), 2, "{:?}", names(folder.path()));
    }
}

#[test]
fn a_reader_never_meets_a_part_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("weights.safetensors");
    let networks = [Network::new(1).unwrap(), Network::new(2).unwrap()];
    let known = [weight_bits(&networks[0]), weight_bits(&networks[1])];
    networks[0].save(&file).unwrap();
    let done = AtomicBool::new(false);
    let reads = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !done.load(Ordering::SeqCst) {
                let found = weight_bits(&Network::load(&file).unwrap());
                assert!(known.contains(&found), "neither the old nor the new network");
                reads += 1;
            }
            reads
        });
        for turn in 1..40 {
            networks[turn % 2].save(&file).unwrap();
        }
        done.store(true, Ordering::SeqCst);
        reader.join().unwrap()
    });
    assert!(reads > 0);
    assert_eq!(names(folder.path()), ["weights.safetensors"]);
}

/// Not a test of its own: what [`a_save_that_fails_half_way_leaves_the_old_file`] runs again.
#[test]
fn save_where_the_environment_says() {
    if let Some(file) = std::env::var_os("SAVE_WEIGHTS_TO") {
        println!("{}", message(Network::new(2).unwrap().save(file)));
    }
}

#[cfg(unix)]
#[test]
fn a_save_that_fails_half_way_leaves_the_old_file() {
    use std::os::unix::process::ExitStatusExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("weights.safetensors");
    Network::with_sizes(SIZES, 1).unwrap().save(&file).unwrap();
    let before = fs::read(&file).unwrap();
    // No file of that process may grow beyond 1,000 blocks, and a network needs 1.5 MB.
    // Without the trap, the first byte too many ends the process.
    for (trap, killed) in [("trap '' XFSZ;", false), ("", true)] {
        let output = std::process::Command::new("sh")
            .args(["-c", &format!("{trap} ulimit -c 0; ulimit -f 1000 && exec \"$0\" \"$@\"")])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "save_where_the_environment_says", "--nocapture"])
            .env("SAVE_WEIGHTS_TO", &file)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stdout);
        assert_eq!(fs::read(&file).unwrap(), before, "{words}");
        if killed {
            assert!(output.status.signal().is_some(), "{:?} {words}", output.status);
        } else {
            assert!(output.status.success(), "{words}");
            assert!(words.contains("cannot write the weights"), "{words}");
            assert_eq!(names(folder.path()), ["weights.safetensors"]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_a_network_or_an_error_but_never_a_panic(
        damages in prop::collection::vec((0usize..300, any::<u8>()), 1..6),
    ) {
        let (_folder, file) = file_of(&weights(&Network::with_sizes(SIZES, 1).unwrap()));
        let mut content = fs::read(&file).unwrap();
        for (place, byte) in damages {
            let length = content.len();
            content[place % length] = byte;
        }
        fs::write(&file, &content).unwrap();
        if let Err(error) = Network::load(&file) {
            let message = format!("{error:#}");
            prop_assert!(message.contains(&*file.to_string_lossy()), "{}", message);
        }
        prop_assert_eq!(fs::read(&file).unwrap(), content);
    }
}
