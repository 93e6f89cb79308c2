"""What environment variables say: those of CI jobs that share one configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from costscope.gate.limits import Written
from costscope.gate.options import Layer, option
from costscope.gate.types import Budget
from costscope.gate.written import Place, assignment
from costscope.hardware.section import suggestion

_PREFIX = "COSTSCOPE_"
_BUDGET = f"{_PREFIX}BUDGET"
_OPTIONS = {
    f"{_PREFIX}HW": "hardware",
    f"{_PREFIX}AS_DTYPE": "as_dtype",
    f"{_PREFIX}RUNTIME": "runtime",
    f"{_PREFIX}THREADS": "threads",
    f"{_PREFIX}TIME_MODEL": "time_model",
    f"{_PREFIX}CONFIDENCE": "confidence",
    f"{_PREFIX}ON_UNDECIDED": "on_undecided",
    f"{_PREFIX}BASELINE": "baseline",
    f"{_PREFIX}SELECT": "select",
    f"{_PREFIX}IGNORE": "ignore",
}
# Of other commands: no limits.
_OTHERS = {f"{_PREFIX}DATA", f"{_PREFIX}DEBUG", f"{_PREFIX}ZOO_FULL"}


def environment(variables: Mapping[str, str], folder: Path) -> Layer:
    """The layer of the environment; a variable that is set to nothing is not set.

    Args:
        variables: all there are.
        folder: the working directory.

    Raises:
        UsageError: a value that its option does not have.
    """
    ours = {k: v for k, v in sorted(variables.items()) if k.startswith(_PREFIX) and v.strip()}
    options, written = {}, []
    for name, value in ours.items():
        place = Place(file=name)
        if name in _OPTIONS:
            found = option(_OPTIONS[name], value, place, folder)
            options[_OPTIONS[name]] = found
        elif name == _BUDGET:
            parts = value.strip().strip(";").split(";")  # an empty one between two is a mistake
            written += [assignment(part, Place(file=f"{name} {part.strip()}")) for part in parts]
        elif name not in _OTHERS:
            budget = Budget(place=name, metric=name, text=value[:80], confidence="")
            why = f"unknown environment variable{suggestion(name, [_BUDGET, *_OPTIONS])}"
            written.append(Written(budget=budget, problem=why))
    return Layer(name="environment", options=options, written=tuple(written))
