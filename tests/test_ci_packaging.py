"""The GitHub Action, the pre-commit hooks and the GitLab example: their real steps are run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import action_steps

ROOT = Path(__file__).parents[1]
MOBILENET_V2 = ROOT / "models" / "mobilenet_v2.onnx"
ACTION = ROOT / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
README = ROOT / "README.md"
_RUNS = [step for step in action_steps.read(ACTION)["runs"]["steps"] if "run" in step]
_KEYS = {"id", "name", "description", "entry", "language", "files", "pass_filenames"}
_KEYS |= {"require_serial", "types", "types_or", "exclude", "args", "always_run", "stages"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with a network in a folder."""
    folder = tmp_path / "workspace"
    (folder / "nets").mkdir(parents=True)
    shutil.copy(MOBILENET_V2, folder / "nets" / "net.onnx")
    return folder


@pytest.fixture
def temp(tmp_path: Path) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    return folder


def act(checkout: Path, temp: Path, **given: str) -> action_steps.Run:
    inputs = {"models": "nets/*.onnx"} | {k.replace("_", "-"): v for k, v in given.items()}
    return action_steps.run(ACTION, inputs, workspace=checkout, temp=temp)


def schema_holds(schema: str, file: Path) -> None:
    """The published schema, as check-jsonschema ships it."""
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_obeys_the_schema_of_actions() -> None:
    schema_holds("vendor.github-actions", ACTION)


def test_no_input_is_ever_part_of_a_script() -> None:
    assert len(_RUNS) == 5
    for step in _RUNS:
        assert "${{" not in step["run"], step["name"]
        assert step["shell"] == "bash"


def test_every_input_and_output_is_described_and_used() -> None:
    metadata = action_steps.read(ACTION)
    text = ACTION.read_text(encoding="utf-8")

    for name, each in metadata["inputs"].items():
        assert each["description"]
        assert f"inputs.{name}" in text
    for each in metadata["outputs"].values():
        assert each["description"]


def test_actions_of_others_are_pinned_to_a_major_version() -> None:
    for step in action_steps.read(ACTION)["runs"]["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])


@pytest.mark.parametrize(
    ("install", "asked"), [("", "/where/the action/is"), ("costscope==1.2 ", "costscope==1.2 ")]
)
def test_it_installs_what_the_action_is_of_unless_told_otherwise(
    tmp_path: Path, install: str, asked: str
) -> None:
    step = next(step for step in _RUNS if step["name"].startswith("Install"))
    stub = tmp_path / "python"
    stub.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    stub.chmod(0o755)

    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "GITHUB_ACTION_PATH": "/where/the action/is",
            "INPUT_INSTALL": install,
        },
        capture_output=True,
        text=True,
        check=True,
    )

    words = done.stdout.splitlines()
    assert words[:3] == ["-m", "pip", "install"]
    assert words[-1] == asked


def test_a_check_that_passes(checkout: Path, temp: Path) -> None:
    ran = act(checkout, temp, hardware="pixel6", budgets="latency = 1 s\n\n  macs=400 M\r\n")

    assert (ran.failed, ran.code) == ("", 0), ran.log
    counts = {key: ran.outputs[key] for key in ("exit-code", "passed", "failed", "undecided")}
    assert counts == {"exit-code": "0", "passed": "2", "failed": "0", "undecided": "0"}
    assert ran.summary == Path(ran.outputs["summary"]).read_text(encoding="utf-8")
    assert "2 of 2 budgets pass" in ran.summary
    assert json.loads(Path(ran.outputs["json"]).read_text(encoding="utf-8"))["exit_code"] == 0
    assert "<testsuites" in Path(ran.outputs["junit"]).read_text(encoding="utf-8")
    assert '"2.1.0"' in Path(ran.outputs["sarif"]).read_text(encoding="utf-8")


def test_a_check_that_fails_reports_everything_before_it_does(checkout: Path, temp: Path) -> None:
    ran = act(
        checkout,
        temp,
        hardware="pixel6",
        budgets="macs=200 M",
        sarif_file="check.sarif",
        comment_file="nets/comment.md",
    )

    assert (ran.failed, ran.code) == ("Verdict", 1), ran.log
    assert (ran.outputs["exit-code"], ran.outputs["failed"]) == ("1", "1")
    assert "\n::error file=nets/net.onnx,title=costscope%3A macs is over budget::" in ran.log
    assert "1 fails" in ran.summary
    assert "1 fails" in (checkout / "nets" / "comment.md").read_text(encoding="utf-8")
    assert "budget/macs" in (checkout / "check.sarif").read_text(encoding="utf-8")


