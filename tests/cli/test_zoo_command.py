"""`costscope zoo`: what people type and see."""

from __future__ import annotations

import json
import subprocess
import sys

import onnx
import pytest

from costscope.zoo import catalog


def test_list_names_every_architecture(run):
    result = run("zoo", "list")

    assert result.code == 0
    assert all(name in result.out for name in catalog.names())


def test_list_by_tag(run):
    rows = json.loads(run("zoo", "list", "--tag", "mcu", "--format", "json").out)["architectures"]

    names = [row["name"] for row in rows]

    assert "mlperf_tiny_kws" in names
    assert "vgg" not in names


def test_list_of_an_unknown_tag_names_the_tags(run):
    result = run("zoo", "list", "--tag", "huge")

    assert result.code == 2
    assert "mobile" in result.err


def test_list_imports_no_onnx():
    code = (
        "import sys\nsys.argv = ['costscope', 'zoo', 'list']\n"
        "from costscope.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as leave:\n    assert not leave.code\n"
        "assert not {'onnx', 'numpy', 'onnxruntime', 'matplotlib'} & set(sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_show_adds_up(run):
    shown = json.loads(run("zoo", "show", "mobilenet_v2", "--format", "json").out)

    assert sum(stage["macs"] for stage in shown["stages"]) == 300_774_272
    assert sum(stage["params"] for stage in shown["stages"]) == 3_487_816
    assert shown["form"] == "deploy"


def test_show_as_a_table(run):
    result = run("zoo", "show", "mobilenet_v2@0.5")

    assert result.code == 0
    assert "arXiv 1801.04381" in result.out
    assert "stage7" in result.out


def test_build_writes_what_was_asked_for(run, tmp_path):
    path = tmp_path / "net.onnx"

    result = run(
        "zoo", "build", "mobilenet_v2", "-o", path,
        "--width", "0.75", "--resolution", "96", "--classes", "10", "--batch", "4",
    )  # fmt: skip

    assert result.code == 0, result.err
    graph = onnx.load(path).graph
    assert [d.dim_value for d in graph.input[0].type.tensor_type.shape.dim] == [4, 3, 96, 96]
    assert [d.dim_value for d in graph.output[0].type.tensor_type.shape.dim] == [4, 10]
    assert path.stat().st_size < 64 * 1024


def test_equal_arguments_give_equal_files(run, tmp_path):
    for name in ("a.onnx", "b.onnx"):
        run("zoo", "build", "mobilenet_v2@0.35", "-o", tmp_path / name, "--seed", "7")

    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["mobilenet_v9"], "did you mean mobilenet_v"),
        (["mobilenet_v2@9"], "has no variant '9'"),
        (["mobilenet_v2", "--groups", "3"], "has no setting 'groups'"),
        (["mobilenet_v2", "--resolution", "0"], "must be above zero"),
        (["mobilenet_v2", "--dtype", "int3"], "float32, float16, int8"),
        (["mobilenet_v2", "--set", "width"], "expected SETTING=VALUE"),
        (["mobilenet_v2", "--no-weights", "--seed", "1"], "contradict each other"),
        (["mobilenet_v2", "--batch", "0"], "batch"),
        (["no/such/file.yaml"], "cannot be read"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_file(run, tmp_path, arguments, problem):
    path = tmp_path / "net.onnx"

    result = run("zoo", "build", *arguments, "-o", path)

    assert result.code == 2
    assert problem in result.err
    assert result.err.count("\n") == 1
    assert not path.exists()


def test_verify_tells_each_convention(run):
    result = run("zoo", "verify", "mobilenet_v2@1.0")

    assert result.code == 0
    assert "300,774,272" in result.out
    assert "weights alone" in result.out


def test_verify_exits_with_1_on_a_miss(run, tmp_path):
    path = tmp_path / "wrong.yaml"
    text = (catalog.resources.folder("models") / "mobilenet_v2.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("300774272", "300774273", 1), encoding="utf-8")

    result = run("zoo", "verify", f"{path}@1.0")

    assert result.code == 1
    assert "missed" in result.out


def test_a_network_of_the_zoo_is_analysed_without_a_file(run):
    result = run("analyze", "zoo:mobilenet_v2@0.5", "--format", "json")

    assert json.loads(result.out)["totals"]["macs"] == 97_131_840
    assert "mobilenet_v2@0.5" in result.out


def test_an_unknown_network_of_the_zoo_is_one_line(run):
    result = run("analyze", "zoo:nothing")

    assert result.code == 2
    assert "costscope zoo list" in result.err
