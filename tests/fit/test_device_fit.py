"""A machine of one's own: what few rows decide, and which rows decide nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from costscope.errors import MeasurementError, ProfileError, UsageError
from costscope.fit import device as device_module
from costscope.fit.device import DeviceFit, fit_device
from costscope.fit.intervals import ALL, Trust
from costscope.fit.networks import Networks, shipped_table
from costscope.fit.own_profile import as_profile
from costscope.fit.prior import Prior, load
from costscope.hardware.catalog import load as load_hardware
from costscope.hardware.emit import to_yaml
from costscope.hardware.parse import parse
from costscope.hardware.types import Hardware, Rates
from costscope.observed.types import Observation
from costscope.timing.rates import structure_named
from costscope.timing.rates.price import seconds, setting_for, total_charges

NETWORKS = Networks()
FEW = ("mobilenet_v2", "squeezenet", "resnet50")
MORE = (*FEW, "shufflenet_v2", "alexnet")
OTHERS = ("googlenet", "vgg16", "mobilenet", "efficientnet_b0")


@pytest.fixture(scope="module")
def pi() -> Hardware:
    return load_hardware("raspberry_pi_4b")


def predicted_s(model: str, hardware: Hardware, rates: Rates) -> float:
    """By the rates alone."""
    network = NETWORKS.find(model, runtime=rates.runtime, dtype=rates.dtype)
    scaled = hardware.with_threads(rates.threads)
    setting = setting_for(scaled, rates, structure_named(rates.structure), network.weight_bytes)
    return sum(each for _, each in seconds(total_charges(network, setting), rates))


def measured(
    hardware: Hardware, models: tuple[str, ...] = MORE, *, times: float = 1.0, **more: Any
) -> list[Observation]:
    """What the machine's own rates say, so many times as slow."""
    rates = hardware.rates_for("ncnn", threads=1)
    assert rates is not None
    return [
        Observation(
            model=model,
            latency_s=predicted_s(model, hardware, rates) * times,
            origin=f"m.csv:{line}",
            **more,
        )
        for line, model in enumerate(models, start=2)
    ]


def only(rows: list[Observation], base: Hardware, **more: Any) -> DeviceFit:
    (found,) = fit_device(rows, base, networks=NETWORKS, **more)
    return found


def errors(fit: DeviceFit, base: Hardware, *, times: float = 1.0) -> list[float]:
    """Of other networks, against what was simulated."""
    own = base.rates_for("ncnn", threads=1)
    assert own is not None
    return [
        abs(predicted_s(m, base, fit.rates) / (predicted_s(m, base, own) * times) - 1)
        for m in OTHERS
    ]


@pytest.mark.parametrize("times", [0.3, 1.0, 4.0, 20.0])
def test_finds_a_machine_that_is_slower_or_faster_than_its_base(pi: Hardware, times: float) -> None:
    fit = only(measured(pi, times=times), pi)

    assert max(errors(fit, pi, times=times)) < 0.25
    assert np.median(errors(fit, pi, times=times)) < 0.12
    assert fit.scale_ratio == pytest.approx(times, rel=0.5)
    assert not any(each.outlier for each in fit.left)
    assert fit.exact


def test_one_network_sets_the_scale(pi: Hardware) -> None:
    fit = only(measured(pi, FEW[:1], times=3.0), pi)

    assert max(errors(fit, pi, times=3.0)) < 0.4
    assert (fit.rates.networks, fit.rates.rows) == (1, 1)
    assert not fit.left[0].outlier


def test_each_row_is_predicted_without_itself(pi: Hardware) -> None:
    rows = measured(pi)
    changed = [replace(rows[0], latency_s=rows[0].latency_s * 1.4), *rows[1:]]

    before, after = only(rows, pi), only(changed, pi)

    assert after.left[0].predicted_s == before.left[0].predicted_s
    assert after.left[1].predicted_s != before.left[1].predicted_s
    assert after.left[0].ratio == pytest.approx(before.left[0].ratio / 1.4)


