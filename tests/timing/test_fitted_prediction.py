"""Times from classes of kernels that were measured, worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.errors import UsageError
from costscope.hardware.types import Band
from costscope.kernels.types import Kernel, Traffic
from costscope.schedule.types import Peak, Schedule, Step
from costscope.timing.fitted import interval
from costscope.timing.predict import predict
from costscope.timing.types import Bound, Prediction, TimeModel
from costscope.work import KernelKind, Work
from fitted_cases import BANDS, class_fit, fitted, machine, plain_terms


@pytest.fixture(autouse=True)
def terms(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_terms(monkeypatch)


def kernel(macs=1000, nbytes=200, kind=KernelKind.DENSE_CONV, **more) -> Kernel:
    fields = {
        "name": "k",
        "kind": kind,
        "nodes": (),
        "reads": (),
        "writes": (),
        "weights": (),
        "parameters": (),
        "stored": (),
        "compute_dtype": "float32",
        "work": Work(macs),
        "traffic": Traffic(0, nbytes, 0),
        "memory_access": 0,
        "memory_access_bound": None,
        "problem": None,
        "repeats": 1,
    }
    return Kernel(**{**fields, **more})


def time(*kernels, on=None, model=None, threads=None, runtime="onnxruntime") -> Prediction:
    steps = tuple(Step(each, 0) for each in kernels)
    return predict(
        Schedule("layerwise", steps, Peak(0, "", ()), True),
        on or machine(),
        runtime=runtime,
        weight_bytes=0,
        time_model=model,
        threads=threads,
    )


def test_a_kernel_takes_the_sum_of_its_terms() -> None:
    prediction = time(kernel(), on=machine(fitted(dispatch_s=0.5)))

    # 1000 MACs at 1 ms, 200 bytes at 10 ms, 3 s a call and 0.5 s of dispatch
    timing = prediction.timings[0]
    assert (timing.compute_s, timing.memory_s, timing.overhead_s) == (1.0, 2.0, 3.5)
    assert timing.latency_s == prediction.latency_s == 6.5
    assert timing.bound is Bound.OVERHEAD
    assert prediction.time_model is TimeModel.CALIBRATED
    assert prediction.calibrated
    assert prediction.threads == 1
    # 2000 FLOP at 1000 FLOP/s, 200 bytes at 10 byte/s
    assert prediction.roofline_s == 20.0
    assert prediction.warnings == ()


def test_runs_multiply_everything() -> None:
    timing = time(kernel(repeats=4), on=machine(fitted(dispatch_s=0.5))).timings[0]

    assert (timing.compute_s, timing.memory_s, timing.overhead_s) == (4.0, 8.0, 14.0)
    assert timing.latency_s == 26.0


def test_an_inference_costs_something_beside_its_kernels() -> None:
    prediction = time(kernel(), kernel(), on=machine(fitted(run_s=0.25)))

    assert prediction.latency_s == 12.25
    assert prediction.run_s == 0.25


def test_a_term_that_the_fit_dropped_costs_nothing() -> None:
    only_macs = machine(fitted(class_fit(seconds={"macs": 0.001})))

    assert time(kernel(), on=only_macs).latency_s == 1.0


def test_a_term_that_the_kernel_does_not_have_costs_nothing() -> None:
    other = machine(fitted(class_fit(seconds={"macs": 0.001, "special_elements": 5.0})))

    assert time(kernel(), on=other).latency_s == 1.0


@pytest.mark.parametrize("kind", [KernelKind.VIEW, KernelKind.CONTROL_FLOW])
def test_views_are_free_unless_somebody_measured_them(kind: KernelKind) -> None:
    view = kernel(0, 0, kind)

    free = time(kernel(), view, on=machine(fitted(dispatch_s=0.5)))
    known = time(kernel(), view, on=machine(fitted(class_fit(), class_fit(str(kind)))))

    assert free.timings[1].latency_s == 0.0
    assert free.timings[1].bound is Bound.FREE
    assert free.complete
    assert known.timings[1].latency_s == 3.0


def test_what_was_never_sampled_is_never_guessed() -> None:
    # twice 20 s of roofline known, 10 s (100 bytes) and 30 s (300 bytes) not
    prediction = time(
        kernel(),
        kernel(),
        kernel(0, 100, KernelKind.SOFTMAX),
        kernel(0, 300, KernelKind.RESIZE),
        on=machine(fitted(bands=BANDS)),
    )

    assert prediction.timings[2].latency_s is None
    assert prediction.timings[2].problem == "no calibration has sampled softmax kernels"
    assert prediction.latency_s == 12.0
    assert not prediction.complete
    assert prediction.latency_high_s is None
    assert prediction.interval_confidence is None
    assert prediction.roofline_s == 40.0  # of what is in the sum
    assert prediction.warnings == (
        (
            "no calibration has sampled softmax, resize kernels: 2 of 4 kernels, 50 % of the "
            "roofline bound, are not in the sum"
        ),
    )


def test_many_classes_that_were_never_sampled_are_counted() -> None:
    kinds = [k for k in KernelKind if k not in {"dense_conv", "view", "control_flow"}][:6]
    prediction = time(kernel(), *(kernel(0, 10, kind) for kind in kinds))

    assert " and 2 more classes of kernels: 6 of 7 kernels" in prediction.warnings[0]


def test_an_uncosted_kernel_is_no_matter_of_calibration() -> None:
    prediction = time(kernel(), kernel(problem="no formula"))

    assert not prediction.complete
    assert prediction.timings[1].problem == "no formula"
    assert prediction.warnings == ()


def test_nothing_known_is_no_prediction() -> None:
    prediction = time(kernel(kind=KernelKind.SOFTMAX), on=machine(fitted(run_s=1.0)))

    assert prediction.latency_s is None
    assert prediction.latency_low_s is None
    assert prediction.run_s == 0.0


def test_what_was_measured_needs_no_peak() -> None:
    prediction = time(kernel(compute_dtype="int8"))

    assert prediction.latency_s == 6.0
    assert prediction.timings[0].ridge_point is None


@pytest.mark.parametrize(
    ("macs", "note"),
    [
        (500, ""),
        (499, "499 MACs, seen from 1 k"),
        (4000, ""),
        (4001, "4.001 k MACs, seen at most 2 k"),
    ],
)
def test_twice_beyond_what_was_seen_is_said(macs: int, note: str) -> None:
    known = machine(fitted(class_fit(seen={"macs": (1000.0, 2000.0), "bytes": (0.0, 1e9)})))

    prediction = time(kernel(macs), on=known)

    timing = prediction.timings[0]
    assert timing.note == note
    assert timing.extrapolated is bool(note)
    assert (timing.latency_low_s is None) is bool(note)
    assert len(prediction.warnings) == bool(note)
    if note:
        assert prediction.warnings[0] == (
            "1 of 1 kernels, 100 % of the time, are outside what the calibration has seen: "
            f"k ({note})"
        )


def test_a_kernel_s_interval_is_its_class_s() -> None:
    timing = time(kernel()).timings[0]

    assert (timing.latency_low_s, timing.latency_high_s) == (3.0, 9.0)


def test_a_network_s_interval_is_its_band_s() -> None:
    on = machine(fitted(bands=BANDS, confidence=0.9))

    short, long = time(kernel(), on=on), time(*[kernel()] * 10, on=on)

    assert (short.latency_low_s, short.latency_high_s) == (3.0, 12.0)
    assert (long.latency_low_s, long.latency_high_s) == (48.0, 75.0)
    assert short.interval_confidence == long.interval_confidence == 0.9


def test_without_bands_nothing_is_below_the_roofline_or_the_prediction() -> None:
    prediction = time(kernel())

    assert prediction.latency_s is not None
    assert prediction.latency_low_s == min(20.0, prediction.latency_s)
    assert prediction.latency_high_s is None
    assert prediction.interval_confidence is None


def test_at_a_seam_the_wider_end_is_taken() -> None:
    # just above 10 s: the band before would have ended at 20 s, the new one at 12.5 s
    low, high = interval(BANDS, 10.0) or (0, 0)

    assert (low, high) == (8.0, 20.0)
    assert interval(BANDS, 20.0) == (16.0, 25.0)
    # a later band that is wider below
    wide = (
        Band(above_s=0.0, low_ratio=0.9, high_ratio=1.1, networks=1),
        Band(above_s=10.0, low_ratio=0.5, high_ratio=1.1, networks=1),
    )
    assert interval(wide, 8.0) == (5.0, pytest.approx(8.8))


def test_a_latency_below_the_first_band_takes_the_first() -> None:
    assert interval(BANDS[1:], 5.0) == (4.0, 6.25)
    assert interval((), 5.0) is None


ratios = st.floats(0.1, 1.0)
bands = st.lists(
    st.tuples(st.floats(0, 100), ratios, ratios), min_size=1, max_size=4, unique_by=lambda b: b[0]
).map(
    lambda rows: tuple(
        Band(above_s=above, low_ratio=low, high_ratio=1 / high, networks=1)
        for above, low, high in sorted(rows)
    )
)


@given(bands=bands, latencies=st.tuples(st.floats(0.01, 1000), st.floats(0.01, 1000)).map(sorted))
def test_a_slower_network_never_has_a_lower_end(bands, latencies) -> None:
    (low, high), (later_low, later_high) = (interval(bands, each) for each in latencies)

    assert low <= later_low
    assert high <= later_high
    assert low <= latencies[0] <= high


@given(
    first=st.floats(1e-6, 1),
    second=st.floats(1e-6, 1),
    macs=st.integers(0, 10**6),
    nbytes=st.integers(0, 10**6),
)
def test_time_is_linear_in_the_seconds_of_a_term(first, second, macs, nbytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        plain_terms(patch)
        both, one, other = (
            time(kernel(macs, nbytes), on=machine(fitted(class_fit(seconds=seconds)))).latency_s
            for seconds in (
                {"macs": first, "read_bytes": second},
                {"macs": first},
                {"read_bytes": second},
            )
        )

    assert both == pytest.approx((one or 0) + (other or 0))


def test_the_fewest_threads_unless_others_are_asked_for() -> None:
    on = machine(
        fitted(class_fit(seconds={"call": 4.0}), threads=4),
        fitted(class_fit(seconds={"call": 9.0}), threads=1),
    )

    assert (time(kernel(), on=on).latency_s, time(kernel(), on=on).threads) == (9.0, 1)
    assert time(kernel(), on=on, threads=4).latency_s == 4.0
    with pytest.raises(UsageError) as caught:
        time(kernel(), on=on, threads=2)
    assert str(caught.value) == (
        "desk was not calibrated with 2 threads, only with 1 and 4; "
        "run `costscope calibrate --threads 2`"
    )


def test_another_runtime_or_time_model_goes_by_the_peaks() -> None:
    other = time(kernel(), runtime="tflite")
    roof = time(kernel(), model=TimeModel.ROOFLINE)

    assert other.time_model is TimeModel.ROOFLINE
    assert other.latency_s == roof.latency_s == 20.0
    assert (roof.calibrated, roof.threads, roof.run_s, roof.warnings) == (False, None, 0.0, ())
    with pytest.raises(UsageError, match="no calibration for tflite"):
        time(kernel(), runtime="tflite", model=TimeModel.CALIBRATED)
