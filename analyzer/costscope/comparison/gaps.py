"""What is in no sum of each network, and what was taken for granted."""

from __future__ import annotations

from collections import Counter

from costscope.comparison import words
from costscope.comparison.types import Comparison, Subject
from costscope.units import format_percent
from costscope.views.report import figures
from costscope.views.report.names import brief, clean, counted
from costscope.views.report.types import Section, Tone

_LINES = 8
_TYPES = 5


def sections(found: Comparison) -> list[Section]:
    """Operators that are not costed, kernels that are not predicted, warnings, assumptions."""
    built = [
        _section("Not costed, in no sum above", _uncosted(found), Tone.WARNING),
        _section("Not predicted on the first machine", _unpredicted(found), Tone.WARNING),
        _section("Mind", _warnings(found), Tone.WARNING),
        _section("Taken for granted", _assumptions(found), Tone.PLAIN),
    ]
    return [each for each in built if each.lines]


def _section(title: str, lines: list[str], tone: Tone) -> Section:
    more = len(lines) - _LINES
    kept = lines[:_LINES]
    if more > 0:
        kept.append(f"and {more} more; --format json has all.")
    return Section(title, lines=tuple(kept), tone=tone)


def _uncosted(found: Comparison) -> list[str]:
    return [
        f"{brief(each.label)}: {counted(len(each.analysis.uncosted), 'operator')} ({_types(each)})"
        for each in found.subjects
        if each.analysis.uncosted
    ]


def _types(subject: Subject) -> str:
    counts = Counter(entry.op_type for entry in subject.analysis.uncosted).most_common()
    told = ", ".join(brief(op_type) for op_type, _ in counts[:_TYPES])
    return told + (", ..." if len(counts) > _TYPES else "")


def _unpredicted(found: Comparison) -> list[str]:
    lines = []
    for row in found.first.rows:
        prediction = row.deployment.prediction
        problems = figures.problems(prediction, costed=True) if prediction else Counter[str]()
        lines += [
            f"{brief(row.label)}: {clean(why)} ({counted(number, 'kernel')})"
            for why, number in problems.most_common()
        ]
    return lines


def _warnings(found: Comparison) -> list[str]:
    told = {
        row.label: row.deployment.prediction.warnings if row.deployment.prediction else ()
        for row in found.first.rows
    }
    return _inputs(found) + _shared(found, told)


def _inputs(found: Comparison) -> list[str]:
    """Networks whose inputs are not of the base's shapes: they do other work."""
    base = _shapes(found.base)
    return [
        f"the inputs differ: {brief(found.base.label)} has {base}, "
        f"{brief(each.label)} has {_shapes(each)}"
        for each in found.subjects[1:]
        if _shapes(each) != base
    ]


def _shapes(subject: Subject) -> str:
    inputs = subject.analysis.graph.inputs
    told = ", ".join(f"{words.shape(tensor.shape)} {tensor.dtype.name}" for tensor in inputs[:4])
    return (told or "none") + (", ..." if inputs[4:] else "")


def _assumptions(found: Comparison) -> list[str]:
    lines = _shared(found, {each.label: each.analysis.assumptions for each in found.subjects})
    confidences = {
        row.deployment.prediction.interval_confidence
        for row in found.first.rows
        if row.deployment.prediction and row.deployment.prediction.interval_confidence
    }
    if len(confidences) == 1:
        lines.append(f"intervals hold with {format_percent(*confidences)} confidence")
    return lines


def _shared(found: Comparison, told: dict[str, tuple[str, ...]]) -> list[str]:
    """Sentences, each once: with the network's name unless it is said of all."""
    whose: dict[str, list[str]] = {}
    for label, sentences in told.items():
        for sentence in sentences:
            whose.setdefault(sentence, []).append(label)
    everyone = len(found.subjects)
    return [
        clean(sentence)
        if len(labels) == everyone
        else f"{', '.join(brief(label) for label in labels[:3])}: {clean(sentence)}"
        for sentence, labels in whose.items()
    ]
