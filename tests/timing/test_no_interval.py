"""Where an interval is not claimed: what lies outside the measurements was in none of them."""

from __future__ import annotations

import pytest

from costscope.timing.types import Prediction
from costscope.work import KernelKind
from rated_cases import POINTWISE, POINTWISE_S, fallback, machine, predicted, rates

KNOWN = {"low_ratio": 0.8, "high_ratio": 1.5}


def claims(prediction: Prediction) -> bool:
    """Whether a prediction has an interval; without one only the roof is below."""
    with_upper = prediction.latency_high_s is not None
    assert with_upper is (prediction.interval_confidence is not None)
    if not with_upper:
        ends = prediction.roofline_s, prediction.latency_s
        assert prediction.latency_low_s == min(each for each in ends if each is not None)
    return with_upper


def test_what_was_measured_has_its_interval() -> None:
    prediction = predicted(POINTWISE, machine(rates(**KNOWN)))

    assert claims(prediction)
    assert prediction.latency_high_s == pytest.approx(1.5 * POINTWISE_S)


@pytest.mark.parametrize(
    ("unobserved", "claimed"),
    [
        # Of 36.856 s, 1.6 s go to weights, 4.3 %, and 3 s to calls, 8.1 %; 23.04 s, 63 %, to
        # activations.
        (("weights",), True),
        (("weights", "calls"), True),
        (("activations",), False),
    ],
)
def test_an_unobserved_class_takes_the_interval_away_where_it_matters(
    unobserved: tuple[str, ...], claimed: bool
) -> None:
    on = machine(rates(unobserved=unobserved, **KNOWN))

    assert claims(predicted(POINTWISE, on)) is claimed


def test_an_interval_of_new_machines_knew_no_class_in_the_first_place() -> None:
    on = machine(rates(unobserved=("activations",), new=True, **KNOWN))

    assert claims(predicted(POINTWISE, on))


def test_another_element_type_takes_it_away() -> None:
    on = machine(rates(dtype="int8", **KNOWN), peaks={"float32": 1000.0, "int8": 4000.0})

    assert not claims(predicted(POINTWISE, on))


def test_a_type_that_the_runtime_computes_in_the_measured_one_does_not() -> None:
    on = machine(
        rates(dtype="float16", serves=("float32",), **KNOWN),
        peaks={"float32": 1000.0, "float16": 2000.0},
    )

    assert claims(predicted(POINTWISE, on))


def test_time_on_another_machine_takes_it_away() -> None:
    here = machine(
        rates(**KNOWN), kinds=frozenset({KernelKind.POINTWISE_CONV}), fallback=fallback()
    )
    network = "a = Conv(x, w) y = Softmax <axis = 1> (a)"

    prediction = predicted(network, here, fallback=machine(rates(**KNOWN), name="host"))

    assert prediction.complete
    assert not claims(prediction)
