"""Whose rows these are: the words of people, and the family that is nearest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.errors import UsageError
from costscope.fit import subjects
from costscope.fit.batch import Subject
from costscope.fit.family import Family
from costscope.fit.subjects import (
    Choice,
    family_for,
    of_one_device,
    runtime_and_version,
    settled,
)
from costscope.hardware.catalog import load
from costscope.kernels.runtimes import RUNTIMES
from costscope.observed.types import Observation
from rated_cases import machine, rates


def row(**more: object) -> Observation:
    fields = {"model": "m", "latency_s": 0.1, "origin": "m.csv:2"}
    return Observation(**{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("ncnn", "ncnn", ""),
        ("NCNN", "ncnn", ""),
        ("paddle-lite", "paddle_lite", ""),
        ("Paddle-Lite", "paddle_lite", ""),
        ("Paddle Lite v2.9", "paddle_lite", "v2.9"),
        ("PaddleLite", "paddle_lite", ""),
        ("TFLite", "tflite", ""),
        ("TensorFlow Lite 2.14.0", "tflite", "2.14.0"),
        ("LiteRT", "tflite", ""),
        ("ONNX Runtime", "onnxruntime", ""),
        ("onnxruntime 1.20.1", "onnxruntime", "1.20.1"),
        ("ncnn_vulkan", "ncnn", ""),
        ("ncnn 20230816", "ncnn", "20230816"),
        ("ncnn20230816", "ncnn", "20230816"),
        ("X-CUBE-AI 9.0", "x_cube_ai", "9.0"),
        ("MyRuntime 2.3", "", "2.3"),
        ("something", "", ""),
        ("", "", ""),
        ("7", "", "7"),
    ],
)
def test_runtimes_as_people_write_them(text: str, name: str, version: str) -> None:
    assert runtime_and_version(text) == (name, version)


@given(st.text(max_size=200))
def test_any_text_is_a_known_runtime_or_none(text: str) -> None:
    assert runtime_and_version(text)[0] in {"", *RUNTIMES}


def test_every_runtime_is_itself() -> None:
    for name in RUNTIMES:
        assert runtime_and_version(name) == (name, "")


def test_what_a_row_says_counts_before_what_is_said_of_all() -> None:
    choice = Choice(runtime="MNN", threads=2, dtype="float16")

    told = settled(row(runtime="TNN 0.3", threads=4, dtype="float32"), machine(), choice).subject
    untold = settled(row(), machine(), choice).subject

    assert (told.runtime, told.version, told.threads, told.dtype) == ("tnn", "0.3", 4, "float32")
    assert (untold.runtime, untold.threads, untold.dtype) == ("mnn", 2, "float16")


def test_what_nobody_says_is_as_the_base_is() -> None:
    half = machine(rates(dtype="float16"))

    found = settled(row(), half, Choice())

    assert (found.subject.runtime, found.subject.threads) == ("tflite", 1)
    assert found.subject.dtype == "float16"
    assert found.known


def test_an_unknown_runtime_fuses_as_the_base_does() -> None:
    found = settled(row(runtime="MyRuntime 2.3"), machine(runtime="ncnn"), Choice())

    assert (found.runtime, found.subject.runtime, found.known) == ("MyRuntime 2.3", "ncnn", False)
    assert not found.exact


def test_rows_of_one_runtime_are_fitted_together_however_it_is_written() -> None:
    keys = {settled(row(runtime=name), machine(), Choice()).key for name in ("ncnn", "NCNN")}

    assert len(keys) == 1


def made(name: str, **more: Any) -> Family:
    fields = {
        "name": name,
        "summary": "s",
        "structure": "arm_cpu",
        "tables": (name,),
        "device_classes": frozenset({"arm_cpu"}),
        "threads": (1, 8),
        "dtypes": frozenset({"float32"}),
        "defaults": {},
    }
    return Family(**{**fields, **more})


FOUR = (
    made("first", runtimes=frozenset({"ncnn"}), dtypes=frozenset({"float32", "float16"})),
    made("small", runtimes=frozenset({"ncnn"}), dtypes=frozenset({"int8"})),
    made("lite", runtimes=frozenset({"tflite"})),
    made("lite_int8", runtimes=frozenset({"tflite"}), dtypes=frozenset({"int8"})),
    made("lite_old", runtimes=frozenset({"tflite"})),
    made("any", device_classes=frozenset({"npu"}), threads=None),
    made("ranked", device_classes=frozenset({"npu"}), threads=None, ranking=True),
)


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch):
    """The name of the family of a runtime and element type, and whether it is exact."""
    monkeypatch.setattr(subjects, "FAMILIES", {each.name: each for each in FOUR})

    def found(
        runtime: str, dtype: str = "float32", *, known: bool = True, threads: int = 1, **more: Any
    ) -> tuple[str, bool]:
        subject = Subject(profile="p", runtime=runtime, dtype=dtype, threads=threads)
        family, exact = family_for(subject, machine(**more), known=known)
        return family.name, exact

    return found


@pytest.mark.parametrize(
    ("runtime", "dtype", "name", "exact"),
    [
        ("ncnn", "float32", "first", True),
        ("ncnn", "float16", "first", True),
        ("ncnn", "int8", "small", True),
        ("tflite", "float32", "lite", True),
        ("tflite", "int8", "lite_int8", True),
        ("tflite", "float16", "lite", False),  # nearer than 8 bits
        ("tflite", "int16", "lite_int8", False),
        ("paddle_lite", "float32", "first", False),
        ("paddle_lite", "int8", "small", False),
    ],
)
def test_runtime_then_element_type(
    choose, runtime: str, dtype: str, name: str, exact: bool
) -> None:
    assert choose(runtime, dtype) == (name, exact)


def test_an_unknown_runtime_is_never_exact(choose) -> None:
    assert choose("ncnn", known=False) == ("first", False)


def test_a_family_without_a_list_has_all_runtimes(choose) -> None:
    assert choose("qnn", device_class="npu") == ("any", True)


def test_the_family_that_the_base_was_fitted_in(choose) -> None:
    fitted = machine(rates(source="lite_old", structure="arm_cpu"))

    assert choose("tflite", rates=fitted.rates) == ("lite_old", True)
    assert choose("ncnn", rates=fitted.rates) == ("first", True)


def test_machines_that_nobody_published(choose) -> None:
    with pytest.raises(UsageError, match=r"x86_cpu machines.*costscope calibrate"):
        choose("ncnn", device_class="x86_cpu")


def test_more_threads_than_anybody_measured(choose) -> None:
    with pytest.raises(UsageError, match="9 threads: nobody measured that many"):
        choose("ncnn", threads=9)


def test_where_threads_mean_nothing_rows_say_none(choose) -> None:
    assert choose("qnn", device_class="npu", threads=9)[0] == "any"
    found = settled(row(runtime="qnn", threads=4), machine(device_class="npu"), Choice())
    assert found.subject.threads is None


@pytest.mark.parametrize(
    ("base", "runtime", "dtype", "name", "exact"),
    [
        ("raspberry_pi_4b", "ncnn", "float32", "ncnn_cpu", True),
        ("raspberry_pi_4b", "paddle_lite", "float32", "ncnn_cpu", False),
        ("raspberry_pi_4b", "tflite", "float32", "tflite_cpu", True),
        ("coral_edgetpu", "tflite", "int8", "coral", True),
        ("adreno_640", "ncnn", "float16", "ncnn_gpu", True),
    ],
)
def test_shipped_families(base: str, runtime: str, dtype: str, name: str, exact: bool) -> None:
    subject = Subject(profile=base, runtime=runtime, dtype=dtype, threads=1)

    family, found = family_for(subject, load(base))

    assert (family.name, found) == (name, exact)


def test_one_device_needs_no_choice() -> None:
    rows = (row(device="Pixel 6"), row(device="pixel-6"), row())

    assert of_one_device(rows, "") == rows


def test_several_devices_need_one() -> None:
    rows = (row(device="Pixel 6"), row(device="Galaxy S23"), row())

    with pytest.raises(UsageError, match="'Pixel 6', 'Galaxy S23'; choose one with --device"):
        of_one_device(rows, "")
    assert of_one_device(rows, "galaxy_s23") == (rows[1], rows[2])
    with pytest.raises(UsageError, match="no row is of it; there are 'Pixel 6'"):
        of_one_device(rows, "iPhone")
    with pytest.raises(UsageError, match="the rows name no device"):
        of_one_device((row(),), "iPhone")
    many = tuple(row(device=f"d{index}") for index in range(9))
    with pytest.raises(UsageError, match="'d3' and 5 more"):
        of_one_device(many, "")
