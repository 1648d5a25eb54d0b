//! Instruction set of the CPU kernels, chosen once per process.
//!
//! Each kernel is compiled for every set in [`Kernels`]. A program uses the widest set of its processor;
//! `TURRET_KERNELS` forces a narrower one. No other module queries instruction sets.

use std::env;
use std::fmt;
use std::sync::OnceLock;

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

/// Environment variable that forces an instruction set, by its [word](Kernels::word).
pub const VARIABLE: &str = "TURRET_KERNELS";

/// Instruction sets that kernels are compiled for, narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernels {
    /// Baseline of the architecture: SSE2 on x86-64, NEON on 64-bit ARM.
    Baseline,
    /// AVX2 with fused multiply-add: x86-64-v3.
    Avx2,
    /// AVX-512 with its F, BW, CD, DQ and VL parts: x86-64-v4.
    Avx512,
}

/// Proof that the processor has an instruction set, and access to code compiled for it.
#[derive(Clone, Copy, Debug)]
enum Token {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512(pulp::x86::V4),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2(pulp::x86::V3),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Baseline(pulp::Scalar),
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    Baseline(pulp::Arch),
}

/// A chosen instruction set.
#[derive(Clone, Copy, Debug)]
struct Choice {
    kernels: Kernels,
    token: Token,
}

/// An invalid value of `TURRET_KERNELS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKernels(String);

impl UnknownKernels {
    /// Remedy.
    pub fn help(&self) -> String {
        let words: Vec<_> = Kernels::available().into_iter().map(Kernels::word).collect();
        format!("this machine has {}; unset, the first is used", words.join(", "))
    }
}

impl fmt::Display for UnknownKernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VARIABLE}={:?}: ", self.0)?;
        match Kernels::ALL.iter().find(|kernels| kernels.word() == self.0) {
            Some(kernels) => write!(f, "this processor has no {kernels}"),
            None => f.write_str("no instruction set has this name"),
        }
    }
}

impl std::error::Error for UnknownKernels {}

impl Kernels {
    /// All instruction sets, widest first.
    pub const ALL: [Self; 3] = [Self::Avx512, Self::Avx2, Self::Baseline];

    /// Returns the instruction sets of this processor, widest first.
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|kernels| kernels.token().is_some()).collect()
    }

    /// Returns the instruction set of this process.
    ///
    /// # Errors
    /// `TURRET_KERNELS` has an unknown name, or a set that the processor lacks.
    pub fn chosen() -> Result<Self, UnknownKernels> {
        choice().as_ref().map(|choice| choice.kernels).map_err(Clone::clone)
    }

    /// Returns its name as a value of the environment variable.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Baseline => "baseline",
        }
    }

    /// Returns whether multiply-add is fused (rounded once). Sets with equal values give bitwise equal
    /// results.
    pub const fn is_fused(self) -> bool {
        match self {
            Self::Avx512 | Self::Avx2 => true,
            Self::Baseline => cfg!(target_arch = "aarch64"),
        }
    }

    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    fn token(self) -> Option<Token> {
        match self {
            Self::Avx512 => pulp::x86::V4::try_new().map(Token::Avx512),
            Self::Avx2 => pulp::x86::V3::try_new().map(Token::Avx2),
            Self::Baseline => Some(Token::Baseline(pulp::Scalar::new())),
        }
    }

    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    fn token(self) -> Option<Token> {
        (self == Self::Baseline).then(|| Token::Baseline(pulp::Arch::new()))
    }
}

impl fmt::Display for Kernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avx512 => "AVX-512",
            Self::Avx2 => "AVX2",
            Self::Baseline => "baseline",
        })
    }
}

impl Token {
    #[inline(always)]
    fn run<O: WithSimd>(self, operation: O) -> O::Output {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx512(simd) => Simd::vectorize(simd, operation),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx2(simd) => Simd::vectorize(simd, operation),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Baseline(simd) => Simd::vectorize(simd, operation),
            #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
            Self::Baseline(arch) => arch.dispatch(operation),
        }
    }
}

