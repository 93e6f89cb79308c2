"""The device report: figures and tables from rows made by hand, and what --check refuses."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from math import exp, log
from pathlib import Path

import numpy as np
import pytest

from costscope.errors import CostscopeError
from costscope.fit.batch import Subject

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import device_accuracy
from device_accuracy_baselines import roof
from device_accuracy_figures import cause, covered, reached, statements, worst
from device_accuracy_grid import grid, slices
from device_accuracy_held import siblings
from device_accuracy_memory import Memory
from device_accuracy_rows import (
    ARCHITECTURE,
    KNOWN,
    Held,
    Machine,
    Row,
    after,
    architecture,
    dumped,
    from_record,
    to_record,
)
from device_accuracy_runtimes import order
from device_accuracy_targets import outcomes, with_siblings
from device_accuracy_text import Report, markdown


def machine(profile="board", *, threads=1, dtype="float32", runtime="ncnn", chip="", table="ncnn"):
    return Machine(
        subject=Subject(
            profile=profile,
            runtime=runtime,
            threads=threads,
            dtype=dtype,
            chip=chip or profile,
            source=table,
        ),
        device_class="arm_cpu",
        structure="arm_cpu",
    )


BOARD = machine()


def row(network, measured_s, predicted_s, *, on=BOARD, scored=True, **others):
    return Row(
        machine=on,
        network=network,
        scored=scored,
        measured_s=measured_s,
        predicted_s={KNOWN: predicted_s, **others},
    )


def family(*rows, name="ncnn_cpu", **others):
    return Held(name=name, summary="ncnn on Arm CPUs", rows=rows, **others)


FOUR = (row("a", 1.0, 1.1), row("b", 2.0, 1.4), row("c", 4.0, 4.0), row("d", 8.0, 8.4))


def test_figures_of_four_rows():
    found = reached(FOUR, KNOWN)

    assert found.mape_ratio == pytest.approx((0.1 + 0.3 + 0.0 + 0.05) / 4)
    assert found.median_ratio == pytest.approx(0.075)
    assert (found.within_10_ratio, found.within_20_ratio) == (0.75, 0.75)
    assert (found.rows, found.machines, found.networks) == (4, 1, 4)
    assert found.kendall == pytest.approx(1.0)
    assert found.coverage_ratio is None
    assert reached(FOUR, "no such protocol") is None


def test_ranks_are_medians_of_machines_that_have_four_networks():
    reversed_ = [
        row(n, m, 1 / m, on=machine("other")) for n, m in zip("abcd", (1, 2, 3, 4), strict=True)
    ]
    few = [row(n, m, 1 / m, on=machine("few")) for n, m in zip("abc", (1, 2, 3), strict=True)]

    assert reached([*FOUR, *few], KNOWN).spearman == pytest.approx(1.0)
    assert reached([*FOUR, *few, *reversed_], KNOWN).spearman == pytest.approx(0.0)


def test_an_interval_knows_nothing_of_the_network_it_judges():
    rows = [row(f"n{i}", 1.0, 1.0 + i / 100) for i in range(9)]
    far = [row("far", 1.0, 3.0, on=machine(f"m{i}")) for i in range(9)]

    inside = covered([*rows, *far], KNOWN)

    assert not any(inside[each] for each in far)
    assert [inside[each] for each in rows] == [False] + 8 * [True]  # the least is beyond all


def test_an_interval_of_a_new_machine_knows_nothing_of_its_chip():
    key = after("new", 1)
    near = [row(f"n{i}", 1.0, 1.0, on=machine(f"m{i}"), **{key: 1.0 + i / 100}) for i in range(9)]
    one_chip = [
        row(f"n{i}", 1.0, 1.0, on=machine(f"x{i}", chip="x"), **{key: 2.0}) for i in range(3)
    ]

    inside = covered([*near, *one_chip], key)

    assert [inside[each] for each in one_chip] == [False] * 3
    assert inside[near[4]]


def test_statements_are_said_where_other_chips_allow_them():
    def two(profile, times):
        on = machine(profile)
        return [row("a", 1.0, 1.0, on=on), row("b", times, times * 1.5, on=on)]

    sure = statements([*two("x", 4.0), *two("y", 4.0)])
    unsure = statements([*two("x", 1.2), *two("y", 1.2)])

    assert (sure.pairs, sure.stated, sure.right, sure.ordered) == (2, 2, 2, 2)
    assert unsure.stated == 2  # 1.8 times apart, 1.5 are needed
    wrong = statements([row("a", 1.0, 2.0), row("b", 1.1, 1.0)])
    assert (wrong.pairs, wrong.right, wrong.ordered) == (1, 0, 0)


def test_errors_that_a_network_makes_everywhere_are_said_to_be_its_own():
    rows = [row("odd", 1.0, 2.0, on=machine(f"m{i}")) for i in range(4)]
    rows += [row(n, 1.0, 1.0, on=machine("m0")) for n in "abc"]
    alone = row("alone", 1.0, 3.0, on=machine("m1"))

    assert cause(rows[0], rows).words == "the network"
    assert cause(rows[0], rows).network_ratio == pytest.approx(1.0)
    assert cause(rows[0], rows).machine_ratio == pytest.approx(0.0)
    assert cause(alone, [*rows, alone]).words == "unknown"
    slow = [row(n, 1.0, 0.5, on=machine("slow")) for n in "abcd"]
    fine = [row(n, 1.0, 1.0, on=machine("fine")) for n in "abcd"]
    assert cause(slow[0], [*slow, *fine]).words == "the machine"


def test_the_worst_are_those_off_by_the_largest_factor_either_way():
    low, high = row("low", 1.0, 0.2), row("high", 1.0, 3.0)

    assert [each.network for each, _ in worst([*FOUR, high, low], 2)] == ["low", "high"]


def test_parts_of_a_family_are_shown_once():
    one, two = machine("a"), machine("a", threads=4, table="other")
    held = family(row("x", 1, 1, on=one), row("y", 1, 1, on=two), row("z", 1, 1, scored=False))

    assert [(label, len(rows)) for label, rows in slices(held)] == [
        ("ncnn on Arm CPUs", 2),
        ("- 1 thread, float32", 1),
        ("- 2 to 4 threads", 1),
    ]


def test_variants_of_an_architecture_are_held_out_together():
    names = ["zoo:mobilenet_v2@0.5", "zoo:resnet@50", "zoo:mobilenet_v2@1.0", "squeezenet"]

    assert [architecture(name) for name in names] == [
        "mobilenet_v2",
        "resnet",
        "mobilenet_v2",
        "squeezenet",
    ]
    assert siblings(names) == [[0, 2], [1], [3]]


def test_suggested_networks_are_measured_first():
    names = ["zoo:densenet@121", "zoo:resnet@50", "zoo:mobilenet_v2@1.0", "zoo:vgg@16"]

    assert order(names, ["zoo:mobilenet_v2", "zoo:squeezenet@1.1", "zoo:resnet@50"]) == [2, 1, 0, 3]
    assert order(names, ["mobilenet_v2", "squeezenet", "resnet50"]) == [2, 1, 0, 3]
    assert order(names, ["resnet50", "vgg19"]) == [1, 0, 2, 3]


def test_under_a_roof_a_layer_counts_on_one_side_alone():
    layers = np.array([[[[3.0, 1.0], [1.0, 5.0], [0.0, 0.0]]]])
    theta = np.log([[2.0, 1.0]])  # 6 against 1 s, 2 against 5 s

    counted = roof(layers, theta)

    assert counted.tolist() == [[[3.0, 5.0]]]
    assert float((counted * np.exp(theta)).sum()) == pytest.approx(6.0 + 5.0)


def test_rows_survive_the_file():
    held = family(
        row("a", 0.0123456789, 0.011, **{ARCHITECTURE: 0.02}),
        row("b", 2.0, 1.0, on=machine("other", threads=None), scored=False),
        left_out={"b": "old path"},
        suggest=("a",),
    )

    text = dumped({"families": [to_record(held)]})
    back = from_record(json.loads(text)["families"][0])

    assert [(r.network, r.scored, r.machine) for r in back.rows] == [
        (r.network, r.scored, r.machine) for r in held.rows
    ]
    assert back.rows[0].measured_s == 0.012346
    assert back.rows[0].predicted_s == {KNOWN: 0.011, ARCHITECTURE: 0.02}
    assert ARCHITECTURE not in back.rows[1].predicted_s
    assert (back.left_out, back.suggest) == ({"b": "old path"}, ("a",))
    assert len([line for line in text.splitlines() if '"a", 1, 0.012346' in line]) == 1


def test_what_was_asked_is_held_against_the_rows_that_it_names():
    single = family(*(row(n, m, m * 1.08) for n, m in zip("abcd", (1, 2, 3, 4), strict=True)))

    found = {
        (each.target.what, each.target.figure): each
        for each in outcomes([single], [], [])
        if each.value is not None
    }

    mape = found["ncnn CPU, 1 thread, float32", "MAPE"]
    assert (mape.value, mape.good) == (pytest.approx(0.08), True)
    assert found["ncnn CPU, 1 thread, float32", "median"].good is False  # 6 % were asked
    assert ("ncnn CPU, 2-4 threads, float32 and float16", "MAPE") not in found


def test_runtimes_on_one_chip_alone_are_no_new_machine_within_a_runtime():
    rows = [
        row("a", 1, 1, on=machine("x", runtime="tflm")),
        row("a", 1, 1, on=machine("y", runtime="tflm")),
        row("a", 1, 1, on=machine("x", runtime="lonely")),
        row("a", 1, 1, on=machine("x2", chip="x", runtime="lonely")),
    ]

    assert {each.machine.subject.runtime for each in with_siblings(rows)} == {"tflm"}


def report(*rows):
    memory = Memory(
        runtime="tinyengine",
        network="zoo:mcunet@in0",
        origin="somebody",
        published_bytes=1000.0,
        held_bytes=800,
        laid_out_bytes=1200,
    )
    return Report(
        families=(family(*rows),),
        runtimes=(),
        memories=(memory,),
        uses={"ncnn": {"fit": 4, "noise": 1}},
    )


def test_the_report_says_what_was_missed_and_what_was_not_used():
    text = markdown(report(*FOUR))

    assert "| 1 | ncnn CPU, 1 thread, float32 | MAPE | **no** | at most 9.0 % | 11.3 % |" in text
    assert "| 4 | peak RAM, tinyengine (somebody) | MAPE | **no** |" in text
    assert "| ncnn | 4 | 5 | noise 1 |" in text
    assert "| b | board (ncnn, float32, 1 thread) |" in text


def test_cells_cannot_break_a_table():
    assert grid(("a", "b"), [("x|y", "1")])[2] == "| x\\|y | 1 |"


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "device_accuracy.md"
    told = report(*FOUR)
    device_accuracy.write(told, path, path.with_suffix(".json"))
    return told, path


def test_check_accepts_what_was_written_and_writes_nothing(written):
    told, path = written
    before = {each: each.stat().st_mtime_ns for each in path.parent.iterdir()}

    assert device_accuracy.check(path, path.with_suffix(".json"), device_accuracy.record(told)) == 0
    assert {each: each.stat().st_mtime_ns for each in path.parent.iterdir()} == before
    assert path.with_suffix(".png") in before


@pytest.mark.parametrize(("times", "code"), [(1.004, 0), (1.03, 1)])
def test_check_allows_what_processors_round_otherwise(written, capsys, times, code):
    told, path = written
    moved = [
        Row(
            machine=each.machine,
            network=each.network,
            scored=True,
            measured_s=each.measured_s,
            predicted_s={KNOWN: exp(log(each.predicted_s[KNOWN] * times))},
        )
        for each in told.families[0].rows
    ]
    fresh = device_accuracy.record(replace(told, families=(family(*moved),)))
    fresh["summary"] = device_accuracy.record(told)["summary"]

    assert device_accuracy.check(path, path.with_suffix(".json"), fresh) == code
    assert ("make report-devices" in capsys.readouterr().err) is bool(code)


def test_check_refuses_a_report_that_somebody_edited(written):
    told, path = written
    path.write_text(path.read_text(encoding="utf-8").replace("11.3 %", "1.3 %"), encoding="utf-8")

    assert device_accuracy.check(path, path.with_suffix(".json"), device_accuracy.record(told)) == 1


def test_check_refuses_rows_that_are_missing_and_files_that_are_not_there(written, tmp_path):
    told, path = written
    fewer = device_accuracy.record(replace(told, families=(family(*FOUR[:3]),)))

    assert device_accuracy.check(path, path.with_suffix(".json"), fewer) == 1
    assert device_accuracy.check(path, tmp_path / "none.json", fewer) == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": "0.1"}'])
def test_a_broken_file_is_named_in_one_line(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(CostscopeError, match=r"broken\.json: not"):
        device_accuracy.read(path)


def test_differences_are_named_by_their_place():
    old = {"a": [1.0, {"b": 2.0}], "c": "x"}

    assert device_accuracy.difference(old, {"a": [1.0, {"b": 2.01}], "c": "x"}) == ""
    assert device_accuracy.difference(old, {"a": [1.0, {"b": 2.1}], "c": "x"}).startswith("a[1].b")
    assert device_accuracy.difference(old, {"a": [1.0], "c": "x"}).startswith("a: 2")
    assert device_accuracy.difference({"a": None}, {"a": 0.1}) == "a: None where a run gives 0.1"
    assert "other keys" in device_accuracy.difference(old, {"a": old["a"]})
