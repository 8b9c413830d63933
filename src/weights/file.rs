//! A safetensors file: named tensors, and notes as its metadata.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use tch::{Kind, Tensor};

use crate::whole_file;

/// What a file holds.
pub(crate) struct File {
    pub(crate) tensors: Vec<(String, Tensor)>,
    pub(crate) notes: BTreeMap<String, String>,
}

/// The version that writes a file, among its metadata.
const WRITER: (&str, &str) =
    ("writer", concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")));
/// The note that names the function for a file that holds more than a network.
pub(crate) const READER: &str = "reader";
/// What PyTorch's own writer notes, and some readers look for.
const FORMAT: (&str, &str) = ("format", "pt");

/// Writes tensors and notes, through a temporary file beside `path`.
///
/// # Errors
/// If a tensor contains NaN or infinity, if the folder cannot be made or the file cannot be
/// written, naming it; what was there before is then as it was.
pub(crate) fn write(
    path: &Path,
    tensors: &[(String, Tensor)],
    notes: &BTreeMap<String, String>,
) -> Result<()> {
    let own = [WRITER, FORMAT].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let metadata = notes.clone().into_iter().chain(own).collect();
    let bytes = serialized(tensors, metadata)
        .with_context(|| format!("{}: not written", path.display()))?;
    whole_file::write(path, |file| Ok(file.write_all(&bytes)?)).with_context(|| {
        let folder = whole_file::folder_of(path).display();
        format!(
            "{}: cannot write the weights; check that {folder} is writable and has space left",
            path.display()
        )
    })
}

/// Reads tensors and notes.
///
/// # Errors
/// If there is no such file, if it is not in safetensors format, or contains NaN or infinity.
pub(crate) fn read(path: &Path) -> Result<File> {
    ensure!(!path.is_dir(), "{}: a folder, expected a file of weights", path.display());
    ensure!(
        path.exists(),
        "{}: there is no such file; train a network and store it with `network.save(…)`",
        path.display()
    );
    let bytes = fs::read(path).with_context(|| format!("{}: cannot read", path.display()))?;
    parse(&bytes).map_err(|error| anyhow!("{}: {error:#}", path.display()))
}

fn parse(bytes: &[u8]) -> Result<File> {
    // `torch.save` writes a zip archive, and of old a bare pickle.
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x80\x02") {
        bail!(
            "a file of PyTorch's `torch.save`, expected one in safetensors format; convert it \
             in Python: import torch, safetensors.torch as s; \
             s.save_file(torch.load(\"old.pt\", weights_only=True), \"new.safetensors\") \
             (for TorchScript, torch.jit.load(\"old.pt\").state_dict())"
        );
    }
    let broken = |error| anyhow!("not a whole file in safetensors format ({error:?})");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
    let mut notes: BTreeMap<_, _> =
        header.metadata().clone().unwrap_or_default().into_iter().collect();
    notes.remove(FORMAT.0);
    let content = SafeTensors::deserialize(bytes).map_err(broken)?;
    let mut tensors = Vec::with_capacity(content.len());
    for (name, view) in content.tensors() {
        let tensor = Tensor::try_from(view).with_context(|| format!("tensor `{name}`"))?;
        check_numbers(&name, &tensor)?;
        tensors.push((name, tensor));
    }
    Ok(File { tensors, notes })
}

fn check_numbers(name: &str, tensor: &Tensor) -> Result<()> {
    let odd = tensor.numel() as i64 - tensor.f_isfinite()?.f_sum(Kind::Int64)?.f_int64_value(&[])?;
    ensure!(
        odd == 0,
        "tensor `{name}` contains {odd} of {} values that are NaN or infinite; train anew, with a \
         lower learning rate",
        tensor.numel()
    );
    Ok(())
}

fn serialized(tensors: &[(String, Tensor)], metadata: HashMap<String, String>) -> Result<Vec<u8>> {
    let bytes: Vec<_> =
        tensors.iter().map(|(name, tensor)| bytes_of(name, tensor)).collect::<Result<_>>()?;
    let mut views = Vec::with_capacity(tensors.len());
    for ((name, tensor), (kind, bytes)) in tensors.iter().zip(&bytes) {
        let shape = tensor.size().into_iter().map(usize::try_from).collect::<Result<_, _>>()?;
        views.push((name, TensorView::new(*kind, shape, bytes)?));
    }
    Ok(serialize(views, &Some(metadata))?)
}

/// A tensor's numbers as bytes, and what kind they are.
fn bytes_of(name: &str, tensor: &Tensor) -> Result<(Dtype, Vec<u8>)> {
    check_numbers(name, tensor)?;
    let kind = match tensor.kind() {
        Kind::Float => Dtype::F32,
        Kind::Double => Dtype::F64,
        other => bail!("tensor `{name}` is {other:?}, expected Float or Double"),
    };
    let count = tensor.numel();
    let mut bytes = vec![0; count * kind.size()];
    tensor.f_contiguous()?.f_copy_data_u8(&mut bytes, count)?;
    Ok((kind, bytes))
}
