"""`costscope fit` from a file of times to a profile that `costscope analyze` takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from costscope.api import analyze
from costscope.errors import ProfileError
from costscope.hardware.read import read

TIMES = """model,latency_ms
mobilenet_v2,60
squeezenet,55
resnet50,500
shufflenet_v2,33
"""
BENCHNCNN = """loop_count = 8
num_threads = 4
powersave = 0
gpu_device = -1
cooling_down = 1
          squeezenet  min =   35.29  max =   35.68  avg =   35.42
     squeezenet_int8  min =   36.35  max =   36.64  avg =   36.53
           mobilenet  min =   52.04  max =   52.44  avg =   52.27
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def fit(run, here: Path):
    """Run `costscope fit` on a text: `fit(TIMES, "-o", "b.yaml")`."""

    def call(text: str, *arguments: object, name: str = "times.csv", base: str = "raspberry_pi_4b"):
        (here / name).write_text(text, encoding="utf-8")
        return run("fit", name, "--base", base, *arguments)

    return call


def table(*rows: str, header: str = "model,latency_ms") -> str:
    return "\n".join([header, *rows]) + "\n"


def records(ran) -> list[dict]:
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert told["schema_version"] == "1.0"
    found: list[dict] = told["fits"]
    return found


def refused(ran, code: int) -> str:
    """The one line of an error; nothing was printed and nothing written."""
    assert ran.code == code, ran.out + ran.err
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert not list(Path().glob("*.yaml"))
    message: str = ran.err
    return message


def test_prints_errors_and_interval_and_writes_a_profile(fit, run) -> None:
    ran = fit(TIMES, "-o", "my_board.yaml")

    assert ran.code == 0
    told = " ".join(ran.out.split())
    assert "ncnn, 1 thread, float32: 4 measurements of 4 networks, raspberry_pi_4b" in told
    assert "Left out in turn, networks are off by" in told
    assert "90 % of other networks should take" in told
    assert "Not seen in these networks" in told
    assert "Wrote my_board.yaml; use it with --hw ./my_board.yaml" in told
    assert run("hw", "validate", "my_board.yaml").code == 0

    analysis = analyze("zoo:mobilenet_v2", "./my_board.yaml")
    prediction = analysis.first.prediction
    assert prediction is not None
    assert prediction.latency_s == pytest.approx(0.060, rel=0.15)
    assert prediction.interval_confidence == 0.9


def test_without_output_nothing_is_written(fit, here: Path) -> None:
    ran = fit(TIMES)

    assert ran.code == 0
    assert "Nothing was written" in ran.out
    assert [path.name for path in here.iterdir()] == ["times.csv"]


def test_as_json(fit) -> None:
    (found,) = records(fit(TIMES, "--format", "json"))

    assert (found["family"], found["same_runtime"], found["runtime"]) == ("ncnn_cpu", True, "ncnn")
    assert found["rates"]["networks"] == 4
    assert 0.3 < found["scale_ratio"] < 3
    assert [each["model"] for each in found["left_out"]] == [
        "mobilenet_v2", "squeezenet", "resnet50", "shufflenet_v2",
    ]  # fmt: skip
    assert found["left_out"][0]["measured_s"] == 0.06
    assert found["left_out"][0]["origin"].endswith("times.csv:2")
    assert not any(each["outlier"] for each in found["left_out"])


def test_networks_of_every_kind_in_one_file(fit, here: Path, mobilenet_v2: Path) -> None:
    (here / "nets").mkdir()
    (here / "nets" / "net.onnx").write_bytes(mobilenet_v2.read_bytes())
    (here / "layers.csv").write_text(
        "model,layer,type,in_shapes,out_shapes,kernel,stride,groups,macs,params\n"
        "tiny,c,Convolution,16x56x56,64x56x56,3x3,1x1,1,28901376,9280\n"
    )
    rows = table(
        "squeezenet,55", "zoo:resnet@50,520", "nets/net.onnx,58", "layers.csv#tiny,3", "tiny,3.1"
    )

    (found,) = records(fit(rows, "--layers", "layers.csv", "-f", "json"))

    assert found["rates"]["networks"] == 5


