"""`costscope hw compare`: machines side by side, as a table, as JSON, as a picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from costscope.cli import hw_compare
from costscope.cli.hw import app
from costscope.errors import ProfileError, UsageError
from costscope.hardware.emit import to_yaml
from costscope.hardware.types import Hardware
from rated_cases import BANDWIDTH, COMPUTE, machine, rates


def run(*arguments: str | Path):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


def slow() -> Hardware:
    """One core of four: 1000 operations a second, 10 bytes a second."""
    return machine(
        rates(threads=1, error_ratio=0.2, median_error_ratio=0.1, low_ratio=0.8, high_ratio=1.3),
        rates(threads=4, dispatch_s=2.0),
        name="slow",
        cores=4,
        peaks={"float32": 4000.0},
    )


def fast() -> Hardware:
    """Three times the arithmetic and twice the bandwidth classes; never saw a depthwise layer."""
    return machine(
        rates(
            bandwidth_bytes_per_s={name: 2 * each for name, each in BANDWIDTH.items()},
            unobserved=("depthwise",),
            dispatch_s=1.5,
        ),
        name="fast",
        peaks={"float32": 3000.0, "int8": 12000.0},
    )


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = []
    for each in (slow(), fast()):
        path = tmp_path / f"{each.name}.yaml"
        path.write_text(to_yaml(each), encoding="utf-8")
        found.append(path)
    return found


def document(*arguments: str | Path) -> dict[str, dict[str, object]]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.exception
    found = json.loads(result.stdout)
    return {row["name"]: row for row in found["quantities"]} | {"": found}


def test_rates_in_absolute_units_with_their_ratio_to_the_first(files: list[Path]) -> None:
    rows = document(*files)

    assert rows[""]["machines"] == ["slow", "fast"]
    # A quarter of 4000 operations a second, half of that reached, two for a MAC.
    assert rows["pointwise"]["values"] == [250, 750]
    assert rows["pointwise"]["ratios"] == [1, 3]
    assert rows["pointwise"]["unit"] == "MAC/s"
    assert rows["depthwise"]["values"] == [500 * COMPUTE["depthwise"], 1500 * COMPUTE["depthwise"]]
    assert rows["weights"]["values"] == [160, 320]
    assert rows["each call"]["ratios"] == [1, 0.5]
    assert rows[""]["unobserved"] == {"slow": [], "fast": ["depthwise"]}


def test_peaks_and_ridge_points_are_those_of_the_cores_in_use(files: list[Path]) -> None:
    rows = document(*files)

    assert rows["cores"]["values"] == ["1 of 4 cores", None]
    assert rows["peak float32"]["values"] == [1000, 3000]
    assert rows["peak int8"]["values"] == [None, 12000]
    assert rows["peak int8"]["ratios"] == [None, None]
    # 500 MACs a second over 10 bytes
    assert rows["ridge point float32"]["values"] == [50, 150]
    assert rows["bandwidth"]["ratios"] == [1, 1]


def test_errors_are_not_divided(files: list[Path]) -> None:
    rows = document(*files)

    assert rows["mean error"]["values"] == [0.2, None]
    assert rows["mean error"]["ratios"] is None
    assert rows["interval"]["values"] == ["90 %: x0.8 to x1.3", "-"]


def test_threads_choose_the_fit(files: list[Path]) -> None:
    rows = document(files[0], "rpi4", "--threads", "4")

    assert rows["cores"]["values"] == ["4 cores", "4 cores"]
    assert rows["pointwise"]["values"][0] == 1000
    assert rows["each call"]["values"][0] == 2


def test_the_table_marks_what_nobody_observed(files: list[Path]) -> None:
    result = run(*files)

    assert result.exit_code == 0
    lines = {line.partition("  ")[0]: " ".join(line.split()) for line in result.stdout.splitlines()}
    assert lines["pointwise"] == "pointwise 250 MAC/s 750 MAC/s (x3)"
    assert lines["depthwise"] == "depthwise 50 MAC/s 150 MAC/s ? (x3)"
    assert lines["each call"] == "each call 3 s 1.50 s (x0.5)"
    assert lines["peak int8"] == "peak int8 - 12 kOP/s"
    assert lines["measured with"] == "measured with tflite float32 tflite float32"
    assert "peak float16" not in lines  # neither has one


def test_many_machines_go_into_tables_of_their_own(files: list[Path], tmp_path: Path) -> None:
    more = []
    for number in range(4):
        path = tmp_path / f"more{number}.yaml"
        path.write_text(to_yaml(fast()), encoding="utf-8")
        more.append(path)

    lines = run(*files, *more).stdout.splitlines()

    heads = [line.split() for line in lines if line.split()[:1] == ["slow"]]
    assert len(heads) > 1
    assert [name for head in heads for name in head[1:]] == ["fast", "more0", "more1", "more2",
                                                              "more3"]  # fmt: skip
    assert max(map(len, lines)) <= 120


def test_machines_that_nobody_measured_are_compared_by_their_data_sheets() -> None:
    rows = document("adreno_640", "raspberry_pi_4b")

    ratio = rows["peak float32"]["values"][1] / rows["peak float32"]["values"][0]
    assert rows["peak float32"]["ratios"][1] == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (("rpi4",), UsageError, "compare: name two machines or more"),
        (("rpi4", "raspberry_pi_4b"), UsageError, "compare: raspberry_pi_4b is named twice"),
        (("rpi4", "pixle6"), ProfileError, "did you mean pixel6"),
        (("rpi4", "rpi5", "--threads", "3"), UsageError, "not measured with 3 threads; only with"),
        (("rpi4", "rpi5", "--runtime", "tflm"), UsageError, "was not measured with tflm"),
        (("rpi4", "rpi5", "--plot", "x.txt"), UsageError, "the suffix of a picture must be one"),
        (
            ("a", "b", "c", "d", "e", "f", "g", "--plot", "x.png"),
            UsageError,
            "--plot: 7 machines in one picture; give 6 at most",
        ),
    ],
)
def test_mistakes_are_one_line(
    arguments: tuple[str, ...], kind: type[Exception], said: str
) -> None:
    result = run(*arguments)

    assert isinstance(result.exception, kind)
    assert said in str(result.exception)
    assert "\n" not in str(result.exception)


def test_the_picture_is_written_whole_and_the_same_each_time(
    files: list[Path], tmp_path: Path
) -> None:
    first, second = tmp_path / "one.png", tmp_path / "two.png"

    for path in (first, second):
        assert run(*files, "--plot", path).exit_code == 0

    assert first.read_bytes().startswith(b"\x89PNG")
    assert first.read_bytes() == second.read_bytes()


def test_a_picture_that_cannot_be_written_leaves_nothing(files: list[Path], tmp_path: Path) -> None:
    result = run(*files, "--plot", tmp_path / "none" / "one.png")

    assert isinstance(result.exception, UsageError)
    assert not (tmp_path / "none").exists()


def test_what_the_picture_shows_of_a_machine() -> None:
    first, second = (
        hw_compare.roof(each) for each in hw_compare.chosen([slow(), fast()], None, None)
    )

    assert (first.peak_flops_per_s, first.bandwidth_bytes_per_s) == (1000, 10)
    assert first.cores == "1 of 4 cores"
    assert second.ridge_flops_per_byte == 300
    assert second.macs_per_s["dense"] == 1500 * COMPUTE["dense"]
    assert second.unobserved == {"depthwise"}
