"""Top-k accuracy of exported vectors by brute force, with numpy alone.

    python3 brute_force.py RUN/export K

Reads query.npy, query.keys.csv (its column `positive` names the candidate a query is about), candidate.npy and
candidate.keys.csv. Prints the share of queries for which fewer than K other candidates score at least what the positive does.
"""

import csv
import sys

import numpy as np

folder, k = sys.argv[1], int(sys.argv[2])


def column(path, name=None):
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        at = next(rows).index(name) if name else (next(rows), 0)[1]
        return [row[at] for row in rows]


queries, candidates = np.load(f"{folder}/query.npy"), np.load(f"{folder}/candidate.npy")
place = {key: at for at, key in enumerate(column(f"{folder}/candidate.keys.csv"))}
positives = np.array([place.get(key, -1) for key in column(f"{folder}/query.keys.csv", "positive")])
assert len(queries) == len(positives) and len(candidates) == len(place)
scores = queries.astype(np.float64) @ candidates.astype(np.float64).T
own = scores[np.arange(len(queries)), positives][:, None]
others = (scores >= own).sum(axis=1) - 1
print(((others < k) & (positives >= 0)).mean())
