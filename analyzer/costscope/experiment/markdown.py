"""Experiments as markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costscope.experiment import cells
from costscope.experiment.types import Experiment

_LEFT = 2  # the first columns are words


def markdown(experiments: Sequence[Experiment]) -> str:
    """A section for each experiment."""
    return "\n".join(line for each in experiments for line in _section(each))


def _section(experiment: Experiment) -> Iterator[str]:
    yield f"## {cells.title(experiment)}"
    yield ""
    yield experiment.verdict.sentence
    yield ""
    if conditions := cells.conditions(experiment):
        yield f"{conditions[0].upper()}{conditions[1:]}."
        yield ""
    heads = cells.heads(experiment)
    yield _row(heads)
    yield f"|{'---|' * _LEFT}{'--:|' * (len(heads) - _LEFT)}"
    for group in cells.widths(experiment):
        yield from (_row(each) for each in group)
    yield ""
    yield cells.legend(experiment)
    yield ""
    for each in experiment.agreements:
        yield f"- Order of {cells.agreement(each)}."
    for line in (*experiment.notes, *experiment.guideline.assumed):
        yield f"- {line}"
    yield ""


def _row(found: Sequence[str]) -> str:
    return f"| {' | '.join(found)} |"
