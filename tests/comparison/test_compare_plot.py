"""The picture of a comparison: steps without gaps, and the same bytes every time."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from compare_cases import model

from costscope.comparison.bars import Bar, by_time, scale_of, steps, totals
from costscope.comparison.plot import draw, picture
from costscope.comparison.run import compare
from costscope.comparison.types import Comparison
from costscope.errors import UsageError

PAIR = ["zoo:mobilenet_v3_large", "zoo:mobilenet_v3_large@minimalistic"]


@cache
def cases() -> list[Comparison]:
    magic: list[tuple[str, Any]] = [("a", 4), ("b", 4), ("magic", "custom.Magic")]
    return [
        compare(PAIR, "pixel6"),
        compare(PAIR),
        compare(["zoo:resnet@50", "zoo:resnet@101"], "jetson_nano"),
        compare(["zoo:resnet@18", "zoo:resnet@18"], "pixel6"),
        compare([model(magic), model([*magic, ("c", 4)])], "jetson_nano"),
        compare(["zoo:resnet@18", "zoo:resnet@34", "zoo:resnet@50"], "pixel6"),
        compare([model(magic), model(magic[:2]), model(magic[:1])], "coral_edgetpu"),
    ]


@pytest.mark.parametrize("case", range(5))
def test_steps_lead_from_the_base_to_the_head_without_a_gap(case: int) -> None:
    found = cases()[case]
    base, *between, head = steps(found)
    assert (base.total, head.total) == (True, True)
    ends = [base.end, *(bar.end for bar in between)]
    assert [bar.start for bar in between] == ends[:-1]
    if not any(bar.unknown for bar in (base, head)):
        assert ends[-1] == pytest.approx(head.end, rel=1e-9)
    quantity = "latency_s" if by_time(found) else "macs"
    assert base.end == found.first.rows[0].change(quantity).base.value
    assert len(between) <= 15


def test_a_network_is_a_bar_where_there_are_several() -> None:
    found = cases()[5]
    assert steps(found) == ()
    bars = totals(found)
    assert [bar.label for bar in bars] == ["zoo:resnet@18", "zoo:resnet@34", "zoo:resnet@50"]
    assert bars[0].note == ""
    assert bars[1].note.startswith(" (+")


def test_the_axis_is_cut_only_where_steps_would_not_be_seen() -> None:
    near = (Bar("a", 0, 100, total=True), Bar("x", 100, 98), Bar("b", 0, 98, total=True))
    assert 0 < scale_of(near, timed=False).left < 98
    assert "cut off" in scale_of(near, timed=False).title
    far = (Bar("a", 0, 100, total=True), Bar("x", 100, 10), Bar("b", 0, 10, total=True))
    assert scale_of(far, timed=False).left == 0
    assert scale_of((near[0], near[2]), timed=False).left == 0


def test_intervals_are_told_in_words_where_they_would_hide_the_steps() -> None:
    small = compare(["zoo:mobilenet_v2", "zoo:mobilenet_v2"], "pixel6", as_dtype="int8")
    base, *_, head = steps(small)
    assert (base.low, head.high) == (None, None)
    assert base.note == " (4.59-6.38)"
    large = compare(["zoo:mobilenet_v2", "zoo:mobilenet_v2@0.35"], "pixel6", as_dtype="int8")
    assert steps(large)[0].note == ""
    assert steps(large)[0].low is not None


@pytest.mark.parametrize(
    ("most", "timed", "unit"),
    [(0.02, True, "ms"), (3.0, True, "s"), (4e-6, True, "us"), (3e8, False, "M"), (0, False, "")],
)
def test_the_axis_has_the_unit_of_the_largest(most: float, timed: bool, unit: str) -> None:
    assert scale_of((Bar("a", 0, most, total=True),), timed=timed).unit == unit


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_comparison_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    found = compare(PAIR, "pixel6")
    first, second = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    draw(found, first)
    draw(found, second)
    assert first.read_bytes() == second.read_bytes()
    assert len(first.read_bytes()) > 1000


@pytest.mark.parametrize("case", range(7))
def test_every_case_is_drawn_with_names_and_numbers_inside(case: int) -> None:
    figure = picture(cases()[case])
    axes = figure.axes[0]
    width = figure.bbox.width
    for label in axes.get_yticklabels():
        assert label.get_window_extent().x0 >= 0
    for text in axes.texts:
        assert text.get_window_extent().x1 <= width
    for text in figure.texts:
        assert text.get_window_extent().x1 <= width
    assert axes.get_xlabel().startswith(("latency (", "multiply-accumulates"))


def test_names_of_a_file_are_drawn_as_they_are(tmp_path: Path) -> None:
    layers = [("$x^2$.a", 4), ("\x1b[3m.b", 4), ("\u4f60.c", 4)]
    draw(compare([model(layers), model([*layers, ("$\\frac", 8)])]), tmp_path / "odd.svg")
    assert (tmp_path / "odd.svg").stat().st_size > 1000


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="suffix"):
        draw(compare(PAIR), tmp_path / "picture.gif")
    assert not list(tmp_path.iterdir())
