"""The reference kernel is the one that is documented, and is timed anew each time."""

from __future__ import annotations

import builtins

import pytest

import costscope
from costscope.errors import UsageError
from costscope.measure import reference


def test_it_is_a_product_of_51_million_macs():
    import numpy as np

    model = reference._model(np.zeros((reference.DEPTH, reference.COLUMNS), np.float32))

    assert costscope.analyze(model).totals.work.macs == 784 * 256 * 256


def test_the_session_is_made_once_for_each_number_of_threads():
    reference._session.cache_clear()

    times_s = [reference.reference_s(runs=1, threads=threads) for threads in (1, 2, 1, 1)]

    assert all(each > 0 for each in times_s)
    assert reference._session.cache_info().misses == 2


def test_it_is_the_median_of_the_runs_after_warm_up(monkeypatch):
    clock = iter(_clock([9.0, 9, 9, 1, 5, 2]))
    monkeypatch.setattr(reference, "perf_counter", lambda: next(clock))

    assert reference.reference_s(runs=3) == 2


def _clock(durations):
    time = 0.0
    for each in durations:
        yield time
        time += each
        yield time


def test_no_runs_are_refused():
    with pytest.raises(UsageError, match="at least one run"):
        reference.reference_s(runs=0)


def test_without_onnxruntime_one_line_says_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "onnxruntime":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    reference._session.cache_clear()
    monkeypatch.setattr(builtins, "__import__", refuse)

    with pytest.raises(UsageError, match=r"pip install 'costscope\[runtime\]'"):
        reference.reference_s(runs=1)