def test_a_check_that_cannot_be_decided_fails_too(checkout: Path, temp: Path) -> None:
    ran = act(checkout, temp, hardware="pixel6", budgets="latency_increase=+5 %")

    assert (ran.failed, ran.code) == ("Verdict", 3), ran.log
    assert (ran.outputs["exit-code"], ran.outputs["undecided"]) == ("3", "1")
    assert "cannot be decided" in ran.summary


def test_it_only_warns_where_that_is_asked_for(checkout: Path, temp: Path) -> None:
    ran = act(
        checkout, temp, hardware="pixel6", budgets="latency_increase=+5 %", on_undecided="warn"
    )

    assert (ran.failed, ran.code) == ("", 0), ran.log
    assert ran.outputs["undecided"] == "1"
    assert "\n::warning file=nets/net.onnx," in ran.log


def test_wrong_usage_is_told_and_ends_in_its_exit_code(checkout: Path, temp: Path) -> None:
    ran = act(checkout, temp, hardware="no-such-machine", budgets="latency=1 s")

    assert (ran.failed, ran.code) == ("Verdict", 2), ran.log
    assert "\n::error title=costscope check could not run::costscope: error: " in ran.log
    assert ran.outputs["exit-code"] == "2"
    assert ran.outputs["passed"] == ran.summary == ""


@pytest.mark.parametrize("name", ["a b.onnx", "$(touch pwned).onnx", "`touch pwned`.onnx", "--hw"])
def test_inputs_are_words_never_commands_or_flags(checkout: Path, temp: Path, name: str) -> None:
    (checkout / "nets" / "net.onnx").rename(checkout / name)

    ran = act(checkout, temp, models=name, budgets="uncosted=0")

    assert not (checkout / "pwned").exists()
    told = json.loads(Path(ran.outputs["json"]).read_text(encoding="utf-8"))
    assert [each["model"] for each in told["checked"]] == [name]
    assert ran.code in (0, 3)


def test_the_configuration_alone_is_enough(checkout: Path, temp: Path) -> None:
    text = 'models = ["nets/*.onnx"]\nhardware = ["pixel6"]\n\n[budget]\nmacs = "1 M"\n'
    (checkout / "costscope.toml").write_text(text, encoding="utf-8")

    ran = act(checkout, temp, models="")

    assert (ran.failed, ran.code) == ("Verdict", 1), ran.log
    assert "costscope.toml" in ran.summary


def test_in_another_folder_annotations_name_files_of_the_checkout(
    checkout: Path, temp: Path
) -> None:
    ran = act(checkout, temp, models="net.onnx", budgets="macs=1 M", working_directory="./nets/")

    assert "\n::error file=nets/net.onnx,title=" in ran.log, ran.log
    assert ran.code == 1


def test_what_names_say_is_printed_where_no_command_is_looked_for(
    checkout: Path, temp: Path
) -> None:
    ran = act(checkout, temp, models="::error::evil.onnx", budgets="uncosted=0")

    stop = re.search(r"^::stop-commands::(\S+)$", ran.log, re.MULTILINE)
    assert stop is not None
    inside = ran.log.split(stop[0], maxsplit=1)[1].split(f"::{stop[1]}::", maxsplit=1)[0]
    assert "evil" in inside
    commands = [line for line in ran.log.replace(inside, "").splitlines() if line[:2] == "::"]
    assert not any(line.startswith("::error::evil") for line in commands)


def hooks() -> list[dict[str, Any]]:
    found = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    assert isinstance(found, list)
    return found


def test_hooks_have_the_keys_that_pre_commit_knows() -> None:
    assert [hook["id"] for hook in hooks()] == ["costscope-check", "costscope-check-files"]
    for hook in hooks():
        assert {"id", "name", "entry", "language"} <= set(hook) <= _KEYS
        assert hook["language"] == "python"


