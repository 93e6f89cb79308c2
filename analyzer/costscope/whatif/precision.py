"""A model in another precision, and what its predicted time rests on there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from costscope import dtypes
from costscope.analysis.types import Deployment
from costscope.timing.types import Prediction
from costscope.whatif.case import Case
from costscope.whatif.quantization import needs_pairs, paired


class Basis(StrEnum):
    """What a latency rests on, in words that follow "rests on"; the best first."""

    MEASURED = "measurements of networks on this machine"
    PARTLY = "measurements of other kinds of networks on this machine"
    PEAK = "the arithmetic peak, not on measurements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """A model in a narrower type.

    Attributes:
        dtype: the type.
        deployment: where the model runs, in that type.
        latency_s: predicted.
        basis: what that rests on.
    """

    dtype: str
    deployment: Deployment
    latency_s: float
    basis: Basis


def converted(case: Case, dtype: str) -> Deployment:
    """The model as it would be deployed in another type.

    Where a runtime has integer kernels for some operators alone, with what stands between
    them in floats, and its conversions.
    """
    if not dtypes.named(dtype).is_float and needs_pairs(case.deployment.runtime):
        return case.deployed(paired(case))
    return case.deployed_in(dtype)


def narrowed(case: Case, dtype: str) -> Narrow | None:
    """The model in another type; None where that gives no whole prediction."""
    deployment = converted(case, dtype)
    prediction = deployment.prediction
    if prediction is None or not prediction.latency_s or not prediction.complete:
        return None
    return Narrow(
        dtype=dtype,
        deployment=deployment,
        latency_s=prediction.latency_s,
        basis=basis_of(prediction, dtype),
    )


def basis_of(prediction: Prediction, dtype: str) -> Basis:
    """What stands behind a prediction in a type."""
    rates = prediction.rates
    if not prediction.calibrated or (rates and rates.computes(dtype) != rates.dtype):
        return Basis.PEAK
    if prediction.interval_confidence is None or (rates and rates.ranking):
        return Basis.PARTLY
    return Basis.MEASURED


def computed_in(prediction: Prediction, dtype: str) -> str:
    """The type that a runtime computes a file's type in."""
    return prediction.rates.computes(dtype) if prediction.rates else dtype
