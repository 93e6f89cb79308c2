"""Other networks on a machine that was fitted: as `analyze` would predict them."""

from __future__ import annotations

import pytest

from costscope.errors import UsageError
from costscope.fit.networks import Networks
from costscope.fit.predicted import predicted
from costscope.hardware.catalog import load
from costscope.pipeline import analyze

NETWORK = "zoo:mobilenet_v1@1.0-224"


def test_every_rate_of_the_machine_gives_the_latency_of_an_analysis() -> None:
    board = load("raspberry_pi_4b")

    found = {
        (each.rates.runtime, each.rates.threads, each.rates.dtype): each
        for each in predicted([NETWORK], board, Networks())
    }

    assert len(found) == len(board.rates)
    for threads in (1, 4):
        told = analyze(NETWORK, board, threads=threads).first.prediction
        mine = found["ncnn", threads, "float32"]
        assert told is not None
        assert mine.latency_s == pytest.approx(told.latency_s, rel=1e-9)
        assert mine.low_s == pytest.approx(told.latency_low_s, rel=1e-9)
        assert mine.high_s == pytest.approx(told.latency_high_s, rel=1e-9)


def test_a_network_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown network 'mobilnet'"):
        predicted(["mobilnet"], load("raspberry_pi_4b"), Networks())
