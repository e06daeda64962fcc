"""Textbook word2vec with the full softmax in PyTorch: run by bench_stream.py, JSON in and out.

CBOW: the mean of the context's embeddings, a linear layer, cross entropy, Adam. Skip-gram: the
embedding of the centre, a linear layer, and cross entropy with the counts of the context words as
soft targets, written in two ways: with dense targets, and by picking the scores of the context.
"""

import json
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional


def windows(stream, window):
    """Return the positions that have a word, and the ids of the words around, -1 for none.

    A line end (-2) ends the window, an unknown word (-1) keeps its place.
    """
    positions = np.flatnonzero(stream >= 0)
    padded = np.concatenate([np.full(window, -2), stream, np.full(window, -2)])
    sides = []
    for side in (-1, 1):
        alive = np.ones(len(positions), bool)
        for distance in range(1, window + 1):
            ids = padded[positions + window + side * distance]
            alive &= ids != -2
            sides.append(np.where(alive, ids, -1))
    return positions, np.stack(sides, axis=1)


class Cbow(nn.Module):
    def __init__(self, words, dim):
        super().__init__()
        self.embedding = nn.EmbeddingBag(words, dim, mode="mean")
        self.linear = nn.Linear(dim, words)

    def forward(self, batch):
        return functional.cross_entropy(
            self.linear(self.embedding(batch["context"], batch["offsets"])), batch["centre"]
        )


class SkipGram(nn.Module):
    def __init__(self, words, dim):
        super().__init__()
        self.embedding = nn.Embedding(words, dim)
        self.linear = nn.Linear(dim, words)

    def forward(self, batch):
        return self.loss(self.linear(self.embedding(batch["centre"])), batch)


class DenseTargets(SkipGram):
    def loss(self, scores, batch):
        targets = torch.zeros_like(scores)
        targets.view(-1).index_add_(0, batch["cells"], batch["ones"])
        return functional.cross_entropy(scores, targets)


class PickedScores(SkipGram):
    def loss(self, scores, batch):
        logs = functional.log_softmax(scores, dim=1)
        return -(logs.gather(1, batch["padded"]) * batch["mask"]).sum() / len(scores)


def batches(stream, request):
    positions, contexts = windows(stream, request["window"])
    words = stream[positions]
    size = request["batch"]
    for start in range(0, len(words), size):
        around = contexts[start : start + size]
        mask = around >= 0
        lengths = mask.sum(axis=1)
        rows = np.repeat(np.arange(len(around)), lengths)
        yield {
            "centre": torch.as_tensor(words[start : start + size].astype(np.int64)),
            "context": torch.as_tensor(around[mask].astype(np.int64)),
            "offsets": torch.as_tensor(np.cumsum(lengths) - lengths),
            "cells": torch.as_tensor(rows * request["words"] + around[mask]),
            "ones": torch.ones(len(rows)),
            "padded": torch.as_tensor(np.maximum(around, 0).astype(np.int64)),
            "mask": torch.as_tensor(mask.astype(np.float32)),
        }


def rate(kind, fused, data, request):
    """Return positions per second."""
    torch.manual_seed(1)
    model = kind(request["words"], request["dim"])
    optimizer = torch.optim.Adam(model.parameters(), fused=fused)
    for number, batch in enumerate(data):
        if number == request["warm_up"]:
            begin = time.perf_counter()
        optimizer.zero_grad()
        model(batch).backward()
        optimizer.step()
    positions = sum(len(batch["centre"]) for batch in data[request["warm_up"] :])
    return positions / (time.perf_counter() - begin)


def main():
    request = json.loads(sys.argv[1])
    torch.set_num_threads(request["threads"])
    data = list(batches(np.load(request["stream"]), request))
    kinds = {"Adam": Cbow, "Adam, fused": Cbow}
    if request["arch"] == "skipgram":
        kinds = {
            "dense targets, Adam": DenseTargets,
            "picked scores, Adam": PickedScores,
            "dense targets, Adam, fused": DenseTargets,
        }
    print(json.dumps({n: rate(k, "fused" in n or None, data, request) for n, k in kinds.items()}))


if __name__ == "__main__":
    main()
