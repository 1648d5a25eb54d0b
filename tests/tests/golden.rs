//! Snapshots of the code generated for every spec in `specs/`, so that a review shows the effect of a change.

use std::path::Path;

use turret_dsl::expand::Options;
use turret_dsl::{Compiler, read_below};
use turret_tests::root;

/// Specs that are also compiled with another constant: snapshot name, spec, constant and value.
const VARIANTS: [(&str, &str, &str, &str); 2] = [
    ("two_tower_32", "two_tower", "layers", "[32]"),
    ("two_tower_128_64_32", "two_tower", "layers", "[128, 64, 32]"),
];

fn generated(spec: &Path, set: Option<(&str, &str)>) -> String {
    let name = format!("specs/{}", spec.file_name().unwrap().to_str().unwrap());
    let compiler = Compiler::new(&name, &std::fs::read_to_string(spec).unwrap()).files(read_below(spec));
    let compiler = set.into_iter().fold(compiler, |compiler, (name, value)| compiler.set(name, value));
    let options = Options { main: true, ..Options::default() };
    compiler.compile(&options).unwrap_or_else(|failure| panic!("{name}: {:#?}", failure.diagnostics))
}

fn assert_golden(name: &str, code: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/golden"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.remove_input_file();
    settings.remove_snapshot_suffix();
    settings.bind(|| insta::assert_snapshot!(name, code));
}

#[test]
fn specs_generate_this_code() {
    insta::glob!("../../specs", "*.dm", |path| {
        assert_golden(path.file_stem().unwrap().to_str().unwrap(), &generated(path, None));
    });
}

#[test]
fn other_constants_generate_this_code() {
    for (snapshot, spec, constant, value) in VARIANTS {
        let path = root().join(format!("specs/{spec}.dm"));
        assert_golden(snapshot, &generated(&path, Some((constant, value))));
    }
}
