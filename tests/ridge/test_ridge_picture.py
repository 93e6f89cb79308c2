"""The picture of a sweep: everything named, nothing on top of anything else."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from ridge_cases import network, operation

from costscope.errors import UsageError
from costscope.ridge.sweep import sweep
from costscope.ridge.types import Network, OpClass
from costscope.views.ridge.limits import MOST_NETWORKS, left_of
from costscope.views.ridge.looks import CLASS_COLORS, stroke_of
from costscope.views.ridge.plot import draw, picture
from costscope.views.ridge.spread import spread
from costscope.views.ridge.words import UNITS
from costscope.views.roofline.lettering import boxes

MACS = UNITS["macs/byte"]


def made(number: int, name: str | None = None) -> Network:
    """A network like a small mobile one, a little different for every number."""
    rng = random.Random(number)
    operations = [
        operation(rng.randint(10**6, 10**7), rng.randint(10**5, 10**6), rng.choice(list(OpClass)))
        for _ in range(rng.randint(20, 60))
    ]
    return Network(name=name or f"net_{number}", operations=tuple(operations))


def drawn(count: int, unit=MACS, **settings):
    figure = picture(sweep([made(n) for n in range(count)], dtype="int8", **settings), unit)
    figure.draw_without_rendering()
    return figure


def words(axes):
    return [each for each in axes.texts if each.get_text()]


@pytest.mark.parametrize("count", [1, 2, 5, MOST_NETWORKS])
def test_texts_stay_on_the_page_and_off_each_other(count):
    figure = drawn(count)
    page = figure.bbox
    texts = [text for axes in figure.axes for text in words(axes)] + list(figure.texts)
    found = [(text.get_text(), box) for text in texts for box in boxes(text)]

    for text, box in found:
        assert page.x0 <= box.left, text
        assert box.right <= page.x1, text
        assert page.y0 <= box.bottom, text
        assert box.top <= page.y1, text
    for (one, box), (other, second) in combinations(found, 2):
        assert not box.overlaps(second), (one, other)


@pytest.mark.parametrize("ridges", [[5], [5, 500], [5, 50, 500], [5, 31, 50, 500]])
def test_titles_of_bars_have_room_beside_each_other(ridges):
    names = ["a_network_with_a_rather_long_name", "mobilenet_v4@hybrid_m"]
    found = sweep([made(n, name) for n, name in enumerate(names)], dtype="int8", shown=ridges)
    figure = picture(found, MACS)
    figure.draw_without_rendering()

    assert len(figure.axes) == 2 + 2 * len(ridges)
    titles = [box for axes in figure.axes[2:] for text in words(axes) for box in boxes(text)]
    for box, other in combinations(titles, 2):
        assert not box.overlaps(other)


def test_a_crossing_is_marked_and_named_in_both_panels():
    # 30 up to 3, then 10 r; and 70: they meet at 7.
    found = sweep([network((30, 10)), network((70, 2))], dtype="int8")
    figure = picture(found, MACS)

    for axes, height in zip(figure.axes[:2], (70, 1), strict=True):
        marks = [line for line in axes.lines if line.get_marker() == "o"]
        assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in marks] == [(7, height)]
        assert "7" in [text.get_text() for text in words(axes)]


def test_a_full_ring_is_where_the_fastest_changes():
    found = sweep([network((30, 10)), network((70, 2)), network((1, 1))], dtype="int8")
    leads = sweep([network((30, 10)), network((70, 2))], dtype="int8")

    def faces(sweep):
        axes = picture(sweep, MACS).axes[1]
        return [
            to_hex(line.get_markerfacecolor()) for line in axes.lines if line.get_marker() == "o"
        ]

    # The third takes r, less than 70 at 7: there the fastest does not change.
    assert faces(found) == ["#ffffff"]
    assert faces(leads) == ["#222222"]


def test_lines_go_through_their_times_in_the_unit_asked_for():
    found = sweep([network((30, 10)), network((70, 2))], dtype="int8")
    times, ratios = picture(found, UNITS["flop/byte"]).axes[:2]

    first = dict(zip(times.lines[0].get_xdata(), times.lines[0].get_ydata(), strict=True))
    second = dict(zip(ratios.lines[1].get_xdata(), ratios.lines[1].get_ydata(), strict=True))
    # A ridge point of 3 MACs/byte is 6 FLOP/byte.
    assert first[6] == 30
    assert first[1000] == 5000
    assert second[6] == pytest.approx(70 / 30)
    assert second[14] == 1
    assert times.get_xlabel().startswith("ridge point (FLOP/byte")


def test_bars_are_the_operations_in_order_with_the_colours_of_their_classes():
    net = Network(
        name="two",
        operations=(operation(60, 10), operation(10, 10, OpClass.DEPTHWISE)),
    )
    figure = picture(sweep([net], dtype="int8", shown=[Fraction(2), Fraction(6)]), MACS)

    # At 2: 60 and 20. At 6: 60 and 60.
    for axes, heights in zip(figure.axes[2:], ([0.75, 0.25], [0.5, 0.5]), strict=True):
        assert [bar.get_height() for bar in axes.patches] == heights
        assert [to_hex(bar.get_facecolor()).upper() for bar in axes.patches] == [
            CLASS_COLORS[OpClass.CONV2D],
            CLASS_COLORS[OpClass.DEPTHWISE],
        ]
        (strip,) = axes.child_axes
        assert [bar.get_width() for bar in strip.patches] == heights
        assert [text.get_text() for text in strip.texts] == [
            f"{100 * each:.1f} %" for each in heights
        ]


def test_strokes_of_as_many_networks_as_are_drawn_are_all_different_and_no_class_has_their_colour():
    strokes = [stroke_of(number) for number in range(MOST_NETWORKS)]

    assert len({(each.color, str(each.style)) for each in strokes}) == MOST_NETWORKS
    assert not {each.color for each in strokes} & set(CLASS_COLORS.values())


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_sweep_gives_the_same_file(tmp_path, suffix):
    found = sweep([network((30, 10)), network((70, 2))], dtype="int8")
    for name in ("a", "b"):
        draw(found, tmp_path / f"{name}{suffix}", MACS)

    first = (tmp_path / f"a{suffix}").read_bytes()
    assert first == (tmp_path / f"b{suffix}").read_bytes()
    assert len(first) > 10_000


def test_names_are_never_read_as_mathematics(tmp_path):
    draw(
        sweep([made(0, "$\\frac{"), made(1, "\u4e00 $x$")], dtype="int8"), tmp_path / "a.png", MACS
    )

    assert (tmp_path / "a.png").exists()


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(UsageError, match="suffix"):
        draw(sweep([made(0)], dtype="int8"), tmp_path / "a.gif", MACS)


@pytest.mark.parametrize(
    ("low", "high", "left"),
    [
        (0, 500, 1.0),  # half the first bend, at 2
        (0, 15, 1.0),
        (0, 5, 0.5),  # a decade at least
        (7, 500, 7.0),
    ],
)
def test_the_axis_begins_below_the_first_bend(low, high, left):
    found = sweep(
        [network((20, 10), (90, 3))], dtype="int8", low=Fraction(low), high=Fraction(high)
    )

    assert left_of(found) == left


def test_what_lies_left_of_the_axis_is_only_called_level_if_it_is():
    def label(*amounts):
        return picture(sweep([network(*amounts)], dtype="int8"), MACS).axes[0].get_xlabel()

    assert label((20, 10)) == "ridge point (MACs/byte; level from 1 down to 0)"
    assert label((20, 10), (0, 1)) == "ridge point (MACs/byte)"  # bytes without MACs
    assert label((20, 10), (1, 10**6)) == "ridge point (MACs/byte)"  # bends beyond four decades


def test_the_axis_has_four_decades_at_most():
    found = sweep([network((1, 10**6), (90, 3))], dtype="int8")

    assert left_of(found) == pytest.approx(0.05)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_spread_labels_keep_their_order_their_distance_and_the_ends(wanted):
    placed = spread(wanted, 10, 0, 100)

    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    for before, after in pairwise(order):
        assert placed[after] - placed[before] >= 10 - 1e-9
    assert all(-1e-9 <= each <= 100 + 1e-9 for each in placed)


def test_labels_with_room_stay_where_they_are():
    assert spread([50, 10, 90], 10, 0, 100) == [50, 10, 90]
    assert spread([50, 50], 10, 0, 100) == [45, 55]
    assert spread([100, 100, 20], 10, 0, 100) == [90, 100, 20]
