"""`costscope hw show`: every number with its source, and what is not modelled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from costscope.cli.hw import app
from costscope.errors import ProfileError, UsageError
from costscope.hardware import catalog


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def words_of(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.exception
    return " ".join(result.stdout.split())


def test_show_gives_every_number_its_unit_and_source(board: Path) -> None:
    words = words_of("show", str(board))

    assert "board (also mine): A board [red]x[/red]." in words  # as written, not as colour
    assert "class mcu, runtime tflm, peaks of 2 cores, calibrated for tflm" in words
    assert "int8 1.5 GOP/s itself sheet measured" in words
    assert "float16 1.5 GOP/s int8 sheet" in words
    assert "sram 64 KiB (hard limit) 1 GB/s activations sheet" in words
    assert "flash - 250 MB/s weights ASSUMED a guess" in words
    assert "runs dense_conv, view (sheet)" in words
    assert "fallback: pixel6, copies at 3 GB/s and 100 us a change (sheet)" in words
    assert "source sheet: The data sheet (2024)" in words
    assert "note: Handle with care." in words


def test_show_tells_what_a_fit_is_worth_and_what_each_class_reaches(board: Path) -> None:
    words = words_of("show", str(board))

    assert (
        "tflm 2024, int8 (also for float16 files), structure arm_cpu (source sheet) four boards"
    ) in words
    assert "- 7 9 12 % 7.00 % 90 %: x0.8 to x1.25 from x1.4 on" in words
    assert "pointwise 61 % of peak winograd 150 % of peak never observed" in words
    assert "elementwise 500 MB/s exponential" in words
    assert "each call 6 us each inference 1.50 ms" in words


def test_show_tells_what_is_not_modelled(board: Path) -> None:
    words = words_of("show", str(board))

    assert "- does not run attention, batched_matmul, depthwise_conv, elementwise, " in words
    assert "uncosted" not in words
    assert ": counted on pixel6, copies at 3 GB/s" in words
    assert "- has no float32 arithmetic: no prediction for it" in words
    assert (
        "- measured in int8 (in which float16 files run); other element types are scaled by the "
        "arithmetic peaks"
    ) in words
    assert "- assumed, not published: memories.flash" in words


def test_without_a_fallback_there_is_no_prediction(board: Path) -> None:
    text = board.read_text().replace("fallback: {", "notes: []\nfallback: {")
    lines = [line for line in text.splitlines() if not line.startswith(("fallback", "notes: []"))]
    board.write_text("\n".join(lines))

    words = words_of("show", str(board))

    assert "transposed_conv: no prediction for them" in words
    assert "fallback" not in words


@pytest.mark.usefixtures("shelf")
def test_show_puts_threads_side_by_side() -> None:
    words = words_of("show", "the-phone")

    assert "1 thread 9 9 20 % 10 % 90 %: x0.8 to x1.3 - 4 threads 5 9 - - - -" in words
    assert "class 1 thread 4 threads" in words
    assert "pointwise 50 % of peak 50 % of peak dense 20 % of peak 15 % of peak ?" in words
    assert "? never observed: " in words


@pytest.mark.usefixtures("shelf")
def test_show_of_some_threads_has_only_these() -> None:
    words = words_of("show", "phone", "--threads", "4", "--runtime", "tflite")

    assert "dense 15 % of peak never observed" in words
    assert "1 thread " not in words
    assert "ncnn" not in words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--threads", "3"), "3 threads; only with tflite (1, 4), ncnn"),
        (("--runtime", "tflm"), "tflm; only with tflite (1, 4), ncnn"),
        (("--runtime", "ncnn", "--threads", "1"), "ncnn and 1 thread; only with tflite (1, 4), n"),
    ],
)
@pytest.mark.usefixtures("shelf")
def test_show_of_what_was_not_measured_is_a_line(arguments: tuple[str, ...], said: str) -> None:
    result = run("show", "phone", *arguments)

    assert isinstance(result.exception, UsageError)
    assert str(result.exception).startswith(f"phone was not measured with {said}")
    assert "\n" not in str(result.exception)


def test_show_says_that_a_machine_is_not_calibrated(board: Path) -> None:
    text = board.read_text()
    start, end = text.index("runtimes:"), text.index("supports:")
    board.write_text(text[:start] + text[end:])

    words = words_of("show", str(board))

    assert "not calibrated: times are roofline bounds" in words
    assert "- nobody has measured it: times are roofline bounds, no run is faster" in words


@pytest.mark.parametrize("name", catalog.names())
def test_show_prints_every_source_of_every_machine(name: str) -> None:
    words = words_of("show", name)

    for source in catalog.load(name).sources.values():
        assert " ".join(source.reference.split()) in words


def test_show_as_json_is_the_whole_machine(board: Path) -> None:
    details = json.loads(run("show", str(board), "--format", "json").stdout)

    assert details["compute"]["int8"]["peak_flops_per_s"] == 1.5e9
    assert details["memories"][0]["capacity_bytes"] == 65_536
    assert details["rates"][0]["compute_ratio"]["pointwise"] == 0.61
    assert details["rates"][0]["bandwidth_bytes_per_s"]["activations"] == 2.1e9
    assert details["fallback"]["sync_s"] == 1e-4
    assert details["kinds"] == ["dense_conv", "view"]
    assert details["assumed"] == ["memories.flash"]
    assert len(details["not_modelled"]) == 4


def test_show_of_an_unknown_machine_is_an_error_for_main() -> None:
    result = run("show", "pixle6")

    assert isinstance(result.exception, ProfileError)
    assert "did you mean pixel6" in str(result.exception)
