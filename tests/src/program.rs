//! Test programs with several models, one module each, so that shared code is compiled once. They link the runtime that
//! Cargo built for the command. `TURRET_DEVICE=cuda` compiles them for an NVIDIA GPU, `TURRET_DEVICE=stand-in` for the
//! stand-in, with a runtime of their own.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{built, outcome, root, stand_in, target};

/// A model of a program.
#[derive(Clone, Debug)]
pub struct Module {
    /// Generated code.
    pub code: String,
    /// Further arguments of the harness, each preceded by a comma.
    pub arguments: String,
}

/// Device of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// CPU.
    Cpu,
    /// An NVIDIA GPU. Compilation needs nvcc.
    Cuda,
    /// The stand-in for an NVIDIA GPU. Compilation needs a C++ compiler.
    StandIn,
}

impl Device {
    /// Returns the device in `TURRET_DEVICE`: `cpu` (the default), `cuda` or `stand-in`.
    ///
    /// # Panics
    ///
    /// If it has another value.
    pub fn asked() -> Self {
        match std::env::var("TURRET_DEVICE").as_deref() {
            Err(_) | Ok("cpu") => Device::Cpu,
            Ok("cuda") => Device::Cuda,
            Ok("stand-in") => Device::StandIn,
            Ok(other) => panic!("TURRET_DEVICE is `cpu`, `cuda` or `stand-in`, not `{other}`"),
        }
    }
}

/// A built program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Executable file.
    pub executable: PathBuf,
    folder: PathBuf,
}

impl Program {
    /// Builds a program of some models for the device in `TURRET_DEVICE`. The `harness` is a module with a
    /// function `run` on `AutoDevice`. It is called with the type of a model, the model's folder and its
    /// further arguments.
    ///
    /// # Panics
    ///
    /// If the build fails.
    pub fn build(name: &str, modules: &[Module], harness: &str) -> Self {
        let device = Device::asked();
        // One folder per device: its runtime is compiled once for all programs.
        let target = target().join(match device {
            Device::Cpu => "programs",
            Device::Cuda => "programs-cuda",
            Device::StandIn => "programs-stand-in",
        });
        let folder = target.join("sources").join(name);
        fs::create_dir_all(folder.join("src")).expect("the folder can be made");
        let mut main = "#![allow(unused, nonstandard_style)]\n\nmod harness;\n".to_string();
        let mut arms = String::new();
        for (at, module) in modules.iter().enumerate() {
            replace(&folder.join(format!("src/model_{at}.rs")), &module.code);
            main += &format!("mod model_{at};\n");
            let call = format!("harness::run::<model_{at}::Model<_>>(folder.as_ref(){})", module.arguments);
            writeln!(arms, "        \"{at}\" => {call},").expect("a string takes all");
        }
        main += &format!(
            "\nfn main() {{\n    let arguments: Vec<String> = std::env::args().collect();\n    let folder = &arguments[2];\n    \
             let result = match arguments[1].as_str() {{\n{arms}        other => panic!(\"no model {{other}}\"),\n    }};\n    \
             if let Err(error) = result {{\n        eprintln!(\"{{error}}\");\n        std::process::exit(1);\n    }}\n}}\n"
        );
        replace(&folder.join("src/main.rs"), &main);
        replace(&folder.join("src/harness.rs"), harness);
        let executable = match device {
            Device::Cpu => link(&folder),
            Device::Cuda => build(&folder, &target, name, &manifest(name, "cuda", 3)),
            Device::StandIn => {
                let library = stand_in::build(&target.join("stand-in"));
                replace(&folder.join("build.rs"), &linking(&library));
                // Links no library of NVIDIA, and spends its time in kernels.
                build(&folder, &target, name, &manifest(name, "cuda-check", 1))
            }
        };
        Program { executable, folder }
    }

    /// Returns the data folder of a model.
    ///
    /// # Panics
    ///
    /// If it cannot be created.
    pub fn folder(&self, model: usize) -> PathBuf {
        let folder = self.folder.join(format!("data/{model}"));
        fs::create_dir_all(&folder).expect("the folder of a model can be made");
        folder
    }

    /// Returns a call of the harness for a model.
    pub fn command(&self, model: usize) -> Command {
        let mut command = Command::new(&self.executable);
        command.arg(model.to_string()).arg(self.folder(model));
        command
    }
}

/// Compiles a program for the CPU. Its code is not optimized, because it runs once; that of the runtime is.
fn link(folder: &Path) -> PathBuf {
    let built = built::build("release");
    let runtime = built.library("turret_runtime");
    let executable = folder.join(format!("program{}", std::env::consts::EXE_SUFFIX));
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["src/main.rs", "--crate-name", "program", "--edition", "2024", "-o"]).arg(&executable);
    rustc.arg("-C").arg(named("incremental", &folder.join("incremental"))).current_dir(folder);
    let dependencies = runtime.parent().expect("libraries are in a folder");
    rustc.arg("-L").arg(named("dependency", dependencies));
    built.linked_folders().for_each(|folder| {
        rustc.arg("-L").arg(folder);
    });
    rustc.arg("--extern").arg(named("turret_runtime", &runtime));
    rustc.arg("--extern").arg(named("serde_json", &built.library("serde_json")));
    let compiled = outcome(&mut rustc);
    assert_eq!(compiled.status, 0, "{}", compiled.stderr);
    executable
}

/// `name=path`, for paths in any encoding.
fn named(name: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(format!("{name}="));
    argument.push(path);
    argument
}

/// Builds a program for a GPU or the stand-in with Cargo.
fn build(folder: &Path, target: &Path, name: &str, manifest: &str) -> PathBuf {
    replace(&folder.join("Cargo.toml"), manifest);
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("the repository has a lock file");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--target-dir"]).arg(target).current_dir(folder);
    let built = outcome(cargo.env_remove("RUSTFLAGS"));
    assert_eq!(built.status, 0, "{}", built.stderr);
    target.join(format!("debug/turret-{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Manifest of a program with a feature of the runtime. Shared code is optimized; generated code is not, because it runs once.
fn manifest(name: &str, feature: &str, optimization: u32) -> String {
    let runtime = root().join("runtime");
    format!(
        "[package]\nname = \"turret-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n\
         turret-runtime = {{ path = {:?}, features = [\"{feature}\"] }}\nserde = \"1\"\nserde_json = {{ version = \"1\", features = [\"float_roundtrip\"] }}\n\n\
         [profile.dev]\ndebug = false\n\n[profile.dev.package.\"*\"]\nopt-level = {optimization}\n\n[workspace]\n",
        runtime.display().to_string()
    )
}

/// A build script that links a library and sets its run-time path.
fn linking(library: &Path) -> String {
    let folder = library.parent().expect("it is in a folder").display();
    format!(
        "fn main() {{\n    println!(\"cargo::rustc-link-arg={}\");\n    \
         println!(\"cargo::rustc-link-arg=-Wl,-rpath,{folder}\");\n}}\n",
        library.display()
    )
}

/// Writes a file if its content changes, so that Cargo rebuilds only changes.
fn replace(path: &Path, text: &str) {
    if fs::read(path).ok().as_deref() != Some(text.as_bytes()) {
        fs::write(path, text).expect("a file of the program can be written");
    }
}
