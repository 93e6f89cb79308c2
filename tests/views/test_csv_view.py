"""Rows for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from costscope.analysis.types import Analysis
from costscope.views import VIEWS

Case = Callable[[str], Analysis]


def rows(analysis: Analysis) -> list[dict[str, str]]:
    view = VIEWS.get("csv")
    assert view is not None
    return list(csv.DictReader(io.StringIO(view.render(analysis, top=1))))


def test_one_row_a_kernel_of_every_runtime(analysis: Analysis) -> None:
    plans = {each.runtime.name: len(each.kernels) for each in analysis.deployments}

    found = rows(analysis)

    assert len(found) == sum(plans.values())
    assert all(None not in row and None not in row.values() for row in found)
    for runtime, count in plans.items():
        orders = [row["order"] for row in found if row["runtime"] == runtime]
        assert orders == [str(number) for number in range(1, count + 1)]


def test_columns_add_up_to_the_totals(analysis: Analysis) -> None:
    deployment = analysis.first
    mine = [row for row in rows(analysis) if row["runtime"] == deployment.runtime.name]

    assert sum(int(row["macs"]) for row in mine) == deployment.totals.work.macs
    assert sum(int(row["traffic_bytes"]) for row in mine) == deployment.totals.traffic_bytes
    accessed = sum(int(row["memory_access_elements"]) for row in mine)
    assert accessed == deployment.totals.memory_access
    if deployment.prediction and len(analysis.deployments) == 1:
        times = [float(row["latency_s"]) for row in mine if row["latency_s"]]
        assert sum(times) == pytest.approx(deployment.prediction.latency_s or 0.0)


def test_the_heads_name_their_units(case: Case) -> None:
    heads = list(rows(case("calibrated"))[0])

    assert heads[:4] == ["order", "runtime", "name", "kind"]
    for head in (
        "traffic_bytes",
        "latency_s",
        "memory_access_elements",
        "arithmetic_intensity_flops_per_byte",
    ):
        assert head in heads


def test_times_of_several_machines_end_in_their_names(case: Case) -> None:
    found = rows(case("several"))

    assert "latency_s" not in found[0]
    on_board = [row["latency_s_board"] for row in found]
    assert [bool(text) for text in on_board] == [True, True, False, False, False, False]
    tpu = [row["prediction_problem_tpu"] for row in found]
    assert tpu == ["", "", *["tpu has no float32 arithmetic"] * 2, "", ""]


def test_unknown_is_empty_and_not_zero(case: Case) -> None:
    without = rows(case("no machine"))
    lost = rows(case("no arithmetic"))

    assert {row["latency_s"] for row in without} == {""}
    assert {row["latency_s"] for row in lost} == {""}
    assert {row["compute_s"] for row in lost} == {""}


def test_no_cell_is_a_formula(case: Case) -> None:
    for row in rows(case("hostile")):
        for head, cell in row.items():
            assert not cell.lstrip().startswith(("=", "+", "@", "-")), (head, cell)
            assert "\n" not in cell
            assert "\r" not in cell


def test_a_formula_is_kept_behind_an_apostrophe(case: Case) -> None:
    names = [row["name"] for row in rows(case("hostile"))]

    assert '\'=cmd|" /C calc"!A0' in names
    assert "line\\nbreak\\r\\x1b[31mescape\\x07" in names


def test_a_model_without_kernels_still_has_its_head(case: Case) -> None:
    from dataclasses import replace

    analysis = case("no machine")
    bare = replace(analysis, deployments=(replace(analysis.first, kernels=()),))
    view = VIEWS.get("csv")
    assert view is not None

    head, *body = view.render(bare).splitlines()

    assert "latency_s" in head.split(",")
    assert body == []


def test_what_runs_on_the_fallback_is_marked(case: Case) -> None:
    assert [row["fallback"] for row in rows(case("fallback"))] == ["False", "True"]
    assert [row["fallback"] for row in rows(case("no machine"))] == ["", ""]
