//! Number formats of the rows of embedding tables.

written! {
    /// Number format of the rows of a table, in memory and in files.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Precision {
        /// 32 bits: 8 of exponent, 23 of fraction.
        #[default]
        F32,
        /// 16 bits: 5 of exponent, 10 of fraction.
        F16,
        /// 16 bits: 8 of exponent, 7 of fraction.
        Bf16,
    }
}

impl Precision {
    /// Formats by their words in the language.
    pub const WORDS: [(&'static str, Self); 3] =
        [("f32", Self::F32), ("f16", Self::F16), ("bf16", Self::Bf16)];

    /// Word in the language.
    pub const fn word(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        }
    }

    /// Bytes of a number.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }
}
