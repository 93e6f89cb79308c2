"""Configuration files and the environment: found, merged value by value, never half read."""

from __future__ import annotations

from pathlib import Path

import pytest

from costscope.errors import UsageError
from costscope.gate import config
from costscope.gate.environment import environment
from costscope.gate.options import Layer, chosen, given
from costscope.gate.plan import Asked, plan


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without settings, in a project without a configuration."""
    folder = tmp_path / "home"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.setenv("APPDATA", str(folder))
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return folder / "costscope"


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def flags(**more) -> Asked:
    return Asked(models=("zoo:alexnet",), flags=Layer(name="flags", **more))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("costscope.toml", "[budget]\nmacs = 1"),
        (".costscope.toml", "[budget]\nmacs = 1"),
        ("pyproject.toml", "[project]\nname='x'\n[tool.costscope.budget]\nmacs = 1"),
    ],
)
def test_the_nearest_configuration_is_found_from_a_folder_below(name, text, monkeypatch) -> None:
    write(name, text)
    write("nets/small/x.txt", "")
    write("nets/pyproject.toml", "[project]\nname='no costscope here'")
    monkeypatch.chdir("nets/small")

    found = config.project(Path.cwd())

    assert found is not None
    assert found.name == f"../../{name}"
    place = found.layer.written[0].budget.place
    assert place.startswith(f"../../{name}: ")
    assert place.endswith("budget.macs")


def test_no_configuration_is_none() -> None:
    assert config.project(Path.cwd()) is None
    assert config.user() is None


@pytest.mark.parametrize(
    "names", [("costscope.toml", ".costscope.toml"), ("costscope.toml", "pyproject.toml")]
)
def test_two_configurations_in_one_folder_are_refused(names) -> None:
    for name in names:
        write(name, "[tool.costscope.budget]\nmacs = 1")

    with pytest.raises(UsageError, match=r"two configurations .* keep one of them"):
        config.project(Path.cwd())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("budget = [", "not TOML"),
        ("[budget]\nmacs = 1\nmacs = 2", "not TOML"),
        ("a = " + "1" * 5000, "not TOML"),
        ("a = " + "[" * 5000, "not TOML"),
        ("\x00", "not TOML"),
        ("confidence = 'uper'", "confidence: unknown 'uper'; did you mean 'upper'?"),
        ("confidence = 3", "confidence: expected a text"),
        ("on_undecided = 'pass'", "on_undecided: unknown 'pass'"),
        ("models = 5", "models: expected a list of names"),
        ("models = []", "models: expected a list of names"),
        ("hardware = [3]", "hardware: expected a text"),
        ("threads = 0", "threads: expected a whole number from 1"),
        ("threads = true", "threads: expected a whole number"),
        ("dims = 4", "dims: expected sizes like"),
        ("dims = {batch = '4 B'}", "dims.batch: expected a whole number"),
        ("time_model = 'best'", "time_model: unknown 'best'"),
        ("baseline = ''", "baseline: expected a text"),
        ("[[suppress]]\nrule='G1'", "suppress[0].reason: missing; say why"),
        ("[[suppress]]\nreason='x'", "suppress[0].rule: missing"),
        ("[[suppress]]\nrule='G1'\nreason='x'\nnods='y'", "(did you mean 'nodes'?)"),
        ("[[suppress]]\nrule='G1'\nreason='x'\nmodels=3", "models: expected a list of globs"),
        ("suppress = 'G1'", "expected a table with rule and reason"),
    ],
)
def test_a_configuration_that_cannot_be_understood_is_refused_in_one_line(text, why) -> None:
    write("costscope.toml", text)

    with pytest.raises(UsageError) as refusal:
        config.project(Path.cwd())

    assert why in str(refusal.value)
    assert "costscope.toml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "table", ["tool.costscop", "tool.cost_scope", "costscope", "tool.Costscope"]
)
def test_a_table_that_is_meant_for_us_does_not_go_unread(table) -> None:
    write("pyproject.toml", f"[{table}.budget]\nmacs = 1")

    with pytest.raises(UsageError, match=r"did you mean tool\.costscope\?"):
        config.project(Path.cwd())


def test_tables_of_other_tools_are_no_concern() -> None:
    write("pyproject.toml", "[tool.coverage]\nx = 1\n[tool.ruff]\nx = 1\n[project]\nname='x'")

    assert config.project(Path.cwd()) is None


def test_bytes_that_are_no_text_are_refused() -> None:
    Path("costscope.toml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(UsageError, match="not UTF-8 text"):
        config.project(Path.cwd())


def test_a_deeply_nested_stray_key_is_a_limit_or_a_refusal() -> None:
    write("costscope.toml", ".".join(["a"] * 400) + " = 1")
    shallow = config.project(Path.cwd())
    write("costscope.toml", ".".join(["a"] * 2000) + " = 1")

    assert shallow is not None
    assert len(shallow.layer.written) == 1
    with pytest.raises(UsageError, match=r"too deeply nested|not TOML"):
        config.project(Path.cwd())


def test_a_configuration_that_was_named_must_be_there() -> None:
    with pytest.raises(UsageError, match=r"--config nope\.toml: no such file"):
        config.project(Path.cwd(), Path("nope.toml"))
    write("pyproject.toml", "[project]\nname='x'")
    with pytest.raises(UsageError, match=r"it has no \[tool\.costscope\]"):
        config.project(Path.cwd(), Path("pyproject.toml"))
    write("other.toml", "[budget]\nmacs = 1")
    assert config.project(Path.cwd(), Path("other.toml")).name == "other.toml"


def test_flags_go_before_environment_project_and_user_value_by_value(home, monkeypatch) -> None:
    write(str(home / "costscope.toml"), "runtime='ncnn'\nas_dtype='int8'\nthreads=1\n")
    write("costscope.toml", "confidence='upper'\nas_dtype='fp16'\nthreads=2\n")
    monkeypatch.setenv("COSTSCOPE_THREADS", "3")
    one = config.option("confidence", "median", config.Place(file="--confidence"), Path.cwd())

    layers = plan(flags(options={"confidence": one})).layers

    assert [chosen(layers, k) for k in ("confidence", "threads", "as_dtype", "runtime")] == [
        "median",
        3,
        "fp16",
        "ncnn",
    ]
    assert given(layers, "threads").place == "COSTSCOPE_THREADS"
    assert given(layers, "as_dtype").place == "costscope.toml: as_dtype"
    assert given(layers, "runtime").place == "user costscope.toml: runtime"


def test_the_limits_of_all_layers_hold_together(home, monkeypatch) -> None:
    write(str(home / "costscope.toml"), "[budget]\nmacs='1 G'")
    write("costscope.toml", "confidence='upper'\n[budget]\nlatency='1 s'")
    monkeypatch.setenv("COSTSCOPE_BUDGET", "kernels=80; params = 4 M")

    planned = plan(flags())

    assert [each.budget.place for each in planned.written] == [
        "COSTSCOPE_BUDGET kernels=80",
        "COSTSCOPE_BUDGET params = 4 M",
        "costscope.toml: budget.latency",
        "user costscope.toml: budget.macs",
    ]
    assert {each.budget.confidence for each in planned.written} == {"upper"}
    assert all(each.limit for each in planned.written)
    assert planned.config == "costscope.toml, user costscope.toml"


def test_an_environment_variable_that_is_misspelt_is_a_limit_that_cannot_be_decided() -> None:
    found = environment({"COSTSCOPE_BUDGTE": "macs=1", "COSTSCOPE_DATA": "x", "PATH": "y"}, Path())

    (one,) = found.written
    assert one.limit is None
    assert one.problem == "unknown environment variable; did you mean 'COSTSCOPE_BUDGET'?"


@pytest.mark.parametrize("value", [";", "macs=1;;kernels=2", "macs"])
def test_an_empty_limit_of_the_environment_is_not_passed_over(value) -> None:
    found = environment({"COSTSCOPE_BUDGET": value}, Path())

    assert any(each.limit is None for each in found.written)


def test_a_variable_that_is_set_to_nothing_is_not_set() -> None:
    assert environment({"COSTSCOPE_BUDGET": "", "COSTSCOPE_HW": " "}, Path()) == Layer(
        name="environment"
    )
    with pytest.raises(UsageError, match="COSTSCOPE_ON_UNDECIDED: unknown 'ignore'"):
        environment({"COSTSCOPE_ON_UNDECIDED": "ignore"}, Path())


def test_paths_of_a_configuration_start_from_its_folder(monkeypatch) -> None:
    write("costscope.toml", "models = ['nets/*.onnx']\nbaseline = 'base.json'")
    write("nets/a.onnx", "")
    write("below/x", "")
    monkeypatch.chdir("below")

    planned = plan(Asked(flags=Layer(name="flags")))

    assert [(each.name, each.key) for each in planned.models] == [("../nets/a.onnx", "nets/a.onnx")]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("as_dtype", "int7", "unknown data type 'int7'"),
        ("runtime", "nope", "unknown runtime 'nope'"),
        ("hardware", "nope", "unknown hardware 'nope'"),
        ("select", "Z", "--flag: no rule 'Z'"),
        ("ignore", "g1", "no rule 'g1'; did you mean 'G1'?"),
    ],
)
def test_names_that_do_not_exist_are_refused_before_any_work(name, value, why) -> None:
    one = config.option(name, value, config.Place(file="--flag"), Path.cwd())

    with pytest.raises(UsageError) as refusal:
        plan(flags(options={name: one}))

    assert why in str(refusal.value)


def test_a_suppression_of_a_rule_that_does_not_exist_is_refused() -> None:
    write("costscope.toml", "[[suppress]]\nrule='G77'\nreason='x'")

    with pytest.raises(UsageError, match=r"suppress\[0\]\.rule: no rule 'G77'"):
        plan(flags())


def test_no_model_is_refused() -> None:
    with pytest.raises(UsageError, match="no model to check"):
        plan(Asked(flags=Layer(name="flags")))
