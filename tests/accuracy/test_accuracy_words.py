"""Tables and sentences of a validation."""

from __future__ import annotations

from accuracy_cases import BROKEN, NETWORKS, SWIN, accuracy, network

from costscope.accuracy.grids import apart, grids, networks, whole_networks
from costscope.accuracy.markdown import markdown, table
from costscope.accuracy.sentences import head, verdict
from costscope.accuracy.summary import summarize


def test_the_head_says_where_when_and_with_what():
    text = "\n".join(head(accuracy(*NETWORKS)))

    assert text.splitlines() == [
        "my_host, onnxruntime 1.31.1, 1 thread, optimisation all, 2026-01-02",
        "measured on Made-up CPU 3000 (x86_64, 2 cores, governor performance, Linux 6.1)",
        (
            "calibrated 2026-01-01 with onnxruntime 1.31.1: 31 classes from 12,345 kernels, "
            "its own held-out median 4.5 %"
        ),
    ]


def test_the_verdict_leaves_nothing_out():
    some = accuracy(*NETWORKS, warnings=("calibrated on another processor",))

    lines = verdict(some, summarize(some.networks))

    assert lines[0] == (
        "5 of 7 networks count; 1 have kernels that no calibration has sampled; 1 failed; "
        "1 of those that count were disturbed and stay in"
    )
    assert "errors that cancel" in lines[1]
    assert lines[2].startswith("intervals: 3 of 5 hold what was measured, 60.0 % (Wilson 95 %: ")
    assert lines[2].endswith("they claim 90 %")
    assert lines[3].startswith("noise: the same network measured twice differs by 2.0 %")
    assert lines[4] == "warning: calibrated on another processor"


def test_baselines_and_noise_stand_in_the_same_table():
    found = whole_networks(summarize(NETWORKS))

    assert [row[0] for row in found.rows] == [
        "predicted",
        "with incomplete ones",
        "noise: measured twice",
        "MACs x constant",
        "two-number roofline",
    ]
    assert all(len(row) == len(found.columns) for row in found.rows)
    assert "with incomplete ones" not in str(whole_networks(summarize(NETWORKS[:5])).rows)


def test_networks_stand_with_the_worst_first_and_those_apart_with_their_reason():
    names = [row[0] for row in networks(NETWORKS).rows]

    assert names == ["lcnet_050", "vgg16", "mobilenet_v2", "resnet18", "resnet50"]
    assert [row[0] for row in apart(NETWORKS).rows] == ["swin_t", "broken"]
    swin, broken = apart(NETWORKS).rows
    assert swin[2] == ">= 60 ms"
    assert swin[3] == "30.0 %"
    assert "window_attention" in swin[4]
    assert broken[-1] == "measurement: refused by the runtime"


def test_a_network_in_full():
    (row,) = networks([network("net", 10e-3, 12e-3, disturbed=True)]).rows

    assert row[:6] == ("net", "10 ms", "12 ms", "10.8-13.2 ms", "+20.0 %", "+2.0 %")
    assert row[-1] == "outside the interval, disturbed"


def test_markdown_is_sound_and_cannot_be_broken_by_a_name():
    hostile = network("a|b\n# c", 10e-3, 10e-3)

    text = markdown(accuracy(hostile, BROKEN, SWIN))

    assert "a\\|b\\n# c" in text.replace("\\\\n", "\\n")
    for block in text.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        bars = {row.replace("\\|", "").count("|") for row in rows}
        assert len(bars) <= 1
    assert text.endswith("|\n")


def test_every_grid_is_rectangular_even_without_a_figure():
    for some in (accuracy(*NETWORKS), accuracy(BROKEN)):
        for grid in grids(some):
            assert {len(row) for row in grid.rows} == {len(grid.columns)}
            assert len(table(grid)) == len(grid.rows) + 2
