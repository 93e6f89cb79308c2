"""Every network of the zoo: published figures met, both forms valid, small ones run."""

from __future__ import annotations

import os
from functools import cache

import numpy as np
import onnx
import onnxruntime
import pytest

import costscope
from costscope.verify.stages import stages_of
from costscope.verify.verdict import Standing, verify
from costscope.zoo import catalog
from costscope.zoo.build import build

ARCHITECTURES = [catalog.load(name) for name in catalog.names()]
EVERY = [f"{each.name}@{variant}" for each in ARCHITECTURES for variant in each.variants]
DEFAULTS = [each.name for each in ARCHITECTURES]
# `make test` runs the small ones; `make zoo-full` every variant of up to 400 MB of weights.
FULL = bool(os.environ.get("COSTSCOPE_ZOO_FULL"))
LARGEST_BYTES, MOST_MACS = (400e6, float("inf")) if FULL else (32e6, 600e6)


@cache
def totals(name):
    return costscope.analyze(build(name)).totals


# The other variants stand in reports/zoo.md, which `make corpus` holds against the code.
@pytest.mark.parametrize("name", EVERY if FULL else DEFAULTS)
def test_no_published_figure_is_missed(name):
    missed = [
        f"{v.figure.metric}: {v.figure.printed} published, {v.counted} counted"
        for v in verify(name)
        if v.standing is Standing.MISSED
    ]

    assert missed == []


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_architecture_says_where_it_is_from(name):
    architecture = catalog.load(name)

    assert architecture.summary.endswith(".")
    assert architecture.tags
    assert architecture.paper
    figures = [f for variant in architecture.variants.values() for f in variant.figures]
    assert figures or architecture.assumed, "neither a published figure nor what is assumed"


@pytest.mark.parametrize("deploy", [True, False], ids=["deploy", "train"])
@pytest.mark.parametrize("name", DEFAULTS)
def test_the_checker_and_our_shapes_agree(name, deploy):
    model = build(name, deploy=deploy)

    onnx.checker.check_model(model, full_check=True)
    analysis = costscope.analyze(model)
    assert analysis.uncosted == ()
    declared = [
        tuple(d.dim_value for d in o.type.tensor_type.shape.dim) for o in model.graph.output
    ]
    assert [output.shape for output in analysis.graph.outputs] == declared
    stages = stages_of(analysis, catalog.load(name).stages)
    assert sum(stage.macs for stage in stages) == analysis.totals.work.macs
    assert sum(stage.params for stage in stages) <= analysis.totals.params


@pytest.mark.parametrize("dtype", ["float16", "int8"])
@pytest.mark.parametrize("name", DEFAULTS)
def test_every_precision_is_valid_and_costs_the_same_macs(name, dtype):
    model = build(name, dtype=dtype)

    onnx.checker.check_model(model, full_check=True)
    assert costscope.analyze(model).totals.work.macs == totals(name).work.macs


@pytest.mark.parametrize("name", EVERY if FULL else DEFAULTS)
def test_networks_run(name):
    if 4 * totals(name).params > LARGEST_BYTES or totals(name).work.macs > MOST_MACS:
        pytest.skip(f"more than {LARGEST_BYTES / 1e6:.0f} MB of weights or too many MACs")

    run(name, deploy=True)
    run(name, deploy=False)


def run(name, *, deploy):
    model = build(name, deploy=deploy, seed=0)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    draw = np.random.default_rng(0)
    kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32}
    feeds = {
        entry.name: draw.random(entry.shape).astype(kinds[entry.type])
        for entry in session.get_inputs()
    }
    for result, declared in zip(session.run(None, feeds), model.graph.output, strict=True):
        assert list(result.shape) == [d.dim_value for d in declared.type.tensor_type.shape.dim]
        assert np.isfinite(result).all()
