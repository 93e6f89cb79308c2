"""Rooflines of machines side by side: every line, mark and name where its numbers say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from costscope.views.roofline.compare import MOST, Roof, picture

ONE = Roof(
    name="one",
    dtype="float32",
    cores="1 of 4 cores",
    peak_flops_per_s=1e10,
    bandwidth_bytes_per_s=1e9,
    macs_per_s={"dense": 2e9, "depthwise": 1e9},
    bytes_per_s={"weights": 3e9},
    unobserved=frozenset({"depthwise"}),
)
TWO = replace(ONE, name="two [$x^2$]", dtype="int8", cores="", peak_flops_per_s=8e10,
              macs_per_s={"dense": 5e9, "winograd": 6e9})  # fmt: skip


def roofs(figure: Figure) -> list[list[tuple[float, float]]]:
    return [
        list(zip(*(map(float, each) for each in line.get_data()), strict=True))
        for line in figure.axes[0].lines
    ]


def points(axes: Axes) -> list[tuple[float, float]]:
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in axes.lines]


def test_a_roof_rises_with_the_bandwidth_up_to_the_peak() -> None:
    lines = roofs(picture([ONE, TWO]))

    for line, each in zip(lines, (ONE, TWO), strict=True):
        (x, y), ridge, end = line
        assert y / x == pytest.approx(each.bandwidth_bytes_per_s)
        assert ridge == (each.ridge_flops_per_byte, each.peak_flops_per_s)
        assert end[1] == each.peak_flops_per_s


def test_every_ridge_point_is_inside() -> None:
    far = replace(ONE, name="far", peak_flops_per_s=1e13, bandwidth_bytes_per_s=1e7)
    axes = picture([ONE, TWO, far]).axes[0]

    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    for each in (ONE, TWO, far):
        assert left < each.ridge_flops_per_byte < right
        assert bottom < each.peak_flops_per_s < top


def test_every_class_has_a_line_and_every_machine_a_point_on_it() -> None:
    _, compute, memory = picture([ONE, TWO]).axes

    assert [label.get_text() for label in compute.get_yticklabels()] == [
        "dense", "depthwise", "winograd",
    ]  # fmt: skip
    assert points(compute) == [(2e9, 0), (1e9, 1), (5e9, 0), (6e9, 2)]
    assert points(memory) == [(3e9, 0), (3e9, 0)]


def test_what_nobody_observed_is_hollow() -> None:
    _, compute, memory = picture([ONE, TWO]).axes

    assert [line.get_markerfacecolor() == "none" for line in compute.lines] == [
        False, True, False, False,
    ]  # fmt: skip
    assert "hollow" in compute.get_xlabel()
    assert memory.get_xlabel() == ""


def test_machines_without_rates_have_rooflines_alone() -> None:
    bare = [replace(each, macs_per_s={}, bytes_per_s={}) for each in (ONE, TWO)]

    assert len(picture(bare).axes) == 1


def test_the_legend_names_every_machine_with_its_numbers() -> None:
    (legend,) = picture([ONE, TWO]).legends

    assert [text.get_text() for text in legend.get_texts()] == [
        "one (1 of 4 cores)\nfloat32 10 GFLOP/s; 1 GB/s; ridge 10 FLOP/byte",
        "two [$x^2$]\nint8 80 GOP/s; 1 GB/s; ridge 80 FLOP/byte",
    ]


@pytest.mark.parametrize("number", [2, MOST])
def test_nothing_lies_on_anything_else_or_beyond_the_page(number: int) -> None:
    figure = picture([replace(ONE, name=f"machine_{i}" * 4) for i in range(number)])
    figure.canvas.draw()

    page = figure.bbox
    legend = figure.legends[0].get_window_extent()
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    for box in (legend, *boxes):
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert page.y0 <= box.y0
        assert box.y1 <= page.y1
    for box in boxes:
        assert not box.overlaps(legend)
    for box, others in ((box, boxes[i + 1 :]) for i, box in enumerate(boxes)):
        assert not any(box.overlaps(other) for other in others)


def test_no_two_machines_look_alike() -> None:
    lines = picture([replace(ONE, name=f"m{i}") for i in range(MOST)]).axes[0].lines

    assert len({(line.get_color(), line.get_marker()) for line in lines}) == MOST
