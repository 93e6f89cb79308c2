"""Verdicts: what passes, what fails, and all that cannot be told."""

from __future__ import annotations

import math

import pytest
from gate_cases import baseline, checked, evidence, figure, limit, seen
from hypothesis import given
from hypothesis import strategies as st

from costscope.gate.decide import verdicts
from costscope.gate.types import Check, Standing

PASS, FAIL, UNDECIDED = Standing.PASS, Standing.FAIL, Standing.UNDECIDED


def one(written, *found, **more):
    """The only verdict."""
    (verdict,) = verdicts([written], evidence(*found, **more))
    return verdict


@pytest.mark.parametrize(
    ("value", "standing"), [(0.011, PASS), (0.012, PASS), (0.0120000001, FAIL), (1.0, FAIL)]
)
def test_a_limit_is_the_largest_value_that_passes(value, standing) -> None:
    verdict = one(limit("latency=12 ms"), checked("a.onnx", "pixel6", figure("latency", value)))

    assert verdict.standing is standing
    assert (verdict.value, verdict.limit, verdict.unit) == (value, 0.012, "s")
    assert (verdict.model, verdict.hardware) == ("a.onnx", "pixel6")


def test_zero_is_a_limit_of_a_count() -> None:
    assert one(limit("kernels=0"), checked("a", "", figure("kernels", 0))).standing is PASS
    assert one(limit("kernels=0"), checked("a", "", figure("kernels", 1))).standing is FAIL


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_what_is_no_number_never_passes(value) -> None:
    verdict = one(limit("latency=12 ms"), checked("a", "", figure("latency", value)))

    assert verdict.standing is UNDECIDED
    assert verdict.reason


def test_a_lower_bound_can_fail_but_not_pass() -> None:
    bound = {"at_least": True, "why": "1 operator not costed (Foo)"}

    low = one(limit("macs=1 k"), checked("a", "", figure("macs", 999, **bound)))
    high = one(limit("macs=1 k"), checked("a", "", figure("macs", 1001, **bound)))

    assert low.standing is UNDECIDED
    assert low.reason == "it is only a lower bound: 1 operator not costed (Foo)"
    assert low.at_least
    assert high.standing is FAIL


@pytest.mark.parametrize(
    ("confidence", "high", "standing"),
    [
        ("median", 0.013, PASS),
        ("median", None, PASS),
        ("upper", 0.0119, PASS),
        ("upper", 0.013, FAIL),
        ("upper", None, UNDECIDED),
        ("upper", math.nan, UNDECIDED),
        ("upper", math.inf, UNDECIDED),
    ],
)
def test_the_upper_end_must_fit_where_it_is_asked_for(confidence, high, standing) -> None:
    found = checked("a", "", figure("latency", 0.011, low=0.01, high=high))

    assert one(limit("latency=12 ms", confidence=confidence), found).standing is standing


def test_a_prediction_beyond_the_limit_needs_no_upper_end_to_fail() -> None:
    found = checked("a", "", figure("latency", 0.013))

    assert one(limit("latency=12 ms", confidence="upper"), found).standing is FAIL


def test_a_count_is_exact_and_has_no_upper_end() -> None:
    found = checked("a", "", figure("macs", 10))

    assert one(limit("macs=10", confidence="upper"), found).standing is PASS


def test_every_model_and_machine_has_its_verdict_and_failures_come_first() -> None:
    found = [
        checked("a", "pixel6", figure("latency", 1.0)),
        checked("a", "coral", figure("latency", None, why="no time")),
        checked("b", "pixel6", figure("latency", 3.0)),
        checked("b", "coral", error="b: not an ONNX model"),
    ]

    decided = verdicts([limit("latency=2 s")], evidence(*found))

    assert [(v.model, v.hardware, v.standing) for v in decided] == [
        ("b", "pixel6", FAIL),
        ("a", "coral", UNDECIDED),
        ("b", "coral", UNDECIDED),
        ("a", "pixel6", PASS),
    ]
    assert decided[1].reason == "no time"
    assert decided[2].reason == "b: not an ONNX model"


