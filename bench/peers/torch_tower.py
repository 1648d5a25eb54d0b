"""User tower of the DSSM of `bench/specs/dssm_pairs.dm` in PyTorch, without gradients, with the weights of Turret's run:
five columns of a profile and the mean of the watched films, two layers, unit length.

--task tower: a batch of all records. --task record: one encoded record after the other. --task record_values: the
same from raw values, which a dictionary encodes. --form script: the tower by TorchScript.
Prints one JSON line. python torch_tower.py --inputs DIR --task record [--form script] [--threads 2]"""
import argparse
import csv
import json
import os
import resource
import time

import psutil

STARTED = psutil.Process().create_time()
parser = argparse.ArgumentParser()
parser.add_argument("--inputs", required=True)
parser.add_argument("--task", choices=["tower", "record", "record_values"], required=True)
parser.add_argument("--form", choices=["eager", "script"], default="eager")
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(args.threads)
COLUMNS = ["user_id", "gender", "age", "occupation", "zip"]
WIDTH, BATCHES, ROUNDS = 16, 50, 4


def read(name, kind=np.float32):
    return np.fromfile(os.path.join(args.inputs, name), kind)


class UserTower(nn.Module):
    def __init__(self):
        super().__init__()
        weight = lambda name, *shape: torch.from_numpy(read(name + ".f32").reshape(shape))
        # The tables of the profile are one, one after the other, so that one lookup reads them all.
        self.profile = nn.Embedding.from_pretrained(weight("profile", -1, WIDTH))
        self.films = nn.EmbeddingBag.from_pretrained(
            weight("movie.weight", -1, WIDTH), mode="mean", include_last_offset=True)
        self.hidden, self.output = nn.Linear(6 * WIDTH, 64), nn.Linear(64, 32)
        for layer, name in [(self.hidden, "hidden_0"), (self.output, "hidden_1")]:
            layer.weight = nn.Parameter(weight(name + ".weight", *layer.weight.shape))
            layer.bias = nn.Parameter(weight(name + ".bias", *layer.bias.shape))

    def forward(self, profile, watched, offsets):
        x = torch.cat([self.profile(profile).flatten(1), self.films(watched, offsets)], 1)
        return F.normalize(self.output(F.relu(self.hidden(x))), dim=1)


profile = torch.from_numpy(read("profile.u32", np.uint32).astype(np.int64).reshape(-1, len(COLUMNS)))
watched = torch.from_numpy(read("watched.u32", np.uint32).astype(np.int64))
offsets = torch.from_numpy(read("offsets.u32", np.uint32).astype(np.int64))
tower = UserTower().eval()
if args.form == "script":
    tower = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.script(tower)))


def encoded(row):
    """Tensors of a record."""
    films = watched[offsets[row]:offsets[row + 1]].clone()
    return profile[row:row + 1].clone(), films, torch.tensor([0, len(films)])


def checksum(vectors):
    values = vectors.double().flatten()
    return float((values * (torch.arange(len(values)) % 5 - 2)).sum())


def one_by_one(vector, records):
    """Vectors, the time to the first of them, and quantiles of the time of each after a round that warms up."""
    vector(records[0])
    startup, taken = time.time() - STARTED, []
    vectors = torch.cat([vector(record) for record in records])
    for _ in range(ROUNDS):
        for record in records:
            started = time.perf_counter_ns()
            vector(record)
            taken.append(time.perf_counter_ns() - started)
    p50, p99 = np.quantile(taken, [0.5, 0.99]) / 1e3
    return vectors, startup, dict(p50_us=p50, p99_us=p99)


def dictionaries(rows):
    """Ids of the raw values of each column, and of films."""
    ids = [{row[name]: int(id) for row, id in zip(rows, profile[:, at])} for at, name in enumerate(COLUMNS)]
    films = [film for row in rows for film in row["watched"].split()]
    return ids, dict(zip(films, watched.tolist(), strict=True))


with torch.inference_mode():
    if args.task == "tower":
        tower(profile, watched, offsets), tower(profile, watched, offsets)
        startup, taken = time.time() - STARTED, []
        for _ in range(BATCHES):
            started = time.perf_counter()
            vectors = tower(profile, watched, offsets)
            taken.append(time.perf_counter() - started)
        figures = dict(rows_per_s=len(profile) / float(np.median(taken)))
    elif args.task == "record":
        records = [encoded(row) for row in range(len(profile))]
        vectors, startup, figures = one_by_one(lambda record: tower(*record), records)
    else:
        with open(os.path.join(args.inputs, "data", "pairs.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        column_ids, film_ids = dictionaries(rows)

        def vector(row):
            films = [film_ids[film] for film in row["watched"].split()]
            columns = [ids[row[name]] for ids, name in zip(column_ids, COLUMNS)]
            return tower(torch.tensor([columns]), torch.tensor(films), torch.tensor([0, len(films)]))

        vectors, startup, figures = one_by_one(vector, rows)

print(json.dumps(dict(
    peer="torch_tower", task=args.task, form=args.form, threads=args.threads, **figures, checksum=checksum(vectors),
    startup_to_first_step_s=round(startup, 2),
    peak_rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), torch=torch.__version__)))
