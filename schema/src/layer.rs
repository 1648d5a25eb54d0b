//! Names of layers with weights, in this version and in earlier ones.

/// Kind of a layer type: `layer_norm` for `LayerNorm`.
pub fn kind_of(ty: &str) -> String {
    let mut kind = String::new();
    for letter in ty.chars() {
        if letter.is_ascii_uppercase() && !kind.is_empty() {
            kind.push('_');
        }
        kind.push(letter.to_ascii_lowercase());
    }
    kind
}

/// Name of a layer in earlier versions: its kind and its number among the layers of its struct.
pub fn former_name(kind: &str, number: usize) -> String {
    format!("{kind}_{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_called_by_kind_and_number() {
        assert_eq!(former_name(&kind_of("LayerNorm"), 1), "layer_norm_1");
        assert_eq!(former_name(&kind_of("Dense"), 0), "dense_0");
    }
}
