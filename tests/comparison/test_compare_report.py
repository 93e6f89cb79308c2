"""A comparison as people read it: numbers, units, sums, and nothing from a file as markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from compare_cases import FLOAT, kernel, model

from costscope.api import analyze
from costscope.comparison import words
from costscope.comparison.report import render_markdown, render_text, report_of
from costscope.comparison.run import compare
from costscope.comparison.types import Amount, Change, Comparison, Pair, Sense, Side, Status
from costscope.graph.types import Tensor
from costscope.kernels.types import Kernel
from costscope.units import parse_time
from costscope.views.report.types import Grid, Report, Section
from costscope.work import KernelKind

PAIR = ["zoo:mobilenet_v3_large", "zoo:mobilenet_v3_large@minimalistic"]


def section(report: Report, title: str) -> Section:
    return next(each for each in report.sections if each.title.startswith(title))


def grid(report: Report, title: str) -> Grid:
    found = section(report, title).grid
    assert found is not None
    return found


def cells(report: Report, title: str) -> dict[str, dict[str, str]]:
    """Rows by their first cell, as cells by head."""
    found = grid(report, title)
    heads = [column.title for column in found.columns]
    return {row[0]: dict(zip(heads, row, strict=True)) for row in found.rows}


def first_kernel(name: str, **edit: object) -> Kernel:
    """The kernel of a zoo network that is called so."""
    network, _, which = name.partition("/")
    found = {each.name: each for each in analyze(f"zoo:{network}").first.kernels}
    return replace(found[which], **edit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mobilenet_v2/stem", "dense_conv 3x3/2 3->32 112x112"),
        ("mobilenet_v2/stage2.block1.expand", "pointwise_conv 1x1 16->96 112x112"),
        ("mobilenet_v2/stage2.block1.depthwise", "depthwise_conv 3x3/2 96 56x56"),
        ("mobilenet_v2/stage2.block2.add", "Add 1x24x56x56"),
        ("mobilenet_v2/classifier", "fully_connected 1280->1000"),
        ("mobilenet_v3_large/stage3_1.se.reduce", "fully_connected 72->24"),
        ("resnext/stage1.block1.conv2", "grouped_conv 3x3 128->128 32 groups 56x56"),
    ],
)
def test_kernels_in_words(name: str, told: str) -> None:
    assert words.kernel(first_kernel(name)) == told


def test_only_what_tells_two_kernels_apart_is_added() -> None:
    old = Side(order=1, kernel=first_kernel("mobilenet_v2/stem"), timing=None, held_bytes=0)
    new = replace(old, kernel=replace(old.kernel, compute_dtype="int8"))
    was, now = words.both(Pair(status=Status.CHANGED, base=old, head=new))
    assert (was, now) == (
        "dense_conv 3x3/2 3->32 112x112 +Clip float32",
        "dense_conv 3x3/2 3->32 112x112 +Clip int8",
    )
    added = words.both(Pair(status=Status.ADDED, base=None, head=old))
    assert added == ("-", "dense_conv 3x3/2 3->32 112x112")


def test_unknown_shapes_have_a_question_mark() -> None:
    unknown = Tensor("y", None, FLOAT)
    odd = replace(kernel("x", kind=KernelKind.UNCOSTED, op="Magic"), writes=(unknown,))
    assert words.kernel(odd) == "Magic ?"


@pytest.mark.parametrize(
    ("sense", "difference", "shown", "share"),
    [
        (Sense.EXACT, -50, "-50", "-50 %"),
        (Sense.EXACT, 0, "0", "0 %"),
        (Sense.AT_LEAST, 20, ">= +20", ">= +20 %"),
        (Sense.AT_MOST, -20, "<= -20", "<= -20 %"),
        (Sense.UNKNOWN, None, "unknown", "-"),
    ],
)
def test_differences_say_how_they_are_meant(
    sense: Sense, difference: float | None, shown: str, share: str
) -> None:
    amount = Amount(100)
    change = Change(quantity="macs", base=amount, head=amount, difference=difference, sense=sense)
    assert words.difference(change) == shown
    assert words.percent(change) == share


def test_an_unknown_part_of_a_difference_is_never_a_zero() -> None:
    assert words.partly(0, str, unknown=True) == "unknown"
    assert words.partly(3, str, unknown=True) == "+3 + ?"
    assert words.partly(0, str, unknown=False) == "0"


def test_the_rows_of_blocks_add_up_to_the_total_shown() -> None:
    found = compare(PAIR, "pixel6", as_dtype="int8")
    for top in (1, 5, 0):
        rows = cells(report_of(found, top), "Difference by block")
        total = rows.pop("in total")
        shown = {name: row["latency"] for name, row in rows.items()}
        assert len(shown) == (top + 1 if top else len(shown))
        seconds = sum(_signed(text) for text in shown.values())
        assert seconds == pytest.approx(_signed(total["latency"]), rel=0.02)
        whole = cells(report_of(found, top), "Totals")["latency"]["difference"]
        assert whole == total["latency"]
    names = {name for name in shown if re.fullmatch(r"and \d+ more", name)}
    assert not names


def _signed(text: str) -> float:
    if text == "0":
        return 0.0
    return (-1 if text[0] == "-" else 1) * parse_time(text[1:])


def test_totals_name_every_quantity_with_its_unit() -> None:
    rows = cells(report_of(compare(PAIR, "pixel6", as_dtype="int8"), 3), "Totals")
    assert rows["MACs"] == {
        "quantity": "MACs", "base": "216.6 M", "head": "209.1 M",
        "difference": "-7.453 M", "of base": "-3.44 %",
    }  # fmt: skip
    assert rows["weights"]["base"].endswith("MiB")
    assert "not costed" not in rows


def test_the_peak_is_told_before_and_after() -> None:
    report = report_of(compare(["zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5"]), 3)
    facts = {fact.label: fact for fact in section(report, "Peak memory").facts}
    assert facts["base"].value == "5.74 MiB"
    assert facts["head"].value == "2.87 MiB"
    assert "stage2.block1.depthwise" in facts["base"].note


def test_nothing_changed_is_said_and_shown_as_nothing() -> None:
    report = report_of(compare(["zoo:mobilenet_v2"] * 2, "pixel6"), 3)
    kernels = {fact.label: fact for fact in report.sections[0].facts}["kernels"]
    assert kernels.value == "no change"
    assert not [each for each in report.sections if "Difference" in each.title]


def test_an_uncosted_operator_is_told_and_leaves_unknown_differences() -> None:
    layers = [("net.a.conv", 4), ("net.a.more", 4)]
    report = report_of(compare([model(layers), model([*layers, ("m", "custom.Magic")])]), 0)
    assert cells(report, "Totals")["MACs"]["difference"] == ">= 0"
    assert cells(report, "Totals")["not costed"]["head"] == "1"
    assert cells(report, "Difference by block")["in total"]["MACs"] == "unknown"
    assert "custom::Magic" in section(report, "Not costed").lines[0]


def test_inputs_that_differ_are_minded() -> None:
    report = report_of(compare([model([("a", 4)]), model([("a", 4)], size=16)]), 0)
    assert "the inputs differ" in section(report, "Mind").lines[0]
    assert "1x3x16x16" in section(report, "Mind").lines[0]


def test_more_than_two_networks_have_a_row_each() -> None:
    names = ["zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5", "zoo:mobilenet_v1"]
    report = report_of(compare(names, "pixel6,jetson_nano", as_dtype="int8"), 3)
    assert [*cells(report, "Latency on pixel6")] == names
    assert [*cells(report, "Latency on jetson_nano")] == names
    assert cells(report, "Latency on pixel6")[names[0]]["it is"] == "base"
    assert cells(report, "What they need")[names[1]]["MACs"] == "97.13 M (-67.7 %)"


def test_two_networks_on_several_machines_have_a_row_a_machine() -> None:
    names = ["zoo:mobilenet_v2", "zoo:mobilenet_v1"]
    report = report_of(compare(names, "pixel6,jetson_nano", as_dtype="int8"), 3)
    assert [*cells(report, "Latency by machine")] == ["pixel6", "jetson_nano"]


HOSTILE = "\x1b[31m</script>|`[x](http://evil)\u202eabc@me #1"


def hostile() -> Comparison:
    layers = [(HOSTILE + str(place), 4) for place in range(3)]
    return compare([model(layers), model([*layers, (HOSTILE, 8), (HOSTILE + "m", "custom.X")])])


def test_names_of_a_file_are_never_markup_nor_control_signs() -> None:
    text = render_markdown(hostile(), top=0)
    assert not re.search(r"</script>|\]\(|@me|\x1b|\u202e|(?<!&)#1", text)
    plain = render_text(hostile(), top=0, is_terminal=False)
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", plain)


def test_a_name_of_a_megabyte_does_not_fill_the_page() -> None:
    name = "block." * 200_000
    found = compare([model([("a", 4)]), model([("a", 4), (name, 4)])])
    assert len(render_markdown(found, top=0)) < 20_000
    assert len(render_text(found, top=0, is_terminal=False)) < 20_000


@pytest.mark.parametrize("width", [62, 80, 160])
def test_tables_fit_the_page(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for names in (PAIR, ["zoo:resnet@18", "zoo:resnet@34", "zoo:googlenet"]):
        text = render_text(compare(names, "jetson_nano"), top=4, is_terminal=True)
        assert max(map(len, text.splitlines())) <= width


def test_the_same_comparison_gives_the_same_text() -> None:
    first, second = (render_markdown(compare(PAIR, "pixel6"), top=5) for _ in range(2))
    assert first == second
