//! Terms of the objective: calls of losses.

use super::drawn_pairs::{check_calibration, function, hardest};
use super::expressions::Scope;
use super::labelled::labelled;
use super::negatives::{MAX_NEGATIVES, candidates, exclude_seen, take_negatives};
use crate::arguments::{Bound, Param, Rest, bind, describe};
use crate::ast::{Argument, Call, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::layers::{distance_nodes, normalize_node};
use crate::losses::{Form, Negatives, Rule, Setting};
use crate::model::{
    AccidentalHits, CandidateQueue, ColumnId, ColumnKind, Compared, Loss, NegativeSource,
    Negatives as SampledNegatives, NodeId, Reduction,
};
use crate::span::Span;

/// Reductions by keyword.
const REDUCTIONS: [(&str, Reduction); 2] = [("mean", Reduction::Mean), ("sum", Reduction::Sum)];

/// A term of the objective: a call of a loss and its weight.
pub(super) struct Term<'e> {
    pub(super) rule: &'static Rule,
    pub(super) weight: Result<f64, Reported>,
    pub(super) bound: Bound<'e>,
}

/// Returns the parameters of a call.
fn params(rule: &Rule) -> Vec<Param> {
    let operands = rule.operands.iter().copied().map(Param::required);
    let settings = rule.settings.iter().map(|setting| match setting.usual {
        None => Param::required(setting.name),
        Some(_) => Param::named(setting.name),
    });
    let options = rule.options.iter().copied().chain(["reduction"]).map(Param::named);
    operands.chain(settings).chain(options).collect()
}

/// Reports a call that lacks arguments unless it samples negatives.
fn score_alone(rule: &Rule, call: &Call, span: Span) -> Option<Diagnostic> {
    let name = rule.word;
    let sampled = Rule::of(name, true).filter(|other| other.form == Form::SampledPairs && *other != rule)?;
    let missing = rule.operands.last()?;
    let whole = if rule.form == Form::Label { format!("{name}(score, click)") } else { rule.example(4) };
    let alone = sampled.operands.len();
    let is_setting =
        |name: &str| name == "reduction" || sampled.settings.iter().any(|setting| setting.name == name);
    let is_score = |argument: &&Argument| argument.name.as_ref().is_none_or(|name| !is_setting(&name.text));
    let unnamed = call.arguments.iter().filter(|argument| argument.name.is_none()).count();
    let scores = call.arguments.iter().filter(is_score).count();
    (unnamed == alone && scores == alone).then(|| {
        Diagnostic::new("E0204", span, format!("`{name}` needs `{missing}`, or `negatives`"))
            .label(format!("`{missing}` is missing"))
            .help(format!("write `{whole}`, or draw negatives from the catalog: `{}`", sampled.example(4)))
    })
}

/// Reports a call that samples negatives and queues candidates.
fn queue_of_sampled(rule: &Rule, call: &Call) -> Option<Diagnostic> {
    let argument = |name: &str| {
        call.arguments.iter().find(|argument| argument.name.as_ref().is_some_and(|found| found.text == name))
    };
    let (queue, negatives) = (argument("queue")?, argument("negatives")?);
    (rule.in_batch && rule.has_catalog_negatives()).then(|| {
        Diagnostic::new("E0208", queue.value.span, "`queue` cannot be used with `negatives`")
            .label("candidates of earlier batches")
            .note(negatives.value.span, "candidates sampled from the catalog")
            .help("remove one of them: with `queue`, `probability` has the logQ correction")
    })
}

/// Binds the arguments of a term.
pub(super) fn bind_term<'e>(
    rule: &Rule,
    call: &'e Call,
    span: Span,
    scope: &mut Scope<'_>,
) -> Result<Bound<'e>, Reported> {
    if let Some(diagnostic) = score_alone(rule, call, span).or_else(|| queue_of_sampled(rule, call)) {
        return Err(scope.errors.push(diagnostic));
    }
    bind(&format!("`{}`", rule.word), span, &call.arguments, &params(rule), Rest::Refused, scope.errors)
}

