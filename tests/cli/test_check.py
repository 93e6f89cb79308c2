"""`costscope check`: exit codes, files, and the ways in which other gates fail open."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from costscope.gate.run import check as run_check

MOBILENET_V2 = Path(__file__).parents[2] / "models" / "mobilenet_v2.onnx"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two networks and no configuration, of a user without settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "home"))
    for name in [name for name in os.environ if name.startswith("COSTSCOPE_")]:
        if name != "COSTSCOPE_DATA":
            monkeypatch.delenv(name)
    folder = tmp_path / "project"
    (folder / "nets").mkdir(parents=True)
    for name in ("a", "b"):
        shutil.copy(MOBILENET_V2, folder / "nets" / f"{name}.onnx")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def strange(save) -> Path:
    """A network with an operator that nobody knows."""
    node = helper.make_node("Strange", ["x"], ["y"], domain="some.where", name="odd")
    opset = helper.make_opsetid("some.where", 1)
    return save([node], {"x": [1, 8]}, ["y"], edit=lambda model: model.opset_import.append(opset))


def one_line(text: str) -> None:
    assert text.startswith("costscope: error: ")
    assert text.count("\n") == 1
    assert "Traceback" not in text


def test_all_limits_hold(run) -> None:
    ran = run(
        "check", "nets/a.onnx", "--hw", "pixel6", "--as-dtype", "int8",
        "--budget", "latency=1 s", "-b", "macs=301 M", "-b", "uncosted=0",
    )  # fmt: skip

    assert ran.code == 0
    assert "nets/a.onnx" in ran.out


@pytest.mark.parametrize(
    ("limit", "code"),
    [("macs=300 M", 1), ("latency=1 us", 1), ("latency=12", 3), ("latancy=12 ms", 3)],
)
def test_exit_codes(run, limit, code) -> None:
    assert run("check", "nets/a.onnx", "--hw", "pixel6", "-b", limit).code == code
    lenient = run("check", "nets/a.onnx", "--hw", "pixel6", "-b", limit, "--on-undecided", "warn")
    assert lenient.code == (1 if code == 1 else 0)


def test_a_failure_goes_before_what_is_undecided(run) -> None:
    assert run("check", "nets/a.onnx", "-b", "latency=1 ms", "-b", "macs=1").code == 1


# Each way in which a gate of a peer failed open.


def test_an_unknown_machine_is_refused(run) -> None:
    ran = run("check", "nets/a.onnx", "--hw", "nope", "-b", "latency=12 ms")

    assert (ran.code, ran.out) == (2, "")
    one_line(ran.err)
    assert "unknown hardware 'nope'" in ran.err


def test_an_unknown_machine_of_a_limit_is_refused(run) -> None:
    Path("costscope.toml").write_text(
        "hardware=['pixel6']\n[budget]\nmacs='1 G'\nhardware=['pixle6']", encoding="utf-8"
    )

    ran = run("check", "nets/a.onnx")

    assert ran.code == 2
    one_line(ran.err)
    assert "'pixle6'; did you mean pixel6" in ran.err


def test_a_comparison_without_the_metric_is_undecided(run) -> None:
    run("baseline", "write", "nets/a.onnx", "-o", "base.json")
    document = json.loads(Path("base.json").read_text(encoding="utf-8"))
    del document["entries"][0]["metrics"]["macs"]
    Path("base.json").write_text(json.dumps(document), encoding="utf-8")

    ran = run("check", "nets/a.onnx", "--baseline", "base.json", "-b", "macs_increase=+10 %")

    assert ran.code == 3
    assert "the baseline has no macs of it" in " ".join(ran.out.split())


def test_an_unknown_operator_is_undecided(run, strange) -> None:
    ran = run("check", strange, "-b", "macs=1 G")

    assert ran.code == 3
    assert "some.where::Strange" in ran.out
    assert run("check", strange, "-b", "uncosted=0").code == 1
    assert run("check", strange, "-b", "uncosted=1").code == 0


def test_a_machine_that_runs_nothing_of_it_has_no_time_of_zero(run) -> None:
    ran = run("check", "nets/a.onnx", "--hw", "coral_edgetpu", "-b", "latency=1 s")

    assert ran.code == 3
    assert "no prediction on coral_edgetpu" in " ".join(ran.out.split())
    assert run("check", "nets/a.onnx", "--hw", "coral_edgetpu", "-b", "unpredicted=0").code == 1


def test_no_machine_is_never_a_machine_that_was_chosen_for_one(run) -> None:
    ran = run("check", "nets/a.onnx", "-b", "latency=1 s")

    assert ran.code == 3
    assert "no machine was named" in " ".join(ran.out.split())


def test_a_configuration_that_is_not_there_is_refused(run) -> None:
    ran = run("check", "nets/a.onnx", "--config", "nope.toml", "-b", "macs=1 G")

    assert ran.code == 2
    one_line(ran.err)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("missing.onnx", None, "no such file"),
        ("empty.onnx", b"", "the file is empty"),
        ("page.onnx", b"<html></html>", "not an ONNX model"),
        ("x*.onnx", None, "no file matches this glob"),
    ],
)
def test_what_is_no_model_is_undecided(run, name, content, why) -> None:
    if content is not None:
        Path(name).write_bytes(content)

    ran = run("check", name, "-b", "macs=1 G")

    assert ran.code == 3
    assert why in " ".join(ran.out.split())
    assert "Traceback" not in ran.out + ran.err


def test_an_open_dimension_is_undecided_until_it_is_bound(run, save) -> None:
    path = save([helper.make_node("Relu", ["x"], ["y"])], {"x": [1, "width"]}, ["y"])

    assert run("check", path, "-b", "macs=1 G").code == 3
    assert run("check", path, "-b", "macs=1 G", "--dim", "width=8").code == 0


def test_each_of_several_models_takes_the_dimensions_that_it_has(run, save) -> None:
    relu = [helper.make_node("Relu", ["x"], ["y"])]
    wide = save(relu, {"x": ["batch", "width"]}, ["y"], name="wide.onnx")
    limits = ("-b", "macs=2 G", "-b", "traffic=256 B")  # 4 x 8 x 4 bytes, read and written

    good = run("check", wide, "nets/a.onnx", *limits[:2], "--dim", "batch=4", "--dim", "width=8")
    misspelt = run("check", wide, "nets/a.onnx", *limits[:2], "--dim", "widht=8")
    exact = run("check", wide, *limits, "--dim", "batch=4", "--dim", "width=8")
    larger = run("check", wide, *limits, "--dim", "batch=5", "--dim", "width=8")

    assert (good.code, exact.code, larger.code) == (0, 0, 1)
    assert misspelt.code == 2
    assert "no model that is checked has this dimension" in misspelt.err


def test_one_broken_file_hides_no_other(run) -> None:
    Path("nets/bad.onnx").write_bytes(b"junk")

    ran = run("check", "nets", "-b", "macs=300 M", "-b", "kernels=1", "-f", "json", "-j", "2")

    document = json.loads(ran.out)
    standings = {each["model"]: each["standing"] for each in document["verdicts"]}
    assert ran.code == 1
    assert standings == {
        "nets/a.onnx": "fail",
        "nets/b.onnx": "fail",
        "nets/bad.onnx": "undecided",
    }


def test_nothing_to_check_is_no_pass(run) -> None:
    for arguments in ([], ["nets/a.onnx"], ["-b", "macs=1 G"]):
        ran = run("check", *arguments)
        assert ran.code == 2, arguments
        one_line(ran.err)
    Path("costscope.toml").write_text("models=['nets/*.onnx']", encoding="utf-8")
    assert "nothing to check" in run("check").err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--confidence", "uper"],
        ["--on-undecided", "pass"],
        ["--as-dtype", "int7"],
        ["--runtime", "nope"],
        ["--time-model", "best"],
        ["--select", "Z9"],
        ["--format", "pdf"],
        ["--output", "no/such/folder/x.json"],
        ["--output", "x.unknown"],
        ["--dim", "batch"],
        ["--threads", "0"],
        ["--jobs", "0"],
        ["--exit-zero"],
    ],
)
def test_a_flag_that_is_off_is_refused(run, arguments) -> None:
    ran = run("check", "nets/a.onnx", "-b", "macs=1 G", *arguments)

    assert (ran.code, ran.out) == (2, "")
    one_line(ran.err)


def test_the_upper_end_is_asked_for_on_the_command_line(run) -> None:
    # Of the float network nobody held out another on this machine: no upper end is known.
    arguments = ("check", "nets/a.onnx", "--hw", "pixel6", "-b", "latency=1 s")

    assert run(*arguments).code == 0
    assert run(*arguments, "--confidence", "upper").code == 3


def test_models_limits_and_machines_of_a_configuration(run) -> None:
    Path("costscope.toml").write_text(
        """