def test_models_are_beside_the_file_of_times(run, tmp_path: Path, mobilenet_v2: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "net.onnx").write_bytes(mobilenet_v2.read_bytes())
    (folder / "times.csv").write_text(table("net.onnx,58"))

    assert run("fit", folder / "times.csv", "--base", "rpi4").code == 0


def test_open_dimensions(fit, save) -> None:
    from onnx import helper

    save(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        inputs={"x": ["N", 1024]}, outputs=["y"], constants={"w": [1024, 1024]}, name="open.onnx",
    )  # fmt: skip

    slow = table("open.onnx,40", "squeezenet,55")
    one, many = (records(fit(slow, "--dim", f"N={n}", "-f", "json"))[0] for n in (1, 256))

    assert many["left_out"][0]["predicted_s"] > 20 * one["left_out"][0]["predicted_s"]


def test_the_output_of_benchncnn_makes_a_fit_for_each_type(fit, run) -> None:
    found = records(fit(BENCHNCNN, "-f", "json", "-o", "b.yaml", name="bench.log"))

    kinds = [(each["rates"]["threads"], each["rates"]["dtype"]) for each in found]
    assert kinds == [(4, "float32"), (4, "int8")]
    assert [each["rates"]["rows"] for each in found] == [2, 1]
    assert run("analyze", "zoo:mobilenet_v2", "--hw", "./b.yaml", "--as-dtype", "int8").code == 0


def test_threads_make_fits_of_their_own(fit) -> None:
    rows = table("squeezenet,55,1", "squeezenet,20,4", "resnet50,200,4", "mobilenet,,",
                 header="model,latency_ms,threads").replace("mobilenet,,\n", "")  # fmt: skip

    found = records(fit(rows, "-f", "json"))

    assert [(each["rates"]["threads"], each["rates"]["rows"]) for each in found] == [(1, 1), (4, 2)]


@pytest.mark.parametrize(
    ("runtime", "name"),
    [("Paddle-Lite", "paddle_lite"), ("paddle-lite", "paddle_lite"), ("MyRuntime 2.3", "ncnn")],
)
def test_a_runtime_that_nobody_published(fit, run, runtime: str, name: str) -> None:
    ran = fit(TIMES, "--runtime", runtime, "-o", "b.yaml")

    assert ran.code == 0, ran.err
    assert "is among the published measurements" in " ".join(ran.out.split())
    assert read(Path("b.yaml")).runtime == name
    assert run("hw", "validate", "b.yaml").code == 0
    assert run("analyze", "zoo:mobilenet_v2", "--hw", "./b.yaml").code == 0


def test_a_network_measured_twice_is_told(fit) -> None:
    ran = fit(TIMES + "squeezenet,56\n")

    assert "5 measurements of 4 networks" in ran.out
    assert "1 row more of networks that were measured before" in " ".join(ran.out.split())


def test_a_row_that_contradicts_the_others_is_named(fit) -> None:
    ran = fit(TIMES.replace(",60", ",600"))

    told = " ".join(ran.out.split())
    assert ran.code == 0
    assert "Look at mobilenet_v2 (times.csv:2): far from what the others say" in told


def test_a_base_that_is_far_off_is_told(fit) -> None:
    rows = table("mobilenet_v2,600", "squeezenet,550", "resnet50,5000")

    assert "times as slow as one expects of raspberry_pi_4b" in " ".join(fit(rows).out.split())


