"""`costscope calibrate`, with a made-up calibration in place of a measurement."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "calibrate"))
from calibrate_cases import COMPUTER, fitted, many, part

from costscope.calibrate.machine import Caches
from costscope.calibrate.profile import hardware_of
from costscope.calibrate.types import Calibrated, HeldOut
from costscope.cli import app
from costscope.cli.calibrate import calibrate
from costscope.hardware.read import read
from costscope.measure.types import Disturbance

STEAL = Disturbance(kind="steal", amount=0.05, message="the hypervisor took 5.0% of the time away")
HELD = tuple(
    HeldOut(network=f"{seed}", measured_s=2e-3, predicted_s=2e-3 * (1 + 0.01 * seed))
    for seed in range(20)
)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for a user's data; the command stands among the others."""
    if not any(command.name == "calibrate" for command in app.registered_commands):
        app.command("calibrate")(calibrate)
    folder = tmp_path / "data"
    monkeypatch.setenv("COSTSCOPE_DATA", str(folder))
    return folder


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch):
    """What `calibrate` was called with; it answers with a machine of one class of kernels."""
    seen = []

    def answer(effort, *, name, force, disturbances=(), **more):
        seen.append({"effort": effort, "name": name, "force": force, **more})
        parts = (part(many(20), held_out=HELD), part(fitted=fitted(threads=2)))
        hardware = hardware_of(
            parts,
            name=name,
            identity=COMPUTER,
            caches=Caches(512 << 10, 32 << 20),
            bandwidths={"l2": 9e10, "l3": 5e10, "dram": 2e10},
            disturbances=disturbances,
            forced=force,
        )
        return Calibrated(
            hardware=hardware,
            parts=parts,
            disturbances=tuple(disturbances),
            wall_s=88.2,
            effort=effort,
        )

    monkeypatch.setattr("costscope.calibrate.run.calibrate", answer)
    return seen


@pytest.fixture
def disturbed(calls, monkeypatch: pytest.MonkeyPatch):
    """The same on a machine that was not quiet."""
    from costscope.calibrate import run as module

    plain = module.calibrate
    monkeypatch.setattr(
        module, "calibrate", lambda *args, **more: plain(*args, disturbances=[STEAL], **more)
    )
    return calls


def test_it_is_kept_for_this_machine_and_says_what_to_do_next(run, calls, data) -> None:
    result = run("calibrate")

    (saved,) = data.rglob("*.yaml")
    assert (result.code, result.err) == (0, "")
    assert f"saved: {saved}" in result.out
    assert "next: costscope analyze zoo:mobilenet_v2 --hw host" in result.out
    assert [each.threads for each in read(saved).fitted] == [1, 2]
    assert calls == [
        {"effort": "default", "threads": (), "name": "host", "force": False, "on_progress": None}
    ]


@pytest.mark.usefixtures("calls")
def test_the_tables_tell_classes_and_networks(run) -> None:
    result = run("calibrate")

    for words in (
        "Example 9000, 2 cores",
        "Classes of kernels, 1 thread",
        "Classes of kernels, 2 threads",
        "conv",
        "MAC/s",
        "Networks held out, 1 thread",
        "0.90-1.20 of it",
        "median error of networks of 1 ms and more: 3.10 %",
        "best attained: float32",
        "copied: l2 90 GB/s, l3 50 GB/s, dram 20 GB/s",
    ):
        assert words in result.out
    assert "\x1b" not in result.out


@pytest.mark.parametrize(
    ("flags", "effort"),
    [((), "default"), (("--quick",), "quick"), (("--thorough",), "thorough")],
)
def test_flags_arrive(run, calls, flags, effort) -> None:
    run("calibrate", *flags, "--threads", 1, "--threads", 2, "--force")

    (call,) = calls
    assert (call["effort"], call["threads"], call["force"]) == (effort, (1, 2), True)


def test_a_file_of_one_s_own_is_a_profile_like_any_other(run, calls, data, tmp_path) -> None:
    path = tmp_path / "my_host.yaml"

    result = run("calibrate", "-o", path, "--no-save")

    assert calls[0]["name"] == "my_host"
    assert read(path).name == "my_host"
    assert not data.exists()
    assert f"--hw {path}" in result.out
    assert run("analyze", "zoo:mobilenet_v2", "--hw", path, "--no-onnxruntime").code == 0


@pytest.mark.usefixtures("calls")
def test_it_is_kept_for_the_machine_beside_the_file(run, data, tmp_path) -> None:
    run("calibrate", "-o", tmp_path / "mine.yaml")

    assert len(list(data.rglob("*.yaml"))) == 1
    assert run("hw", "show", "example_9000_2_cores").code == 0


@pytest.mark.usefixtures("disturbed")
def test_a_disturbed_machine_s_profile_is_not_saved(run, data, tmp_path) -> None:
    path = tmp_path / "mine.yaml"

    result = run("calibrate", "-o", path)

    assert result.code == 1
    assert result.err == (
        "not saved: the hypervisor took 5.0% of the time away; wait, or use --force\n"
    )
    assert not path.exists()
    assert not data.exists()
    assert "saved:" not in result.out
    assert "Classes of kernels" in result.out


@pytest.mark.usefixtures("disturbed")
def test_force_saves_it_and_the_profile_says_so(run, tmp_path) -> None:
    path = tmp_path / "mine.yaml"

    result = run("calibrate", "-o", path, "--force")

    assert result.code == 0
    assert "kept because it was asked for" in read(path).notes[-1]


@pytest.mark.usefixtures("calls")
def test_json_has_parts_classes_bands_and_the_machine(run) -> None:
    record = json.loads(run("calibrate", "--format", "json").out)

    first, second = record["threads"]
    assert (record["effort"], record["disturbed"], len(record["saved"])) == ("default", False, 1)
    assert (first["threads"], first["networks"], first["kernels"]) == (1, 20, 60)
    assert (first["failures"], first["skipped"]) == ({"1005": "a step does not fit"}, 2)
    assert first["classes"][0]["name"] == "conv"
    assert first["bands"][0]["median_ratio"] == pytest.approx(0.095)
    assert second["threads"] == 2
    assert record["hardware"]["identity"]["cpu"] == "Example 9000"


@pytest.mark.usefixtures("calls")
def test_top_shortens_the_list_of_classes_and_says_so(run, monkeypatch) -> None:
    known = fitted()
    classes = {f"c{i}": replace(known.classes["conv"], name=f"c{i}") for i in range(3)}
    rows = pytest.importorskip("costscope.cli.calibrate_tables")
    plain = rows.class_rows
    monkeypatch.setattr(
        rows,
        "class_rows",
        lambda each: tuple(replace(plain(each)[0], fit=fit) for fit in classes.values()),
    )

    assert "2 of 3 (--top 0 shows all)" in run("calibrate", "--top", 2).out
    assert "--top 0 shows all" not in run("calibrate", "--top", 0).out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--quick", "--thorough"), "--quick and --thorough: choose one"),
        (("-o", "mine.json"), "its suffix must be .yaml"),
        (("-o", "nowhere/mine.yaml"), "there is no folder nowhere"),
        (("--threads", 0), "--threads"),
    ],
)
def test_a_mistake_is_one_line_and_runs_nothing(run, calls, flags, words) -> None:
    result = run("calibrate", *flags)

    assert result.code == 2
    assert words in result.err
    assert result.err.count("\n") == 1
    assert calls == []


def test_more_threads_than_processors_are_refused(run) -> None:
    result = run("calibrate", "--threads", 100_000)

    assert result.code == 2
    assert "--threads 100000: this process may use" in result.err
