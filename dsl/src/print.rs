//! tokens to text: formatted by prettyplease, comments put back in place.

use proc_macro2::TokenStream;

/// The text of generated code. Comments travel as `__comment!("...");`, which formatters of tokens keep.
pub fn print(tokens: TokenStream, header: &str) -> String {
    let text = match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        // Tokens that are not Rust would be a bug of `expand`; the text shows rustc, and so its author, what is wrong.
        Err(_) => tokens.to_string(),
    };
    let mut out = String::with_capacity(text.len() + header.len());
    out.push_str(header);
    let mut last_was_item = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let starts_item = !line.starts_with([' ', '}', ')']) && !line.is_empty();
        let opens = trimmed.starts_with("///") || trimmed.starts_with("#[");
        if starts_item && !last_was_item {
            out.push('\n');
        }
        last_was_item = starts_item && opens;
        let indent = &line[..line.len() - trimmed.len()];
        match trimmed.strip_prefix("__comment!(\"").and_then(|rest| rest.strip_suffix("\");")) {
            Some(comment) => out.push_str(&format!("{indent}// {comment}")),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}
