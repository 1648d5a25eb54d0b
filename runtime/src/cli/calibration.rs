//! Tables of calibration by bins of rows.

use std::io::{self, Write};

use crate::evaluate::{CalibrationBin, Report};
use crate::progress::rounded;

/// Prints the bins of each `calibration_error` of a report, with the name of its part if `is_named`.
pub(super) fn write(stdout: &mut impl Write, report: &Report, is_named: bool) -> io::Result<()> {
    let part = if is_named { format!("{} ", report.part) } else { String::new() };
    for found in &report.calibration {
        writeln!(stdout, "{part}{} by bins", found.name)?;
        writeln!(stdout, "  {:>12}  {:>16}  {:>10}", "rows", "mean probability", "mean label")?;
        for CalibrationBin { rows, probability, label } in &found.bins {
            writeln!(stdout, "  {:>12}  {probability:>16.4}  {label:>10.4}", rounded(*rows as f64))?;
        }
    }
    Ok(())
}
