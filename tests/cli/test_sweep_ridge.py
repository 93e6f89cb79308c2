"""`costscope sweep-ridge`: its flags, its files, and one line for every mistake."""

from __future__ import annotations

import csv
import io
import json

import pytest

PAIR = ("zoo:mobilenet_v1", "zoo:mobilenet_v2")


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_crossing_of_mobilenet_v1_and_v2_is_printed(run):
    result = run("sweep-ridge", *PAIR)

    assert (result.code, result.err) == (0, "")
    assert ["61.03", "mobilenet_v2", "mobilenet_v1", "yes"] in [
        line.split() for line in result.out.splitlines()
    ]
    assert max(map(len, result.out.splitlines())) <= 80


def test_the_range_and_the_points_are_exact(run):
    result = run(
        *("sweep-ridge", "zoo:mobilenet_v2", "--from", "5", "--to", "40"),
        *("--points", "31.2,5", "--format", "csv"),
    )

    # 1 byte an element: 300,774,272 MACs; Eq. 1 of MobileNetV4 at 5 and at 31.2.
    assert [(row["ridge_point_macs_per_byte"], row["time_macs"]) for row in rows(result.out)] == [
        ("5.0", "315725736.0"),
        ("31.2", "579551814.4"),
    ]


def test_another_unit_reads_and_shows_ridge_points_in_it(run):
    told = run("sweep-ridge", *PAIR, "--unit", "flop/byte", "--to", "200")
    same = run("sweep-ridge", *PAIR, "--to", "100", "--format", "csv")
    flops = run("sweep-ridge", *PAIR, "--unit", "flop/byte", "--to", "200", "--format", "csv")

    assert "122.1" in told.out  # 2 x 61.03
    assert same.out == flops.out


def test_a_wider_type_moves_more_and_bends_earlier(run):
    found = [
        rows(run("sweep-ridge", PAIR[0], "--dtype", each, "--points", "10", "-f", "csv").out)[0]
        for each in ("int8", "fp16")
    ]

    assert int(found[0]["memory_bound_operations"]) < int(found[1]["memory_bound_operations"])
    assert float(found[0]["time_macs"]) < float(found[1]["time_macs"])


def test_every_kernel_adds_those_without_macs(run):
    command = ("sweep-ridge", PAIR[1], "--points", "0,500", "--format", "csv")
    products, everything = rows(run(*command).out), rows(run(*command, "--every-kernel").out)

    assert products[0]["time_macs"] == everything[0]["time_macs"]
    assert products[1]["other_ratio"] == "0.0"
    assert float(everything[1]["other_ratio"]) > 0
    assert int(everything[0]["operations"]) > int(products[0]["operations"])


def test_shares_of_all_kinds_fit_into_eighty_columns(run):
    result = run("sweep-ridge", "zoo:mobilenet_v4@hybrid_m", "--every-kernel", "--points", "0,100")

    (heads,) = [line for line in result.out.splitlines() if line.startswith("MACs/byte ")]
    assert heads.split()[-5:] == ["Conv2D", "DW-Conv", "FC", "MatMul", "other"]
    assert max(map(len, result.out.splitlines())) <= 80


def test_files_have_the_format_of_their_suffix(run, tmp_path, mobilenet_v2):
    for name in ("a.json", "a.md", "a.csv", "a.txt"):
        result = run("sweep-ridge", mobilenet_v2, "--at", "5,50", "-o", tmp_path / name)
        assert (result.code, result.out) == (0, "")

    document = json.loads((tmp_path / "a.json").read_text())
    ridges = {each["ridge_point_macs_per_byte"] for each in document["operations"]}
    assert ridges == {5.0, 50.0}
    assert document["models"][0]["name"] == "mobilenet_v2"
    assert (tmp_path / "a.md").read_text().startswith("### Ridge point")
    assert rows((tmp_path / "a.csv").read_text())[0]["model"] == "mobilenet_v2"
    assert (tmp_path / "a.txt").read_text().startswith("Ridge point")


def test_a_picture_is_drawn(run, tmp_path):
    path = tmp_path / "sweep.png"

    result = run("sweep-ridge", *PAIR, "--plot", path)

    assert result.code == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [each.name for each in tmp_path.iterdir()] == ["sweep.png"]


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["zoo:no_such_net"], 2, "no architecture 'no_such_net'"),
        (["no_such_file.onnx"], 3, "no_such_file.onnx"),
        ([*PAIR, "--from", "5", "--to", "2"], 2, "a sweep from 5 to 2 MACs/byte"),
        ([*PAIR, "--to", "0"], 2, "a sweep from 0 to 0"),
        ([*PAIR, "--from=-1"], 2, "--from '-1': expected a ridge point in MACs/byte"),
        ([*PAIR, "--to", "1e3"], 2, "--to '1e3': expected"),
        ([*PAIR, "--to", "nan"], 2, "--to 'nan': expected"),
        ([*PAIR, "--points", "5,,6"], 2, "--points '': expected"),
        ([*PAIR, "--at", "1,2,3,4,5"], 2, "--at: 5 ridge points; give 4 at most"),
        ([*PAIR, "--unit", "bytes"], 2, "unknown unit 'bytes'"),
        ([*PAIR, "--dtype", "int9"], 2, "unknown data type 'int9'"),
        ([*PAIR, "--format", "xml"], 2, "xml"),
        ([*PAIR, "--plot", "a.gif"], 2, "a.gif: the suffix of a picture"),
        ([PAIR[0]] * 10 + ["--plot", "a.png"], 2, "10 models in one picture; give 9 at most"),
        ([*PAIR, "-o", "no/such/folder/a.json"], 2, "cannot be written"),
        ([], 2, "MODEL"),
    ],
)
def test_a_mistake_is_one_line(run, flags, code, words):
    result = run("sweep-ridge", *flags)

    assert result.code == code
    assert words in result.err
    assert len(result.err.splitlines()) == 1
    assert result.out == ""


def test_a_model_without_products_is_not_understood(run, save):
    from onnx import helper

    path = save([helper.make_node("Relu", ["x"], ["y"])], inputs={"x": [1, 4]}, outputs=["y"])

    result = run("sweep-ridge", path)

    assert result.code == 3
    assert "no convolution or matrix product" in result.err