/// Returns the choice from the environment, read at first use.
fn choice() -> &'static Result<Choice, UnknownKernels> {
    static CHOICE: OnceLock<Result<Choice, UnknownKernels>> = OnceLock::new();
    CHOICE.get_or_init(|| {
        let asked = env::var_os(VARIABLE).filter(|value| !value.is_empty());
        choose(asked.map(|value| value.to_string_lossy().into_owned()).as_deref())
    })
}

fn choose(asked: Option<&str>) -> Result<Choice, UnknownKernels> {
    let wanted = |kernels: &Kernels| asked.is_none_or(|word| word == kernels.word());
    let found = |kernels: Kernels| Some(Choice { kernels, token: kernels.token()? });
    let refused = || UnknownKernels(asked.unwrap_or_default().to_owned());
    Kernels::ALL.into_iter().filter(wanted).find_map(found).ok_or_else(refused)
}

/// Runs an operation with the chosen instruction set. An invalid `TURRET_KERNELS` is reported when a run is
/// opened or begun, before any computation.
#[doc(hidden)] // for measurements
#[inline(always)]
pub fn dispatch<O: WithSimd>(operation: O) -> O::Output {
    match choice() {
        Ok(choice) => choice.token.run(operation),
        Err(_) => Simd::vectorize(pulp::Scalar::new(), operation),
    }
}

/// Compiles the loops of a closure for each instruction set. Called functions must be inlined to benefit.
#[inline(always)]
pub(crate) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    dispatch(work)
}

#[cfg(test)]
impl Kernels {
    /// Runs an operation with this instruction set, if the processor has it.
    pub(crate) fn run<O: WithSimd>(self, operation: O) -> Option<O::Output> {
        Some(self.token()?.run(operation))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Number of floats in a vector.
    struct Lanes;

    impl WithSimd for Lanes {
        type Output = usize;

        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn each_instruction_set_of_the_processor_is_compiled_in() {
        let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let has_avx512 = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl");
        assert_eq!(Kernels::Avx2.run(Lanes), has_avx2.then_some(8));
        assert_eq!(Kernels::Avx512.run(Lanes), has_avx512.then_some(16));
        assert_eq!(Kernels::Baseline.run(Lanes), Some(1));
    }

    #[cfg(target_arch = "aarch64")]
    #[test]
    fn the_baseline_has_vectors() {
        assert_eq!(Kernels::Baseline.run(Lanes), Some(4));
    }

    #[test]
    fn the_widest_is_chosen_unless_another_is_forced() {
        let available = Kernels::available();
        assert_eq!(choose(None).unwrap().kernels, available[0]);
        for kernels in Kernels::ALL {
            match choose(Some(kernels.word())) {
                Ok(choice) => assert!(choice.kernels == kernels && available.contains(&kernels)),
                Err(_) => assert!(!available.contains(&kernels)),
            }
        }
        assert!(["AVX2", "sse2", " avx2", "avx-512"].iter().all(|word| choose(Some(word)).is_err()));
    }

    /// Runs the tests with any of these words in their names in a separate process with these kernels.
    fn tests_with(kernels: Kernels, words: &[&str]) -> String {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let output = command.args(words).env(VARIABLE, kernels.word()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "with {kernels} kernels:\n{said}");
        said
    }

    #[test]
    fn the_variable_reaches_the_kernels() {
        let word = env::var(VARIABLE).unwrap_or_default();
        if let Some(forced) = Kernels::ALL.iter().find(|kernels| kernels.word() == word) {
            assert_eq!(Kernels::chosen().unwrap(), *forced);
            assert_eq!(Some(dispatch(Lanes)), forced.run(Lanes));
        }
    }

    /// This process tests the kernels of the widest set.
    #[test]
    #[cfg_attr(debug_assertions, ignore = "takes minutes where kernels are not optimized")]
    fn kernels_of_each_set_compute_what_the_plain_operations_do() {
        let words = ["ops::", "table::", "optim::", "kernels::tests::the_variable"];
        let chosen = Kernels::chosen().unwrap();
        for kernels in Kernels::available().into_iter().filter(|kernels| *kernels != chosen) {
            let said = tests_with(kernels, &words);
            let is_tested = |name: &str| said.contains(&format!("{name} ... ok"));
            assert!(is_tested("ops::agreement::dense_and_activations"), "{said}");
            assert!(is_tested("kernels::tests::the_variable_reaches_the_kernels"), "{said}");
        }
    }
}
