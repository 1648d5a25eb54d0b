//! Rules for all sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use turret_tests::root;

/// Maximum length of a source file.
const MAX_LINES: usize = 500;
/// Maximum length of a spec without its `data` block.
const MAX_SPEC: usize = 60;

/// Words that do not begin a doc comment.
const OPENINGS: [&str; 14] = [
    "How", "Its", "So", "Then", "These", "Those", "What", "When", "Where", "Whether", "Which", "Who",
    "Whoever", "Why",
];

/// Words and phrases that no comment has: archaic or vague ones, and British spelling.
const PHRASES: [&str; 16] = [
    "anew",
    "behaviour",
    "beside",
    "catalogue",
    "finaliser",
    "initialised",
    "minimised",
    "misspelt",
    "normalised",
    "passed over",
    "personalised",
    "so many",
    "told apart",
    "where one is known",
    "where there is one",
    "whoever",
];

/// Modules with `unsafe`, and why.
const UNSAFE: [(&str, &str); 5] = [
    ("runtime/src/data/source/standard_input.rs", "a C function gives standard input another file"),
    ("runtime/src/huge_pages.rs", "madvise is a C function"),
    ("runtime/src/mapped.rs", "the system shares the memory of a mapped file with other processes"),
    ("runtime/src/ops/memory.rs", "mallopt is a C function"),
    ("runtime/src/signals.rs", "signals are blocked and waited for by C functions"),
];

/// Runtime modules with state behind a lock, and why.
const LOCKS: [(&str, &str); 4] = [
    ("runtime/src/evaluate/report.rs", "threads that resample move one line of progress"),
    ("runtime/src/interrupt.rs", "the thread of signals and that of training both know what a signal ends"),
    ("runtime/src/loaded/passes.rs", "callers of a stored model take memory of earlier passes"),
    ("runtime/src/ops/parallel.rs", "threads take pieces of work from one iterator"),
];

/// Lines outside of tests that may panic, by file and a part of the line, and why.
const PANICS: [(&str, &str, &str); 3] = [
    (
        "runtime/src/ops/planned/recording.rs",
        "an op of dfdx",
        "no layer does this; parity takes a step of each",
    ),
    ("runtime/src/ops/reshape.rs", "the sizes are the same", "types that differ in static sizes alone"),
    ("runtime/src/ops/rows/concat.rs", "a static width is also a width", "every `Const` is a width"),
];

/// Returns the files with this suffix in a folder and its subfolders, without build outputs.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() && !entry.ends_with("target") && !entry.ends_with(".git") {
                open.push(entry);
            } else if entry.to_string_lossy().ends_with(ending) {
                found.push(entry);
            }
        }
    }
    assert!(!found.is_empty(), "no *{ending} in {folder}");
    found
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

/// Returns whether a source is a test module, by its declaration in the parent.
fn is_test(path: &Path) -> bool {
    let (Some(folder), Some(stem)) = (path.parent(), path.file_stem().and_then(|stem| stem.to_str())) else {
        return false;
    };
    let parents = [folder.with_extension("rs"), folder.join("lib.rs")];
    let declaration = format!("#[cfg(test)]\nmod {stem};");
    parents.iter().any(|parent| parent.is_file() && read(parent).contains(&declaration))
        || folder.with_extension("rs").is_file() && is_test(&folder.with_extension("rs"))
}

/// Returns the numbered lines of library code in a source, without comments and tests.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = if is_test(path) { String::new() } else { read(path) };
    let tests =
        ["#[cfg(test)]", "#[cfg(all(test, unix))]"].map(|cfg| text.find(&format!("{cfg}\nmod tests {{")));
    let end = tests.into_iter().flatten().min().unwrap_or(text.len());
    let lines = text[..end].lines().enumerate().map(|(at, line)| (at + 1, line.trim().to_string()));
    lines.filter(|(_, line)| !line.starts_with("//")).collect()
}

/// Returns the lines of library code for which `is_wrong`, given the name of the file and the line, with their
/// places.
fn lines(paths: impl IntoIterator<Item = PathBuf>, is_wrong: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for path in paths {
        let name = name(&path);
        let wrong = code(&path).into_iter().filter(|(_, line)| is_wrong(&name, line));
        found.extend(wrong.map(|(at, line)| format!("{name}:{at}: {line}")));
    }
    found
}

