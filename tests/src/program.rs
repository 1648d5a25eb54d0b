//! Test programs with several models, one module each, so that shared code is compiled once.
//! `TURRET_DEVICE=cuda` compiles them for an NVIDIA GPU, `TURRET_DEVICE=stand-in` for the stand-in.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{outcome, root, stand_in, target};

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
        // One target folder per device, so that the runtime is compiled once for all programs.
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
        replace(&folder.join("Cargo.toml"), &manifest(name, device));
        if device == Device::StandIn {
            let library = stand_in::build(&target.join("stand-in"));
            replace(&folder.join("build.rs"), &linking(&library));
        }
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))
            .expect("the repository has a lock file");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--target-dir"]).arg(&target).current_dir(&folder);
        let built = outcome(cargo.env_remove("RUSTFLAGS"));
        assert_eq!(built.status, 0, "{}", built.stderr);
        let executable = format!("debug/turret-{name}{}", std::env::consts::EXE_SUFFIX);
        Program { executable: target.join(executable), folder }
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

/// Manifest of a program. Shared code is optimized; generated code is not, because it runs once. The stand-in
/// spends its time in kernels.
fn manifest(name: &str, device: Device) -> String {
    let runtime = root().join("runtime");
    let (features, optimization) = match device {
        Device::Cpu => ("", 3),
        Device::Cuda => (", features = [\"cuda\"]", 3),
        // Links no library of NVIDIA.
        Device::StandIn => (", features = [\"cuda-check\"]", 1),
    };
    format!(
        "[package]\nname = \"turret-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n\
         turret-runtime = {{ path = {:?}{features} }}\nserde = \"1\"\nserde_json = {{ version = \"1\", features = [\"float_roundtrip\"] }}\n\n\
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
