//! Negatives of a training step.

written! {
    /// Negatives that an objective needs.
    #[derive(Clone, Debug, PartialEq)]
    pub struct NegativesSpec by new(source, inputs) {
        /// Source.
        pub source: NegativeSource,
        /// Inputs of the candidate towers.
        pub inputs: Vec<usize>,
        /// True if each record has its own negatives; otherwise all records share them.
        pub per_record: bool,
        /// True if the candidates of the other records are negatives too.
        pub in_batch: bool,
        /// True if the log expected counts are needed.
        pub log_q: bool,
        /// Index of the group that identifies the user of a row, if items of the user's training rows are not
        /// negatives.
        pub exclude_seen: Option<usize>,
    }

    /// Source of the negatives of a step.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum NegativeSource {
        /// Candidates sampled at random.
        Sampled {
            /// Number of candidates: for all records, or per record.
            count: usize,
            /// Sampling distribution.
            sampler: Sampler,
            /// True if sampling continues until `count` distinct candidates were seen.
            unique: bool,
        } by sampled(count, sampler),
        /// The whole catalog.
        All,
        /// Candidates listed in a column of the records.
        Listed,
    }
}

/// Declares the samplers from one list: of each its doc, its word in the language, and its setting with its range and default, or the
/// word `column` if it names one.
macro_rules! samplers {
    ($(
        $(#[$doc:meta])*
        $sampler:ident $({
            $(#[$setting_doc:meta])*
            $setting:ident: $low:literal to $high:literal, else $usual:literal
        })?: $word:literal $(, $column:ident)?;
    )*) => {
        written! {
            /// Sampling distribution of candidates.
            #[derive(Clone, Copy, Debug, PartialEq)]
            pub enum Sampler {
                $($(#[$doc])* $sampler $({ $(#[$setting_doc])* $setting: f64, })?,)*
            }
        }

        impl Sampler {
            /// The samplers by their words in the language.
            pub const WORDS: [(&'static str, SamplerForm); [$($word),*].len()] =
                [$(($word, samplers!(@form $sampler $($setting $low $high $usual)? $($column)?))),*];
        }
    };
    (@form $sampler:ident) => { SamplerForm::Plain(Sampler::$sampler) };
    (@form $sampler:ident column) => { SamplerForm::OfColumn(Sampler::$sampler) };
    (@form $sampler:ident $setting:ident $low:literal $high:literal $usual:literal) => {
        SamplerForm::Set {
            setting: stringify!($setting),
            range: ($low, $high),
            usual: $usual,
            sampler: |$setting| Sampler::$sampler { $setting },
        }
    };
}

samplers! {
    /// Uniform.
    Uniform: "uniform";
    /// `(ln(r + 2) - ln(r + 1)) / ln(C + 1)` for rank `r` among `C` candidates. Candidates are ranked by
    /// their number of training rows, most frequent first (rank 0); ties keep the order of the catalog.
    LogUniform: "log_uniform";
    /// Proportional to a power of the candidate's number of training rows.
    Frequency {
        /// Exponent.
        power: 0.0 to 4.0, else 0.75
    }: "frequency";
    /// Proportional to the numbers in a column of the catalog.
    Given: "given", column;
}

/// Form of a sampler in the language.
#[derive(Clone, Copy, Debug)]
pub enum SamplerForm {
    /// A word.
    Plain(Sampler),
    /// A word, or a call with a number.
    Set {
        /// Name of the number.
        setting: &'static str,
        /// Smallest and largest number.
        range: (f64, f64),
        /// The number of a bare word.
        usual: f64,
        /// The sampler of a number.
        sampler: fn(f64) -> Sampler,
    },
    /// A call with a column.
    OfColumn(Sampler),
}

impl NegativesSpec {
    /// Negatives shared by all records, for these inputs.
    pub fn new(source: NegativeSource, inputs: impl Into<Vec<usize>>) -> Self {
        Self {
            source,
            inputs: inputs.into(),
            per_record: false,
            in_batch: false,
            log_q: false,
            exclude_seen: None,
        }
    }

    /// Sets whether each record has its own negatives.
    #[must_use]
    pub fn per_record(self, per_record: bool) -> Self {
        Self { per_record, ..self }
    }

    /// Sets whether the candidates of the other records are negatives too.
    #[must_use]
    pub fn in_batch(self, in_batch: bool) -> Self {
        Self { in_batch, ..self }
    }

    /// Sets whether the log expected counts are needed.
    #[must_use]
    pub fn log_q(self, log_q: bool) -> Self {
        Self { log_q, ..self }
    }

    /// Excludes items of the training rows of each user, which this group identifies.
    #[must_use]
    pub fn exclude_seen(self, user: usize) -> Self {
        Self { exclude_seen: Some(user), ..self }
    }
}

impl NegativeSource {
    /// `count` candidates, sampled independently.
    pub const fn sampled(count: usize, sampler: Sampler) -> Self {
        Self::Sampled { count, sampler, unique: false }
    }
}