def test_what_all_machines_agree_on_is_said_once() -> None:
    found = [checked("a", name, figure("macs", 10)) for name in ("pixel6", "coral")]
    other = [checked("a", "pixel6", figure("macs", 10)), checked("a", "coral", figure("macs", 11))]

    assert one(limit("macs=10"), *found).hardware == ""
    assert [v.hardware for v in verdicts([limit("macs=10")], evidence(*other))] == [
        "coral",
        "pixel6",
    ]
    assert one(limit("macs=10", hardware=("coral",)), *found).hardware == "coral"


def test_a_limit_for_some_models_and_machines_leaves_the_others_alone() -> None:
    found = [
        checked(model, machine, figure("latency", 1.0))
        for model in ("nets/a.onnx", "nets/b.onnx")
        for machine in ("pixel6", "coral")
    ]

    verdict = one(limit("latency=2 s", models=("nets/b*",), hardware=("coral",)), *found)

    assert (verdict.model, verdict.hardware) == ("nets/b.onnx", "coral")


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        ({"models": ("c*",)}, "no model that is checked matches 'c*'"),
        ({"models": ("a*", "c*")}, "no model that is checked matches 'c*'"),
        ({"hardware": ("coral",)}, "coral is not checked; add it with --hw"),
        ({"hardware": ("pixel6", "coral")}, "coral is not checked; add it with --hw"),
    ],
)
def test_a_scope_that_nothing_is_in_is_undecided(scope, why) -> None:
    decided = verdicts(
        [limit("macs=10", **scope)], evidence(checked("a", "pixel6", figure("macs", 1)))
    )

    assert decided[0].standing is UNDECIDED
    assert decided[0].reason.startswith(why)
    assert len(decided) == len(next(iter(scope.values())))


def test_no_models_at_all_decide_nothing() -> None:
    assert one(limit("macs=10")).reason == "no model was checked"


def test_a_metric_that_was_not_computed_is_undecided() -> None:
    verdict = one(limit("latency=1 s"), checked("a", "", figure("macs", 1)))

    assert (verdict.standing, verdict.reason) == (UNDECIDED, "latency was not computed")


def test_a_model_that_no_limit_is_for_and_that_cannot_be_read_is_no_pass() -> None:
    good, bad = checked("a", "", figure("macs", 1)), checked("b", "", error="b: no such file")

    decided = verdicts([limit("macs=10", models=("a",))], evidence(good, bad))

    assert [(v.standing, v.model) for v in decided] == [(UNDECIDED, "b"), (PASS, "a")]
    assert Check(verdicts=decided, checked=(good, bad)).exit_code == 3


def test_where_nothing_was_decided_nothing_has_passed() -> None:
    assert Check(verdicts=(), checked=(), undecided_fails=False).exit_code == 3


# Against a baseline.


@pytest.mark.parametrize(
    ("text", "standing", "allowed"),
    [
        ("latency_increase=+5 %", PASS, 0.0105),
        ("latency_increase=4.9 %", FAIL, 0.01049),
        ("latency_increase=+0.5 ms", PASS, 0.0105),
        ("latency_increase=+0.4 ms", FAIL, 0.0104),
        ("latency_increase=0 %", FAIL, 0.01),
    ],
)
def test_an_increase_is_a_share_of_the_base_or_an_amount(text, standing, allowed) -> None:
    found = checked("a.onnx", "pixel6", figure("latency", 0.0105))

    verdict = one(limit(text), found, baseline=baseline(values={"latency": 0.01}))

    assert verdict.standing is standing
    assert verdict.base == 0.01
    assert verdict.limit == pytest.approx(allowed, rel=1e-8)


