"""Rank correlations as their definitions say, two by two."""

from __future__ import annotations

from itertools import combinations
from math import sqrt


def slow_kendall(pairs):
    right = wrong = tied_first = tied_second = 0
    for (a, x), (b, y) in combinations(pairs, 2):
        tied_first += a == b
        tied_second += x == y
        if a != b and x != y:
            right += (a < b) == (x < y)
            wrong += (a < b) != (x < y)
    every = len(pairs) * (len(pairs) - 1) // 2
    size = (every - tied_first) * (every - tied_second)
    return (right - wrong) / sqrt(size) if size else None


def slow_spearman(pairs):
    if len(pairs) < 2:
        return None
    first, second = ([_rank(v, column) for v in column] for column in zip(*pairs, strict=True))
    mean = (len(pairs) + 1) / 2
    top = sum((a - mean) * (b - mean) for a, b in zip(first, second, strict=True))
    size = sum((a - mean) ** 2 for a in first) * sum((b - mean) ** 2 for b in second)
    return top / sqrt(size) if size else None


def _rank(value, column):
    below = sum(other < value for other in column)
    return below + (sum(other == value for other in column) + 1) / 2
