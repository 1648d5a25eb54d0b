//! One session of a run: training from its position to the last epoch or a signal.

use std::time::Instant;

use turret_schema::StopSpec;

use crate::data::{AnyBatch, HeldOut};
use crate::error::{Divergence, Error, Stopped, StoppedAt};
use crate::evaluate::{EvaluateOptions, Report, evaluate};
use crate::negatives::StepCandidates;
use crate::ops::{PassState, StepUpdate};
use crate::progress::{Progress, ProgressForm, counted, rounded, say};
use crate::run::{EpochLine, Position, Weights};
use crate::sampling::{NegativeSampler, negative_sampler};

use super::Trained;
use super::epoch::{Batches, Then, for_each_batch};
use super::order::{EpochOrder, WINDOW};
use super::rates::Rates;
use super::saving::Saving;
use crate::interrupt::Interrupt;
use crate::signals::Signal;

/// Progress of this process; `RunInfo` has the totals of the run.
struct Session<'a> {
    interrupt: &'a Interrupt,
    progress: ProgressForm,
    saving: Saving,
    /// Best evaluation of this process, by the metric of early stopping.
    best: Option<Report>,
    rows: usize,
    seconds: f64,
}

/// Trains from the position of the run to its last epoch or step, or until early stopping.
pub(super) fn train(
    mut trained: Trained,
    interrupt: &Interrupt,
    progress: ProgressForm,
) -> Result<Trained, Error> {
    let stop = trained.model.description().training.stop;
    let saving = Saving::new(&trained.dataset, trained.info.save_every);
    let mut session = Session { interrupt, progress, saving, best: None, rows: 0, seconds: 0.0 };
    let Trained { model, dataset, data, features, info, .. } = &trained;
    let sampler = negative_sampler(model.as_ref(), dataset, data, features, info.seed)?;
    if trained.info.eval_every.is_some() && evaluated_part(&trained) == HeldOut::Test {
        say(
            "note: the split has no validation part, so evaluation between epochs is on the test rows; do not choose by it: \
             `split = random(validate = 0.1, test = 0.1)`, and every other split, takes a part to choose by",
        );
    }
    if let Some(steps) = trained.info.max_steps {
        let count = batches(&trained).count().max(1) as u64;
        let &Position { epochs, step, .. } = &trained.info.position;
        let of_epochs = steps.saturating_sub(trained.info.steps - step as u64);
        trained.info.epochs = epochs + of_epochs.div_ceil(count) as usize;
    }
    interrupt.after_step();
    // Makes a run resumable in its first epoch.
    save(&mut trained, &mut session)?;
    loop {
        if trained.info.is_eval_due() {
            evaluate_epoch(&mut trained, &mut session)?;
        }
        if trained.info.is_done(stop) {
            break;
        }
        if session.saving.is_due_after_epoch(trained.info.steps) {
            let Trained { model, folder, info, .. } = &mut trained;
            session.saving.begin_save(folder, model.as_ref(), info)?;
        }
        train_epoch(&mut trained, &mut session, sampler.as_ref())?;
    }
    save(&mut trained, &mut session)?;
    interrupt.saved(trained.folder.path().to_owned());
    if let Some(stop) = stop {
        use_best(&mut trained, stop, session.best.take())?;
    }
    trained.samples_per_s = if session.seconds > 0.0 { session.rows as f64 / session.seconds } else { 0.0 };
    Ok(trained)
}

/// Loads the weights of the best evaluation, of which `report` has the results if this process made it.
fn use_best(trained: &mut Trained, stop: StopSpec, report: Option<Report>) -> Result<(), Error> {
    let Trained { model, folder, info, .. } = trained;
    let Some(chosen) = &info.chosen else { return Ok(()) };
    let (metric, value, epoch) = (&chosen.metric, chosen.value, chosen.epoch);
    if info.is_stopped(Some(stop)) {
        let waited = counted(chosen.waited, "evaluation");
        say(format_args!("stopped after epoch {}: no better {metric} in {waited}", info.position.epochs));
    }
    say(format_args!("the weights are those after epoch {epoch}, the best {metric}: {value:.4}"));
    if chosen.steps != info.steps {
        folder.load_weights(model.as_mut(), info, Weights::Best)?;
        trained.report = report;
    }
    Ok(())
}

