"""Fits and fallbacks of profiles: what may be left out, and every mistake in its place."""

from __future__ import annotations

import pytest
from profile_cases import SMALL, WHOLE, problems_of

from costscope.hardware.parse import parse
from costscope.hardware.types import Rates

LEAST = """runtimes:
  - {runtime: tflm, dtype: int8, structure: mcu, source: sheet}
"""


def test_what_a_fit_may_leave_out() -> None:
    (found,) = parse(SMALL + LEAST, name="board").rates

    assert found == Rates(
        runtime="tflm",
        dtype="int8",
        structure="mcu",
        compute_ratio={},
        bandwidth_bytes_per_s={},
        source="sheet",
    )
    assert (found.error_ratio, found.low_ratio, found.threads) == (None, None, None)


def test_one_runtime_by_threads_and_element_type() -> None:
    fits = "".join(
        f"  - {{runtime: tflm, threads: {n}, dtype: {dtype}, structure: mcu, source: sheet}}\n"
        for n, dtype in [(1, "int8"), (2, "int8"), (1, "float32")]
    )
    board = parse(f"{SMALL}runtimes:\n{fits}", name="board")

    assert [(each.threads, each.dtype) for each in board.rates] == [
        (1, "int8"), (2, "int8"), (1, "float32"),
    ]  # fmt: skip
    assert board.rates_for("tflm") is board.rates[0]
    assert board.rates_for("tflm", dtype="float32") is board.rates[2]
    assert board.rates_for("tflm", threads=2, dtype="float32") is board.rates[1]
    assert board.rates_for("tflm", threads=3) is None
    assert board.rates_for("ncnn") is None


def test_a_rate_and_a_copy_that_nobody_published_are_assumed() -> None:
    text = WHOLE.replace("source: fit", "source: assumed").replace(
        "sync: 100 us, source: sheet", "sync: 100 us, source: assumed"
    )

    found = parse(text, name="board").assumed()

    assert found == ("memories.cache", "runtimes.tflite", "fallback")


