"""Tables of layers: every type, the networks of ncnn's benchmark, and tables that are broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.errors import ModelError
from costscope.fit import layer_table
from costscope.fit.networks import Networks, in_dtype, shipped_table
from costscope.timing.rates import structure_named
from costscope.timing.rates.layer import Layer, Network
from costscope.work import KernelKind

HEADER = "model,layer,type,in_shapes,out_shapes,kernel,stride,groups,macs,params"
CONV = "n,c,Convolution,3x8x8,16x4x4,3x3,2x2,1,6912,448"


@pytest.fixture
def table(tmp_path: Path):
    def read(*rows: str, header: str = HEADER) -> dict[str, Network]:
        path = tmp_path / "layers.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return layer_table.read(path)

    return read


def only(found: dict[str, Network]) -> Layer:
    (network,) = found.values()
    (layer,) = network.layers
    return layer


def test_a_convolution(table) -> None:
    found = table(CONV)["n"]

    assert found.layers == (
        Layer(
            name="c",
            kind=KernelKind.DENSE_CONV,
            operation="conv",
            macs=16 * 16 * 3 * 9,
            read_elements=192,
            write_elements=256,
            weight_elements=448,
            channels=3,
            filters=16,
            kernel=(3, 3),
            stride=(2, 2),
            map=(4, 4),
        ),
    )
    assert (found.input_elements, found.output_elements) == (192, 256)
    assert (found.weight_bytes, found.macs) == (4 * 448, 6912)


@pytest.mark.parametrize(
    ("row", "kind", "groups"),
    [
        ("Convolution,8x4x4,16x4x4,1x1,1x1,1,2048,144", "pointwise_conv", 1),
        ("Convolution,8x4x4,16x4x4,1x1,,,2048,144", "pointwise_conv", 1),
        ("ConvolutionDepthWise,8x4x4,8x4x4,3x3,1x1,8,1152,80", "depthwise_conv", 8),
        ("ConvolutionDepthWise,8x4x4,16x4x4,3x3,1x1,4,4608,304", "grouped_conv", 4),
        ("ConvolutionDepthWise,8x4x4,16x4x4,3x3,1x1,8,2304,160", "grouped_conv", 8),
        ("Deconvolution,8x4x4,2x8x8,2x2,2x2,1,1024,66", "transposed_conv", 1),
        ("DeconvolutionDepthWise,8x4x4,8x8x8,2x2,2x2,8,512,40", "depthwise_conv", 8),
    ],
)
def test_convolutions_by_kind(table, row: str, kind: str, groups: int) -> None:
    found = only(table(f"n,c,{row}"))

    assert found.kind == kind
    assert found.groups == groups


@pytest.mark.parametrize(
    ("row", "kind", "operation"),
    [
        ("InnerProduct,512,10,,,,5120,5130", "fully_connected", "gemm"),
        ("Gemm,7x16,7x32,,,,3584,544", "batched_matmul", "mat_mul"),
        ("BinaryOp,8x4x4;8x4x4,8x4x4,,,,0,0", "elementwise", "add"),
        ("Swish,8x4x4,8x4x4,,,,0,0", "elementwise", "swish"),
        ("HardSwish,8x4x4,8x4x4,,,,0,0", "elementwise", "hard_swish"),
        ("BatchNorm,8x4x4,8x4x4,,,,0,16", "normalization", "batch_normalization"),
        ("Softmax,10,10,,,,0,0", "softmax", "softmax"),
        ("Reduction,8x4x4,8x1x1,,,,0,0", "reduction", "reduce_mean"),
        ("Pooling,8x4x4,8x2x2,2x2,2x2,,0,0", "pooling", "pool"),
        ("Interp,8x4x4,8x8x8,,,,0,0", "resize", "resize"),
        ("ShuffleChannel,8x4x4,8x4x4,,,,0,0", "movement", "shuffle_channel"),
        ("PriorBox,8x4x4,2x64,,,,0,0", "movement", "prior_box"),
        ("Split,8x4x4,8x4x4;8x4x4,,,,0,0", "view", "view"),
        ("MemoryData,,8,,,,0,8", "view", "view"),
    ],
)
def test_types(table, row: str, kind: str, operation: str) -> None:
    found = only(table(f"n,l,{row}"))

    assert (found.kind, found.operation) == (kind, operation)


def test_rows_of_a_product_are_its_map(table) -> None:
    found = only(table("n,l,Gemm,7x16,7x32,,,,3584,544"))

    assert (found.map, found.channels, found.filters) == ((7,), 16, 32)


def test_left_out_macs_follow_from_the_shapes(table) -> None:
    assert only(table("n,c,Convolution,3x8x8,16x4x4,3x3,2x2,1,,448")).macs == 6912
    assert only(table("n,f,InnerProduct,512,10,,,,,5130")).macs == 5120


def test_columns_for_windows_may_be_missing(table) -> None:
    short = "model,layer,type,in_shapes,out_shapes,macs,params"

    assert only(table("n,f,InnerProduct,512,10,5120,5130", header=short)).macs == 5120
    with pytest.raises(ModelError, match="a convolution needs its kernel"):
        table("n,c,Convolution,3x8x8,16x4x4,6912,448", header=short)


def test_networks_keep_their_order_and_do_not_mix(table) -> None:
    found = table(CONV, CONV.replace("n,c", "m,c"), CONV.replace("n,c", "n,d"))

    assert list(found) == ["n", "m"]
    assert [layer.name for layer in found["n"].layers] == ["c", "d"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (CONV.replace("6912", "13824"), "macs 13824, but the shapes say 6912"),
        (CONV.replace("6912", "-1"), "macs '-1': expected a whole number"),
        (CONV.replace("6912", "9" * 20), "expected a whole number"),
        (CONV.replace("6912", "nan"), "expected a whole number"),
        (CONV.replace("3x8x8", "0x8x8"), "a size is zero"),
        (CONV.replace("3x8x8", "3x8"), "needs shapes CxHxW"),
        (CONV.replace("3x8x8", ""), "needs in_shapes and out_shapes"),
        (CONV.replace("3x8x8", "3*8*8"), "in_shapes"),
        (CONV.replace("2x2,1,", "2x2,5,"), "3 and 16 channels in 5 groups"),
        (CONV.replace("3x3", "0x3"), "expected sizes like 3x3"),
        (CONV.replace("3x3", ""), "needs its kernel"),
        (CONV.replace("Convolution", "Conv2d"), "unknown type 'Conv2d' with MACs; did you mean"),
        (CONV.replace("n,c", ",c"), "expected a plain name"),
        ("n,p,Pooling,8x4x4,,2x2,2x2,,0,0", "needs in_shapes and out_shapes"),
        ("n,f,InnerProduct,512,10,,,,512,5130", "macs 512, but the shapes say 5120"),
        ("n,c", "no "),
    ],
)
def test_a_mistake_is_told_with_its_line(table, row: str, why: str) -> None:
    with pytest.raises(ModelError) as caught:
        table(CONV, row)

    assert "layers.csv, line 3: " in str(caught.value)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_tables(tmp_path: Path, table) -> None:
    with pytest.raises(ModelError, match="cannot read the table of layers"):
        layer_table.read(tmp_path / "missing.csv")
    with pytest.raises(ModelError, match="cannot read the table of layers"):
        layer_table.read(tmp_path)
    with pytest.raises(ModelError, match="macs, params is missing"):
        table("1,2", header="model,layer,type,in_shapes,out_shapes")
    with pytest.raises(ModelError, match="no layers"):
        table()
    binary = tmp_path / "b.csv"
    binary.write_bytes(b"\xff\xfe\x00" * 50)
    with pytest.raises(ModelError):
        layer_table.read(binary)


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["", "n", "Convolution", "Pooling", "3x8x8", "1", "0", "x", "8;8", "é"]
            ),
            max_size=11,
        ),
        max_size=4,
    )
)
def test_anything_is_read_or_refused_in_one_line(tmp_path_factory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("layers") / "layers.csv"
    path.write_text("\n".join([HEADER, *map(",".join, rows)]), encoding="utf-8")

    try:
        found = layer_table.read(path)
    except ModelError as error:
        assert "\n" not in str(error)
    else:
        structure = structure_named("arm_cpu")
        for network in found.values():
            assert all(v >= 0 for layer in network.layers for v in structure.layer(layer).values())


# Millions of MACs and of parameters, of the .param files of Tencent/ncnn at a4d2ea1d; where
# networks are the published ones, those of their papers and of torchvision.
@pytest.mark.parametrize(
    ("name", "macs_m", "params_m"),
    [
        ("mobilenet", 568.7, 4.22),
        ("mobilenet_v2", 300.8 + 12.8, 3.49),  # with an expansion in its first block
        ("resnet50", 3858.0, 25.53),  # the stride in the pointwise convolution
        ("vgg16", 15470.3, 138.36),
        ("googlenet", 1582.7, 7.00),
        ("mnasnet", 314.4, 4.36),
        ("efficientnet_b0", 385.8, 5.27),
        ("alexnet", 724.4, 60.97),
        ("shufflenet_v2", 144.9, 2.27),
    ],
)
def test_totals_of_the_shipped_networks(name: str, macs_m: float, params_m: float) -> None:
    found = shipped_table()[name]

    assert found.macs / 1e6 == pytest.approx(macs_m, rel=5e-4)
    assert found.weight_bytes / 4e6 == pytest.approx(params_m, abs=0.006)


def amounts(network: Network) -> dict[str, float]:
    """What a network asks of a CPU, without softmax, which the zoo's networks leave out."""
    structure = structure_named("arm_cpu")
    total = dict.fromkeys(structure.classes, 0.0)
    for layer in network.layers:
        if layer.kind != KernelKind.SOFTMAX:
            for name, amount in structure.layer(layer).items():
                total[name] += amount * layer.repeats
    return total


@pytest.mark.parametrize(
    ("listed", "built"),
    [
        ("mobilenet", "zoo:mobilenet_v1"),
        ("vgg16", "zoo:vgg@16"),
        ("efficientnet_b0", "zoo:efficientnet@b0"),
        ("alexnet", "zoo:alexnet@2-group"),
        ("googlenet", "zoo:googlenet"),
        ("mnasnet", "zoo:mnasnet_b1"),
        ("regnety_400m", "zoo:regnet@y_400mf"),
        ("shufflenet_v2", "zoo:shufflenet_v2"),
    ],
)
def test_a_table_and_an_onnx_graph_of_one_network_ask_the_same(listed: str, built: str) -> None:
    networks = Networks()

    table, graph = (
        amounts(networks.find(name, runtime="ncnn", dtype="float32")) for name in (listed, built)
    )

    assert graph == pytest.approx(table, rel=0.02)


def test_a_table_in_another_element_type(table) -> None:
    found = in_dtype(table(CONV)["n"], "int8")

    assert found.layers[0].dtype == "int8"
    assert found.weight_bytes == 448
    assert in_dtype(table(CONV)["n"], "float32") == table(CONV)["n"]
