"""The report of every regime, from stored results alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from accuracy_cases import BROKEN, NETWORKS, SWIN, accuracy, network

from costscope.accuracy.families import Split
from costscope.accuracy.summary import summarize

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import host_accuracy
from host_accuracy_text import report
from host_targets import REGIMES, TARGETS

SPLIT = Split(frozenset({"resnet", "vgg", "swin"}), frozenset({"mobilenet", "lcnet"}))
RESULTS = {
    "one_thread": accuracy(*NETWORKS),
    "int8": accuracy(network("mobilenet_v2_int8", 4e-3, 4.4e-3)),
}


def lines(text, start):
    return [line for line in text.splitlines() if line.startswith(start)]


def test_it_says_where_when_and_how_noisy_and_what_was_not_run():
    text = report(RESULTS, SPLIT)

    assert (
        "Not run: 2 threads, level all, networks of up to 12 G MACs; "
        "1 thread, level extended, networks of up to 12 G MACs." in text
    )
    assert "measured on Made-up CPU 3000" in text
    assert "measured twice differs by 2.0 %" in text
    assert "2026-01-02" in text


def test_the_report_half_decides_and_the_other_stands_beside_it():
    text = report(RESULTS, SPLIT)

    (small,) = lines(text, "| 1 thread, level all | below 2 ms | MAPE |")
    assert small.split("|")[4:10] == [
        " at most 25.0 % ",
        " 50.0 % ",
        "  ",
        " 50.0 % ",
        " 1 ",
        " **no** ",
    ]
    (middle,) = lines(text, "| 1 thread, level all | 2 ms to 10 ms | MAPE |")
    assert "| 5.0 % |  | 5.0 % | 1 | yes |" in middle
    (large,) = lines(text, "| 1 thread, level all | 10 ms and more | MAPE |")
    assert large.endswith("| 0 | no network |")
    (int8,) = lines(text, "| int8, 1 thread, level all | all | median |")
    assert "| 10.0 % |  | 10.0 % | 1 | yes |" in int8


def test_networks_are_marked_with_their_half_and_strays_are_named():
    text = report(RESULTS, SPLIT)

    (vgg,) = lines(text, "| vgg16 |")
    assert "| choose |" in vgg
    (mobile,) = lines(text, "| mobilenet_v2 |")
    assert "| report |" in mobile
    assert "in no half's figures: broken." in text
    assert "- choose: 4 networks of 3 families" in text
    assert "- report: 3 networks of 2 families" in text


def test_without_a_split_nothing_counts_as_unseen():
    text = report(RESULTS, None)

    assert "no network counts as unseen" in text
    assert not [line for line in lines(text, "| 1 thread, level all |") if "| yes |" in line]
    assert "half" not in "".join(lines(text, "| network |"))


def test_targets_are_the_regimes_own_and_bounds_decide():
    assert {target.regime for target in TARGETS} == {regime.key for regime in REGIMES}
    coverage = next(target for target in TARGETS if "intervals" in target.figure)
    assert [coverage.good(value) for value in (None, 0.8, 0.85, 0.95, 1.0)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    of_ten = next(target for target in TARGETS if target.low_s == 10e-3)
    value, count = of_ten.reached(NETWORKS)
    assert count == 3
    assert value == pytest.approx((0.0234 / 0.024 - 1) / -3 + (1 - 0.98) / 3 + (1 - 0.875) / 3)


def test_stored_results_make_the_same_report_and_a_stale_one_is_noticed(
    tmp_path, monkeypatch, capsys
):
    data, text = tmp_path / "r.json", tmp_path / "r.md"
    host_accuracy._store(RESULTS, data)
    families = tmp_path / "families.yaml"
    families.write_text("choose: [resnet, vgg, swin]\nreport: [mobilenet, lcnet]\n")
    monkeypatch.setattr(host_accuracy, "FAMILIES", families)

    def call(*flags):
        monkeypatch.setattr(sys, "argv", ["host_accuracy.py", "--report", str(text), *flags])
        return host_accuracy.main()

    assert call("--check") == 1
    assert call("--from", str(data)) == 0
    assert text.read_text(encoding="utf-8") == report(host_accuracy._read(data), SPLIT)
    assert text.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert call("--check") == 0
    families.write_text("choose: [resnet]\nreport: [vgg]\n")
    assert call("--check") == 1
    data.write_text("{}")
    assert call("--check") == 3
    assert "not the results of this command" in capsys.readouterr().err


def test_regimes_that_are_not_run_again_stay_as_they_were(tmp_path, monkeypatch):
    data = tmp_path / "r.json"
    host_accuracy._store(RESULTS, data)
    seen = []

    def answer(models, hardware, **settings):
        seen.append((len(models), hardware, settings["threads"], settings["optimization"]))
        return accuracy(SWIN, BROKEN, *NETWORKS[:2], threads=settings["threads"])

    monkeypatch.setattr(host_accuracy, "validate", answer)
    monkeypatch.setattr(host_accuracy, "machine", lambda name: name)
    monkeypatch.setattr(host_accuracy, "FAMILIES", tmp_path / "absent.yaml")
    flags = ["--report", str(tmp_path / "r.md"), "--regime", "two_threads"]
    monkeypatch.setattr(
        sys, "argv", ["x", *flags, "--only", "zoo:mobile*", "--corpus", str(tmp_path)]
    )

    names = [each.name for each in host_accuracy.float_networks(tmp_path)]
    wanted = [name for name in names if name.startswith("zoo:mobile")]

    assert host_accuracy.main() == 0

    assert seen == [(len(wanted), "host", 2, "all")]
    stored = json.loads(data.read_text())["regimes"]
    assert set(stored) == {"one_thread", "int8", "two_threads"}
    assert summarize(host_accuracy._read(data)["two_threads"].networks).scored == 2


def test_the_networks_of_the_zoo_leave_out_blocks_and_forms(tmp_path):
    (tmp_path / "tv_net.onnx").write_bytes(b"")
    (tmp_path / "tv_net__dyn.onnx").write_bytes(b"")
    (tmp_path / "tv_net__int8_qdq.onnx").write_bytes(b"")
    (tmp_path / "x_toy.onnx").write_bytes(b"")

    names = [each.name for each in host_accuracy.float_networks(tmp_path)]

    assert names[0] == "tv_net"
    assert "x_toy" not in names
    assert "tv_net__dyn" not in names
    assert "zoo:attention_block" not in names
    assert "zoo:resnet" in names
    assert host_accuracy.int8_networks(tmp_path)[0].name == "tv_net__int8_qdq"
