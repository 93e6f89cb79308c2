"""What a neural network costs on real hardware, from its ONNX file alone.

`costscope.analyze("model.onnx", hardware="pixel6")` gives an `Analysis`, whose
`totals.work.macs` are the multiply-accumulates of the network; `costscope.inspect(analysis)`
adds the findings: what to change, and what that would save.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from costscope.analysis.types import Analysis
    from costscope.api import analyze
    from costscope.comparison.run import compare
    from costscope.errors import CostscopeError
    from costscope.hardware.types import Hardware
    from costscope.pipeline import load
    from costscope.rules import inspect

__all__ = [
    "Analysis",
    "CostscopeError",
    "Hardware",
    "__version__",
    "analyze",
    "compare",
    "inspect",
    "load",
]

_HOMES = {
    "Analysis": "costscope.analysis.types",
    "CostscopeError": "costscope.errors",
    "Hardware": "costscope.hardware.types",
    "analyze": "costscope.api",
    "compare": "costscope.comparison.run",
    "inspect": "costscope.rules",
    "load": "costscope.pipeline",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `costscope --help` stays light."""
    import importlib

    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'costscope' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