def test_the_same_value_is_no_increase() -> None:
    found = checked("a.onnx", "pixel6", figure("latency", 0.0123456789))

    same = one(
        limit("latency_increase=0 %"), found, baseline=baseline(values={"latency": 0.0123456789})
    )

    assert same.standing is PASS


def test_an_increase_of_the_upper_end_is_taken_from_the_upper_end() -> None:
    found = checked("a.onnx", "pixel6", figure("latency", 1.0, high=1.5))
    base = baseline(values={"latency": 1.0}, highs={"latency": 1.2})
    upper = limit("latency_increase=+10 %", confidence="upper")

    assert one(upper, found, baseline=base).standing is FAIL
    assert one(limit("latency_increase=+10 %"), found, baseline=base).standing is PASS
    without = baseline(values={"latency": 1.0})
    assert one(upper, found, baseline=without).standing is UNDECIDED


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"no_baseline": "there is no baseline yet"}, "there is no baseline yet"),
        ({"baseline": baseline("b.onnx", values={"macs": 1})}, "does not have it on pixel6"),
        ({"baseline": baseline(hardware="coral", values={"macs": 1})}, "does not have it"),
        ({"baseline": baseline(values={"latency": 1.0})}, "the baseline has no macs of it"),
        (
            {"baseline": baseline(values={"macs": 1}, hardware_sha256="other")},
            "the profile of pixel6 changed since the baseline; write it anew",
        ),
        (
            {"baseline": baseline(values={"macs": 1}, settings=(("as_dtype", "int8"),))},
            "the baseline was made with as_dtype = int8, not with no settings",
        ),
    ],
)
def test_a_baseline_that_cannot_be_compared_with_is_undecided(more, why) -> None:
    found = checked("a.onnx", "pixel6", figure("macs", 1))

    verdict = one(limit("macs_increase=5 %"), found, **more)

    assert verdict.standing is UNDECIDED
    assert why in verdict.reason


def test_another_model_is_what_a_baseline_is_for() -> None:
    found = checked("a.onnx", "pixel6", figure("macs", 1), model_sha256="new")
    base = baseline(values={"macs": 1}, model_sha256="old")

    assert one(limit("macs_increase=0"), found, baseline=base).standing is PASS


def test_known_findings_count_in_an_increase_as_they_do_in_the_base() -> None:
    old, new = seen(known=True), seen("G4")
    found = checked("a.onnx", "pixel6", figure("warnings", 1), findings=(old, new))
    base = baseline(values={"warnings": 1})

    assert one(limit("warnings=0"), found, baseline=base).standing is FAIL
    verdict = one(limit("warnings_increase=0"), found, baseline=base)
    assert (verdict.standing, verdict.value, verdict.base) == (FAIL, 2, 1)
    assert one(limit("warnings_increase=1"), found, baseline=base).standing is PASS


@given(
    value=st.one_of(st.none(), st.floats(), st.integers()),
    high=st.one_of(st.none(), st.floats()),
    at_least=st.booleans(),
    base=st.floats(),
    text=st.sampled_from(
        ["latency=1 ms", "latency_increase=5 %", "latency_increase=+1 ms", "latency=-1 s", "x=1"]
    ),
    confidence=st.sampled_from(["median", "upper"]),
)
def test_only_a_finite_value_within_a_finite_limit_passes(
    value, high, at_least, base, text, confidence
) -> None:
    found = checked("a.onnx", "pixel6", figure("latency", value, high=high, at_least=at_least))
    base = baseline(values={"latency": base}, highs={"latency": base})

    verdict = one(limit(text, confidence=confidence), found, baseline=base)

    if verdict.standing is PASS:
        assert not at_least
        assert math.isfinite(verdict.value)
        assert math.isfinite(verdict.limit)
        assert verdict.value <= verdict.limit
        assert confidence == "median" or high <= verdict.limit
    else:
        assert verdict.reason or verdict.value > verdict.limit
