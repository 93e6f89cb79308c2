"""`--hw host` on the command line, and the machines calibrated here among the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costscope import api
from costscope.hardware import catalog
from costscope.hardware.host import save_host
from costscope.work import KernelKind
from fitted_cases import BANDS, COMPUTER, class_fit, fitted, machine, plain_terms

NAME = "example_9000_2_cores"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """This computer is an Example 9000 without onnxruntime, and nothing is saved."""
    plain_terms(monkeypatch)
    monkeypatch.setenv("COSTSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(api, "this_computer", lambda: COMPUTER)
    monkeypatch.setattr(api, "installed", lambda: None)
    return tmp_path / "data" / "hardware"


def calibrate() -> Path:
    kinds = [class_fit(str(kind), seconds={"call": 0.001}) for kind in KernelKind]
    faster = [class_fit(str(kind), seconds={"call": 0.0005}) for kind in KernelKind]
    return save_host(machine(fitted(*kinds, bands=BANDS), fitted(*faster, threads=2)))


def test_without_a_calibration_it_says_how_to_make_one(run, mobilenet_v2) -> None:
    result = run("analyze", mobilenet_v2, "--hw", "host")

    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "costscope: error: no calibration of this machine; run `costscope calibrate`\n"
    )


def test_analyze_with_host_and_with_threads(run, mobilenet_v2) -> None:
    calibrate()

    one = json.loads(run("analyze", mobilenet_v2, "--hw", "host", "-f", "json").out)
    two = json.loads(run("analyze", mobilenet_v2, "--hw", "host", "--threads", 2, "-f", "json").out)

    assert one["hardware"]["name"] == NAME
    assert (one["totals"]["threads"], two["totals"]["threads"]) == (1, 2)
    assert one["totals"]["latency_s"] == pytest.approx(2 * two["totals"]["latency_s"])
    assert one["totals"]["interval_confidence"] == 0.9
    # a hundred milliseconds or less: the ends are half and twice
    assert one["totals"]["latency_high_s"] == 2 * one["totals"]["latency_s"]
    assert any("extended level" in sentence for sentence in one["assumptions"])


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--threads", "3"), "was not calibrated with 3 threads, only with 1 and 2"),
        (("--optimization", "fast"), "unknown optimization level 'fast'"),
        (("--optimization", "basic"), "costscope fuses as onnxruntime's extended level"),
    ],
)
def test_what_cannot_be_told_is_one_line(run, mobilenet_v2, flags, said) -> None:
    calibrate()

    result = run("analyze", mobilenet_v2, "--hw", "host", *flags)

    assert result.code == 2
    assert len(result.err.splitlines()) == 1
    assert said in result.err


def test_threads_of_a_machine_that_does_not_tell_them_apart(run, mobilenet_v2) -> None:
    result = run("analyze", mobilenet_v2, "--hw", "adreno_640", "--threads", "2")

    assert result.code == 2
    assert "no machine named here was measured with several numbers of threads" in result.err


def test_onnxruntime_can_be_left_out(run, mobilenet_v2, monkeypatch) -> None:
    calibrate()

    def fail() -> object:
        raise AssertionError("asked")

    monkeypatch.setattr(api, "installed", lambda: "1.31.1")
    monkeypatch.setattr(api, "_optimizer", fail)

    assert run("analyze", mobilenet_v2, "--hw", "host", "--no-onnxruntime").code == 0


def test_hw_list_has_what_was_calibrated_here(run, here: Path) -> None:
    assert "host" not in run("hw", "list").out
    calibrate()
    (here / "broken.yaml").write_text("summary: [", encoding="utf-8")

    shown = run("hw", "list")
    rows = json.loads(run("hw", "list", "--format", "json").out)

    assert f"host is {NAME}." in shown.out
    assert shown.err.startswith(f"{here / 'broken.yaml'}: not a YAML profile")
    assert [row["name"] for row in rows] == [*catalog.names(), NAME]
    assert rows[-1]["calibrated_runtimes"] == ["onnxruntime"]


def test_hw_show_tells_what_was_measured(run) -> None:
    calibrate()

    words = " ".join(run("hw", "show", "host").out.split())
    details = json.loads(run("hw", "show", NAME, "--format", "json").out)

    assert "measured on Example 9000 (x86_64, 2 cores, with avx2 fma), on 2026-11-21" in words
    assert "onnxruntime 1.31.1, 1 thread: error on held-out networks not measured" in words
    assert "from 10 s: 90 % of networks take 0.8 to 1.25 of the prediction (6 held out)" in words
    assert "softmax 10 5 % call 1 ms" in words
    assert details["identity"]["cores"] == 2
    assert [each["threads"] for each in details["fitted"]] == [1, 2]


def test_hw_validate_reads_a_calibration_and_knows_its_runtime(run) -> None:
    path = calibrate()

    assert run("hw", "validate", path).out == f"{path}: ok, {NAME}\n"
    text = path.read_text(encoding="utf-8").replace("- runtime: onnx", "- runtime: onyx")
    path.write_text(text, encoding="utf-8")
    assert "fitted.onyxruntime: unknown runtime" in run("hw", "validate", path).err
