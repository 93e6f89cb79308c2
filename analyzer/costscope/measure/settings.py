"""How a model is measured: every choice that changes the result."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from costscope.errors import UsageError
from costscope.hardware.types import Hardware
from costscope.measure.session import CPU, LEVELS

MOST_THREADS = 1024
_LEAST_RUNS = 3  # fewer have no middle


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a measurement is asked for.

    Attributes:
        threads: of one operator.
        optimization: `none`, `basic`, `extended` or `all`, the runtime's own default.
        provider: execution provider.
        runs: how many count; None for as many as the confidence needs.
        time_limit_s: for each model, warm-up and profile included.
        random_weights: distinct random ones for weights that are missing or filled with one
            value; those in the file stay.
        seed: of inputs and random weights.
        inputs: files with arrays (.npy) by the name of the input; others are made up.
        dims: sizes of open dimensions, by symbol.
        input_shapes: whole shapes, by input.
        hardware: the machine whose prediction stands beside; None for no prediction.
        keep: folder for the profile and the optimised graph; None: they are thrown away.

    Raises:
        UsageError: a number out of range, or no such level; the message names the flag.
    """

    threads: int = 1
    optimization: str = "all"
    provider: str = CPU
    runs: int | None = None
    time_limit_s: float = 10.0
    random_weights: bool = False
    seed: int = 0
    inputs: Mapping[str, Path] = field(default_factory=dict)
    dims: Mapping[str, int] = field(default_factory=dict)
    input_shapes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    hardware: Hardware | None = None
    keep: Path | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.threads <= MOST_THREADS:
            raise UsageError(f"--threads {self.threads}: give a number from 1 to {MOST_THREADS}")
        if self.optimization not in LEVELS:
            known = ", ".join(LEVELS)
            raise UsageError(f"--optimization {self.optimization}: choose one of {known}")
        if self.runs is not None and self.runs < _LEAST_RUNS:
            raise UsageError(
                f"--runs {self.runs}: a median needs {_LEAST_RUNS} or more; "
                "leave it out for as many as the confidence needs"
            )
        if not (self.time_limit_s > 0 and math.isfinite(self.time_limit_s)):
            raise UsageError(f"--time-limit {self.time_limit_s:g} s: give a time above zero")
        if self.seed < 0:
            raise UsageError(f"--seed {self.seed}: give 0 or more")


def input_files(given: Sequence[str]) -> dict[str, Path]:
    """Files by input, from `--input NAME=FILE.npy`.

    Raises:
        UsageError: another form, one input given twice, or no such file.
    """
    found: dict[str, Path] = {}
    for text in given:
        name, equals, file = text.partition("=")
        if not (equals and name and file):
            raise UsageError(f"--input {text}: expected NAME=FILE.npy, as in --input x=image.npy")
        if name in found:
            raise UsageError(f"--input {name}: given twice")
        path = Path(file)
        if path.suffix != ".npy":
            raise UsageError(f"--input {text}: the file must be an array saved as .npy")
        if not path.is_file():
            raise UsageError(f"--input {text}: no such file")
        found[name] = path
    return found
