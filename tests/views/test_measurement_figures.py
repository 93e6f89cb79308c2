"""The numbers of a measurement: worked by hand, and laws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measurement_cases import (
    MEASURED,
    disturbed,
    incomplete,
    measurement_of,
    nothing,
    plain,
    realistic,
    recorded,
    uncalibrated,
    without_machine,
)
from view_cases import Net, calibrated

from costscope import pipeline
from costscope.measure.types import KernelTime, Measurement
from costscope.timing.types import Bound
from costscope.views.measurement import figures

STEM_S, HEAD_S = 13.8896e-6, 17.5888e-6  # 3680 and 6656 bytes, 13824 and 8192 MACs, 1 us each


def test_a_kernel_stands_beside_its_prediction_and_its_roof() -> None:
    stem, head = figures.rows_of(plain())

    assert (stem.order, head.order) == (1, 2)
    assert stem.kind == "dense_conv"
    assert stem.predicted_s == pytest.approx(STEM_S)
    assert stem.off_s == pytest.approx(STEM_S - 100e-6)
    assert stem.error_ratio == pytest.approx(-0.861104)
    assert stem.roof_s == pytest.approx(3680 / 1e9)
    assert stem.roof_ratio == pytest.approx(0.0368)
    assert stem.flops_per_s == pytest.approx((2 * 13824 + 512) / 100e-6)
    assert stem.bound is Bound.MEMORY


def test_the_total_is_the_median_latency_beside_the_whole_prediction() -> None:
    total = figures.total_of(plain())

    assert (total.measured_s, total.recorded) == (pytest.approx(200e-6), False)
    assert total.predicted_s == pytest.approx(STEM_S + HEAD_S)
    assert total.error_ratio == pytest.approx((STEM_S + HEAD_S) / 200e-6 - 1)
    assert total.low_s == pytest.approx((STEM_S + HEAD_S) / 1.25)
    assert total.inside is False
    assert total.roof_ratio == pytest.approx(10.336 / 200)


def test_a_measured_latency_at_the_end_of_the_interval_is_inside() -> None:
    found = plain()
    prediction = found.prediction
    assert prediction is not None
    at_the_end = replace(found, prediction=replace(prediction, latency_high_s=200e-6))
    beyond = replace(found, prediction=replace(prediction, latency_high_s=199e-6))

    assert figures.total_of(at_the_end).inside is True
    assert figures.total_of(beyond).inside is False


def test_a_roofline_is_no_prediction_and_has_no_error() -> None:
    found = uncalibrated()

    total, rows = figures.total_of(found), figures.rows_of(found)

    assert total.predicted_s is None
    assert (total.error_ratio, total.low_s, total.inside) == (None, None, None)
    assert total.roof_s is not None
    assert 0 < (total.roof_ratio or 0) < 1
    assert {row.error_ratio for row in rows} == {None}
    assert figures.worst(rows) == ()
    assert figures.group_of(rows).predicted_s is None


def test_a_lead_that_calls_a_roofline_a_prediction_is_not_followed() -> None:
    found = uncalibrated()
    kernels = tuple(replace(each, predicted_s=1.0) for each in found.kernels)

    rows = figures.rows_of(replace(found, kernels=kernels))

    assert {row.predicted_s for row in rows} == {None}


def test_without_a_machine_there_is_neither_prediction_nor_roof() -> None:
    total = figures.total_of(without_machine())

    assert (total.predicted_s, total.roof_s, total.error_ratio) == (None, None, None)
    assert {row.roof_s for row in figures.rows_of(without_machine())} == {None}


def test_part_of_a_prediction_is_compared_with_that_part_only() -> None:
    rows = figures.rows_of(incomplete())
    group = figures.group_of(rows)

    assert (group.kernels, group.unpredicted) == (3, 2)
    assert group.measured_s == pytest.approx(45e-6)
    assert group.compared_s == pytest.approx(30e-6)
    assert group.error_ratio == pytest.approx(0.1)
    assert figures.total_of(incomplete()).error_ratio is None
    assert [row.reason for row in rows] == [
        "overhead-bound", "not sampled", "no kernel was found for the event",
    ]  # fmt: skip


def test_ten_percent_off_is_within_ten_percent() -> None:
    rows = figures.rows_of(incomplete())

    assert figures.within(rows, 0.1) == 1
    assert figures.within(rows, 0.0999) == 0
    assert figures.within([], 0.1) is None


def test_errors_of_both_signs_cancel_in_the_sum_and_not_kernel_by_kernel() -> None:
    analysis = pipeline.analyze(_two_convs(), calibrated())
    found = measurement_of(analysis)
    first, second = found.kernels
    kernels = (
        replace(first, measured_s=100e-6, predicted_s=150e-6),
        replace(second, measured_s=100e-6, predicted_s=50e-6),
    )

    group = figures.group_of(figures.rows_of(replace(found, kernels=kernels)))

    assert group.error_ratio == pytest.approx(0)
    assert group.kernel_error_ratio == pytest.approx(0.5)


def test_the_worst_are_the_farthest_in_seconds_whatever_the_sign() -> None:
    rows = figures.rows_of(realistic())

    off = [abs(row.off_s or 0) for row in figures.worst(rows)]

    assert off == sorted(off, reverse=True)
    assert len(off) > 50
    assert {(row.off_s or 0) > 0 for row in figures.worst(rows)[:10]} == {True, False}


def test_layout_work_and_lost_events_are_kinds_of_their_own() -> None:
    assert figures.by_kind(figures.rows_of(realistic()))[-2].kind == "layout"
    assert [g.kind for g in figures.by_kind(figures.rows_of(incomplete()))] == [
        "dense_conv", "pointwise_conv", "unmatched",
    ]  # fmt: skip


def test_events_without_a_kernel_are_counted_once() -> None:
    assert figures.events(incomplete()) == (2, 3)
    assert figures.events(recorded()) == (9, 10)
    assert figures.events(nothing()) == (0, 0)


def test_traced_time_is_of_operators_or_of_layout_work() -> None:
    found = realistic()

    original, layout = figures.traced(found) or (0, 0)

    assert original + layout == pytest.approx(1)
    assert layout == pytest.approx(41e-6 / found.kernels_s)
    assert figures.traced(nothing()) is None


def test_a_recorded_profile_has_the_sum_of_its_kernels_for_a_latency() -> None:
    total = figures.total_of(recorded())

    assert (total.recorded, total.measured_s) == (True, pytest.approx(900e-6))
    assert figures.profiler_ratio(recorded()) is None
    assert figures.profiler_ratio(disturbed()) == pytest.approx(0.075)


def test_no_time_at_all_divides_nothing() -> None:
    found = plain()
    idle = replace(found, kernels=tuple(replace(each, measured_s=0.0) for each in found.kernels))

    rows = figures.rows_of(idle)

    assert {row.error_ratio for row in rows} == {None}
    assert {row.flops_per_s for row in rows} == {None}
    assert figures.group_of(rows).kernel_error_ratio is None
    assert figures.traced(idle) is None


@pytest.mark.parametrize("name", list(MEASURED))
def test_kinds_add_up_to_the_whole(name: str) -> None:
    rows = figures.rows_of(MEASURED[name]())
    whole, kinds = figures.group_of(rows), figures.by_kind(rows)

    assert sum(each.kernels for each in kinds) == whole.kernels
    assert sum(each.measured_s for each in kinds) == pytest.approx(whole.measured_s)
    assert sum(each.missed_s for each in kinds) == pytest.approx(whole.missed_s)
    assert sum(each.unpredicted for each in kinds) == whole.unpredicted


@given(st.lists(st.tuples(st.floats(1e-6, 1), st.floats(1e-6, 1)), min_size=2, max_size=2))
def test_the_sum_is_never_farther_off_than_the_kernels(pairs: list[tuple[float, float]]) -> None:
    group = figures.group_of(figures.rows_of(_measured(pairs)))

    assert abs(group.error_ratio or 0) <= (group.kernel_error_ratio or 0) + 1e-9


@given(
    st.lists(st.tuples(st.floats(1e-6, 1), st.floats(1e-6, 1)), min_size=2, max_size=2),
    st.floats(0.1, 10),
)
def test_errors_do_not_depend_on_the_unit(pairs: list[tuple[float, float]], scale: float) -> None:
    plain_group = figures.group_of(figures.rows_of(_measured(pairs)))
    scaled = [(measured * scale, predicted * scale) for measured, predicted in pairs]
    scaled_group = figures.group_of(figures.rows_of(_measured(scaled)))

    assert scaled_group.error_ratio == pytest.approx(plain_group.error_ratio, abs=1e-9)
    assert scaled_group.kernel_error_ratio == pytest.approx(plain_group.kernel_error_ratio)


def _two_convs() -> object:
    net = Net("two")
    return net.model([net.conv(net.conv("image", "a", 8, 3), "b", 8, 8)])


_BASE = measurement_of(pipeline.analyze(_two_convs(), calibrated()))


def _measured(pairs: list[tuple[float, float]]) -> Measurement:
    kernels: tuple[KernelTime, ...] = tuple(
        replace(each, measured_s=measured, predicted_s=predicted)
        for each, (measured, predicted) in zip(_BASE.kernels, pairs, strict=True)
    )
    return replace(_BASE, kernels=kernels)
