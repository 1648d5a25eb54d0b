//! The inputs of a plan, as the runtime has them.

use turret_dsl::plan::Input;
use turret_runtime::data::{FieldName, InputInfo};

/// The columns that a tower or the objective reads.
pub(super) fn input_info(input: &Input) -> InputInfo {
    let fields = input.fields.iter().map(|field| FieldName::of(text(&field.source), text(&field.name)));
    InputInfo { name: text(&input.name), source: input.source, fields: Vec::leak(fields.collect()) }
}

/// A text as the runtime has those of a compiled program, for as long as this process runs.
fn text(text: &str) -> &'static str {
    String::leak(text.to_owned())
}
