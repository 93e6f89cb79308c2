"""What is held out is really absent: its values change nothing that is said of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from costscope.fit.batch import Batch
from costscope.fit.held_out import left_out_networks, new_machines
from fit_cases import DEFAULTS, NETWORKS, SETTINGS, machines

CHIPS = ["a", "a", "b", "c", "c", "d", "e", "f"]


def family() -> Batch:
    several, _ = machines(len(CHIPS))
    subjects = tuple(
        replace(each, chip=chip) for each, chip in zip(several.subjects, CHIPS, strict=True)
    )
    return replace(several, subjects=subjects)


def changed(several: Batch, rows: object, columns: object) -> Batch:
    """The same with other latencies there."""
    log_s = several.log_s.copy()
    log_s[rows, columns] += 0.7
    return replace(several, log_s=log_s)


ALL = slice(None)


@pytest.mark.parametrize("column", range(3))
def test_a_network_is_predicted_without_itself_anywhere(column: int) -> None:
    several = family()

    before = left_out_networks(several, DEFAULTS, SETTINGS)
    after = left_out_networks(changed(several, ALL, column), DEFAULTS, SETTINGS)

    assert np.array_equal(before[:, column], after[:, column])
    assert not np.allclose(before[:, (column + 1) % 6], after[:, (column + 1) % 6], atol=1e-3)


def test_a_held_out_network_is_near_the_truth() -> None:
    several = family()

    found = left_out_networks(several, DEFAULTS, SETTINGS)

    assert np.median(np.abs(found - several.log_s)) < 0.1


def learned(several: Batch, measured: list[list[str]], *, unseen: bool = False) -> list:
    return new_machines(several, DEFAULTS, SETTINGS, measured=measured, unseen=unseen, folds=3)


def test_a_new_chip_is_predicted_without_any_of_its_machines() -> None:
    several = family()
    of_a = [index for index, chip in enumerate(CHIPS) if chip == "a"]

    before = learned(several, [[]])[0]
    after = learned(changed(several, of_a, ALL), [[]])[0]

    assert np.array_equal(before[of_a], after[of_a])
    assert not np.allclose(before[2], after[2], atol=1e-3)


def test_a_new_chip_learns_from_the_measured_networks_alone() -> None:
    several, of_a = family(), [0, 1]
    measured = [[NETWORKS[0], NETWORKS[1]]]

    before = learned(several, measured)[0]
    unmeasured = learned(changed(several, np.ix_(of_a, [2, 3, 4, 5])[0], [2, 3, 4, 5]), measured)[0]
    told = learned(changed(several, of_a, 0), measured)[0]

    # Of the two that are measured each is predicted from the other and the next one.
    assert np.array_equal(before[of_a][:, 2:], unmeasured[of_a][:, 2:])
    assert not np.allclose(before[of_a, 3], told[of_a, 3], atol=1e-3)


def test_a_measured_network_is_not_predicted_from_itself() -> None:
    several, of_a = family(), [0, 1]
    measured = [[NETWORKS[0], NETWORKS[1]]]

    before = learned(several, measured)[0]
    after = learned(changed(several, of_a, 0), measured)[0]

    assert np.array_equal(before[of_a, 0], after[of_a, 0])


def test_an_unseen_network_is_absent_on_the_other_machines_too() -> None:
    several = family()
    elsewhere = [index for index, chip in enumerate(CHIPS) if chip != "a"]
    measured = [[NETWORKS[0]]]

    before = learned(several, measured, unseen=True)[0]
    after = learned(changed(several, elsewhere, 4), measured, unseen=True)[0]
    seen = learned(changed(several, elsewhere, 4), measured)[0]

    assert np.array_equal(before[:2, 4], after[:2, 4])
    assert not np.allclose(learned(several, measured)[0][:2, 4], seen[:2, 4], atol=1e-3)


def test_more_networks_tell_more_of_a_new_machine() -> None:
    several, _ = machines(24, seed=11, noise=0.02)

    none, some = learned(several, [[], list(NETWORKS[:3])])

    wrong = [np.abs(found - several.log_s)[:, 3:].mean() for found in (none, some)]
    assert wrong[1] < 0.6 * wrong[0]


def test_in_place_of_a_network_that_is_not_there_the_next_one_is_measured() -> None:
    several = family()

    with_unknown, in_place = learned(
        several, [["unknown", NETWORKS[2]], [NETWORKS[2], NETWORKS[0]]]
    )

    assert np.array_equal(with_unknown, in_place)
