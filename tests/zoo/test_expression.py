"""Numbers that follow from settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.errors import ArchitectureError
from costscope.zoo.expression import divisible, evaluate

SETTINGS = {"width": 0.75, "depths": [3, 4, 6, 3], "form": "a", "classes": 1000, "se": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=classes", 1000),
        ("=divisible(32 * width)", 24),
        ("=divisible(10, 8)", 16),  # 8 would be more than a tenth too little
        ("=depths[2] - 1", 5),
        ("=ceil(7 / 2)", 4),
        ("=7 // 2 + 7 % 2", 4),
        ("=-classes", -1000),
        ("=max(1.0, width)", 1.0),
        ("=form == 'a' and width < 1", True),
        ("=not se or classes != 10", True),
        ("=64 if form == 'b' else 32", 32),
        ("=[classes, 2 * classes]", [1000, 2000]),
        ("=depths", [3, 4, 6, 3]),
        ("plain text", "plain text"),
        (7, 7),
        ([1, "=classes"], [1, 1000]),
        ({"out": "=classes"}, {"out": 1000}),
    ],
)
def test_values(text, expected):
    assert evaluate(text, SETTINGS) == expected


@pytest.mark.parametrize(
    "text",
    [
        "=unknown",
        "=classes +",
        "=__import__('os')",
        "=classes.__class__",
        "=(lambda: 1)()",
        "=[x for x in depths]",
        "=classes ** classes",
        "='a' * 10",
        "=depths * 1000000",
        "=depths[9]",
        "=classes / 0",
        "=divisible('a')",
        "=10000000 * 10000000",
        "=max(depths, key=len)",
        "=" + "(" * 200,
        "=" + "1+" * 400 + "1",
    ],
)
def test_what_is_not_arithmetic_is_refused_in_one_line(text):
    with pytest.raises(ArchitectureError) as caught:
        evaluate(text, SETTINGS)

    assert "\n" not in str(caught.value)


@given(st.integers(1, 5000), st.sampled_from([1, 2, 4, 8, 16]))
def test_divisible_is_a_multiple_close_to_its_value(value, divisor):
    result = divisible(value, divisor)

    assert result % divisor == 0
    assert result >= 0.9 * value
    assert result <= value + divisor
