"""A short calibration from end to end: a profile that says what was measured and computed."""

from __future__ import annotations

import pytest
from calibrate_cases import COMPUTER, many, network, timed

from costscope.calibrate import run as module
from costscope.calibrate.held_out import total
from costscope.calibrate.overhead import Overhead
from costscope.calibrate.run import calibrate
from costscope.calibrate.types import Calibrated, Collected, Collection, Effort, Recipe
from costscope.errors import UsageError
from costscope.hardware.emit import to_yaml
from costscope.hardware.parse import parse
from costscope.kernels.runtimes import runtime_named
from costscope.measure.types import Disturbance, Progress
from costscope.schedule.layerwise import layerwise
from costscope.timing.predict import predict

SHORT = Effort(name="short", budget_s=5.0, recipes=(Recipe(share=1.0),), repeat_ratio=0.1)


@pytest.fixture(scope="module")
def told() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def calibrated(told) -> Calibrated:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "DRAM_BYTES", 4_000_000)
        return calibrate(SHORT, on_progress=told.append)


def predicted_s(hardware, found: Collected) -> float | None:
    """A designed network's latency, by the way that `analyze` takes."""
    kernels = [timed.kernel for timed in found.kernels]
    made = {tensor.name for kernel in kernels for tensor in kernel.writes}
    inputs = [t for kernel in kernels for t in kernel.reads if t.name not in made]
    last = kernels[-1].writes
    schedule = layerwise(kernels, inputs, last, runtime_named("none"))
    prediction = predict(schedule, hardware, runtime="onnxruntime", weight_bytes=0, threads=1)
    assert prediction.complete == all(
        timed.terms.name in hardware.fitted[0].classes for timed in found.kernels
    )
    return prediction.latency_s


def test_the_profile_is_read_back_as_it_was_made(calibrated: Calibrated) -> None:
    text = to_yaml(calibrated.hardware)

    assert parse(text.encode(), name="host", origin="host.yaml") == calibrated.hardware


def test_predictions_of_the_profile_are_those_computed_inside(calibrated: Calibrated) -> None:
    (part,) = calibrated.parts
    text = to_yaml(calibrated.hardware)
    again = parse(text.encode(), name="host", origin="host.yaml")
    seconds = {name: fit.seconds for name, fit in part.fitted.classes.items()}
    overhead = Overhead(part.profiler_s, part.fitted.run_s)

    compared = 0
    for found in part.collection.networks:
        inside_s = total(found, seconds, overhead)
        if inside_s is not None:
            compared += 1
            assert predicted_s(again, found) == pytest.approx(inside_s, rel=1e-9)
    assert compared > 0


def test_it_says_what_it_was_measured_on_and_with(calibrated: Calibrated) -> None:
    import onnxruntime

    hardware = calibrated.hardware
    (fitted,) = hardware.fitted

    assert hardware.identity is not None
    assert hardware.identity.date
    assert (fitted.runtime, fitted.version) == ("onnxruntime", onnxruntime.__version__)
    assert (fitted.threads, fitted.confidence) == (1, 0.9)
    assert fitted.reference_s
    assert {"block", "rows", "l2_bytes", "l3_bytes"} <= fitted.settings.keys()
    assert hardware.sources.keys() == {"calibration"}
    assert {c.source for c in hardware.compute.values()} == {"calibration"}
    assert hardware.notes[0].startswith(f"1 thread: {len(calibrated.parts[0].collection.networks)}")


@pytest.mark.usefixtures("calibrated")
def test_progress_never_goes_back(told: list[Progress]) -> None:
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert all(0 <= each.done <= 1 and each.left_s is not None for each in told)
    whats = [each.what for each in told]
    assert whats[0] == "caches and memory"
    assert "1 thread: network 1" in whats
    assert "1 thread, repeat: network 1" in whats
    assert whats[-1] == "1 thread: fitting"


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A calibration whose networks, clock of the machine and signs are made up."""
    made: dict[str, object] = {"signs": (), "asked": []}

    def fake_collect(_wanted, *, threads, **_more):
        made["asked"].append(threads)
        networks = [network(n.seed, n.kernels, threads=threads) for n in many(25)]
        return Collection(threads=threads, networks=tuple(networks))

    monkeypatch.setattr(module, "collect", fake_collect)
    monkeypatch.setattr(module, "this_computer", lambda: COMPUTER)
    monkeypatch.setattr(module, "reference_s", lambda *_: 1e-3)
    monkeypatch.setattr(module, "bandwidth_bytes_per_s", lambda *_: 1e10)
    monkeypatch.setattr(module, "signs", lambda *_a, **_k: made["signs"])
    return made


def test_each_number_of_threads_has_its_part(stubbed) -> None:
    found = calibrate("quick", threads=(2, 1))

    assert stubbed["asked"] == [1, 2]
    assert [each.threads for each in found.hardware.fitted] == [1, 2]
    assert found.hardware.fitted[0].error_ratio < 0.01
    assert not found.disturbed


def test_a_thorough_one_takes_all_threads_and_repeats_the_first(stubbed) -> None:
    found = calibrate("thorough")

    assert stubbed["asked"] == [1, 1, 2]
    assert [each.agreement is not None for each in found.parts] == [True, False]
    assert found.parts[0].agreement.largest_ratio == 0.0


@pytest.mark.parametrize(
    ("kind", "disturbed"),
    [("steal", True), ("others", True), ("drift", True), ("switches", False), ("noise", False)],
)
def test_strong_signs_make_it_disturbed(stubbed, kind, disturbed) -> None:
    stubbed["signs"] = (Disturbance(kind=kind, amount=0.2, message="something happened"),)

    found = calibrate("quick", threads=(1, 2))

    assert found.disturbed is disturbed
    assert len(found.disturbances) == 1  # the worst of either part
    assert "something happened" in found.hardware.notes[-1]


@pytest.mark.parametrize("package", ["onnxruntime", "scipy"])
def test_what_is_missing_is_said_before_anything_runs(stubbed, monkeypatch, package) -> None:
    if package == "scipy":
        monkeypatch.setattr(module, "find_spec", lambda _name: None)
    else:
        monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)

    with pytest.raises(UsageError, match=rf"{package}.*pip install 'costscope\[runtime\]'"):
        calibrate("quick")

    assert stubbed["asked"] == []


def test_an_effort_that_does_not_exist_is_named() -> None:
    with pytest.raises(UsageError, match="effort 'slow': choose one of quick, default, thorough"):
        calibrate("slow")


@pytest.mark.usefixtures("stubbed")
def test_times_of_the_made_up_machine_come_back() -> None:
    (fitted,) = calibrate("quick").hardware.fitted

    (fit,) = fitted.classes.values()
    kernel = timed(50_000_000)
    assert fit.seconds["macs"] * 5e7 + fit.seconds.get("call", 0) == pytest.approx(
        kernel.seconds, rel=0.03
    )
