//! One sitting of a run: from where it is to its last epoch, or to Ctrl-C.

use std::time::{Duration, Instant};

use crate::error::{Error, STATUS_INTERRUPTED};
use crate::evaluate::{ROWS_AT_ONCE, evaluate};
use crate::negatives::{Draw, Drawer, drawer};
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::Program;
use crate::progress::{Progress, rounded, say};
use crate::run::{EpochLine, Position};

use super::epoch::{Batches, Then, for_each_batch, shuffled};
use super::{Interrupt, Trained};

/// Epochs that end sooner after the last save are not saved, the last one aside.
const SAVE_EVERY: Duration = Duration::from_secs(10);

/// What this process has trained, apart from what the run has in all.
struct Sitting<'a, D> {
    device: &'a D,
    interrupt: &'a Interrupt,
    rows: usize,
    seconds: f64,
    saved: Instant,
}

/// Trains from where the run is to its last epoch.
pub(super) fn train<D: Device, P: Program<D>>(
    mut trained: Trained<D, P>,
    device: &D,
    interrupt: &Interrupt,
) -> Result<Trained<D, P>, Error> {
    let mut sitting = Sitting { device, interrupt, rows: 0, seconds: 0.0, saved: Instant::now() };
    let drawer = drawer::<D, P>(&trained.dataset, &trained.features, trained.info.seed)?;
    interrupt.after_step();
    // A run that is stopped in its first epoch can be continued too.
    trained.folder.save(&trained.model, &trained.info)?;
    loop {
        if trained.info.is_eval_due() {
            evaluate_epoch(&mut trained, &sitting)?;
        }
        if trained.info.position.epochs >= trained.info.epochs {
            break;
        }
        if sitting.saved.elapsed() >= SAVE_EVERY {
            trained.folder.save(&trained.model, &trained.info)?;
            sitting.saved = Instant::now();
        }
        train_epoch(&mut trained, &mut sitting, drawer.as_ref())?;
    }
    trained.folder.save(&trained.model, &trained.info)?;
    let run = trained.folder.path().display();
    interrupt.at_once(
        Error::interrupted(format_args!("Ctrl-C after training; the run is saved in {run}"))
            .help(format_args!("go on with `eval {run}`")),
    );
    trained.samples_per_s = if sitting.seconds > 0.0 { sitting.rows as f64 / sitting.seconds } else { 0.0 };
    Ok(trained)
}

fn train_epoch<D: Device, P: Program<D>>(
    trained: &mut Trained<D, P>,
    sitting: &mut Sitting<'_, D>,
    drawer: Option<&Drawer<BatchOf<D, P>>>,
) -> Result<(), Error> {
    let Trained { model, dataset, info, .. } = trained;
    let &mut Sitting { device, interrupt, .. } = sitting;
    trained.report = None;
    let (epoch, first) = (info.position.epochs, info.position.step);
    let (seed, began) = (info.seed, info.steps);
    let order =
        if P::training().shuffle { shuffled(&dataset.train, seed, epoch) } else { dataset.train.clone() };
    let batches = Batches::new(&order, info.batch, P::COMPANY.is_some());
    // Each step's loss counts as its rows do, so that a short last batch weighs no more than what it holds.
    let mut loss_sum = f64::from_bits(info.position.loss_bits);
    let rows_before = batches.rows_before(first);
    let mut rows_done = 0;
    let label = format!("epoch {}/{}", epoch + 1, info.epochs);
    let mut progress = Progress::start(label, order.len(), rows_before);
    let started = Instant::now();
    // Step 0 is inference.
    let number = |index: usize| began + (index - first) as u64 + 1;
    let mut next = first;
    let steps = for_each_batch(
        batches,
        first,
        |index, rows, (batch, draw): &mut (BatchOf<D, P>, Draw)| {
            dataset.batch_into(rows, batch);
            if let (Some(drawer), Some(catalogue)) = (drawer, &dataset.catalogue) {
                *draw = drawer.draw_into(catalogue, rows, number(index), batch);
            }
        },
        |(batch, draw), rows| {
            let step = number(next);
            let pass = Pass::training(device, seed, step).with_draw(std::mem::take(draw));
            let loss = model.step(batch, &pass).map_err(Error::device)?;
            if !loss.is_finite() {
                return Err(Error::input(format_args!("the loss is {loss} at step {step} (epoch {})", epoch + 1))
                    .help("a lower learning rate (`--lr`) often helps; the run folder has the model as it was last saved"));
            }
            next += 1;
            rows_done += rows;
            loss_sum += f64::from(loss) * rows as f64;
            progress.add(rows, || format!("loss {:.5}", loss_sum / (rows_before + rows_done) as f64));
            Ok(if interrupt.is_asked() { Then::Stop } else { Then::Next })
        },
    )?;
    let seconds = started.elapsed().as_secs_f64();
    sitting.rows += rows_done;
    sitting.seconds += seconds;
    info.seconds += seconds;
    info.steps += (steps - first) as u64;
    let evaluated = info.position.evaluated;
    if steps < batches.count() {
        progress.clear();
        info.position = Position { epochs: epoch, step: steps, loss_bits: loss_sum.to_bits(), evaluated };
        return Err(stopped(trained)?);
    }
    let loss = loss_sum / order.len().max(1) as f64;
    progress.finish(|| format!("loss {loss:.5}"));
    let epoch = epoch + 1;
    info.position = Position { epochs: epoch, evaluated, ..Position::default() };
    trained.log.epoch(EpochLine { epoch, step: info.steps, loss, rows: rows_done, seconds })?;
    if interrupt.is_asked() && epoch < info.epochs {
        return Err(stopped(trained)?);
    }
    Ok(())
}

fn evaluate_epoch<D: Device, P: Program<D>>(
    trained: &mut Trained<D, P>,
    sitting: &Sitting<'_, D>,
) -> Result<(), Error> {
    let Trained { model, dataset, info, .. } = trained;
    let report = match evaluate(model, dataset, ROWS_AT_ONCE, sitting.device, sitting.interrupt) {
        Err(error) if error.status() == STATUS_INTERRUPTED => return Err(stopped(trained)?),
        result => result?,
    };
    let epoch = info.position.epochs;
    let metrics: Vec<String> =
        report.metrics.iter().map(|found| format!("{} {:.4}", found.metric, found.value)).collect();
    say(format_args!("epoch {epoch}/{}  {}", info.epochs, metrics.join("  ")));
    info.evaluated(&report);
    trained.log.evaluation(epoch, &report)?;
    trained.report = Some(report);
    Ok(())
}

/// Saves a run that Ctrl-C ends, and says how to go on.
fn stopped<D: Device, P: Program<D>>(trained: &Trained<D, P>) -> Result<Error, Error> {
    trained.folder.save(&trained.model, &trained.info)?;
    let steps = rounded(trained.info.steps as f64);
    say(format_args!("saved after {steps} steps"));
    let run = trained.folder.path().display();
    Ok(Error::interrupted(format_args!("Ctrl-C; the run is saved in {run}"))
        .help(format_args!("go on with `train --resume {run}`")))
}
