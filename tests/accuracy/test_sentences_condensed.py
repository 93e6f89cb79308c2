"""Warnings of many networks, told once."""

from __future__ import annotations

from costscope.accuracy.sentences import condensed

RANGE = "outside what the calibration has seen: head (1 G MACs, seen at most 2 M)"
ROOF = "of the roofline bound, are not in the sum"


def test_warnings_of_a_kind_are_one():
    warnings = [
        "calibrated with onnxruntime 1.30",
        f"no calibration has sampled erf kernels: 1 of 9 kernels, 2 % {ROOF}",
        f"no calibration has sampled erf and lrn kernels: 3 of 9 kernels, 4 % {ROOF}",
        f"2 of 9 kernels, 50 % of the time, are {RANGE}",
        f"3 of 8 kernels, 60 % of the time, are {RANGE}",
    ]

    assert list(condensed(warnings)) == [
        "calibrated with onnxruntime 1.30",
        "classes of kernels that no calibration has sampled, and in how many cases: "
        "erf (2), lrn (1)",
        "2 networks have kernels outside what the calibration has seen",
    ]


def test_nothing_to_say_is_nothing_said():
    assert list(condensed([])) == []
