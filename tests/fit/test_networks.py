"""Networks by name: tables, the zoo, ONNX files; and names that are none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from costscope.errors import CostscopeError, ModelError, UsageError
from costscope.fit import layer_table
from costscope.fit.networks import Networks, shipped_table

TABLE = """model,layer,type,in_shapes,out_shapes,kernel,stride,groups,macs,params
tiny,f,InnerProduct,512,10,,,,5120,5130
other,f,InnerProduct,256,10,,,,2560,2570
"""


def macs(networks: Networks, model: str, dtype: str = "float32") -> int:
    return networks.find(model, runtime="ncnn", dtype=dtype).macs


@pytest.fixture
def folder(tmp_path: Path, mobilenet_v2: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a table and a model; the working folder is another."""
    home = tmp_path / "measured"
    home.mkdir()
    (home / "layers.csv").write_text(TABLE)
    (home / "net.onnx").write_bytes(mobilenet_v2.read_bytes())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return home


def test_names_of_the_shipped_table() -> None:
    assert macs(Networks(), "resnet50") == shipped_table()["resnet50"].macs
    assert macs(Networks(), "resnet50_int8", "int8") == shipped_table()["resnet50"].macs


def test_a_table_of_ones_own_comes_first(folder: Path) -> None:
    own = layer_table.read(folder / "layers.csv")
    networks = Networks(tables={"resnet50": own["tiny"], **own})

    assert macs(networks, "resnet50") == 5120
    assert macs(networks, "other") == 2560
    assert macs(networks, "squeezenet") > 1e8


def test_element_types() -> None:
    networks = Networks()

    for model in ("mobilenet_v2", "zoo:mobilenet_v2"):
        whole, small = (
            networks.find(model, runtime="ncnn", dtype=dtype) for dtype in ("float32", "int8")
        )
        assert {layer.dtype for layer in small.layers if layer.macs} == {"int8"}
        assert small.weight_bytes < 0.3 * whole.weight_bytes
        assert small.macs == whole.macs


@pytest.mark.parametrize("runtime", ["ncnn", "tflite", "a runtime that nobody described"])
def test_networks_of_the_zoo(runtime: str) -> None:
    found = Networks().find("zoo:mobilenet_v2@1.0", runtime=runtime, dtype="float32")

    assert found.macs == pytest.approx(300.8e6, rel=1e-3)


def test_what_was_built_is_kept() -> None:
    networks = Networks()
    first, second = (
        networks.find("zoo:squeezenet", runtime="ncnn", dtype="float32") for _ in range(2)
    )

    assert first is second


def test_files_are_beside_the_measurements_first(folder: Path) -> None:
    networks = Networks(folders=(folder,))

    assert macs(networks, "net.onnx") == pytest.approx(300.8e6, rel=1e-3)
    assert macs(networks, "layers.csv#tiny") == 5120
    # The same name here is another network: the table beside the measurements counts.
    Path("layers.csv").write_text(TABLE.replace("5120", "1280").replace("512,", "128,"))
    assert macs(Networks(folders=(folder,)), "layers.csv#tiny") == 5120
    assert macs(Networks(), "layers.csv#tiny") == 1280


def test_files_from_the_working_folder_and_by_whole_paths(folder: Path) -> None:
    assert macs(Networks(), str(folder / "net.onnx")) == pytest.approx(300.8e6, rel=1e-3)
    Path("here.onnx").write_bytes((folder / "net.onnx").read_bytes())
    assert macs(Networks(folders=(folder,)), "here.onnx") == pytest.approx(300.8e6, rel=1e-3)


def test_open_dimensions_are_bound(save) -> None:
    from onnx import helper

    path = save(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        inputs={"x": ["N", 8]},
        outputs=["y"],
        constants={"w": [8, 4]},
    )

    assert macs(Networks(dims={"N": 3}), str(path)) == 3 * 32
    assert macs(Networks(input_shapes={"x": (5, 8)}), str(path)) == 5 * 32
    assert macs(Networks(), str(path)) == 32


def test_a_table_with_one_network_needs_no_name(folder: Path) -> None:
    (folder / "one.csv").write_text("\n".join(TABLE.splitlines()[:2]))

    assert macs(Networks(folders=(folder,)), "one.csv") == 5120


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("mobilenet_v22", "did you mean"),
        ("MobileNet-V2", "mobilenet_v2"),
        ("yolo-fastest-1.0", "did you mean"),
        ("resnet_18", "did you mean"),
        ("efficientformer", "zoo:efficientformer"),
        ("something else", "give an ONNX file"),
        ("x" * 5000, "give an ONNX file"),
        ("layers.csv", "has 2 networks"),
        ("layers.csv#tinny", "layers.csv#tiny"),
        ("zoo:mobilenet_v22", "mobilenet_v2"),
        ("zoo:mobilenet_v2@7", "mobilenet_v2"),
    ],
)
def test_unknown_names_are_told_with_what_is_near(folder: Path, model: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        macs(Networks(folders=(folder,)), model)

    assert told in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("model", ["missing.onnx", "missing.csv#x", "no/such/file"])
def test_missing_files(folder: Path, model: str) -> None:
    with pytest.raises(CostscopeError) as caught:
        macs(Networks(folders=(folder,)), model)

    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_model(folder: Path) -> None:
    (folder / "bad.onnx").write_bytes(b"not a model at all")

    with pytest.raises(ModelError, match=r"bad\.onnx"):
        macs(Networks(folders=(folder,)), "bad.onnx")
