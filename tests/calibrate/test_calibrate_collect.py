"""Designed networks run: what comes back adds up, and what fails is counted."""

from __future__ import annotations

from itertools import count

import pytest

from costscope.calibrate import collect as module
from costscope.calibrate.collect import collect, collected
from costscope.calibrate.types import Recipe
from costscope.errors import ModelError

SETTINGS = {"block": 8}
RECIPE = Recipe(share=1.0)


def small(seed: int, **_choices):
    """A network of two convolutions in place of a designed one."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    draw = np.random.default_rng(seed)
    shapes = {"w1": (8, 3, 3, 3), "w2": (16, 8, 1, 1)}
    weights = [
        numpy_helper.from_array(draw.standard_normal(shape, np.float32), name)
        for name, shape in shapes.items()
    ]
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["y"]),
        helper.make_node("Erf", ["y"], ["s"]),
        helper.make_node("Conv", ["s", "w2"], ["z"]),
    ]
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", (1, 3, 12, 12)), ("z", (1, 16, 10, 10)))
    ]
    graph = helper.make_graph(nodes, "small", values[:1], values[1:], weights)
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "network", small)


def test_every_event_has_a_kernel_with_its_terms() -> None:
    found = collected(7, Recipe(share=1.0, level="extended"), threads=1, settings=SETTINGS)

    assert found is not None
    assert (found.seed, found.name, found.threads) == (7, "7", 1)
    assert found.nodes == len(found.kernels) == 3
    convs = [each for each in found.kernels if each.kernel.work.macs]
    assert [each.kernel.work.macs for each in convs] == [21_600, 12_800]
    assert [each.terms.amounts["macs"] for each in convs] == [21_600, 12_800]
    assert found.latency_s > 0
    assert all(each.seconds >= 0 for each in found.kernels)


def test_the_level_decides_the_kernels() -> None:
    names = [
        {each.terms.name for each in found.kernels}
        for level in ("all", "extended")
        if (found := collected(7, Recipe(share=1, level=level), threads=1, settings=SETTINGS))
    ]

    assert any("nchwc" in name for name in names[0])
    assert not any("nchwc" in name for name in names[1])


def test_large_networks_are_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_MACS", 1000)
    monkeypatch.setattr(module, "open_model", None)  # would fail if it were opened

    assert collected(7, RECIPE, threads=1, settings=SETTINGS) is None


def test_networks_are_run_until_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count()
    monkeypatch.setattr(module, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(module, "collected", fake({}))
    begun = []

    found = collect(
        ((seed, RECIPE) for seed in count(1000)),
        threads=2,
        settings=SETTINGS,
        until_s=4,
        on_network=lambda: begun.append(1),
    )

    assert [each.seed for each in found.networks] == [1000, 1001, 1002, 1003, 1004]
    assert (found.threads, len(begun)) == (2, 5)


def test_failures_are_counted_and_too_large_ones_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "collected", fake({3: ModelError("no such shape"), 5: None}))

    found = collect(
        ((seed, RECIPE) for seed in range(30)), threads=1, settings=SETTINGS, until_s=float("inf")
    )

    assert found.failures == {3: "no such shape"}
    assert found.skipped == (5,)
    assert len(found.networks) == 28


def test_many_failures_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {seed: ModelError(f"broken {seed}") for seed in range(0, 40, 5)}
    monkeypatch.setattr(module, "collected", fake(broken))

    with pytest.raises(ModelError, match=r"of \d+ designed networks failed; the first: broken 0"):
        collect(((seed, RECIPE) for seed in range(40)), threads=1, settings=SETTINGS, until_s=1e99)


def test_one_network_is_run_however_little_time_there_is() -> None:
    wanted = [(seed, RECIPE) for seed in range(9)]

    found = collect(wanted, threads=1, settings=SETTINGS, until_s=0.0)

    assert [each.seed for each in found.networks] == [0]


def test_no_network_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "collected", fake({1: None, 2: ModelError("refused")}))

    with pytest.raises(ModelError, match="no designed network could be run; the first: refused"):
        collect([(1, RECIPE), (2, RECIPE)], threads=1, settings=SETTINGS, until_s=0.0)


def test_a_noisy_network_is_timed_again_and_the_quieter_runs_are_kept() -> None:
    warm_up = [4e-3] * 2  # runs of 4 ms: nine of them count
    noisy, quiet = [1e-3, 9e-3] * 4 + [1e-3], [2e-3] * 9

    assert module._latencies(Clock([*warm_up, *noisy, *warm_up, *quiet])) == quiet
    assert module._latencies(Clock([*warm_up, *quiet, *warm_up, *noisy])) == quiet


def test_short_networks_are_run_until_they_are_at_home_again() -> None:
    assert len(module._latencies(Clock([1e-3] * 100))) == 30
    assert len(module._latencies(Clock([1e-5] * 1000))) == 300


def test_long_networks_are_run_less_often() -> None:
    assert [module._runs(one_s) for one_s in (1e-4, 0.045, 0.09, 5.0)] == [9, 6, 3, 3]


class Clock:
    """A model whose runs take given times."""

    def __init__(self, times: list[float]) -> None:
        self.times = iter(times)

    def run_s(self) -> float:
        return next(self.times)


def fake(results: dict[int, ModelError | None]):
    """In place of `collected`: these results, a made-up network for all other seeds."""
    from calibrate_cases import network, timed

    def answer(seed: int, _recipe: Recipe, **_settings):
        result = results.get(seed, network(seed, [timed(1000)]))
        if isinstance(result, ModelError):
            raise result
        return result

    return answer
