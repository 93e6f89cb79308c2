"""`costscope.analyze` on this computer: `host`, its onnxruntime, and what is different here."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import costscope
from costscope import api
from costscope.errors import ProfileError, UsageError
from costscope.hardware.host import save_host
from costscope.pipeline import load
from costscope.work import KernelKind
from fitted_cases import COMPUTER, class_fit, fitted, machine, plain_terms
from networks import mobilenet_v2
from rated_cases import machine as phone


@pytest.fixture(autouse=True)
def terms(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_terms(monkeypatch)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """This computer is an Example 9000 with onnxruntime 1.31.1 and nothing saved."""
    monkeypatch.setenv("COSTSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(api, "this_computer", lambda: COMPUTER)
    monkeypatch.setattr(api, "installed", lambda: "1.31.1")


def desk(**more):
    """A machine on which every kind of kernel takes a millisecond a call."""
    kinds = [class_fit(str(kind), seconds={"call": 0.001}) for kind in KernelKind]
    return machine(fitted(*kinds), **more)


@pytest.mark.usefixtures("here")
def test_host_is_the_calibration_of_this_computer(monkeypatch) -> None:
    save_host(desk())

    analysis = costscope.analyze(mobilenet_v2(), "host", onnxruntime=False)

    assert analysis.first.name == "example_9000_2_cores"
    assert analysis.first.prediction.warnings == ()
    assert api.machine(" HOST ").name == "example_9000_2_cores"
    monkeypatch.setattr(api, "this_computer", lambda: replace(COMPUTER, cpu="Other"))
    with pytest.raises(ProfileError, match="run `costscope calibrate`"):
        costscope.analyze(mobilenet_v2(), "host")


@pytest.mark.usefixtures("here")
def test_onnxruntime_is_asked_with_its_version_where_it_is_installed(monkeypatch) -> None:
    monkeypatch.setattr(api, "_optimizer", lambda: lambda model, bindings, _: load(model, bindings))

    asked = costscope.analyze(mobilenet_v2(), desk()).first
    refused = costscope.analyze(mobilenet_v2(), desk(), onnxruntime=False).first
    monkeypatch.setattr(api, "installed", lambda: None)
    without = costscope.analyze(mobilenet_v2(), desk()).first

    assert asked.executed == "onnxruntime 1.31.1 at level all"
    assert refused.executed == without.executed == ""
    assert len(asked.kernels) > len(without.kernels)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("identity", "version", "told"),
    [
        (COMPUTER, "1.31.1", ()),
        (COMPUTER, "", ()),
        (COMPUTER, "1.32.0", ("desk: calibrated with onnxruntime 1.31.1, here is 1.32.0",)),
        (replace(COMPUTER, cores=4), "1.31.1", ("desk: calibrated with 4 cores, here are 2",)),
    ],
)
def test_what_is_different_here_is_a_warning(identity, version, told, monkeypatch) -> None:
    monkeypatch.setattr(api, "installed", lambda: version)
    monkeypatch.setattr(api, "_optimizer", lambda: lambda model, bindings, _: load(model, bindings))

    analysis = costscope.analyze(mobilenet_v2(), [desk(identity=identity), phone(rates=())])

    assert analysis.first.prediction.warnings == told
    assert analysis.deployments[1].prediction.warnings == ()


@pytest.mark.usefixtures("here")
def test_a_version_that_is_not_asked_is_no_warning(monkeypatch) -> None:
    monkeypatch.setattr(api, "installed", lambda: "1.32.0")

    roofline = costscope.analyze(mobilenet_v2(), desk(), onnxruntime=False, time_model="roofline")
    ours = costscope.analyze(mobilenet_v2(), desk(), onnxruntime=False)

    assert roofline.first.prediction.warnings == ours.first.prediction.warnings == ()


def test_the_graph_of_the_real_onnxruntime(mobilenet_v2) -> None:
    pytest.importorskip("onnxruntime")

    first = costscope.analyze(mobilenet_v2, desk()).first
    extended = costscope.analyze(mobilenet_v2, desk(), optimization="extended").first

    # at all levels the convolutions are blocked, and the ten additions go into them
    assert sum("nchwc" in kernel.nodes[0].domain for kernel in first.kernels) >= 53
    assert len(first.kernels) < len(extended.kernels) == 65
    assert first.totals == extended.totals
    assert first.executed.startswith(f"onnxruntime {api.installed()} at level all")


def test_machines_by_every_name(tmp_path) -> None:
    path = tmp_path / "board.yaml"
    from costscope.hardware.emit import to_yaml

    path.write_text(to_yaml(desk()), encoding="utf-8")

    assert [each.name for each in api.machines("pixel6, rpi4")] == ["pixel6", "raspberry_pi_4b"]
    assert [each.name for each in api.machines([path, desk()])] == ["board", "desk"]
    assert api.machines(path) == [replace(desk(), name="board")]
    assert api.machines(None) == api.machines("") == []


def test_this_computer_and_its_onnxruntime_are_told_without_importing_it() -> None:
    code = (
        "import sys\nfrom costscope import api\n"
        "this = api.this_computer()\nassert this.cpu and this.cores >= 1\napi.installed()\n"
        "assert 'onnxruntime' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_level_without_onnxruntime_is_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match="costscope fuses as onnxruntime's extended level"):
        costscope.analyze(mobilenet_v2(), desk(), optimization="none", onnxruntime=False)
