"""`costscope import`: what tools wrote, as one table."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import pytest
import typer

sys.path.insert(0, str(Path(__file__).parents[1] / "observed"))
from observed_cases import AI_HUB, BENCHNCNN, BY_FORMAT, ORT, TABLE, TFLITE

from costscope.cli.import_times import import_times
from costscope.observed.load import formats, load


@pytest.fixture(autouse=True)
def _command(monkeypatch):
    """The command alone, as the command line registers it."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command("import")(import_times)
    app.callback()(lambda: None)
    monkeypatch.setattr("costscope.cli.app", app)


@pytest.fixture
def file(tmp_path):
    """Write a file and give its path."""

    def write(text, name="measured.txt"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_table_on_standard_output(run, file):
    result = run("import", file(BENCHNCNN))

    assert (result.code, result.err) == (0, "")
    first, *_ = rows(result.out)
    assert (first["model"], first["latency_ms"], first["threads"]) == ("squeezenet", "5.33", "4")
    assert first["origin"].endswith("measured.txt:6")


def test_several_files_become_one(run, file):
    result = run("import", file(BENCHNCNN, "a.txt"), file(TFLITE, "b.txt"), file(TABLE, "c.csv"))

    assert [row["runtime"] for row in rows(result.out)] == ["ncnn"] * 3 + ["tflite", "", ""]


@pytest.mark.parametrize("name", BY_FORMAT)
def test_what_is_written_is_read_back(name, run, file, tmp_path):
    source, output = file(BY_FORMAT[name]), tmp_path / "out.csv"

    result = run("import", source, "-o", output, "--format", name)

    assert (result.code, result.out) == (0, "")
    assert [(row.model, row.latency_s, row.dtype) for row in load(output)] == [
        (row.model, row.latency_s, row.dtype) for row in load(source)
    ]


def test_a_profile_has_no_name_but_the_one_that_is_told(run, file):
    result = run(
        "import", file(ORT), "--model", "zoo:mobilenet_v2", "--threads", 2, "--device", "a b"
    )

    (row,) = rows(result.out)
    assert (row["model"], row["threads"], row["device"]) == ("zoo:mobilenet_v2", "2", "a b")


def test_names_of_several_networks(run, file):
    result = run(
        *("import", file(BENCHNCNN), "--model", "squeezenet=zoo:squeezenet@1.0"),
        *("--model", "squeezenet_int8=nets/a=b.onnx"),
    )

    assert [row["model"] for row in rows(result.out)] == [
        "zoo:squeezenet@1.0",
        "nets/a=b.onnx",
        "mobilenetv2_yolov3",
    ]


def test_what_the_file_says_stands(run, file):
    result = run("import", file(TABLE), "--threads", 8, "--dtype", "fp16", "--device", "mine")

    assert [(row["threads"], row["dtype"], row["device"]) for row in rows(result.out)] == [
        ("4", "float32", "mine"),
        ("1", "int8", "mine"),
    ]


def test_repeated_measurements_are_kept_and_told(run, file):
    result = run("import", file(TABLE, "a.csv"), file(TABLE, "b.csv"))

    assert (result.code, len(rows(result.out))) == (0, 4)
    assert "4 rows measure 2 things more than once, such as zoo:mobilenet_v2" in result.err


@pytest.mark.parametrize(
    ("text", "flags", "code", "words"),
    [
        ("hello\n", [], 3, "in no known format"),
        (TABLE.replace("12.5", "0"), [], 3, "line 2, column latency_ms"),
        (TABLE, ["--format", "excel"], 2, "choose one of ai_hub"),
        (TABLE, ["--dtype", "banana"], 2, "expected fp32, fp16 or int8"),
        (TABLE, ["--dtype", ""], 2, "expected fp32, fp16 or int8"),
        (TABLE, ["--threads", "0"], 2, "--threads"),
        (TABLE, ["--model", "zoo:resnet"], 2, "NAME of the files (zoo:mobilenet_v2"),
        (TABLE, ["--model", "wrong=zoo:resnet"], 2, "NAME of the files"),
        (TABLE, ["--model", "nets/a.onnx="], 2, "no model"),
        (TABLE, ["--model", "nets/a.onnx=a", "--model", "nets/a.onnx=b"], 2, "given twice"),
    ],
)
def test_mistakes_take_one_line_and_leave_nothing(text, flags, code, words, run, file, tmp_path):
    output = tmp_path / "out.csv"

    result = run("import", file(text), "-o", output, *flags)

    assert result.code == code
    assert words in result.err
    assert result.err.count("\n") == 1
    assert not output.exists()


def test_one_bad_file_among_good_ones_writes_nothing(run, file, tmp_path):
    output = tmp_path / "out.csv"

    result = run("import", file(BENCHNCNN, "a.txt"), tmp_path / "none.log", "-o", output)

    assert (result.code, output.exists()) == (3, False)
    assert "none.log: no such file" in result.err


def test_a_folder_that_does_not_exist(run, file, tmp_path):
    result = run("import", file(AI_HUB), "-o", tmp_path / "none" / "out.csv")

    assert result.code == 2
    assert "cannot be written" in result.err


def test_help_names_every_format(run):
    shown = run("import", "--help").out

    assert all(name in shown for name in formats())
