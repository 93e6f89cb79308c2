"""A whole run: whatever a configuration holds, no limit of it is lost and nothing fails open."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import pytest
from gate_cases import checked, figure
from hypothesis import given
from hypothesis import strategies as st

from costscope.errors import UsageError
from costscope.gate import config, plan, run
from costscope.gate.metrics import keys
from costscope.gate.options import OPTIONS, Layer, option
from costscope.gate.plan import Asked
from costscope.gate.types import Standing
from costscope.gate.written import Place, assignment

FIGURES = figure("latency", 0.001), figure("macs", 5), figure("kernels", 0)
MODEL = checked("zoo:alexnet", "", *FIGURES)
SCOPE = {"models", "hardware", "confidence"}

VALUES = st.one_of(
    st.sampled_from(["12 ms", "5 %", "300 M", "upper", "warn", "pixel6", "x", ""]),
    st.sampled_from(["zoo:alexnet", "zoo:squeezenet", "zoo:*"]),
    st.integers(-2, 100),
    st.floats(),
    st.booleans(),
)
NESTED = st.recursive(
    VALUES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from([*keys(), "models", "latancy", "x"]), inner, max_size=2),
    ),
    max_leaves=5,
)
TABLE = st.dictionaries(
    st.sampled_from([*keys(), "models", "hardware", "confidence", "latancy", "x"]),
    NESTED,
    max_size=4,
)
WHOLE = st.fixed_dictionaries(
    {"budget": st.one_of(TABLE, st.lists(TABLE, max_size=3), NESTED)},
    optional={
        "latency": NESTED,
        "budgets": NESTED,
        "limits": TABLE,
        "on_undecided": VALUES,
        "confidence": VALUES,
        "threads": VALUES,
        "models": st.sampled_from([["zoo:alexnet", "zoo:squeezenet"], ["zoo:squeezenet"]]),
        "hardware": st.sampled_from([["pixel6"], "pixel6, adreno_640"]),
    },
)
FLAGS = st.lists(st.text(alphabet="latencymacs=12 %+", max_size=14), max_size=2)


def written(values, path="costscope.toml"):
    """Where a person wrote something that could be a limit, by another way than the gate's."""
    for key, value in values.items():
        if key in OPTIONS or key == "suppress":
            continue
        tables = value if isinstance(value, list) else [value]
        if key != "budget" or not tables:
            yield f"{path}: {key}"
            continue
        for index, table in enumerate(tables):
            place = f"{path}: budget[{index}]" if isinstance(value, list) else f"{path}: budget"
            limits = set(table) - SCOPE if isinstance(table, dict) else set()
            yield from [f"{place}.{inner}" for inner in limits] or [place]


def checking(values, flags, variables):
    """The check of a configuration that says this, of one model that was read."""
    limits = tuple(assignment(text, Place(file=f"--budget {text}")) for text in flags)
    asked = Asked(models=("zoo:alexnet",), flags=Layer(name="flags", written=limits))
    with ExitStack() as stack:
        for where, name, value in (
            (config, "_candidates", lambda folder: [folder / "costscope.toml"]),
            (config, "_read", lambda _: values),
            (config, "user", lambda: None),
            (run, "_checked", lambda *_: (MODEL,)),
            (plan.os, "environ", variables),
        ):
            stack.enter_context(mock.patch.object(where, name, value))
        return run.check(asked)


@given(values=WHOLE, flags=FLAGS, variable=st.sampled_from([None, "macs=1", "nope", ";"]))
def test_whatever_is_written_has_a_verdict_or_is_refused(values, flags, variable) -> None:
    variables = {} if variable is None else {"COSTSCOPE_BUDGET": variable}

    try:
        check = checking(values, flags, variables)
    except UsageError as refusal:
        assert refusal.exit_code == 2
        assert "\n" not in str(refusal)
        return

    places = [each.budget.place for each in check.verdicts]
    places += [each.place for each in check.left_out]
    for place in written(values):
        assert any(each.startswith(place) for each in places), place
    assert all(f"--budget {text}" in places for text in flags)
    assert variable is None or any(each.startswith("COSTSCOPE_BUDGET") for each in places)
    standings = {each.standing for each in check.verdicts}
    assert standings or check.exit_code == 3
    assert all(each.models or each.hardware for each in check.left_out)
    if check.exit_code == 0:
        asked = values.get("on_undecided") == "warn"
        assert standings == {Standing.PASS} or (asked and Standing.FAIL not in standings)
    assert all(each.budget.confidence in ("median", "upper") for each in check.verdicts)


def test_the_law_above_sees_passes_and_failures() -> None:
    good = checking({"budget": {"latency": "2 ms", "macs": 5}}, ["kernels=0"], {})
    bad = checking({"budget": {"latency": "0.5 ms"}}, [], {})

    assert (good.exit_code, len(good.verdicts)) == (0, 3)
    assert bad.exit_code == 1


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(*limits: str, models: tuple[str, ...] = ("zoo:alexnet",)) -> Asked:
    found = tuple(assignment(text, Place(file=f"--budget {text}")) for text in limits)
    return Asked(models=models, flags=Layer(name="flags", written=found), findings=False)


