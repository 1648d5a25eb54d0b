//! Joins lines of generated code that the formatter broke at 89 columns, if they fit our line width.

/// Maximum line width.
const WIDTH: usize = 110;

/// Joins the lines of lists and of call chains, innermost first.
pub(super) fn join(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    loop {
        let count = lines.len();
        lines = join_chains(join_lists(lines));
        if lines.len() == count {
            return lines.iter().flat_map(|line| [line, "\n"]).collect();
        }
    }
}

/// Joins each bracketed list.
fn join_lists(lines: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        match list(&joined, &line) {
            Some((start, list)) => {
                joined.truncate(start);
                joined.push(list);
            }
            None => joined.push(line),
        }
    }
    joined
}

/// Returns the list that a line closes as one line, and the index of the line that opens it.
fn list(before: &[String], line: &str) -> Option<(usize, String)> {
    let (close, depth) = (line.trim_start(), indent(line));
    let open = match close.chars().next()? {
        ')' => '(',
        ']' => '[',
        '>' => '<',
        _ => return None,
    };
    let start = before.iter().rposition(|other| indent(other) <= depth)?;
    let head = before[start].strip_suffix(open).filter(|_| indent(&before[start]) == depth)?;
    let items = &before[start + 1..];
    let is_code = |item: &String| !item.ends_with(['{', ';']) && !item.contains("//") && !is_comment(item);
    if items.is_empty() || !items.iter().all(is_code) {
        return None;
    }
    let items = items.iter().map(|item| item.trim_start()).collect::<Vec<_>>().join(" ");
    let last = match items.strip_suffix(',') {
        // A trailing comma makes a one-tuple, and may matter to a macro.
        Some(_) if head.ends_with('!') || open == '(' && !is_callee(head) => return None,
        Some(items) => items,
        None => &items,
    };
    let list = format!("{head}{open}{last}{close}");
    (list.chars().count() <= WIDTH).then_some((start, list))
}

/// Joins each call chain.
fn join_chains(lines: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(lines.len());
    let mut rest = &lines[..];
    while let Some((first, after)) = rest.split_first() {
        let is_link =
            |line: &&String| line.trim_start().starts_with('.') && indent(line) == indent(first) + 4;
        let links = after.iter().take_while(is_link).count();
        let chain: String = std::iter::once(first.as_str())
            .chain(after[..links].iter().map(|link| link.trim_start()))
            .collect();
        let is_whole = after[..links].last().is_none_or(|last| !last.ends_with(['(', '[', '{', '<']));
        if is_whole && chain.chars().count() <= WIDTH && !is_comment(first) && !first.contains("//") {
            joined.push(chain);
            rest = &after[links..];
        } else if let Some(length) = only_link(first, after) {
            joined.push(format!("{first}{}", after[0].trim_start()));
            joined.extend(after[1..length].iter().map(|line| line[4..].to_string()));
            rest = &after[length..];
        } else {
            joined.push(first.clone());
            rest = after;
        }
    }
    joined
}

/// Returns the number of lines of a call that is the only link of its chain and has its arguments on separate
/// lines.
fn only_link(first: &str, after: &[String]) -> Option<usize> {
    let depth = indent(first) + 4;
    let link = after.first().filter(|link| indent(link) == depth && link.trim_start().starts_with('.'))?;
    let arguments = after[1..].iter().take_while(|line| indent(line) > depth).count();
    let is_link = |line: &String| indent(line) == depth && line.trim_start().starts_with('.');
    let ends = after.get(arguments + 1)?.trim_start().starts_with(')')
        && !after.get(arguments + 2).is_some_and(is_link);
    (link.ends_with('(') && ends && first.len() + link.trim_start().len() <= WIDTH).then_some(arguments + 2)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Returns whether a bracket after this text opens the arguments of a call.
fn is_callee(head: &str) -> bool {
    head.ends_with(|letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '>'))
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("__comment!")
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn lists_and_chains_that_fit_are_one_line() {
        let broken = "fn f() {\n    let y = ops::each(\n        x,\n        |x| ops::dense(\n            &self.a,\n            x,\n        ),\n    )?;\n    let z = a\n        .b\n        .c(\n            1,\n        )?;\n}\n";
        assert_eq!(
            join(broken),
            "fn f() {\n    let y = ops::each(x, |x| ops::dense(&self.a, x))?;\n    let z = a.b.c(1)?;\n}\n"
        );
    }

    #[test]
    fn a_call_begins_where_it_is_assigned() {
        let name = "n".repeat(60);
        let broken = format!("let y = self\n    .f(\n        {name},\n        {name},\n    )?;\n");
        assert_eq!(join(&broken), format!("let y = self.f(\n    {name},\n    {name},\n)?;\n"));
    }

    /// Only line breaks change.
    #[test]
    fn every_spec_says_the_same() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
        let mut count = 0;
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|extension| extension == "dm") {
                let text = std::fs::read_to_string(&path).unwrap();
                let compiler = crate::Compiler::new("m.dm", &text).files(crate::read_below(&path));
                let plan = compiler.plan().unwrap_or_else(|failure| panic!("{}", failure.render(false)));
                let tokens = crate::expand::expand(&plan, &crate::expand::Options::default());
                let formatted = prettyplease::unparse(&syn::parse2(tokens).unwrap());
                let again = prettyplease::unparse(&syn::parse_file(&join(&formatted)).unwrap());
                assert_eq!(again, formatted, "{}", path.display());
                count += 1;
            }
        }
        assert!(count > 20);
    }

    #[test]
    fn longer_ones_stay() {
        let name = "n".repeat(60);
        let long =
            format!("let y = f(\n    {name},\n    {name},\n);\nlet z = {name}\n    .{name}\n    .c();\n");
        assert_eq!(join(&long), long);
    }

    #[test]
    fn blocks_comments_and_tuples_of_one_stay() {
        for text in [
            "f(\n    || {\n        g();\n    },\n);\n",
            "f(\n    // why\n    x,\n);\n",
            "let x = (\n    1,\n);\n",
            "m!(\n    1,\n);\n",
        ] {
            assert_eq!(join(text), text);
        }
    }
}
