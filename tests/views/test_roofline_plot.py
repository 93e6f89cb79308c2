"""The picture as a file, and its texts as they stand on the page."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from view_cases import Net, calibrated, hostile, machine, mcu, small, tpu

from costscope import pipeline
from costscope.analysis.types import Analysis
from costscope.errors import UsageError
from costscope.views.roofline.axes import draw_panel
from costscope.views.roofline.lettering import boxes
from costscope.views.roofline.limits import limits_of
from costscope.views.roofline.panels import Panel, panels
from costscope.views.roofline.plot import draw, picture

Case = Callable[[str], Analysis]
BEGINNINGS = {".png": b"\x89PNG\r\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}


@pytest.mark.parametrize("suffix", list(BEGINNINGS))
def test_each_suffix_gives_its_format_and_the_same_bytes_each_time(
    suffix: str, case: Case, tmp_path: Path
) -> None:
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"

    draw(case("calibrated"), first)
    draw(case("calibrated"), second)

    assert first.read_bytes().startswith(BEGINNINGS[suffix])
    assert first.read_bytes() == second.read_bytes()
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_a_file_does_not_tell_when_or_with_what_version_it_was_made(
    case: Case, tmp_path: Path
) -> None:
    for suffix in BEGINNINGS:
        path = tmp_path / f"a{suffix}"
        draw(case("uncalibrated"), path)
        content = path.read_bytes()
        assert b"CreationDate" not in content
        assert b"<dc:date>" not in content
        assert f"Matplotlib v{mpl.__version__}".encode() not in content


def test_a_capital_suffix_is_the_same(case: Case, tmp_path: Path) -> None:
    draw(case("uncalibrated"), tmp_path / "a.PNG")

    assert (tmp_path / "a.PNG").read_bytes().startswith(BEGINNINGS[".png"])


@pytest.mark.parametrize("name", ["plot.jpg", "plot", "plot.svg.gz"])
def test_another_suffix_is_refused_with_the_three_there_are(
    name: str, case: Case, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"must be one of \.png, \.svg, \.pdf"):
        draw(case("uncalibrated"), tmp_path / name)


def test_without_a_machine_there_is_no_roof(case: Case, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--hw"):
        draw(case("no machine"), tmp_path / "plot.png")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_a_mistake_of_one_line(case: Case, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        draw(case("uncalibrated"), tmp_path / "nowhere" / "plot.png")


def test_a_picture_that_fails_leaves_the_old_one(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    path = tmp_path / "plot.svg"
    draw(case("uncalibrated"), path)
    before = path.read_bytes()

    def fail(_self: Figure, target: Path, **_rest: object) -> None:
        Path(target).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(UsageError, match="No space left on device"):
        draw(case("calibrated"), path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_settings_of_the_caller_neither_count_nor_change(case: Case, tmp_path: Path) -> None:
    draw(case("calibrated"), tmp_path / "plain.png")
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "text.usetex": True}):
        draw(case("calibrated"), tmp_path / "styled.png")
        assert mpl.rcParams["font.size"] == 30

    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "styled.png").read_bytes()


def test_every_analysis_with_a_machine_can_be_drawn(analysis: Analysis, tmp_path: Path) -> None:
    if analysis.first.hardware is None:
        return

    draw(analysis, tmp_path / "plot.png")

    width, height = struct.unpack(">II", (tmp_path / "plot.png").read_bytes()[16:24])
    machines = len(analysis.deployments)
    assert (width, height) == ((1100, 640) if machines == 1 else (1600, 570 + 520 * (machines > 2)))


def test_strange_names_bring_no_warning_and_no_formula(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        draw(case("hostile"), tmp_path / "plot.svg")

    assert caplog.records == []


def texts_of(panel: Panel, shown: tuple[Panel, ...], labels: int) -> list[object]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    limits = limits_of(panel, shown)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(limits.left, limits.right)
    axes.set_ylim(limits.bottom, limits.top)
    return list(draw_panel(axes, panel, limits, labels=labels))


def many_kernels() -> Analysis:
    """MobileNet's hard case: dozens of kernels close to each other."""
    from networks import mobilenet_v2

    return pipeline.analyze(mobilenet_v2(), [machine(), calibrated(), mcu()], dims={"batch": 1})


@pytest.mark.parametrize(
    "make",
    [
        many_kernels,
        lambda: pipeline.analyze(small(), [machine(), calibrated(), mcu(), tpu()]),
        lambda: pipeline.analyze(hostile(), [machine(), calibrated()]),
    ],
    ids=["mobilenet_v2", "small", "hostile"],
)
def test_no_text_covers_another(make: Callable[[], Analysis]) -> None:
    shown = panels(make())

    for panel in shown:
        texts = texts_of(panel, shown, labels=8)
        assert len(texts) >= 2
        for number, text in enumerate(texts):
            for other in texts[number + 1 :]:
                assert not any(
                    one.overlaps(two)
                    for one in boxes(text)  # type: ignore[arg-type]
                    for two in boxes(other)  # type: ignore[arg-type]
                ), (text, other)


def test_the_dearest_kernels_and_the_ridge_point_are_named() -> None:
    analysis = pipeline.analyze(small(), machine())
    shown = panels(analysis)

    words = [text.get_text() for text in texts_of(shown[0], shown, labels=8)]  # type: ignore[attr-defined]

    assert "ridge point\n10 FLOP/byte" in words
    assert "float32 10 GFLOP/s" in words
    assert "dram 1 GB/s" in words
    assert "head: 64.4 %" in words
    assert "stem.0: 35.6 %" in words


def test_more_machines_than_panels_are_counted() -> None:
    machines = [machine(f"phone{number}") for number in range(8)]
    figure = picture("small", panels(pipeline.analyze(small(), machines)))

    assert len(figure.axes) == 6
    assert [text.get_text() for text in figure.texts] == ["small (and 2 more machines)"]


def test_a_name_is_drawn_as_it_is_written_and_never_as_a_formula() -> None:
    net = Net("net")
    analysis = pipeline.analyze(
        net.model([net.conv("image", "\u6df1 $x^2$ \\alpha", 8, 3)]), machine()
    )
    shown = panels(analysis)

    texts: list[Any] = texts_of(shown[0], shown, labels=8)

    assert "? $x^2$ \\alpha: 100 %" in [text.get_text() for text in texts]
    assert not any(text.get_parse_math() for text in texts)
