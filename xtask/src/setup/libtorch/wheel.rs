//! libtorch out of PyTorch's Python packages.
//!
//! The packages hold CUDA too, most of their size. Its libraries stay behind: the CPU
//! library works alone, but for two small ones that it names.

use super::check::{self, VERSION};
use super::unpack;
use crate::process;
use crate::setup::{disk, home::Home, python};
use anyhow::{Context, Result, bail};
use notebook_kernel::files as install;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The packages, pinned, each with the checksums of its files.
const LOCK: &str = include_str!("../../../libtorch/requirements.txt");

/// The size of the largest package, Linux x86_64.
const MEGABYTES: u64 = 540;

/// Fetches the packages with pip, which knows the user's index, and takes the CPU part.
pub fn fetch(home: &Home, new: &Path) -> Result<()> {
    let downloads = home.downloads().join("torch");
    let wheels = download(home, &downloads)?;
    println!("    libtorch: unpacking the CPU part");
    for wheel in &wheels {
        unpack::some(wheel, new, chosen)?;
    }
    if cfg!(target_os = "linux") {
        // The package's own also links to CUDA. The linker reads this text instead.
        fs::write(new.join("lib/libtorch.so"), "INPUT(libtorch_cpu.so)\n")?;
    }
    fs::write(new.join("build-version"), format!("{VERSION}\n"))?;
    check::usable(new)?;
    install::remove(&downloads)
}

/// Packages that an interrupted attempt fetched whole are not fetched again.
fn download(home: &Home, folder: &Path) -> Result<Vec<PathBuf>> {
    let lock = folder.join("requirements.txt");
    if fs::read_to_string(&lock).is_ok_and(|earlier| earlier != LOCK) {
        // Its packages are of other versions, and every package here is unpacked.
        install::remove(folder)?;
    }
    let temporary = folder.join("temporary");
    install::remove(&temporary)?;
    fs::create_dir_all(&temporary)
        .with_context(|| format!("cannot make {}", temporary.display()))?;
    fs::write(&lock, LOCK).with_context(|| format!("cannot write {}", lock.display()))?;
    let mut command = python::COURSE.pip(home);
    command.args(["--no-cache-dir", "download", "--progress-bar=off", "--only-binary=:all:"]);
    command.args(["--no-deps", "--require-hashes", "-r"]).arg(&lock).arg("--dest").arg(folder);
    command.args(["--python-version=3.11", "--implementation=cp", "--abi=cp311", "--abi=none"]);
    command.args(platforms()?.iter().map(|platform| format!("--platform={platform}")));
    command.env("TMPDIR", &temporary);
    let result =
        process::run("fetching PyTorch's Python packages", "30 s to 2 min", &mut command, |_| {
            format!("{} of at most {MEGABYTES} MB, ", disk::size(folder) / 1_000_000)
        });
    // Of a failed attempt only whole packages are of use.
    install::remove(&temporary)?;
    result?;
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let files = entries.flatten().map(|entry| entry.path());
    Ok(files.filter(|file| file.extension().is_some_and(|ending| ending == "whl")).collect())
}

/// The package index's names for this machine.
fn platforms() -> Result<Vec<String>> {
    let machine = env::consts::ARCH;
    match (env::consts::OS, machine) {
        ("linux", "x86_64" | "aarch64") => {
            Ok(["manylinux_2_28", "manylinux_2_25", "manylinux_2_17", "manylinux2014"]
                .map(|name| format!("{name}_{machine}"))
                .into())
        }
        ("macos", "aarch64") => Ok(vec!["macosx_14_0_arm64".into()]),
        (system, _) => bail!("there is no package of torch {VERSION} for {system} on {machine}"),
    }
}

/// The place of a package's file in the libtorch folder; none for what stays behind.
fn chosen(name: &Path) -> Option<PathBuf> {
    if let Ok(header) = name.strip_prefix("torch/include") {
        return Some(Path::new("include").join(header));
    }
    let file = name.file_name()?.to_str()?;
    let is_chosen = match name.parent()?.to_str()? {
        "torch/lib" => {
            const LEFT: [&str; 5] = ["cuda", "nvrtc", "nvshmem", "python", "global_deps"];
            file.starts_with("lib") && !LEFT.iter().any(|left| file.contains(left))
        }
        "nvidia/cu13/lib" => file.starts_with("libcudart.so") || file.starts_with("libcupti.so"),
        _ => false,
    };
    is_chosen.then(|| Path::new("lib").join(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_part_is_chosen_and_cuda_stays_behind() {
        for (name, place) in [
            ("torch/lib/libtorch_cpu.so", Some("lib/libtorch_cpu.so")),
            ("torch/lib/libgomp.so.1", Some("lib/libgomp.so.1")),
            ("torch/lib/libnvpl_blas_core.so.0", Some("lib/libnvpl_blas_core.so.0")),
            ("torch/lib/libtorch.dylib", Some("lib/libtorch.dylib")),
            ("nvidia/cu13/lib/libcudart.so.13", Some("lib/libcudart.so.13")),
            ("torch/include/ATen/ATen.h", Some("include/ATen/ATen.h")),
            ("torch/lib/libtorch_cuda.so", None),
            ("torch/lib/libtorch_python.so", None),
            ("torch/lib/libtorch_nvshmem.so", None),
            ("torch/lib/libshm/err.h", None),
            ("nvidia/cu13/lib/libnvperf_host.so", None),
            ("torch/nn/modules/linear.py", None),
        ] {
            assert_eq!(chosen(Path::new(name)), place.map(PathBuf::from), "{name}");
        }
    }

    #[test]
    fn every_package_is_pinned_and_the_list_names_no_server() {
        assert!(!LOCK.contains("://"));
        assert_eq!(LOCK.matches("==").count() - LOCK.matches("sys_platform ==").count(), 3);
        assert_eq!(LOCK.matches("--hash=sha256:").count(), 7);
    }
}
