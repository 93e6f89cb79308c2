"""A family's measurements as arrays: machines by networks by classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
_BY_THREADS = ((1, "1 thread"), (4, "2 to 4 threads"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A machine with a runtime, threads and an element type.

    Attributes:
        profile: name of the machine's profile.
        runtime: name of the runtime.
        version: of the runtime.
        threads: of one operator; None where there is no such thing.
        dtype: that the networks were computed in.
        chip: what it shares with other machines that are left out together with it.
        source: key of the measurements' source in the profile.
    """

    profile: str
    runtime: str
    version: str = ""
    threads: int | None = None
    dtype: str = "float32"
    chip: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """What to call it."""
        many = "" if self.threads == 1 else "s"
        threads = "" if self.threads is None else f", {self.threads} thread{many}"
        return f"{self.profile} ({self.runtime}, {self.dtype}{threads})"

    @property
    def group(self) -> str:
        """Machines whose predictions are about equally sure: by element type and threads."""
        if self.threads is None:
            return self.dtype
        for most, words in _BY_THREADS:
            if self.threads <= most:
                return f"{self.dtype}, {words}"
        return f"{self.dtype}, more threads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Latencies of networks on machines, with what each network asks of each machine.

    Attributes:
        subjects: D machines.
        networks: N names.
        classes: P names, in the order of a structure.
        covariates: (D, Q): what is known of each machine before any is measured.
        charges: (D, N, P): in base units of each class.
        log_s: (D, N): logarithm of the latency in seconds; 0 where nothing was measured.
        fitted: (D, N): whether a fit may use the row.
        rounding: (D, N): standard deviation that a printed latency's last digit leaves, as a
            share of it.
        floor: (D, P): what the logarithm of seconds per unit may hardly be below; None for
            no limit.
        scored: (D, N): whether an error may be reported of the row.
    """

    subjects: tuple[Subject, ...]
    networks: tuple[str, ...]
    classes: tuple[str, ...]
    covariates: Array
    charges: Array
    log_s: Array
    fitted: Mask
    scored: Mask
    rounding: Array
    floor: Array | None = None

    def without(self, *, network: int | None = None, machines: Mask | None = None) -> Batch:
        """The same with the rows of a network, or of some machines, taken out of the fit."""
        fitted = self.fitted.copy()
        if network is not None:
            fitted[:, network] = False
        if machines is not None:
            fitted[machines] = False
        return replace(self, fitted=fitted)

    def of(self, machines: Sequence[int] | npt.NDArray[np.intp]) -> Batch:
        """Some of the machines, by their indices."""
        indices = np.asarray(machines, dtype=np.intp)
        return replace(
            self,
            subjects=tuple(self.subjects[i] for i in indices),
            covariates=self.covariates[indices],
            charges=self.charges[indices],
            log_s=self.log_s[indices],
            fitted=self.fitted[indices],
            scored=self.scored[indices],
            rounding=self.rounding[indices],
            floor=None if self.floor is None else self.floor[indices],
        )
