"""Rank agreement: by hand, as laws, and against the pairs counted one by one."""

from __future__ import annotations

import pytest
from experiment_cases import like_the_paper, measured_as
from hypothesis import given
from hypothesis import strategies as st

from costscope.accuracy.metrics import kendall
from costscope.experiment import published
from costscope.experiment.agreement import kendall_within
from costscope.experiment.run import run

_SPEEDS = st.integers(1, 6).map(float)  # few values: ties are common
_GROUP = st.lists(st.tuples(_SPEEDS, _SPEEDS), min_size=2, max_size=6)


def test_by_hand_one_pair_of_six_is_out_of_order() -> None:
    group = [(4.0, 40.0), (3.0, 20.0), (2.0, 30.0), (1.0, 10.0)]

    assert kendall_within([group]) == pytest.approx((5 - 1) / 6)


def test_by_hand_with_a_tie() -> None:
    # Three pairs: two in order; one tied in the second: 2 / sqrt(3 * 2).
    assert kendall_within([[(1.0, 1.0), (2.0, 2.0), (3.0, 2.0)]]) == pytest.approx(2 / 6**0.5)


def test_pairs_across_groups_do_not_count() -> None:
    """Each group is in reverse order, all together look well ordered."""
    groups = [[(1.0, 2.0), (2.0, 1.0)], [(101.0, 102.0), (102.0, 101.0)]]
    pairs = [pair for group in groups for pair in group]

    assert kendall_within(groups) == -1
    assert kendall(pairs) == pytest.approx(1 / 3)


def test_undefined_where_one_side_is_constant() -> None:
    assert kendall_within([[(1.0, 5.0), (2.0, 5.0)]]) is None
    assert kendall_within([]) is None


@given(_GROUP)
def test_one_group_is_kendalls_tau_b(group) -> None:
    expected = kendall(group)

    found = kendall_within([group])

    assert found == (None if expected is None else pytest.approx(expected))


@given(st.lists(_GROUP, min_size=1, max_size=3))
def test_reversing_one_side_changes_the_sign(groups) -> None:
    found = kendall_within(groups)
    reversed_ = kendall_within([[(a, -b) for a, b in group] for group in groups])

    assert reversed_ == (None if found is None else pytest.approx(-found))


def test_latencies_of_the_paper_itself_agree_fully() -> None:
    rows = published.rows("g2")

    found = run("g2", measure=measured_as(like_the_paper(rows))).agreements

    own = next(each for each in found if each.second == "cpu")
    assert own.networks == len(rows)
    assert (own.spearman, own.kendall, own.kendall_within) == pytest.approx((1, 1, 1))
    other = next(each for each in found if each.second == "gpu")
    assert other.kendall_within == pytest.approx(1)  # the GPU ranks the groups the same
