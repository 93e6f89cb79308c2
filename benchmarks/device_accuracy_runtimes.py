"""What `costscope fit` makes of a runtime that no family has: each runtime left out in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from costscope.fit.assemble import charged, covariates_of, default_coefficients, floors
from costscope.fit.batch import Array, Batch, Subject
from costscope.fit.family import Family
from costscope.fit.networks import Networks
from costscope.fit.population import population, posterior_of
from costscope.fit.posterior import log_seconds
from costscope.fit.rows import FIT
from costscope.fit.rows import Row as Measured
from costscope.fit.subjects import family_for
from costscope.hardware.types import Hardware
from costscope.kernels.runtimes import RUNTIMES
from device_accuracy_held import rows_of
from device_accuracy_rows import LEARNED, NEW, Held, Row, after, architecture

_CLASSES = ("arm_cpu", "mobile_gpu")
_UNKNOWN = "another runtime"
_LAST = "tflite"  # whose fusion is taken where the runtime has no description

Group = tuple[str, str, int, str]  # profile, runtime, threads, element type


def other_runtimes(
    rows: Iterable[Measured],
    machines: Mapping[str, Hardware],
    batches: Mapping[str, Batch],
    networks: Networks,
) -> tuple[Held, ...]:
    """The rows of each runtime, predicted from k of them and machines of other runtimes."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    families: dict[str, Family] = {}
    for (profile, runtime, _, _), group in groups(rows, machines).items():
        base = machines[profile]
        subject, family = _whose(group[0], base)
        batch = batches.get(family.name)
        if batch is None or subject.dtype not in family.dtypes:
            continue
        others = _others(batch, runtime, base)
        if not others.fitted.any():
            continue
        families[family.name] = family
        key = (runtime, base.device_class, family.name)
        mine = _batch(family, subject, group, base, networks)
        log_s = _learned(family, mine, others)
        found.setdefault(key, []).extend(rows_of(family, mine, log_s, machines))
    return tuple(
        Held(name=f"{runtime}, {kind}", summary=families[family].summary, rows=tuple(each))
        for (runtime, kind, family), each in found.items()
    )


def groups(
    rows: Iterable[Measured], machines: Mapping[str, Hardware]
) -> dict[Group, list[Measured]]:
    """Rows that are fitted together; of several rows of a network the last counts."""
    found: dict[Group, dict[str, Measured]] = {}
    for row in rows:
        hardware = machines.get(row.profile)
        if row.use == FIT and hardware is not None and hardware.device_class in _CLASSES:
            key = (row.profile, row.runtime, row.threads, row.dtype)
            found.setdefault(key, {})[row.model] = row
    return {key: list(group.values()) for key, group in found.items() if len(group) > 1}


def order(networks: Sequence[str], suggested: Sequence[str]) -> list[int]:
    """Which network to measure first: the suggested ones, then as they stand in the table."""
    wanted = [_called(name) for name in suggested]

    def rank(at: int) -> int:
        names = _called(networks[at])
        return next((place for place, each in enumerate(wanted) if each & names), len(wanted))

    return sorted(range(len(networks)), key=rank)


def _called(network: str) -> set[str]:
    """What tables call a network: `zoo:resnet@50` is a resnet, and ncnn's resnet50."""
    whole = network.removeprefix("zoo:")
    return {architecture(network), whole.replace("@", "")}


def _whose(row: Measured, base: Hardware) -> tuple[Subject, Family]:
    """As `costscope fit` would take the row, were its runtime in no family."""
    known = [name for name in (row.runtime, base.runtime) if name in RUNTIMES]
    subject = Subject(
        profile=base.name,
        runtime=known[0] if known else _LAST,
        version=row.version,
        threads=row.threads,
        dtype=row.dtype,
        chip=base.chip or base.name,
        source=row.table,
    )
    family, _ = family_for(replace(subject, runtime=_UNKNOWN), base, known=False)
    return (replace(subject, threads=None) if family.threads is None else subject), family


def _others(batch: Batch, runtime: str, base: Hardware) -> Batch:
    """The family without the runtime, and without the chip."""
    chip = base.chip or base.name
    return batch.without(
        machines=np.array([s.runtime == runtime or s.chip == chip for s in batch.subjects])
    )


def _batch(
    family: Family,
    subject: Subject,
    rows: Sequence[Measured],
    base: Hardware,
    networks: Networks,
) -> Batch:
    hardware = base.with_threads(subject.threads)
    known = np.ones((1, len(rows)), bool)
    return Batch(
        subjects=(subject,),
        networks=tuple(row.model for row in rows),
        classes=family.classes.classes,
        covariates=covariates_of(family, [subject], {base.name: base}),
        charges=np.array([[charged(family, r.model, subject, hardware, networks) for r in rows]]),
        log_s=np.log([[row.latency_s for row in rows]]),
        fitted=known,
        scored=known & np.array([row.model not in family.left_out for row in rows]),
        rounding=np.zeros(known.shape),
        floor=floors(family, [subject], {base.name: base}),
    )


def _learned(family: Family, mine: Batch, others: Batch) -> dict[str, Array]:
    """(1, N) log seconds of each network from the first k of the others."""
    prior = population(others, default_coefficients(family), family.settings)
    loose = prior.loosened(family.settings, spread=family.other_spread)
    size = len(mine.networks)
    first = order(mine.networks, family.suggest)
    found = {}
    for k in LEARNED:
        if k >= size or 0 < k < family.least_new:
            continue
        fitted = np.zeros((size, size), bool)
        for target in range(size):
            fitted[target, [at for at in first if at != target][:k]] = True
        theta = posterior_of(replace(mine.of([0] * size), fitted=fitted), loose).theta
        every = log_seconds(mine.of([0] * size).charges, theta)
        found[after(NEW, k)] = np.diag(every)[None, :]
    return found
