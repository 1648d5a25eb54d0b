"""AUC by scikit-learn with its 95 % bootstrap interval: `roc_auc_score` of rows drawn with replacement by numpy.

Reads scores.f32 and labels.f32 of --inputs. With --drawn below --resamples, the time of all resamples is computed
from that of the drawn ones. Prints one JSON line. python sklearn_auc.py --inputs DIR [--threads 2]"""
import argparse
import json
import os
import resource
import time

import psutil

STARTED = psutil.Process().create_time()
parser = argparse.ArgumentParser()
parser.add_argument("--inputs", required=True)
parser.add_argument("--resamples", type=int, default=1000)
parser.add_argument("--drawn", type=int, help="resamples that are drawn; default: all")
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()

import numpy as np
from joblib import Parallel, delayed
from sklearn.metrics import roc_auc_score

scores = np.fromfile(os.path.join(args.inputs, "scores.f32"), np.float32)
labels = np.fromfile(os.path.join(args.inputs, "labels.f32"), np.float32).astype(np.int8)
drawn = args.drawn or args.resamples


def resampled(seed):
    rows = np.random.default_rng(seed).integers(0, len(scores), len(scores))
    return roc_auc_score(labels[rows], scores[rows])


# Workers start before the clock does.
workers = Parallel(n_jobs=args.threads)
workers(delayed(resampled)(seed) for seed in range(2 * args.threads))
startup = time.time() - STARTED
started = time.perf_counter()
auc = roc_auc_score(labels, scores)
whole = time.perf_counter() - started
started = time.perf_counter()
areas = workers(delayed(resampled)(seed) for seed in range(drawn))
low, high = np.quantile(areas, [0.025, 0.975])
seconds = whole + (time.perf_counter() - started) * args.resamples / drawn
used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps(dict(
    peer="sklearn_auc", rows=len(scores), resamples=args.resamples, drawn=drawn, threads=args.threads,
    auc=auc, auc_low=low, auc_high=high, seconds=seconds, seconds_without_interval=whole,
    startup_to_first_step_s=round(startup, 2), peak_rss_mb=round(used[0] / 1024))))
