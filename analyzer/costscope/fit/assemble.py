"""A family's batch from measured rows, machines and networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from costscope.fit.batch import Array, Batch, Subject
from costscope.fit.family import Family, covariate, is_noisy
from costscope.fit.networks import Networks
from costscope.fit.rows import Row
from costscope.hardware.types import ASSUMED, Hardware
from costscope.timing.rates.price import setting_of, total_charges


def assemble(
    family: Family, rows: Iterable[Row], machines: Mapping[str, Hardware], networks: Networks
) -> Batch:
    """The rows of a family as arrays; a machine appears once per runtime, threads and type.

    Of several rows of one network on one machine the last counts.

    Raises:
        CostscopeError: a row names a network that there is not.
    """
    mine = [r for r in rows if r.profile in machines and family.takes(r, machines[r.profile])]
    grouped: dict[tuple[str, str, int | None, str], dict[str, Row]] = {}
    for row in mine:
        threads = None if family.threads is None else row.threads
        key = (row.profile, row.runtime, threads, row.dtype)
        grouped.setdefault(key, {})[row.model] = row
    names = tuple(dict.fromkeys(row.model for row in mine))
    subjects = tuple(_subject(list(g.values()), machines, family) for g in grouped.values())
    shape = (len(subjects), len(names))
    charges = np.zeros((*shape, len(family.classes.classes)))
    log_s, fitted, scored = np.zeros(shape), np.zeros(shape, bool), np.zeros(shape, bool)
    for at, (subject, group) in enumerate(zip(subjects, grouped.values(), strict=True)):
        hardware = machines[subject.profile].with_threads(subject.threads)
        for model, row in group.items():
            column = names.index(model)
            charges[at, column] = charged(family, model, subject, hardware, networks)
            log_s[at, column] = np.log(row.latency_s)
            fitted[at, column] = model not in family.left_out
            scored[at, column] = model not in family.left_out and not is_noisy(row)
    return Batch(
        subjects=subjects,
        networks=names,
        classes=family.classes.classes,
        covariates=covariates_of(family, subjects, machines),
        charges=charges,
        log_s=log_s,
        fitted=fitted,
        scored=scored,
        rounding=np.where(fitted, family.rounding_s / np.exp(log_s), 0.0),
        floor=floors(family, subjects, machines),
    )


def floors(family: Family, subjects: Sequence[Subject], machines: Mapping[str, Hardware]) -> Array:
    """(D, P): no compute class is faster than a peak that was published or measured."""
    classes, compute = family.classes.classes, family.classes.compute
    known = [machines[s.profile].compute[s.dtype].source != ASSUMED for s in subjects]
    return np.array(
        [[0.0 if peak and name in compute else -np.inf for name in classes] for peak in known]
    ).reshape(len(subjects), len(classes))


def covariates_of(
    family: Family, subjects: Sequence[Subject], machines: Mapping[str, Hardware]
) -> Array:
    """(D, Q): what is known of machines before any is measured."""
    return np.array(
        [
            [covariate(name)(machines[each.profile], each) for name in family.covariates]
            for each in subjects
        ]
    ).reshape(len(subjects), len(family.covariates))


def charged(
    family: Family, model: str, subject: Subject, hardware: Hardware, networks: Networks
) -> Array:
    """(P,): what a network asks of a machine that already has the subject's threads."""
    network = networks.find(model, runtime=subject.runtime, dtype=subject.dtype)
    setting = setting_of(
        hardware,
        family.classes,
        dtype=subject.dtype,
        serves=family.served(subject.dtype),
        weight_bytes=network.weight_bytes,
    )
    found = total_charges(network, setting)
    return np.array([found[name] for name in family.classes.classes])


def default_coefficients(family: Family) -> Array:
    """(Q, P): the population before any machine is looked at."""
    classes = family.classes.classes
    found = np.zeros((len(family.covariates), len(classes)))
    for at, name in enumerate(classes):
        found[0, at], slope = family.default_theta(name)
        if "log_peak" in family.covariates:
            found[family.covariates.index("log_peak"), at] = slope
    return found


def _subject(group: Sequence[Row], machines: Mapping[str, Hardware], family: Family) -> Subject:
    first, last = group[0], max(group, key=lambda row: row.date)
    hardware = machines[first.profile]
    return Subject(
        profile=first.profile,
        runtime=first.runtime,
        version=last.version or last.date,
        threads=None if family.threads is None else first.threads,
        dtype=first.dtype,
        chip=hardware.chip or hardware.name,
        source=first.table,
    )
