"""The population behind machines: found again where it is known, and defaults where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from costscope.fit.population import Settings, default_population, population, posterior_of
from fit_cases import DEFAULTS, SETTINGS, batch, machines


def test_finds_the_coefficients_that_the_machines_were_drawn_from() -> None:
    several, coefficients = machines(80)

    found = population(several, DEFAULTS, SETTINGS)

    assert found.coefficients == pytest.approx(coefficients, abs=0.12)
    # Drawn with 0.2 around them, and rows with 0.05; 0.01 is added to each variance.
    assert np.diag(found.covariance) == pytest.approx([0.05, 0.05], abs=0.03)
    assert found.sigma == pytest.approx(0.05, abs=0.02)


def test_is_deterministic() -> None:
    several, _ = machines(20)

    first, second = (population(several, DEFAULTS, SETTINGS) for _ in range(2))

    assert np.array_equal(first.coefficients, second.coefficients)
    assert np.array_equal(first.covariance, second.covariance)
    assert first.sigma == second.sigma


@pytest.mark.parametrize("settings", [SETTINGS, Settings(rounds=0), Settings(learn=False)])
def test_without_rows_it_is_the_defaults(settings: Settings) -> None:
    several, _ = machines(3)
    nothing = replace(several, fitted=np.zeros_like(several.fitted))

    found = population(nothing, DEFAULTS, settings)

    assert np.array_equal(found.coefficients, DEFAULTS)
    assert found.sigma == settings.sigma


def test_without_machines_it_is_the_defaults() -> None:
    several, _ = machines(3)

    found = population(several.of([]), DEFAULTS, SETTINGS)

    assert np.array_equal(found.coefficients, DEFAULTS)
    assert np.isfinite(found.covariance).all()


def test_machines_without_rows_say_nothing() -> None:
    several, _ = machines(12)
    silent = np.array([False] * 8 + [True] * 4)

    with_silent = population(several.without(machines=silent), DEFAULTS, SETTINGS)
    alone = population(several.of(range(8)), DEFAULTS, SETTINGS)

    assert with_silent.coefficients == pytest.approx(alone.coefficients)
    assert with_silent.covariance == pytest.approx(alone.covariance)


def test_a_class_that_nobody_observed_keeps_its_default() -> None:
    theta = np.array([[0.5, -4.0], [0.6, -4.2], [0.4, -3.9]])
    several = batch(theta)
    blind = replace(several, charges=several.charges * [1.0, 0.0])
    blind = replace(blind, log_s=np.log(blind.charges.sum(axis=2)) + 0.5)

    found = population(blind, DEFAULTS, SETTINGS)

    assert found.coefficients[0, 1] == pytest.approx(DEFAULTS[0, 1], abs=0.02)
    assert found.coefficients[0, 0] == pytest.approx(0.5, abs=0.05)


def test_what_machines_do_not_show_stays_unsure() -> None:
    """One network each says nothing of the calls: how far they spread is not learned from it."""
    several, _ = machines(30)
    one = replace(several, fitted=several.fitted & np.array([[True] + [False] * 5]))

    found = population(one, DEFAULTS, SETTINGS)

    assert found.covariance[1, 1] > 0.5 * SETTINGS.spread**2


def test_an_unlearned_covariance_stays_what_the_settings_say() -> None:
    several, _ = machines(10)
    settings = Settings(learn=False, spread=0.3, scale=0.4)

    found = population(several, DEFAULTS, settings)

    assert found.covariance == pytest.approx(np.eye(2) * 0.09 + 0.16)
    assert found.covariance == pytest.approx(default_population(DEFAULTS, settings).covariance)


def test_a_prior_of_few_networks_helps_a_machine_that_has_one() -> None:
    several, coefficients = machines(60)
    prior = population(several, DEFAULTS, SETTINGS)
    covariates = np.array([[1.0, 0.5]])
    new = batch(covariates @ coefficients, covariates)
    one = replace(new, fitted=new.fitted & np.array([[True] + [False] * 5]))

    found = posterior_of(one, prior).theta[0]

    assert found == pytest.approx((covariates @ coefficients)[0], abs=0.2)


def test_loosened_lets_the_scale_go_and_trusts_rows_less() -> None:
    settings = Settings(new_scale=1.5, new_noise=2.0)
    prior = default_population(DEFAULTS, settings)

    loose = prior.loosened(settings, spread=3.0)

    assert loose.covariance == pytest.approx(prior.covariance * 9 + 2.25)
    assert loose.sigma == pytest.approx(2 * prior.sigma)
    assert np.array_equal(loose.coefficients, prior.coefficients)
