"""The output of ncnn's benchncnn."""

from __future__ import annotations

import pytest
from observed_cases import BENCHNCNN, BENCHNCNN_GPU

from costscope.errors import ModelError
from costscope.observed.importers.benchncnn import read
from costscope.observed.types import Observation


def test_a_run_on_the_cpu():
    first, second, third = read(BENCHNCNN, "log.txt")

    assert first == Observation(
        model="squeezenet",
        latency_s=0.00533,
        low_s=0.00521,
        high_s=0.0055,
        runtime="ncnn",
        threads=4,
        origin="log.txt:6",
    )
    assert (second.model, second.dtype) == ("squeezenet_int8", "int8")
    assert third.latency_s == 1.54079


def test_a_run_on_a_gpu_is_of_that_gpu():
    (row,) = read(BENCHNCNN_GPU, "log.txt")

    assert (row.runtime, row.device, row.threads) == ("ncnn_vulkan", "Adreno (TM) 640", None)
    assert row.dtype == "float16"


def test_a_gpu_without_16_bit_arithmetic():
    (row,) = read(BENCHNCNN_GPU.replace("gpu_device = 0", "gpu_device = 1"), "log.txt")

    assert (row.device, row.dtype) == ("llvmpipe", "")


def test_runs_one_behind_the_other_keep_their_own_settings():
    text = BENCHNCNN_GPU + BENCHNCNN.replace("num_threads = 4", "num_threads = 1") + BENCHNCNN_GPU

    rows = read(text, "log.txt")

    assert [row.runtime for row in rows] == ["ncnn_vulkan", *["ncnn"] * 3, "ncnn_vulkan"]
    assert [row.threads for row in rows] == [None, 1, 1, 1, None]
    assert rows[-1].device == "Adreno (TM) 640"


def test_a_network_of_ones_own_is_called_as_its_file():
    (row,) = read("  my_net.param  min = 1.00  max = 3.00  avg = 2.00\n", "log.txt")

    assert (row.model, row.threads) == ("my_net", None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("net  min = 0.00  max = 0.00  avg = 0.00\n", "line 1, column min"),
        ("net  min = 3.00  max = 4.00  avg = 2.00\n", "not in order"),
        ("net  min = 1.2.3  max = 4.00  avg = 2.00\n", "column min"),
        ("loop_count = 4\n", "no line like"),
    ],
)
def test_lines_that_cannot_be(text, words):
    with pytest.raises(ModelError, match=words):
        read(text, "log.txt")
