"""`costscope measure`: what it asks for, prints and refuses; nothing is run here."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import costscope.measure
from costscope.errors import ModelError
from costscope.measure.settings import Settings
from costscope.measure.types import Measurement, Progress

sys.path.insert(0, str(Path(__file__).parents[1] / "views"))

from measurement_cases import failed, incomplete, plain, realistic, recorded


@dataclass
class Runner(ModuleType):
    """Stands where models are run: gives what it was told, and remembers what was asked."""

    give: list[Measurement] = field(default_factory=lambda: [plain()])
    asked: list[Any] = field(default_factory=list)

    def measure(
        self,
        models: Sequence[str],
        settings: Settings,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> list[Measurement]:
        self.asked.append((list(models), settings, on_progress))
        return self.give

    def join_recorded(
        self, profile: Path, graph: Path, settings: Settings, *, original: str | None = None
    ) -> Measurement:
        self.asked.append((profile, graph, settings, original))
        return recorded()

    __hash__ = ModuleType.__hash__


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    found = Runner()
    monkeypatch.setitem(sys.modules, "costscope.measure.run", found)
    monkeypatch.setattr(costscope.measure, "run", found, raising=False)
    return found


def test_it_prints_a_table_of_what_was_measured(run, runner):
    result = run("measure", "zoo:mobilenet_v2")

    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("small, measured on Example CPU 9000\n")
    models, settings, tell = runner.asked[0]
    assert models == ["zoo:mobilenet_v2"]
    assert settings == Settings()
    assert tell is None  # nobody is watching


def test_every_flag_reaches_the_run(run, runner, tmp_path):
    image = tmp_path / "image.npy"
    image.write_bytes(b"")

    result = run(
        "measure", "a.onnx", "b.onnx", "--hw", "pixel6", "--threads", 2, "--optimization",
        "extended", "--provider", "DmlExecutionProvider", "--runs", 20, "--time-limit", "3s",
        "--random-weights", "--seed", 7, "--input", f"x={image}", "--dim", "batch=4",
        "--input-shape", "x=4x3x8x8", "--keep", tmp_path,
    )  # fmt: skip

    assert result.code == 0, result.err
    models, settings, _ = runner.asked[0]
    assert models == ["a.onnx", "b.onnx"]
    assert settings.hardware.name == "pixel6"
    assert (settings.threads, settings.optimization) == (2, "extended")
    assert settings.provider == "DmlExecutionProvider"
    assert (settings.runs, settings.time_limit_s, settings.seed) == (20, 3.0, 7)
    assert settings.random_weights is True
    assert settings.inputs == {"x": image}
    assert settings.dims == {"batch": 4}
    assert settings.input_shapes == {"x": (4, 3, 8, 8)}
    assert settings.keep == tmp_path


def test_several_models_are_summed_up_unless_kernels_are_asked_for(run, runner):
    runner.give = [realistic(), plain(), incomplete()]

    summary = run("measure", "a", "b", "c").out
    detailed = run("measure", "a", "b", "c", "--top", 2).out

    assert summary.startswith("3 models measured on Example CPU 9000\n")
    assert "kernels that" not in summary
    assert "The 2 of 66 kernels that take most time" in detailed


def test_formats_by_name_and_by_suffix(run, runner, tmp_path):
    runner.give = [plain(), incomplete()]

    printed = json.loads(run("measure", "a", "b", "--format", "json").out)
    run("measure", "a", "b", "-o", tmp_path / "out.csv")
    run("measure", "a", "b", "-o", tmp_path / "out.md")

    assert [each["model"] for each in printed["measurements"]] == ["small", "small"]
    rows = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert len(rows) == 1 + 2 + 3
    assert (tmp_path / "out.md").read_text().startswith("### 2 models measured")


def test_a_recorded_profile_is_joined_and_nothing_is_run(run, runner, tmp_path):
    flags = ["--profile", tmp_path / "trace.json", "--graph", tmp_path / "optimised.onnx"]

    alone = run("measure", *flags)
    traced = run("measure", "model.onnx", *flags)

    assert (alone.code, traced.code) == (0, 0)
    assert "from a recorded profile" in alone.out
    assert [asked[:2] for asked in runner.asked] == [
        (tmp_path / "trace.json", tmp_path / "optimised.onnx")
    ] * 2
    assert [asked[3] for asked in runner.asked] == [None, "model.onnx"]


def test_the_picture_is_drawn_beside_the_report(run, runner, tmp_path):
    result = run("measure", "a", "--hw", "pixel6", "--plot", tmp_path / "plot.svg")

    assert result.code == 0, result.err
    assert len(runner.asked) == 1
    assert "small, measured on" in result.out
    assert (tmp_path / "plot.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ([], "name a model, or give --profile and --graph"),
        (["--profile", "t.json"], "--profile and --graph belong together"),
        (["--graph", "g.onnx"], "--profile and --graph belong together"),
        (["a", "b", "--profile", "t.json", "--graph", "g"], "a profile is of one model"),
        (["a", "--threads", "0"], "--threads 0: give a number from 1"),
        (["a", "--optimization", "full"], "--optimization full: choose one of none, basic"),
        (["a", "--time-limit", "10"], "--time-limit '10': a number without a unit"),
        (["a", "--time-limit", "-1 s"], "--time-limit '-1 s': not above zero"),
        (["a", "--runs", "1"], "--runs 1: a median needs 3"),
        (["a", "--input", "x"], "--input x: expected NAME=FILE.npy"),
        (["a", "--hw", "nothing_like_it"], "nothing_like_it"),
        (["a", "--format", "xml"], "--format xml: choose one of csv, json, markdown, table"),
        (["a", "--plot", "p.png"], "name one with --hw"),
        (["a", "--hw", "pixel6", "--plot", "p.jpg"], "suffix must be one of .png, .svg, .pdf"),
        (["a", "-o", "no/such/folder/x.json"], "there is no folder no/such/folder"),
        (["a", "--top", "-1"], "--top"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_before_anything_is_run(flags, told, run, runner):
    result = run("measure", *flags)

    assert result.code == 2
    assert result.out == ""
    assert len(result.err.splitlines()) == 1
    assert told in result.err
    assert runner.asked == []


def test_a_model_that_cannot_be_run_is_one_line_and_leaves_no_file(
    run, runner, monkeypatch, tmp_path
):
    def refuse(*_args: object, **_more: object) -> None:
        raise ModelError("bad.onnx: onnxruntime refuses it: no kernel for Mystery")

    monkeypatch.setattr(runner, "measure", refuse)

    result = run("measure", "bad.onnx", "-o", tmp_path / "out.json")

    assert result.code == 3
    assert result.err == (
        "costscope: error: bad.onnx: onnxruntime refuses it: no kernel for Mystery\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_one_of_several_that_fails_is_reported_and_ends_in_its_exit_code(run, runner):
    runner.give = [plain(), failed()]

    result = run("measure", "a", "b")

    assert result.code == 3
    assert "Could not be measured" in result.out
    assert result.err == (
        "costscope: error: 1 of 2 models could not be measured; the report says why\n"
    )


def test_the_progress_reaches_a_person_who_watches(run, runner, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)

    result = run("measure", "a")

    assert result.code == 0
    tell = runner.asked[0][2]
    assert tell is not None
    tell(Progress(what="running a", done=0.5, left_s=3.0))


def test_the_schema_of_either_document_is_printed(run):
    analysis, measurement = run("schema"), run("schema", "measurement")

    assert json.loads(analysis.out)["title"] == "costscope analysis"
    assert json.loads(run("schema", "analysis").out) == json.loads(analysis.out)
    assert json.loads(measurement.out)["title"] == "costscope measurement"
    assert run("schema", "nothing").code == 2


@pytest.mark.parametrize("command", [["measure"], ["schema"]])
def test_help_imports_nothing_heavy(command):
    code = (
        "import sys\n"
        f"sys.argv = ['costscope', *{command!r}, '--help']\n"
        "from costscope.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as leave:\n    assert not leave.code\n"
        "heavy = {'onnx', 'onnxruntime', 'matplotlib', 'numpy', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
