//! Diagnostics of invalid specs: `diagnostics/E0302_logit.dm` and others with snapshots of their text, and
//! the examples in `docs/errors.md`.

use std::collections::BTreeSet;
use std::path::Path;

use turret_dsl::expand::Options;
use turret_dsl::render::{render, to_json};
use turret_dsl::{Compiler, Failure};

/// Codes whose example would be too long for a page, or needs more than one file.
const WITHOUT_EXAMPLE: [&str; 10] =
    ["E0004", "E0005", "E0013", "E0014", "E0113", "E0116", "E0117", "E0309", "E0601", "E0602"];

fn compile(name: &str, text: &str) -> Result<String, Box<Failure>> {
    Compiler::new(name, text).compile(&Options::default())
}

fn texts(failure: &Failure) -> Vec<(&str, &str)> {
    failure.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

fn shown(failure: &Failure) -> String {
    render(&failure.diagnostics, &failure.spans, &texts(failure), false)
}

fn reported(failure: &Failure) -> BTreeSet<String> {
    failure.diagnostics.iter().map(|diagnostic| diagnostic.code.to_string()).collect()
}

/// Codes such as `E0302` in a text.
fn codes(text: &str) -> BTreeSet<String> {
    let is_code = |word: &&str| {
        word.len() == 5 && word.starts_with('E') && word[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_code).map(str::to_string).collect()
}

/// Each spec reports exactly the codes in its file name, so an error does not cause others. If there are
/// several, the JSON lines are shown too.
#[test]
fn wrong_specs_are_explained() {
    insta::glob!("../diagnostics", "*.dm", |path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        let stem = name.strip_suffix(".dm").unwrap();
        let failure = compile(name, &std::fs::read_to_string(path).unwrap())
            .expect_err("a spec among the wrong ones compiles");
        let mut text = shown(&failure);
        assert_eq!(reported(&failure), codes(stem), "{name}\n{text}");
        if codes(stem).len() > 1 {
            text.push_str(&to_json(&failure.diagnostics, &failure.spans, &texts(&failure)));
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().unwrap());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.remove_input_file();
        settings.remove_snapshot_suffix();
        settings.bind(|| insta::assert_snapshot!(stem, text));
    });
}

/// Sources of the compiler without tests.
fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            text.push_str(source.split("#[cfg(test)]\nmod tests {").next().unwrap_or(""));
        }
    }
}

/// Sections of `docs/errors.md` by code.
fn sections(docs: &str) -> Vec<(&str, &str)> {
    docs.split("\n## ").skip(1).map(|section| section.split_at(5)).collect()
}

/// Code blocks of a section that begin with this fence.
fn examples<'s>(section: &'s str, fence: &str) -> Vec<&'s str> {
    let open = format!("\n```{fence}\n");
    let blocks = section.split(open.as_str()).skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap_or("")).collect()
}

#[test]
fn every_code_is_documented_and_shown() {
    let root = turret_tests::root();
    let docs = std::fs::read_to_string(root.join("docs/errors.md")).unwrap();
    let mut compiler = String::new();
    sources(&root.join("dsl/src"), &mut compiler);
    let quoted = compiler.split('"').filter(|text| text.len() == 5);
    let emitted: BTreeSet<String> = quoted.flat_map(codes).collect();
    let documented: Vec<String> = sections(&docs).iter().map(|(code, _)| code.to_string()).collect();
    assert_eq!(documented, emitted.into_iter().collect::<Vec<_>>(), "in docs/errors.md, sorted; in dsl/src");

    for (code, section) in sections(&docs) {
        let (wrong, right) = (examples(section, &format!("dm,{code}")), examples(section, "dm"));
        assert!(WITHOUT_EXAMPLE.contains(&code) || !wrong.is_empty(), "{code} has no example");
        assert_eq!(wrong.len(), right.len(), "{code}: each wrong example has a right one");
        for example in wrong {
            let failure = compile(code, example).expect_err("a wrong example compiles");
            assert_eq!(reported(&failure), BTreeSet::from([code.to_string()]), "{}", shown(&failure));
        }
        for example in right {
            if let Err(failure) = compile(code, example) {
                panic!("the corrected example is wrong:\n{}", shown(&failure));
            }
        }
    }
}
