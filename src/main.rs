//! The `turret` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    turret::command::main()
}
