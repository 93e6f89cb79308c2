"""What tests of rules share: the findings of one rule on a model."""

from __future__ import annotations

from typing import Any

from costscope.analysis.types import Finding
from costscope.pipeline import analyze
from costscope.rules import RULES, inspect


def found_by(code: str, model: Any, hardware: Any = "pixel6", **options: Any) -> list[Finding]:
    """The findings of one rule on a model: a path, `zoo:NAME`, a ModelProto or bytes."""
    assert RULES.get(code) is not None, f"no rule {code}"
    analysis = inspect(analyze(model, hardware, **options), {code})
    return list(analysis.findings or ())
