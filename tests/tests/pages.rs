//! The introductory pages: their files equal those of `examples/shop`, their commands run as written, and
//! their links work.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::tempdir;
use turret_tests::{Outcome, outcome, root, turret};

const PAGES: [&str; 3] = ["your-own-csv.md", "in-a-rust-program.md", "after-training.md"];

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap()
}

/// Fenced blocks of a page: language, file name, text.
fn blocks(page: &str) -> Vec<(&str, &str, &str)> {
    let mut parts = page.split("```");
    parts.next();
    let mut blocks = Vec::new();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (heading, text) = block.split_once('\n').unwrap();
        let (language, name) = heading.split_once(' ').unwrap_or((heading, ""));
        blocks.push((language, name, text));
    }
    blocks
}

#[test]
fn pages_show_the_files_of_the_example() {
    let mut shown = Vec::new();
    for name in PAGES {
        let page = page(name);
        for (_, file, text) in blocks(&page).into_iter().filter(|(_, file, _)| !file.is_empty()) {
            let held = fs::read_to_string(root().join("examples/shop").join(file)).unwrap();
            assert_eq!(text, held, "{file} in {name}");
            shown.push(file.to_owned());
        }
    }
    shown.sort();
    assert_eq!(shown, ["next.dm", "shop.dm", "src/bin/next.rs", "src/main.rs", "visits.csv"]);
}

/// Runs a shell line that finds the built command as `turret`.
fn shell(line: &str, folder: &Path) -> Outcome {
    let built = turret();
    let program = PathBuf::from(built.get_program());
    let paths = env::var_os("PATH").unwrap_or_default();
    let paths = program.parent().map(Path::to_path_buf).into_iter().chain(env::split_paths(&paths));
    let mut shell = Command::new("sh");
    shell.args(["-ec", line]).current_dir(folder).env("PATH", env::join_paths(paths).unwrap());
    for (name, value) in built.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    outcome(&mut shell)
}

/// Also: a different learning rate does not recompile, and is stored with the run, not in its spec.
#[test]
fn commands_of_the_page_for_a_csv_run() {
    let folder = tempdir().unwrap();
    let page = page("your-own-csv.md");
    for (_, file, text) in blocks(&page).into_iter().filter(|(_, file, _)| !file.is_empty()) {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let lines = blocks(&page)
        .into_iter()
        .filter(|(language, ..)| *language == "sh")
        .flat_map(|(.., text)| text.lines());
    let outcomes: Vec<(&str, Outcome)> = lines.map(|line| (line, shell(line, folder.path()))).collect();
    for (line, outcome) in &outcomes {
        assert_eq!(outcome.status, 0, "{line}\n{}", outcome.stderr);
    }
    let found = |part: &str| &outcomes.iter().find(|(line, _)| line.contains(part)).expect(part).1;
    assert!(found("--out runs/shop").stdout.contains("auc"));
    let answer: serde_json::Value = serde_json::from_str(found("turret predict").stdout.trim()).unwrap();
    assert!(answer["probability"].as_f64().is_some_and(|probability| (0.0..=1.0).contains(&probability)));

    let slower = found("--set train.lr=0.003");
    assert!(!slower.stderr.contains("compiling"), "{}", slower.stderr);
    let run = folder.path().join("runs/slower");
    let info: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
    assert!((info["lr"].as_f64().unwrap() - 0.003).abs() < 1e-8, "{info}");
    assert!(!fs::read_to_string(run.join("spec.dm")).unwrap().contains("--set"));
    for line in ["turret eval runs/slower", "turret train --resume runs/slower --epochs 41"] {
        let outcome = shell(line, folder.path());
        assert_eq!(outcome.status, 0, "{line}\n{}", outcome.stderr);
        assert!(!outcome.stderr.contains("compiling"), "{line}\n{}", outcome.stderr);
    }
    let refused = shell("turret train --resume runs/slower --set train.lr=0.1", folder.path());
    assert_eq!(refused.status, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("`--set train.lr` does not change a run"), "{}", refused.stderr);
}

/// Anchor of a heading on GitHub.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().chars();
    let kept = kept.filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut found = 0;
    for name in PAGES {
        let text = page(name);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let path = root().join("docs").join(path);
            assert!(path.exists(), "{name}: {link}");
            if !heading.is_empty() {
                let target = fs::read_to_string(path).unwrap();
                let mut headings = target.lines().filter(|line| line.starts_with('#')).map(anchor);
                assert!(headings.any(|other| other == heading), "{name}: {link}");
            }
            found += 1;
        }
    }
    assert!(found > 12, "{found} links were found");
}
