"""`costscope rank`: places, and what cannot be told."""

from __future__ import annotations

import json

LIKE = "zoo:mobilenet_v1@1.0-224"


def test_a_small_network_is_faster_and_twins_share_a_place(run):
    result = run("rank", LIKE, "zoo:vgg@16", LIKE, "--hw", "raspberry_pi_4b")

    lines = result.out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["1", LIKE],
        ["1", LIKE],
        ["3", "zoo:vgg@16"],
    ]
    assert lines[0].endswith("cannot be told from the next")
    assert lines[1].endswith("faster than the next")
    assert lines[3] == "Orders and intervals hold with 90% confidence."


def test_json_has_the_same(run):
    result = run("rank", "zoo:vgg@16", LIKE, "--hw", "raspberry_pi_4b", "--format", "json")

    found = json.loads(result.out)
    assert found["schema_version"] == "1.0"
    assert found["hardware"] == "raspberry_pi_4b"
    assert [(each["place"], each["model"]) for each in found["networks"]] == [
        (1, LIKE),
        (2, "zoo:vgg@16"),
    ]
    for each in found["networks"]:
        assert each["latency_low_s"] < each["latency_s"] < each["latency_high_s"]


def test_bounds_give_no_order(run, tmp_path):
    board = tmp_path / "board.yaml"
    board.write_text(
        "summary: Nobody measured it.\nclass: arm_cpu\nruntime: tflite\n"
        "compute:\n  float32: {peak: 10 GFLOP/s, source: s}\n"
        "memories:\n  - {name: dram, bandwidth: 5 GB/s, holds: [weights, activations], source: s}\n"
        "sources:\n  s: {reference: a test}\n",
        encoding="utf-8",
    )

    result = run("rank", LIKE, "zoo:vgg@16", "--hw", str(board))

    assert result.code == 0
    assert [line.split()[0] for line in result.out.splitlines()[:2]] == ["1", "1"]
    assert ">= " in result.out
    assert result.out.splitlines()[-1] == "These are bounds: nothing can be said of the order."


def test_one_model_is_no_order(run):
    result = run("rank", LIKE, "--hw", "pixel6")

    assert (result.code, result.err.strip()) == (
        2,
        "costscope: error: rank needs two models or more",
    )
