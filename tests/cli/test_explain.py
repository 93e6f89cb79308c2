"""`costscope explain`: the rules' own documentation."""

from __future__ import annotations

import json

import pytest

from costscope.rules import RULES


def test_a_rule_is_explained_by_its_code_or_its_name(run):
    by_code = run("explain", "g1")
    by_name = run("explain", "unequal-channel-width")

    assert by_code.code == 0
    assert by_code.out == by_name.out
    assert by_code.out.startswith("G1: unequal channel width (warning)")
    assert "\n\nWhy it costs:\n" in by_code.out
    assert "1807.11164" in by_code.out


def test_all_rules_take_a_line_each(run):
    result = run("explain")

    listed = [line.split()[0] for line in result.out.splitlines() if line]
    assert [code for code in listed if RULES.get(code)] == RULES.keys()


def test_an_unknown_rule_names_those_there_are(run):
    result = run("explain", "G99")

    assert result.code == 2
    assert "no rule 'G99'" in result.err
    assert "G1" in result.err


def test_json_holds_the_whole_text(run):
    found = json.loads(run("explain", "G1", "--format", "json").out)

    (rule,) = found["rules"]
    assert found["schema_version"] == "1.0"
    assert rule["code"] == "G1"
    assert rule["summary"] in rule["text"]


@pytest.mark.parametrize("flags", [[], ["--no-findings"]])
def test_analyze_says_what_to_change_unless_told_not_to(run, flags):
    result = run("analyze", "zoo:mobilenet_v2", "--hw", "pixel6", *flags)

    assert ("What to change" in result.out) == (not flags)