def test_a_network_measured_twice_is_left_out_whole(pi: Hardware) -> None:
    rows = measured(pi)
    again = replace(rows[0], latency_s=rows[0].latency_s * 1.02, origin="m.csv:9")

    fit = only([*rows, again], pi)

    assert (fit.rates.networks, fit.rates.rows) == (len(MORE), len(MORE) + 1)
    assert fit.left[0].predicted_s == fit.left[-1].predicted_s
    assert fit.left[0].predicted_s == pytest.approx(only(rows, pi).left[0].predicted_s)
    assert [each.observation for each in fit.left] == [*rows, again]


@pytest.mark.parametrize("wrong", [0.1, 10.0])
def test_an_odd_row_is_named_and_counts_for_little(pi: Hardware, wrong: float) -> None:
    rows = measured(pi)
    odd = [replace(rows[0], latency_s=rows[0].latency_s * wrong), *rows[1:]]

    fit = only(odd, pi)

    assert [each.outlier for each in fit.left] == [True, False, False, False, False]
    others = [each.predicted_s for each in only(rows[1:], pi).left]
    assert [each.predicted_s for each in fit.left[1:]] == pytest.approx(others)
    assert max(errors(fit, pi)) < 0.35


@pytest.mark.parametrize("wrong", [0.2, 5.0])
@pytest.mark.parametrize("index", range(3))
def test_of_three_networks_only_the_odd_one_is_named(
    pi: Hardware, wrong: float, index: int
) -> None:
    """Without the first one that is found, the others agree again."""
    rows = measured(pi, FEW)
    rows[index] = replace(rows[index], latency_s=rows[index].latency_s * wrong)

    fit = only(rows, pi)

    assert [each.outlier for each in fit.left].count(True) == 1


def test_rows_that_are_a_little_off_are_not_named(pi: Hardware) -> None:
    rows = measured(pi)
    rows[0] = replace(rows[0], latency_s=rows[0].latency_s * 1.15)

    assert not any(each.outlier for each in only(rows, pi).left)


def test_many_rows_of_few_networks_take_no_time(pi: Hardware) -> None:
    rows = measured(pi)
    many = [
        replace(row, latency_s=row.latency_s * (1 + n / 2000)) for n in range(60) for row in rows
    ]

    fit = only(many, pi)

    assert (fit.rates.networks, fit.rates.rows) == (5, 300)
    assert len({each.predicted_s for each in fit.left}) == 5


def test_of_two_values_of_one_network_the_wrong_one_is_named(pi: Hardware) -> None:
    rows = measured(pi)
    wrong = replace(rows[0], latency_s=rows[0].latency_s * 6, origin="m.csv:9")

    fit = only([*rows, wrong], pi)

    assert [each.observation.origin for each in fit.left if each.outlier] == ["m.csv:9"]


def test_two_values_of_the_only_network_contradict_each_other(pi: Hardware) -> None:
    rows = measured(pi, FEW[:2])
    wrong = replace(rows[0], latency_s=rows[0].latency_s * 6, origin="m.csv:9")

    with pytest.raises(
        MeasurementError, match=r"mobilenet_v2 takes .* in m\.csv:2 and .* m\.csv:9"
    ):
        only([*rows, wrong], pi)


@pytest.mark.parametrize(("times", "told"), [(1000.0, "times"), (0.001, "1/")])
@pytest.mark.parametrize("models", [FEW[:1], MORE])
def test_a_wrong_unit_is_refused(
    pi: Hardware, times: float, told: str, models: tuple[str, ...]
) -> None:
    with pytest.raises(MeasurementError) as caught:
        only(measured(pi, models, times=times), pi)

    assert str(caught.value).startswith("m.csv:2: mobilenet_v2")
    assert told in str(caught.value)
    assert "is the unit right?" in str(caught.value)


