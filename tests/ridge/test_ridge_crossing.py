"""Crossings are exact, complete, and named the right way round."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from ridge_cases import network

from costscope.ridge.crossing import crossings
from costscope.ridge.curve import bends_between, curve_of, time_at

LOW, HIGH = Fraction(0), Fraction(100)


def found(*networks, low=LOW, high=HIGH):
    curves = [curve_of(each.operations) for each in networks]
    return [
        (each.ridge_macs_per_byte, each.faster_below, each.faster_above, each.leads)
        for each in crossings(curves, low, high)
    ]


def test_few_macs_and_many_bytes_cross_many_macs_and_few_bytes() -> None:
    # 30 up to 3 and 10 r from there, against 70 up to 35: they meet at r = 7.
    assert found(network((30, 10)), network((70, 2))) == [(7, 0, 1, True)]
    assert found(network((70, 2)), network((30, 10))) == [(7, 1, 0, True)]


def test_a_crossing_need_not_be_a_decimal() -> None:
    # 3 r = 10 at r = 10/3.
    assert found(network((1, 3)), network((10, 1))) == [(Fraction(10, 3), 0, 1, True)]


def test_a_crossing_at_a_bend_is_found_once() -> None:
    # 20 + 10 r from 2 on, and 70 up to 5, then 60 + 2 r: both are 70 at 5.
    assert found(network((20, 0), (20, 10)), network((60, 0), (10, 2))) == [(5, 0, 1, True)]


def test_two_crossings_of_one_pair() -> None:
    # 40 up to 4, then 10 r; and 30 + 5 r: 40 at 2, and 60 at 6.
    first, second = network((40, 10)), network((30, 0), (0, 5))

    assert found(first, second) == [(2, 1, 0, True), (6, 0, 1, True)]


def test_equal_networks_never_cross() -> None:
    assert found(network((30, 10)), network((30, 10))) == []


def test_curves_that_touch_do_not_cross() -> None:
    # 40 up to 4, then 10 r; and 24 + 4 r: both 40 at 4, the second is faster before and after.
    assert found(network((40, 10)), network((24, 0), (0, 4))) == []


def test_where_curves_run_together_the_crossing_is_where_they_part() -> None:
    # 50 up to 2, then 30 + 10 r; and 30 + 10 r up to 6, then 15 r: together from 2 to 6.
    first, second = network((30, 0), (20, 10)), network((30, 5), (0, 10))

    assert found(first, second) == [(6, 1, 0, True)]
    assert found(first, second, high=Fraction(6)) == []


def test_only_crossings_strictly_inside_the_range_count() -> None:
    pair = network((30, 10)), network((70, 2))

    assert found(*pair, low=Fraction(7)) == []
    assert found(*pair, high=Fraction(7)) == []
    assert found(*pair, low=Fraction(6), high=Fraction(8)) == [(7, 0, 1, True)]


def test_a_crossing_behind_a_faster_network_does_not_lead() -> None:
    pair = network((30, 10)), network((70, 2))

    assert found(*pair, network((1, 1))) == [(7, 0, 1, False)]


networks = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), min_size=1, max_size=5).map(
    lambda amounts: network(*amounts)
)


@given(networks, networks)
def test_between_crossings_the_order_never_changes_and_at_each_it_does(first, second) -> None:
    curves = [curve_of(each.operations) for each in (first, second)]
    meetings = crossings(curves, LOW, HIGH)

    def behind(ridge):
        return time_at(curves[0], ridge) - time_at(curves[1], ridge)

    def sign_between(start, end):
        """The one sign there is from one ridge point to another, where the curves differ."""
        bends = sorted({start, end}.union(*(bends_between(each, start, end) for each in curves)))
        points = [*bends, *((one + other) / 2 for one, other in pairwise(bends))]
        (sign,) = {(behind(at) > 0) - (behind(at) < 0) for at in points} - {0} or {0}
        return sign

    ends = [LOW, *(each.ridge_macs_per_byte for each in meetings), HIGH]
    signs = [sign_between(*each) for each in pairwise(ends)]
    assert all(before == -after != 0 for before, after in pairwise(signs))
    for each, after in zip(meetings, signs[1:], strict=True):
        assert behind(each.ridge_macs_per_byte) == 0
        assert each.faster_above == (1 if after > 0 else 0)


def test_the_order_of_the_networks_does_not_matter() -> None:
    one, two = network((30, 10), (5, 9)), network((70, 2), (10, 3))

    assert [each[0] for each in found(one, two)] == [each[0] for each in found(two, one)]
