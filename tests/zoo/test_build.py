"""Networks as they are built: names, forms, settings, determinism."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from zoo_files import GOOD

import costscope
from costscope.errors import ArchitectureError
from costscope.zoo.build import build


def counts(model):
    totals = costscope.analyze(model).totals
    return totals.work.macs, totals.params - totals.statistics


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return str(path)


def test_names_say_stage_and_block(small):
    names = [node.name for node in build(small).graph.node if node.op_type == "Conv"]

    assert names == [
        "stem",
        "body.block1.expand",
        "body.block1.depthwise",
        "body.block1.project",
        "body.block2.expand",
        "body.block2.depthwise",
        "body.block2.project",
    ]


def test_counts_by_hand(small):
    # stem: 16*16 positions, 27 a channel; each block: 16->32->32->16 on 16x16; classifier 16->10
    block = 256 * (16 * 32 + 9 * 32 + 32 * 16)
    weights = 27 * 16 + 2 * (16 * 32 + 9 * 32 + 32 * 16) + 160

    macs, params = counts(build(small, deploy=False))

    assert macs == 256 * 27 * 16 + 2 * block + 160
    assert params == weights + 2 * 16 + 2 * 2 * (32 + 32 + 16) + 10


@pytest.mark.parametrize("options", [{}, {"seed": 3}, {"dtype": "int8", "seed": 3}])
def test_equal_arguments_give_equal_bytes(small, options):
    first, second = (build(small, **options) for _ in range(2))

    assert first.SerializeToString(deterministic=True) == second.SerializeToString(
        deterministic=True
    )


def test_another_seed_gives_other_weights(small):
    first, second = (build(small, seed=seed).SerializeToString() for seed in (0, 1))

    assert first != second


def test_metadata_say_what_it_is(small):
    told = {each.key: each.value for each in build(small, {"classes": 7}).metadata_props}

    assert told["architecture"] == "small"
    assert told["variant"] == "1.0"
    assert told["form"] == "deploy"
    assert "classes=7" in told["settings"]
    assert told["generator"].startswith("costscope zoo")


@pytest.mark.parametrize("seed", [None, 0])
@pytest.mark.parametrize("deploy", [True, False])
@pytest.mark.parametrize("dtype", ["fp32", "fp16", "int8"])
def test_every_form_passes_the_checker_and_runs(small, dtype, deploy, seed):
    model = build(small, batch=2, dtype=dtype, deploy=deploy, seed=seed)

    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    kind = np.float16 if dtype == "fp16" else np.float32
    (result,) = session.run(None, {"image": np.ones((2, 3, 32, 32), kind)})
    assert result.shape == (2, 10)
    assert np.isfinite(result).all()


def test_forms_and_precisions_cost_the_same_macs(small):
    forms = [build(small, deploy=d, dtype=t) for d in (True, False) for t in ("fp32", "int8")]

    assert len({counts(model)[0] for model in forms}) == 1


def test_int8_is_fused_into_integer_kernels():
    from costscope.zoo.build import build as build_network

    analysis = costscope.analyze(build_network("mobilenet_v2", dtype="int8"))

    # Equal to the kernels of onnxruntime 1.31's own optimised graph: 65 of the float network,
    # one that quantizes the input and one that dequantizes the output.
    assert len(analysis.first.kernels) == 67


def test_a_batch_multiplies_macs_and_no_weights(small):
    macs, params = counts(build(small))

    assert counts(build(small, batch=3)) == (3 * macs, params)


def test_a_setting_that_is_on_can_be_turned_off():
    plain, without = build("mobilenet_v3_large"), build("mobilenet_v3_large", {"squeeze": False})

    pooled = [sum(n.op_type == "GlobalAveragePool" for n in m.graph.node) for m in (plain, without)]
    assert pooled == [8 + 1, 1]  # the squeeze of eight blocks, and the classifier's


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"groups": 2}, "has no setting 'groups'; it has width, resolution, classes"),
        ({"resolution": 0}, "resolution=0: must be above zero"),
        ({"width": 0.0}, "width=0.0: must be above zero"),
        ({"width": -1.0}, "width=-1.0: must be above zero"),
        ({"width": float("nan")}, "width=nan: must be above zero"),
        ({"width": float("inf")}, "larger than"),
        ({"resolution": 32.5}, "not whole sizes above zero"),
        ({"classes": "ten"}, "expected something like 10"),
        ({"classes": 0}, "must be above zero"),
    ],
)
def test_settings_that_cannot_be(small, settings, problem):
    with pytest.raises(ArchitectureError, match=problem):
        build(small, settings)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("block: conv,", "block: cnov,", "no block 'cnov'; did you mean conv"),
        ("kernel: 3,", "kernle: 3,", "the block takes no kernle"),
        ("out: =divisible(16 * width)", "act: relu", "the block needs out"),
        ("expand: 2,", "expand: 2, act: rleu,", "unknown activation 'rleu'"),
        ("repeat: 2,", "repeat: many,", "repeat is 'many'"),
        ("repeat: 2,", "repeat: 100000000,", "not a whole number up to"),
        ("classes: =classes", "classes: =classes - 10", "size below one"),
    ],
)
def test_a_stage_that_does_not_fit_its_block(tmp_path, old, new, problem):
    assert old in GOOD
    path = tmp_path / "broken.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")

    with pytest.raises(ArchitectureError, match=problem):
        build(str(path))
