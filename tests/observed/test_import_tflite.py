"""The output of TensorFlow Lite's benchmark_model."""

from __future__ import annotations

import pytest
from observed_cases import TFLITE, TFLITE_PROFILED

from costscope.errors import ModelError
from costscope.observed.importers.tflite import read
from costscope.observed.types import LayerTime, Observation, Profile

PLAIN = Observation(
    model="mobilenet_v2_1.0_224",
    latency_s=0.0202505,
    low_s=0.0198,
    high_s=0.0219,
    runtime="tflite",
    threads=4,
    origin="log.txt:16",
)


def test_the_runs_are_taken_and_not_the_warm_up():
    assert read(TFLITE, "log.txt") == (PLAIN,)


@pytest.mark.parametrize(
    "prefix", ["INFO: ", "I tflite  : ", "08-05 12:00:01.123  99 99 I tflite  : "]
)
def test_prefixes_of_loggers(prefix):
    text = "".join(prefix + line for line in TFLITE.splitlines(keepends=True))

    assert read(text, "log.txt") == (PLAIN,)


def test_times_of_operators():
    whole, profile = read(TFLITE_PROFILED, "log.txt")

    assert whole == PLAIN
    assert isinstance(profile, Profile)
    assert profile.total_s == PLAIN.latency_s
    assert profile.layers == (
        LayerTime(name="[stem/Relu6]:0", op="CONV_2D", latency_s=0.01225),
        LayerTime(name="[expand/dw]:1", op="DEPTHWISE_CONV_2D", latency_s=0.008),
        LayerTime(name="[softmax]:2", op="SOFTMAX", latency_s=0.0),
    )


def test_newer_tables_have_no_column_of_starts():
    lines = []
    for line in TFLITE_PROFILED.splitlines(keepends=True):
        cells = line.split("\t")
        lines.append("\t".join(cells[:2] + cells[3:]) if len(cells) == 10 else line)

    assert "[start]" not in "".join(lines)
    assert read("".join(lines), "log.txt") == read(TFLITE_PROFILED, "log.txt")


def test_several_runs_with_their_own_parameters():
    second = TFLITE.replace("Num threads: [4]", "Num threads: [1]")
    second = second.replace("mobilenet_v2_1.0_224", "net_quant").replace("20250.5", "2.1e+04")

    one, two = read(TFLITE_PROFILED.split("Profiling")[0] + second, "log.txt")

    assert one == PLAIN
    assert (two.model, two.threads, two.dtype, two.latency_s) == ("net_quant", 1, "int8", 0.021)


def test_a_run_that_failed_leaves_the_others():
    broken = TFLITE.replace("Inference timings in us", "Benchmarking failed")

    assert len(read(TFLITE + broken, "log.txt")) == 1


@pytest.mark.parametrize(
    ("line", "runtime"),
    [
        ("Use gpu: [1]", "tflite_gpu"),
        ("Use NNAPI: [1]", "tflite_nnapi"),
        ("Use Hexagon: [1]", "tflite_hexagon"),
        ("External delegate path: [/system/lib64/libvx.so]", "tflite_external"),
    ],
)
def test_delegates_are_no_cpu(line, runtime):
    (row,) = read(TFLITE.replace("Num threads", f"{line}\nNum threads"), "log.txt")

    assert (row.runtime, row.threads) == (runtime, None)


@pytest.mark.parametrize("line", ["Use gpu: [0]", "Use xnnpack: [1]", "Use NNAPI: [0]"])
def test_what_stays_on_the_cpu(line):
    (row,) = read(TFLITE.replace("Num threads", f"{line}\nNum threads"), "log.txt")

    assert (row.runtime, row.threads) == ("tflite", 4)


def test_releases_before_2020():
    text = (
        "Min num runs: [10]\nNum threads: [2]\nGraph: [C:\\nets\\mobilenet_v1_quant.tflite]\n"
        "count=13 first=39195 curr=37526 min=37464 max=39195 avg=37625.7 std=453\n\n"
        "count=25 first=37601 curr=37528 min=37413 max=37601 avg=37520 std=20\n\n"
        "Average inference timings in us: Warmup: 37625.7, Init: 4183, no stats: 37520\n"
    )

    (row,) = read(text, "log.txt")

    assert (row.model, row.threads, row.dtype) == ("mobilenet_v1_quant", 2, "int8")
    assert (row.latency_s, row.low_s, row.high_s) == (0.03752, 0.037413, 0.037601)


def test_the_summary_of_runs_with_other_options_is_not_counted_again():
    summary = (
        "\n==============Summary of All Runs w/ Different Performance Options==============\n"
        "            cpu w/ 4 threads: count=50 first=1 curr=2 min=1 max=9 avg=2 std=1\n"
    )

    assert read(TFLITE + summary, "log.txt") == (PLAIN,)


def test_one_line_alone_is_called_as_the_file():
    (row,) = read(TFLITE.splitlines()[-1], "results/my_net.log")

    assert (row.model, row.latency_s, row.low_s) == ("my_net", 0.0202505, None)


def test_a_benchmark_that_did_not_end():
    with pytest.raises(ModelError, match="did the benchmark end"):
        read(TFLITE.split("Inference timings")[0], "log.txt")


def test_no_time_at_all():
    with pytest.raises(ModelError, match="line 16, column avg"):
        read(TFLITE.replace("Inference (avg): 20250.5", "Inference (avg): 0"), "log.txt")
