"""Windows, against a window that is really slid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from costscope.errors import ShapeError
from costscope.graph.window import window_sizes


def slid(size: int, kernel: int, stride: int, dilation: int, pads: tuple[int, int]) -> int:
    """How often a window fits, found by sliding it."""
    count, start = 0, -pads[0]
    while start + dilation * (kernel - 1) <= size + pads[1] - 1:
        count += 1
        start += stride
    return count


def slid_up(size: int, kernel: int, stride: int, dilation: int, pads: tuple[int, int]) -> int:
    """As `slid`, with one more window if something is left over, unless it starts behind."""
    count = slid(size, kernel, stride, dilation, pads)
    covered = (count - 1) * stride + dilation * (kernel - 1) + 1 - pads[0]
    if count and covered < size + pads[1] and count * stride - pads[0] < size:
        count += 1
    return count


WINDOWS = {
    "size": st.integers(1, 20),
    "kernel": st.integers(1, 5),
    "stride": st.integers(1, 4),
    "dilation": st.integers(1, 3),
    "pads": st.tuples(st.integers(0, 2), st.integers(0, 2)),
}


@settings(max_examples=300)
@given(**WINDOWS)
def test_rounded_down(
    size: int, kernel: int, stride: int, dilation: int, pads: tuple[int, int]
) -> None:
    expected = slid(size, kernel, stride, dilation, pads)
    attributes = {"strides": (stride,), "dilations": (dilation,), "pads": pads}

    if expected:
        assert window_sizes(attributes, (size,), (kernel,)) == (expected,)
    else:
        with pytest.raises(ShapeError, match="larger than its input"):
            window_sizes(attributes, (size,), (kernel,))


@settings(max_examples=300)
@given(**WINDOWS)
def test_rounded_up(
    size: int, kernel: int, stride: int, dilation: int, pads: tuple[int, int]
) -> None:
    assume(max(pads) < kernel)
    expected = slid_up(size, kernel, stride, dilation, pads)
    assume(expected)
    attributes = {"strides": (stride,), "dilations": (dilation,), "pads": pads}

    assert window_sizes(attributes, (size,), (kernel,), ceil=True) == (expected,)


@settings(max_examples=50)
@given(size=st.integers(1, 20), kernel=st.integers(1, 5), stride=st.integers(1, 4))
def test_same_starts_a_window_every_stride(size: int, kernel: int, stride: int) -> None:
    attributes = {"strides": (stride,), "auto_pad": "SAME_UPPER"}

    found = window_sizes(attributes, (size,), (kernel,))

    assert found == (len(range(0, size, stride)),)


@pytest.mark.parametrize(
    "attributes",
    [
        {"strides": (0,)},
        {"dilations": (-1,)},
        {"strides": (1, 1)},
        {"pads": (1,)},
        {"pads": (1, 1, 1)},
    ],
)
def test_attributes_that_do_not_fit(attributes: dict[str, Any]) -> None:
    with pytest.raises(ShapeError):
        window_sizes(attributes, (8,), (3,))