impl Term<'_> {
    /// Normalizes its towers if it asks for that. Returns false if they cannot be.
    pub(super) fn is_normalized(&self, scope: &mut Scope<'_>) -> bool {
        !self.bound.flag("normalize", scope.errors) || normalize(&self.bound, scope).is_ok()
    }

    pub(super) fn resolve(&self, scope: &mut Scope<'_>) -> Result<Loss, Reported> {
        let Term { rule, ref bound, .. } = *self;
        let reduction = bound.word_or("reduction", &REDUCTIONS, Reduction::Mean, scope.errors);
        let (mut function, calibration) = function(rule, bound, scope.errors)?;
        let mut settings = settings(rule, bound, scope.errors)?;
        settings.extend(calibration);
        let compares = match rule.form {
            Form::Label => labelled(rule, bound, scope),
            Form::Pair | Form::SampledPairs => pairs(rule, bound, scope),
            Form::Candidates => candidates_of_query(rule, bound, scope),
        }?;
        if let (Some(queued), Some(value)) = (rule.queued, bound.get("queue")) {
            queue(bound, value.span, scope)?;
            function = queued;
        }
        Ok(Loss { rule, function, settings, compares, reduction })
    }
}

/// Resolves the settings of a rule, in its order.
fn settings(rule: &Rule, bound: &Bound<'_>, errors: &mut Errors) -> Result<Vec<f64>, Reported> {
    let setting = |setting: &Setting| {
        if let (Some(usual), None) = (setting.usual, bound.get(setting.name)) {
            return Ok(usual);
        }
        let (low, high) = setting.range;
        let number = bound.number(setting.name, low..=high, errors)?;
        match setting.zero {
            Some([message, label, help]) if number == 0.0 => {
                let span = bound.required(setting.name, errors)?.span;
                Err(errors.push(Diagnostic::new("E0317", span, message).label(label).help(help)))
            }
            Some(_) | None => Ok(number),
        }
    };
    rule.settings.iter().map(setting).collect()
}

fn pairs(rule: &Rule, bound: &Bound<'_>, scope: &mut Scope<'_>) -> Result<Compared, Reported> {
    let anchor = bound.get("anchor").map(|_| bound.value("anchor", scope));
    let first = bound.value(if bound.get("score").is_some() { "score" } else { "positive" }, scope)?;
    let score = |vector: NodeId, scope: &mut Scope<'_>| match anchor {
        Some(anchor) => anchor.map(|anchor| {
            let span = scope.model.nodes[vector.0].span;
            distance_nodes(scope, anchor, vector, span)
        }),
        None => Ok(vector),
    };
    let positive = score(first, scope)?;
    let Negatives::Sampled(sampler) = rule.negatives else {
        let negative = bound.value("negative", scope)?;
        return Ok(Compared::Pair { positive, negative: score(negative, scope)? });
    };
    let (source, column) = take_negatives(bound, rule.word, sampler, false, scope)?;
    let candidates = candidates(bound, scope)?;
    let exclude_seen = exclude_seen(bound, scope.errors);
    let hardest = hardest(bound, source, scope.errors)?;
    check_calibration(bound, source, scope.errors)?;
    let negatives = SampledNegatives {
        source,
        column,
        per_record: true,
        in_batch: false,
        log_q: false,
        exclude_seen,
        user: None,
        candidates,
        span: bound.span,
    };
    draw(negatives, scope)?;
    Ok(Compared::SampledPairs { score: positive, hardest })
}

fn candidates_of_query(rule: &Rule, bound: &Bound<'_>, scope: &mut Scope<'_>) -> Result<Compared, Reported> {
    let (query, candidate) = (bound.value("query", scope), bound.value("candidate", scope));
    let temperature = match bound.get("temperature") {
        None => 0.05,
        Some(_) => bound.number("temperature", 1e-6..=1e6, scope.errors)?,
    };
    let probability = match bound.get("probability") {
        None => None,
        Some(value) => Some(column(value, "probability", &["float", "frequency"], scope)?),
    };
    let sampled = rule.has_catalog_negatives();
    let hits = match bound.get("remove_accidental_hits") {
        None if sampled => AccidentalHits::Catalog,
        None => AccidentalHits::Kept,
        Some(_) if sampled && bound.flag("remove_accidental_hits", scope.errors) => AccidentalHits::Catalog,
        Some(_) if sampled => AccidentalHits::Kept,
        Some(value) => AccidentalHits::Column(column(value, "remove_accidental_hits", &["id"], scope)?),
    };
    let source = match rule.negatives {
        Negatives::Absent => None,
        Negatives::All => Some((NegativeSource::All, None)),
        Negatives::Sampled(sampler) => Some(take_negatives(bound, rule.word, sampler, true, scope)?),
    };
    if let Some((source, column)) = source {
        let log_q = matches!(source, NegativeSource::Sampled { .. })
            && (bound.get("subtract_log_q").is_none() || bound.flag("subtract_log_q", scope.errors));
        let exclude_seen = exclude_seen(bound, scope.errors);
        if let (Some(place), AccidentalHits::Kept, Some(kept)) =
            (exclude_seen, hits, bound.get("remove_accidental_hits"))
        {
            scope.errors.push(
                Diagnostic::new("E0208", kept.span, "accidental hits cannot be kept with `exclude_seen`")
                    .label("a sampled candidate that is the record's own is one that its user has taken")
                    .note(place, "leaves out what a user has taken")
                    .help("remove one of them"),
            );
        }
        let negatives = SampledNegatives {
            source,
            column,
            per_record: false,
            in_batch: rule.in_batch,
            log_q,
            exclude_seen,
            user: None,
            candidates: Vec::new(),
            span: bound.span,
        };
        draw(negatives, scope)?;
    }
    Ok(Compared::Candidates { query: query?, candidate: candidate?, temperature, probability, hits })
}