AT = "runtimes[0]"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  - runtime: tflite\n    version", "  - version", f"{AT}.runtime: missing"),
        ("- runtime: tflite", "- runtime: TFLite", f"{AT}.runtime: 'TFLite' is not a lower-case"),
        ('version: "2.14"', "version: 2.14", f"{AT}.version: expected text, got 2.14; put it in"),
        ("threads: 2", "threads: 0", f"{AT}.threads: expected a whole number from 1, got 0"),
        ("threads: 2", "threads: 1.5", f"{AT}.threads: expected a whole number from 1, got 1.5"),
        ("    dtype: float16\n", "", f"{AT}.dtype: missing"),
        ("dtype: float16", "dtype: 16", f"{AT}.dtype: expected text, got 16"),
        ("serves: [float32]", "serves: float32", f"{AT}.serves: expected a list"),
        ("serves: [float32]", "serves: [f, f]", f"{AT}.serves: 'f' is given twice"),
        ("    structure: arm_cpu\n", "", f"{AT}.structure: missing"),
        ("structure: arm_cpu", "structure: [x]", f"{AT}.structure: expected text"),
        ("pointwise: 0.61", "pointwise: 11", f"{AT}.compute.pointwise: 11 is not above 0 and at"),
        ("pointwise: 0.61", "pointwise: 0", f"{AT}.compute.pointwise: 0 is not above 0"),
        ("pointwise: 0.61", "pointwise: -1", f"{AT}.compute.pointwise: -1 is not above 0"),
        ("pointwise: 0.61", "pointwise: 61 %", f"{AT}.compute.pointwise: expected a plain number"),
        ("pointwise: 0.61", "pointwise: .nan", f"{AT}.compute.pointwise: expected a plain number"),
        ("pointwise: 0.61", "pointwise: true", f"{AT}.compute.pointwise: expected a plain number"),
        ("pointwise: 0.61", "Point: 0.61", f"{AT}.compute.Point: 'Point' is not a lower-case"),
        ("{pointwise: 0.61, winograd: 2.5}", "0.5", f"{AT}.compute: expected keys and values"),
        ("2.1 GB/s", "2.1 GB", f"{AT}.bandwidth.activations: '2.1 GB': not a unit here"),
        ("2.1 GB/s", "0 GB/s", f"{AT}.bandwidth.activations: '0 GB/s': not above zero"),
        ("2.1 GB/s", "2.1", f"{AT}.bandwidth.activations: 2.1: a number without a unit"),
        ("{activations: 2.1 GB/s}", "[1]", f"{AT}.bandwidth: expected keys and values"),
        ("dispatch: 6 us", "dispatch: 6", f"{AT}.dispatch: 6: a number without a unit"),
        ("dispatch: 6 us", "dispatch: 6 MB", f"{AT}.dispatch: '6 MB': not a unit here"),
        ("run: 1.5 ms", "run: -1 ms", f"{AT}.run: '-1 ms'"),
        ("unobserved: [winograd]", "unobserved: winograd", f"{AT}.unobserved: expected a list"),
        ("networks: 11", "networks: 1.5", f"{AT}.networks: expected a whole number"),
        ("networks: 11", "networks: -1", f"{AT}.networks: expected a whole number"),
        ("rows: 30", "rows: many", f"{AT}.rows: expected a whole number"),
        ("{mean: 0.12, median: 0.07}", "0.12", f"{AT}.error: expected keys and values, got 0.12"),
        ("mean: 0.12", "mean: 12", f"{AT}.error.mean: expected a number from 0 to 10, got 12"),
        ("mean: 0.12, ", "", f"{AT}.error.mean: missing"),
        ("mean: 0.12, median: 0.07", "mean: 0.12", f"{AT}.error.median: missing"),
        ("mean: 0.12, ", "mean: 0.12, men: 1, ", f"{AT}.error.men: unknown key; did you mean"),
        ("low: 0.8", "low: 0", f"{AT}.interval.low: 0 is not above 0"),
        ("low: 0.8", "low: 1.4", f"{AT}.interval.low: 1.4 is above `high`, 1.3"),
        ("low: 0.8, ", "", f"{AT}.interval.low: missing"),
        ("high: 1.3, ", "", f"{AT}.interval.high: missing"),
        ("high: 1.3", "high: 1001", f"{AT}.interval.high: 1001 is not above 0 and at most 1000"),
        ("pair: 1.4", "pair: 0.9", f"{AT}.interval.pair: expected a number from 1 to 1000"),
        ("confidence: 0.95", "confidence: 90", f"{AT}.interval.confidence: 90 is not above 0"),
        ("confidence: 0.95, ", "", f"{AT}.interval.confidence: missing"),
        ("confidence: ranking", "confidence: rank", f"{AT}.confidence: unknown 'rank'"),
        ("source: fit\n", "source: fitt\n", f"{AT}.source: 'fitt' is not one of"),
        ("    source: fit\n", "", f"{AT}.source: missing"),
        ("source: fit\n    how: a guess", "source: assumed", f"{AT}.how: missing: an assumed"),
        ("    rows: 30\n", "    rowz: 30\n", f"{AT}.rowz: unknown key; did you mean 'rows'?"),
        (
            "supports: {k",
            "  - {runtime: tflite, threads: 2, dtype: float16, structure: npu, source: fit}\n"
            "supports: {k",
            "runtimes[1].runtime: tflite, float16, 2 threads is given twice",
        ),
        ("supports: {k", "  - 5\nsupports: {k", "runtimes[1]: expected keys and values, got 5"),
        ("cores: 4", "cores: 0", "cores: expected a whole number from 1, got 0"),
        ("cores: 4", "cores: four", "cores: expected a whole number from 1, got 'four'"),
        ("profile: pixel6, ", "", "fallback.profile: missing"),
        ("profile: pixel6", "profile: Pixel 6", "fallback.profile: 'Pixel 6' is not a lower-case"),
        ("bandwidth: 3 GB/s, ", "", "fallback.bandwidth: missing"),
        ("bandwidth: 3 GB/s", "bandwidth: 3", "fallback.bandwidth: 3: a number without a unit"),
        ("sync: 100 us, ", "", "fallback.sync: missing"),
        ("sync: 100 us", "sync: 100 MB", "fallback.sync: '100 MB': not a unit here"),
        ("sync: 100 us, source: sheet", "sync: 0 s", "fallback.source: missing"),
        ("source: sheet, how: over the bus", "source: assumed", "fallback.how: missing: an assu"),
        ("profile: pixel6", "name: x, profile: pixel6", "fallback.name: unknown key"),
    ],
)
def test_a_mistake_in_a_fit_or_in_a_fallback(old: str, new: str, problem: str) -> None:
    assert WHOLE.count(old) == 1

    found = problems_of(WHOLE.replace(old, new))

    assert any(line.startswith(problem) for line in found), found
    assert len(found) == 1, found


def test_runtimes_are_a_list() -> None:
    (problem,) = problems_of(f"{SMALL}runtimes: {{tflite: {{dispatch: 6 us}}}}\n")

    assert problem == "runtimes: expected a list, got keys and values"


def test_winograd_may_exceed_the_peak() -> None:
    hardware = parse(WHOLE.replace("winograd: 2.5", "winograd: 4"), name="board")

    assert hardware.rates[0].compute_ratio["winograd"] == 4


def test_nothing_to_wait_for_and_nothing_to_pay() -> None:
    text = WHOLE.replace("sync: 100 us", "sync: 0 s").replace("dispatch: 6 us", "dispatch: 0 s")

    hardware = parse(text, name="board")

    assert hardware.fallback is not None
    assert hardware.fallback.sync_s == hardware.rates[0].dispatch_s == 0