/// Batches of an epoch.
fn batches(trained: &Trained) -> Batches {
    let company = trained.model.description().company.is_some();
    Batches::new(trained.dataset.train.len(), trained.info.batch, company)
}

fn save(trained: &mut Trained, session: &mut Session<'_>) -> Result<(), Error> {
    session.saving.save(&mut trained.folder, trained.model.as_ref(), &trained.info)
}

fn train_epoch(
    trained: &mut Trained,
    session: &mut Session<'_>,
    sampler: Option<&NegativeSampler<AnyBatch>>,
) -> Result<(), Error> {
    let batches = batches(trained);
    let Trained { model, dataset, folder, info, log, .. } = trained;
    let Session { interrupt, progress: form, saving, .. } = session;
    trained.report = None;
    let (epoch, first) = (info.position.epochs, info.position.step);
    let (seed, began) = (info.seed, info.steps);
    let rows = &*dataset.train;
    let training = &model.description().training;
    let order = match training.shuffle {
        true => EpochOrder::shuffled(rows, info.window.unwrap_or(rows.len()), seed, epoch),
        false => EpochOrder::as_given(rows),
    };
    let (steps, last) = (batches.count(), info.max_steps.unwrap_or(u64::MAX));
    let rates = Rates::new(training, info, steps);
    // Losses are weighted by rows, so that a short last batch counts less.
    let mut loss_sum = f64::from_bits(info.position.loss_bits);
    let tasks = &model.description().objective;
    let mut task_sums: Vec<f64> =
        info.position.task_loss_bits.iter().map(|&bits| f64::from_bits(bits)).collect();
    task_sums.resize(tasks.len(), 0.0);
    let rows_before = batches.rows_before(first);
    let mut rows_done = 0;
    let label = format!("epoch {}/{}", epoch + 1, info.epochs);
    let mut progress = Progress::start(*form, label, rows.len(), rows_before);
    let mut clock = Clock::start();
    // Step 0 is inference.
    let number = |index: usize| began + (index - first) as u64 + 1;
    let mut pass = PassState::training(seed, began);
    let mut stopped_by = None;
    for_each_batch(
        batches,
        order,
        first,
        |index, rows, (batch, candidates): &mut (AnyBatch, StepCandidates)| {
            if batches.begins(index, WINDOW) {
                dataset.forget();
            }
            dataset.batch_into(rows, batch);
            if let (Some(sampler), Some(catalog)) = (sampler, &dataset.catalog) {
                let users = sampler.users(dataset);
                *candidates = sampler.sample_into(catalog, users, rows, number(index), batch);
            }
        },
        |(batch, candidates), rows| {
            info.steps += 1;
            info.position.step += 1;
            info.position.draws += candidates.draws;
            pass.begin_step(info.steps, std::mem::take(candidates));
            pass.update = StepUpdate { rate_factor: rates.factor(info.steps), clip: training.clip };
            if let Some(rate) = rates.logged(info.steps) {
                log.rate(info.steps, rate);
            }
            let loss = model.step(batch, &mut pass)?;
            if !loss.is_finite() {
                return Err(folder.diverged(Divergence::Loss(loss), info).into());
            }
            rows_done += rows;
            loss_sum += f64::from(loss) * rows as f64;
            info.position.loss_bits = loss_sum.to_bits();
            let of_tasks = task_sums.iter_mut().zip(&pass.task_losses);
            of_tasks.for_each(|(sum, &loss)| *sum += f64::from(loss) * rows as f64);
            info.position.task_loss_bits.clear();
            info.position.task_loss_bits.extend(task_sums.iter().map(|sum| sum.to_bits()));
            progress.add(rows, || format!("loss {:.5}", loss_sum / (rows_before + rows_done) as f64));
            if info.position.step < steps && info.steps < last {
                stopped_by = interrupt.asked();
                if stopped_by.is_none() && saving.is_due_within_epoch(info.steps) {
                    info.took(clock.pause());
                    saving.begin_save(folder, model.as_ref(), info)?;
                    clock.go_on();
                }
            }
            Ok(if stopped_by.is_some() || info.steps >= last { Then::Stop } else { Then::Next })
        },
    )?;
    info.took(clock.pause());
    session.rows += rows_done;
    session.seconds += clock.total;
    if let Some(signal) = stopped_by {
        progress.clear();
        return Err(stopped(trained, session, signal)?);
    }
    let mean = |sum: f64| sum / (rows_before + rows_done).max(1) as f64;
    let loss = mean(loss_sum);
    let names = || tasks.iter().map(|task| &**task);
    let losses: Vec<(&str, f64)> = names().zip(task_sums.into_iter().map(mean)).collect();
    let weights = names().zip(pass.task_weights.iter().map(|&weight| weight.into())).collect();
    let rejected = info.position.draws.rejected_share();
    progress.finish(|| {
        let of_tasks = losses.iter().map(|(task, loss)| format!(", {task} {loss:.5}"));
        let rejected = rejected.map(|share| format!(", {:.1}% of draws rejected", 100.0 * share));
        std::iter::once(format!("loss {loss:.5}")).chain(of_tasks).chain(rejected).collect()
    });
    if info.position.step < steps {
        // The last step, within an epoch.
        return Ok(());
    }
    let epoch = epoch + 1;
    info.position = Position { epochs: epoch, evaluated: info.position.evaluated, ..Position::default() };
    let seconds = std::mem::take(&mut info.epoch_seconds);
    let rate = rates.rate(info.steps);
    let (step, rows) = (info.steps, rows.len());
    log.epoch(EpochLine { epoch, step, loss, losses, weights, rows, seconds, rejected, rate });
    match interrupt.asked() {
        Some(signal) if epoch < info.epochs => Err(stopped(trained, session, signal)?),
        _ => Ok(()),
    }
}

