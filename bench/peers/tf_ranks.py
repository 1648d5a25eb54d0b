"""Hit rates of queries whose vectors are given, by TensorFlow: exact scores of all candidates.

--by streaming: the metric of TensorFlow Recommenders over a data set of candidates, as in its tutorial.
--by brute_force: the same metric over its layer of all candidates.
--by matmul: a matrix product in batches and the number of candidates that score higher; NDCG too.
Reads queries.f32, candidates.f32 and relevant.u32 of --inputs. Prints one JSON line.
python tf_ranks.py --inputs DIR --by streaming [--threads 2]"""
import argparse
import json
import os
import resource
import time

import psutil

STARTED = psutil.Process().create_time()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
parser = argparse.ArgumentParser()
parser.add_argument("--inputs", required=True)
parser.add_argument("--by", choices=["streaming", "brute_force", "matmul"], default="streaming")
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(args.threads)
tf.config.threading.set_inter_op_parallelism_threads(args.threads)
import tensorflow_recommenders as tfrs

WIDTH, BATCH, ITEMS_AT_ONCE, KS = 32, 4096, 128, [1, 5, 10, 50, 100]
# A pass of the metric over a data set of candidates takes seconds.
TIMES = 1 if args.by == "streaming" else 3


def read(name, kind):
    return np.fromfile(os.path.join(args.inputs, name), kind)


queries = read("queries.f32", np.float32).reshape(-1, WIDTH)
candidates = read("candidates.f32", np.float32).reshape(-1, WIDTH)
relevant = read("relevant.u32", np.uint32).astype(np.int32)
test = tf.data.Dataset.from_tensor_slices((queries, candidates[relevant], relevant)).batch(BATCH).cache()


def by_metric():
    ids = tf.data.Dataset.from_tensor_slices(np.arange(len(candidates), dtype=np.int32))
    vectors = tf.data.Dataset.from_tensor_slices(candidates)
    pairs = tf.data.Dataset.zip((ids.batch(ITEMS_AT_ONCE), vectors.batch(ITEMS_AT_ONCE)))
    layer = tfrs.layers.factorized_top_k.Streaming if args.by == "streaming" else tfrs.layers.factorized_top_k.BruteForce
    index = layer(k=max(KS)).index_from_dataset(pairs)
    metric = tfrs.metrics.FactorizedTopK(candidates=index, ks=KS)

    @tf.function
    def update(queries, vectors, ids):
        metric.update_state(queries, vectors, true_candidate_ids=ids[:, None])

    def evaluate():
        metric.reset_states()
        for batch in test:
            update(*batch)
        return dict(zip([f"hit_rate_{k}" for k in KS], (float(rate) for rate in metric.result())))

    return evaluate


def by_product():
    all_vectors = tf.constant(candidates)

    @tf.function
    def ranks(queries, ids):
        scores = tf.matmul(queries, all_vectors, transpose_b=True)
        own = tf.gather(scores, ids, batch_dims=1)
        return tf.math.count_nonzero(scores > own[:, None], axis=1, dtype=tf.int32)

    def evaluate():
        found = tf.concat([ranks(queries, ids) for queries, _, ids in test], 0).numpy()
        hits = {f"hit_rate_{k}": float(np.mean(found < k)) for k in KS}
        gains = 1 / np.log2(found + 2.0)
        return hits | {f"ndcg_{k}": float(np.mean(gains * (found < k))) for k in (10, 100)}

    return evaluate


evaluate = by_product() if args.by == "matmul" else by_metric()
evaluate()
startup, taken = time.time() - STARTED, []
for _ in range(TIMES):
    started = time.perf_counter()
    results = evaluate()
    taken.append(time.perf_counter() - started)
print(json.dumps(dict(
    peer="tf_ranks", by=args.by, threads=args.threads, **results, queries_per_s=len(queries) / float(np.median(taken)),
    startup_to_first_step_s=round(startup, 2),
    peak_rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), tf=tf.__version__)))
