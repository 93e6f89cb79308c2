"""Where labels go: never on each other, never off the page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.views.roofline.labels import Anchor, Box, Line, place

PAGE = Box(0, 0, 600, 400)


@pytest.mark.parametrize(
    ("other", "overlap"),
    [
        (Box(5, 5, 15, 15), True),
        (Box(2, 2, 8, 8), True),
        (Box(10, 0, 20, 10), False),  # they touch
        (Box(11, 0, 20, 10), False),
        (Box(0, -5, 10, 0), False),
    ],
)
def test_boxes_overlap_where_they_share_an_area(other: Box, overlap: bool) -> None:
    assert Box(0, 0, 10, 10).overlaps(other) is overlap
    assert other.overlaps(Box(0, 0, 10, 10)) is overlap


@pytest.mark.parametrize(
    ("line", "crosses"),
    [
        (Line(-5, 5, 15, 5), True),
        (Line(2, 2, 3, 3), True),
        (Line(-5, 0, 0, 5), False),  # it ends on the edge
        (Line(-5, 20, 15, 20), False),
        (Line(5, -5, 5, 15), True),
        (Line(11, -5, 11, 15), False),
        (Line(-4, 7, 5, 16), False),  # past the corner
        (Line(-4, 4, 6, 14), True),
    ],
)
def test_a_line_crosses_a_box_if_a_part_of_it_lies_inside(line: Line, crosses: bool) -> None:
    # The line from (-4, 4) to (6, 14) leaves y = x + 8: at x = 1 it is at 9, inside.
    assert line.crosses(Box(0, 0, 10, 10)) is crosses


def test_a_lone_label_stands_right_beside_its_point() -> None:
    (spot,) = place([Anchor(300, 200, 80, 10, radius=5)], page=PAGE)

    assert spot is not None
    assert spot.line is None
    assert spot.box == Box(309, 195, 389, 205)


def test_a_label_keeps_off_what_is_taken() -> None:
    taken = Box(300, 150, 600, 250)

    (spot,) = place([Anchor(300, 200, 80, 10)], page=PAGE, taken=[taken])

    assert spot is not None
    assert not spot.box.overlaps(taken)
    assert spot.box.right <= 300


def test_a_label_that_stands_apart_has_a_line_to_its_mark() -> None:
    walls = [Box(180, 160, 290, 240), Box(310, 160, 420, 240)]

    (spot,) = place([Anchor(300, 200, 80, 12, radius=6)], page=PAGE, taken=walls)

    assert spot is not None
    assert spot.box.bottom >= 240 or spot.box.top <= 160
    assert spot.line is not None
    assert (spot.line.to_x, spot.line.to_y) == spot.box.nearest(300, 200)
    assert (spot.line.x - 300) ** 2 + (spot.line.y - 200) ** 2 == pytest.approx(6**2)
    assert not any(spot.line.crosses(wall) for wall in walls)


def test_where_there_is_no_room_there_is_no_label() -> None:
    assert place([Anchor(20, 20, 80, 10)], page=Box(0, 0, 50, 50)) == [None]


def test_a_label_covers_no_crowd_of_points() -> None:
    points = [(float(x), float(y)) for x in range(0, 600, 8) for y in range(0, 400, 8)]

    assert place([Anchor(300, 200, 80, 12)], page=PAGE, points=points) == [None]


anchors = st.builds(
    Anchor,
    x=st.floats(0, 600),
    y=st.floats(0, 400),
    width=st.floats(5, 200),
    height=st.floats(5, 20),
    radius=st.floats(0, 20),
)


@given(st.lists(anchors, max_size=12))
def test_labels_never_overlap_and_never_leave_the_page(given_anchors: list[Anchor]) -> None:
    spots = place(given_anchors, page=PAGE, taken=[Box(0, 0, 100, 100)])

    placed = [spot for spot in spots if spot is not None]
    boxes = [spot.box for spot in placed] + [Box(0, 0, 100, 100)]
    assert len(spots) == len(given_anchors)
    assert all(spot.box.inside(PAGE) for spot in placed)
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])
    for spot in placed:
        assert spot.line is None or not any(
            spot.line.crosses(other.box) for other in placed if other is not spot
        )
