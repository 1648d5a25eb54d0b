//! `turret explain`: the page about a diagnostic's code, or what a spec was understood to mean.

use std::{path::Path, process::ExitCode};

use super::{Failure, package, spec};

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A code such as E0107, or a spec.
    subject: String,
}

/// Explains.
pub(super) fn run(arguments: &Arguments, overrides: &spec::Overrides) -> Result<ExitCode, Failure> {
    let subject = arguments.subject.as_str();
    if is_code(subject) && !Path::new(subject).exists() {
        let text = section(package::ERRORS, subject)
            .ok_or_else(|| Failure::input(format_args!("no diagnostic has the code {subject}")))?;
        print!("{text}");
    } else {
        let plan = spec::compiler(Path::new(subject), overrides)?
            .plan()
            .map_err(|failure| spec::refused(&failure))?;
        println!("{:#?}", plan.model);
    }
    Ok(ExitCode::SUCCESS)
}

fn is_code(word: &str) -> bool {
    word.len() == 5 && word.starts_with('E') && word[1..].bytes().all(|byte| byte.is_ascii_digit())
}

/// The part of a page from the heading that names a code to the next heading.
fn section(page: &str, code: &str) -> Option<String> {
    let mut lines = page.lines().skip_while(|line| !(line.starts_with('#') && line.contains(code)));
    let mut text = format!("{}\n", lines.next()?.trim_start_matches(['#', ' ']));
    for line in lines.take_while(|line| !line.starts_with('#')) {
        text.push_str(line);
        text.push('\n');
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_section_ends_at_the_next_heading() {
        let page = "# Codes\n\n## E0001: one\nfirst\n\n## E0002: two\nsecond\n";
        assert_eq!(super::section(page, "E0001").as_deref(), Some("E0001: one\nfirst\n\n"));
        assert_eq!(super::section(page, "E0009"), None);
        assert!(super::is_code("E0107") && !super::is_code("model"));
    }
}