fn has_any(line: &str, words: &[&str]) -> bool {
    words.iter().any(|word| line.contains(word))
}

/// Returns the sources in some folders.
fn sources(folders: &[&str]) -> Vec<PathBuf> {
    folders.iter().flat_map(|folder| files(folder, ".rs")).collect()
}

/// Returns the sources of the runtime below its command line.
fn below_cli() -> impl Iterator<Item = PathBuf> {
    files("runtime/src", ".rs").into_iter().filter(|path| !name(path).starts_with("runtime/src/cli"))
}

/// Fails with a list of places unless it is empty.
fn none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

/// Returns the names of the dependencies in sections of a manifest with this heading.
fn dependencies(manifest: &str, heading: &str) -> Vec<String> {
    let text = read(root().join(manifest));
    let sections = text.split("\n[").filter(|section| section.split(']').next() == Some(heading));
    let lines = sections.flat_map(str::lines).skip(1).filter(|line| line.contains('=')).map(str::to_string);
    lines.filter_map(|line| Some(line.split(['=', '.', ' ']).next()?.to_string())).collect()
}

#[test]
fn the_compiler_and_the_runtime_do_not_know_each_other() {
    let compiler = dependencies("dsl/Cargo.toml", "dependencies");
    let runtime = dependencies("runtime/Cargo.toml", "dependencies");
    assert!(compiler.contains(&"pest".to_string()) && runtime.contains(&"dfdx".to_string()));
    for stranger in ["dfdx", "turret-runtime", "turret-macros"] {
        assert!(!compiler.contains(&stranger.to_string()), "turret-dsl depends on {stranger}");
    }
    for stranger in ["turret-dsl", "turret-macros", "turret"] {
        assert!(!runtime.contains(&stranger.to_string()), "turret-runtime depends on {stranger}");
    }
    let always = |manifest: &str| -> Vec<String> {
        let optional = read(root().join(manifest));
        let optional: Vec<&str> = optional.lines().filter(|line| line.contains("optional = true")).collect();
        let is_optional = |name: &String| optional.iter().any(|line| line.starts_with(&format!("{name} ")));
        dependencies(manifest, "dependencies").into_iter().filter(|name| !is_optional(name)).collect()
    };
    assert_eq!(always("schema/Cargo.toml"), ["serde"], "programs carry the schema");
}

/// `config.rs` and `files.rs` do I/O, for build scripts and imports.
#[test]
fn the_compiler_does_no_io() {
    // generated code names `std::process::ExitCode`
    let io = ["std::fs", "std::env", "std::net", "std::io", "use std::process"];
    let paths = files("dsl/src", ".rs").into_iter();
    let paths = paths.filter(|path| !path.ends_with("config.rs") && !path.ends_with("files.rs"));
    none("I/O in the compiler", lines(paths, |_, line| has_any(line, &io)));
}

/// `expand` prints a plan. A default, a search or a set in it would be a decision.
#[test]
fn expand_decides_nothing() {
    let decisions = [
        "unwrap_or_default",
        "unwrap_or(",
        "unwrap_or_else",
        "String::new()",
        ".unwrap()",
        ".expect(",
        ".find(",
        ".position(",
        "BTreeSet",
        "BTreeMap",
        "HashSet",
        "HashMap",
    ];
    let found = lines(files("dsl/src/expand", ".rs"), |_, line| has_any(line, &decisions));
    none("decisions in `expand`; let `plan` take them", found);
}

/// Modules below the command line do not know exit statuses.
#[test]
fn exit_statuses_are_those_of_the_command_line() {
    let words = ["process::exit", "ExitCode", "STATUS_"];
    none("exit statuses below the command line", lines(below_cli(), |_, line| has_any(line, &words)));
}

/// The library describes remedies; the command line names the options.
#[test]
fn options_are_named_by_the_command_line() {
    let names_option = |line: &str| {
        let mut words = line.split("--").skip(1);
        words.any(|word| word.starts_with(|first: char| first.is_ascii_lowercase()))
    };
    none("options named below the command line", lines(below_cli(), |_, line| names_option(line)));
}