models = ["nets/*.onnx"]
hardware = ["pixel6", "raspberry_pi_4b"]
[[budget]]
macs = "301 M"
[[budget]]
models = ["nets/b.onnx"]
hardware = ["pixel6"]
latency = "1 us"
""",
        encoding="utf-8",
    )

    ran = run("check", "--format", "json", "--no-findings")

    verdicts = json.loads(ran.out)["verdicts"]
    assert ran.code == 1
    assert [(each["model"], each["hardware"], each["standing"]) for each in verdicts] == [
        ("nets/b.onnx", "pixel6", "fail"),
        ("nets/a.onnx", "", "pass"),
        ("nets/b.onnx", "", "pass"),
    ]


def test_limits_on_findings_need_somebody_to_look(run) -> None:
    everything = ("check", "nets/a.onnx", "--hw", "pixel6", "-b", "findings=0")

    assert run(*everything).code == 1
    assert run(*everything, "--no-findings").code == 3
    assert run(*everything, "--select", "G1", "--ignore", "G1").code == 0


def test_findings_are_suppressed_with_a_reason_and_unused_suppressions_are_told(run) -> None:
    Path("costscope.toml").write_text(
        """
select = ["G1"]
[budget]
findings = 0
[[suppress]]
rule = "G1"
reason = "measured: no gain"
[[suppress]]
rule = "G1"
nodes = "nowhere.*"
reason = "old"
""",
        encoding="utf-8",
    )

    ran = run("check", "nets/a.onnx", "-f", "json")

    assert ran.code == 0
    assert json.loads(ran.out)["notes"] == [
        "costscope.toml: suppress[1]: it suppresses nothing (G1, nowhere.*); drop it",
        "taken for granted for nets/a.onnx: the batch dimension 'batch' is taken as 1 "
        "(bind it with --dim batch=SIZE)",
    ]


def test_every_file_is_written_and_the_same_every_time(run) -> None:
    names = ["check.json", "check.md", "check.xml", "check.sarif"]
    arguments = ["check", "nets/a.onnx", "--hw", "pixel6", "-b", "macs=1", "-q"]

    first = run(*arguments, *(part for name in names for part in ("-o", name)))
    contents = [Path(name).read_bytes() for name in names]
    second = run(*arguments, *(part for name in names for part in ("-o", name)), "-j", "2")

    assert (first.code, first.out) == (second.code, second.out) == (1, "")
    assert contents == [Path(name).read_bytes() for name in names]
    assert all(contents)
    assert not any(str(Path.cwd()).encode() in content for content in contents)


def test_a_file_without_a_telling_suffix_has_the_format(run) -> None:
    ran = run("check", "nets/a.onnx", "-b", "macs=1 G", "-f", "json", "-o", "out.log")

    assert json.loads(Path("out.log").read_text(encoding="utf-8"))["verdicts"]
    assert not ran.out.startswith("{")


def test_the_environment_says_what_a_job_needs(run, monkeypatch) -> None:
    monkeypatch.setenv("COSTSCOPE_HW", "pixel6")
    monkeypatch.setenv("COSTSCOPE_BUDGET", "latency=1 us")

    assert run("check", "nets/a.onnx").code == 1
    monkeypatch.setenv("COSTSCOPE_BUDGTE", "latency=1 us")
    monkeypatch.setenv("COSTSCOPE_BUDGET", "latency=1 s")
    assert run("check", "nets/a.onnx").code == 3


def test_what_was_used_is_told_on_standard_error(run) -> None:
    ran = run("check", "nets/a.onnx", "--hw", "pixel6", "-b", "macs=1 G", "-q", "--verbose")

    assert ran.out == ""
    assert ran.err.splitlines()[:2] == ["configuration: none", "baseline: none"]
    assert "machines: pixel6 (" in ran.err


def test_what_can_be_limited_is_listed(run) -> None:
    ran = run("check", "--list-metrics")

    assert ran.code == 0
    assert "latency " in ran.out
    assert "_increase" in ran.out


def test_a_verdict_for_every_limit_or_a_refusal(monkeypatch, run) -> None:
    """The command reports the exit code of the check that it made, whatever that is."""
    seen = []

    def spy(*arguments, **more):
        seen.append(run_check(*arguments, **more))
        return seen[-1]

    monkeypatch.setattr("costscope.gate.run.check", spy)
    ran = run("check", "nets/a.onnx", "-b", "macs=1 G", "-b", "=", "-b", "latency=x")

    assert ran.code == seen[0].exit_code == 3
    assert len(seen[0].verdicts) == 3


def test_an_open_dimension_without_a_name_takes_the_shape_of_its_input(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Relu", ["image"], ["out"], "relu")],
        "net",
        [value("image", TensorProto.FLOAT, [1, None])],
        [value("out", TensorProto.FLOAT, [1, None])],
    )
    onnx.save(helper.make_model(graph), "net.onnx")
    asked = ("check", "net.onnx", "--budget", "traffic=64 B")

    assert run(*asked).code == 3
    assert run(*asked, "--input-shape", "image=1x8").code == 0
    assert run(*asked, "--input-shape", "image=2x8").code == 1
    assert run(*asked, "--input-shape", "picture=1x8").code != 0
    Path("costscope.toml").write_text('input_shapes = { image = "1x8" }\n', encoding="utf-8")
    assert run(*asked).code == 0