def test_rows_that_fit_nothing_are_refused(pi: Hardware) -> None:
    rows = measured(pi)
    scales = [1.0, 12.0, 0.1, 20.0, 0.05]
    wild = [
        replace(row, latency_s=row.latency_s * scale)
        for row, scale in zip(rows, scales, strict=True)
    ]

    with pytest.raises(MeasurementError, match="do not fit a arm_cpu like raspberry_pi_4b"):
        only(wild, pi)


def test_no_rows_are_refused(pi: Hardware) -> None:
    with pytest.raises(UsageError, match="no measurements"):
        fit_device([], pi)


def test_too_few_networks_for_the_kind_of_machine() -> None:
    gpu = load_hardware("adreno_640")
    rows = measured(load_hardware("raspberry_pi_4b"), FEW[:1])

    with pytest.raises(MeasurementError, match=r"m\.csv:2: 1 measured network cannot identify"):
        only(rows, gpu)


def test_an_element_type_that_the_base_does_not_have() -> None:
    gpu = replace(load_hardware("raspberry_pi_4b"))
    without = replace(gpu, compute={"float32": gpu.compute["float32"]})

    with pytest.raises(UsageError, match=r"m\.csv:2: .* has no int8 arithmetic, only float32"):
        only(measured(gpu, dtype="int8"), without)


def test_a_mistake_in_a_network_names_its_row(pi: Hardware) -> None:
    rows = [*measured(pi), Observation(model="mobilenet_v9", latency_s=0.1, origin="m.csv:7")]

    with pytest.raises(UsageError, match=r"^m\.csv:7: unknown network 'mobilenet_v9' \(did you"):
        only(rows, pi)


def test_threads_and_types_make_fits_of_their_own(pi: Hardware) -> None:
    one, four = measured(pi), measured(pi, times=0.4, threads=4)

    found = fit_device([*one, *four], pi, networks=NETWORKS, runtime="ncnn")

    assert [(fit.rates.threads, fit.rates.rows) for fit in found] == [(1, 5), (4, 5)]
    profile = parse(to_yaml(as_profile(pi, found, name="b", origin="m.csv")), name="b")
    assert [each.threads for each in profile.rates] == [1, 4]


def test_two_runtimes_that_a_profile_could_not_tell_apart(pi: Hardware) -> None:
    rows = [*measured(pi, runtime="First 1.0"), *measured(pi, runtime="ncnn")]

    with pytest.raises(UsageError, match=r"of First 1\.0 .*and of ncnn would both be ncnn"):
        fit_device(rows, pi, networks=NETWORKS)
    versions = [*measured(pi, runtime="ncnn 2023"), *measured(pi, runtime="ncnn 2024")]
    with pytest.raises(UsageError, match="rows of ncnn 2023 and of ncnn 2024"):
        fit_device(versions, pi, networks=NETWORKS)


@pytest.mark.parametrize(
    ("runtime", "name", "told"),
    [
        ("Paddle-Lite v2.9", "paddle_lite", "no paddle_lite in float32 is among"),
        ("MyRuntime 2.3", "ncnn", "measured with MyRuntime 2.3, which nobody described"),
    ],
)
def test_another_runtime_is_told_and_its_profile_can_be_used(
    pi: Hardware, runtime: str, name: str, told: str
) -> None:
    fit = only(measured(pi, runtime=runtime), pi)

    assert not fit.exact
    assert fit.rates.runtime == name
    assert told in fit.rates.how
    same = only(measured(pi), pi).rates
    assert fit.rates.low_ratio < same.low_ratio  # type: ignore[operator]
    assert fit.rates.high_ratio > same.high_ratio  # type: ignore[operator]


def test_rows_of_another_runtime_say_more_than_its_prior(pi: Hardware) -> None:
    scales = [1.0, 1.4, 0.75, 1.4, 0.75]

    def missed(**more: Any) -> float:
        rows = [
            replace(row, latency_s=row.latency_s * scale)
            for row, scale in zip(measured(pi, **more), scales, strict=True)
        ]
        fit = only(rows, pi)
        told = [predicted_s(row.model, pi, fit.rates) / row.latency_s for row in rows]
        return float(np.abs(np.log(told)).sum())

    assert missed(runtime="MyRuntime") < 0.7 * missed()


