"""Machines of a check: by name or path, each once, with the hash of its profile."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from costscope import resources
from costscope.errors import ProfileError, UsageError
from costscope.gate.machines import canonical, machines

PIXEL6 = resources.folder("hardware_profiles") / "pixel6.yaml"


def test_a_machine_by_name_by_other_name_and_by_path_is_one(tmp_path: Path) -> None:
    (tmp_path / "pixel6.yaml").write_bytes(PIXEL6.read_bytes())

    (one,) = machines(["pixel6", "Pixel6", "./pixel6.yaml"], tmp_path)

    assert one.hardware.name == "pixel6"
    assert one.sha256 == hashlib.sha256(PIXEL6.read_bytes()).hexdigest()


def test_the_hash_does_not_hang_on_how_lines_end(tmp_path: Path) -> None:
    (tmp_path / "pixel6.yaml").write_bytes(PIXEL6.read_bytes().replace(b"\n", b"\r\n"))

    assert (
        machines(["./pixel6.yaml"], tmp_path)[0].sha256 == machines(["pixel6"], tmp_path)[0].sha256
    )


def test_the_machine_that_runs_what_another_cannot_is_in_its_hash() -> None:
    (coral,) = machines(["coral_edgetpu"], Path.cwd())
    own = resources.folder("hardware_profiles") / "coral_edgetpu.yaml"

    assert coral.hardware.fallback is not None
    assert coral.sha256 != hashlib.sha256(own.read_bytes()).hexdigest()


def test_two_machines_of_one_name_are_refused(tmp_path: Path) -> None:
    text = PIXEL6.read_text(encoding="utf-8")
    (tmp_path / "pixel6.yaml").write_text(text + "\n# mine\n", encoding="utf-8")

    with pytest.raises(UsageError, match="two machines are called pixel6"):
        machines(["pixel6", "./pixel6.yaml"], tmp_path)


def test_an_unknown_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="unknown hardware 'nope'"):
        machines(["pixel6", "nope"], tmp_path)
    with pytest.raises(ProfileError, match="no hardware profile at"):
        machines(["./nope.yaml"], tmp_path)
    with pytest.raises(ProfileError, match="unknown hardware"):
        canonical("pixle6", tmp_path)
    assert canonical(" PIXEL6 ", tmp_path) == "pixel6"
