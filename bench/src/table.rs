//! Formatting of tables and numbers.

use turret_runtime::kernels::Kernels;

/// Description of the machine and of relevant versions.
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

/// Returns the median; the upper one of an even count.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Formats bytes in MB.
pub(crate) fn megabytes(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}

/// Formats a duration in a suitable unit.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.2} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}