@pytest.mark.parametrize("seconds", ["mobilenet_v2,60000", "mobilenet_v2,0.06"])
def test_a_wrong_unit_is_refused(fit, seconds: str) -> None:
    told = refused(fit(table(seconds), "-o", "b.yaml"), 3)

    assert "times.csv:2: mobilenet_v2" in told
    assert "is the unit right?" in told


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("", 3, "times.csv"),
        ("model,latency_ms\n", 3, "a header without rows"),
        (table("mobilenet_v2,nan"), 3, "times.csv, line 2"),
        (table("mobilenet_v2,1e300"), 3, "times.csv, line 2"),
        (table("mobilenet_v2,-4"), 3, "times.csv, line 2"),
        (table("squeezenet,55", "mobilnet_v2,60"), 2, "times.csv:3: unknown network 'mobilnet_v2'"),
        (table("zoo:mobilenet_v22,60"), 2, "times.csv:2: no architecture 'mobilenet_v22'"),
        (table("gone.onnx,60"), 3, "times.csv:2:"),
        (table("squeezenet,55,int4", header="model,latency_ms,dtype"), 2, "no int4 arithmetic"),
        (
            table("squeezenet,5,A", "resnet50,9,B", header="model,latency_ms,device"),
            2,
            "choose one with --device",
        ),
    ],
)
def test_mistakes_in_the_file(fit, text: str, code: int, told: str) -> None:
    assert told in refused(fit(text, "-o", "b.yaml"), code)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["-o", "board.json"], 2, "a profile's name ends in .yaml"),
        (["-o", "no/such/folder/b.yaml"], 2, "cannot be written"),
        (["--dtype", "half a byte"], 2, "expected fp32, fp16 or int8"),
        (["--dtype", "fp7"], 2, "raspberry_pi_4b has no fp7 arithmetic"),
        (["--layers", "gone.csv"], 3, "cannot read the table of layers"),
        (["--dim", "N"], 2, "expected SYMBOL=SIZE"),
        (["--from", "nothing"], 2, "nothing"),
        (["--device", "Pixel"], 2, "no row is of it"),
        (["--threads", "900"], 2, "nobody measured that many"),
    ],
)
def test_mistakes_in_the_flags(fit, arguments: list[str], code: int, told: str) -> None:
    assert told in refused(fit(TIMES, *arguments), code)


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("raspberry_pi_44", "did you mean"),
        ("./gone.yaml", "gone.yaml"),
        ("adreno_640", "cannot identify a machine of the class mobile_gpu"),
    ],
)
def test_bases_that_do_not_do(fit, base: str, told: str) -> None:
    ran = fit(table("squeezenet,55"), base=base)

    assert ran.code in {2, 3}
    assert told in ran.err
    assert ran.err.count("\n") == 1


def test_a_base_by_alias_by_path_and_without_rates(fit, here: Path) -> None:
    assert fit(TIMES, "-o", "first.yaml", base="rpi4").code == 0
    text = (here / "first.yaml").read_text()
    assert fit(TIMES, "-o", "second.yaml", base="./first.yaml").code == 0

    bare = text[: text.index("runtimes:")] + text[text.index("sources:") :]
    (here / "bare.yaml").write_text(bare)
    assert read(Path("bare.yaml")).rates == ()
    assert fit(TIMES, "-o", "third.yaml", base="./bare.yaml").code == 0
    first, third = read(Path("first.yaml")).rates, read(Path("third.yaml")).rates
    assert third[0].compute_ratio == first[0].compute_ratio


def test_what_could_not_be_read_back_is_not_written(
    fit, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("costscope.hardware.emit.to_yaml", lambda _: "summary: broken\n")
    (here / "b.yaml").write_text("as it was")

    ran = fit(TIMES, "-o", "b.yaml")

    assert ran.code == ProfileError.exit_code
    assert (here / "b.yaml").read_text() == "as it was"


def test_suggest(run) -> None:
    ran = run("fit", "suggest", "--k", "3")
    few = json.loads(run("fit", "suggest", "--k", "1", "-f", "json").out)["suggestions"]
    many = run("fit", "suggest", "--k", "20")

    assert ran.code == 0
    assert ran.out.splitlines()[0] == "1. zoo:mobilenet_v2 (in ncnn's benchmark: mobilenet_v2)"
    assert len(ran.out.splitlines()) == 3
    assert few == [{"model": "zoo:mobilenet_v2", "also": "mobilenet_v2"}]
    assert "no more than" in many.err


def test_what_is_suggested_can_be_fitted(fit, run) -> None:
    found = json.loads(run("fit", "suggest", "--k", "3", "-f", "json").out)["suggestions"]
    rows = table(*(f"{each['model']},{60 + 40 * n}" for n, each in enumerate(found)))

    assert fit(rows).code == 0


def test_without_arguments_it_shows_the_help(run) -> None:
    ran = run("fit")

    assert ran.code == 0
    assert "suggest" in ran.out
    assert "measurements" in ran.out


@pytest.mark.parametrize("arguments", [["--help"], ["measurements", "--help"], ["suggest", "-h"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['costscope', 'fit', *{arguments!r}]\n"
        "from costscope.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as leave:\n    assert not leave.code\n"
        "heavy = {'onnx', 'onnxruntime', 'matplotlib', 'numpy', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert "Usage" in ran.stdout
