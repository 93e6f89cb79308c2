"""The sweep as text, markdown, JSON and CSV: the same numbers in each."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction

import pytest
from ridge_cases import network, operation

from costscope.errors import UsageError
from costscope.ridge.sweep import sweep
from costscope.ridge.types import Network, OpClass
from costscope.views.ridge.build import render_markdown, render_text, report_of
from costscope.views.ridge.records import render_csv, render_json
from costscope.views.ridge.words import UNITS, unit_named

QUICK = Network(
    name="quick",
    operations=(operation(20, 5), operation(10, 5, OpClass.DEPTHWISE)),
    left_out=2,
    left_out_bytes=10,
    uncosted=1,
)
SLOW = network((70, 2), name="slow")
FOUND = sweep([SLOW, QUICK], dtype="int8", points=[Fraction(0), Fraction(14)], shown=[Fraction(3)])
MACS, FLOPS = UNITS["macs/byte"], UNITS["flop/byte"]


def test_the_table_has_crossings_times_and_what_is_left_out():
    text = render_text(FOUND, MACS, terminal=False)
    lines = [line.split() for line in text.splitlines()]

    # 20 + 10 from 0, both bound by memory from 4 on: 10 r = 70 at 7.
    assert ["7", "quick", "slow", "yes"] in lines
    assert ["0", "quick", "30", "1.000", "0", "of", "2", "66.7", "%", "33.3", "%"] in lines
    assert ["slow", "70", "2.333", "0", "of", "1", "100.0", "%", "0.0", "%"] in lines
    assert ["14", "slow", "70", "1.000", "0", "of", "1", "100.0", "%", "0.0", "%"] in lines
    assert "quick: 2 kernels without MACs left out, 50 % of all bytes moved; 1 operator not" in text
    assert "slow: " not in text


def test_ridge_points_are_shown_in_the_unit_asked_for():
    text = render_text(FOUND, FLOPS, terminal=False)

    assert "Ridge point from 0 to 1000 FLOP/byte, int8" in text
    assert ["14", "quick", "slow", "yes"] in [line.split() for line in text.splitlines()]
    assert ["28", "slow", "70"] in [line.split()[:3] for line in text.splitlines()]


def test_one_network_has_no_crossings_and_two_that_never_meet_say_so():
    alone = sweep([SLOW], dtype="int8")
    apart = sweep([SLOW, network((90, 3))], dtype="int8")

    assert report_of(alone, MACS).sections[0].title != "Crossings"
    assert report_of(apart, MACS).sections[0].lines == (
        "none: the order of the networks never changes",
    )


def test_markdown_has_the_same_rows():
    text = render_markdown(FOUND, MACS)

    assert "| 7 | quick | slow | yes |" in text
    assert "| 14 | slow | 70 | 1.000 | 0 of 1 | 100.0 % | 0.0 % |" in text


def test_json_has_rows_crossings_and_operations():
    document = json.loads(render_json(FOUND))

    assert document["crossings"] == [
        {
            "ridge_point_macs_per_byte": 7.0,
            "time_macs": 70.0,
            "faster_below": "quick",
            "faster_above": "slow",
            "fastest_of_all": True,
        }
    ]
    keys = ("model", "ridge_point_macs_per_byte", "rank")
    assert [tuple(row[key] for key in keys) for row in document["points"]] == [
        ("quick", 0.0, 1), ("slow", 0.0, 2), ("slow", 14.0, 1), ("quick", 14.0, 2),
    ]  # fmt: skip
    assert [
        (each["model"], each["order"], each["op_class"], each["time_macs"], each["bound"])
        for each in document["operations"]
    ] == [
        ("quick", 0, "conv2d", 20.0, "compute"),
        ("quick", 1, "depthwise", 15.0, "memory"),
        ("slow", 0, "conv2d", 70.0, "compute"),
    ]
    assert [each["left_out_kernels"] for each in document["models"]] == [0, 2]


def test_csv_is_a_row_a_network_and_ridge_point():
    rows = list(csv.DictReader(io.StringIO(render_csv(FOUND))))

    assert [(row["model"], row["ridge_point_macs_per_byte"], row["time_macs"]) for row in rows] == [
        ("quick", "0.0", "30.0"),
        ("slow", "0.0", "70.0"),
        ("slow", "14.0", "70.0"),
        ("quick", "14.0", "140.0"),
    ]
    assert float(rows[0]["depthwise_ratio"]) == pytest.approx(1 / 3)
    assert rows[0]["matmul_ratio"] == "0.0"


def test_a_name_that_a_spreadsheet_could_run_begins_with_an_apostrophe():
    text = render_csv(sweep([network((9, 1), name="=1+1")], dtype="int8"))

    assert text.splitlines()[1].startswith("'=1+1,")


def test_the_same_model_twice_has_two_names():
    names = [
        each["name"]
        for each in json.loads(render_json(sweep([SLOW, SLOW], dtype="int8")))["models"]
    ]

    assert names == ["slow", "slow (2)"]


def test_units_are_found_by_name_in_any_case():
    assert unit_named("MACs/byte") is MACS
    assert FLOPS.text(Fraction("31.2")) == "62.4 FLOP/byte"
    with pytest.raises(UsageError, match="unknown unit 'MAC/kB'; choose one of macs/byte"):
        unit_named("MAC/kB")
