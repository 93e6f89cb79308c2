"""`costscope experiment`: what people type and see."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from experiment_cases import like_the_paper, measured_as

from costscope.errors import ProfileError
from costscope.experiment import live, published

_PAPER = pytest.mark.usefixtures("as_in_the_paper")


@pytest.fixture
def as_in_the_paper(monkeypatch):
    """Whatever is measured takes as long as on the paper's phone; nothing is calibrated."""

    def measure(models):
        name = models[0].graph.name[:2]
        return measured_as(like_the_paper(published.rows(name)))(models)

    def nothing(*_args, **_options):
        raise ProfileError("no calibration of this machine")

    monkeypatch.setattr(live, "_measurer", lambda *_: measure)
    monkeypatch.setattr("costscope.api.machine", nothing)


@_PAPER
def test_one_guideline_as_a_table(run):
    result = run("experiment", "g1")

    assert result.code == 0, result.err
    assert "Made Up 9000" in result.out
    assert "Table 1" in result.out
    assert "Spearman 1.00" in result.out
    assert "predicted" not in result.out  # no calibration, no column
    row = next(line for line in result.out.splitlines() if line.startswith("1:12"))
    assert row.split() == [
        "1:12", "(9,", "108)", "60.96", "M", "57.6", "0.76", "748", "0.51",
        "17.4", "ms", "(17.3-17.4)", "0.76",
    ]  # fmt: skip


@_PAPER
def test_all_guidelines_as_json(run):
    content = json.loads(run("experiment", "all", "--format", "json").out)

    assert [each["guideline"] for each in content["experiments"]] == ["g1", "g2", "g3", "g4"]
    assert content["schema_version"] == "1.0"


@_PAPER
def test_the_suffix_of_the_file_chooses_the_format(run, tmp_path):
    for name, start in (("r.md", "## G2"), ("r.json", "{"), ("r.txt", "G2")):
        result = run("experiment", "g2", "-o", tmp_path / name)

        assert result.code == 0, result.err
        assert result.out == ""
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_predicting_runs_nothing(run, monkeypatch):
    monkeypatch.setattr(live, "_measurer", None)

    result = run("experiment", "g3", "--predict-only", "--hw", "pixel6")

    assert result.code == 0, result.err
    assert "predicted for pixel6" in result.out
    assert "measured" not in result.out.split("\n\n")[1]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["g5", "--predict-only", "--hw", "pixel6"], "g1, g2, g3, g4 or all"),
        (["g1", "--predict-only", "--hw", "pixle6"], "did you mean pixel6"),
        (["g1", "--time-limit", "3"], "--time-limit '3': a number without a unit"),
        (["g1", "--optimization", "most"], "--optimization most"),
        (["g1", "--sizes", "tpu"], "tpu"),
        (["g1", "--threads", "0"], "--threads"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_file(run, tmp_path, arguments, problem):
    path = tmp_path / "report.md"

    result = run("experiment", *arguments, "-o", path)

    assert result.code == 2
    assert problem in result.err
    assert result.err.count("\n") == 1
    assert not path.exists()


def test_predicting_without_a_machine_says_how_to_make_one(run, monkeypatch, tmp_path):
    monkeypatch.setenv("COSTSCOPE_DATA", str(tmp_path))

    result = run("experiment", "g1", "--predict-only")

    assert result.code == 2
    assert "costscope calibrate" in result.err


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nsys.argv = ['costscope', 'experiment', '--help']\n"
        "from costscope.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as leave:\n    assert not leave.code\n"
        "assert not {'onnx', 'numpy', 'onnxruntime', 'matplotlib', 'yaml'} & set(sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
