"""One analysis, four formats, the same numbers."""

from __future__ import annotations

import csv
import html
import io
import json
import re

import pytest

from costscope.analysis.types import Analysis
from costscope.units import format_bytes, format_count, format_latency
from costscope.views import VIEWS
from costscope.views.report.build import report_of
from costscope.views.report.types import Choice


def rendered(name: str, analysis: Analysis) -> str:
    view = VIEWS.get(name)
    assert view is not None
    return view.render(analysis, top=0, sort="order")


def one_line(text: str) -> str:
    """Text without layout: no marks of tables, blanks as one."""
    plain = html.unescape(re.sub(r"</?(code|sub)>", "", text)).replace("\u200b", "")
    return " ".join(re.sub(r"[|`*]", " ", plain).split())


def test_totals_of_the_json_stand_in_the_report_and_in_the_sums_of_the_csv(
    analysis: Analysis,
) -> None:
    totals = json.loads(rendered("json", analysis))["totals"]
    first = analysis.first.name if len(analysis.deployments) > 1 else None
    plain = {
        key: value[first] if first and isinstance(value, dict) and first in value else value
        for key, value in totals.items()
    }
    table = one_line(rendered("table", analysis))
    markdown = one_line(rendered("markdown", analysis))
    rows = [
        row
        for row in csv.DictReader(io.StringIO(rendered("csv", analysis)))
        if row["runtime"] == analysis.first.runtime.name
    ]

    for label, shown in (
        ("MACs", format_count(plain["macs"])),
        ("parameters", format_count(plain["params"])),
        ("traffic", format_bytes(plain["traffic_bytes"])),
        ("peak memory", format_bytes(plain["peak_activation_bytes"])),
        ("mem. access", format_count(plain["memory_access"])),
    ):
        for text in (table, markdown):
            assert re.search(rf"{re.escape(label)} (>= )?{re.escape(shown)} ", text), label
    for key, column in (
        ("macs", "macs"),
        ("traffic_bytes", "traffic_bytes"),
        ("memory_access", "memory_access_elements"),
    ):
        assert sum(int(row[column]) for row in rows) == plain[key]
    if plain["latency_s"]:
        assert format_latency(plain["latency_s"]) in table
        assert format_latency(plain["latency_s"]) in markdown


def test_table_and_markdown_hold_every_sentence_of_the_report(
    analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    report = report_of(analysis, Choice(top=0))
    table = one_line(rendered("table", analysis))
    markdown = one_line(rendered("markdown", analysis))

    for section in report.sections:
        for fact in section.facts:
            for words in (fact.value, fact.note):
                assert one_line(words) in table
                assert one_line(words) in markdown
        for line in (section.title, *section.lines):
            assert one_line(line) in table
            assert one_line(line) in markdown


def test_kernels_cost_the_same_in_csv_and_json(analysis: Analysis) -> None:
    found = json.loads(rendered("json", analysis))["kernels"]
    rows = list(csv.DictReader(io.StringIO(rendered("csv", analysis))))

    assert [str(kernel["traffic_bytes"]) for kernel in found] == [r["traffic_bytes"] for r in rows]
    if len(analysis.deployments) == 1 and analysis.first.prediction:
        times = [kernel["timing"]["latency_s"] for kernel in found]
        assert [float(row["latency_s"]) if row["latency_s"] else None for row in rows] == times