/// Appends `l2_normalize` to both towers, so that evaluation and export use the trained vectors.
fn normalize(bound: &Bound<'_>, scope: &mut Scope<'_>) -> Result<(), Reported> {
    for side in ["query", "candidate"] {
        let written = bound.required(side, scope.errors)?;
        let tower = match &written.kind {
            ExprKind::Name(name) => scope.names.towers.get(name).copied(),
            _ => None,
        };
        let Some(tower) = tower else {
            return Err(scope.errors.push(
                Diagnostic::new("E0313", written.span, "`normalize` makes towers end in `l2_normalize`")
                    .label("not the name of a tower")
                    .help("name the tower itself here, or use `l2_normalize` in the expression"),
            ));
        };
        let result = scope.model.towers[tower.0].result;
        if result.0 < scope.model.nodes.len() {
            let node = normalize_node(scope, result, bound.span);
            scope.model.towers[tower.0].nodes.push(node);
            scope.model.towers[tower.0].result = node;
        }
    }
    Ok(())
}

/// Stores the queue of a term. Only one term may have one.
fn queue(bound: &Bound<'_>, place: Span, scope: &mut Scope<'_>) -> Result<(), Reported> {
    let size = bound.size("queue", 1..=MAX_NEGATIVES, scope.errors)?;
    if let Some(first) = &scope.model.queue {
        return Err(scope.errors.push(
            Diagnostic::new("E0420", place, "a second term of the objective has a queue")
                .label("a model has one queue of candidates")
                .note(first.span, "the first one")
                .help("leave one of them out"),
        ));
    }
    scope.model.queue = Some(CandidateQueue { size, span: place });
    Ok(())
}

/// Stores the negatives of a term. Only one term may have them.
fn draw(negatives: SampledNegatives, scope: &mut Scope<'_>) -> Result<(), Reported> {
    if let Some(first) = &scope.model.negatives {
        return Err(scope.errors.push(
            Diagnostic::new("E0420", negatives.span, "a second term of the objective draws negatives")
                .label("the towers of candidates run once per step")
                .note(first.span, "the first one")
                .help("leave one of them out, or use the candidates of the batch, `in_batch_softmax(query, candidate)`"),
        ));
    }
    scope.model.negatives = Some(negatives);
    Ok(())
}

/// Resolves a column of one of these kinds.
pub(super) fn column(
    value: &Expr,
    name: &str,
    kinds: &[&str],
    scope: &mut Scope<'_>,
) -> Result<ColumnId, Reported> {
    let written = match &value.kind {
        ExprKind::Name(column) => match scope.names.wrong_columns.get(column) {
            Some(&reported) => return Err(reported),
            None => column.as_str(),
        },
        ExprKind::Invalid => return Err(scope.errors.unreadable(value.span)),
        _ => "",
    };
    let Some(id) = scope.names.columns.get(written).copied() else {
        let known = scope.names.columns.keys().map(String::as_str);
        return Err(scope.errors.push(
            Diagnostic::new("E0105", value.span, format!("`{name}` must be the name of a column"))
                .label(format!("{} is not one", describe(value)))
                .suggest(written, known, "columns are declared in `input`"),
        ));
    };
    let column = &scope.model.columns[id.0];
    // A vector of width 1 is equivalent to a number.
    let word = if matches!(column.kind, ColumnKind::Vector(_, 1)) { "float" } else { column.word };
    if !kinds.contains(&word) {
        let wanted = kinds[0];
        let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        return Err(scope.errors.push(
            Diagnostic::new(
                "E0311",
                value.span,
                format!("`{name}` must be a column of kind {}", kinds.join(" or ")),
            )
            .label(format!("a column of kind `{word}`"))
            .note(column.span, "declared here")
            .help(format!("declare it as `{}: {}`", column.name, wanted)),
        ));
    }
    Ok(id)
}
