//! Versions in `Cargo.lock` against the advisories in `.ci/advisories.txt`, without network access.

use std::fs;

use semver::{Version, VersionReq};
use turret_tests::root;

/// Returns the problems of a lock file: versions with an unaccepted advisory, and unnecessary acceptances.
fn faults(advisories: &str, lock: &str) -> Vec<String> {
    let value = |line: &str, key: &str| -> Option<String> {
        Some(line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?.to_owned())
    };
    let names = lock.lines().filter_map(|line| value(line, "name"));
    // Each package has both, in this order. The version of the file itself is not quoted.
    let versions = lock.lines().filter_map(|line| value(line, "version"));
    let packages: Vec<(String, Version)> =
        names.zip(versions.map(|version| version.parse().unwrap())).collect();
    let mut faults = Vec::new();
    for line in advisories.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (&[name, advisory, good], accepted) = cells.split_first_chunk().unwrap();
        let good: Vec<VersionReq> =
            good.split(';').filter(|good| *good != "none").map(|good| good.parse().unwrap()).collect();
        let affected: Vec<String> = packages
            .iter()
            .filter(|(other, version)| other == name && !good.iter().any(|good| good.matches(version)))
            .map(|(_, version)| version.to_string())
            .collect();
        match (affected.is_empty(), accepted.is_empty()) {
            (false, true) => faults.push(format!("{advisory} is about {name} {}", affected.join(", "))),
            (true, false) => {
                faults.push(format!("{advisory} is accepted and not about any {name} that is used"))
            }
            _ => {}
        }
    }
    faults
}

#[test]
fn no_dependency_has_an_advisory_that_nobody_accepted() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let advisories = read(".ci/advisories.txt");
    let lock = read("Cargo.lock");
    assert!(lock.contains("name = \"dfdx\""));
    assert_eq!(faults(&advisories, &lock), Vec::<String>::new());
    // Both lists have the same acceptances.
    let accepted = advisories.lines().filter(|line| !line.starts_with('#') && line.split('|').count() == 4);
    let deny = read("deny.toml");
    for line in accepted {
        let id = line.split('|').nth(1).unwrap().trim();
        assert!(deny.contains(&format!("id = \"{id}\"")), "deny.toml does not know {id}");
    }
}

#[test]
fn advisories_are_held_against_versions() {
    let lock =
        "[[package]]\nname = \"a\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
    let check = |line: &str| faults(line, lock);
    assert_eq!(check("a | ID | >= 2; ^1.2.3"), Vec::<String>::new());
    assert_eq!(check("a | ID | >= 1.2.4"), ["ID is about a 1.2.3"]);
    assert_eq!(check("a | ID | none"), ["ID is about a 1.2.3, 2.0.0"]);
    assert_eq!(check("a | ID | none | it is not called"), Vec::<String>::new());
    assert_eq!(check("b | ID | none"), Vec::<String>::new());
    assert_eq!(
        check("a | ID | >= 1 | it was not called"),
        ["ID is accepted and not about any a that is used"]
    );
}
