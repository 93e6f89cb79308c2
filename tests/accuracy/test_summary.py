"""The figures of a set of networks."""

from __future__ import annotations

import pytest
from accuracy_cases import BROKEN, NETWORKS, SWIN, network

from costscope.accuracy.summary import BANDS_S, band_label, sized, summarize
from costscope.accuracy.types import KindTime


def test_counts_say_what_is_in_the_figures_and_what_is_not():
    found = summarize(NETWORKS)

    assert (found.networks, found.scored, found.failed, found.incomplete) == (7, 5, 1, 1)
    assert found.disturbed == 1
    assert found.predicted.figures is not None
    assert found.predicted.figures.count == 5
    assert found.as_they_are.figures is not None
    assert found.as_they_are.figures.count == 6


def test_a_lower_bound_makes_the_honest_line_worse_not_the_headline():
    found = summarize([network("a", 1.0, 1.0), network("b", 2.0, 2.0), SWIN])

    assert found.predicted.figures.mape_ratio == 0
    assert found.as_they_are.figures.mape_ratio == pytest.approx(0.4 / 3)


def test_noise_is_the_second_measurement_against_the_first():
    found = summarize(NETWORKS).noise.figures

    assert found is not None
    assert found.median_ratio == pytest.approx(0.02)
    assert found.signed_median_ratio == pytest.approx(0.02)


def test_every_network_stands_in_one_band():
    found = summarize(NETWORKS)

    counts = [line.figures.count if line.figures else 0 for line in found.bands]
    assert counts == [1, 1, 1, 2]
    assert [line.label for line in found.bands] == [
        "below 2 ms",
        "2 to 10 ms",
        "10 to 40 ms",
        "40 ms and more",
    ]


def test_an_end_belongs_to_the_band_above():
    net = network("a", BANDS_S[1], 1.0)

    assert sized([net], 0.0, BANDS_S[1]) == []
    assert sized([net], BANDS_S[1]) == [net]
    assert band_label(10e-3, float("inf")) == "10 ms and more"


def kind(name, measured_s, predicted_s, error_s, unsampled_s=0.0):
    return KindTime(
        kind=name,
        kernels=2,
        measured_s=measured_s,
        predicted_s=predicted_s,
        error_s=error_s,
        unsampled_kernels=1 if unsampled_s else 0,
        unsampled_s=unsampled_s,
    )


def test_kinds_are_weighted_by_time():
    some = [
        network("a", 1.0, 1.0, kinds=(kind("conv", 6.0, 6.0, 1.2), kind("add", 1.0, 2.0, 1.0))),
        network("b", 1.0, 1.0, kinds=(kind("conv", 2.0, 3.0, 1.0, unsampled_s=1.0),)),
    ]

    found = summarize(some)

    conv, add = found.kinds
    assert (conv.kind, conv.kernels, add.kernels) == ("conv", 5, 2)
    assert conv.time_ratio == pytest.approx(9 / 10)
    assert conv.error_ratio == pytest.approx(2.2 / 8)
    assert conv.signed_ratio == pytest.approx(9 / 8 - 1)
    assert conv.unsampled_ratio == pytest.approx(1 / 9)
    assert add.signed_ratio == pytest.approx(1.0)
    assert found.kernel_error_ratio == pytest.approx(3.2 / 9)
    assert found.kernel_signed_ratio == pytest.approx(11 / 9 - 1)
    assert found.unsampled_ratio == pytest.approx(1 / 10)


def test_coverage_is_of_networks_that_count():
    found = summarize(
        [network("a", 1.0, 1.05), network("b", 1.0, 1.5), network("c", 1.0, 1.0), SWIN, BROKEN]
    ).coverage

    assert found is not None
    assert (found.inside, found.count) == (2, 3)


def test_nothing_has_no_figures():
    found = summarize([BROKEN])

    assert found.predicted.figures is None
    assert found.noise.figures is None
    assert found.coverage is None
    assert found.kinds == ()
    assert found.kernel_error_ratio is None