@pytest.mark.parametrize(
    ("file", "ids"),
    [
        ("nets/a.onnx", ["costscope-check", "costscope-check-files"]),
        ("nets/a.onnx.data", ["costscope-check"]),
        ("costscope.toml", ["costscope-check"]),
        ("gate/pyproject.toml", ["costscope-check"]),
        ("costscope-baseline.json", ["costscope-check"]),
        ("notcostscope.toml", []),
        ("a.onnx.py", []),
    ],
)
def test_hooks_run_when_these_files_change(file: str, ids: list[str]) -> None:
    assert [hook["id"] for hook in hooks() if re.search(hook["files"], file)] == ids


def hooked(number: int, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run a hook as pre-commit does: its entry, the args of the user, the files that match."""
    hook = hooks()[number]
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    staged = subprocess.run(
        ["git", "ls-files", "-z"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    files = [name for name in staged if name and re.search(hook["files"], name)]
    assert files
    command = [*shlex.split(hook["entry"]), *args, *(files if hook["pass_filenames"] else [])]
    return subprocess.run(
        command,
        cwd=folder,
        env=action_steps.environment(folder, folder.parent),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("limit", "code"), [("400 M", 0), ("200 M", 1)])
def test_the_hook_checks_what_the_configuration_says(checkout: Path, limit: str, code: int) -> None:
    text = f'models = ["nets/*.onnx"]\n\n[budget]\nmacs = "{limit}"\n'
    (checkout / "costscope.toml").write_text(text, encoding="utf-8")

    done = hooked(0, checkout)

    assert done.returncode == code, done.stdout + done.stderr


def test_the_hook_without_a_configuration_says_what_to_do(checkout: Path) -> None:
    done = hooked(0, checkout)

    assert done.returncode == 2
    assert done.stderr.startswith("costscope: error: ")


@pytest.mark.parametrize(("limit", "code"), [("macs=400 M", 0), ("macs=200 M", 1)])
def test_the_hook_for_files_checks_those_that_changed(
    checkout: Path, limit: str, code: int
) -> None:
    done = hooked(1, checkout, "--budget", limit)

    assert done.returncode == code, done.stdout + done.stderr
    assert "nets/net.onnx" in done.stdout


def examples() -> list[Any]:
    """The YAML blocks of the README."""
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [yaml.safe_load(block) for block in blocks]


def gitlab() -> dict[str, Any]:
    found = [each for each in examples() if "artifacts" in str(each) and "jobs" not in each]
    assert len(found) == 1, "README.md shows one job of GitLab CI"
    assert isinstance(found[0], dict)
    return found[0]


def test_the_workflow_of_the_readme_is_valid_and_gives_inputs_there_are(tmp_path: Path) -> None:
    inputs = action_steps.read(ACTION)["inputs"]
    workflows = [each for each in examples() if isinstance(each, dict) and "jobs" in each]
    assert len(workflows) == 1
    file = tmp_path / "workflow.yml"
    file.write_text(yaml.safe_dump(workflows[0]).replace("true:", '"on":', 1), encoding="utf-8")
    schema_holds("vendor.github-workflows", file)

    steps = [step for job in workflows[0]["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if "costscope" in step.get("uses", "")]
    assert len(ours) == 1
    assert set(ours[0]["with"]) <= set(inputs)


def test_the_hooks_of_the_readme_exist() -> None:
    repos = [each["repos"] for each in examples() if isinstance(each, dict) and "repos" in each]
    assert len(repos) == 1

    ids = {hook["id"] for repo in repos[0] for hook in repo["hooks"]}
    assert ids
    assert ids <= {hook["id"] for hook in hooks()}


def test_the_job_of_gitlab_is_valid(tmp_path: Path) -> None:
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(yaml.safe_dump(gitlab()), encoding="utf-8")

    schema_holds("vendor.gitlab-ci", file)


@pytest.mark.parametrize(("limit", "code"), [("400 M", 0), ("200 M", 1)])
def test_the_lines_of_the_gitlab_job_run(checkout: Path, limit: str, code: int) -> None:
    """All but the one that installs; the files that it keeps are there even if it fails."""
    text = f'models = ["nets/*.onnx"]\n\n[budget]\nmacs = "{limit}"\n'
    (checkout / "costscope.toml").write_text(text, encoding="utf-8")
    job = next(iter(gitlab().values()))
    install, *lines = job["script"]
    assert install.startswith("pip install ")

    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(lines)],
        cwd=checkout,
        env=action_steps.environment(checkout, checkout.parent),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code, done.stdout + done.stderr
    kept = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
    assert all((checkout / name).is_file() for name in kept)