/// Only the command line knows whether its output is a terminal. Rows are not read from one.
#[test]
fn terminals_are_those_of_the_command_line() {
    let words = ["is_terminal", "IsTerminal", "indicatif"];
    let input = "runtime/src/data/source/standard_input.rs";
    let found = lines(below_cli(), |name, line| name != input && has_any(line, &words));
    none("terminals below the command line", found);
}

/// A file name may contain line feeds and terminal control codes.
#[test]
fn paths_are_shown_through_printable() {
    let is_bare = |line: &str| {
        line.matches(".display()").count() > line.matches("printable(").count()
            || line.contains(".escape_debug()")
    };
    let found = lines(sources(&["runtime/src", "src"]), |_, line| is_bare(line));
    none("text of others that is not shown through `printable`", found);
}

/// A doc comment names the kind of the item first.
#[test]
fn comments_of_documentation_begin_with_a_noun_or_a_verb() {
    let mut found = Vec::new();
    let folders = ["bench", "dsl", "examples", "macros", "runtime", "schema", "src", "tests"];
    for path in folders.iter().flat_map(|folder| files(folder, ".rs")) {
        let mut is_inside = false;
        for (at, line) in read(&path).lines().map(str::trim).enumerate() {
            let text = line.strip_prefix("/// ").or_else(|| line.strip_prefix("//! "));
            let first = text.and_then(|text| text.split([' ', '.']).next()).unwrap_or_default();
            if !is_inside && OPENINGS.contains(&first) {
                found.push(format!("{}:{}: {line}", name(&path), at + 1));
            }
            is_inside = text.is_some();
        }
    }
    none("documentation that begins with a question or a pronoun", found);
}

#[test]
fn comments_are_in_plain_words() {
    let mut found = Vec::new();
    let folders = ["bench", "dsl", "examples", "macros", "runtime", "schema", "src", "tests"];
    for path in folders.iter().flat_map(|folder| files(folder, ".rs")) {
        for (at, line) in read(&path).lines().map(str::trim).enumerate() {
            let Some(comment) = line.strip_prefix("//") else { continue };
            let words: Vec<String> =
                comment.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
            let text = format!(" {} ", words.join(" "));
            if PHRASES.iter().any(|phrase| text.contains(&format!(" {phrase} "))) {
                found.push(format!("{}:{}: {line}", name(&path), at + 1));
            }
        }
    }
    none("comments with words that are not plain; style: short sentences in the field's words", found);
}

/// Context is passed.
#[test]
fn no_thread_remembers_anything() {
    let folders = ["dsl/src", "macros/src", "runtime/src", "schema/src", "src"];
    none("state of a thread", lines(sources(&folders), |_, line| line.contains("thread_local!")));
}

/// A function receives everything that it changes as `&mut`.
#[test]
fn state_behind_a_lock_has_a_reason() {
    let mut found = Vec::new();
    for path in files("runtime/src", ".rs") {
        let is_known = LOCKS.iter().any(|(file, _)| name(&path) == *file);
        let locks = ["Mutex", "RwLock", "RefCell"];
        if code(&path).iter().any(|(_, line)| locks.iter().any(|lock| line.contains(lock))) != is_known {
            found.push(name(&path));
        }
    }
    none("modules whose lock is not listed in this test, or is listed and not there", found);
}

#[test]
fn files_are_short() {
    let mut found = Vec::new();
    for path in
        ["dsl", "macros", "runtime", "schema", "src", "tests"].iter().flat_map(|folder| files(folder, ".rs"))
    {
        let lines = read(&path).lines().count();
        if lines > MAX_LINES {
            found.push(format!("{}: {lines} lines", name(&path)));
        }
    }
    none("files of more than 500 lines; split them by concept", found);
}

#[test]
fn nothing_panics_on_purpose() {
    let panics = [".unwrap()", ".expect(", "panic!(", "unreachable!(", "todo!(", "unimplemented!("];
    let is_allowed =
        |path: &str, line: &str| PANICS.iter().any(|(file, part, _)| path == *file && line.contains(part));
    let folders = ["dsl/src", "src", "runtime/src", "schema/src", "macros/src"];
    let found = lines(sources(&folders), |path, line| has_any(line, &panics) && !is_allowed(path, line));
    none("panics outside of tests; report an error instead", found);
}

