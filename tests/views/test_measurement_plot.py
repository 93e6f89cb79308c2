"""The picture of a measurement as a file, and its texts as they stand on the page."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.collections import PathCollection
from measurement_cases import (
    desktop,
    incomplete,
    nothing,
    plain,
    realistic,
    recorded,
    uncalibrated,
    without_machine,
)
from view_cases import calibrated

from costscope.errors import UsageError
from costscope.hardware.types import Hardware
from costscope.measure.types import Measurement
from costscope.views.measurement import figures, scatter
from costscope.views.measurement.plot import draw, picture
from costscope.views.measurement.roof import panel_of
from costscope.views.roofline.lettering import boxes

BEGINNINGS = {".png": b"\x89PNG\r\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}


@pytest.mark.parametrize("suffix", list(BEGINNINGS))
def test_each_suffix_gives_its_format_and_the_same_bytes_each_time(
    suffix: str, tmp_path: Path
) -> None:
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"

    draw([plain()], first, hardware=calibrated())
    draw([plain()], second, hardware=calibrated())

    assert first.read_bytes().startswith(BEGINNINGS[suffix])
    assert first.read_bytes() == second.read_bytes()
    assert b"CreationDate" not in first.read_bytes()
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_mistakes_are_told_in_a_line_and_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must be one of \.png, \.svg, \.pdf"):
        draw([plain()], tmp_path / "plot.jpg", hardware=calibrated())
    with pytest.raises(UsageError, match="--hw"):
        draw([without_machine()], tmp_path / "plot.png")
    with pytest.raises(UsageError, match="--hw"):
        draw([nothing()], tmp_path / "plot.png", hardware=calibrated())
    with pytest.raises(UsageError, match="cannot be written"):
        draw([plain()], tmp_path / "nowhere" / "plot.png", hardware=calibrated())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("measured", "hardware", "titles"),
    [
        (realistic(), desktop(), ["mobilenet_v2: predicted against measured", "measured on"]),
        (realistic(), None, ["mobilenet_v2: predicted against measured"]),
        (uncalibrated(), desktop(fitted=False), ["mobilenet_v2: measured on the roofline of host"]),
        (without_machine(), calibrated(), ["small: measured on the roofline of board"]),
    ],
    ids=["both", "no machine", "no prediction", "neither, but roofs"],
)
def test_there_is_a_panel_for_what_is_known(
    measured: Measurement, hardware: Hardware | None, titles: Sequence[str]
) -> None:
    figure = picture([measured], hardware)

    assert len(figure.axes) == len(titles)
    for axes, title in zip(figure.axes, titles, strict=True):
        assert any(text.get_text().startswith(title) for text in axes.texts)
        assert axes.get_xscale() == axes.get_yscale() == "log"
        assert axes.get_xlabel()
        assert axes.get_ylabel()


def test_several_models_share_a_picture() -> None:
    figure = picture([realistic(), plain()], desktop())

    assert figure.axes[0].texts[0].get_text() == "2 models: predicted against measured"
    # marks, and two bands; of a view that takes no time by the model there is no mark
    assert len(figure.axes[0].collections) == 65 + 2 + 2


def test_a_mark_stands_where_it_was_measured_and_predicted() -> None:
    axes = picture([incomplete()], None).axes[0]

    marks = [each for each in axes.collections if isinstance(each, PathCollection)]

    assert [list(each.get_offsets()[0]) for each in marks] == [pytest.approx([30e-6, 33e-6])]
    assert axes.get_xlim() == axes.get_ylim()


def test_the_bands_are_ten_and_twenty_percent_with_their_share_of_the_time() -> None:
    axes = picture([realistic()], None).axes[0]
    rows = scatter.shown(figures.rows_of(realistic()))

    bands = [each for each in axes.collections if not isinstance(each, PathCollection)]
    ratios = sorted(max(y / x for x, y in band.get_paths()[0].vertices) for band in bands)
    legend: Any = axes.get_legend()
    words = [text.get_text() for text in legend.get_texts()]

    assert ratios == pytest.approx([1.1, 1.2])
    within = (figures.within(rows, 0.1) or 0) * 100
    assert f"within \u00b110 %: {within:.1f} % of the time" in words
    assert "pointwise_conv (34): -4.0 %" in words
    assert legend.get_title().get_text() == "kind (kernels): error of their sum"


@pytest.mark.parametrize(
    "measured", [realistic(), plain(), recorded()], ids=["realistic", "plain", "hostile"]
)
def test_no_text_covers_another_or_the_legend(measured: Measurement) -> None:
    axes = picture([measured], None).axes[0]
    legend: Any = axes.get_legend()
    names = [text for text in axes.texts if text.get_text().endswith("us")]
    taken = [*(box for text in names for box in boxes(text)), *boxes(legend)]

    assert names
    for number, one in enumerate(taken):
        assert not any(one.overlaps(other) for other in taken[number + 1 :])
    assert all(box.inside(boxes(axes)[0]) for box in taken)


def test_the_legend_gives_way_to_marks() -> None:
    """All far too high: the upper left, where the legend would be, is full."""
    found = plain()
    high = replace(
        found,
        kernels=tuple(replace(each, measured_s=1e-6, predicted_s=1e-3) for each in found.kernels),
    )
    axes = picture([high], None).axes[0]
    legend: Any = axes.get_legend()

    x, y = axes.transData.transform((1e-6, 1e-3))

    assert not boxes(legend)[0].holds(x, y)
    assert boxes(legend)[0].inside(boxes(axes)[0])


def test_measured_marks_are_not_cut_at_the_roof() -> None:
    found = plain()
    fast = replace(found, kernels=tuple(replace(k, measured_s=1e-7) for k in found.kernels))

    panel = panel_of(figures.rows_of(fast), calibrated())

    assert max(mark.flops_per_s for mark in panel.marks) == pytest.approx(28160 / 1e-7)
    assert panel.peaks[0].flops_per_s == 1e10
    assert panel.ridge is not None
    assert panel.ridge.flops_per_byte == pytest.approx(10)


def test_kernels_without_arithmetic_are_told_beside_the_roofline() -> None:
    panel = panel_of(figures.rows_of(realistic()), desktop())

    assert len(panel.marks) == 64
    assert sum(mark.share for mark in panel.marks) < 1
    assert panel.notes[0].startswith("no arithmetic known: 2 kernels, 0.290 % of the time (layout")


def test_times_below_what_can_be_drawn_are_left_out() -> None:
    found = plain()
    first, second = found.kernels
    partly = replace(found, kernels=(replace(first, measured_s=0.0), second))

    rows = scatter.shown(figures.rows_of(partly))

    assert [row.order for row in rows] == [2]


def test_strange_names_bring_no_warning_and_no_formula(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        draw([recorded()], tmp_path / "plot.svg", hardware=calibrated())

    assert caplog.records == []
    figure = picture([recorded()], calibrated())
    assert not any(text.get_parse_math() for axes in figure.axes for text in axes.texts)
