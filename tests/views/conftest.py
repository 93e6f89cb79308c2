"""Analyses to report, and a terminal that is the same everywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from view_cases import CASES

from costscope.analysis.types import Analysis


@pytest.fixture(params=list(CASES), ids=str)
def analysis(request: pytest.FixtureRequest) -> Analysis:
    """Every case in turn."""
    return CASES[request.param]()


@pytest.fixture
def case() -> Callable[[str], Analysis]:
    """One case by its name."""
    return lambda name: CASES[name]()


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No colour and 80 columns, whatever the tests are run in."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
