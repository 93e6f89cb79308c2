"""A profile's file: people's part above a line, the fit's part below it."""

from __future__ import annotations

from costscope.fit.profile_file import MARK, head, with_rates
from costscope.hardware.parse import parse
from rated_cases import rates

HEAD = """summary: A board.
class: arm_cpu
runtime: tflite

compute:
  float32: {peak: 10 GFLOP/s, source: s}

memories:
  - {name: dram, bandwidth: 1 GB/s, holds: [weights, activations], source: s}

sources:
  s: {reference: a table}
"""


def test_rates_stand_below_the_line() -> None:
    text = with_rates(HEAD, [rates(), rates(threads=4, dtype="float32")])

    assert text.startswith(HEAD)
    assert text.count(MARK) == 1
    assert text.endswith("\n")
    found = parse(text, name="board")
    assert [each.threads for each in found.rates] == [None, 4]
    assert found.rates[0] == rates()


def test_writing_again_changes_nothing_else() -> None:
    first = with_rates(HEAD, [rates()])

    assert with_rates(first, [rates()]) == first
    assert with_rates(first, [rates(threads=2)]) == with_rates(HEAD, [rates(threads=2)])


def test_without_rates_the_head_stays_alone() -> None:
    assert with_rates(with_rates(HEAD, [rates()]), []) == HEAD
    assert head(with_rates(HEAD, [rates()])) == HEAD
    assert head(HEAD) == HEAD
