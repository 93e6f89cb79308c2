"""Which networks to measure first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from costscope.errors import UsageError
from costscope.fit import suggestion
from costscope.fit.family import FAMILIES
from costscope.fit.networks import Networks, shipped_table
from costscope.fit.suggestion import suggestions
from costscope.hardware.catalog import load
from costscope.pipeline import ZOO


def test_the_first_networks_of_the_family_as_both_zoo_and_benchmark_call_them() -> None:
    found = suggestions(load("raspberry_pi_4b"), 3)

    family = FAMILIES.get("ncnn_cpu")
    assert family is not None
    assert [each.also for each in found] == list(family.suggest[:3])
    assert all(each.model.startswith(ZOO) for each in found)


def test_no_more_than_were_tried() -> None:
    family = FAMILIES.get("ncnn_cpu")
    assert family is not None

    assert len(suggestions(load("raspberry_pi_4b"), 99)) == len(family.suggest)


@pytest.mark.parametrize("name", sorted(suggestion._ZOO))
def test_networks_of_the_benchmark_are_nearly_those_of_the_zoo(name: str) -> None:
    networks = Networks()

    listed, built = (
        networks.find(each, runtime="ncnn", dtype="float32")
        for each in (name, suggestion._ZOO[name])
    )

    assert built.macs == pytest.approx(listed.macs, rel=0.2)
    assert name in shipped_table()


@pytest.mark.parametrize("name", FAMILIES.keys())
def test_suggested_networks_exist(name: str) -> None:
    family = FAMILIES.get(name)
    assert family is not None
    networks = Networks()
    dtype = min(family.dtypes)

    for model in family.suggest:
        assert networks.find(model, runtime="tflite", dtype=dtype).macs


def test_nothing_is_suggested_where_nobody_tried() -> None:
    machine = replace(load("raspberry_pi_4b"), device_class="x86_cpu", rates=())

    with pytest.raises(UsageError):
        suggestions(machine, 3)
