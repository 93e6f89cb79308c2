"""How a count stands to print."""

from __future__ import annotations

import pytest

from costscope.errors import ArchitectureError
from costscope.verify.verdict import Standing, counts_of, read_printed, standing
from costscope.zoo.types import Figure


def figure(printed, **more):
    return Figure(metric="macs", printed=printed, form="train", source="here", **more)


@pytest.mark.parametrize(
    ("printed", "counted", "expected"),
    [
        (300, 300, Standing.EXACT),
        (300, 301, Standing.MISSED),
        ("300 M", 300_499_999, Standing.ROUNDED),
        ("300 M", 300_500_001, Standing.MISSED),
        ("3.4 M", 3_449_999, Standing.ROUNDED),
        ("3.4 M", 3_450_001, Standing.MISSED),
        ("1.04 G", 1_035_000_000, Standing.ROUNDED),
        ("8.38 B", 8_380_000_000, Standing.ROUNDED),
        ("81.3k", 81_349, Standing.ROUNDED),
    ],
)
def test_print_is_met_within_half_a_unit_of_its_last_digit(printed, counted, expected):
    assert standing(figure(printed), counted) is expected


def test_an_explained_difference_pins_our_count():
    explained = figure("6.9 M", computed=6_108_776, why="not reproduced")

    assert standing(explained, 6_108_776) is Standing.EXPLAINED
    assert standing(explained, 6_900_000) is Standing.MISSED


def test_a_difference_without_a_known_reason_is_not_called_explained():
    open_question = figure("6.9 M", computed=6_108_776, unexplained="two widths tried")

    assert standing(open_question, 6_108_776) is Standing.UNEXPLAINED
    assert standing(open_question, 6_900_000) is Standing.MISSED


@pytest.mark.parametrize("text", ["about 3 M", "-3 M", "3 MB", "3,4 M", "", "1e6"])
def test_print_that_is_no_number_is_refused(text):
    with pytest.raises(ArchitectureError, match="is not a printed figure"):
        read_printed(text)


def test_conventions_of_mobilenet_v2():
    counts = counts_of("mobilenet_v2@1.0", "train")

    assert counts.macs == 300_774_272
    assert counts.macs_without_fc == counts.macs - 1_280_000
    assert counts.weights == 3_469_760
    assert counts.params == 3_504_872
    assert counts.params_with_statistics == 3_538_984
    assert counts.memory_access == 16_916_072
    assert len(counts.products) == 53
