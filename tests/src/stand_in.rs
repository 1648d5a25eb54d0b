//! A stand-in for NVIDIA's driver and libraries, so that GPU programs run without a GPU: a C++ compiler
//! compiles dfdx's kernels for the host. Its sources are in `tests/cuda`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{outcome, root};

/// Builds the stand-in in a folder, unless it exists, and returns the path of its library.
pub(crate) fn build(folder: &Path) -> PathBuf {
    let library = folder.join("libstand_in.so");
    let sources = root().join("tests/cuda");
    let kernels = kernels();
    let stamp = stamp(&sources) + &kernels.display().to_string();
    let built = folder.join("stamp");
    if fs::read_to_string(&built).ok().as_ref() == Some(&stamp) {
        return library;
    }
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder.join("kernels")).expect("the folder can be made");
    for name in ["kernels.sh", "device.h", "cuda_fp16.h"] {
        fs::copy(sources.join(name), folder.join(name)).expect("a source can be copied");
    }
    let mut compiler = Command::new(std::env::var_os("CXX").unwrap_or_else(|| "c++".into()));
    compiler.args(["-std=c++20", "-O2", "-Wall", "-fPIC", "-shared", "-o"]).arg(&library);
    compiler.args(["driver.cpp", "blas.cpp", "compiler.cpp"].map(|name| sources.join(name)));
    run(compiler.args(["-ldl", "-lpthread"]));
    for source in files(&kernels).into_iter().filter(|path| path.extension().is_some_and(|end| end == "cu")) {
        let name = source.file_stem().expect("a kernel has a name");
        let mut script = Command::new(folder.join("kernels.sh"));
        script.arg(&source).arg(folder.join("kernels").join(name).with_extension("so"));
        run(script.arg(kernels.join("utilities")));
    }
    fs::write(built, stamp).expect("a file can be written");
    library
}

/// Stamp of everything that the stand-in is built from.
fn stamp(sources: &Path) -> String {
    let mut paths = files(sources);
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).expect("a source can be read")).collect()
}

/// Returns the files in a folder and its subfolders.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("of a folder").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Returns the folder of dfdx's kernels in Cargo's sources.
fn kernels() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--offline"]).current_dir(root());
    let metadata = outcome(&mut cargo);
    assert_eq!(metadata.status, 0, "{}", metadata.stderr);
    let manifests =
        metadata.stdout.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let is_dfdx = |path: &&str| {
        let folder = Path::new(path).parent().and_then(Path::file_name);
        folder.is_some_and(|name| name.to_string_lossy().starts_with("dfdx-"))
    };
    let manifest = manifests.into_iter().find(is_dfdx).expect("the runtime depends on dfdx");
    Path::new(manifest).with_file_name("src").join("tensor_ops")
}

fn run(command: &mut Command) {
    let ran = outcome(command);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}
