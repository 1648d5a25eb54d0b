//! Numbers as the tables show them.

use turret_runtime::kernels::Kernels;

/// The machine in general words, and the versions that count.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernels: Vec<String> = Kernels::available().iter().map(ToString::to_string).collect();
    format!("Machine: {cores} cores, {}, kernels: {}.", std::env::consts::ARCH, kernels.join(", "))
}

/// Begins a table.
pub(crate) fn begin(title: &str, columns: &[&str]) {
    println!("\n## {title}\n\n| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
}

/// Writes a row of a table.
pub(crate) fn row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

/// The middle one of some numbers, the upper one where there are two.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Bytes in millions.
pub(crate) fn megabytes(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}

/// A duration in a unit that suits it.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.2} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}
