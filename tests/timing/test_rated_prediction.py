"""Predictions from rates: seconds worked out by hand, and what is said of how far they go."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.errors import ProfileError, UsageError
from costscope.hardware.types import Hardware, Memory
from costscope.timing.types import Bound, Prediction, TimeModel
from costscope.work import KernelKind
from rated_cases import (
    BANDWIDTH,
    COMPUTE,
    PLAIN,
    POINTWISE,
    POINTWISE_S,
    SOFTMAX,
    SOFTMAX_S,
    fallback,
    machine,
    predicted,
    rates,
)

BOTH = "a = Conv(x, w) y = Softmax <axis = 1> (a)"
BACK = "a = Conv(x, w) p = Softmax <axis = 1> (a) y = Conv(p, w2)"


def only(*kinds: str, **more) -> Hardware:
    """A machine that runs these kinds alone."""
    return machine(kinds=frozenset(map(KernelKind, kinds)), **more)


def host(**more) -> Hardware:
    """The machine that takes what others leave: a softmax of 576 elements in 58.6 s."""
    slow = rates(bandwidth_bytes_per_s={**BANDWIDTH, "normalization": 40.0}, dispatch_s=1.0)
    return machine(slow, **{"name": "host", **more})


def total(prediction: Prediction) -> float:
    assert prediction.latency_s is not None
    return prediction.latency_s


@pytest.mark.parametrize(
    ("network", "seconds"),
    [
        (POINTWISE, POINTWISE_S),
        # 2592 MACs; 576 elements moved, 72 weights.
        ("y = Conv <pads = [1, 1, 1, 1], group = 8> (x, dw)", 51.84 + 23.04 + 1.8 + 3),
        # Stride 2: 9 of 36 places, 5184 MACs; 288 + 72 elements, 576 weights.
        ("y = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (x, w3)", 51.84 + 14.4 + 14.4 + 3),
        ("y = Relu(x)", 11.52 + 3),
        (SOFTMAX, SOFTMAX_S),
        (BOTH, POINTWISE_S + SOFTMAX_S),
    ],
    ids=["pointwise", "depthwise", "dense", "elementwise", "normalization", "two"],
)
def test_seconds_by_hand(network: str, seconds: float) -> None:
    prediction = predicted(network)

    assert prediction.time_model is TimeModel.CALIBRATED
    assert prediction.complete
    assert total(prediction) == pytest.approx(seconds, rel=1e-12)


def test_the_parts_of_a_kernel() -> None:
    (timing,) = predicted(POINTWISE).timings

    assert timing.compute_s == pytest.approx(9.216)
    assert timing.memory_s == pytest.approx(23.04 + 1.6)
    assert timing.overhead_s == pytest.approx(3.0)
    assert timing.bound is Bound.MEMORY
    # 576 elements and 64 weights of 4 bytes at 10 bytes a second
    assert timing.roof_ratio == pytest.approx(256 / POINTWISE_S)


def test_a_view_is_free() -> None:
    prediction = predicted("a = Conv(x, w) y = Flatten(a)")

    assert total(prediction) == pytest.approx(POINTWISE_S)
    assert prediction.timings[-1].bound is Bound.FREE


@pytest.mark.parametrize(("threads", "arithmetic_s"), [(1, 4 * 9.216), (4, 9.216)])
def test_threads_scale_the_arithmetic_and_nothing_else(threads: int, arithmetic_s: float) -> None:
    board = machine(rates(threads=1), rates(threads=4), cores=4)

    prediction = predicted(POINTWISE, board, threads=threads)

    assert total(prediction) == pytest.approx(POINTWISE_S - 9.216 + arithmetic_s)
    assert prediction.threads == threads


def test_without_threads_the_fewest_that_were_measured() -> None:
    board = machine(rates(threads=4), rates(threads=2, dispatch_s=7.0), cores=4)

    prediction = predicted(POINTWISE, board)

    assert prediction.threads == 2
    assert total(prediction) == pytest.approx(POINTWISE_S + 9.216 + 4)


def test_peaks_of_no_stated_cores_are_not_scaled() -> None:
    prediction = predicted(POINTWISE, machine(rates(threads=1)))

    assert total(prediction) == pytest.approx(POINTWISE_S)


def test_threads_that_were_not_measured_are_refused_in_a_line() -> None:
    board = machine(rates(threads=1), rates(threads=4), cores=4)

    with pytest.raises(UsageError) as caught:
        predicted(POINTWISE, board, threads=3)

    assert str(caught.value) == (
        "phone was not measured with 3 threads of tflite, only with 1 and 4"
    )


def test_the_fit_of_the_files_element_type_is_taken() -> None:
    half, single = rates(dtype="float16"), rates(dispatch_s=5.0)
    board = machine(half, single, peaks={"float32": 1000.0, "float16": 2000.0})

    prediction = predicted(POINTWISE, board)

    assert prediction.rates is single
    assert prediction.warnings == ()


def test_a_runtime_that_computes_in_another_type_all_the_same() -> None:
    half = rates(dtype="float16", serves=("float32",))
    board = machine(half, peaks={"float32": 1000.0, "float16": 2000.0})

    prediction = predicted(POINTWISE, board)

    # Twice the peak, and half the bytes.
    assert total(prediction) == pytest.approx((9.216 + 23.04 + 1.6) / 2 + 3)
    assert prediction.warnings == ()


def test_a_type_that_was_not_measured_says_so() -> None:
    board = machine(rates(dtype="float16"), peaks={"float32": 1000.0, "float16": 2000.0})

    (sentence,) = predicted(POINTWISE, board).warnings

    assert sentence == (
        "measured in float16; 100 % of the MACs are float32, scaled by the arithmetic peaks: "
        "outside what was measured"
    )


def test_an_unobserved_class_that_matters_is_named() -> None:
    board = machine(rates(unobserved=("normalization", "dense")))

    prediction = predicted(BOTH, board)

    (sentence,) = prediction.warnings
    share = 100 * 28.8 / (POINTWISE_S + SOFTMAX_S)
    assert sentence.startswith(f"{share:.1f} % of the time is in classes that no measured network")
    assert prediction.timings[1].unobserved_s == pytest.approx(28.8)
    assert prediction.timings[0].unobserved_s == 0


@pytest.mark.parametrize(
    ("bandwidth", "share"),
    [(50.0, 5.12 / (32.256 + 5.12)), (40.0, 6.4 / (32.256 + 6.4))],  # 13.7 % and 16.6 %
)
def test_an_unobserved_class_is_named_from_fifteen_percent_on(
    bandwidth: float, share: float
) -> None:
    listed = {**BANDWIDTH, "weights": bandwidth}
    board = machine(rates(unobserved=("weights",), dispatch_s=0.0, bandwidth_bytes_per_s=listed))

    prediction = predicted(POINTWISE, board)

    assert prediction.timings[0].unobserved_s / total(prediction) == pytest.approx(share)
    assert len(prediction.warnings) == (share > 0.15)


def test_ranking_only_is_said() -> None:
    (sentence,) = predicted(POINTWISE, machine(rates(ranking=True))).warnings

    assert "good for ranking only" in sentence


def test_an_inference_costs_its_run_once() -> None:
    prediction = predicted(BOTH, machine(rates(run_s=11.0)))

    assert total(prediction) == pytest.approx(POINTWISE_S + SOFTMAX_S + 11)
    assert prediction.run_s == 11.0


def test_the_interval_is_that_of_the_networks_held_out() -> None:
    sure = rates(low_ratio=0.8, high_ratio=1.5, confidence=0.95)

    prediction = predicted(POINTWISE, machine(sure))

    assert prediction.latency_low_s == pytest.approx(0.8 * POINTWISE_S)
    assert prediction.latency_high_s == pytest.approx(1.5 * POINTWISE_S)
    assert prediction.interval_confidence == 0.95


def test_without_held_out_networks_only_the_roof_is_below() -> None:
    prediction = predicted(POINTWISE)

    # The roof, 256 s at the data sheet's bandwidth, is above what measured networks reach.
    assert prediction.roofline_s == pytest.approx(256)
    assert prediction.latency_low_s == prediction.latency_s == pytest.approx(POINTWISE_S)
    assert prediction.latency_high_s is None
    assert prediction.interval_confidence is None


def test_an_incomplete_sum_has_no_upper_end() -> None:
    sure = rates(low_ratio=0.8, high_ratio=1.5)

    prediction = predicted(BOTH, only("pointwise_conv", rates=(sure,)))

    assert total(prediction) == pytest.approx(POINTWISE_S)
    assert not prediction.complete
    assert prediction.latency_high_s is None
    assert prediction.interval_confidence is None
    assert prediction.timings[1].problem == "phone does not run softmax kernels"


def test_what_a_machine_does_not_run_goes_to_its_fallback_and_back() -> None:
    npu = only("pointwise_conv", fallback=fallback())

    prediction = predicted(BACK, npu, fallback=host())

    # Each way 288 elements of 4 bytes at 128 B/s, after a wait of 2 s.
    there = back = 2 + 9
    assert total(prediction) == pytest.approx(2 * POINTWISE_S + there + 57.6 + 1 + back)
    assert [timing.fallback for timing in prediction.timings] == [False, True, False]
    assert prediction.complete
    assert prediction.timings[1].overhead_s == pytest.approx(1 + there)
    (sentence,) = prediction.warnings
    assert sentence.startswith("1 of 3 kernels do not run here and are counted on host: ")


def test_kernels_that_follow_each_other_on_the_fallback_are_copied_once() -> None:
    npu = only("pointwise_conv", fallback=fallback())
    twice = "a = Conv(x, w) p = Softmax <axis = 1> (a) y = Softmax <axis = 1> (p)"

    prediction = predicted(twice, npu, fallback=host())

    assert total(prediction) == pytest.approx(POINTWISE_S + 11 + 2 * 58.6)


def test_the_input_of_the_network_is_on_either_side() -> None:
    npu = only("pointwise_conv", fallback=fallback())

    assert total(predicted(SOFTMAX, npu, fallback=host())) == pytest.approx(58.6)


def test_a_fallback_that_nobody_measured_is_no_prediction() -> None:
    npu = only("pointwise_conv", fallback=fallback())

    prediction = predicted(BOTH, npu, fallback=host(rates=()))

    assert not prediction.complete
    assert prediction.timings[1].latency_s is None


def test_a_roofline_leaves_the_fallback_out() -> None:
    npu = only("pointwise_conv", fallback=fallback())

    prediction = predicted(BOTH, npu, fallback=host(), time_model=TimeModel.ROOFLINE)

    assert not prediction.complete


def test_calibrated_of_another_runtime_is_refused() -> None:
    with pytest.raises(UsageError, match="phone has no calibration for ncnn; use --time-model"):
        predicted(POINTWISE, runtime="ncnn", time_model=TimeModel.CALIBRATED)


def test_a_type_without_arithmetic_is_no_prediction() -> None:
    prediction = predicted(POINTWISE, machine(peaks={"int8": 1000.0}))

    assert prediction.latency_s is None
    assert prediction.timings[0].problem == "phone has no float32 arithmetic"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"structure": "quantum"}, "structure: unknown 'quantum'; one of "),
        (
            {"compute_ratio": {**COMPUTE, "pointwize": 1.0}},
            f"compute.pointwize: the structure {PLAIN} has no 'pointwize' here; did you mean 'po",
        ),
        (
            {"compute_ratio": {"dense": 1.0}},
            f"compute: lacks pointwise, depthwise, which the structure {PLAIN} has",
        ),
        ({"bandwidth_bytes_per_s": {}}, "bandwidth: lacks activations, "),
    ],
)
def test_rates_that_are_not_of_their_structure_are_refused_in_a_line(
    wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(ProfileError) as caught:
        predicted(POINTWISE, machine(rates(**wrong)))

    message = str(caught.value)
    assert message.startswith(f"phone: rates of tflite: {said}")
    assert "costscope hw validate" in message
    assert "\n" not in message


def sram(**more) -> tuple[Memory, ...]:
    near = Memory(
        name="sram", capacity_bytes=64, bandwidth_bytes_per_s=100.0,
        holds=("weights", "activations"), source="s", **more,
    )  # fmt: skip
    return (near, *machine().memories)


def test_a_capacity_that_does_not_spill_changes_no_rate() -> None:
    assert total(predicted(POINTWISE, machine(memories=sram()))) == pytest.approx(POINTWISE_S)


ratios = st.floats(0.01, 2)


@given(faster=st.floats(1, 100), name=st.sampled_from(sorted(BANDWIDTH)))
def test_a_faster_class_never_takes_longer(faster: float, name: str) -> None:
    board = machine(rates(bandwidth_bytes_per_s={**BANDWIDTH, name: BANDWIDTH[name] * faster}))

    assert total(predicted(BOTH, board)) <= total(predicted(BOTH))


@given(st.floats(0.1, 10))
def test_a_machine_that_is_slower_in_all_takes_as_much_longer(factor: float) -> None:
    slow = rates(
        compute_ratio={name: ratio / factor for name, ratio in COMPUTE.items()},
        bandwidth_bytes_per_s={name: each / factor for name, each in BANDWIDTH.items()},
        dispatch_s=3.0 * factor,
    )

    assert total(predicted(BACK, machine(slow))) == pytest.approx(factor * total(predicted(BACK)))


def test_repeated_kernels_take_their_time_each() -> None:
    from costscope.timing.predict import predict
    from rated_cases import schedule_of

    schedule = schedule_of(POINTWISE)
    (step,) = schedule.steps
    looped = replace(schedule, steps=(replace(step, kernel=replace(step.kernel, repeats=5)),))

    prediction = predict(looped, machine(), runtime="tflite", weight_bytes=256)

    assert total(prediction) == pytest.approx(5 * POINTWISE_S)


def test_the_files_element_type_comes_before_the_fewest_threads() -> None:
    on = machine(
        rates(threads=1, dtype="int8"),
        rates(threads=4, dtype="float32", dispatch_s=7.0),
        cores=4,
        peaks={"float32": 1000.0, "int8": 4000.0},
    )

    prediction = predicted(POINTWISE, on)

    assert prediction.rates is not None
    assert (prediction.rates.dtype, prediction.threads) == ("float32", 4)
    assert total(prediction) == pytest.approx(POINTWISE_S - 3 + 7)
