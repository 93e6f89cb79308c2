"""The choices of a measurement: what is refused, with the flag named."""

from __future__ import annotations

from pathlib import Path

import pytest

from costscope.errors import UsageError
from costscope.measure.settings import Settings, input_files


def test_the_level_is_the_runtimes_own_default() -> None:
    settings = Settings()

    assert (settings.threads, settings.optimization) == (1, "all")
    assert settings.provider == "CPUExecutionProvider"
    assert settings.runs is None


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        ({"threads": 0}, "--threads 0: give a number from 1 to"),
        ({"threads": 5000}, "--threads 5000: give a number from 1 to"),
        ({"optimization": "full"}, "--optimization full: choose one of none, basic, extended, all"),
        ({"runs": 2}, "--runs 2: a median needs 3 or more"),
        ({"time_limit_s": 0.0}, "--time-limit 0 s: give a time above zero"),
        ({"time_limit_s": float("inf")}, "--time-limit inf s: give a time above zero"),
        ({"time_limit_s": float("nan")}, "--time-limit nan s: give a time above zero"),
        ({"seed": -1}, "--seed -1: give 0 or more"),
    ],
)
def test_a_number_out_of_range_is_one_line_with_the_flag(
    mistake: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError, match=told) as raised:
        Settings(**mistake)  # type: ignore[arg-type]

    assert "\n" not in str(raised.value)


def test_inputs_are_files_by_name(tmp_path: Path) -> None:
    image, mask = tmp_path / "image.npy", tmp_path / "a=b.npy"
    for path in (image, mask):
        path.write_bytes(b"")

    assert input_files([f"x:0={image}", f"mask={mask}"]) == {"x:0": image, "mask": mask}
    assert input_files([]) == {}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["x"], "expected NAME=FILE.npy"),
        (["=image.npy"], "expected NAME=FILE.npy"),
        (["x="], "expected NAME=FILE.npy"),
        (["x=image.png"], "saved as .npy"),
        (["x=nowhere.npy"], "--input x=nowhere.npy: no such file"),
    ],
)
def test_an_input_of_another_form_is_refused(given: list[str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        input_files(given)


def test_an_input_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.npy"
    path.write_bytes(b"")

    with pytest.raises(UsageError, match="--input x: given twice"):
        input_files([f"x={path}", f"x={path}"])
