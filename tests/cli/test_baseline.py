"""`costscope baseline write`, and `costscope check` against what it wrote."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from networks import mobilenet_v2 as network

MOBILENET_V2 = Path(__file__).parents[2] / "models" / "mobilenet_v2.onnx"
BASE = "costscope-baseline.json"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "home"))
    folder = tmp_path / "project"
    (folder / "nets").mkdir(parents=True)
    shutil.copy(MOBILENET_V2, folder / "nets" / "a.onnx")
    monkeypatch.chdir(folder)
    return folder


def base():
    return json.loads(Path(BASE).read_text(encoding="utf-8"))


def larger() -> None:
    """The network with 1200 classes instead of 1000."""
    Path("nets/a.onnx").write_bytes(network(classes=1200).SerializeToString())


def against(run, *limits: str, hw: str = "pixel6", more: tuple[str, ...] = ()):
    flags = [part for limit in limits for part in ("-b", limit)]
    return run("check", "nets/a.onnx", "--hw", hw, "--baseline", BASE, *flags, *more)


def test_the_file_is_small_sorted_and_the_same_every_time(run) -> None:
    ran = run("baseline", "write", "nets/a.onnx", "--hw", "raspberry_pi_4b,pixel6")
    first = Path(BASE).read_bytes()
    run("baseline", "write", "nets", "--hw", "pixel6,raspberry_pi_4b")

    assert ran.code == 0
    assert ran.out == f"wrote {BASE}; commit it, and name it with --baseline\n"
    assert Path(BASE).read_bytes() == first
    assert [(each["model"], each["hardware"]) for each in base()["entries"]] == [
        ("nets/a.onnx", "pixel6"),
        ("nets/a.onnx", "raspberry_pi_4b"),
    ]
    assert base()["entries"][0]["metrics"]["macs"] == 300_774_272
    assert len(first) < 10_000


def test_the_same_network_is_no_increase(run) -> None:
    run("baseline", "write", "nets/a.onnx", "--hw", "pixel6")

    assert against(run, "latency_increase=0 %", "macs_increase=0", "findings=0").code == 0


def test_a_larger_network_is_an_increase(run) -> None:
    run("baseline", "write", "nets/a.onnx", "--hw", "pixel6")
    larger()  # 1280 x 200 weights and MACs more: 0.085 % of the MACs, 7.3 % of the weights

    assert against(run, "macs_increase=0 %").code == 1
    assert against(run, "macs_increase=0.09 %", "params_increase=256.2 k").code == 0
    assert against(run, "macs_increase=0.08 %").code == 1
    assert against(run, "params_increase=256.1 k").code == 1


def test_a_first_run_says_how_to_make_a_baseline(run) -> None:
    named = against(run, "macs_increase=0 %")
    unnamed = run("check", "nets/a.onnx", "-b", "macs_increase=0 %")

    assert (named.code, unnamed.code) == (3, 3)
    for ran in (named, unnamed):
        assert "costscope baseline write" in " ".join(ran.out.split())
    assert f"there is no baseline {BASE} yet" in " ".join(named.out.split())


@pytest.mark.parametrize(
    ("hw", "more", "why"),
    [
        ("raspberry_pi_4b", (), "the baseline does not have it on raspberry_pi_4b"),
        ("pixel6", ("--as-dtype", "int8"), "the baseline was made with no settings"),
    ],
)
def test_what_the_baseline_cannot_tell_is_undecided(run, hw, more, why) -> None:
    run("baseline", "write", "nets/a.onnx", "--hw", "pixel6")

    ran = against(run, "macs_increase=+5 %", hw=hw, more=more)

    assert ran.code == 3
    assert why in " ".join(ran.out.split())


def test_a_profile_that_changed_is_undecided(run) -> None:
    shipped = Path(__file__).parents[2] / "hardware_profiles" / "pixel6.yaml"
    mine = Path("board.yaml")
    shutil.copy(shipped, mine)
    run("baseline", "write", "nets/a.onnx", "--hw", "./board.yaml")
    mine.write_text(f"{mine.read_text(encoding='utf-8')}\n# faster now\n", encoding="utf-8")

    ran = against(run, "latency_increase=+5 %", hw="./board.yaml")

    assert ran.code == 3
    assert "the profile of board changed since the baseline" in " ".join(ran.out.split())


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"schema_version": "9.0"}'])
def test_a_broken_baseline_is_refused(run, content) -> None:
    Path(BASE).write_text(content, encoding="utf-8")

    ran = against(run, "macs=1 G")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1


def test_findings_that_were_accepted_do_not_fail_a_new_gate(run) -> None:
    assert run("check", "nets/a.onnx", "--hw", "pixel6", "-b", "findings=0").code == 1
    run("baseline", "write", "nets/a.onnx", "--hw", "pixel6")

    assert against(run, "findings=0", "findings_increase=0").code == 0
    assert against(run, "findings=0", hw="raspberry_pi_4b").code == 1


def test_a_baseline_of_a_broken_model_is_not_written(run) -> None:
    Path("nets/bad.onnx").write_bytes(b"junk")

    ran = run("baseline", "write", "nets")

    assert ran.code == 3
    assert "no baseline is written: nets/bad.onnx: not an ONNX model" in ran.err
    assert not Path(BASE).exists()


def test_the_configuration_says_what_and_where_from_any_folder(run, monkeypatch) -> None:
    Path("costscope.toml").write_text(
        "models=['nets/*.onnx']\nhardware=['pixel6']\nbaseline='ci/base.json'\n"
        "[budget]\nlatency_increase='+5 %'",
        encoding="utf-8",
    )
    Path("ci").mkdir()
    monkeypatch.chdir("nets")

    assert run("baseline", "write").out.startswith("wrote ../ci/base.json;")
    inside = run("check")
    monkeypatch.chdir("..")

    assert (inside.code, run("check").code) == (0, 0)
    assert json.loads(Path("ci/base.json").read_text())["entries"][0]["model"] == "nets/a.onnx"
