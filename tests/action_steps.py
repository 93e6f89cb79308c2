"""Runs the steps of a composite GitHub Action as a runner does, without one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{ *([^}]*?) *\}\}")


@dataclass
class Run:
    """What a run of all steps left behind.

    Attributes:
        failed: name of the step that failed; "" if none did.
        code: exit code of that step, else 0.
        log: what all steps printed.
        outputs: of the action.
        summary: what was added to the summary of the job.
    """

    failed: str = ""
    code: int = 0
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""


def read(path: Path) -> dict[str, Any]:
    """The action's metadata."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def value_of(text: str, inputs: Mapping[str, str], steps: Mapping[str, Mapping[str, str]]) -> str:
    """The text with its expressions filled in: inputs and outputs of steps."""

    def one(found: re.Match[str]) -> str:
        parts = found[1].split(".")
        if parts[0] == "inputs":
            return inputs[parts[1]]
        assert (parts[0], parts[2]) == ("steps", "outputs"), found[1]
        return steps.get(parts[1], {}).get(parts[3], "")

    return _EXPRESSION.sub(one, text)


def run(action: Path, given: Mapping[str, str], *, workspace: Path, temp: Path) -> Run:
    """Run every step with a script, but for the one that installs; stop where one fails."""
    metadata = read(action)
    inputs = {name: each.get("default", "") for name, each in metadata["inputs"].items()}
    assert set(given) <= set(inputs)
    inputs |= given
    result, steps = Run(), {}
    for step in metadata["runs"]["steps"]:
        if "run" not in step or step["name"].startswith("Install"):
            continue
        done, outputs = _step(step, inputs, steps, workspace=workspace, temp=temp)
        steps[step.get("id", step["name"])] = outputs
        result.log += done.stdout
        if done.returncode:
            result.failed, result.code = step["name"], done.returncode
            break
    summary = temp / "summary"
    result.summary = summary.read_text(encoding="utf-8") if summary.exists() else ""
    result.outputs = {
        name: value_of(each["value"], inputs, steps) for name, each in metadata["outputs"].items()
    }
    return result


def _step(
    step: Mapping[str, Any],
    inputs: Mapping[str, str],
    steps: Mapping[str, Mapping[str, str]],
    *,
    workspace: Path,
    temp: Path,
) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    assert step["shell"] == "bash"
    output = temp / f"output-{len(steps)}"
    output.touch()
    script = temp / "script.sh"
    script.write_text(step["run"], encoding="utf-8")
    env = {name: value_of(str(text), inputs, steps) for name, text in step.get("env", {}).items()}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
        cwd=workspace / value_of(step.get("working-directory", "."), inputs, steps),
        env=environment(workspace, temp) | {"GITHUB_OUTPUT": str(output)} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = output.read_text(encoding="utf-8").splitlines()
    return done, dict(line.split("=", maxsplit=1) for line in lines)


def environment(workspace: Path, temp: Path) -> dict[str, str]:
    """What a runner has in its environment; `python` and `costscope` are those of the tests."""
    kept = {key: os.environ[key] for key in ("LANG", "HOME", "COSTSCOPE_DATA") if key in os.environ}
    return kept | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_STEP_SUMMARY": str(temp / "summary"),
        "RUNNER_TEMP": str(temp),
        "OMP_NUM_THREADS": "1",
    }
