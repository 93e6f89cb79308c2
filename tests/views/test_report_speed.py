"""Reporting must cost little beside the analysis it reports; compared, never timed alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
from view_cases import machine

from costscope import pipeline
from costscope.views import VIEWS


def quickest(run: Callable[[], object]) -> float:
    """The least of several runs: what it takes when nothing else is in the way."""
    times = []
    for _ in range(7):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return min(times)


@pytest.mark.parametrize(("name", "most"), [("table", 2.0), ("json", 2.0), ("csv", 1.0)])
def test_a_report_of_mobilenet_takes_no_longer_than_its_analysis(
    name: str, most: float, mobilenet_v2: Path
) -> None:
    dims = {"batch": 1}
    analysis = pipeline.analyze(mobilenet_v2, machine(), dims=dims)
    view = VIEWS.get(name)
    assert view is not None
    view.render(analysis)

    analysing = quickest(lambda: pipeline.analyze(mobilenet_v2, machine(), dims=dims))
    reporting = quickest(lambda: view.render(analysis))

    assert reporting < most * analysing
