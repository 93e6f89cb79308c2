"""A network's time is a chain of straight lines, and the chain is the sum it stands for."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from ridge_cases import network

from costscope.ridge.curve import Piece, bends_between, curve_of, time_at

amounts = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**7)), min_size=1, max_size=12)
ridges = st.fractions(0, 1000)


def test_two_operations_worked_by_hand() -> None:
    # 100 MACs on 10 bytes bend at 10, 30 MACs on 10 bytes at 3.
    curve = curve_of(network((100, 10), (30, 10)).operations)

    assert curve == (
        Piece(Fraction(0), 130, 0),
        Piece(Fraction(3), 100, 10),
        Piece(Fraction(10), 0, 20),
    )
    assert [time_at(curve, Fraction(at)) for at in (0, 2, 3, 5, 10, 20)] == [
        130, 130, 130, 150, 200, 400,
    ]  # fmt: skip


def test_operations_of_one_intensity_bend_together() -> None:
    curve = curve_of(network((10, 5), (20, 10)).operations)

    assert curve == (Piece(Fraction(0), 30, 0), Piece(Fraction(2), 0, 15))


def test_an_operation_without_bytes_never_bends_and_one_without_macs_bends_at_zero() -> None:
    curve = curve_of(network((7, 0), (0, 4)).operations)

    assert curve == (Piece(Fraction(0), 7, 4),)


def test_bends_between_leaves_out_the_ends() -> None:
    curve = curve_of(network((100, 10), (30, 10)).operations)

    assert bends_between(curve, Fraction(0), Fraction(10)) == {3}
    assert bends_between(curve, Fraction(3), Fraction(11)) == {10}


@given(amounts, ridges)
def test_the_curve_is_the_sum_of_equation_1(given_amounts, ridge) -> None:
    operations = network(*given_amounts).operations

    expected = sum(max(Fraction(macs), moved * ridge) for macs, moved in given_amounts)

    assert time_at(curve_of(operations), ridge) == expected


@given(amounts)
def test_the_curve_has_no_jumps_and_only_bends_upwards(given_amounts) -> None:
    curve = curve_of(network(*given_amounts).operations)

    for before, after in pairwise(curve):
        at = after.start_macs_per_byte
        assert before.macs + before.moved_bytes * at == after.macs + after.moved_bytes * at
        assert after.moved_bytes > before.moved_bytes
