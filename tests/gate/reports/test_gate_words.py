"""Values, limits and margins in words: worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import gate_report_cases as cases
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.gate.reports import figures, foreign, words
from costscope.gate.types import Budget, Standing, Verdict

OPEN_LIMIT = replace(cases.OPEN, value=5_000_000.0)


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (cases.FAILS, "latency 14.2 ms (12.9-16.0) > 12 ms"),
        (cases.PASSES, "macs 250 M <= 300 M"),
        (cases.RELATIVE, "latency_increase 14.2 ms > 13.1 ms (base 12.5 ms +5 %)"),
        (cases.UPPER, "latency 14.2 ms (12.9-16.0), upper end 16 ms > 15 ms"),
        (cases.OPEN, "peak_memory unknown, limit 4 MiB"),
        (replace(cases.FAILS, at_least=True, low=None), "latency at least 14.2 ms > 12 ms"),
        (replace(cases.FAILS, value=math.nan), "latency unknown, limit 12 ms"),
        (replace(cases.PASSES, value=0.0, limit=0.0), "macs 0 <= 300 M"),
    ],
)
def test_a_verdict_in_a_line(verdict: Verdict, text: str) -> None:
    assert figures.comparison(verdict) == text


@pytest.mark.parametrize(
    ("verdict", "margin"),
    [
        (cases.FAILS, "+18.3 %"),  # 14.2 / 12 - 1
        (cases.PASSES, "-16.7 %"),  # 1 - 250 / 300
        (cases.RELATIVE, "+8.19 %"),  # 14.2 / 13.125 - 1
        (cases.UPPER, "+6.67 %"),  # 16 / 15 - 1
        (cases.OPEN, ""),
        (replace(cases.PASSES, value=3.0, limit=0.0), "+3"),
        (replace(cases.PASSES, value=3e8), "0 %"),
        (replace(cases.PASSES, limit=math.inf), ""),
    ],
)
def test_how_far_it_is_off(verdict: Verdict, margin: str) -> None:
    assert figures.margin(verdict) == margin


@pytest.mark.parametrize(
    ("value", "limit", "unit", "shown"),
    [
        (300_000_001.0, 300_000_000.0, "", "300,000,001"),
        (0.012_000_1, 0.012, "s", "12.0001 ms"),
        (4 * 2**20 + 1, 4 * 2**20, "B", "4194305 B"),
        (301_000_000.0, 300_000_000.0, "", "301 M"),
    ],
)
def test_a_value_that_is_hardly_beyond_never_looks_like_its_limit(
    value: float, limit: float, unit: str, shown: str
) -> None:
    verdict = replace(cases.FAILS, value=value, low=None, limit=limit, unit=unit)

    assert figures.value_of(verdict) == shown


@given(
    value=st.floats(1e-9, 1e6),
    factor=st.floats(1.000_01, 10),
    unit=st.sampled_from(["s", ""]),
)
def test_what_differs_by_more_than_rounding_is_shown_as_different(
    value: float, factor: float, unit: str
) -> None:
    verdict = replace(cases.FAILS, value=value * factor, low=None, limit=value, unit=unit)

    assert figures.value_of(verdict) != figures.limit_of(replace(verdict, base=value))


def test_names_are_cut_where_they_say_least() -> None:
    assert foreign.named("models/" + "x" * 300 + "/last.onnx", 20) == "...xxxxxxx/last.onnx"
    assert foreign.said("a sentence that is long", 10) == "a sentence..."
    assert foreign.named("a\nb\x1b") == r"a\nb\x1b"


def test_an_undecided_budget_says_what_was_asked_where_and_why() -> None:
    assert words.told(cases.OPEN) == (
        "peak_memory 4 MiB (costscope.toml: budget[1].peak_memory) for models/b.onnx on pixel6: "
        "operator Foo (custom) is not known; name its cost or leave it out."
    )


def test_a_flag_is_not_said_twice_and_the_name_of_the_model_neither() -> None:
    spoken = replace(
        cases.OPEN,
        budget=Budget(place="--budget macs=1 G", metric="macs", text="1 G"),
        hardware="",
        reason="models/b.onnx: not an ONNX file",
    )

    assert words.told(spoken) == "macs 1 G for models/b.onnx: not an ONNX file."


def test_what_is_undecided_for_one_reason_takes_one_line() -> None:
    def opened(metric: str, model: str, reason: str) -> Verdict:
        budget = Budget(place=f"--budget {metric}=1", metric=metric, text="1")
        return replace(cases.OPEN, budget=budget, model=model, hardware="", reason=reason)

    verdicts = (
        opened("macs", "a.onnx", "a.onnx: not an ONNX file"),
        opened("params", "a.onnx", "a.onnx: not an ONNX file"),
        opened("latency_increase", "b.onnx", "there is no baseline"),
        opened("latency_increase", "c.onnx", "there is no baseline"),
        opened("macs", "d.onnx", "so it is"),
        opened("params", "e.onnx", "so it is"),
    )

    assert words.open_lines(replace(cases.CHECK, verdicts=verdicts)) == [
        "macs 1, params 1 for a.onnx: not an ONNX file.",
        "latency_increase 1 for b.onnx, c.onnx: there is no baseline.",
        "macs 1 for d.onnx: so it is.",
        "params 1 for e.onnx: so it is.",
    ]


def test_a_failure_says_what_weighs_most() -> None:
    assert words.told(cases.FAILS) == (
        "models/a.onnx on pixel6: latency 14.2 ms (12.9-16.0) > 12 ms; the prediction is above "
        "the limit. Most of it: stage1.conv, stage2.block1.expand, head.fc and 1 more."
    )
    assert words.because("x", replace(cases.FAILS, reason="")).startswith("x. Most of it: ")


def test_what_weighs_most_is_said_once_for_two_limits_on_one_metric() -> None:
    verdicts = [replace(cases.FAILS, reason=""), replace(cases.UPPER, causes=cases.FAILS.causes)]
    same = [replace(verdicts[0], limit=0.011), *verdicts]

    assert words.failure_lines(same) == [
        "latency of models/a.onnx on pixel6. Most of it: stage1.conv, stage2.block1.expand, "
        "head.fc and 1 more.",
        "latency of models/a.onnx on pixel6: the upper end of the interval is above the limit. "
        "Most of it: stage1.conv, stage2.block1.expand, head.fc and 1 more.",
    ]
    assert words.failure_lines([replace(cases.RELATIVE, reason="")]) == []


def test_savings_are_of_time_or_else_of_traffic() -> None:
    time, traffic = cases.A.findings[0], cases.A.findings[1]
    slower = replace(time, finding=replace(time.finding, saving_s=-1e-3, saving_ratio=-0.1))
    nothing = replace(
        time, finding=replace(time.finding, saving_s=None, saving_bytes=None, saving_ratio=None)
    )

    assert words.saving(time) == "1.20 ms (8.45 %)"
    assert words.saving(traffic) == "1 MiB"
    assert words.saving(slower) == "-1 ms (-10 %)"
    assert words.saving(nothing) == "-"


def test_the_outcome_is_what_the_exit_code_says() -> None:
    assert [words.outcome(cases.ALL[n]) for n in ("check", "passing", "undecided", "warned")] == [
        Standing.FAIL,
        Standing.PASS,
        Standing.UNDECIDED,
        Standing.PASS,
    ]
