"""Which networks are run, and with how many threads."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from costscope.calibrate.effort import EFFORTS, drawn, thread_counts
from costscope.calibrate.types import FIRST_SEED
from costscope.errors import UsageError

DEFAULT, THOROUGH = EFFORTS["default"], EFFORTS["thorough"]


@pytest.mark.parametrize("effort", EFFORTS.values(), ids=EFFORTS)
def test_shares_add_up_and_are_kept_at_any_time(effort) -> None:
    assert sum(each.share for each in effort.recipes) == pytest.approx(1.0)
    for count in (20, 100, 333):
        made = Counter(recipe for _, recipe in islice(drawn(effort.recipes), count))
        for recipe in effort.recipes:
            assert made[recipe] == pytest.approx(recipe.share * count, abs=1)


def test_seeds_count_up_and_are_the_same_each_time() -> None:
    once, again = (list(islice(drawn(DEFAULT.recipes), 50)) for _ in range(2))

    assert once == again
    assert [seed for seed, _ in once] == list(range(FIRST_SEED, FIRST_SEED + 50))


def test_a_quarter_keeps_the_plain_layout_and_some_have_a_batch() -> None:
    made = Counter(
        (recipe.level, recipe.batch) for _, recipe in islice(drawn(DEFAULT.recipes), 100)
    )

    assert made == {("all", 1): 70, ("extended", 1): 25, ("all", 4): 5}


@pytest.mark.parametrize(
    ("processors", "expected"), [(1, (1,)), (2, (1, 2)), (6, (1, 2, 4, 6)), (8, (1, 2, 4, 8))]
)
def test_a_thorough_calibration_doubles_threads_up_to_all(processors, expected) -> None:
    assert thread_counts(THOROUGH, (), processors) == expected


def test_one_thread_is_measured_unless_others_are_asked_for() -> None:
    assert thread_counts(DEFAULT, (), 8) == (1,)
    assert thread_counts(DEFAULT, (4, 1, 4), 8) == (1, 4)
    assert thread_counts(THOROUGH, (3,), 8) == (3,)


def test_more_threads_than_processors_are_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"^--threads 9: this process may use 8 processors"):
        thread_counts(DEFAULT, (1, 9), 8)
