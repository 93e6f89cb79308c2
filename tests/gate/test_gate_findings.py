"""Findings as the gate counts them: selected, suppressed, known, and told apart for good."""

from __future__ import annotations

import pytest
from gate_cases import finding
from hypothesis import given
from hypothesis import strategies as st

from costscope.gate.findings import Screen, covers, fingerprint, fits, seen
from costscope.gate.types import Suppression


def screened(*findings, hardware: str = "pixel6", **screen):
    return seen(findings, Screen(**screen), key="nets/a.onnx", hardware=hardware)


def suppression(**more) -> Suppression:
    return Suppression(
        **({"place": "costscope.toml", "rule": "G1", "nodes": "*", "reason": "measured"} | more)
    )


@pytest.mark.parametrize(
    ("select", "ignore", "left"),
    [
        ((), (), ["G1", "G12", "D5"]),
        (("G1",), (), ["G1"]),
        (("G",), (), ["G1", "G12"]),
        (("G",), ("G12",), ["G1"]),
        ((), ("G", "D5"), []),
    ],
)
def test_a_code_or_its_letter_selects(select, ignore, left) -> None:
    found = screened(finding("G1"), finding("G12"), finding("D5"), select=select, ignore=ignore)

    assert [each.finding.rule for each in found] == left


def test_a_letter_is_not_the_start_of_another_word() -> None:
    assert fits("G", "G1")
    assert not fits("G", "GX1")
    assert not fits("G1", "G12")
    assert not fits("", "G1")


def test_a_finding_is_for_its_machine_or_for_every_one() -> None:
    found = screened(finding(hardware="pixel6"), finding(hardware="coral"), finding(hardware=""))

    assert [each.finding.hardware for each in found] == ["pixel6", ""]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, True),
        ({"rule": "G"}, True),
        ({"rule": "G4"}, False),
        ({"nodes": "stage1.*"}, True),
        ({"nodes": "stage2.*"}, False),
        ({"models": ("nets/*",)}, True),
        ({"models": ("other/*",)}, False),
    ],
)
def test_a_suppression_is_for_a_rule_nodes_and_models(given, expected) -> None:
    assert covers(suppression(**given), finding(), "nets/a.onnx") is expected


def test_a_suppression_of_nodes_is_for_all_operators_of_a_finding_or_for_its_subject() -> None:
    block = finding(subject="stage1", nodes=("stage1.a", "stage2.a"))

    assert not covers(suppression(nodes="stage1.*"), block, "a")
    assert covers(suppression(nodes="stage1"), block, "a")
    assert covers(suppression(nodes="stage*.a"), block, "a")
    assert not covers(suppression(nodes="x"), finding(subject="y", nodes=()), "a")


def test_what_is_suppressed_or_known_does_not_count() -> None:
    (plain,) = screened(finding())
    (suppressed,) = screened(finding(), suppressions=(suppression(),))
    (known,) = screened(finding(), known=frozenset({plain.fingerprint}))

    assert plain.counts
    assert (suppressed.counts, suppressed.suppressed) == (False, "measured")
    assert (known.counts, known.known) == (False, True)


def mark(each, key="a", hardware="pixel6") -> str:
    return fingerprint(each, key=key, hardware=hardware)


def test_a_fingerprint_changes_with_what_it_stands_for_and_with_nothing_else() -> None:
    same = finding(message="other", evidence={"ratio": 7.0}, saving_s=1.0, severity="note")

    assert mark(finding()) == mark(same) == "8643c3033619af0f"
    others = [
        mark(finding("G2")),
        mark(finding(subject="x")),
        mark(finding(nodes=("x",))),
        mark(finding(), key="b"),
        mark(finding(), hardware="coral"),
    ]
    assert len({mark(finding()), *others}) == 6


@given(st.lists(st.text(max_size=3), max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_two_lists_of_operators_never_share_a_fingerprint(one, other) -> None:
    marks = [mark(finding(nodes=tuple(nodes))) for nodes in (one, other)]

    assert (marks[0] == marks[1]) is (one == other)
    assert all(len(each) == 16 for each in marks)
