"""Counts of 147 real graphs against counters that are not ours."""

from __future__ import annotations

import csv

import pytest
from corpus_paths import CORPUS, SHARED, truth

import costscope
from costscope.graph import proto
from costscope.ops import Slot, slot_of

ROWS = {row["name"]: row for row in truth()}
SIZES = {"tv_mobilenet_v2__dynbatchhw": {"height": 224, "width": 224}}
# The one row without a count: an If, whose note gives the count of each branch.
DEARER_BRANCH = {"x_if_conv": 1_179_648}


def analysed(name, **options):
    return costscope.analyze(CORPUS / f"{name}.onnx", dims=SIZES.get(name), **options)


@pytest.mark.parametrize("name", ROWS)
def test_macs_equal_the_independent_count(name):
    row = ROWS[name]

    analysis = analysed(name)

    expected = int(row["macs"]) if row["macs"] else DEARER_BRANCH[name]
    assert analysis.totals.work.macs == expected


@pytest.mark.parametrize("name", ROWS)
def test_nothing_is_uncosted_and_every_shape_is_known(name):
    analysis = analysed(name)

    assert analysis.uncosted == ()
    tensors = [t for k in analysis.first.kernels for t in (*k.reads, *k.writes, *k.weights)]
    assert [t.name for t in tensors if t.shape is None] == []


@pytest.mark.parametrize("name", ROWS)
def test_outputs_have_the_shapes_that_ran(name):
    outputs = [list(t.shape or ()) for t in analysed(name).graph.outputs]

    assert str(outputs) == ROWS[name]["out_shapes"]


def settings_of(model):
    """Initializers that operators read as shapes, scales of a Resize or bounds alone."""
    roles = {}
    for node in model.graph.node:
        for slot, name in enumerate(node.input):
            roles.setdefault(name, set()).add(slot_of((node.domain, node.op_type), slot))
    return {name for name, found in roles.items() if found == {Slot.SETTING}}


@pytest.mark.parametrize("name", ROWS)
def test_params_equal_the_files_elements_but_for_what_is_no_parameter(name):
    """Initializer elements = parameters + shapes, bounds and scalars + scales and zero points.

    The first part comes from our analysis, the others are found in the file by themselves:
    what is left out must be explained element by element.
    """
    analysis = analysed(name)
    kernels = analysis.first.kernels
    model = proto.read(CORPUS / f"{name}.onnx")
    initializers = {t.name: t for t in model.graph.initializer}
    parameters = {p for k in kernels for p in k.parameters}
    stored = {p for k in kernels for p in k.stored}

    unexplained = []
    settings = settings_of(model)
    for tensor in initializers.values():
        is_number = tensor.data_type in (6, 7, 9) or not list(tensor.dims)
        is_setting = is_number or tensor.name in settings
        if tensor.name in parameters or tensor.name in stored or is_setting:
            continue
        unexplained.append((tensor.name, list(tensor.dims)))
    assert unexplained == []
    elements = analysis.graph.constants
    assert analysis.totals.params == sum(elements[p].elements for p in parameters)


@pytest.mark.parametrize(
    "name",
    [
        "tv_mobilenet_v2",
        "tv_resnet50",
        "timm_mobilenetv1_100",
        "tv_vit_b_16",
        "tv_squeezenet1_1",
        "timm_convnext_small",
    ],
)
def test_params_are_exactly_the_files_elements(name):
    """Exports without shape constants among their initializers: equal to the element."""
    assert analysed(name).totals.params == int(ROWS[name]["file_elements"])


SWEEP_NETS = {
    ("MobileNetV1", "1.0-224"): "timm_mobilenetv1_100",
    ("MobileNetV2", "0.5-224"): "timm_mobilenetv2_050",
    ("MobileNetV2", "1.0-224"): "tv_mobilenet_v2",
    ("MobileNetV3-Large", "1.0-224"): "tv_mobilenet_v3_large",
    ("ShuffleNetV2", "1.0x-224"): "tv_shufflenet_v2_x1_0",
    ("EfficientNet", "B0-224"): "tv_efficientnet_b0",
    ("ResNet", "50-224"): "tv_resnet50",
    ("MobileOne", "S0-224"): "timm_mobileone_s0_rep",
    ("MobileNetV4", "Conv-S-224"): "timm_mobilenetv4_conv_small",
    ("MobileNetV4", "Conv-L-384"): "timm_mobilenetv4_conv_large",
}


def sweep():
    path = SHARED / "data" / "seed_tables" / "computed_roofline_rp_sweep.csv"
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row for row in rows if (row["family"], row["variant"]) in SWEEP_NETS]


def machine(ridge_point):
    """A machine with this ridge point in MACs/byte: 1 MAC/s, so seconds are MACs."""
    from costscope.hardware.types import Compute, Hardware, Memory

    bandwidth = 1 / ridge_point if ridge_point else 1e30
    return Hardware(
        name="sweep",
        summary="",
        device_class="npu",
        runtime="tflite",
        compute={"int8": Compute(dtype="int8", peak_flops_per_s=2.0, runs_as="int8", source="s")},
        memories=(
            Memory(
                name="dram",
                capacity_bytes=None,
                bandwidth_bytes_per_s=bandwidth,
                holds=("weights", "activations"),
                source="s",
            ),
        ),
    )


@pytest.mark.parametrize(
    "row", sweep(), ids=lambda r: f"{r['family']}-{r['variant']}-{r['ridge_point_macs_per_byte']}"
)
def test_roofline_of_conv_and_fully_connected_kernels(row):
    """Eq. 1 of MobileNetV4 at nine ridge points, int8, in millions of MAC-equivalents."""
    name = SWEEP_NETS[row["family"], row["variant"]]
    hardware = machine(float(row["ridge_point_macs_per_byte"]))

    deployment = analysed(name, hardware=hardware, as_dtype="int8", time_model="roofline").first

    assert deployment.prediction is not None
    timings = [t for t in deployment.prediction.timings if t.step.kernel.work.macs]
    total = sum(t.latency_s or 0.0 for t in timings) / 1e6
    assert len(timings) == int(row["mac_ops"])
    assert total == pytest.approx(float(row["model_time_macs_equiv_m"]), abs=1e-6)
    bound = sum(t.memory_s > t.compute_s for t in timings)
    assert bound == int(row["memory_bound_ops"])


def test_memory_access_of_mobilenet_v2_and_shufflenet_v2():
    """Conv and fully connected kernels: 16,916,072 and 6,250,088 elements."""
    for name, expected in (("tv_mobilenet_v2", 16_916_072), ("tv_shufflenet_v2_x1_0", 6_250_088)):
        kernels = analysed(name).first.kernels
        assert sum(k.memory_access for k in kernels if k.work.macs) == expected
