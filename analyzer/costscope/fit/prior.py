"""A family's population as a file, so that a new machine can be fitted without the tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from costscope import resources
from costscope.errors import ProfileError
from costscope.fit.batch import Array
from costscope.fit.intervals import ALL, Trust
from costscope.fit.population import Population

_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is known of a machine of a family before, and after k networks were measured.

    Attributes:
        family: its name.
        classes: P names.
        covariates: Q names.
        population: the prior itself.
        known: by group: trust in networks held out on machines that are measured.
        new: by k, then by group: trust on machines that no fit has seen, after k networks.
    """

    family: str
    classes: tuple[str, ...]
    covariates: tuple[str, ...]
    population: Population
    known: Mapping[str, Trust]
    new: Mapping[int, Mapping[str, Trust]]

    def after(self, networks: int, group: str) -> Trust | None:
        """Trust after so many networks: that of the most that were tried and are not more."""
        tried = [k for k in self.new if k <= networks]
        if not tried:
            return None
        found = self.new[max(tried)]
        return found.get(group, found.get(ALL))


def to_json(prior: Prior) -> str:
    """The file's text: rounded, sorted, no dates."""
    told = {
        "family": prior.family,
        "classes": list(prior.classes),
        "covariates": list(prior.covariates),
        "coefficients": _rounded(prior.population.coefficients),
        "covariance": _rounded(prior.population.covariance),
        "sigma": _round(prior.population.sigma),
        "freedom": prior.population.freedom,
        "known": {key: _trust(each) for key, each in sorted(prior.known.items())},
        "new": {
            str(k): {group: _trust(each) for group, each in sorted(groups.items())}
            for k, groups in sorted(prior.new.items())
        },
    }
    return json.dumps(told, indent=1) + "\n"


def parse(text: str, origin: str) -> Prior:
    """The prior of a file's text.

    Raises:
        ProfileError: it is not such a file.
    """
    try:
        told = json.loads(text)
        found = Prior(
            family=told["family"],
            classes=tuple(told["classes"]),
            covariates=tuple(told["covariates"]),
            population=Population(
                coefficients=np.array(told["coefficients"], float),
                covariance=np.array(told["covariance"], float),
                sigma=float(told["sigma"]),
                freedom=float(told["freedom"]),
            ),
            known={key: Trust(**each) for key, each in told["known"].items()},
            new={
                int(k): {group: Trust(**each) for group, each in groups.items()}
                for k, groups in told["new"].items()
            },
        )
        _check(found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ProfileError(f"{origin}: not a prior of `make profiles`: {error}") from None
    return found


def _check(prior: Prior) -> None:
    """Refuse sizes that do not belong together, and numbers that are none."""
    shapes = {
        "coefficients": (len(prior.covariates), len(prior.classes)),
        "covariance": (len(prior.classes), len(prior.classes)),
    }
    for name, shape in shapes.items():
        values = getattr(prior.population, name)
        if values.shape != shape or not np.isfinite(values).all():
            raise ValueError(f"{name}: not {shape[0]} x {shape[1]} numbers")
    if not (prior.population.sigma > 0 and prior.population.freedom > 0):
        raise ValueError("sigma and freedom must be above zero")


@lru_cache(maxsize=32)
def load(family: str) -> Prior:
    """The shipped prior of a family.

    Raises:
        ProfileError: there is none.
    """
    path = resources.folder("hardware_profiles") / "priors" / f"{family}.json"
    if not path.is_file():
        raise ProfileError(f"no prior of family {family!r}")
    return parse(path.read_text(encoding="utf-8"), str(path))


def _trust(each: Trust) -> dict[str, Any]:
    return {k: _round(v) if isinstance(v, float) else v for k, v in asdict(each).items()}


def _rounded(values: Array) -> list[list[float]]:
    return [[_round(value) for value in row] for row in values]


def _round(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
