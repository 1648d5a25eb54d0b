"""SASRec of `specs/sasrec.dm` in PyTorch: each rating after the latest 50 earlier ones of its user, two blocks of
causal self-attention of width 64, the last position against the rated film and one drawn one, BCE, Adam.

Prints one JSON line. python torch_sasrec.py --data DIR (the folder of MovieLens 100K) [--threads 2]"""
import argparse
import json
import os
import resource
import time

import psutil

STARTED = psutil.Process().create_time()
parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--max_s", type=float, default=20, help="seconds after which an epoch is cut short")
parser.add_argument("--batch", type=int, default=256)
args = parser.parse_args()

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(args.threads)
torch.manual_seed(42)
LENGTH, WIDTH, DROPOUT, FILMS = 50, 64, 0.2, 1682


def rows():
    """Histories, padded in front, and films of the training rows: all but the last of each user."""
    log = np.loadtxt(os.path.join(args.data, "u.data"), dtype=np.int64)
    log = log[np.lexsort((log[:, 3], log[:, 0]))]
    histories, films = [], []
    for user in np.split(log, np.flatnonzero(np.diff(log[:, 0])) + 1):
        # Ratings of the same second are no history of each other.
        earlier = np.searchsorted(user[:, 3], user[:, 3], side="left")
        for row in range(len(user) - 1):
            latest = user[max(0, earlier[row] - LENGTH) : earlier[row], 1]
            histories.append(np.pad(latest, (LENGTH - len(latest), 0)))
            films.append(user[row, 1])
    return torch.from_numpy(np.stack(histories)), torch.from_numpy(np.array(films))


class Block(nn.Module):
    """Self-attention of one head without an output layer, and a feed-forward layer, each normalised after its sum."""

    def __init__(self):
        super().__init__()
        self.attend = nn.Linear(WIDTH, 3 * WIDTH)
        self.inner, self.outer = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.first, self.second = nn.LayerNorm(WIDTH, eps=1e-6), nn.LayerNorm(WIDTH, eps=1e-6)

    def forward(self, x, allowed):
        query, key, value = self.attend(x).unsqueeze(1).chunk(3, dim=-1)
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=allowed).squeeze(1)
        x = self.first(x + F.dropout(attended, DROPOUT, self.training))
        return self.second(x + F.dropout(self.outer(F.relu(self.inner(x))), DROPOUT, self.training))


class SasRec(nn.Module):
    def __init__(self):
        super().__init__()
        self.films = nn.Embedding(FILMS + 1, WIDTH, padding_idx=0)
        self.places = nn.Parameter(torch.randn(LENGTH, WIDTH) * 0.01)
        self.blocks = nn.ModuleList([Block(), Block()])
        nn.init.normal_(self.films.weight, std=0.01)
        steps = torch.ones(LENGTH, LENGTH, dtype=torch.bool)
        self.register_buffer("earlier", steps.tril())
        self.register_buffer("own", torch.eye(LENGTH, dtype=torch.bool))

    def forward(self, history, films):
        # Padding attends to itself, which nothing reads, since a softmax needs a key.
        allowed = (self.earlier & ((history != 0)[:, None, :] | self.own))[:, None]
        x = F.dropout(self.films(history) + self.places, DROPOUT, self.training)
        for block in self.blocks:
            x = block(x, allowed)
        # The last of an empty history is zeros.
        last = x[:, -1:] * (history[:, -1:, None] != 0)
        return (last * self.films(films)).sum(-1)


started = time.time()
history, films = rows()
data_s = time.time() - started
model = SasRec()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
is_rated = torch.tensor([1.0, 0.0]).expand(args.batch, 2)


def step(at):
    pairs = torch.stack([films[at], torch.randint(1, FILMS + 1, (len(at),))], 1)
    loss = F.binary_cross_entropy_with_logits(model(history[at], pairs), is_rated[: len(at)])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.detach()


step(torch.arange(args.batch))
startup = time.time() - STARTED
rates, losses = [], []
for _ in range(args.epochs):
    started, total, steps, seen = time.perf_counter(), 0.0, 0, 0
    for at in torch.randperm(len(films)).split(args.batch):
        total += step(at)
        steps, seen = steps + 1, seen + len(at)
        if time.perf_counter() - started > args.max_s:
            break
    rates.append(seen / (time.perf_counter() - started))
    losses.append(round(float(total) / steps, 4))
print(json.dumps(dict(
    peer="torch_sasrec", rows=len(films), batch=args.batch, threads=args.threads, epochs=args.epochs, losses=losses,
    data_s=round(data_s, 2), startup_to_first_step_s=round(startup, 2), samples_per_s=round(float(np.median(rates)), 1),
    peak_rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), torch=torch.__version__)))
