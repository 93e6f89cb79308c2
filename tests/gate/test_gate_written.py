"""No limit that anyone writes goes unread."""

from __future__ import annotations

import pytest
from gate_cases import checked, evidence, figure
from hypothesis import given
from hypothesis import strategies as st

from costscope.gate.decide import verdicts
from costscope.gate.metrics import keys
from costscope.gate.types import Check, Standing
from costscope.gate.written import Place, assignment, budgets, strays

KNOWN = ("models", "hardware", "budget", "suppress")
FILE = Place(file="costscope.toml")


def read(values):
    """Every limit of a configuration."""
    found = list(strays(values, KNOWN, FILE))
    return found + list(budgets(values["budget"], FILE.at("budget")) if "budget" in values else ())


def test_a_limit_knows_where_it_stands() -> None:
    (one,) = read({"budget": {"latency": "12 ms"}})
    _, second = read({"budget": [{"macs": "300 M"}, {"models": ["a*"], "kernels": 80}]})

    assert one.budget.place == "costscope.toml: budget.latency"
    assert (one.budget.metric, one.budget.text, one.limit.most) == ("latency", "12 ms", 0.012)
    assert second.budget.place == "costscope.toml: budget[1].kernels"
    assert second.budget.models == ("a*",)
    assert second.limit.most == 80


@pytest.mark.parametrize(
    ("values", "place", "why"),
    [
        ({"budget": {"latancy": "1 ms"}}, "budget.latancy", "(did you mean 'latency'?)"),
        ({"latency": "1 ms"}, "latency", "in the wrong place; write it under [budget]"),
        ({"latency_increase": "1 %"}, "latency_increase", "in the wrong place"),
        ({"budgets": [{"macs": 1}]}, "budgets[0].macs", "(did you mean 'budget'?)"),
        ({"limits": {"macs": 1}}, "limits.macs", "unknown key 'limits'"),
        ({"budget": {"latency": 12}}, "budget.latency", "without a unit"),
        ({"budget": {"latency": "12"}}, "budget.latency", "without a unit"),
        ({"budget": {"latency": "-12 ms"}}, "budget.latency", "not above zero"),
        ({"budget": {"macs": -1}}, "budget.macs", "below zero"),
        ({"budget": {"macs": float("nan")}}, "budget.macs", "not a finite number"),
        ({"budget": {"latency": float("inf")}}, "budget.latency", "not a finite number"),
        ({"budget": {"latency": "nan ms"}}, "budget.latency", "not a finite number"),
        ({"budget": {"macs": True}}, "budget.macs", "expected a number"),
        ({"budget": {"macs": [1]}}, "budget.macs", "a list: expected a number"),
        ({"budget": {"macs": {"max": 1}}}, "budget.macs", "keys and values: expected"),
        ({"budget": {"macs": "300 MB"}}, "budget.macs", "not a unit here"),
        ({"budget": {"weights": "4"}}, "budget.weights", "without a unit"),
        ({"budget": {"latency_increase": "-5 %"}}, "budget.latency_increase", "below zero"),
        ({"budget": {"latency_increase": "5"}}, "budget.latency_increase", "without a unit"),
        ({"budget": {"pixel6": {"macs": 1}}}, "budget.pixel6.macs", "unknown key 'pixel6'"),
        ({"budget": {"macs": 1, "models": 3}}, "budget.macs", "models is 3; expected"),
        ({"budget": {"macs": 1, "models": []}}, "budget.macs", "models is a list; expected"),
        ({"budget": {"macs": 1, "hardware": [""]}}, "budget.macs", "hardware is a list"),
        ({"budget": {"macs": 1, "confidence": "uper"}}, "budget.macs", "confidence is 'uper'"),
        ({"budget": {"macs": 1, "confidence": ["upper"]}}, "budget.macs", "confidence is a list"),
        ({"budget": {}}, "budget", "it has no limit"),
        ({"budget": {"models": ["a"]}}, "budget", "it has no limit"),
        ({"budget": []}, "budget", "an empty list limits nothing"),
        ({"budget": [5]}, "budget[0]", "expected a table"),
        ({"budget": 5}, "budget", "expected a table"),
    ],
)
def test_what_cannot_be_understood_is_kept_with_the_reason(values, place, why) -> None:
    (found,) = read(values)

    assert found.limit is None
    assert found.budget.place == f"costscope.toml: {place}"
    assert why in found.problem
    assert "\n" not in found.problem


def test_a_flag_leaves_the_confidence_to_its_layer() -> None:
    assert assignment("latency=12 ms", Place(file="--budget")).budget.confidence == ""


@pytest.mark.parametrize("text", ["latency", "", "=12 ms", "latency=", "latency 12 ms", "x=1"])
def test_a_flag_that_is_no_limit_is_kept_too(text) -> None:
    assert assignment(text, Place(file="--budget")).problem


JUNK = st.recursive(
    st.one_of(
        st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("12 ms"), st.just(0)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.text(max_size=6), st.sampled_from(keys())), inner, max_size=3),
    ),
    max_leaves=8,
)
CONFIG = st.dictionaries(
    st.one_of(st.just("budget"), st.sampled_from(keys()), st.text(max_size=8)), JUNK, max_size=4
)


def leaves(value, path=""):
    """Key paths of all that a person may have meant as a limit."""
    if isinstance(value, dict) and value:
        return [leaf for k, inner in value.items() for leaf in leaves(inner, f"{path}/{k}")]
    if isinstance(value, list) and value:
        return [leaf for i, inner in enumerate(value) for leaf in leaves(inner, f"{path}[{i}]")]
    return [path]


SCOPE = {"models", "hardware", "confidence"}


def written_by_hand(values):
    """How many limits stand in a configuration, counted in another way than `read` does."""
    count = 0
    for key, value in values.items():
        if key in KNOWN and key != "budget":
            continue
        if key != "budget":
            count += len(leaves(value))
            continue
        for table in value if isinstance(value, list) and value else [value]:
            if not isinstance(table, dict) or not set(table) - SCOPE:
                count += 1
                continue
            for name, inner in table.items():
                if name in SCOPE:
                    continue
                count += 1 if name in keys() else len(leaves(inner))
    return count


@given(CONFIG)
def test_no_limit_goes_missing_and_only_passes_make_an_exit_of_zero(values) -> None:
    found = read(values)
    model = checked("a.onnx", "pixel6", figure("latency", 0.001), figure("macs", 5))

    decided = verdicts(found, evidence(model, no_baseline="there is none"))

    assert len(found) == written_by_hand(values)
    assert {each.budget.place for each in found} == {each.budget.place for each in decided}
    for each in found:
        mine = [v for v in decided if v.budget.place == each.budget.place]
        assert mine
        if each.limit is None:
            assert all(v.standing is Standing.UNDECIDED and v.reason for v in mine)
    check = Check(verdicts=decided, checked=(model,))
    passes = bool(decided) and all(v.standing is Standing.PASS for v in decided)
    assert (check.exit_code == 0) is passes
    lenient = Check(verdicts=decided, checked=(model,), undecided_fails=False)
    fails = any(v.standing is Standing.FAIL for v in decided)
    assert lenient.exit_code == (1 if fails else 0 if decided else 3)