/// Time of training steps, without the saves between them.
struct Clock {
    since: Instant,
    /// Seconds up to the last pause.
    total: f64,
}

impl Clock {
    fn start() -> Self {
        Self { since: Instant::now(), total: 0.0 }
    }

    /// Returns the seconds since the start or the last pause.
    fn pause(&mut self) -> f64 {
        let seconds = self.since.elapsed().as_secs_f64();
        self.total += seconds;
        seconds
    }

    fn go_on(&mut self) {
        self.since = Instant::now();
    }
}

/// Part that is evaluated between epochs.
fn evaluated_part(trained: &Trained) -> HeldOut {
    match trained.data.spec().split.has_validation() {
        true => HeldOut::Validate,
        false => HeldOut::Test,
    }
}

fn evaluate_epoch(trained: &mut Trained, session: &mut Session<'_>) -> Result<(), Error> {
    let part = evaluated_part(trained);
    let Trained { model, dataset, folder, info, .. } = trained;
    session.saving.refuse_diverged(folder, model.as_ref(), info)?;
    let options = EvaluateOptions { part, progress: session.progress, ..Default::default() };
    let report = match evaluate(model.as_ref(), dataset, options, session.interrupt) {
        Err(Error::Stopped(Stopped { signal, .. })) => return Err(stopped(trained, session, signal)?),
        result => result?,
    };
    let epoch = info.position.epochs;
    let metrics: Vec<String> =
        report.metrics.iter().map(|found| format!("{} {:.4}", found.name, found.value)).collect();
    let on = if part == HeldOut::Validate { "validate: " } else { "" };
    say(format_args!("epoch {epoch}/{}  {on}{}", info.epochs, metrics.join("  ")));
    info.evaluated(&report);
    trained.log.evaluation(epoch, &report);
    if let Some(stop) = model.description().training.stop
        && info.choose(stop, &report)
    {
        session.saving.begin_save(folder, model.as_ref(), info)?;
        session.best = Some(report.clone());
    }
    trained.report = Some(report);
    Ok(())
}

/// Saves a run that a signal stops. Returns the error that reports it.
fn stopped(trained: &mut Trained, session: &mut Session<'_>, signal: Signal) -> Result<Error, Error> {
    save(trained, session)?;
    let steps = rounded(trained.info.steps as f64);
    say(format_args!("saved after {steps} steps"));
    Ok(Stopped { signal, at: StoppedAt::Training { run: trained.folder.path().to_owned() } }.into())
}
