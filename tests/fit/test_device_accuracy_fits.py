"""The device report: what its fits may know of a network that they predict."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from costscope.fit.batch import Batch, Subject
from costscope.fit.population import Settings

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import device_accuracy_baselines
import device_accuracy_held
import device_accuracy_runtimes
from device_accuracy_rows import ARCHITECTURE, MACS, ROOF_MAX, ROOF_SUM, after


def batch_of(seconds, charges, *, networks):
    """Machines by networks by classes, all measured."""
    known = np.ones(seconds.shape, bool)
    return Batch(
        subjects=tuple(
            Subject(profile=f"m{i}", runtime="ncnn", chip=f"m{i}") for i in range(len(seconds))
        ),
        networks=tuple(networks),
        classes=tuple(f"class {i}" for i in range(charges.shape[2])),
        covariates=np.ones((len(seconds), 1)),
        charges=charges,
        log_s=np.log(seconds),
        fitted=known,
        scored=known,
        rounding=np.zeros(known.shape),
    )


def made_up_family(**others):
    return SimpleNamespace(settings=Settings(), covariates=("one",), **others)


def random_batch(networks):
    random = np.random.default_rng(7)
    charges = np.repeat(random.uniform(0.1, 1.0, (1, len(networks), 2)), 3, axis=0)
    return batch_of(random.uniform(0.5, 2.0, charges.shape[:2]), charges, networks=networks)


def moved(batch, column):
    """The batch with other latencies of one network."""
    log_s = batch.log_s.copy()
    log_s[:, column] += 1.0
    return replace(batch, log_s=log_s)


def test_no_variant_of_a_network_tells_anything_of_it():
    batch = random_batch(["zoo:a@1", "zoo:a@2", "zoo:b@1", "zoo:c@1"])
    defaults = np.zeros((1, 2))

    def predicted(some):
        return device_accuracy_held._architectures(made_up_family(), some, defaults)[ARCHITECTURE]

    before, after_move = predicted(batch), predicted(moved(batch, 0))

    assert after_move[:, :2] == pytest.approx(before[:, :2], abs=1e-9)
    assert np.abs(after_move[:, 2:] - before[:, 2:]).min() > 1e-3


def test_a_network_is_never_predicted_from_itself_or_from_more_than_k(monkeypatch):
    networks = ["zoo:a@1", "zoo:b@1", "zoo:c@1", "zoo:d@1"]
    family_ = made_up_family(suggest=("zoo:c@1", "zoo:a@1"), least_new=1, other_spread=1.0)
    others, mine = random_batch(networks), random_batch(networks).of([0])
    monkeypatch.setattr(
        device_accuracy_runtimes, "default_coefficients", lambda _: np.zeros((1, 2))
    )

    def predicted(some):
        return device_accuracy_runtimes._learned(family_, some, others)

    before = predicted(mine)
    changed = {
        at: {key: (abs(each - before[key]) > 1e-3)[0] for key, each in predicted(some).items()}
        for at, some in enumerate(moved(mine, at) for at in range(4))
    }

    assert set(before) == {after("new", k) for k in (0, 1, 2, 3)}
    assert changed[2]["new1"].tolist() == [True, True, False, True]  # the first suggested
    assert changed[0]["new1"].tolist() == [False, False, True, False]  # stands in for c alone
    assert changed[3]["new2"].tolist() == [False] * 4
    assert not any(changed[at]["new3"][at] for at in range(4))


def test_rules_of_thumb_fit_what_follows_them(monkeypatch):
    """Machines whose time is the sum of work and bytes."""
    truth = np.log([[2.0, 1e-9], [3.0, 2e-9]])
    layers = np.random.default_rng(7).uniform(0.1, 1.0, (1, 8, 3, 2)) * [0.01, 1e7]
    layers = np.repeat(layers, 2, axis=0)
    seconds = (layers.sum(axis=2) * np.exp(truth)[:, None, :]).sum(axis=2)
    batch = batch_of(seconds, np.ones((2, 8, 1)), networks="abcdefgh")
    monkeypatch.setattr(device_accuracy_baselines, "amounts", lambda *_: layers)

    found = device_accuracy_baselines.baselines(made_up_family(), batch, {}, None)
    errors = {key: np.abs(each - batch.log_s).mean() for key, each in found.items()}

    assert errors[ROOF_SUM] < 0.01
    assert errors[ROOF_SUM] < errors[ROOF_MAX] < errors[MACS]
