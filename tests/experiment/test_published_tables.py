"""The paper's tables as they are printed."""

from __future__ import annotations

import pytest

from costscope.errors import UsageError
from costscope.experiment import published

NAMES = ("g1", "g2", "g3", "g4")


def _column(name: str, platform: str, scale: int) -> list[float]:
    rows = published.rows(name, platform)
    return [row.paper[platform] for row in rows if row.scale == scale]


def test_there_are_four_guidelines() -> None:
    assert published.names() == NAMES


@pytest.mark.parametrize(
    ("name", "platform", "scale", "speeds"),
    [
        ("g1", "cpu", 1, [76.2, 72.9, 69.1, 57.6]),
        ("g1", "gpu", 4, [232, 206, 189, 163]),
        ("g2", "cpu", 2, [10.2, 9.5, 8.7, 7.5]),
        ("g2", "gpu", 1, [2451, 1725, 1026, 634]),
        ("g3", "cpu", 1, [40.2, 38.6, 38.4, 33.4, 35.0]),
        ("g3", "gpu", 2, [1274, 909, 745, 803, 572]),
        ("g4", "cpu", 4, [5.0, 5.2, 5.1, 5.4]),
        ("g4", "gpu", 2, [2066, 2256, 2121, 2376]),
    ],
)
def test_a_column_reads_as_printed(name, platform, scale, speeds) -> None:
    assert _column(name, platform, scale) == speeds


@pytest.mark.parametrize(("name", "count"), [("g1", 12), ("g2", 12), ("g3", 15), ("g4", 12)])
def test_every_setting_stands_in_every_width(name, count) -> None:
    guideline = published.guideline(name)

    for rows in guideline.rows.values():
        assert len(rows) == count
        assert [row.setting for row in rows] == list(guideline.settings) * 3
        assert [row.scale for row in rows] == sorted(row.scale for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_setting_is_compared_with_exists(name) -> None:
    guideline = published.guideline(name)
    settings = set(guideline.settings)

    named = {better for each in guideline.slower_than.values() for better in each}

    assert named <= settings
    assert guideline.best in named
    assert guideline.slower_than[guideline.best] == ()
    assert guideline.best in guideline.slower_than[guideline.worst]


@pytest.mark.parametrize("name", ["g1", "g2"])
def test_the_papers_own_speeds_fall_in_the_claimed_order(name) -> None:
    for platform in published.platforms():
        for scale in (1, 2, 4):
            speeds = _column(name, platform, scale)
            assert speeds == sorted(speeds, reverse=True)


def test_channels_that_cannot_be_built_are_replaced_and_named() -> None:
    channels = {row.scale: row.channels for row in published.rows("g2") if row.setting == "g=8"}

    assert channels == {1: (184,), 2: (360,), 4: (720,)}
    assert any("184" in line for line in published.guideline("g2").assumed)


def test_names_are_found_in_any_case_and_unknown_ones_refused() -> None:
    assert published.guideline("G1") == published.guideline("g1")
    with pytest.raises(UsageError, match="g1, g2, g3, g4"):
        published.guideline("g5")
    with pytest.raises(UsageError, match="cpu, gpu"):
        published.rows("g1", "tpu")
