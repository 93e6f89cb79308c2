"""Experiments as plain values for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from costscope.experiment import published
from costscope.experiment.agreement import MEASURED, PREDICTED
from costscope.experiment.network import name_of
from costscope.experiment.types import Experiment, Outcome

SCHEMA_VERSION = "1.0"


def record(experiments: Sequence[Experiment]) -> dict[str, Any]:
    """All that the experiments hold, with a schema version; seconds and networks a second."""
    return {
        "schema_version": SCHEMA_VERSION,
        "paper": published.paper(),
        "platforms": {key: asdict(each) for key, each in published.platforms().items()},
        "experiments": [_experiment(each) for each in experiments],
    }


def _experiment(experiment: Experiment) -> dict[str, Any]:
    guideline = experiment.guideline
    return {
        "guideline": guideline.name,
        "title": guideline.title,
        "claim": guideline.claim,
        "table": guideline.table,
        "assumed": list(guideline.assumed),
        "sizes": experiment.sizes,
        "computer": asdict(experiment.computer) if experiment.computer else None,
        "runtime": experiment.runtime or None,
        "hardware": experiment.hardware or None,
        "networks": [_outcome(experiment, each) for each in experiment.outcomes],
        "agreements": [asdict(each) for each in experiment.agreements],
        "verdict": asdict(experiment.verdict),
        "notes": list(experiment.notes),
    }


def _outcome(experiment: Experiment, outcome: Outcome) -> dict[str, Any]:
    row = outcome.row
    predicted = outcome.predicted
    return {
        "name": name_of(row),
        "setting": row.setting,
        "scale": row.scale,
        "channels": list(row.channels),
        "macs": outcome.macs,
        "memory_access": outcome.memory_access,
        "paper_per_s": dict(row.paper),
        "measured": asdict(outcome.measured) if outcome.measured else None,
        "predicted": predicted._asdict() if predicted else None,
        "predicted_is_lower_bound": outcome.lower_bound,
        "relative_speed": {
            who: experiment.relative(outcome, who)
            for who in (*published.platforms(), MEASURED, PREDICTED)
        },
        "disturbances": list(outcome.disturbances),
        "problem": outcome.problem or None,
        "warnings": list(outcome.warnings),
    }
