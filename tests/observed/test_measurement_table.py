"""Tables of measurements: what is accepted, what is refused and how it is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.errors import ModelError
from costscope.observed.table import duplicates, read_table, write_table
from costscope.observed.types import Observation


def read(text):
    return read_table(text, "times.csv")


def refused(text):
    with pytest.raises(ModelError) as raised:
        read(text)
    message = str(raised.value)
    assert "\n" not in message
    assert message.startswith("times.csv")
    return message


def test_columns_are_found_by_name_in_any_order_and_case():
    (row,) = read("Threads;DTYPE; Model ;remark;Latency [ms]\n4;FP16;zoo:resnet;slow;12.5\n")

    assert row == Observation(
        model="zoo:resnet", latency_s=0.0125, threads=4, dtype="float16", origin="times.csv:2"
    )


def test_a_row_of_our_own_measurements():
    (row,) = read(
        "profile,model,latency_ms,latency_min_ms,latency_max_ms,runtime,version,threads,dtype,"
        "date,use,source_repo,source_path,source_commit\n"
        "raspberry_pi_4b,squeezenet,83.12,82.5,85,ncnn,20220420,4,float32,2022-04-20,fit,"
        "Tencent/ncnn,README.md,abc\n"
    )

    assert row.device == "raspberry_pi_4b"
    assert (row.latency_s, row.low_s, row.high_s) == (0.08312, 0.0825, 0.085)
    assert (row.runtime, row.threads, row.dtype) == ("ncnn", 4, "float32")


def test_a_row_of_a_benchmark_table():
    (row,) = read(
        "model,variant_notes,input,dtype,device,processor,unit,threads,runtime,runtime_version,"
        "latency_ms,macs_m,latency_min_ms,latency_max_ms\n"
        'mobilenet_v1,"random, batch 1",1x3x224x224,w8a8,"Pixel 4, rooted",Kryo,cpu,,tflite,'
        "2.17,3.5,569,,\n"
    )

    assert row.device == "Pixel 4, rooted"
    assert (row.dtype, row.threads, row.low_s, row.high_s) == ("int8", None, None, None)


@pytest.mark.parametrize(
    ("header", "cell", "seconds"),
    [
        ("latency_s", "0.25", 0.25),
        ("latency_ms", "250", 0.25),
        ("latency_us", "1500", 0.0015),
        ("Latency (\u00b5s)", "1500", 0.0015),
        ("latency", "12.3 ms", 0.0123),
        ("latency", "12.3ms", 0.0123),
        ("latency_ms", "0.25 s", 0.25),
        ("latency_ms", "1.5e2", 0.15),
    ],
)
def test_units(header, cell, seconds):
    (row,) = read(f"model,{header}\nnet,{cell}\n")

    assert row.latency_s == seconds


@pytest.mark.parametrize("text", ["a\tb\n", "a;b\n", "a|b\n", "a,b\n"])
def test_delimiters(text):
    sign = text[1]

    (row,) = read(f"model{sign}latency_ms\nnet{sign}5\n")

    assert row.latency_s == 0.005


def test_carriage_returns_remarks_blank_lines_and_a_spreadsheets_first_line():
    text = "sep=;\r\n# my board\r\n\r\nmodel;latency_ms\r\nnet;5\r\n;\r\n# again\r\nnet2;6\r\n"

    assert [(row.model, row.origin) for row in read(text)] == [
        ("net", "times.csv:5"),
        ("net2", "times.csv:8"),
    ]


def test_a_quoted_cell_may_hold_delimiters_and_lines():
    rows = read('model,latency_ms,device\n"a, b",5,"one\ntwo"\nc,6,\n')

    assert [(row.model, row.device, row.origin) for row in rows] == [
        ("a, b", "one two", "times.csv:2"),
        ("c", "", "times.csv:4"),
    ]


def test_json_entries_with_their_own_keys():
    text = '[{"model": "a", "latency_ms": 5, "note": [1]}, {"model": "b", "latency_ms": "7.5"}]'

    assert [(row.model, row.latency_s, row.origin) for row in read(text)] == [
        ("a", 0.005, "times.csv, entry 1"),
        ("b", 0.0075, "times.csv, entry 2"),
    ]


@pytest.mark.parametrize(
    "cell", ["0", "-1", "nan", "inf", "1e999", "", "fast", "1,5", "4e6", "1e-6"]
)
def test_a_latency_that_cannot_be(cell):
    message = refused(f'model,latency_ms\nfirst,5\nnet,"{cell}"\n')

    assert "line 3, column latency_ms" in message


@pytest.mark.parametrize(
    "value", ["0", "-1", "NaN", "Infinity", "true", "null", "[1]", "1" + "0" * 50]
)
def test_a_latency_that_cannot_be_in_json(value):
    message = refused(f'[{{"model": "a", "latency_ms": {value}}}]')

    assert "entry 1, column latency_ms" in message


def test_a_number_without_unit_names_what_to_write():
    message = refused("model,latency\nnet,12.3\n")

    assert "without a unit" in message
    assert "1.5 ms" in message


def test_a_decimal_comma_is_told():
    assert "with a point" in refused("model;latency_ms\nnet;12,5\n")


@pytest.mark.parametrize("cell", ["0", "-4", "4.5", "four", "1025", "\u0664"])
def test_threads_that_cannot_be(cell):
    assert "line 2, column threads" in refused(f"model,latency_ms,threads\nnet,5,{cell}\n")


def test_threads_as_a_spreadsheet_writes_them():
    rows = read("model,latency_ms,threads\nnet,5,4.0\nnet,5,\n")

    assert [row.threads for row in rows] == [4, None]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("fp32", "float32"),
        ("Float", "float32"),
        ("f16", "float16"),
        ("fp16 (CoreML)", "float16"),
        ("w8a8", "int8"),
        ("uint8", "int8"),
        ("unknown", ""),
        ("", ""),
        ("w8a16", "w8a16"),
        ("fp16-storage", "fp16-storage"),
    ],
)
def test_precisions(cell, name):
    (row,) = read(f"model,latency_ms,dtype\nnet,5,{cell}\n")

    assert row.dtype == name


def test_a_precision_that_is_none():
    assert "column dtype" in refused("model,latency_ms,dtype\nnet,5,banana\n")


def test_low_and_high_must_enclose_the_latency():
    header = "model,latency_ms,latency_min_ms,latency_max_ms\n"

    assert "not in order" in refused(header + "net,5,6,7\n")
    assert "not in order" in refused(header + "net,5,,4\n")
    assert read(header + "net,5,5,5\n")[0].low_s == 0.005


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model,threads\nnet,4\n", "no column 'latency_ms'"),
        ("network,latency_ms\nnet,4\n", "'network'"),
        ("model,latency_ms\n", "without rows"),
        ("model,latency_ms,latency_s\nnet,4,5\n", "say the same"),
        ("model,Model,latency_ms\nnet,net,5\n", "say the same"),
        ("model,latency_ms\nnet\n", "line 2: 1 cells, the header has 2"),
        ("model,latency_ms\nnet,5,6\n", "3 cells"),
        ('model,latency_ms\n"net,5\n', "check the quotes"),
        ("model,latency_ms\n,5\n", "column model"),
        ("model,latency_ms\na\x07b,5\n", "control characters"),
        ("[]", "empty list"),
        ("[1, 2]", "JSON list of objects"),
        ('[{"model": "a", "latency_ms"', "ends in the middle"),
        ("[" * 100000, "times.csv"),
    ],
)
def test_mistakes_are_told_with_their_place(text, words):
    assert words in refused(text)


def test_rows_that_measure_one_thing_are_kept_and_found():
    rows = read(
        "model,latency_ms,threads,dtype,runtime\n"
        "a,5,1,fp32,ncnn\na,6,1,float32,ncnn\na,3,2,fp32,ncnn\nb,5,1,fp32,ncnn\n"
    )

    assert len(rows) == 4
    assert duplicates(rows) == ((rows[0], rows[1]),)


_names = (
    st.text(min_size=1, max_size=30)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text.isprintable() and text and not text.startswith("#"))
)
_remarks = _names | st.just("")


@st.composite
def _observations(draw):
    low, mid, high = sorted(draw(st.lists(st.floats(1e-7, 3600), min_size=3, max_size=3)))
    return Observation(
        model=draw(_names),
        latency_s=mid,
        low_s=draw(st.sampled_from([None, low])),
        high_s=draw(st.sampled_from([None, high])),
        runtime=draw(_remarks),
        threads=draw(st.none() | st.integers(1, 1024)),
        dtype=draw(st.sampled_from(["", "float32", "float16", "int8", "w8a16"])),
        device=draw(_remarks),
    )


def _without_origin(row):
    return {
        name: getattr(row, name) for name in Observation.__dataclass_fields__ if name != "origin"
    }


@given(st.lists(_observations(), min_size=1, max_size=5))
def test_what_is_written_is_read_back_to_the_last_digit(rows):
    back = read(write_table(rows))

    assert [_without_origin(row) for row in back] == [_without_origin(row) for row in rows]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_one_line(text):
    try:
        assert read(text)
    except ModelError as error:
        assert str(error).startswith("times.csv")


@given(st.lists(st.lists(st.text(max_size=12), min_size=2, max_size=3), max_size=4))
def test_any_cells_below_a_header_are_read_or_refused(cells):
    text = "model,latency_ms\n" + "\n".join(",".join(row) for row in cells)
    try:
        rows = read(text)
    except ModelError:
        return
    assert all(1e-7 <= row.latency_s <= 3600 and row.model for row in rows)