def test_the_profile_is_the_base_with_other_rates(pi: Hardware) -> None:
    fit = only(measured(pi), pi)

    profile = as_profile(pi, [fit], name="my_board", origin="m.csv")
    found = parse(to_yaml(profile), name="my_board")

    assert found == profile
    assert (found.name, found.aliases, found.chip) == ("my_board", (), "")
    assert found.summary == "Fitted to 5 measurements in m.csv, with raspberry_pi_4b as the base."
    assert found.compute == pi.compute
    assert found.rates == (fit.rates,)
    assert found.rates[0].source in found.sources


def test_a_machine_faster_than_its_base_can_be_gets_higher_peaks(pi: Hardware) -> None:
    fit = only(measured(pi, times=0.05), pi)
    assert max(fit.rates.compute_ratio.values()) > 5

    profile = parse(to_yaml(as_profile(pi, [fit], name="b", origin="m.csv")), name="b")

    found = profile.rates[0]
    assert max(v for k, v in found.compute_ratio.items() if k not in found.unobserved) == 1.0
    assert profile.compute["int8"].peak_flops_per_s > 5 * pi.compute["int8"].peak_flops_per_s
    for model in OTHERS:
        again = predicted_s(model, profile, profile.rates[0])
        assert again == pytest.approx(predicted_s(model, pi, fit.rates), rel=1e-3)
    assert "times as high" in profile.notes[0]
    assert all("times that, as measured here" in each.how for each in profile.compute.values())


def trust(**more: float) -> Trust:
    fields = {
        "rows": 99, "networks": 20, "mean_ratio": 0.1, "median_ratio": 0.08, "low_ratio": 0.8,
        "high_ratio": 1.25, "pair_ratio": 1.2,
    }  # fmt: skip
    return Trust(**{**fields, **more})  # type: ignore[arg-type]


@pytest.fixture
def known_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prior whose new machines earned a trust that is known."""

    def found(name: str) -> Prior:
        return replace(load(name), new={1: {ALL: trust()}, 4: {ALL: trust(low_ratio=0.9)}})

    monkeypatch.setattr(device_module, "load", found)


@pytest.mark.usefixtures("known_trust")
def test_the_interval_is_what_new_machines_earned_with_so_many_networks(pi: Hardware) -> None:
    assert only(measured(pi, FEW[:2]), pi).rates.low_ratio == 0.8
    rows = measured(pi, FEW[:2])
    assert only([*rows, *rows], pi).rates.low_ratio == 0.8  # four rows of two networks
    assert only(measured(pi), pi).rates.low_ratio == 0.9


@pytest.mark.usefixtures("known_trust")
def test_networks_that_are_far_off_make_the_interval_wider(pi: Hardware) -> None:
    scales = [1.0, 1.5, 0.7, 1.5, 0.7]
    rows = measured(pi)
    rough = [
        replace(row, latency_s=row.latency_s * scale)
        for row, scale in zip(rows, scales, strict=True)
    ]

    found = only(rough, pi).rates

    assert found.low_ratio is not None
    assert found.low_ratio < 0.8
    assert found.median_error_ratio is not None
    assert found.median_error_ratio > 0.15


def test_a_prior_of_other_classes_is_refused(pi: Hardware, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = replace(load("ncnn_cpu"), classes=("pointwise", "old"))
    monkeypatch.setattr(device_module, "load", lambda _: stale)

    with pytest.raises(ProfileError, match="make profiles"):
        only(measured(pi), pi)


def test_networks_come_from_a_table_of_ones_own(pi: Hardware) -> None:
    table = {"mine": shipped_table()["resnet50"]}
    (row,) = measured(pi, ("resnet50",))

    (fit,) = fit_device([replace(row, model="mine")], pi, networks=Networks(tables=table))

    assert fit.rates == only([row], pi).rates
