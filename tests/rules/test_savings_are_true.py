"""A claimed saving is true: the change is made in the file and the network analysed again."""

from __future__ import annotations

import pytest
from truth_rows import ROWS, Row, checked

MOST_ERROR_RATIO = 0.05


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_stated_saving_is_that_of_the_changed_network(row: Row):
    found = checked(row)

    assert found.findings >= 1
    assert found.true_s > 0
    assert found.error_ratio <= MOST_ERROR_RATIO, (found.stated_s, found.true_s)


def test_twenty_networks_are_among_them():
    assert len({row.network.split("@")[0] for row in ROWS}) >= 20
    assert len({row.rule for row in ROWS}) >= 12
    assert len({row.hardware for row in ROWS}) >= 6
