//! The `data` block of a plan, as the runtime has it.

use turret_dsl::model::{self, Model, Split};
use turret_dsl::plan::{Input, Plan};
use turret_runtime::data::InputInfo;
use turret_runtime::data::{
    CatalogueSpec, DataSpec, Encoding, Examples, FieldName, FilterSpec, HistorySpec, JoinSpec, Number,
    OnError, SourceSpec, SplitSpec, TimelineSpec,
};

/// Sources, joins, filters, split and catalogue.
pub(super) fn data_spec(plan: &Plan) -> DataSpec {
    let model = &plan.model;
    let source = |id: model::SourceId| text(&model.sources[id.0].name);
    DataSpec {
        sources: model.sources.iter().map(source_spec).collect(),
        joins: model
            .joins
            .iter()
            .map(|join| JoinSpec {
                source: source(join.source),
                left: text(&join.left),
                right: text(&join.right),
            })
            .collect(),
        filters: model
            .filters
            .iter()
            .map(|filter| FilterSpec {
                field: text(&filter.field),
                min: filter.min.map(number),
                max: filter.max.map(number),
                only: filter.only.as_deref().map(texts),
            })
            .collect(),
        timeline: model
            .timeline
            .as_ref()
            .map(|timeline| TimelineSpec { user: text(&timeline.user), time: text(&timeline.time) }),
        history: model.history.map(|history| HistorySpec {
            examples: if history.last { Examples::Last } else { Examples::Sliding },
            min: usize::try_from(history.min).unwrap_or(usize::MAX),
            same_time: history.same_time,
        }),
        split: split(model),
        catalogue: model.catalogue.as_ref().map(|catalogue| CatalogueSpec {
            source: source(catalogue.source),
            key: text(&catalogue.key),
            inputs: Vec::leak(plan.candidates.clone()),
        }),
        groups: model.groups.iter().map(|group| text(group)).collect(),
        on_error: match model.on_error {
            model::OnError::Stop => OnError::Stop,
            model::OnError::Skip | model::OnError::Substitute => OnError::Skip,
        },
    }
}

/// The columns that a tower or the objective reads.
pub(super) fn input_info(input: &Input) -> InputInfo {
    let fields = input.fields.iter().map(|(source, field)| FieldName::of(text(source), text(field)));
    InputInfo { name: text(&input.name), source: input.part, fields: Vec::leak(fields.collect()) }
}

fn source_spec(source: &model::Source) -> SourceSpec {
    let model::Source { name, path, separator, quote, columns, header, latin1, .. } = source;
    SourceSpec {
        name: text(name),
        path: text(path),
        separator: *separator,
        quote: *quote,
        columns: columns.as_deref().map(texts),
        header: *header,
        encoding: if *latin1 { Encoding::Latin1 } else { Encoding::Utf8 },
    }
}

/// A number that values of data are compared with.
pub(super) fn number(number: model::Exact) -> Number {
    match number {
        model::Exact::Double(number) => number.into(),
        model::Exact::Whole(number) => number.into(),
    }
}

fn split(model: &Model) -> SplitSpec {
    match &model.split {
        Split::None => SplitSpec::None,
        &Split::Random { test, seed } => SplitSpec::Random { test, seed },
        Split::ByTime { field, test } => SplitSpec::ByTime { field: text(field), test: *test },
        Split::LeaveLastOut { nth } => {
            SplitSpec::LeaveLastOut { nth: usize::try_from(*nth).unwrap_or(usize::MAX) }
        }
        Split::Given { train, test } => SplitSpec::Given { train: text(train), test: text(test) },
    }
}

fn texts(all: &[String]) -> &'static [&'static str] {
    Vec::leak(all.iter().map(|one| text(one)).collect())
}

/// A text as the runtime has those of a compiled program, for as long as this process runs.
fn text(text: &str) -> &'static str {
    String::leak(text.to_owned())
}
