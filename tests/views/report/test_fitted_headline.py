"""What is said of a time that rests on measured classes of kernels."""

from __future__ import annotations

import pytest
from view_cases import small

from costscope import pipeline
from costscope.views import VIEWS
from costscope.views.report import figures
from costscope.views.report.headline import headline, in_short
from costscope.views.report.types import Tone
from fitted_cases import BANDS, class_fit, fitted, machine, plain_terms


@pytest.fixture(autouse=True)
def terms(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_terms(monkeypatch)


def deployed(*names: str, **more):
    """The small network of two kernels, 1 ms a call of those of the classes named."""
    found = [class_fit(name, seconds={"call": 0.00123}) for name in names]
    return pipeline.analyze(small(), machine(fitted(*found, **more))).first


BOTH = ("dense_conv", "pointwise_conv")


def test_the_interval_stands_beside_the_time_and_its_meaning_is_said_once() -> None:
    fact = headline(deployed(*BOTH, bands=BANDS, error_ratio=0.045))

    assert fact.value == "2.46 ms (1.23-4.92)"
    assert fact.note.startswith(
        "calibrated with onnxruntime 1.31.1, 1 thread; 90 % interval, from 10 networks; median "
        "error 4.50 % on held-out networks. The roofline is above it, "
    )
    assert fact.tone is Tone.GOOD


def test_an_error_that_nobody_measured_is_said() -> None:
    fact = headline(deployed(*BOTH))

    assert fact.value == "2.46 ms"
    assert "1 thread; its error on networks was not measured." in fact.note


def test_a_partial_sum_has_no_interval() -> None:
    fact = headline(deployed("dense_conv", bands=BANDS))

    assert fact.value == ">= 1.23 ms"
    assert "interval" not in fact.note
    assert "Not included: 1 of 2 kernels" in fact.note
    assert fact.tone is Tone.WARNING


def test_the_head_of_a_picture_is_a_line() -> None:
    assert in_short(deployed(*BOTH, bands=BANDS)).startswith(
        "2.46 ms (1.23-4.92), 90 % interval, calibrated; roofline bound "
    )


def test_a_bound_says_that_the_machine_knows_better() -> None:
    run = fitted(*(class_fit(name) for name in BOTH))
    first = pipeline.analyze(small(), machine(run), time_model="roofline").first

    assert "desk is calibrated for onnxruntime: leave out --time-model" in headline(first).note
    assert "not calibrated" not in in_short(first)


def test_time_between_kernels_is_overhead() -> None:
    prediction = deployed(*BOTH, run_s=0.002).prediction

    assert sum(figures.time_by_bound(prediction).values()) == prediction.latency_s == 0.00446
    assert list(figures.time_by_bound(prediction)) == ["overhead"]


@pytest.mark.parametrize("name", ["table", "markdown"])
def test_warnings_stand_before_the_kernels(name: str) -> None:
    analysis = pipeline.analyze(small(), machine(fitted(class_fit("dense_conv"))))

    text = " ".join(VIEWS.get(name).render(analysis).split())

    assert 0 < text.index("no calibration has sampled pointwise") < text.index("by kind of kernel")


def test_the_facts_stay_in_line_where_the_interval_is_long(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    run = fitted(*(class_fit(n, seconds={"call": 0.00123}) for n in BOTH), bands=BANDS)
    lines = VIEWS.get("table").render(pipeline.analyze(small(), machine(run))).splitlines()

    first = next(line for line in lines if line.startswith("latency"))
    column = first.index("calibrated with")
    assert column == first.index("2.46 ms (1.23-4.92)") + len("2.46 ms (1.23-4.92) ")
    for label in ("MACs", "parameters", "traffic"):
        line = next(line for line in lines if line.startswith(label))
        assert line[column - 1] == " "
        assert line[column] != " "


def test_each_kernel_has_its_interval_in_the_csv() -> None:
    run = fitted(*(class_fit(n, seconds={"call": 0.00123}) for n in BOTH))
    rows = VIEWS.get("csv").render(pipeline.analyze(small(), machine(run))).splitlines()
    head = rows[0].split(",")

    cells = rows[1].split(",")
    assert [cells[head.index(k)] for k in ("latency_s", "latency_low_s", "latency_high_s")] == [
        "0.00123",
        "0.000615",
        "0.0018449999999999999",
    ]
