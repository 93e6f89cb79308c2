"""What trtexec prints, and the two kinds of JSON that it exports."""

from __future__ import annotations

import json

import pytest
from observed_cases import TRT_LOG, TRT_PROFILE, TRT_PROFILE_OLD, TRT_TIMES, trt_trace

from costscope.errors import ModelError
from costscope.observed.importers.trtexec_log import read as read_log
from costscope.observed.importers.trtexec_profile import read as read_profile
from costscope.observed.importers.trtexec_times import read as read_times
from costscope.observed.types import LayerTime, Observation


def test_a_profile_adds_up_the_medians():
    whole, profile = read_profile(TRT_PROFILE, "out/net.json")

    assert (whole.model, whole.runtime) == ("net", "tensorrt")
    assert whole.latency_s == pytest.approx(0.0004)
    assert profile.layers == (
        LayerTime(name="Conv_0 + Relu_1", op="", latency_s=0.00025),
        LayerTime(name="MaxPool_2", op="", latency_s=0.00015),
    )


def test_an_older_profile_has_averages_only():
    whole, _ = read_profile(TRT_PROFILE_OLD, "net.json")

    assert whole.latency_s == 0.0003


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"count": 5}]', "no layer"),
        (TRT_PROFILE.replace("0.25", '"x"'), "has no time"),
        (TRT_PROFILE.replace("0.25", "-nan"), "not JSON"),
        (TRT_PROFILE[:100], "ends in the middle|not JSON"),
        ('[{"count": 5}, {"name": "a", "averageMs": 0}]', "cannot be the latency"),
        ('{"count": 5}', "expected the JSON"),
    ],
)
def test_what_is_no_profile(text, words):
    with pytest.raises(ModelError, match=words):
        read_profile(text, "net.json")


def test_times_are_those_of_the_gpu_without_the_copies():
    (whole,) = read_times(TRT_TIMES, "net.json")

    assert whole == Observation(
        model="net",
        latency_s=0.0025,
        low_s=0.002,
        high_s=0.003,
        runtime="tensorrt",
        origin="net.json (3 runs)",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "no inference"),
        (json.dumps([trt_trace(0, 0.5, 3.0), {"latencyMs": 4}]), "entry 2: no computeMs"),
        (json.dumps([trt_trace(0, 0.5, 0.0)]), "cannot be the latency"),
        ("[5]", "expected the JSON"),
    ],
)
def test_what_is_no_trace(text, words):
    with pytest.raises(ModelError, match=words):
        read_times(text, "net.json")


def test_the_output_with_a_table_of_layers():
    whole, profile = read_log(TRT_LOG, "log.txt")

    assert whole == Observation(
        model="small",
        latency_s=0.00139,
        low_s=0.00138,
        high_s=0.003,
        runtime="tensorrt",
        dtype="float16",
        device="Xavier",
        origin="log.txt:11",
    )
    assert profile.layers == (
        LayerTime(name="Conv_0 + Relu_1", op="", latency_s=0.000076),
        LayerTime(name="(Unnamed Layer* 2) [Shuffle]", op="", latency_s=0.000019),
    )


def test_newer_tables_have_the_name_behind_the_numbers():
    table = (
        "[I] === Profile (329 iterations ) ===\n"
        "[I]    Time(ms)     Avg.(ms)   Median(ms)   Time(%)   Layer\n"
        "[I]       25.83       0.0785       0.0760      80.0   Conv_0 + Relu_1\n"
        "[I]       31.83       0.0985       0.0950     100.0   Total\n"
    )
    text = TRT_LOG.split("[10/21/2025-15:16:56] [I] === Profile")[0] + table

    _, profile = read_log(text, "log.txt")

    assert profile.layers == (LayerTime(name="Conv_0 + Relu_1", op="", latency_s=0.000076),)


def test_an_engine_is_called_as_its_file():
    text = TRT_LOG.replace("--onnx=nets/small.onnx", "--loadEngine=/opt/other.engine")
    text = text.replace("Model: nets/small.onnx", "Model: ")

    assert read_log(text, "log.txt")[0].model == "other"


def test_two_runs_in_one_log():
    second = TRT_LOG.replace("small", "large").replace("median = 1.39 ms", "median = 2.5 ms")

    rows = [each for each in read_log(TRT_LOG + second, "log.txt") if isinstance(each, Observation)]

    assert [(row.model, row.latency_s) for row in rows] == [("small", 0.00139), ("large", 0.0025)]


def test_a_run_that_did_not_end():
    with pytest.raises(ModelError, match="did trtexec end"):
        read_log(TRT_LOG.split("[10/21/2025-15:16:56] [I] GPU Compute")[0], "log.txt")


def test_times_that_cannot_be():
    with pytest.raises(ModelError, match="line 11, column median"):
        read_log(TRT_LOG.replace("median = 1.39 ms", "median = nan ms"), "log.txt")