@pytest.mark.usefixtures("project")
def test_what_cannot_be_decided_only_warns_where_somebody_asked_and_that_is_told() -> None:
    Path("costscope.toml").write_text("on_undecided='warn'", encoding="utf-8")

    check = run.check(asked("latency=1 s"))

    assert check.exit_code == 0
    assert not check.undecided_fails
    assert check.notes == (
        "what cannot be decided only warns, as costscope.toml: on_undecided asks",
    )


@pytest.mark.usefixtures("project")
def test_a_model_that_no_limit_is_for_is_told() -> None:
    Path("costscope.toml").write_text(
        "[budget]\nmodels=['zoo:alexnet']\nmacs='9 G'", encoding="utf-8"
    )

    check = run.check(asked(models=("zoo:alexnet", "zoo:mobilenet_v1")))

    assert check.exit_code == 0
    assert check.notes == ("1 model without any limit on some machine, such as zoo:mobilenet_v1",)


@pytest.mark.usefixtures("project")
def test_a_latency_that_passes_without_an_interval_is_told() -> None:
    Path("costscope.toml").write_text("hardware=['pixel6']", encoding="utf-8")

    check = run.check(asked("latency=9 s", "macs=9 G"))

    assert check.exit_code == 0
    (note,) = check.notes
    assert note.startswith("pixel6: no interval stands behind the latency of 1 model such as zoo:")


@pytest.mark.usefixtures("project")
def test_a_baseline_of_another_version_is_told() -> None:
    path, text = run.new_baseline(asked(models=("zoo:alexnet",)))
    path.write_text(text.replace('"version": "0', '"version": "99'), encoding="utf-8")
    Path("costscope.toml").write_text("baseline='costscope-baseline.json'", encoding="utf-8")

    check = run.check(asked("macs_increase=0"))

    assert check.exit_code == 0
    assert check.baseline == "costscope-baseline.json"
    assert "was written by costscope 99" in check.notes[0]


CONFIGURED = """
models = ["zoo:alexnet", "zoo:squeezenet"]
hardware = ["pixel6", "raspberry_pi_4b"]
[[budget]]
macs = "9 G"
[[budget]]
models = ["zoo:squeezenet"]
params = 1
[[budget]]
hardware = ["raspberry_pi_4b"]
latency = "1 ns"
"""


def narrowed(models=(), hardware=(), more=""):
    """The check of some models on some machines of a configuration that has two of each."""
    Path("costscope.toml").write_text(CONFIGURED + more, encoding="utf-8")
    flags = {}
    if hardware:
        flags["hardware"] = option("hardware", hardware, Place(file="--hw"), Path.cwd())
    return run.check(
        Asked(models=models, flags=Layer(name="flags", options=flags), findings=False, jobs=1)
    )


@pytest.mark.usefixtures("project")
def test_limits_for_what_somebody_chose_not_to_check_are_left_out_and_told() -> None:
    whole = narrowed()
    part = narrowed(("zoo:alexnet",), ("pixel6",))

    assert whole.left_out == ()
    assert {each.budget.metric for each in whole.of(Standing.FAIL)} == {"params", "latency"}
    assert [each.budget.metric for each in part.verdicts] == ["macs"]
    assert [each.metric for each in part.left_out] == ["params", "latency"]
    assert part.exit_code == 0
    assert any(note.startswith("not asked for here") for note in part.notes)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("scope", ["models = ['zoo:vgg']", "hardware = ['adreno_640']"])
def test_limits_for_what_the_project_does_not_have_are_undecided_all_the_same(scope) -> None:
    check = narrowed(("zoo:alexnet",), ("pixel6",), f"[[budget]]\n{scope}\nparams = 9\n")

    assert check.exit_code == 3
    assert [each.budget.place for each in check.of(Standing.UNDECIDED)] == [
        "costscope.toml: budget[3].params"
    ]


@pytest.mark.usefixtures("project")
def test_a_limit_that_is_not_understood_is_never_left_out() -> None:
    more = "[[budget]]\nmodels = ['zoo:squeezenet']\nlatancy = '1 s'\n"

    check = narrowed(("zoo:alexnet",), ("pixel6",), more)

    assert check.exit_code == 3
    assert "latancy" in {each.budget.metric for each in check.of(Standing.UNDECIDED)}


@pytest.mark.usefixtures("project")
def test_where_all_limits_are_left_out_nothing_passes() -> None:
    Path("costscope.toml").write_text(
        "models = ['zoo:alexnet', 'zoo:squeezenet']\n[budget]\n"
        "models = ['zoo:squeezenet']\nmacs = '9 G'\n",
        encoding="utf-8",
    )

    check = run.check(Asked(models=("zoo:alexnet",), flags=Layer(name="flags"), findings=False))

    assert check.verdicts == ()
    assert check.exit_code == 3
