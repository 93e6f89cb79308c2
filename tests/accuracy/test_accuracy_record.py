"""A validation as JSON and back."""

from __future__ import annotations

import json

import pytest
from accuracy_cases import BROKEN, NETWORKS, accuracy

from costscope.accuracy.record import from_record, to_record
from costscope.accuracy.types import Accuracy
from costscope.errors import CostscopeError


def test_what_comes_back_is_what_went():
    given = accuracy(*NETWORKS, warnings=("calibrated on another processor",))

    text = json.dumps(to_record(given), allow_nan=False)
    back = from_record(json.loads(text))

    assert to_record(back) == json.loads(text)
    assert isinstance(back, Accuracy)
    assert [each.name for each in back.networks] == [each.name for each in given.networks]
    assert back.computer == given.computer
    assert back.networks[0].measured_s == pytest.approx(given.networks[0].measured_s)
    assert back.networks[0].kinds[0].kind == "dense_conv"
    assert back.networks[-1] == BROKEN
    assert from_record(to_record(back)) == back  # numbers are rounded once


def test_none_stays_none():
    back = from_record(to_record(accuracy(BROKEN, computer=None, calibration=None)))

    assert back.computer is None
    assert back.calibration is None
    assert back.networks[0].measured is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema_version": "0.9"}, "schema version"),
        ({"threads": "two"}, "record.threads"),
        ({"networks": [{"name": "a"}]}, "family"),
        ({"networks": [{"name": "a", "family": "b", "macs": [1]}]}, r"networks\[0\].macs"),
        ({"networks": 3}, "record.networks"),
        ({"computer": "mine"}, "record.computer"),
        ({"date": None}, "record.date"),
    ],
)
def test_another_form_is_one_line_with_its_place(change, said):
    record = {**to_record(accuracy(*NETWORKS)), **change}

    with pytest.raises(CostscopeError, match=said) as raised:
        from_record(record)

    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 3


def test_no_record_at_all():
    for given in ([], None, "text", {}):
        with pytest.raises(CostscopeError):
            from_record(given)


def test_unknown_keys_are_passed_over():
    record = {**to_record(accuracy(*NETWORKS)), "summary": {"anything": 1}}

    assert from_record(record).hardware == "my_host"