#[test]
fn unsafe_code_is_where_it_is_known_to_be() {
    let mut found = Vec::new();
    for path in ["dsl/src", "src", "runtime/src", "schema/src", "macros/src"]
        .iter()
        .flat_map(|folder| files(folder, ".rs"))
    {
        let is_known = UNSAFE.iter().any(|(file, _)| name(&path) == *file);
        let uses = code(&path).iter().any(|(_, line)| {
            line.contains("unsafe {") || line.contains("unsafe fn") || line.contains("unsafe impl")
        });
        if uses != is_known {
            found.push(name(&path));
        }
    }
    none("modules whose `unsafe` is not listed in this test, or is listed and not there", found);
}

/// A loop that queries instruction sets itself ignores `TURRET_KERNELS` and is not tested.
#[test]
fn one_module_chooses_instructions() {
    let asks = ["Arch::", "try_new()", "_feature_detected!", "target_feature", "target-cpu", "std::arch"];
    let folders = ["src", "runtime/src", "macros/src", "dsl/src"];
    let found =
        lines(sources(&folders), |path, line| path != "runtime/src/kernels.rs" && has_any(line, &asks));
    none("instructions chosen outside of runtime/src/kernels.rs", found);
}

#[test]
fn dependencies_have_reasons() {
    let mut found = Vec::new();
    for path in files("", "Cargo.toml") {
        let text = read(&path);
        for section in text
            .split("\n[")
            .filter(|section| section.split(']').next().unwrap_or("").ends_with("dependencies"))
        {
            for line in section.lines().skip(1).filter(|line| line.contains('=') && !line.starts_with('#')) {
                // Crates of the workspace are its architecture.
                if !line.contains('#') && !line.starts_with("turret") {
                    found.push(format!("{}: {line}", name(&path)));
                }
            }
        }
    }
    none("dependencies without a reason on their line", found);
}

#[test]
fn specs_name_their_paper_and_are_short() {
    let mut found = Vec::new();
    for path in files("specs", ".dm") {
        let text = read(&path);
        let docs: String = text.lines().take_while(|line| line.starts_with("///")).collect();
        let has_year = docs
            .split(|c: char| !c.is_ascii_digit())
            .any(|word| word.len() == 4 && word.starts_with(['1', '2']));
        if !has_year {
            found.push(format!("{}: the comment above the model names no paper and year", name(&path)));
        }
        let data = text.find("\n    data {").and_then(|start| {
            let end = text[start..].find("\n    }\n")?;
            Some(text[start..start + end].lines().count())
        });
        let lines = text.lines().count() - data.unwrap_or(0);
        if lines > MAX_SPEC {
            found.push(format!("{}: {lines} lines without its data", name(&path)));
        }
    }
    none("specs", found);
}

/// A variable may have the name of an operation, so operations are called by path.
#[test]
fn operations_are_called_by_their_path() {
    let sources: Vec<String> = files("runtime/src/ops", ".rs").iter().map(read).collect();
    let functions =
        sources.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("pub fn "));
    let operations: BTreeSet<&str> = functions.filter_map(|line| line.split(['<', '(']).next()).collect();
    assert!(operations.contains("dense") && operations.contains("softmax"));
    let mut found = Vec::new();
    for path in files("tests/golden", ".snap") {
        // The text of a spec is on its own line.
        for (at, line) in read(&path).lines().enumerate().filter(|(_, line)| !line.trim().starts_with('"')) {
            let calls = line.match_indices('(').filter_map(|(end, _)| {
                let start =
                    line[..end].rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
                let before = &line[..start];
                let is_bare = ![".", "::", "fn ", "#["].iter().any(|end| before.ends_with(end));
                is_bare.then_some(&line[start..end])
            });
            let bare = calls.filter(|call| operations.contains(call));
            found.extend(bare.map(|call| format!("{}:{}: {call}", name(&path), at + 1)));
        }
    }
    none("operations that generated code calls by their bare name", found);
}
